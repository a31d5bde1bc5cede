"""Sessions of the record as files: each whole or not at all, one session in memory at a time."""

from __future__ import annotations

import os
import time
import zipfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from monitor.config import Config
from monitor.record.database import FILE
from monitor.record.errors import NoRecord
from monitor.record.reader import RecordReader
from monitor.reports.formats import CannotBeWritten, Files, files_of, folder_name
from monitor.reports.kinds import Format
from monitor.reports.session_record import SessionRecord, read_session


class ExportProblem(Exception):
    """What keeps sessions from being exported, as one line for a person."""


class Left(NamedTuple):
    """A session that left the house: its name, and what of its record is damaged and therefore missing in its files."""

    name: str
    damaged: tuple[str, ...]


class Kept(NamedTuple):
    """A session that did not, and why."""

    session: str
    why: str


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


def export_one(reader: RecordReader, config: Config, session: str, kind: Format, out: Path) -> Written:
    """Write one session to ``out``: a file, with the others of its format beside it, or a ``.zip`` of all of them. The
    monitoring form is JSON where the name ends so.

    Raises: ExportProblem; RecordError.
    """
    if kind is Format.FORM and out.suffix.lower() == ".json":
        kind = Format.FORM_JSON
    found = read(reader, config, session)
    try:
        files = files_of(found, kind, reader)
    except CannotBeWritten as error:
        raise ExportProblem(str(error)) from error
    if out.suffix.lower() == ".zip":
        with _archive(out) as put:
            put(files)
        return Written([out], found)
    if kind in NAME_EACH_OTHER:
        raise ExportProblem(f"{out}: the name must end with .zip, because the files of {kind} name each other.")
    return Written(_beside_each_other(files, out, {".json"} if kind is Format.FORM else set()), found)


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
    told: Callable[[Outcome], None],
) -> None:
    """Write sessions one after the other into ``out``, a ``.zip`` or a folder that is made. ``told`` hears of each; one
    that cannot be written keeps none of the others back.

    Raises: ExportProblem when nothing more can be written; then a ``.zip`` is not there. RecordError.
    """
    with (_archive if out.suffix.lower() == ".zip" else _folder)(out) as put:
        for session in sessions:
            told(_written(reader, config, session, kind, put))


def _written(reader: RecordReader, config: Config, session: str, kind: Format, put: Put) -> Outcome:
    try:
        found = read(reader, config, session)
        files = files_of(found, kind, reader)
    except (ExportProblem, CannotBeWritten) as error:
        return Kept(session, str(error))
    name = folder_name(found)
    put({f"{name}_{file}": content for file, content in files.items()})
    return Left(name, found.damaged)


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
    """A place to write to that becomes ``out`` when all went well, and else is gone.

    Raises: ExportProblem.
    """
    part = out.with_name(f".{out.name}.part")
    try:
        with _told(out):
            yield part
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
