"""The fields of the monitoring form. ``None`` is what the record does not say; nothing here is ever guessed.

The names are those of the JSON form and stay as they are; ``VERSION`` changes with them. The fields follow what is
published of the REMS patient monitoring form; the site checks them against the current official one.
"""

from __future__ import annotations

from operator import attrgetter
from typing import NamedTuple

import msgspec

from monitor.clinic.event import Phase
from monitor.clinic.treatment.events import SeriousOutcome

VERSION = 1
NOTICE = "Prepared by Chairside from its record. Check it against the current official form before you send it."


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    """A group of fields."""


class Patient(_Part, frozen=True, kw_only=True):
    """``birth_date`` is ISO 8601."""

    code: str
    name: str | None = None
    birth_date: str | None = None
    sex: str | None = None
    first_treatment: bool | None = None


class Site(_Part, frozen=True, kw_only=True):
    """Where the treatment was given."""

    name: str
    room: str
    address: str | None = None


class Provider(_Part, frozen=True, kw_only=True):
    """Who monitored: the person who signed the end of the session."""

    name: str | None = None
    role: str | None = None
    contact: str | None = None


class Lot(_Part, frozen=True, kw_only=True):
    """A device, or the drug of an infusion. ``minutes`` count from the first dose."""

    what: str
    mg: float
    lot: str
    expiry: str | None
    minutes: int


class Dose(_Part, frozen=True, kw_only=True):
    """``box`` is the one to tick: ``56``, ``84`` or ``other``."""

    drug: str | None = None
    planned_mg: float
    given_mg: float | None = None
    box: str | None = None
    lots: tuple[Lot, ...] | None = None


class Times(_Part, frozen=True, kw_only=True):
    """``total_min``: from the first dose to the end of monitoring. ``ready_min``: from the first dose until all items
    of the checklist but the minimum observation first held. Whole minutes that had passed.
    """

    treatment_date: str | None = None
    total_min: int | None = None
    ready_min: int | None = None


class Pressure(_Part, frozen=True, kw_only=True):
    """A cuff reading in mmHg; ``minutes`` count from the first dose and are negative before it."""

    sys: int
    dia: int
    minutes: int


class Pressures(_Part, frozen=True, kw_only=True):
    """The readings that the form asks for."""

    before_dose: Pressure | None = None
    at_40_min: Pressure | None = None
    before_completion: Pressure | None = None


class Vitals(_Part, frozen=True, kw_only=True):
    """Whether the vital signs were acceptable."""

    acceptable_before_dose: bool | None = None
    acceptable_before_completion: bool | None = None


class Oximetry(_Part, frozen=True, kw_only=True):
    """Pulse oximetry from the first dose on: whether there were values (never ``False``: the record does not know of
    another oximeter), the lowest one that nothing spoke against (%), and for how many minutes there were any.
    """

    on: bool | None = None
    lowest_spo2: int | None = None
    minutes: int | None = None


class Medicines(_Part, frozen=True, kw_only=True):
    """What the patient takes, by class."""

    benzodiazepines: bool | None = None
    hypnotics: bool | None = None
    opioids: bool | None = None
    stimulants: bool | None = None
    mao_inhibitors: bool | None = None


class Effect(_Part, frozen=True, kw_only=True):
    """An effect; minutes count from the first dose and are there only when it is ``present``."""

    present: bool | None = None
    onset_min: int | None = None
    resolution_min: int | None = None


class Effects(_Part, frozen=True, kw_only=True):
    """The effects that the form asks for."""

    sedation: Effect = Effect()
    dissociation: Effect = Effect()
    respiratory_depression: Effect = Effect()


class SeriousEvent(_Part, frozen=True, kw_only=True):
    """One report; ``minutes`` from the first dose until it was told."""

    narrative: str
    outcomes: tuple[SeriousOutcome, ...]
    minutes: int | None
    reported_by: str


