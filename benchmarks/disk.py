"""What an hour of a room takes on the disk once it is sealed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from benchmarks.commit import disk_folder
from benchmarks.figures import Effort, Figure, Result, What
from benchmarks.simulated import seconds
from devices.readings import SECOND, Micros, Numeric
from monitor.record.database import FILE
from monitor.record.journal import Measurement
from monitor.record.writer import RecordWriter

MEASURES = (What.DISK,)
HOUR_S = 3600
START: Micros = 1_780_000_200 * SECOND
ROOMS = 4


class Kilobytes(NamedTuple):
    """Per room and hour: in the chunks' bodies, and in the file with its keys and half-filled pages."""

    bodies: float
    file: float


def measure(effort: Effort) -> Result:
    """Take the figure of ``MEASURES``, and tell the waves apart."""
    count = round(effort.hours * HOUR_S)
    rooms = [list(seconds(room, count, START)) for room in range(1, ROOMS + 1)]
    numerics = _sealed(rooms, waves=False)
    waves = _sealed(rooms, waves=True)
    detail = (
        f"in the file; {numerics.bodies:.1f} kB in the chunks' bodies; SpO2, PR and PI at 1 Hz, {ROOMS} rooms of "
        f"{effort.hours:g} h; waves apart: {waves.file:.0f} kB in the file, {waves.bodies:.0f} kB in bodies"
    )
    return Result([Figure(What.DISK, {"": numerics.file}, detail)])


def _sealed(rooms: list[list[list[Measurement]]], *, waves: bool) -> Kilobytes:
    """Record the numerics, or the waves, of these rooms as the service would, to the end of their sessions."""
    count = len(rooms[0])
    with disk_folder() as folder:
        with RecordWriter(folder) as writer:
            writer.checkpoint()
            empty = _used(folder)
            for second in range(count):
                at = START + (second + 1) * SECOND
                writer.append_second(
                    at,
                    [
                        (f"{number}", f"S{number}", each)
                        for number, room in enumerate(rooms)
                        for each in _kept(room[second], waves)
                    ],
                )
                writer.seal_due(at)
            for number in range(len(rooms)):
                writer.seal_room(f"{number}")
        room_hours = len(rooms) * count / HOUR_S
        with closing(sqlite3.connect(folder / FILE)) as record:
            (bodies,) = record.execute("SELECT sum(length(body)) FROM chunk").fetchone()
        return Kilobytes(bodies / 1000 / room_hours, (_used(folder) - empty) / 1000 / room_hours)


def _kept(second: Iterable[Measurement], waves: bool) -> list[Measurement]:
    return [each for each in second if isinstance(each, Numeric) is not waves]


def _used(folder: Path) -> int:
    """Bytes of the file's pages that hold something."""
    with closing(sqlite3.connect(f"{(folder / FILE).as_uri()}?mode=ro", uri=True)) as record:
        size, pages, free = (
            record.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
        )
    return int(size * (pages - free))
