"""Sessions of the record as files: each whole or not at all, one session in memory at a time."""

from __future__ import annotations

import logging
import os
import time
import uuid
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from monitor.config import Config
from monitor.record.database import FILE
from monitor.record.errors import NoRecord, RecordError
from monitor.record.reader import RecordReader
from monitor.reports.formats import CannotBeWritten, Files, files_of, folder_name
from monitor.reports.kinds import Format
from monitor.reports.reserve import Reserve
from monitor.reports.session_record import SessionRecord, read_session

log = logging.getLogger(__name__)


class ExportProblem(Exception):
    """What keeps sessions from being exported, as one line for a person."""


class Fault(ExportProblem):
    """A session that Chairside cannot write by a fault of its own, which is in the log."""

    def __init__(self, session: str, error: Exception) -> None:
        fault = f"a fault of Chairside ({type(error).__name__}), which its log tells in full"
        super().__init__(f"Session {session} could not be written: {fault}.")


class Left(NamedTuple):
    """A session that left the house: its name, and what of its record is damaged and therefore missing in its files."""

    name: str
    damaged: tuple[str, ...]


class Kept(NamedTuple):
    """A session that did not, and why."""

    session: str
    why: str


class _Made(NamedTuple):
    """A session as it was read, what its files are called after, and the files."""

    found: SessionRecord
    name: str
    files: Files


class Written(NamedTuple):
    """The files of one session, and what was read of it."""

    paths: list[Path]
    found: SessionRecord


NAME_EACH_OTHER = {Format.WFDB}
"""Formats whose files cannot be called otherwise."""
Outcome = Left | Kept
Put = Callable[[Files], None]
"""Takes the files of one session."""


def problem_of(outcome: Outcome) -> str:
    """What is wrong with a session that was exported, or was not; empty when nothing is."""
    if isinstance(outcome, Kept):
        return outcome.why
    return f"{outcome.name}: {'; '.join(outcome.damaged)}; that is missing in its files." if outcome.damaged else ""


@contextmanager
def record_in(folder: Path) -> Iterator[RecordReader]:
    """The record of a folder. Raises: NoRecord."""
    if not (folder / FILE).is_file():
        raise NoRecord(folder)
    with RecordReader(folder) as reader:
        yield reader


def read(reader: RecordReader, config: Config, session: str) -> SessionRecord:
    """One session. Raises: ExportProblem when there is none; RecordError."""
    found = read_session(reader, config, session, time.time_ns() // 1000)
    if found is None:
        raise ExportProblem(f"There is no session {session} in the record; its id stands on its page.")
    return found


@contextmanager
def problems_of(session: str, kind: Format) -> Iterator[None]:
    """What keeps a session from being made into ``kind`` keeps none of the others back: all but a record that cannot be
    read is told as ExportProblem, what nobody foresaw as Fault.
    """
    try:
        yield
    except CannotBeWritten as error:
        raise ExportProblem(str(error)) from error
    except (ExportProblem, RecordError):
        raise
    except Exception as error:
        log.exception("session %s: fault in writing it as %s", session, kind)
        raise Fault(session, error) from error


def export_one(
    reader: RecordReader, config: Config, session: str, kind: Format, out: Path, reserve: Reserve
) -> Written:
    """Write one session to ``out``: a file, with the others of its format beside it, or a ``.zip`` of all of them. The
    monitoring form is JSON where the name ends so.

    Raises: ExportProblem; RecordError.
    """
    if kind is Format.FORM and out.suffix.lower() == ".json":
        kind = Format.FORM_JSON
    found, _, files = _made(reader, config, session, kind)
    _demand_room(reserve, out, files)
    if out.suffix.lower() == ".zip":
        with _archive(out) as put:
            put(files)
        return Written([out], found)
    if kind in NAME_EACH_OTHER:
        raise ExportProblem(f"{out}: the name must end with .zip, because the files of {kind} name each other.")
    return Written(_beside_each_other(files, out, {".json"} if kind is Format.FORM else set()), found)


def _made(reader: RecordReader, config: Config, session: str, kind: Format) -> _Made:
    """Raises: ExportProblem, of which one is Fault; RecordError while the record cannot be read."""
    with problems_of(session, kind):
        found = read(reader, config, session)
        return _Made(found, folder_name(found), files_of(found, kind, reader))


def _demand_room(reserve: Reserve, out: Path, files: Files) -> None:
    with _told(out):
        problem = reserve.problem(out, sum(map(len, files.values())))
    if problem:
        raise ExportProblem(problem)


def _beside_each_other(files: Files, out: Path, also: Collection[str]) -> list[Path]:
    """The first file under the name that was given, the others beside it under names that begin alike. ``also`` are
    endings that were possible, too.
    """
    endings = {Path(name).suffix for name in files}
    if out.suffix.lower() not in endings:
        allowed = " or ".join(sorted({*endings, *also, ".zip"}))
        raise ExportProblem(f"{out}: the name must end with {allowed}.")
    first, *others = files
    names = {first: out, **{name: out.with_name(f"{out.stem}-{name}") for name in others}}
    for name, path in names.items():
        with whole_file(path) as part:
            part.write_bytes(files[name])
    return list(names.values())


def export_many(
    reader: RecordReader,
    config: Config,
    sessions: Iterable[str],
    kind: Format,
    out: Path,
    reserve: Reserve,
    told: Callable[[Outcome], None],
) -> None:
    """Write sessions one after the other into ``out``, a ``.zip`` or a folder that is made. ``told`` hears of each; one
    that cannot be written keeps none of the others back.

    Raises: ExportProblem when nothing more can be written; then a ``.zip`` is not there. RecordError.
    """
    taken: set[str] = set()
    with (_archive if out.suffix.lower() == ".zip" else _folder)(out) as put:
        for session in sessions:
            try:
                made = _made(reader, config, session, kind)
            except ExportProblem as problem:
                told(Kept(session, str(problem)))
                continue
            _demand_room(reserve, out, made.files)
            # Names have the beginning of the id; two that begin alike have all of it.
            name = f"{made.name}_{session}" if made.name in taken else made.name
            taken.add(name)
            put({f"{name}_{file}": content for file, content in made.files.items()})
            told(Left(name, made.found.damaged))


@contextmanager
def _folder(out: Path) -> Iterator[Put]:
    """Files beside each other, each whole or not at all."""
    with _told(out):
        out.mkdir(parents=True, exist_ok=True)

    def put(files: Files) -> None:
        for name, content in files.items():
            with whole_file(out / name) as part:
                part.write_bytes(content)

    yield put


@contextmanager
def _archive(out: Path) -> Iterator[Put]:
    """Files in an archive, which is there when all of them are in it."""
    with whole_file(out) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:

        def put(files: Files) -> None:
            for name, content in files.items():
                archive.writestr(name, content)

        yield put


@contextmanager
def whole_file(out: Path) -> Iterator[Path]:
    """A place to write to that becomes ``out`` when all went well, and else is gone. Nobody else writes there, also
    where two write to one ``out``: that of the last one stays, whole.

    Raises: ExportProblem.
    """
    part = out.with_name(f".chairside-{uuid.uuid4().hex}.part")
    try:
        with _told(out):
            part.touch(exist_ok=False)
            yield part
            with part.open("rb+") as file:
                os.fsync(file.fileno())  # Else a crash could leave the name with nothing under it.
            os.replace(part, out)  # noqa: PTH105 - Path.replace is the same call under a less telling name
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


@contextmanager
def _told(out: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ExportProblem(f"{out}: cannot be written: {error.strerror}") from error
