"""Answers what the list of sessions asks for; whatever a browser sent, the answer is something to show."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from monitor.config import Config
from monitor.record.errors import RecordError
from monitor.record.reader import RecordReader
from monitor.reports.clinic_time import day
from monitor.reports.form_json import form_json
from monitor.reports.form_pdf import form_pdf
from monitor.reports.session_record import read_session
from monitor.web.alarm_tables import trouble
from monitor.web.guard import not_found
from monitor.web.people import People, now
from monitor.web.questions import Moment, Word, checked
from monitor.web.session_tables import sessions_table

PAGE_LENGTH = 50
Run = Annotated[int, msgspec.Meta(ge=0)]
UNREADABLE = "The record cannot be read now: {}"
FILES = {"pdf": ("application/pdf", form_pdf), "json": ("application/json", form_json)}


class ListRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sessions: those whose patient's code has ``patient`` in it; only those whose form is due; which page.
    ``now`` is the service's time.
    """

    run: Run
    now: Moment
    patient: Word = ""
    due: bool = False
    page: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)] = 0


class SessionsDesk:
    """Takes the requests of the list, and hands out forms as files."""

    def __init__(self, reader: RecordReader, config: Config, people: People) -> None:
        self._reader = reader
        self._config = config
        self._people = people

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

    async def form(self, request: Request) -> Response:
        """``GET /sessions/<id>/form.pdf`` or ``form.json``."""
        file = FILES.get(request.path_params["kind"])
        session = request.path_params["session"]
        if file is None:
            return not_found(request.url.path)
        if not (await self._people.who(request.cookies)).may_act:
            return PlainTextResponse("Sign in to see this form.", 401)
        media_type, written = file
        try:
            found = await asyncio.to_thread(read_session, self._reader, self._config, session, now())
        except RecordError as error:
            return PlainTextResponse(UNREADABLE.format(error), 503)
        if found is None:
            return not_found(request.url.path)
        if found.form is None:
            return PlainTextResponse("The beginning of this session is damaged: run app.py verify.", 500)
        content = await asyncio.to_thread(written, found.form)
        name = f"monitoring-form-{session}.{request.path_params['kind']}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        return Response(content, media_type=media_type, headers=headers)
