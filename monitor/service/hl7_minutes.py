"""Gathers what is measured and charted in open sessions, for another system to be told of minute by minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import reduce

import msgspec

from devices.readings import MINUTE, SECOND, Metric, Micros, Numeric
from monitor.clinic.events import AnyEvent, CuffMeasured
from monitor.clinic.treatment.course import Treatment
from monitor.clinic.treatment.dosing import Dosing
from monitor.clinic.treatment.events import ArtefactMarked
from monitor.hl7.charted import charted
from monitor.hl7.minutes import STREAMED, streamed_minutes
from monitor.hl7.oru import Cuff, Stretch, Visit, oru_message
from monitor.record.journal import Measurement
from monitor.record.series import Series

SETTLED: Micros = 2 * SECOND
"""So long after its end what was measured in a minute has come."""


class Gathered(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a session from ``start`` to just before ``end``: the values of that time, and the events that were
    told by then. ``dosing`` is what had been given before them, ``marks`` are the artefacts that stand.
    """

    visit: Visit
    start: Micros
    end: Micros
    values: list[Numeric]
    events: list[AnyEvent]
    dosing: Dosing
    marks: tuple[ArtefactMarked, ...]

    def messages(self, made_at: Micros) -> Iterator[str]:
        """A message a minute. What is of an earlier time and was told only now is in the first, with its own time."""
        cuffs = [Cuff.judged(each, self.marks) for each in self.events if isinstance(each, CuffMeasured)]
        entries = list(charted(self.events, self.dosing))
        series = self._series()
        curves = {
            metric: each.curve().without((mark.start, mark.end) for mark in self.marks if metric in mark.metrics)
            for metric, each in series.items()
        }
        for start, streams in streamed_minutes(series, curves, (self.start, self.end)):
            stretch = Stretch(
                start=max(start, self.start),
                end=min(start + MINUTE, self.end),
                streams=streams,
                cuffs=[each for each in cuffs if self._minute(each.reading.measured_at) == start],
                entries=[each for each in entries if self._minute(each.at) == start],
            )
            if not stretch.empty:
                yield oru_message(self.visit, stretch, made_at)

    def _minute(self, at: Micros) -> Micros:
        return min(max(at, self.start), self.end - 1) // MINUTE * MINUTE

    def _series(self) -> dict[Metric, Series]:
        values = defaultdict[Metric, list[Numeric]](list)
        for each in self.values:
            values[each.metric].append(each)
        return {metric: Series.of(each) for metric, each in values.items()}


class OpenSession:
    """A session that goes on, from ``since``."""

    def __init__(self, visit: Visit, treatment: Treatment, since: Micros) -> None:
        self._visit = visit
        self._treatment = self._before = treatment
        self._since = since
        self._values: list[Numeric] = []
        self._events: list[AnyEvent] = []

    def measured(self, reading: Measurement) -> None:
        """A device gave a reading."""
        if isinstance(reading, Numeric) and reading.metric in STREAMED:
            self._values.append(reading)

    def happened(self, event: AnyEvent) -> None:
        """Something is in the record."""
        self._treatment = self._treatment.apply(event)
        self._events.append(event)

    def due(self, now: Micros, every: Micros) -> bool:
        """Whether minutes that are whole wait for so long that they are told."""
        return now - SETTLED >= self._whole(self._since + every)

    def take_whole_minutes(self, now: Micros) -> Gathered:
        """What came up to the newest minute that is over; it is not given again."""
        until = self._whole(now - SETTLED)
        events = [each for each in self._events if each.at < until]
        self._events = [each for each in self._events if each.at >= until]
        return self._take(until, events)

    def take_rest(self, ended_at: Micros) -> Gathered:
        """All that came of a session that ended then."""
        events, self._events = self._events, []
        return self._take(ended_at, events)

    def _take(self, until: Micros, events: list[AnyEvent]) -> Gathered:
        start = min(self._since, until - 1)
        gathered = Gathered(
            visit=self._visit,
            start=start,
            end=until,
            values=[each for each in self._values if start <= each.at < until],
            events=events,
            dosing=self._before.dosing,
            marks=self._treatment.artefacts,
        )
        self._values = [each for each in self._values if each.at >= until]
        self._before = reduce(Treatment.apply, events, self._before)
        self._since = until
        return gathered

    @staticmethod
    def _whole(at: Micros) -> Micros:
        return at // MINUTE * MINUTE
