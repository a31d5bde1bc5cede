"""What a long export costs in memory: the process that writes it holds one session at a time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil

from benchmarks.commit import disk_folder
from benchmarks.figures import Effort, Figure, NotMeasured, Result, What
from devices.readings import SECOND, Metric, Micros, Numeric
from monitor.clinic.events import AnyEvent, CuffMeasured, DoseStarted, Phase, SessionEnded, SessionOpened
from monitor.config import load
from monitor.record.writer import RecordWriter
from monitor.reports.kinds import Format
from monitor.reports.order import Order, encode

MEASURES = (What.BULK,)
HOUSE = Path(__file__).parent.parent
START: Micros = 1_700_000_000 * SECOND
MINUTE: Micros = 60 * SECOND
LASTS: Micros = 120 * MINUTE
SESSIONS, EARLY = 1000, 100
ROOM = "1"


def measure(_: Effort) -> Result:
    """Take the figure of ``MEASURES``."""
    with disk_folder() as folder:
        sessions = _record(folder)
        early, late = _memory(Order(load(HOUSE / "config.toml"), folder, sessions, Format.CSV, folder / "out.zip"))
    detail = f"{early:.0f} MB after {EARLY} sessions, {late:.0f} MB after {SESSIONS}"
    return Result([Figure(What.BULK, {"ratio": late / early}, detail)])


def _memory(order: Order) -> tuple[float, float]:
    """Megabytes that the process holds after the first sessions and at the end."""
    taken: list[float] = []
    command = [sys.executable, "-m", "monitor.reports"]
    with subprocess.Popen(command, cwd=HOUSE, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None and child.stdout is not None  # noqa: S101, PT018 - both are pipes
        child.stdin.write(encode(order))
        child.stdin.flush()
        for number, line in enumerate(child.stdout, 1):
            if msgspec.json.decode(line) != {"type": "Step", "problem": ""}:
                raise NotMeasured(line.decode())
            if number in (EARLY, SESSIONS):
                taken.append(psutil.Process(child.pid).memory_info().rss / 1e6)
    if len(taken) != 2:
        raise NotMeasured("the export ended too early")
    return taken[0], taken[1]


def _record(folder: Path) -> tuple[str, ...]:
    sessions = tuple(f"{number:032x}" for number in range(SESSIONS))
    with RecordWriter(folder) as writer:
        for number, session in enumerate(sessions):
            opened = START + number * 3 * LASTS
            events = list(_events(session, opened))
            writer.append_events(events[:-1])
            values = [
                (ROOM, session, Numeric(metric, 97.0 - place % 4, at, at, "oximeter"))
                for place, at in enumerate(range(opened, opened + LASTS, 20 * SECOND))
                for metric in (Metric.SPO2, Metric.PR)
            ]
            writer.append_second(opened + LASTS, values)
            writer.append_events(events[-1:])
            writer.seal_room(ROOM)
    return sessions


def _events(session: str, opened: Micros) -> Iterator[AnyEvent]:
    by = "nurse 1"
    yield SessionOpened(
        at=opened,
        by=by,
        room=ROOM,
        session=session,
        patient="P-00001",
        weight_kg=70,
        protocol="esketamine_us",
        dose_mg=56,
        cuff_interval_s=None,
    )
    yield DoseStarted(at=opened + 10 * MINUTE, by=by, room=ROOM, session=session)
    for minutes in range(5, 115, 5):
        at = opened + minutes * MINUTE
        yield CuffMeasured(
            at=at,
            by="cuff",
            room=ROOM,
            session=session,
            measured_at=at,
            sys=130,
            dia=80,
            map=None,
            pr=70,
            source="cuff",
            simulated=False,
        )
    yield SessionEnded(at=opened + LASTS, by=by, room=ROOM, session=session, phase=Phase.DISCHARGED)
