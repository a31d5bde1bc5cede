"""Which lines of a recording hold a new cuff reading.

A monitor sends its last reading again until it has a newer one, and it sends a systolic value alone some seconds before
the whole reading (recordings: 157 transmissions of 18 readings in six hours).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from devices.readings import METRICS, Metric
from monitor.replay.csv_record import Row

COME_TOGETHER = (Metric.SYS, Metric.DIA)


def new_readings(rows: Iterable[Row]) -> Iterator[Row]:
    """The rows, with no cuff values but those of new and whole readings.

    The record's own time of measuring tells a new reading. Where it has none, values that all equal those of the
    reading before are that one sent again: two readings are seldom alike in every number, and one reading taken for two
    would confirm an alarm that nothing confirms.
    """
    before: Row | None = None
    for row in rows:
        if not _cuff_values(row) or _is_partial(row) or (before is not None and _is_sent_again(row, before)):
            yield Row(row.at, {m: None if METRICS[m].episodic else value for m, value in row.values.items()})
        else:
            before = row
            yield row


def _cuff_values(row: Row) -> dict[Metric, float]:
    return {metric: value for metric, value in row.values.items() if METRICS[metric].episodic and value is not None}


def _is_partial(row: Row) -> bool:
    """Whether one of the two values is missing that every cuff gives; a record that has only one of them is whole."""
    return any(metric in row.values and row.values[metric] is None for metric in COME_TOGETHER)


def _is_sent_again(row: Row, before: Row) -> bool:
    if row.measured_at is not None and before.measured_at is not None:
        return row.measured_at <= before.measured_at
    earlier = _cuff_values(before)
    return all(value == earlier.get(metric, value) for metric, value in _cuff_values(row).items())
