"""Hands out sessions as files: one at once, many by an export that runs beside the pages."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, Response

from monitor.config import Config
from monitor.people.sign_ins import Person
from monitor.record.errors import RecordError
from monitor.record.reader import RecordReader
from monitor.reports.clinic_time import day
from monitor.reports.formats import CannotBeWritten, Files, files_of, folder_name
from monitor.reports.kinds import Format
from monitor.reports.session_record import read_session
from monitor.web.export_jobs import Busy, ExportJobs, Job
from monitor.web.guard import not_found
from monitor.web.people import People, now
from monitor.web.questions import UNREADABLE
from monitor.web.session_search import search_of, wanted
from monitor.web.threads import Threads

SIGN_IN = "Sign in to take sessions out of the house."
MOST_SESSIONS = 20_000
FILES = {
    "chart.pdf": (Format.PDF, "application/pdf"),
    "csv.zip": (Format.CSV, "application/zip"),
    "measurements.parquet": (Format.PARQUET, "application/vnd.apache.parquet"),
    "wfdb.zip": (Format.WFDB, "application/zip"),
    "fhir.json": (Format.FHIR, "application/fhir+json"),
    "hl7.txt": (Format.HL7, "x-application/hl7-v2+er7"),
    "form.pdf": (Format.FORM, "application/pdf"),
    "form.json": (Format.FORM_JSON, "application/json"),
}
"""By the last part of the address."""


class ExportRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sessions, and in which form: some by their ids, or all that the ``filter`` of the list finds."""

    kind: Format
    sessions: list[Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{1,64}$")]] = []
    filter: dict[str, str] | None = None


class ExportsDesk:
    """Every route that files come from."""

    def __init__(self, reader: RecordReader, config: Config, folder: Path, people: People, readers: Threads) -> None:
        self._reader = reader
        self._config = config
        self._folder = folder
        self._people = people
        self._readers = readers
        self.jobs = ExportJobs(folder / "exports")

    async def one(self, request: Request) -> Response:
        """``GET /sessions/<id>/<file>``."""
        session, name = request.path_params["session"], request.path_params["file"]
        if name not in FILES:
            return not_found(request.url.path)
        if await self._person(request) is None:
            return PlainTextResponse(SIGN_IN, 401)
        kind, media_type = FILES[name]
        try:
            made = await self._readers.run(self._made, session, kind, name)
        except RecordError as error:
            return PlainTextResponse(UNREADABLE.format(error), 503)
        except CannotBeWritten as error:
            return PlainTextResponse(str(error), 500)
        if made is None:
            return not_found(request.url.path)
        content, file_name = made
        headers = {"Content-Disposition": f'attachment; filename="{file_name}"'}
        return Response(content, media_type=media_type, headers=headers)

    def _made(self, session: str, kind: Format, name: str) -> tuple[bytes, str] | None:
        """The file, and what it is called; ``None`` when there is no such session."""
        found = read_session(self._reader, self._config, session, now())
        if found is None:
            return None
        files = files_of(found, kind, self._reader)
        content = _zipped(files) if name.endswith(".zip") else next(iter(files.values()))
        return content, f"{folder_name(found)}_{name}"

    async def start(self, request: Request) -> Response:
        """``POST /exports``: begin an export of many."""
        person = await self._person(request)
        if person is None:
            return _refused(SIGN_IN, 401)
        try:
            asked = msgspec.json.decode(await request.body(), type=ExportRequest)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return _refused("This is no choice of sessions.", 400)
        try:
            sessions = asked.sessions if asked.filter is None else await self._readers.run(self._found, asked.filter)
            if not sessions:
                return _refused("No session is chosen.", 400)
            if len(sessions) > MOST_SESSIONS:
                return _refused(f"At most {MOST_SESSIONS} sessions go into one archive; choose fewer.", 400)
            progress = await self.jobs.start(person.user, self._config, self._folder, sessions, asked.kind)
        except RecordError as error:
            return _refused(UNREADABLE.format(error), 503)
        except Busy:
            return _refused("Other people's exports are running. Try again when they are done.", 409)
        except OSError as error:
            return _refused(f"The archive cannot be made: {error.strerror}.", 503)
        return JSONResponse(msgspec.to_builtins(progress))

    def _found(self, members: dict[str, str]) -> list[str]:
        """What the list finds with a filter, the newest day of its forms being the wall clock's."""
        search = search_of(members)
        if search is None:
            return []
        terms = wanted(search, self._config, day(now()))
        return [each.row.id for each in self._reader.found_sessions(terms, search.order, MOST_SESSIONS + 1).sessions]

    async def progress(self, request: Request) -> Response:
        """``GET /exports/<job>``: how far it is."""
        job = await self._job(request)
        return not_found(request.url.path) if job is None else JSONResponse(msgspec.to_builtins(job.progress))

    async def archive(self, request: Request) -> Response:
        """``GET /exports/<job>/sessions.zip``: the archive, once it is whole."""
        job = await self._job(request)
        if job is not None and job.progress.state == "gone":
            return PlainTextResponse(job.progress.why, 410)
        if job is None or job.progress.state != "ready":
            return not_found(request.url.path)
        return FileResponse(job.out, media_type="application/zip", filename=f"sessions-{job.progress.kind}.zip")

    async def stop(self, request: Request) -> Response:
        """``POST /exports/<job>/stop``: end it."""
        job = await self._job(request)
        if job is None:
            return not_found(request.url.path)
        await job.stop()
        return JSONResponse(msgspec.to_builtins(job.progress))

    async def _job(self, request: Request) -> Job | None:
        person = await self._person(request)
        return None if person is None else self.jobs.find(person.user, request.path_params["job"])

    async def _person(self, request: Request) -> Person | None:
        who = await self._people.who(request.cookies)
        return who.person if who.may_act else None


def _zipped(files: Files) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


def _refused(text: str, status: int) -> Response:
    return JSONResponse({"problem": text}, status)


def routes(desk: ExportsDesk) -> list[tuple[str, Any, str]]:
    """Path, endpoint and method of each."""
    return [
        ("/sessions/{session}/{file}", desk.one, "GET"),
        ("/exports", desk.start, "POST"),
        ("/exports/{job}", desk.progress, "GET"),
        ("/exports/{job}/sessions.zip", desk.archive, "GET"),
        ("/exports/{job}/stop", desk.stop, "POST"),
    ]
