"""A record of WFDB, as PhysioNet's programs read it: a header, and the samples in a file of their own.

Source: PhysioNet, WFDB Applications Guide, header(5) and signal(5).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from devices.readings import SECOND, Micros
from monitor.record.columns import Real, Whole
from monitor.record.series import MILLI
from monitor.reports.clinic_time import local
from monitor.reports.session_record import SessionRecord
from monitor.reports.tables.cells import number_text, visible

FORMATS = {16: "<i2", 32: "<i4"}
"""Bits of a sample, which are the formats' names, and how each is stored."""
MISSING = {16: -(2**15), 32: -(2**31)}
"""The sample that stands for none: the lowest."""


AROUND: Micros = 24 * 3600 * SECOND
"""What claims to be farther from the session has no place in a record of it."""


class Signal(NamedTuple):
    """One signal of a record: ``counts`` are its samples, of which ``gain`` are one ``unit``, with nothing where
    ``known`` is false.
    """

    name: str
    unit: str
    gain: int
    counts: Whole
    known: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Sampled:
    """Signals of equal length whose first samples are of ``start_ms``, with ``notes`` on each for the header."""

    rate_hz: float
    start_ms: int
    signals: Sequence[Signal]
    notes: Sequence[str]
    simulated: bool


def fits(counts: Whole | Real) -> NDArray[np.bool_]:
    """Whether the wider of the formats can hold each."""
    return np.abs(counts) < -MISSING[32]


def is_near(found: SessionRecord, ms: Whole) -> NDArray[np.bool_]:
    """Whether times are within a day of the session. A record reaches from its first sample to its last, and a single
    time that is wrong must not make it years long.
    """
    return (ms >= (found.start - AROUND) // MILLI) & (ms <= (found.end + AROUND) // MILLI)


def record_files(name: str, sampled: Sampled, comments: Sequence[str]) -> dict[str, bytes]:
    """Header and samples by the names of their files; without signals the header alone, for its comments."""
    offsets = [_offset(signal) for signal in sampled.signals]
    bits = 32 if None in offsets else 16
    shifts = [0 if bits == 32 or offset is None else offset for offset in offsets]
    columns = [_stored(signal, shift, bits) for signal, shift in zip(sampled.signals, shifts, strict=True)]
    lines = [_first_line(name, sampled)]
    lines += [_signal_line(name, bits, *each) for each in zip(sampled.signals, shifts, columns, strict=True)]
    lines += [f"# {comment}" for comment in comments]
    files = {f"{name}.hea": "".join(f"{_ascii(line)}\n" for line in lines).encode("ascii")}
    if columns:
        files[f"{name}.dat"] = np.column_stack(columns).astype(FORMATS[bits]).tobytes()
    return files


def _offset(signal: Signal) -> int | None:
    """What is taken off each count so that all fit into 16 bits, none of them as the missing sample; ``None`` when they
    reach too far.
    """
    if not signal.known.any():
        return 0
    counts, least, most = signal.counts[signal.known], MISSING[16] + 1, -MISSING[16] - 1
    lowest, highest = int(counts.min()), int(counts.max())
    offset = 0 if least <= lowest and highest <= most else highest - most
    return offset if lowest - offset >= least else None


def _stored(signal: Signal, shift: int, bits: int) -> Whole:
    return np.where(signal.known, signal.counts - shift, MISSING[bits])


def _first_line(name: str, sampled: Sampled) -> str:
    begins = local(sampled.start_ms * MILLI)
    length = len(sampled.signals[0].counts) if sampled.signals else 0
    time = f"{begins:%H:%M:%S}.{sampled.start_ms % 1000:03d}"
    return f"{name} {len(sampled.signals)} {number_text(sampled.rate_hz)} {length} {time} {begins:%d/%m/%Y}"


def _signal_line(name: str, bits: int, signal: Signal, shift: int, column: Whole) -> str:
    checksum = int(column.sum()) % 2**16
    scale = f"{signal.gain}({-shift})/{signal.unit}"
    return f"{name}.dat {bits} {scale} {bits} 0 {column[0]} {checksum} 0 {signal.name}"


def _ascii(line: str) -> str:
    """Its programs read nothing else."""
    return visible(line).encode("ascii", "backslashreplace").decode("ascii")
