"""What devices measured in each minute of a session."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

import msgspec
import numpy as np

from devices.readings import MINUTE, NOT_LIVE, Metric, Micros, Quality
from monitor.clinic.figures.curves import NOTHING, Curve
from monitor.clinic.figures.table import steps
from monitor.record.series import MILLI, Series

STREAMED = (Metric.SPO2, Metric.PR, Metric.PI, Metric.RR, Metric.ETCO2, Metric.TEMP)
"""What has a value of each moment. Blood pressures are told reading by reading."""


class Doubt(StrEnum):
    """Why there is no value, as OBX-8 says it (IHE PCD TF-2, appendix B.8)."""

    NONE = ""
    NOT_AVAILABLE = "NAV"
    """The device had none, or only one that it held, had stored or had not finished."""
    QUESTIONED = "QUES"
    """The device itself questioned all of them."""
    INVALID = "INV"
    """A person marked them as an artefact."""


class Streamed(msgspec.Struct, frozen=True):
    """The median of a minute in the metric's unit, ``None`` with a ``doubt``; ``source`` is the device."""

    value: float | None
    source: str
    doubt: Doubt = Doubt.NONE
    simulated: bool = False


def streamed_minutes(
    series: Mapping[Metric, Series], curves: Mapping[Metric, Curve], span: tuple[Micros, Micros]
) -> Iterator[tuple[Micros, dict[Metric, Streamed]]]:
    """The minutes of ``span`` with their beginnings, at whole minutes; a metric of which nothing came has no entry.

    ``series`` is all that was measured, ``curves`` what counts of it: without artefacts.
    """
    streams = {metric: each for metric, each in series.items() if metric in STREAMED}
    live = {metric: each.curve() for metric, each in streams.items()}
    counted = {metric: curves.get(metric, NOTHING) for metric in streams}
    for step in steps((), counted, (), span, minutes=1):
        found: dict[Metric, Streamed] = {}
        for metric, each in streams.items():
            middle = step.middles.get(metric)
            value = None if middle is None else middle.median
            told = _told(each, live[metric], step.start, value)
            if told is not None:
                found[metric] = told
        yield step.start, found


def _told(series: Series, live: Curve, start: Micros, value: float | None) -> Streamed | None:
    first, last = np.searchsorted(series.at_ms, [start // MILLI, (start + MINUTE) // MILLI])
    if first == last:
        return None
    quality = series.quality[first:last]
    simulated = bool((quality & Quality.SIMULATED).any())
    of_now = np.flatnonzero((quality & NOT_LIVE) == 0)
    newest = first + (of_now[-1] if len(of_now) else last - first - 1)
    source = series.sources[series.source[newest]]
    if value is not None:
        return Streamed(value, source, simulated=simulated)
    here = live.between(start, start + MINUTE)
    if not len(here):
        return Streamed(None, source, Doubt.NOT_AVAILABLE, simulated)
    return Streamed(None, source, Doubt.INVALID if len(here.undoubted()) else Doubt.QUESTIONED, simulated)
