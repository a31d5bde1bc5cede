"""What an oximeter or another monitor measured every second or so."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from devices.readings import METRICS, SECOND, Metric, Micros
from monitor.clinic.figures.curves import NOTHING, Curve
from monitor.clinic.session import Session
from monitor.reports.chart.axes import ValueAxis, reaching
from monitor.reports.chart.lane import SMALL, Lane, Place, damage, hatch, label_width
from monitor.reports.chart.pen import FAINT, HAIR, PAPER, TEAL, Colour, Pen
from monitor.reports.chart.thinning import stretches, thinned
from monitor.reports.session_record import SessionRecord

Reach = tuple[float, float, float]
"""From where to where an axis reaches by itself, and the step of its marks."""
REACHES: dict[Metric, Reach] = {
    Metric.SPO2: (80, 100, 5),
    Metric.RR: (0, 30, 10),
    Metric.ETCO2: (0, 60, 20),
}
"""The metrics that have a lane of their own."""
FURTHER_IN_DOUBT = 30.0
"""A questioned value that is lower by more stands at the foot of the lane: it must not press the sure ones flat."""
COLUMN, DOTS = 0.3, 1.4
"""Points: what a printer tells apart, and how far dots stand from each other."""
TOGETHER: Micros = 30 * SECOND
"""Questioned values that are no farther apart have one label."""


def curve_lane(found: SessionRecord, session: Session, metric: Metric, height: float, *, grows: bool) -> Lane:
    """The lane of a metric: the line never crosses a gap; what does not count is marked."""
    sheet = _Curve(found, session, metric)
    info = METRICS[metric]
    return Lane(f"{info.label} {info.unit}", height, sheet.draw, grows=grows)


class _Curve:
    def __init__(self, found: SessionRecord, session: Session, metric: Metric) -> None:
        series = found.series.get(metric)
        counted = found.curves().get(metric, NOTHING)
        self._reach = REACHES[metric]
        self._sure = counted.undoubted()
        self._doubtful = _in_doubt(counted)
        self._lost = () if series is None else series.lost
        self._artefacts = [(each.start, each.end) for each in session.treatment.artefacts if metric in each.metrics]
        whole = NOTHING if series is None else series.curve()
        self._taken_out = [whole.between(start, end + 1) for start, end in self._artefacts]

    def draw(self, pen: Pen, place: Place) -> None:
        values = self._axis(place)
        scale(pen, place, values, lambda value: f"{value:g}")
        damage(pen, place, self._lost, "record damaged")
        for curve in self._taken_out:
            self._line(pen, place, values, curve, FAINT, 0.4)
        hatch(pen, place, self._artefacts, "artefact")
        self._questioned(pen, place, values)
        self._line(pen, place, values, self._sure, TEAL, 0.6)

    def _axis(self, place: Place) -> ValueAxis:
        low, high, step = self._reach
        doubtful = [value for value in self._doubtful.value.tolist() if value >= low - FURTHER_IN_DOUBT]
        drawn = [*self._sure.value.tolist(), *doubtful]
        return reaching(drawn, low, high, step, place.bottom + 3, place.top - 3)

    def _line(self, pen: Pen, place: Place, values: ValueAxis, curve: Curve, ink: Colour, width: float) -> None:
        axis = place.axis
        column = max(1, round((axis.end - axis.start) * COLUMN / (axis.right - axis.left)))
        for part in stretches(curve.between(axis.start, axis.end + 1)):
            thin = thinned(part, axis.start, column)
            points = zip(thin.at.tolist(), thin.value.tolist(), strict=True)
            pen.curve([(axis.x(at), values.y(value)) for at, value in points], ink, width)

    def _questioned(self, pen: Pen, place: Place, values: ValueAxis) -> None:
        axis = place.axis
        column = max(1, round((axis.end - axis.start) * DOTS / (axis.right - axis.left)))
        free = axis.left
        for part in stretches(self._doubtful.between(axis.start, axis.end + 1), TOGETHER):
            thin = thinned(part, axis.start, column)
            for at, value in zip(thin.at.tolist(), thin.value.tolist(), strict=True):
                pen.dot(axis.x(at), values.y(value), 0.8, fill=PAPER, ink=FAINT)
            text = f"? {_range(part)}"
            x = min(axis.x(int(part.at[0])), axis.right - label_width(text) - 2)
            if x >= free:
                y = min(values.y(float(part.value.max())) + 3, place.top - 6)
                pen.text(x, y, text, SMALL)
                free = x + label_width(text) + 3


def _in_doubt(curve: Curve) -> Curve:
    return curve.at_places(np.flatnonzero(curve.doubtful))


def _range(curve: Curve) -> str:
    low, high = float(curve.value.min()), float(curve.value.max())
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def scale(pen: Pen, place: Place, values: ValueAxis, words: Callable[[float], str]) -> None:
    """Lines across the lane, and their values beside it."""
    for value in values.marks():
        y = values.y(value)
        pen.line((place.axis.left, y), (place.axis.right, y), HAIR, 0.4)
        pen.text(place.axis.left - 3, y - 2.1, words(value), SMALL, ink=FAINT, align="right")


def lanes_of(found: SessionRecord, session: Session) -> Iterator[Lane]:
    """A lane for breathing where there is anything of it."""
    for metric in (Metric.RR, Metric.ETCO2):
        if metric in found.series:
            yield curve_lane(found, session, metric, 32, grows=False)
