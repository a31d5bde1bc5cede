"""The waves of a session, each sample at its time."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from devices.readings import Metric, Quality
from monitor.record.columns import Real, Whole
from monitor.record.series import WaveSeries
from monitor.reports.session_record import SessionRecord
from monitor.reports.tables.wfdb_format import Sampled, Signal, fits, is_near

UNIT = "counts"
FOLLOWS = 0.75
"""In samples: less than the gap that one lost sample makes."""


class _Source(NamedTuple):
    """The segments of one wave from one source, which all count to the same full scale at the same rate."""

    metric: Metric
    source: str
    full_scale: int
    series: WaveSeries
    places: NDArray[np.intp]


class _Placed(NamedTuple):
    """Samples and their places in the record, no place twice; ``doubled`` are left out because another was there."""

    places: Whole
    samples: Whole
    doubled: int


def sampled_waves(found: SessionRecord, waves: Mapping[Metric, WaveSeries]) -> Iterator[Sampled]:
    """One for each rate, with a signal for each wave and source.

    A segment stands where its own time puts it (see ``_begins``). Where two overlap, the one that began earlier stands.
    Where there is none, samples are missing.
    """
    placeable = {metric: _is_placeable(found, series) for metric, series in waves.items()}
    rates = {rate for metric, series in waves.items() for rate in series.rate_hz[placeable[metric]].tolist()}
    for rate in sorted(rates):
        sources = [
            each
            for metric, series in waves.items()
            for each in _sources(metric, series, placeable[metric] & (series.rate_hz == rate))
        ]
        yield _sampled(rate, sources)


def unplaced(found: SessionRecord, waves: Mapping[Metric, WaveSeries]) -> Iterator[str]:
    """What has no place in any record, one line for each wave of which there is any."""
    for metric, series in waves.items():
        if count := int((~_is_placeable(found, series)).sum()):
            yield f"{metric}: {count} segments without samples or rate, or days away from the session, are left out"


def _is_placeable(found: SessionRecord, series: WaveSeries) -> NDArray[np.bool_]:
    with_rate = np.isfinite(series.rate_hz) & (series.rate_hz > 0)
    return with_rate & (series.length > 0) & is_near(found, series.start_ms)


def _sources(metric: Metric, series: WaveSeries, chosen: NDArray[np.bool_]) -> Iterator[_Source]:
    kinds = np.column_stack((series.source, series.full_scale))
    for source, full_scale in np.unique(kinds[chosen], axis=0).tolist():
        places = np.flatnonzero(chosen & (series.source == source) & (series.full_scale == full_scale))
        yield _Source(metric, series.sources[source], full_scale, series, places)


def _sampled(rate: float, sources: list[_Source]) -> Sampled:
    start = min(int(each.series.start_ms[each.places].min()) for each in sources)
    placed = [_placed(each, start, rate) for each in sources]
    length = max(int(each.places.max()) for each in placed) + 1
    signals, notes = [], []
    for each, its in zip(sources, placed, strict=True):
        name = each.metric.value if len(sources) == 1 else f"{each.metric} {each.source} 0-{each.full_scale}"
        signals.append(_signal(name, its, length))
        notes.append(f"{name}: source {each.source}, counts from 0 to {each.full_scale}")
        if its.doubled:
            notes.append(f"{name}: {its.doubled} samples of overlapping segments are left out")
    simulated = any((each.series.quality[each.places] & Quality.SIMULATED).any() for each in sources)
    return Sampled(rate, start, signals, notes, simulated=simulated)


def _placed(each: _Source, start_ms: int, rate: float) -> _Placed:
    series = each.series
    segments = each.places[np.argsort(series.start_ms[each.places], kind="stable")]
    lengths = series.length[segments]
    begins = _begins((series.start_ms[segments] - start_ms) * rate / 1000, lengths)
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    stored = (np.cumsum(series.length) - series.length)[segments]
    samples = series.samples[np.repeat(stored, lengths) + within]
    places, first = np.unique(np.repeat(begins, lengths) + within, return_index=True)
    return _Placed(places, samples[first], len(samples) - len(first))


def _begins(exact: Real, lengths: Whole) -> Whole:
    """The places of segments, each at the sample nearest to its own time; ``exact`` are these times in samples.

    The record's milliseconds and a device's clock let times waver by parts of a sample. A segment that begins as good
    as where the one before it ended follows it, else samples would be lost and gaps made where there are none.
    """
    begins, ended = [], -math.inf
    for time, length in zip(exact.tolist(), lengths.tolist(), strict=True):
        begin = int(ended) if abs(time - ended) <= FOLLOWS else round(time)
        begins.append(begin)
        ended = begin + length
    return np.array(begins, np.int64)


def _signal(name: str, placed: _Placed, length: int) -> Signal:
    counts, known = np.zeros(length, np.int64), np.zeros(length, np.bool_)
    counts[placed.places], known[placed.places] = placed.samples, True
    return Signal(name, UNIT, 1, counts, known & fits(counts))