class SeriousEvents(_Part, frozen=True, kw_only=True):
    """Serious adverse events of the session."""

    occurred: bool | None = None
    events: tuple[SeriousEvent, ...] = ()
    related_to_product: bool | None = None


class MonitoringForm(_Part, frozen=True, kw_only=True):
    """The form. ``required``: whether the protocol asks for one. ``missing`` names the fields that are ``None``, and
    ``remarks`` what a person must know before they send it.
    """

    version: int = VERSION
    notice: str = NOTICE
    session: str
    protocol: str
    required: bool | None
    simulated: bool
    finished: bool
    ended: Phase | None = None
    signature_hash: str | None = None
    """The hash of the record's chain on which the signature stands."""
    patient: Patient
    site: Site
    provider: Provider
    times: Times
    dose: Dose
    medicines: Medicines
    vitals: Vitals
    pressures: Pressures
    oximetry: Oximetry
    effects: Effects
    serious: SeriousEvents
    remarks: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class Asked(NamedTuple):
    """A field, what it is called, and the field that must be true for it to be asked at all."""

    path: str
    words: str
    only_if: str = ""


def _effect(name: str, words: str) -> tuple[Asked, ...]:
    present = f"effects.{name}.present"
    return (
        Asked(present, words),
        Asked(f"effects.{name}.onset_min", f"{words}: minutes to onset", present),
        Asked(f"effects.{name}.resolution_min", f"{words}: minutes to resolution", present),
    )


ASKED = (
    Asked("patient.name", "Patient’s name"),
    Asked("patient.birth_date", "Birth date"),
    Asked("patient.sex", "Sex"),
    Asked("patient.first_treatment", "Whether this is the first treatment"),
    Asked("site.address", "Address of the site"),
    Asked("provider.name", "Who monitored"),
    Asked("provider.contact", "Phone and e-mail of who monitored"),
    Asked("times.treatment_date", "Treatment date"),
    Asked("dose.box", "Dose"),
    Asked("dose.given_mg", "Dose given, mg"),
    Asked("dose.lots", "Lot numbers"),
    Asked("times.total_min", "Total minutes of monitoring"),
    Asked("times.ready_min", "Minutes until ready to leave"),
    Asked("medicines.benzodiazepines", "Benzodiazepines"),
    Asked("medicines.hypnotics", "Non-benzodiazepine sedative hypnotics"),
    Asked("medicines.opioids", "Opioids"),
    Asked("medicines.stimulants", "Psychostimulants"),
    Asked("medicines.mao_inhibitors", "MAO inhibitors"),
    Asked("vitals.acceptable_before_dose", "Vital signs acceptable before the dose"),
    Asked("vitals.acceptable_before_completion", "Vital signs acceptable before completion"),
    Asked("pressures.before_dose", "Blood pressure before the dose"),
    Asked("pressures.at_40_min", "Blood pressure at about 40 min"),
    Asked("pressures.before_completion", "Blood pressure before completion"),
    Asked("oximetry.on", "Pulse oximetry"),
    Asked("oximetry.lowest_spo2", "Lowest SpO₂", "oximetry.on"),
    *_effect("sedation", "Sedation"),
    *_effect("dissociation", "Dissociation"),
    *_effect("respiratory_depression", "Respiratory depression"),
    Asked("serious.occurred", "Serious adverse event"),
    Asked("serious.related_to_product", "Whether the product may have caused it", "serious.occurred"),
    Asked("signature_hash", "Signature"),
)
"""Every field that a person may have to add, in the order of the form."""
WORDS = {asked.path: asked.words for asked in ASKED}


def with_missing(form: MonitoringForm) -> MonitoringForm:
    """The form, naming what it lacks."""
    lacking = tuple(
        asked.words
        for asked in ASKED
        if attrgetter(asked.path)(form) is None and (not asked.only_if or attrgetter(asked.only_if)(form) is True)
    )
    return msgspec.structs.replace(form, missing=lacking)
