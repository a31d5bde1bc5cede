"""What was measured continuously: each metric as a curve, and apart from it what is in doubt, held or no patient's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from devices.readings import METRICS, MINUTE, NOT_LIVE, Metric, Micros, Quality
from monitor.clinic.figures.curves import NOTHING
from monitor.clinic.figures.table import steps
from monitor.clinic.treatment.events import ArtefactMarked
from monitor.record.series import MILLI, Series, WaveSeries
from monitor.reports.session_record import SessionRecord
from monitor.web.review import paper
from monitor.web.review.paper import Part, Sheet, typed, typed_values
from monitor.web.review.thinning import lone, longest_step, thinned

MEASURED = ""
KINDS: dict[str, dict[str, Any]] = {
    MEASURED: {},
    "questioned": {"color": paper.DOUBT, "dash": "2px,2px", "width": 1.6},
    "held": {"color": paper.ASIDE, "dash": "1px,4px", "width": 1},
    "artefact": {"color": paper.ASIDE, "width": 1},
}
"""How a value of each kind is drawn, apart from measurements."""
DOTS_EVERY = ((45 * MINUTE, 5), (10 * MINUTE, 1))
"""While more time than this is shown, a dot of the pulse stands for so many minutes."""
TOUCH = 1.5
"""Segments of a wave touch when the next begins within so many samples: their starts are kept to the millisecond."""


def curve(
    series: Series | None,
    metric: Metric,
    marks: Sequence[ArtefactMarked],
    lane: str,
    line: dict[str, Any],
    sheet: Sheet,
) -> list[Part]:
    """The curve of a metric, interrupted wherever there is none."""
    if series is None:
        return [paper.no_trace(lane)]
    known = ~np.isnan(series.value)
    at, value, quality = series.at_ms[known], series.value[known], series.quality[known]
    step = longest_step(at)
    view = (sheet.view[0] // MILLI, sheet.view[1] // MILLI)
    parts: list[Part] = []
    for kind, places in _kinds(at, quality, [mark for mark in marks if metric in mark.metrics]):
        indices = np.flatnonzero(places)
        broken = np.diff(indices, prepend=indices[:1]) > 1
        x, y = thinned(at[indices], value[indices], broken, step, view)
        if len(x):
            parts += _traces(metric, kind, x + sheet.offset_ms, y, lane, line)
    return parts or [paper.no_trace(lane)]


def _kinds(
    at: NDArray[np.int64], quality: NDArray[np.uint8], marks: Sequence[ArtefactMarked]
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    artefact = np.zeros(len(at), np.bool_)
    for mark in marks:
        artefact |= (at * MILLI >= mark.start) & (at * MILLI <= mark.end)
    held = ((quality & NOT_LIVE) != 0) & ~artefact
    doubted = ((quality & Quality.QUESTIONABLE) != 0) & ~artefact & ~held
    yield "artefact", artefact
    yield "held", held
    yield "questioned", doubted
    yield MEASURED, ~artefact & ~held & ~doubted


def _traces(
    metric: Metric, kind: str, x: NDArray[np.float64], y: NDArray[np.float64], lane: str, line: dict[str, Any]
) -> Iterator[Part]:
    info = METRICS[metric]
    looks = {**line, **KINDS[kind]}
    meta = {"metric": metric, "label": info.label, "unit": info.unit, "decimals": info.decimals, "kind": kind}
    drawn = {"type": "scatter", "mode": "lines", "connectgaps": False, "line": looks, "meta": meta}
    yield lane, {**drawn, "x": typed(x), "y": typed_values(y)}
    alone = lone(y)
    if alone.any():
        dots = {"type": "scatter", "mode": "markers", "marker": {"color": looks["color"], "size": 4}}
        yield lane, {**dots, "x": typed(x[alone]), "y": typed_values(y[alone])}


def pulse_dots(found: SessionRecord, lane: str, sheet: Sheet) -> list[Part]:
    """The median pulse of every five minutes as a dot, as on paper; of every minute when less is shown."""
    minutes = next((each for beyond, each in DOTS_EVERY if sheet.shown > beyond), None)
    curve_of_pulse = found.curves().get(Metric.PR, NOTHING)
    if minutes is None or not len(curve_of_pulse):
        return []
    found_steps = list(steps([], {Metric.PR: curve_of_pulse}, (), (found.start, found.end), minutes))
    middles = [
        (_middle_of(each.start, minutes, found), each.middles[Metric.PR]) for each in found_steps if each.middles
    ]
    dots = {
        "type": "scatter",
        "mode": "markers",
        "x": [sheet.x(at) for at, _ in middles],
        "y": [middle.median for _, middle in middles],
        "marker": {"color": paper.PULSE, "size": 6 if minutes > 1 else 5},
        "meta": {"dots": minutes},
    }
    return [(lane, dots)]


def _middle_of(start: Micros, minutes: int, found: SessionRecord) -> Micros:
    """The middle of a step, as far as it lies in the session."""
    return (max(start, found.start) + min(start + minutes * MINUTE, found.end)) // 2


def wave(series: WaveSeries, lane: str, sheet: Sheet) -> list[Part]:
    """Every sample of the pleth that there is in the stretch; between segments that do not touch there is nothing."""
    if not len(series):
        return [paper.no_trace(lane)]
    x: list[NDArray[Any]] = []
    y: list[NDArray[Any]] = []
    ends = np.cumsum(series.length)
    known_until = -np.inf
    for number, end in enumerate(ends.tolist()):
        length, period = int(series.length[number]), 1000 / float(series.rate_hz[number])
        start = float(series.start_ms[number])
        if start - known_until > TOUCH * period and x:
            x.append(np.array([known_until]))
            y.append(np.array([np.nan]))
        x.append(start + np.arange(length) * period)
        y.append(series.samples[end - length : end] / float(series.full_scale[number]))
        known_until = start + length * period
    line = {
        "type": "scatter",
        "mode": "lines",
        "connectgaps": False,
        "x": typed(np.concatenate(x) + sheet.offset_ms),
        "y": typed_values(np.concatenate(y)),
        "line": {"color": paper.SPO2, "width": 1.2},
        "meta": {"wave": "pleth"},
    }
    return [(lane, line)]
