"""A session of the record as a file."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.config import Config
from monitor.record.database import FILE
from monitor.record.errors import NoRecord
from monitor.record.reader import RecordReader
from monitor.reports.form_json import form_json
from monitor.reports.form_pdf import form_pdf
from monitor.reports.session_record import read_session

WRITERS: dict[str, Callable[[MonitoringForm], bytes]] = {".json": form_json, ".pdf": form_pdf}
"""By how the file's name ends."""


class ExportProblem(Exception):
    """What keeps a session from being exported, as one line for a person."""


def export(session: str, out: Path, folder: Path, config: Config) -> str:
    """Write the monitoring form of a session to ``out``, whole or not at all; returns a line that tells what is in it.

    Raises: ExportProblem; RecordError for a record that cannot be read.
    """
    write = WRITERS.get(out.suffix.lower())
    if write is None:
        raise ExportProblem(f"{out}: the name must end with {' or '.join(WRITERS)}.")
    form = _form(session, folder, config)
    _put(out, write(form))
    mark = "" if form.finished else ", not finished"
    missing = (
        f"{len(form.missing)} fields are missing: {', '.join(form.missing)}" if form.missing else "nothing missing"
    )
    return f"{out}: monitoring form of {form.patient.code}{mark}; {missing}"


def _form(session: str, folder: Path, config: Config) -> MonitoringForm:
    if not (folder / FILE).is_file():
        raise NoRecord(folder)
    with RecordReader(folder) as reader:
        found = read_session(reader, config, session, time.time_ns() // 1000)
    if found is None:
        raise ExportProblem(f"There is no session {session} in {folder}; its id stands on its page.")
    if found.form is None:
        raise ExportProblem(f"The beginning of session {session} is damaged: run app.py verify.")
    return found.form


def _put(out: Path, content: bytes) -> None:
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(content)
        os.replace(part, out)  # noqa: PTH105
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise ExportProblem(f"{out}: cannot be written: {error.strerror}") from error
