"""What happened, in the order of when it was: the numbered marks of a chart and the words beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from devices.readings import Micros
from monitor.clinic.events import (
    AnyEvent,
    CuffIntervalSet,
    CuffMeasured,
    CuffStarted,
)
from monitor.clinic.happened import happened_at, told_late
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    FormSubmitted,
    Reviewed,
)
from monitor.reports.clinic_time import moment
from monitor.reports.session_record import SessionRecord
from monitor.reports.words.timeline import line_of

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


def happenings(found: SessionRecord) -> list[Happening]:
    """All that has a number on the chart, corrections put in."""
    amended = {fix.corrects for fix in found.told if isinstance(fix, Amended)}
    told = sorted(
        (each for each in found.events if not isinstance(each, ELSEWHERE)),
        key=lambda each: (happened_at(each), each.seq),
    )
    return list(_numbered(told, amended, found.start))


def _numbered(events: Sequence[AnyEvent], amended: set[int], start: Micros) -> Iterator[Happening]:
    number = 0
    for event in events:
        said = words_of(event, start)
        if said is not None:
            number += 1
            yield Happening(
                number, happened_at(event), *said, event.at if told_late(event) else None, event.seq in amended
            )


def words_of(event: AnyEvent, start: Micros) -> tuple[str, str] | None:
    """What stands out of an event's words, and the rest; without its own time, which is written beside it."""
    own = {"at": happened_at(event)} if happened_at(event) < event.at else {}
    line = line_of(msgspec.structs.replace(event, **own), lambda at: moment(at, start))
    return None if line is None else (line.strong, line.rest if line.strong else line.rest.removeprefix(" · "))


def as_charted(found: SessionRecord) -> Mapping[int, tuple[Micros, str]]:
    """When each entry of the record was and its words, as they were told, by its number."""
    said = {each.seq: (happened_at(each), words_of(each, found.start)) for each in found.told}
    return {seq: (at, "".join(words)) for seq, (at, words) in said.items() if words is not None}
