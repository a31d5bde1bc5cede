"""Answers what the pages of sessions ask for; whatever a browser sent, the answer is something to show."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec

from monitor.config import Config
from monitor.record.errors import RecordError
from monitor.record.reader import RecordReader
from monitor.reports.clinic_time import day
from monitor.reports.session_record import read_session
from monitor.web.alarm_tables import trouble
from monitor.web.questions import Moment, Word, checked
from monitor.web.session_tables import sessions_table
from monitor.web.session_view import session_view

PAGE_LENGTH = 50
Run = Annotated[int, msgspec.Meta(ge=0)]
UNREADABLE = "The record cannot be read now: {}"


class ListRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sessions: those whose patient's code has ``patient`` in it; only those whose form is due; which page.
    ``now`` is the service's time.
    """

    run: Run
    now: Moment
    patient: Word = ""
    due: bool = False
    page: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0


class ViewRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which session."""

    run: Run
    now: Moment
    session: Word


class SessionsDesk:
    """Takes the requests of both pages."""

    def __init__(self, reader: RecordReader, config: Config) -> None:
        self._reader = reader
        self._config = config

    async def list_sessions(self, data: Any, *, may_know: bool) -> Any:
        """A page of the list; ``may_know`` who the patients are."""
        request = checked(ListRequest, data)
        if request is None:
            return trouble("This cannot be listed.")
        if not may_know:
            return trouble("Sign in to see the sessions.", request.run)
        due_of = [each.id for each in self._config.protocols.values() if each.monitoring_form] if request.due else None
        place = (PAGE_LENGTH, request.page * PAGE_LENGTH)
        try:
            rows, count = await asyncio.to_thread(self._reader.found_sessions, *place, request.patient.strip(), due_of)
        except RecordError as error:
            return trouble(UNREADABLE.format(error), request.run)
        pages = max(1, -(-count // PAGE_LENGTH))
        if request.page >= pages:
            last = msgspec.structs.asdict(request) | {"page": pages - 1}
            return await self.list_sessions(last, may_know=may_know)
        return sessions_table(rows, count, request.page, pages, request.run, day(request.now), self._config)

    async def show_session(self, data: Any, *, may_know: bool) -> Any:
        """One session: summary, timeline, form; ``may_know`` who the patients are."""
        request = checked(ViewRequest, data)
        if request is None:
            return trouble("This cannot be shown.")
        if not may_know:
            return trouble("Sign in to see this session.", request.run)
        try:
            found = await asyncio.to_thread(read_session, self._reader, self._config, request.session, request.now)
        except RecordError as error:
            return trouble(UNREADABLE.format(error), request.run)
        if found is None:
            return trouble("There is no such session in the record.", request.run)
        return session_view(found, self._config, day(request.now), request.run)
