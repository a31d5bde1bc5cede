"""What happened in a session as the list beside the chart has it: numbered, with what was corrected readable."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence

import msgspec

from devices.readings import Micros
from monitor.clinic.events import (
    AnyEvent,
    CuffFailed,
    CuffIntervalSet,
    CuffMeasured,
    CuffStarted,
    PressureTaken,
)
from monitor.clinic.happened import happened_at, told_late
from monitor.clinic.treatment.events import Amended, ArtefactMarked
from monitor.reports.session_record import SessionRecord
from monitor.reports.words.line import Line
from monitor.reports.words.timeline import lines
from monitor.web.review.paper import visible

UNNUMBERED = (CuffMeasured, CuffStarted, CuffFailed, CuffIntervalSet, PressureTaken)
"""What has its own marks in the chart, or is only about the cuff."""


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """An entry. ``line`` says it as it is right, ``None`` when it was withdrawn; ``was`` as it was charted, where that
    is different. ``number`` is its mark in the chart; ``until`` when it was over, for what lasts.
    """

    event: AnyEvent
    at: Micros
    until: Micros | None
    line: Line | None
    was: Line | None
    number: int | None
    is_late: bool
    fixes: tuple[Amended, ...] = ()


def told(found: SessionRecord, clock: Callable[[Micros], str]) -> list[Told]:
    """The entries in the order in which they happened; what was said afterwards comes last."""
    right = {line.seq: _legible(line) for line in lines(found.events, clock)}
    charted = {line.seq: _legible(line) for line in lines(found.told, clock)}
    fixes = _fixes(found.told, set(charted))
    beside = {fix.seq for each in fixes.values() for fix in each}
    now = {event.seq: event for event in found.events}
    entries = [
        _entry(now.get(event.seq, event), right.get(event.seq), charted[event.seq], fixes[event.seq], found)
        for event in found.told
        if event.seq in charted and event.seq not in beside
    ]
    entries.sort(key=lambda each: (each.at, each.event.seq))
    return _numbered(entries, found.end)


def _legible(line: Line) -> Line:
    return msgspec.structs.replace(line, strong=visible(line.strong), rest=visible(line.rest))


def _fixes(events: Sequence[AnyEvent], with_a_line: set[int]) -> dict[int, list[Amended]]:
    fixes: dict[int, list[Amended]] = defaultdict(list)
    for event in events:
        if isinstance(event, Amended) and event.corrects in with_a_line and event.corrects != event.seq:
            fixes[event.corrects].append(event)
    return fixes


def _entry(event: AnyEvent, right: Line | None, charted: Line, fixes: Sequence[Amended], found: SessionRecord) -> Told:
    is_other = right is None or (right.strong, right.rest) != (charted.strong, charted.rest)
    return Told(
        event=event,
        at=_shown_at(event, found.row.ended_us),
        until=event.end if isinstance(event, ArtefactMarked) else None,
        line=right,
        was=charted if is_other else None,
        number=None,
        is_late=told_late(event),
        fixes=tuple(fixes),
    )


def _shown_at(event: AnyEvent, ended_at: Micros | None) -> Micros:
    """A mark that was made later stands where it was made; it shades what it is about."""
    while_it_went_on = ended_at is None or event.at <= ended_at
    return event.start if isinstance(event, ArtefactMarked) and while_it_went_on else happened_at(event)


def _numbered(entries: Sequence[Told], end: Micros) -> list[Told]:
    numbered: list[Told] = []
    count = 0
    for entry in entries:
        counts = entry.line is not None and entry.at <= end and not isinstance(entry.event, UNNUMBERED)
        count += counts
        numbered.append(msgspec.structs.replace(entry, number=count if counts else None))
    return numbered
