"""The chart of the courses: one lane for each thing that was measured, all over the minutes from the first dose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec

from monitor.clinic.figures.comparison import COMPARED, Pressure, Result, SessionCourse, stretches
from monitor.clinic.figures.distribution import Spread
from monitor.clinic.treatment.scales import SCALES, Scale
from monitor.reports.comparing import Compared
from monitor.web.compare.marks import Mark, mark
from monitor.web.compare.paper import (
    FINE_GRID,
    LOOK,
    MIDDLE,
    MUTED,
    NARROW_BAND,
    WIDE_BAND,
    area,
    axis,
    graph,
    title,
)
from monitor.web.compare.words import after_words, date_words, signed

BEFORE_MIN = -20
"""So much of what was before the dose is drawn."""
MARKED_EVERY_MIN = 20
"""A curve of values by the minute has its session's shape so often."""
LANE_PX, BETWEEN_PX, TOP_PX, FOOT_PX = 44, 34, 26, 40
LETTER_MIN, LABEL_MMHG = 1.6, 3.5
"""How wide a letter of a label and how high a label is, in what the axes count."""
REACH_PX = 40
"""So near to the pointer a value is told, with its own time."""


class Lane(msgspec.Struct, frozen=True):
    """A lane, its height in parts, the axis of its values, and what draws a session's line in it."""

    title: str
    parts: int
    axis: dict[str, Any]
    lines: list[dict[str, Any]]


class Drawn(msgspec.Struct, frozen=True):
    """A session that is drawn. ``called`` names it beside its line and in what the pointer tells."""

    mark: Mark
    called: str
    short: str
    is_newest: bool
    course: SessionCourse


def overlay(sessions: Sequence[Compared], usual: Sequence[Spread], newest: str, today: date) -> Any:
    """The chart of the sessions that have a course; ``usual`` is the clinic's band, ``newest`` the protocol it is of.
    A session of another protocol has its name at its line.
    """
    drawn = [_drawn(each, newest, today, is_newest=place == 0) for place, each in enumerate(sessions)]
    # The newest one is drawn last, so that it lies over the others.
    lanes = _lanes(drawn[::-1], usual)
    height = sum(lane.parts for lane in lanes) * LANE_PX + (len(lanes) - 1) * BETWEEN_PX + TOP_PX + FOOT_PX
    return graph("compare-courses", _figure(lanes, _labels(drawn), height, _last_minute(sessions)), height)


def _drawn(found: Compared, newest: str, today: date, *, is_newest: bool) -> Drawn:
    assert found.course is not None  # noqa: S101 - the caller leaves out what has none
    number, other = str(found.number), found.row.protocol != newest
    drug = found.title if found.protocol is None else found.protocol.drug
    called = f"{number} · {date_words(found, today)}" + (f" · {drug}" if other else "")
    short = f"{number} {drug}" if other else number
    return Drawn(mark(found.number), called, short, is_newest, found.course)


def _last_minute(sessions: Sequence[Compared]) -> float:
    ends = [each.figures.minutes_from_dose(each.figures.ended_at) or 0 for each in sessions if each.figures]
    courses = [each.course for each in sessions if each.course]
    seen = [float(len(course.lowest_spo2)) for course in courses]
    seen += [course.pressures[-1].minute for course in courses if course.pressures]
    return max([60.0, *ends, *seen])


def _figure(lanes: Sequence[Lane], labels: Sequence[Any], height: int, last: float) -> dict[str, Any]:
    drawn = height - TOP_PX - FOOT_PX
    layout: dict[str, Any] = {
        **LOOK,
        "margin": {"l": 40, "r": 16, "t": TOP_PX, "b": FOOT_PX},
        "hovermode": "x unified",
        "hoverdistance": REACH_PX,
        "dragmode": "zoom",
        "annotations": [],
    }
    layout["annotations"] += labels
    top, lines = drawn, []
    for number, lane in enumerate(lanes, 1):
        foot = top - lane.parts * LANE_PX
        name = "" if number == 1 else str(number)
        layout[f"yaxis{name}"] = {**lane.axis, "domain": [foot / drawn, top / drawn]}
        layout["annotations"].append(title(lane.title, 0, top / drawn))
        lines += [{**line, "yaxis": f"y{name}"} for line in lane.lines]
        top = foot - BETWEEN_PX
    layout["xaxis"] = axis(
        range=[BEFORE_MIN, last + 3],
        fixedrange=False,
        dtick=15,
        minor={"dtick": 5, "showgrid": True, "gridcolor": FINE_GRID},
        anchor=f"y{'' if len(lanes) == 1 else len(lanes)}",
        title={"text": "minutes from the first dose", "font": {"size": 12}, "standoff": 6},
        unifiedhovertitle={"text": "about %{x:.0f} min from the first dose"},
        showspikes=True,
        spikemode="across",
        spikesnap="cursor",
        spikethickness=1,
        spikedash="solid",
        spikecolor=MIDDLE,
    )
    return {"data": lines, "layout": layout}


