"""How long one second of 256 rooms takes to be safe on the disk, beside a plain write and sync of the same bytes."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path

import msgspec
import psutil

from benchmarks.figures import Effort, Figure, NotMeasured, Ratio, Result, What, percentile
from benchmarks.simulated import seconds
from devices.readings import SECOND, Micros, Numeric, Waveform
from monitor.record.journal import Entry, Measurement, encode_second
from monitor.record.writer import RecordWriter

MEASURES = (What.COMMIT, What.COMMIT_WAVES)
ROOMS = 256
PLAYED_S = 6
"""Seconds that are made beforehand and taken in turn."""
WARM_UP = 20
CHECKPOINT_EVERY = 60
IN_MEMORY = {"tmpfs", "ramfs"}
PLAIN = "the same bytes appended to a file and fdatasync"


@dataclass
class Kind:
    """One kind of second: how long it took us, and a plain file, in ms; and its size."""

    what: What
    with_waves: bool
    ours: list[float] = field(default_factory=list)
    plain: list[float] = field(default_factory=list)
    kilobytes: float = 0.0


def measure(effort: Effort) -> Result:
    """Take the figures of ``MEASURES``: both kinds of second in turn, the plain write now before and now after ours."""
    kinds = [Kind(What.COMMIT, False), Kind(What.COMMIT_WAVES, True)]
    with disk_folder() as folder, RecordWriter(folder / "record") as writer, (folder / "plain").open("wb", 0) as plain:
        for number, (at, second) in enumerate(_clinic(effort.commits + WARM_UP)):
            for kind in kinds:
                entries = [entry for entry in second if kind.with_waves or isinstance(entry[2], Numeric)]
                took = _both(writer, plain.fileno(), at, entries, plain_first=bool(number % 2))
                if number >= WARM_UP:
                    kind.ours.append(took[0])
                    kind.plain.append(took[1])
                    kind.kilobytes = len(encode_second(at, entries)) / 1000
            writer.seal_due(at)
            if number % CHECKPOINT_EVERY == 0:
                writer.checkpoint()
    return Result([_figure(kind) for kind in kinds], [_ratio(kind) for kind in kinds])


def _both(
    writer: RecordWriter, plain: int, at: Micros, entries: Sequence[Entry], plain_first: bool
) -> tuple[float, float]:
    body = encode_second(at, entries)
    before = _plain_ms(plain, body) if plain_first else 0.0
    began = time.perf_counter()
    writer.append_second(at, entries)
    ours = (time.perf_counter() - began) * 1000
    return ours, before or _plain_ms(plain, body)


def _plain_ms(plain: int, body: bytes) -> float:
    began = time.perf_counter()
    os.write(plain, body)
    os.fdatasync(plain)
    return (time.perf_counter() - began) * 1000


def _clinic(count: int) -> Iterator[tuple[Micros, list[Entry]]]:
    """Seconds of the whole clinic, at a steady pace of the record's time."""
    start = time.time_ns() // 1000
    played = {f"{room}": list(seconds(room, PLAYED_S)) for room in range(1, ROOMS + 1)}
    for number, place in enumerate(islice(cycle(range(PLAYED_S)), count)):
        at = start + number * SECOND
        shift = at - place * SECOND
        yield at, [(room, f"S{room}", _later(each, shift)) for room, own in played.items() for each in own[place]]


def _later(measurement: Measurement, by: Micros) -> Measurement:
    if isinstance(measurement, Waveform):
        return msgspec.structs.replace(measurement, start=measurement.start + by)
    return msgspec.structs.replace(measurement, at=measurement.at + by, measured_at=measurement.measured_at + by)


def _figure(kind: Kind) -> Figure:
    values = {"p50": percentile(kind.ours, 50), "p99": percentile(kind.ours, 99)}
    detail = (
        f"{len(kind.ours)} commits of {kind.kilobytes:.0f} kB, longest {max(kind.ours):.0f} ms; "
        f"the plain write: p99 {percentile(kind.plain, 99):.3g} ms, longest {max(kind.plain):.0f} ms"
    )
    return Figure(kind.what, values, detail)


def _ratio(kind: Kind) -> Ratio:
    title = f"One second of {ROOMS} rooms{' with waves' if kind.with_waves else ''} safe on disk, p50"
    return Ratio(title, "ms", percentile(kind.ours, 50), percentile(kind.plain, 50), PLAIN)


@contextmanager
def disk_folder() -> Iterator[Path]:
    """A folder on a real disk, removed afterwards.

    Raises: NotMeasured when there are only file systems in memory.
    """
    for parent in (Path(tempfile.gettempdir()), Path.cwd()):
        if _file_system(parent) not in IN_MEMORY:
            with tempfile.TemporaryDirectory(prefix="chairside-benchmark-", dir=parent) as name:
                yield Path(name)
            return
    raise NotMeasured("there is no file system here that is on a disk")


def _file_system(folder: Path) -> str:
    """The type of the file system that a folder is on."""
    holding = [each for each in psutil.disk_partitions(all=True) if folder.resolve().is_relative_to(each.mountpoint)]
    return max(holding, key=lambda each: len(each.mountpoint)).fstype if holding else ""
