"""What happened, in the order of when it was: the numbered marks of a chart and the words beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from devices.readings import SECOND, Micros
from monitor.clinic.events import (
    AnyEvent,
    CuffIntervalSet,
    CuffMeasured,
    CuffStarted,
    PressureTaken,
)
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    AssessmentRecorded,
    DoseEvent,
    FormSubmitted,
    MedicineGiven,
    Reviewed,
)
from monitor.reports.clinic_time import moment
from monitor.reports.session_record import SessionRecord
from monitor.reports.words.timeline import line_of

LATE: Micros = 300 * SECOND
"""What was told so long after it was is marked: it was written down from memory."""
ELSEWHERE = (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    CuffIntervalSet,
    CuffMeasured,
    CuffStarted,
    FormSubmitted,
    Reviewed,
)
"""Drawn as readings, or told in a part of its own."""


class Happening(msgspec.Struct, frozen=True):
    """An event with its number on the chart. ``late`` says when it was told, where that was long after it was;
    ``corrected``: another value was put in since.
    """

    number: int
    at: Micros
    strong: str
    rest: str
    late: Micros | None
    corrected: bool


def was_at(event: AnyEvent) -> Micros:
    """When an event was; most are told at once."""
    match event:
        case DoseEvent(happened_at=at) | AssessmentRecorded(given_at=at) | MedicineGiven(given_at=at):
            return at
        case PressureTaken(measured_at=at):
            return at
    return event.at


def told_late(event: AnyEvent) -> Micros | None:
    """When an event was told, where that was more than ``LATE`` after it was."""
    return event.at if event.at - was_at(event) > LATE else None


def happenings(found: SessionRecord) -> list[Happening]:
    """All that has a number on the chart, corrections put in."""
    amended = {fix.corrects for fix in found.told if isinstance(fix, Amended)}
    told = sorted(
        (each for each in found.events if not isinstance(each, ELSEWHERE)), key=lambda each: (was_at(each), each.seq)
    )
    return list(_numbered(told, amended, found.start))


def _numbered(events: Sequence[AnyEvent], amended: set[int], start: Micros) -> Iterator[Happening]:
    number = 0
    for event in events:
        said = words_of(event, start)
        if said is not None:
            number += 1
            yield Happening(number, was_at(event), *said, told_late(event), event.seq in amended)


def words_of(event: AnyEvent, start: Micros) -> tuple[str, str] | None:
    """What stands out of an event's words, and the rest; without its own time, which is written beside it."""
    own = {"at": was_at(event)} if was_at(event) < event.at else {}
    line = line_of(msgspec.structs.replace(event, **own), lambda at: moment(at, start))
    return None if line is None else (line.strong, line.rest if line.strong else line.rest.removeprefix(" · "))


def as_charted(found: SessionRecord) -> Mapping[int, tuple[Micros, str]]:
    """When each entry of the record was and its words, as they were told, by its number."""
    said = {each.seq: (was_at(each), words_of(each, found.start)) for each in found.told}
    return {seq: (at, "".join(words)) for seq, (at, words) in said.items() if words is not None}
