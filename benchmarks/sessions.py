"""What a page of a long list of sessions costs the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.commit import disk_folder
from benchmarks.figures import Effort, Figure, Result, What, percentile
from devices.readings import SECOND, Micros
from monitor.clinic.events import AnyEvent, DoseStarted, Phase, SessionEnded, SessionOpened
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.web.markup import lighten
from monitor.web.sessions_desk import SessionsDesk

MEASURES = (What.SESSIONS,)
CONFIG = Path(__file__).parent.parent / "config.toml"
START: Micros = 1_700_000_000 * SECOND
HOUR: Micros = 3600 * SECOND
SESSIONS, AT_ONCE = 10_000, 500
QUESTIONS: dict[str, dict[str, Any]] = {
    "newest": {},
    "oldest": {"page": 199},
    "found by code": {"patient": "0999"},
    "forms due": {"due": True},
}


def measure(effort: Effort) -> Result:
    """Take the figure of ``MEASURES``: the time of this process alone, so that what else runs does not count."""
    with disk_folder() as folder:
        _record(folder)
        with RecordReader(folder) as reader:
            desk = SessionsDesk(reader, load(CONFIG))
            taken = {name: asyncio.run(_asked(desk, asked, effort.rounds * 20)) for name, asked in QUESTIONS.items()}
    p50 = {name: percentile(values, 50) for name, values in taken.items()}
    worst = max(p50, key=lambda name: p50[name])
    detail = "; ".join(f"{name} {value:.1f} ms" for name, value in p50.items())
    return Result([Figure(What.SESSIONS, {"p50": p50[worst]}, f"CPU, p50 of each: {detail}")])


async def _asked(desk: SessionsDesk, question: dict[str, Any], times: int) -> list[float]:
    """Milliseconds of processor time that each answer took, as it is handed to the browser."""
    taken = []
    for run in range(times):
        began = time.process_time()
        lighten(await desk.list_sessions({"run": run, "now": START + SESSIONS * HOUR, **question}))
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
