"""Blood pressure and pulse, in the manner of an anaesthesia record."""

from __future__ import annotations

import math

from devices.readings import MINUTE, Metric
from monitor.clinic.events import PressureReading, PressureTaken
from monitor.clinic.figures.curves import NOTHING
from monitor.clinic.figures.pressure import is_artefact
from monitor.clinic.figures.table import steps
from monitor.clinic.happened import told_late
from monitor.clinic.session import Session
from monitor.reports.chart.axes import ValueAxis, reaching
from monitor.reports.chart.curve_lane import scale
from monitor.reports.chart.lane import Lane, Place, damage, hatch, on_paper
from monitor.reports.chart.pen import FAINT, GREEN, INK, PAPER, Pen
from monitor.reports.session_record import SessionRecord

EVERY_MIN = 5
"""Pulse dots stand on the lines of a grid of so many minutes, or of more where that is too fine for the paper."""
CARET = 2.6
LEAST_APART = 4.0


def pressure_lane(found: SessionRecord, session: Session, height: float) -> Lane:
    """Systolic carets point down, diastolic ones up, joined by a line; pulse dots."""
    return Lane("NIBP mmHg · pulse", height, _Pressure(found, session).draw, grows=True)


class _Pressure:
    def __init__(self, found: SessionRecord, session: Session) -> None:
        self._found = found
        self._marks = session.treatment.artefacts
        self._readings = session.treatment.readings
        figures = None if found.figures is None else found.figures.pressure
        baseline = () if figures is None else (figures.baseline_sys, figures.baseline_dia)
        self._baseline = [value for value in baseline if value is not None]
        self._pulse = found.curves().get(Metric.PR, NOTHING)

    def draw(self, pen: Pen, place: Place) -> None:
        dots = self._dots(place)
        values = self._axis(place, [value for _, value in dots])
        scale(pen, place, values, lambda value: f"{value:g}")
        series = self._found.series.get(Metric.PR)
        damage(pen, place, () if series is None else series.lost, "pulse: record damaged")
        artefacts = [(each.start, each.end) for each in self._marks if Metric.PR in each.metrics]
        hatch(pen, place, artefacts, "pulse artefact")
        for value in self._baseline:
            y = values.y(value)
            pen.line((place.axis.left, y), (place.axis.right, y), INK, 0.6, dash=(5, 3))
        for x, value in dots:
            pen.dot(x, values.y(value), 1.5, fill=GREEN)
        for reading in self._readings:
            if place.axis.holds(reading.measured_at):
                self._carets(pen, place, values, reading)
        for value in self._baseline:
            on_paper(pen, place.axis.right - 2, values.y(value) + 2.5, f"baseline {value:.0f}", align="right")

    def _axis(self, place: Place, pulse: list[float]) -> ValueAxis:
        pressures = [value for each in self._readings for value in (each.sys, each.dia)]
        return reaching([*pressures, *pulse], 40, 160, 20, place.bottom + 3, place.top - 8)

    def _dots(self, place: Place) -> list[tuple[float, float]]:
        """The median pulse of the minute that begins at each line of the grid."""
        axis = place.axis
        grid = EVERY_MIN * MINUTE
        apart = grid * math.ceil(LEAST_APART / (axis.right - axis.left) * (axis.end - axis.start) / grid)
        curve = {Metric.PR: self._pulse.between(axis.start, axis.end)}
        if not len(curve[Metric.PR]):
            return []
        minutes = steps((), curve, (), (axis.start, axis.end), 1)
        return [
            (axis.x(each.start), each.middles[Metric.PR].median)
            for each in minutes
            if each.middles and each.start % apart == 0
        ]

    def _carets(self, pen: Pen, place: Place, values: ValueAxis, reading: PressureReading) -> None:
        x, top, foot = place.axis.x(reading.measured_at), values.y(reading.sys), values.y(reading.dia)
        struck = is_artefact(reading, self._marks)
        ink = FAINT if struck else INK
        fill = PAPER if struck or isinstance(reading, PressureTaken) else INK
        pen.line((x, foot), (x, top), ink, 0.8)
        pen.polygon([(x - CARET, top + 4.5), (x + CARET, top + 4.5), (x, top)], fill=fill, ink=ink)
        pen.polygon([(x - CARET, foot - 4.5), (x + CARET, foot - 4.5), (x, foot)], fill=fill, ink=ink)
        if struck:
            for y in (top + 2, (top + foot) / 2, foot - 2):
                pen.line((x - 5, y - 3), (x + 5, y + 3), INK, 0.9)
        if told_late(reading):
            on_paper(pen, x + CARET + 1.5, top + 1, "late")
