"""The session's trend as a Plotly figure in plain dictionaries, after the paper anaesthesia record: SpO₂ in a lane of
its own, pressures as joined carets, pulse as a curve, the dose as a shaded bar, alarms as a lane below.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from devices.readings import SECOND, Micros
from monitor.clinic.events import (
    AlarmEnded,
    AlarmRaised,
    AnyEvent,
    DoseStarted,
    Phase,
    PhaseEntered,
    PressureReading,
    PressureTaken,
    SessionEnded,
)
from monitor.clinic.priority import Priority
from monitor.clinic.treatment.events import DosingEnded

GAP: Micros = 10 * SECOND
MOST_POINTS = 600
SHORTEST_SPAN: Micros = 30 * 60 * SECOND
MINUTE_MS = 60_000

Points = Sequence[tuple[Micros, float | None]]
"""Time and value in the order of time; ``None`` where the device said that it had none."""

GRID, LINE, MUTED, TEXT = "#1b242d", "#2a3640", "#9fb0bf", "#e8eef3"
SPO2, PULSE, PRESSURE, DOSE = "#4fd8eb", "#62e08a", "#f2f2f5", "#8ab4ff"
PRIORITY_COLORS = {Priority.HIGH: "#ff4d4f", Priority.MEDIUM: "#ffc53d", Priority.LOW: "#6cc7ff"}


class Course(msgspec.Struct, frozen=True):
    """What a trend shows. ``offset`` is the reader's distance from UTC, ``dose_text`` what the bar says."""

    start: Micros
    end: Micros
    spo2: Points
    pulse: Points
    events: Sequence[AnyEvent]
    dose_text: str
    offset: Micros = 0


def thinned(points: Points, most: int = MOST_POINTS) -> list[tuple[Micros, float | None]]:
    """At most ``most`` points that keep the lowest value of each stretch, so that no dip is lost.

    Where nothing was measured for more than 10 s a ``None`` breaks the curve, however thin it gets.
    """
    if not points:
        return []
    span = points[-1][0] - points[0][0] + 1
    buckets = most
    while True:
        thin = _thin(points, max(span // buckets, 1))
        if len(thin) <= most or buckets == 1:
            return thin
        buckets //= 2


def _thin(points: Points, width: Micros) -> list[tuple[Micros, float | None]]:
    thin: list[tuple[Micros, float | None]] = []
    last_seen: Micros | None = None
    bucket: int | None = None
    begin = points[0][0]
    for at, value in points:
        if value is None:
            continue
        broken = last_seen is not None and at - last_seen > GAP
        if broken and last_seen is not None:
            thin.append((last_seen + 1, None))
        if broken or (at - begin) // width != bucket:
            thin.append((at, value))
            bucket = (at - begin) // width
        else:
            kept_at, lowest = thin[-1]
            thin[-1] = (at, value) if lowest is not None and value < lowest else (kept_at, lowest)
        last_seen = at
    return thin


def empty_figure() -> dict[str, Any]:
    """The figure before its data come."""
    return {"data": [], "layout": {**_LOOK, "xaxis": {"visible": False}, "yaxis": {"visible": False}}}


def figure(course: Course) -> dict[str, Any]:
    """The whole session as one figure."""
    end = max(course.end, course.start + SHORTEST_SPAN)
    return {
        "data": [
            _curve(course, course.spo2, "SpO₂ %", SPO2, "y2"),
            _curve(course, course.pulse, "PR /min", PULSE, "y"),
            *_carets(course),
            *_alarm_lane(course),
        ],
        "layout": {
            **_LOOK,
            "xaxis": _time_axis(_local(course.start, course), _local(end, course)),
            "yaxis": _axis([0.09, 0.6], _reach(course, 40, 180), 20),
            "yaxis2": _axis([0.67, 0.94], [min(80.0, _lowest(course.spo2) - 2), 100.5], 10),
            "yaxis3": {"domain": [0, 0.05], "range": [-1, 1], "visible": False, "fixedrange": True},
            **_dose_bar(course),
        },
    }


_LOOK: dict[str, Any] = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"color": MUTED, "size": 11, "family": "Inter, Segoe UI, system-ui, DejaVu Sans, sans-serif"},
    "margin": {"l": 34, "r": 8, "t": 4, "b": 24},
    "showlegend": False,
    "hovermode": "x",
    "hoverlabel": {"bgcolor": "#1b242d", "bordercolor": LINE, "font": {"color": TEXT}},
    "dragmode": "zoom",
    "uirevision": "session",
    "autosize": True,
}


def _local(at: Micros, course: Course) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at + course.offset)
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def _time_axis(start: str, end: str) -> dict[str, Any]:
    return {
        "type": "date",
        "range": [start, end],
        "tickformat": "%H:%M",
        "dtick": 15 * MINUTE_MS,
        "gridcolor": LINE,
        "gridwidth": 1.5,
        "minor": {"dtick": 5 * MINUTE_MS, "showgrid": True, "gridcolor": GRID},
        "zeroline": False,
        "anchor": "y3",
        "hoverformat": "%H:%M:%S",
    }


def _axis(domain: list[float], reach: list[float], step: float) -> dict[str, Any]:
    return {
        "domain": domain,
        "range": reach,
        "dtick": step,
        "gridcolor": LINE,
        "zeroline": False,
        "fixedrange": True,
    }


