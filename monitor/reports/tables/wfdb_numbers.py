"""The numbers of a session, one sample a second."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from devices.readings import METRICS, NOT_LIVE, Metric, Quality
from monitor.record.chunk import decimals_kept
from monitor.record.columns import Whole
from monitor.record.series import MILLI
from monitor.reports.session_record import SessionRecord
from monitor.reports.tables.rows import BY_HAND, Measurements
from monitor.reports.tables.wfdb_format import Sampled, Signal, fits, is_near

UNSOUND = NOT_LIVE | Quality.QUESTIONABLE
"""A sample carries no mark, so a value with one of these flags is not there."""
UNITS = {"°C": "degC"}
"""What WFDB cannot write as it is."""


class _Source(NamedTuple):
    """The rows of one metric from one source, by hand from all who measured."""

    metric: Metric
    name: str
    source: str
    places: NDArray[np.intp]


def sampled_numbers(found: SessionRecord, rows: Measurements) -> Sampled:
    """A signal for each metric and source. A value stands at the second nearest to its time, counted from the first
    value; of several in a second the last.
    """
    sound = _is_sound(found, rows)
    start = int(rows.time_ms[sound].min()) if sound.any() else found.start // MILLI
    seconds = np.rint((rows.time_ms - start) / 1000).astype(np.int64)
    length = int(seconds[sound].max(initial=0)) + 1
    signals: list[Signal] = []
    notes: list[str] = []
    for each in _sources(rows):
        gain, unit = 10 ** decimals_kept(each.metric), METRICS[each.metric].unit
        counts = np.rint(rows.value[each.places] * gain)
        kept = sound[each.places] & fits(counts)
        of_second, known = _by_second(seconds[each.places[kept]], counts[kept].astype(np.int64), length)
        signals.append(Signal(each.name, UNITS.get(unit, unit), gain, of_second, known))
        notes += _notes(each, int(kept.sum()), int(known.sum()))
    return Sampled(1, start, signals, notes, simulated=found.simulated)


def _is_sound(found: SessionRecord, rows: Measurements) -> NDArray[np.bool_]:
    """Where there is a value that may stand without a mark."""
    unmarked = np.array([not mark for mark in rows.artefact], np.bool_)
    live = (rows.quality & UNSOUND) == 0
    return np.asarray(~np.isnan(rows.value) & live & unmarked & is_near(found, rows.time_ms), np.bool_)


def _sources(rows: Measurements) -> Iterator[_Source]:
    for metric in METRICS:
        of_metric = (rows.metric == metric.value) & ~rows.damaged
        by_hand = of_metric & (rows.origin == BY_HAND)
        devices = dict.fromkeys(rows.source[of_metric & ~by_hand])
        for source in devices:
            name = metric.value if len(devices) == 1 else f"{metric} {source}"
            yield _Source(metric, name, source, np.flatnonzero(of_metric & ~by_hand & (rows.source == source)))
        if by_hand.any():
            people = ", ".join(dict.fromkeys(rows.source[by_hand]))
            yield _Source(metric, f"{metric} {BY_HAND}", people, np.flatnonzero(by_hand))


def _by_second(seconds: Whole, counts: Whole, length: int) -> tuple[Whole, NDArray[np.bool_]]:
    of_second, known = np.zeros(length, np.int64), np.zeros(length, np.bool_)
    of_second[seconds], known[seconds] = counts, True
    return of_second, known


def _notes(each: _Source, kept: int, seconds: int) -> Iterator[str]:
    yield f"{each.name}: source {each.source}"
    if kept < (count := len(each.places)):
        reasons = "none, or not one of its moment, questioned by the device or an artefact"
        yield f"{each.name}: {count - kept} of {count} values are missing here: {reasons}"
    if seconds < kept:
        yield f"{each.name}: {kept - seconds} values are not here because a later one is of the same second"
