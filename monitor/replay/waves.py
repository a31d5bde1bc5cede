"""Reads the recorded wave beside a record: ``t_s`` and a column of samples, into segments as devices give them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import median

from devices.readings import SECOND, Metric, Micros, Quality, Waveform
from monitor.replay.csv_record import RecordProblem, Row, read

FULL_SCALE = 4095
"""Samples are kept in 12 bits, from the lowest of the recording to its highest."""
SEGMENT = 32


def read_wave(path: Path, column: str) -> list[Waveform]:
    """The segments of a recorded wave. Where samples are missing, segments do not follow each other.

    Raises: RecordProblem as ``csv_record.read``, and for a file of fewer than two samples.
    """
    rows = read(path, {column: Metric.PLETH})
    known = [row for row in rows if row.values[Metric.PLETH] is not None]
    if len(known) < 2:
        raise RecordProblem(f"{path}: has no wave in the column {column}")
    period = median(b.at - a.at for a, b in pairwise(known[:1000]))
    values = [row.values[Metric.PLETH] or 0.0 for row in known]
    lowest, span = min(values), max(values) - min(values) or 1.0
    return [
        Waveform(
            Metric.PLETH,
            piece[0].at,
            SECOND / period,
            tuple(round(((row.values[Metric.PLETH] or 0.0) - lowest) / span * FULL_SCALE) for row in piece),
            FULL_SCALE,
            path.name,
            Quality.SIMULATED,
        )
        for piece in _pieces(known, round(period))
    ]


def _pieces(rows: Sequence[Row], period: Micros) -> Iterator[list[Row]]:
    """Samples that follow each other, at most ``SEGMENT`` of them."""
    piece = [rows[0]]
    for row in rows[1:]:
        if len(piece) == SEGMENT or row.at - piece[-1].at > period * 3 // 2:
            yield piece
            piece = []
        piece.append(row)
    yield piece
