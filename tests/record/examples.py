"""A small clinic to record."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import msgspec

from devices.readings import SECOND, Metric, Micros, Numeric, Quality, Waveform
from monitor.clinic.events import AnyEvent, DoseStarted, NoteWritten, Phase, PhaseEntered, SessionEnded, SessionOpened
from monitor.record.database import FILE
from monitor.record.journal import Entry
from monitor.record.writer import RecordWriter

HOUSE = Path(__file__).parents[2]
"""Where a process of its own finds the code."""

NOON: Micros = 1_780_000_000 * SECOND
ROOM, SESSION = "Room 1", "S1"


def spo2(at: Micros, value: float | None, quality: Quality = Quality.OK, source: str = "oxi-1") -> Numeric:
    return Numeric(Metric.SPO2, value, at, at, source, quality)


def pleth(start: Micros, samples: tuple[int, ...] = (1, 2, 3), rate_hz: float = 75.0) -> Waveform:
    return Waveform(Metric.PLETH, start, rate_hz, samples, 255, "oxi-1")


def opened(session: str = SESSION, room: str = ROOM, at: Micros = NOON) -> SessionOpened:
    return SessionOpened(
        at=at,
        by="Ann",
        room=room,
        session=session,
        patient="P-7",
        weight_kg=80.0,
        protocol="esketamine_us",
        dose_mg=56.0,
        cuff_interval_s=300,
    )


def note(text: str, at: Micros = NOON, session: str | None = SESSION) -> NoteWritten:
    return NoteWritten(at=at, by="Ann", room=ROOM, session=session, text=text)


def treatment(session: str = SESSION, room: str = ROOM, at: Micros = NOON) -> list[AnyEvent]:
    """A session from its opening to the patient's leaving, two hours later."""
    dose = DoseStarted(at=at + 60 * SECOND, by="Ann", room=room, session=session)
    return [
        opened(session, room, at),
        dose,
        PhaseEntered(at=dose.at, by="Ann", room=room, session=session, phase=Phase.DOSING),
        msgspec.structs.replace(dose, at=at + 360 * SECOND),
        SessionEnded(at=at + 7200 * SECOND, by="Ann", room=room, session=session, phase=Phase.DISCHARGED),
    ]


def second(number: int, room: str = ROOM, session: str | None = SESSION) -> tuple[Micros, list[Entry]]:
    """What a room measures in one second; the value tells which second it was."""
    at = NOON + number * SECOND
    return at, [(room, session, spo2(at, number / 100)), (room, session, pleth(at, (number % 256,) * 3))]


def record_seconds(writer: RecordWriter, first: int, last: int, *, seal: bool = True) -> None:
    """Seconds ``first`` to just before ``last``, as the service writes them."""
    for number in range(first, last):
        at, entries = second(number)
        writer.append_second(at, entries)
        if seal:
            writer.seal_due(at)


def jittered_hour(seed: int) -> list[Numeric]:
    """An hour of SpO2, pulse rate and perfusion index at 1 Hz, with arrivals that wander by tens of milliseconds."""
    chance = random.Random(seed)
    saturation, pulse, perfusion = 97.0, 70.0, 4.0
    readings = []
    for number in range(3600):
        at = NOON + number * SECOND + chance.randrange(60_000)
        saturation = min(100.0, max(85.0, saturation + chance.choice((0, 0, 0, 0, 0, 0, 1, -1))))
        pulse = min(120.0, max(50.0, pulse + chance.choice((0, 0, 0, 1, -1))))
        perfusion = min(12.0, max(0.3, perfusion + chance.choice((0, 0, 0.01, -0.01, 0.05, -0.05))))
        values = {Metric.SPO2: saturation, Metric.PR: pulse, Metric.PI: round(perfusion, 2)}
        readings += [Numeric(metric, value, at, at, "oxi-1") for metric, value in values.items()]
    return readings


def sql(folder: Path, *statements: str, with_triggers: bool = False) -> None:
    """What a database tool, or rot (``rotten(body)``), does to a record that nobody has open."""
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    try:
        connection.create_function("rotten", 1, _rotten)
        if not with_triggers:
            connection.execute("DROP TRIGGER IF EXISTS event_is_never_updated")
            connection.execute("DROP TRIGGER IF EXISTS event_is_never_deleted")
        for statement in statements:
            connection.execute(statement)
    finally:
        connection.close()


def _rotten(body: bytes) -> bytes:
    """A body with a bit in its middle flipped."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