# ---- the lanes


def _lanes(drawn: Sequence[Drawn], usual: Sequence[Spread]) -> list[Lane]:
    def pressure(of: Callable[[Pressure], float | None]) -> list[dict[str, Any]]:
        return [line for each in drawn for line in _pressure(each, of)]

    rises = [
        rise
        for each in drawn
        for reading in each.course.pressures
        for rise in (reading.rise_sys, reading.rise_dia)
        if rise is not None
    ]
    rises += [each.at[percent] for each in usual for percent in (10, 90) if not each.too_few]
    low, high = min([-10.0, *rises]) - 4, max([30.0, *rises]) + 4
    lowest = [value for each in drawn for value in each.course.lowest_spo2 if value is not None]
    tens = range(round(low / 10) * 10, round(high / 10) * 10 + 1, 10)
    names = [signed(each) if each else "0" for each in tens]
    rise_axis = axis(range=[low, high], tickvals=list(tens), ticktext=names, zeroline=True, zerolinecolor=MUTED)
    lanes = [
        Lane("Systolic pressure over baseline, mmHg", 6, rise_axis, [*_band(usual), *pressure(lambda r: r.rise_sys)]),
        Lane("Diastolic pressure over baseline, mmHg", 4, rise_axis, pressure(lambda r: r.rise_dia)),
        Lane(
            "Lowest SpO₂ of each minute, %",
            4,
            axis(range=[min([86.0, *lowest]) - 1, 100.8], dtick=5),
            [_saturation(each) for each in drawn],
        ),
    ]
    return lanes + [lane for scale in COMPARED if (lane := _assessed(drawn, scale))]


def _band(usual: Sequence[Spread]) -> list[dict[str, Any]]:
    """The clinic's systolic rise by minute, where enough sessions have one."""
    parts: list[dict[str, Any]] = []
    known = [minute for minute, each in enumerate(usual) if not each.too_few]
    for run in _runs(known):
        spreads = [usual[minute] for minute in run]
        parts += [area(run, spreads, 10, 90, WIDE_BAND), area(run, spreads, 25, 75, NARROW_BAND)]
        parts.append(
            {
                "type": "scatter",
                "mode": "lines",
                "x": run,
                "y": [each.at[50] for each in spreads],
                "customdata": [
                    f"this clinic: {signed(each.at[50])}, middle half {signed(each.at[25])} to {signed(each.at[75])}, "
                    f"n = {each.count}"
                    for each in spreads
                ],
                "line": {"color": MIDDLE, "width": 2},
                "hovertemplate": "%{customdata}<extra></extra>",
            }
        )
    return parts


def _runs(minutes: Sequence[int]) -> list[list[int]]:
    runs: list[list[int]] = []
    for minute in minutes:
        if runs and minute == runs[-1][-1] + 1:
            runs[-1].append(minute)
        else:
            runs.append([minute])
    return runs


def _labels(drawn: Sequence[Drawn]) -> list[dict[str, Any]]:
    """Each session's number at its highest systolic rise; where another one has it there, at the next lower."""
    taken: list[tuple[float, float, float]] = []
    labels: list[dict[str, Any]] = []
    for each in drawn:
        known = [(reading.minute, reading.rise_sys) for reading in each.course.pressures if reading.minute > 0]
        places = sorted(((minute, rise) for minute, rise in known if rise is not None), key=lambda at: -at[1])
        long = LETTER_MIN * (len(each.short) + 2)
        place = next((at for at in places if not _covers(taken, *at, long)), None)
        if place is not None:
            taken.append((*place, long))
            labels.append(_label(each, *place))
    return labels


