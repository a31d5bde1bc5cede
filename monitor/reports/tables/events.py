"""Everything that happened in a session, one row an event: as it was told, with its corrections beside it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from devices.readings import MINUTE
from monitor.clinic.events import AnyEvent, SessionOpened
from monitor.clinic.happened import happened_at
from monitor.clinic.treatment.events import Amended
from monitor.reports.clinic_time import clock
from monitor.reports.session_record import SessionRecord
from monitor.reports.tables.cells import csv_bytes, iso_time, number_text, safe_json, safe_text
from monitor.reports.words.timeline import event_words

COLUMNS = (
    "number",
    "time",
    "told_at",
    "late",
    "kind",
    "by",
    "text",
    "corrects",
    "corrected_by",
    "withdrawn",
    "detail",
)
DAMAGED = "damaged"
HAVE_COLUMNS = frozenset(("type", "seq", "at", "by", "room", "session"))
"""What every event carries: it stands in columns of its own, or is the same for the whole session."""
TIMES = frozenset(
    (
        "given_at",
        "measured_at",
        "since",
        "onset",
        "ended",
        "until",
        "start",
        "end",
        "onset_at",
        "resolved_at",
    )
)
"""The fields of events that are times."""
Row = tuple[object, ...]


def events_csv(found: SessionRecord) -> bytes:
    """The events of a session. Columns and their meaning: ``docs/exports.md``."""
    return csv_bytes(COLUMNS, [*_told(found), *_damaged(found.damaged)])


def _told(found: SessionRecord) -> Iterator[Row]:
    right = {event.seq: event for event in found.events}
    corrections: dict[int, list[int]] = defaultdict(list)
    for event in found.told:
        if isinstance(event, Amended):
            corrections[event.corrects].append(event.seq)
    for event in found.told:
        marks = ["SIMULATED"] if found.simulated and isinstance(event, SessionOpened) else []
        yield _row(event, right.get(event.seq), corrections[event.seq], marks)


def _row(told: AnyEvent, right: AnyEvent | None, corrected_by: Sequence[int], marks: Sequence[str]) -> Row:
    """``right`` is the event with its corrections; ``None`` when it does not count any more. ``marks`` stand before its
    words.
    """
    happened = happened_at(told if right is None else right)
    said, counts = _fields(told), _fields(told if right is None else right)
    changed = {name: value for name, value in counts.items() if value != said[name]}
    detail = {"told": said, "corrected": changed} if changed else {"told": said}
    return (
        told.seq,
        iso_time(happened),
        iso_time(told.at),
        number_text(round((told.at - happened) / MINUTE, 2)),
        type(told).__name__,
        safe_text(told.by),
        safe_text(" · ".join([*marks, _words(told), *_what_became_of_it(right is None, bool(changed), corrected_by)])),
        told.corrects if isinstance(told, Amended) else "",
        "|".join(map(str, corrected_by)),
        "yes" if right is None else "",
        safe_json(detail),
    )


def _what_became_of_it(withdrawn: bool, changed: bool, corrected_by: Sequence[int]) -> Iterator[str]:
    """So that nobody who reads the words alone takes for right what is not."""
    by = f"by entry {', '.join(map(str, corrected_by))}" if corrected_by else "with another entry"
    if withdrawn:
        yield f"withdrawn {by}"
    elif changed or corrected_by:
        yield f"corrected {by}"


def _words(event: AnyEvent) -> str:
    kind = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type(event).__name__).capitalize()
    return event_words(event, clock) or kind


def _fields(event: AnyEvent) -> dict[str, Any]:
    own: dict[str, Any] = msgspec.to_builtins(event)
    return _with_times({name: value for name, value in own.items() if name not in HAVE_COLUMNS})


def _with_times(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same with times as people write them; a correction holds fields, too."""
    return {name: _with_time(name, value) for name, value in fields.items()}


def _with_time(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return _with_times(value)
    return iso_time(value) if name in TIMES and isinstance(value, int) else value


def _damaged(lines: Sequence[str]) -> Iterator[Row]:
    for line in lines:
        known = {"kind": DAMAGED, "text": safe_text(line)}
        yield tuple(known.get(name, "") for name in COLUMNS)
