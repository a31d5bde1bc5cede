"""Reads a recorded CSV: a time column ``t_s`` in seconds and columns of numbers, an empty cell for no value."""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from devices.readings import SECOND, Metric, Micros

TIME = "t_s"

LATEST_S = 1e11
"""Seconds since 1970 in the year 5138: whatever lies beyond is in another unit, or no time at all."""


class RecordProblem(Exception):
    """The file cannot be replayed. The text is one line: file, line, column, what is wrong."""


@dataclass(frozen=True)
class Row:
    """One line: its time, and per metric its value or ``None``. ``measured_at``: when the cuff measured, if it says."""

    at: Micros
    values: dict[Metric, float | None]
    measured_at: Micros | None = None


def read(
    path: Path,
    columns: Mapping[str, Metric],
    only: tuple[str, str] | None = None,
    measured: str | None = None,
) -> list[Row]:
    """Read the whole record. ``columns`` maps column names to metrics; ``only=(column, value)`` keeps matching lines;
    ``measured`` is the column that says when a cuff measured, in seconds as ``t_s``.

    Raises: RecordProblem for a missing column, a text where a number belongs, a line with too many cells, or times that
    run back.
    """
    try:
        with _open(path) as file:
            reader = csv.DictReader(file)
            needed = [TIME, *columns, *(only[:1] if only else ()), *([measured] if measured else ())]
            _check_columns(path, reader.fieldnames or [], needed)
            rows = list(_rows(path, reader, columns, only, measured))
    except (OSError, UnicodeDecodeError, csv.Error, EOFError, zlib.error) as error:
        raise RecordProblem(f"{path}: cannot be read: {error}") from error
    if not rows:
        raise RecordProblem(f"{path}: has no lines to replay")
    return rows


def merged(numbers: Sequence[Row], cuff: Sequence[Row]) -> list[Row]:
    """The lines of two records in the order of their time; two of the same time are one."""
    found: dict[Micros, Row] = {row.at: row for row in numbers}
    for row in cuff:
        beside = found.get(row.at)
        values = row.values if beside is None else beside.values | row.values
        found[row.at] = Row(row.at, values, row.measured_at)
    return [found[at] for at in sorted(found)]


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", newline="", encoding="utf-8-sig")
    return path.open(newline="", encoding="utf-8-sig")


def _check_columns(path: Path, present: Sequence[str], needed: list[str]) -> None:
    for name in needed:
        if name not in present:
            raise RecordProblem(f"{path}: line 1: there is no column {name}; the file has {', '.join(present)}")


def _rows(
    path: Path,
    reader: csv.DictReader[str],
    columns: Mapping[str, Metric],
    only: tuple[str, str] | None,
    measured: str | None,
) -> Iterator[Row]:
    before: Micros | None = None
    for cells in reader:
        if only and cells[only[0]] != only[1]:
            continue
        if any(cells.get(None) or ()):
            # A comma as the decimal sign does this, and every later number would be another column's.
            raise RecordProblem(f"{path}: line {reader.line_num}: has more cells than the header has columns")
        at = _time(path, reader.line_num, TIME, cells[TIME])
        if at is None:
            raise RecordProblem(f"{path}: line {reader.line_num}: {TIME} is empty")
        if before is not None and at <= before:
            problem = f"the time {at / SECOND:g} s does not follow {before / SECOND:g} s; times must increase"
            raise RecordProblem(f"{path}: line {reader.line_num}: {problem}")
        before = at
        values = {metric: _number(path, reader.line_num, name, cells[name]) for name, metric in columns.items()}
        yield Row(at, values, _time(path, reader.line_num, measured, cells[measured]) if measured else None)


def _time(path: Path, line: int, column: str, cell: str | None) -> Micros | None:
    seconds = _number(path, line, column, cell)
    if seconds is None:
        return None
    if abs(seconds) > LATEST_S:
        raise RecordProblem(f"{path}: line {line}: {column} is {seconds:g}, which is no time in seconds")
    return round(seconds * SECOND)


def _number(path: Path, line: int, column: str, cell: str | None) -> float | None:
    if cell is None or not cell.strip():
        return None
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise RecordProblem(
            f'{path}: line {line}: {column} is "{cell}", which is not a number; leave it empty for none'
        )
    return value