def _lowest(points: Points) -> float:
    return min((value for _, value in points if value is not None), default=100.0)


def _reach(course: Course, low: float, high: float) -> list[float]:
    values = [value for _, value in course.pulse if value is not None]
    for event in course.events:
        if isinstance(event, PressureReading):
            values += [event.sys, event.dia]
    return [min([low, *(value - 5 for value in values)]), max([high, *(value + 5 for value in values)])]


def _curve(course: Course, points: Points, name: str, color: str, axis: str) -> dict[str, Any]:
    thin = thinned(points)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": name,
        "x": [_local(at, course) for at, _ in thin],
        "y": [value for _, value in thin],
        "yaxis": axis,
        "connectgaps": False,
        "line": {"color": color, "width": 1.6},
        "hovertemplate": f"{name} %{{y:.0f}}<extra></extra>",
    }


def _carets(course: Course) -> list[dict[str, Any]]:
    readings = [event for event in course.events if isinstance(event, PressureReading)]
    times = [_local(reading.measured_at, course) for reading in readings]
    # What a person typed is told apart from what a device measured.
    by_hand = [isinstance(reading, PressureTaken) for reading in readings]
    sources = ["by hand" if hand else "" for hand in by_hand]

    def marks(name: str, symbol: str, values: list[float]) -> dict[str, Any]:
        return {
            "type": "scatter",
            "mode": "markers",
            "name": name,
            "x": times,
            "y": values,
            "customdata": sources,
            "marker": {
                "symbol": [f"{symbol}-open" if hand else symbol for hand in by_hand],
                "size": 9,
                "color": PRESSURE,
            },
            "hovertemplate": f"{name} %{{y:.0f}} %{{customdata}}<extra></extra>",
        }

    joins_x = [x for time in times for x in (time, time, None)]
    joins_y = [y for reading in readings for y in (reading.sys, reading.dia, None)]
    joins = {
        "type": "scatter",
        "mode": "lines",
        "x": joins_x,
        "y": joins_y,
        "line": {"color": PRESSURE, "width": 1},
        "hoverinfo": "skip",
    }
    return [
        joins,
        marks("SYS", "triangle-down", [reading.sys for reading in readings]),
        marks("DIA", "triangle-up", [reading.dia for reading in readings]),
    ]


def _alarm_lane(course: Course) -> list[dict[str, Any]]:
    open_since: dict[str, AlarmRaised] = {}
    spans: dict[Priority, list[tuple[Micros, Micros, str]]] = {priority: [] for priority in Priority}
    for event in course.events:
        if isinstance(event, AlarmRaised):
            open_since[event.condition] = event
        elif isinstance(event, AlarmEnded) and (raised := open_since.pop(event.condition, None)):
            spans[raised.priority].append((raised.onset, max(event.ended, raised.onset), raised.text))
    for raised in open_since.values():
        spans[raised.priority].append((raised.onset, course.end, raised.text))
    return [_alarm_line(course, priority, spans[priority]) for priority in Priority if spans[priority]]


def _alarm_line(course: Course, priority: Priority, spans: list[tuple[Micros, Micros, str]]) -> dict[str, Any]:
    shortest = 15 * SECOND
    drawn = [(start, max(end, start + shortest), text) for start, end, text in spans]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for start, end, _ in drawn for x in (_local(start, course), _local(end, course), None)],
        "y": [y for _ in drawn for y in (0, 0, None)],
        "customdata": [text for *_, words in drawn for text in (words, words, None)],
        "yaxis": "y3",
        "line": {"color": PRIORITY_COLORS[priority], "width": 7},
        "hovertemplate": "%{customdata}<extra></extra>",
    }


def _dose_bar(course: Course) -> dict[str, Any]:
    started = next((event.zero for event in course.events if isinstance(event, DoseStarted)), None)
    if started is None:
        return {}
    ends = (_dosing_over(event) for event in course.events)
    ended = next((at for at in ends if at is not None), course.end)
    span = {"type": "rect", "xref": "x", "x0": _local(started, course), "x1": _local(ended, course)}
    shade = {**span, "yref": "paper", "y0": 0.09, "y1": 0.94, "fillcolor": DOSE, "opacity": 0.1, "line": {"width": 0}}
    bar = {**span, "yref": "paper", "y0": 0.95, "y1": 1, "fillcolor": DOSE, "opacity": 0.3, "line": {"width": 0}}
    label = {
        "xref": "x",
        "yref": "paper",
        "x": _local(started, course),
        "y": 1.005,
        "xanchor": "left",
        "yanchor": "top",
        "text": course.dose_text,
        "showarrow": False,
        "font": {"color": DOSE, "size": 11},
        "xshift": 4,
    }
    return {"shapes": [{**shade, "layer": "below"}, bar], "annotations": [label]}


def _dosing_over(event: AnyEvent) -> Micros | None:
    """When nothing more was given, where the event says so."""
    match event:
        case DosingEnded(happened_at=at) | SessionEnded(at=at):
            return at
        case PhaseEntered(phase=phase, at=at) if phase is not Phase.DOSING:
            return at
    return None
