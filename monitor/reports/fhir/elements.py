"""The data types of FHIR as plain dictionaries. Elements without content are left out, as the standard wants it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from devices.readings import METRICS, Metric, Micros

Element = dict[str, Any]

UCUM = "http://unitsofmeasure.org"
DATA_ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
DATA_ABSENT_EXTENSION = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LINES = "\t\n\r"
"""The control characters that a string of FHIR may hold."""
INVISIBLE = {"Cc", "Cf", "Cs", "Cn"}
"""Controls, marks that turn the direction of what follows, halves of characters, and what is no character."""
MARK_UP = re.compile(r"([\\<&\[`!])")
"""What begins a tag, an entity, a link or code in Markdown."""

TELLING = ("interpretation", "dosage")
"""The elements beside the value itself that say how much it was."""


def filled(**fields: object) -> Element:
    """The fields that have content."""
    return {name: value for name, value in fields.items() if value is not None and value not in ("", [], {})}


@lru_cache(1024)
def clean(text: str) -> str:
    """The text as a string of FHIR may be (R4, 2.24.0.1): letters and lines, nothing that steers others; maybe none."""
    kept = (
        each if each in LINES else " " if each.isspace() else "" if unicodedata.category(each) in INVISIBLE else each
        for each in unicodedata.normalize("NFC", text)
    )
    return "".join(kept).strip()


def note(text: str, by: str = "", at: Micros | None = None) -> Element:
    """An annotation. Its text is Markdown (R4, 2.24.0.18), so that what would be mark-up there is escaped."""
    return filled(
        authorString=clean(by),
        time=None if at is None else instant(at),
        text=MARK_UP.sub(r"\\\1", clean(text)),
    )


def notes(*texts: str) -> list[Element]:
    """An annotation for each text that says anything."""
    return [note(text) for text in texts if clean(text)]


def instant(at: Micros) -> str:
    """UTC, to the millisecond; earlier halves of a millisecond are not rounded up into another one."""
    return f"{(EPOCH + timedelta(milliseconds=at // 1000)).isoformat(timespec='milliseconds')[:-6]}Z"


def period(start: Micros, end: Micros | None = None) -> Element:
    """From ``start`` to ``end``, which belongs to it and is never before it (R4, per-1); without an end it goes on."""
    return filled(start=instant(start), end=None if end is None else instant(max(start, end)))


def coding(system: str, code: str) -> Element:
    """A code of a system."""
    return {"system": system, "code": code}


def concept(text: str, codings: Iterable[Element] = ()) -> Element:
    """What is meant, in words and, where it has them, in codes."""
    return filled(coding=list(codings), text=clean(text))


def number(value: float) -> float:
    """Whole numbers without a fraction, others as short as they are."""
    return int(value) if float(value).is_integer() else round(value, 6)


def quantity(value: float, unit: str, code: str) -> Element:
    """A value with its unit, in words and in UCUM."""
    return {"value": number(value), "unit": unit, "system": UCUM, "code": code}


def measured(metric: Metric, value: float) -> Element:
    """A value in the unit of its metric."""
    info = METRICS[metric]
    return quantity(value, info.unit, info.ucum)


def milligrams(value: float) -> Element:
    """A dose."""
    return quantity(value, "mg", "mg")


def absent(text: str, code: str = "unknown") -> Element:
    """Why there is no value."""
    return concept(text, [coding(DATA_ABSENT, code)])


def as_text() -> Element:
    """In place of a number that only the words beside it tell."""
    return {"extension": [{"url": DATA_ABSENT_EXTENSION, "valueCode": "as-text"}]}


def named(display: str) -> Element:
    """A reference to somebody or something that is known by name only."""
    return filled(display=clean(display) or "not named")


def person(name: str) -> Element:
    """A practitioner who is known by name only."""
    return {"type": "Practitioner", **named(name)}


def voided(resource: Element, why: str, reason: str, by: str, at: Micros) -> Element:
    """An observation or a dose that does not hold. Its numbers are left out, so that a receiver who does not look at
    the status cannot show them.
    """
    kept = {name: each for name, each in resource.items() if not name.startswith("value") and name not in TELLING}
    if "component" in kept:
        kept["component"] = [{"code": each["code"], "dataAbsentReason": absent(why)} for each in kept["component"]]
    if kept["resourceType"] == "Observation":
        kept["dataAbsentReason"] = absent(why)
    return {**kept, "status": "entered-in-error", "note": [note(clean(reason) or why, by, at)]}
