"""The chart itself: all lanes on one axis of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devices.readings import MINUTE, Metric, Micros
from monitor.clinic.alarms.episodes import episodes as alarms_of
from monitor.clinic.session import Session
from monitor.record.series import MILLI
from monitor.reports.chart.axes import TimeAxis
from monitor.reports.chart.curve_lane import curve_lane, lanes_of
from monitor.reports.chart.dose_lanes import drug_lane, medicine_lanes
from monitor.reports.chart.happenings import Happening
from monitor.reports.chart.lane import SMALL, Lane, Place
from monitor.reports.chart.pen import FAINT, HAIR, INK, RULE, WINDOW, Pen
from monitor.reports.chart.pressure_lane import pressure_lane
from monitor.reports.chart.strip_lanes import (
    alarm_lanes,
    assessment_lanes,
    event_lane,
    named,
    phase_lane,
    time_lane,
)
from monitor.reports.session_record import SessionRecord

GUTTER, BETWEEN = 52.0, 3.0
LEGEND = 16.0
SATURATION, PRESSURE = 52.0, 84.0
"""The least height of these two lanes."""
LEAST_SPAN: Micros = 15 * MINUTE
LEGEND_LINES = (
    "Pressure: filled carets, the cuff; open, by hand; struck through, artefact. Dashed: baseline. Dots: pulse, the "
    "median of the minute from each 5-minute line. Triangles: device; open, bolus. Dashed box: paused. Shaded: dosing.",
    "Lines end where values are missing and bridge no gap. Small circles with a ?: the device itself doubted "
    "the value. Hatched: artefact. Circled numbers and alarms H (high), M (medium), L (low) are explained overleaf.",
)


def charted_until(found: SessionRecord) -> Micros:
    """Until when there is anything to draw: the end; of a session that goes on, at most a quarter of an hour after the
    newest thing of it, so that one that nobody ended is still readable.
    """
    if found.row.ended_us is not None:
        return found.row.ended_us
    arrived = [int(each.at_ms[-1]) * MILLI for each in found.series.values() if len(each)]
    newest = max([found.start, *(each.at for each in found.told), *arrived])
    return min(found.end, newest + LEAST_SPAN)


class Chart:
    """The lanes of a session between two edges of the paper."""

    def __init__(self, found: SessionRecord, session: Session, told: Sequence[Happening], left: float, right: float):
        until = charted_until(found)
        start = found.start // (5 * MINUTE) * 5 * MINUTE
        end = max(-(-until // (5 * MINUTE)) * 5 * MINUTE, start + LEAST_SPAN)
        self._axis = TimeAxis(start, end, left + GUTTER, right)
        self._window = _window(found, until)
        self._lanes = list(self._all(found, session, told, until))
        self._left = left

    def _all(self, found: SessionRecord, session: Session, told: Sequence[Happening], until: Micros) -> Iterator[Lane]:
        yield phase_lane(found.events, found.start, until)
        yield drug_lane(found, session, self._axis)
        yield from medicine_lanes(found, session, self._axis)
        yield curve_lane(found, session, Metric.SPO2, SATURATION, grows=True)
        yield pressure_lane(found, session, PRESSURE)
        yield from lanes_of(found, session)
        yield from assessment_lanes(session)
        yield from alarm_lanes(named(alarms_of(found.events)), until)
        yield event_lane(told, self._axis)
        yield time_lane()

    @property
    def least(self) -> float:
        """The least height of all."""
        return sum(lane.height + BETWEEN for lane in self._lanes) + LEGEND

    def draw(self, pen: Pen, top: float, height: float) -> None:
        """From ``top`` downwards; what is left of the height goes to the lanes of the curves."""
        growing = sum(lane.height for lane in self._lanes if lane.grows)
        share = max(0.0, height - self.least) / growing
        y = top
        for lane in self._lanes:
            tall = lane.height * (1 + share) if lane.grows else lane.height
            place = Place(self._axis, y - tall, y)
            if lane.gridded:
                self._ground(pen, place)
            lane.draw(pen, place)
            self._frame(pen, lane, place)
            y -= tall + BETWEEN
        for number, line in enumerate(LEGEND_LINES, 1):
            pen.text(self._axis.left, y - 7.5 * number + 3, line, 5.6, ink=FAINT)

    def _ground(self, pen: Pen, place: Place) -> None:
        """The time of dosing, and the grid."""
        reach = None if self._window is None else place.axis.span(*self._window)
        if reach is not None:
            pen.box(reach[0], place.bottom, reach[1] - reach[0], place.height, fill=WINDOW)
        for tick in place.axis.ticks():
            ends = (tick.x, place.bottom), (tick.x, place.top)
            pen.line(*ends, RULE if tick.bold else HAIR, 0.8 if tick.bold else 0.4)

    def _frame(self, pen: Pen, lane: Lane, place: Place) -> None:
        if lane.framed:
            pen.box(place.axis.left, place.bottom, place.axis.right - place.axis.left, place.height, ink=RULE)
        if lane.grows or lane.height > 30:
            pen.upright(self._left + 22, place.middle, lane.label, 6.5, INK)
        else:
            pen.text(place.axis.left - 4, place.middle - 2.2, lane.label, SMALL, align="right", within=GUTTER - 6)


def _window(found: SessionRecord, until: Micros) -> tuple[Micros, Micros] | None:
    dose = None if found.figures is None else found.figures.dose
    if dose is None or dose.began_at is None:
        return None
    return dose.began_at, until if dose.ended_at is None else dose.ended_at
