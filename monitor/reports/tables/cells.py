"""What stands in the cells of a CSV file: texts that no spreadsheet takes for a formula, numbers, times.

Texts come from people and devices. What is done to them here can be undone, as ``docs/exports.md`` says.
"""

from __future__ import annotations

import csv
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal
from io import StringIO

import msgspec
import numpy as np

from devices.readings import Micros
from monitor.record.columns import Real, Whole
from monitor.record.series import MILLI
from monitor.reports.clinic_time import local

FORMULA_SIGNS = frozenset("=+-@")
INERT = "'"
UNSEEN = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode's categories of what is not seen, turns the direction of other characters, or breaks a line."""
JOINERS = "\u200c\u200d"
"""Unseen, but part of how words and signs are written: they stay."""
QUARTER_MS = 15 * 60 * 1000
"""Clocks are put forward and back at a quarter of an hour, if not at the full one."""


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as RFC 4180 describes it, in UTF-8."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def safe_text(text: str) -> str:
    """The text with an apostrophe before whatever could begin a formula, and unseen characters written out.

    What follows a semicolon or a new line counts as a beginning, too: a spreadsheet that separates cells by semicolons
    would make a cell of it. A part that begins with an apostrophe gets one more, so that the first is always ours.
    """
    parts = re.split("([;\n])", text)
    return visible("".join(INERT + part if _needs_mark(part) else part for part in parts), kept="\n")


def safe_json(thing: object) -> str:
    """A thing as JSON that reads the same as any, without unseen characters and without semicolons as such."""
    text = msgspec.json.encode(thing).decode()
    return "".join(_written_out(each) if each == ";" or _is_unseen(each) else each for each in text)


def visible(text: str, kept: str = "") -> str:
    r"""The text with unseen characters, but for those ``kept``, as ``\u202e``. A backslash that could be taken for the
    beginning of one is ``\u005c``.
    """
    text = re.sub(r"\\(?=u[0-9a-f]{4})", r"\\u005c", text)
    return "".join(each if each in kept or not _is_unseen(each) else _written_out(each) for each in text)


def number_text(value: float) -> str:
    """A number with the digits that it has, not one more; nothing for NaN."""
    return "" if math.isnan(value) else f"{Decimal(repr(value)):f}".removesuffix(".0")


def number_texts(values: Real) -> list[str]:
    """The same for many."""
    different, places = np.unique(values, return_inverse=True)
    texts = [number_text(value) for value in different.tolist()]
    return [texts[place] for place in places.tolist()]


def iso_times(ms: Whole) -> list[str]:
    """Times of UTC as the clinic's clock had them, such as ``2026-11-26T14:28:03.250+01:00``."""
    quarters, places = np.unique(ms // QUARTER_MS, return_inverse=True)
    begins = [local(quarter * QUARTER_MS * MILLI) for quarter in quarters.tolist()]
    ahead_ms = np.array([(each.utcoffset() or timedelta()) // timedelta(milliseconds=1) for each in begins], np.int64)
    offsets = [each.isoformat()[len("2026-11-26T14:28:03") :] for each in begins]
    clocks = np.datetime_as_string((ms + ahead_ms[places]).astype("datetime64[ms]"))
    return [clock + offsets[place] for clock, place in zip(clocks.tolist(), places.tolist(), strict=True)]


def iso_time(at: Micros) -> str:
    """One time, to the millisecond."""
    return iso_times(np.array([at // MILLI], np.int64))[0]


def _needs_mark(text: str) -> bool:
    """Whether it would begin a formula, white space and unseen characters passed over; or begins as if it were marked
    already.
    """
    begins = next((place for place, each in enumerate(text) if not _is_passed_over(each)), len(text))
    before, sign = text[:begins], unicodedata.normalize("NFKC", text[begins : begins + 1])[:1]
    return text.startswith(INERT) or "\t" in before or "\r" in before or sign in FORMULA_SIGNS


def _is_passed_over(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in UNSEEN


def _is_unseen(character: str) -> bool:
    return unicodedata.category(character) in UNSEEN and character not in JOINERS


def _written_out(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(rf"\u{units[place : place + 2].hex()}" for place in range(0, len(units), 2))
