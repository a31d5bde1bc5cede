"""Answers what the page of a session asks for: what it says, and its chart for the stretch that is looked at."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from devices.readings import SECOND, Metric
from monitor.config import Config
from monitor.record.errors import RecordError
from monitor.record.reader import RecordReader
from monitor.record.series import WaveSeries
from monitor.reports.clinic_time import clock, day
from monitor.reports.session_record import SessionRecord
from monitor.web.alarm_tables import trouble
from monitor.web.questions import UNREADABLE, Moment, Run, Word, checked
from monitor.web.review.chart import WAVE_SPAN, figure
from monitor.web.review.shelf import Shelf
from monitor.web.review.told import told
from monitor.web.session_view import rest_view, session_view

NO_SESSION = "There is no such session in the record."


class ViewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which session, and its table in steps of how many ``minutes``. ``now`` is the service's time."""

    run: Run
    now: Moment
    session: Word
    minutes: Literal[1, 5, 15] = 15


class ChartRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which session, and which stretch of it is looked at; without one, all of it."""

    run: Run
    now: Moment
    session: Word
    view: tuple[Moment, Moment] | None = None


class ReviewDesk:
    """Takes the requests of the page. Blocking: to be called from a thread."""

    def __init__(self, reader: RecordReader, config: Config) -> None:
        self._reader = reader
        self._config = config
        self._shelf = Shelf(reader, config)

    def show(self, data: Any, *, may_know: bool) -> tuple[Any, Any]:
        """What stands above the chart, and what stands beside and under it; ``may_know`` who the patients are."""
        request = checked(ViewRequest, data)
        if request is None:
            return trouble("This cannot be shown."), ""
        if not may_know:
            return trouble("Sign in to see this session.", request.run), ""
        try:
            found = self._shelf.read(request.session, request.now)
        except RecordError as error:
            return trouble(UNREADABLE.format(error), request.run), ""
        if found is None:
            return trouble(NO_SESSION, request.run), ""
        today = day(request.now)
        head = session_view(found, self._config, today, request.run)
        return head, rest_view(found, self._config, today, request.minutes)

    def draw(self, data: Any, *, may_know: bool) -> dict[str, Any]:
        """The figure, or a ``problem`` in words."""
        request = checked(ChartRequest, data)
        if request is None or (request.view is not None and request.view[0] >= request.view[1]):
            return {"problem": "This cannot be drawn."}
        if not may_know:
            return {"problem": "Sign in to see the chart.", "run": request.run}
        try:
            drawn = self._drawn(request)
        except RecordError as error:
            return {"problem": UNREADABLE.format(error), "run": request.run}
        return {"problem": NO_SESSION, "run": request.run} if drawn is None else drawn

    def _drawn(self, request: ChartRequest) -> dict[str, Any] | None:
        found = self._shelf.read(request.session, request.now)
        if found is None:
            return None
        return figure(found, told(found, clock), request.view, self._wave(found, request), request.run)

    def _wave(self, found: SessionRecord, request: ChartRequest) -> WaveSeries | None:
        if request.view is None or request.view[1] - request.view[0] > WAVE_SPAN:
            return None
        start, end = request.view
        # The segment that the stretch begins in began before it.
        return self._reader.waveform(found.row.id, Metric.PLETH, start - SECOND, end)
