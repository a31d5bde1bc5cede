"""Answers what the page asks for; whatever a browser sent, the answer is something to show."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from dash import html, no_update

from devices.readings import Micros
from monitor.config import Config
from monitor.record.errors import RecordError
from monitor.record.reader import RecordReader
from monitor.record.sessions import SessionRow
from monitor.reports.clinic_past import ClinicPast
from monitor.reports.clinic_time import day
from monitor.reports.comparing import read_compared
from monitor.web.alarm_tables import trouble
from monitor.web.compare.view import MOST, choices, comparison
from monitor.web.questions import UNREADABLE, Moment, Run, Word, checked

Chosen = Annotated[list[Word], msgspec.Meta(max_length=MOST)]


class CompareRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose sessions, and which of them; without ``sessions`` the newest, and the boxes to choose others by."""

    run: Run
    now: Moment
    patient: Word
    sessions: Chosen | None = None


class CompareDesk:
    """Takes the page's requests. Blocking: to be called from a thread."""

    def __init__(self, reader: RecordReader, config: Config) -> None:
        self._reader = reader
        self._config = config
        self._past = ClinicPast(reader, config)

    def compare(self, data: Any, *, may_know: bool) -> tuple[Any, Any]:
        """The boxes to choose by, and the comparison; ``may_know`` who the patients are."""
        request = checked(CompareRequest, data)
        if request is None:
            return no_update, trouble("This cannot be compared.")
        if not may_know:
            return [], trouble("Sign in to compare sessions.", request.run)
        try:
            return self._answer(request)
        except RecordError as error:
            return [], trouble(UNREADABLE.format(error), request.run)

    def _answer(self, request: CompareRequest) -> tuple[Any, Any]:
        rows, today = self._reader.sessions_of(request.patient), day(request.now)
        if not rows:
            text = f"There is no session of {request.patient} in the record."
            return [], html.Div(html.P(html.Bdi(text), className="empty"), **{"data-run": str(request.run)})
        wanted = [row.id for row in rows[:MOST]] if request.sessions is None else request.sessions
        offered = no_update if request.sessions is not None else choices(rows, wanted, today, self._config)
        chosen = [(row, len(rows) - place) for place, row in enumerate(rows) if row.id in wanted]
        if not chosen:
            return offered, html.Div(html.P("Choose a session.", className="empty"), **{"data-run": str(request.run)})
        return offered, self._compared(request, chosen, len(rows))

    def _compared(self, request: CompareRequest, chosen: list[tuple[SessionRow, int]], of_all: int) -> html.Div:
        now: Micros = request.now
        sessions = [read_compared(self._reader, self._config, number, row, now) for row, number in chosen]
        past = self._past.of(sessions[0].row.protocol, now, simulated=sessions[0].told_simulated)
        return comparison(request.patient, sessions, of_all, past, day(now), request.run)