def _covers(taken: Sequence[tuple[float, float, float]], minute: float, rise: float, long: float) -> bool:
    """Whether a label that begins there and is so long would lie on another one."""
    return any(abs(rise - y) < LABEL_MMHG and minute < x + width and x < minute + long for x, y, width in taken)


def _label(drawn: Drawn, minute: float, rise: float) -> dict[str, Any]:
    return {
        "text": f"<b>{drawn.short}</b>",
        "x": minute,
        "y": rise,
        "xanchor": "left",
        "yanchor": "bottom",
        "xshift": 3,
        "yshift": 1,
        "showarrow": False,
        "font": {"color": drawn.mark.color, "size": 12},
    }


# ---- a session's lines


def _line(drawn: Drawn, **more: Any) -> dict[str, Any]:
    width = 2.8 if drawn.is_newest else 1.7
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": drawn.called,
        "connectgaps": False,
        "line": {"color": drawn.mark.color, "width": width, "dash": drawn.mark.dash},
        "hovertemplate": f"{drawn.called}: %{{customdata}}<extra></extra>",
        **more,
    }


def _marker(drawn: Drawn, **more: Any) -> dict[str, Any]:
    color = drawn.mark.color
    return {"symbol": drawn.mark.symbol, "color": color, "opacity": 1, "line": {"color": color, "width": 1.5}, **more}


def _pressure(drawn: Drawn, of: Callable[[Pressure], float | None]) -> list[dict[str, Any]]:
    """The line of the readings; where two are too far apart it breaks."""
    readings = [each for each in drawn.course.pressures if of(each) is not None and each.minute >= BEFORE_MIN]
    if not readings:
        return []
    points: list[Pressure | None] = []
    for first, last in stretches([each.minute for each in readings]):
        points += [*readings[first:last], None]
    points.pop()
    shapes = [drawn.mark.symbol + ("-open" if each and each.by_hand else "") for each in points]
    return [
        _line(
            drawn,
            x=[each and each.minute for each in points],
            y=[each and of(each) for each in points],
            customdata=[each and _reading_words(each) for each in points],
            marker=_marker(drawn, symbol=shapes, size=9),
        )
    ]


def _reading_words(reading: Pressure) -> str:
    rises = [signed(rise) for rise in (reading.rise_sys, reading.rise_dia) if rise is not None]
    by_hand = ", by hand" if reading.by_hand else ""
    return f"{reading.sys:.0f}/{reading.dia:.0f} ({' / '.join(rises)}) at {after_words(reading.minute)}{by_hand}"


def _saturation(drawn: Drawn) -> dict[str, Any]:
    """The curve by the minute. A minute without neighbours would be no line, so it gets the shape, too."""
    values = drawn.course.lowest_spo2
    known = [value is not None for value in values]
    alone = [
        here and not any(known[max(place - 1, 0) : place] + known[place + 1 : place + 2])
        for place, here in enumerate(known)
    ]
    shift = 3 * drawn.mark.place
    sizes = [
        7 if here_alone or (place + shift) % MARKED_EVERY_MIN == 0 else 0 for place, here_alone in enumerate(alone)
    ]
    return _line(
        drawn,
        x=list(range(len(values))),
        y=list(values),
        customdata=[None if value is None else f"{value:g} %" for value in values],
        marker=_marker(drawn, size=sizes),
    )


def _assessed(drawn: Sequence[Drawn], scale: Scale) -> Lane | None:
    """The lane of a scale; ``None`` when nobody was assessed by it."""
    found = [(each, each.course.results[scale]) for each in drawn if scale in each.course.results]
    if not found:
        return None
    info = SCALES[scale]
    highest = max(result.value for _, results in found for result in results)
    top = info.highest if scale is Scale.MOAAS else max(8, highest)
    step = 1 if top <= 5 else 4 if top <= 24 else 20
    lane = axis(range=[-0.06 * top, 1.1 * top], dtick=step)
    return Lane(info.label, 2 if scale is Scale.MOAAS else 3, lane, [_results(*each) for each in found])


def _results(drawn: Drawn, results: Sequence[Result]) -> dict[str, Any]:
    points: list[Result | None] = []
    for first, last in stretches([each.minute for each in results]):
        points += [*results[first:last], None]
    return _line(
        drawn,
        x=[each and each.minute for each in points],
        y=[each and each.value for each in points],
        customdata=[each and f"{each.value} at {after_words(each.minute)}" for each in points],
        marker=_marker(drawn, size=9),
    )
