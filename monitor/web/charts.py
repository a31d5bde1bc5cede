"""From the record to what a room's trend and timeline show."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated

import msgspec
from dash import html

from devices.readings import NOT_LIVE, SECOND, Metric, Micros
from monitor.clinic.protocol import Protocol
from monitor.record.reader import RecordReader
from monitor.record.series import MILLI, Series
from monitor.reports.words.timeline import lines
from monitor.web.questions import Moment
from monitor.web.trend import Course, Points

WIDEST_OFFSET_MIN = 14 * 60


class TrendRequest(msgspec.Struct, frozen=True):
    """What the page's script asks for: a room, the service's time now, and the browser's distance from UTC."""

    room: str
    now: Moment
    offset_min: Annotated[int, msgspec.Meta(ge=-WIDEST_OFFSET_MIN, le=WIDEST_OFFSET_MIN)]

    @property
    def offset(self) -> Micros:
        """The browser's distance from UTC."""
        return self.offset_min * 60 * SECOND

    def clock(self, at: Micros) -> str:
        """A time as the browser's wall clock showed it."""
        return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at + self.offset):%H:%M}"


class ReadCourse(msgspec.Struct, frozen=True):
    """A course as it was read, and what could not be read of it."""

    course: Course
    damaged: tuple[str, ...] = ()


def points(series: Series) -> Points:
    """Time and value of each reading that was a measurement of its moment."""
    rows = zip(series.at_ms.tolist(), series.value.tolist(), series.quality.tolist(), strict=True)
    return [(at * MILLI, value) for at, value, quality in rows if value == value and not quality & NOT_LIVE]


class Charts:
    """Reads the open session of a room. Blocking: to be called from a thread."""

    def __init__(self, reader: RecordReader, protocols: Mapping[str, Protocol]) -> None:
        self._reader = reader
        self._protocols = protocols

    def read(self, request: TrendRequest) -> ReadCourse | None:
        """The course of the session that is open in the room; ``None`` when there is none.

        Raises: RecordError while the record cannot be read.
        """
        session = next((row for row in self._reader.open_sessions() if row.room == request.room), None)
        if session is None:
            return None
        spo2 = self._reader.numerics(session.id, Metric.SPO2)
        pulse = self._reader.numerics(session.id, Metric.PR)
        events, damaged = self._reader.readable_events(session.id)
        protocol = self._protocols.get(session.protocol)
        course = Course(
            start=session.opened_us,
            end=max(request.now, session.opened_us),
            spo2=points(spo2),
            pulse=points(pulse),
            events=events,
            dose_text=protocol.dose_text(session.dose_mg) if protocol else f"{session.dose_mg:g} mg",
            offset=request.offset,
        )
        return ReadCourse(course, (*damaged, *spo2.damaged, *pulse.damaged))


def timeline_children(read: ReadCourse, request: TrendRequest) -> list[html.Div]:
    """The timeline's lines as components, newest first; what is damaged is said on top."""
    warning = []
    if read.damaged:
        text = f"{len(read.damaged)} parts of the record are damaged and left out."
        warning = [html.Div([html.Span("!"), html.Strong(text, className="tone-high")], className="event")]
    return warning + [
        html.Div(
            [
                html.Time(request.clock(line.at)),
                html.Span([html.Strong(line.strong, className=f"tone-{line.tone or 'plain'}"), line.rest]),
            ],
            className="event",
        )
        for line in lines(read.course.events, request.clock)
    ]
