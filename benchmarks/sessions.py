"""What a page of a long list of sessions costs the server."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks.commit import disk_folder
from benchmarks.figures import Effort, Figure, Result, What, percentile
from devices.readings import SECOND, Micros
from monitor.clinic.events import AnyEvent, DoseStarted, Phase, SessionEnded, SessionOpened
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.sessions import SessionRow
from monitor.record.writer import RecordWriter
from monitor.reports.clinic_time import day
from monitor.web.markup import lighten
from monitor.web.session_tables import sessions_table
from monitor.web.sessions_desk import PAGE_LENGTH

MEASURES = (What.SESSIONS,)
CONFIG = Path(__file__).parent.parent / "config.toml"
START: Micros = 1_700_000_000 * SECOND
HOUR: Micros = 3600 * SECOND
SESSIONS, AT_ONCE = 10_000, 500
QUESTIONS: dict[str, Callable[[RecordReader], tuple[list[SessionRow], int]]] = {
    "newest": lambda reader: reader.found_sessions(PAGE_LENGTH),
    "oldest": lambda reader: reader.found_sessions(PAGE_LENGTH, SESSIONS - PAGE_LENGTH),
    "found by code": lambda reader: reader.found_sessions(PAGE_LENGTH, patient="0999"),
    "forms due": lambda reader: reader.found_sessions(PAGE_LENGTH, form_due_of=["esketamine_us"]),
}


def measure(effort: Effort) -> Result:
    """Take the figure of ``MEASURES``: the time of this process alone, so that what else runs does not count."""
    with disk_folder() as folder:
        _record(folder)
        with RecordReader(folder) as reader:
            taken = {name: _asked(reader, asked, effort.rounds * 20) for name, asked in QUESTIONS.items()}
    p50 = {name: percentile(values, 50) for name, values in taken.items()}
    worst = max(p50, key=lambda name: p50[name])
    detail = "; ".join(f"{name} {value:.1f} ms" for name, value in p50.items())
    return Result([Figure(What.SESSIONS, {"p50": p50[worst]}, f"CPU, p50 of each: {detail}")])


def _asked(
    reader: RecordReader, question: Callable[[RecordReader], tuple[list[SessionRow], int]], times: int
) -> list[float]:
    """Milliseconds of processor time that each answer took, as it is handed to the browser."""
    config, today, taken = load(CONFIG), day(START + SESSIONS * HOUR), []
    for run in range(times):
        began = time.process_time()
        rows, count = question(reader)
        lighten(sessions_table(rows, count, 0, SESSIONS // PAGE_LENGTH, run, today, config))
        taken.append((time.process_time() - began) * 1000)
    return taken


def _record(folder: Path) -> None:
    with RecordWriter(folder) as writer:
        for first in range(0, SESSIONS, AT_ONCE):
            writer.append_events([event for number in range(first, first + AT_ONCE) for event in _session(number)])


def _session(number: int) -> Sequence[AnyEvent]:
    session, at = f"{number:032x}", START + number * HOUR
    opened = SessionOpened(
        at=at,
        by="nurse 1",
        room="1",
        session=session,
        patient=f"P-{number:05d}",
        weight_kg=70,
        protocol="iv_ketamine" if number % 2 else "esketamine_us",
        dose_mg=56,
        cuff_interval_s=None,
    )
    dose = DoseStarted(at=at + 60 * SECOND, by="nurse 1", room="1", session=session)
    ended = SessionEnded(at=at + 2 * HOUR, by="nurse 1", room="1", session=session, phase=Phase.DISCHARGED)
    return opened, dose, ended
