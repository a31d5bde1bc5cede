"""The course over time: small charts of one figure each, session by session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec

from monitor.clinic.figures.distribution import Distribution, Spread
from monitor.clinic.happened import whole_minutes
from monitor.clinic.treatment.scales import SCALES, Scale
from monitor.reports.comparing import Compared
from monitor.web.compare.marks import mark
from monitor.web.compare.paper import LOOK, MIDDLE, NARROW_BAND, area, axis, graph, title
from monitor.web.compare.words import date_words, signed

BETWEEN = 0.055
HEIGHT_PX = 190


class Panel(msgspec.Struct, frozen=True):
    """One figure of each session, ``None`` where it has none; ``usual`` is the clinic's spread of it."""

    title: str
    values: list[float | None]
    words: list[str]
    usual: Spread = Spread()
    from_zero: bool = True


def course_chart(sessions: Sequence[Compared], newest: str, usual: Distribution, today: date) -> Any:
    """The charts of the sessions that have figures. Those of the protocol ``newest`` are joined."""
    in_order = sorted(sessions, key=lambda each: each.number)
    panels = _panels(in_order, usual)
    width = (1 - BETWEEN * (len(panels) - 1)) / len(panels)
    layout: dict[str, Any] = {
        **LOOK,
        "margin": {"l": 34, "r": 10, "t": 26, "b": 34},
        "hovermode": "closest",
        "dragmode": False,
        "annotations": [],
    }
    lines: list[dict[str, Any]] = []
    for place, panel in enumerate(panels):
        name, start = "" if place == 0 else str(place + 1), place * (width + BETWEEN)
        first, last = in_order[0].number - 0.6, in_order[-1].number + 0.6
        layout[f"xaxis{name}"] = axis(
            domain=[start, start + width],
            range=[first, last],
            tickformat="d",
            dtick=max(1, round((last - first) / 8)),
            tick0=0,
            anchor=f"y{name}",
            title={"text": "session", "font": {"size": 11}, "standoff": 2},
        )
        layout[f"yaxis{name}"] = axis(anchor=f"x{name}", rangemode="tozero" if panel.from_zero else "normal", nticks=5)
        layout["annotations"].append(title(panel.title, start, 1.02))
        own = _lines(panel, in_order, newest, today, (first, last))
        lines += [{**line, "xaxis": f"x{name}", "yaxis": f"y{name}"} for line in own]
    return graph("compare-course", {"data": lines, "layout": layout}, HEIGHT_PX)


def _panels(sessions: Sequence[Compared], usual: Distribution) -> list[Panel]:
    found = [each.figures for each in sessions if each.figures is not None]
    doses = [each.dose.given_mg for each in found]
    rises = [each.pressure.rise_sys if each.dose.began_at else None for each in found]
    ready = [each.minutes_from_dose(each.ready_at) for each in found]
    panels = [
        Panel("Dose given, mg", list(doses), [f"{each or 0:g} mg" for each in doses]),
        Panel("Highest systolic rise, mmHg", list(rises), [signed(each or 0) for each in rises], usual.rise_sys),
    ]
    scale = _most_used(sessions)
    if scale is not None:
        peaks = [each.course.highest(scale) if each.course else None for each in sessions]
        values = [None if each is None else float(each.value) for each in peaks]
        panels.append(Panel(f"Highest {SCALES[scale].label}", values, [f"{each or 0:.0f}" for each in values]))
    words = [f"ready after {whole_minutes(each or 0)} min" for each in ready]
    panels.append(Panel("Clinically ready, min from dose", ready, words, usual.ready_min, from_zero=False))
    return panels


def _most_used(sessions: Sequence[Compared]) -> Scale | None:
    """The scale of dissociation that most of them were assessed by: results of two cannot stand in one chart."""
    used = Counter(
        scale
        for each in sessions
        for scale in (Scale.CADSS6, Scale.CADSS)
        if each.course and scale in each.course.results
    )
    return used.most_common(1)[0][0] if used else None


def _lines(
    panel: Panel, sessions: Sequence[Compared], newest: str, today: date, reach: tuple[float, float]
) -> list[dict[str, Any]]:
    there = [
        (each, value, words)
        for each, value, words in zip(sessions, panel.values, panel.words, strict=True)
        if value is not None
    ]
    joined = [
        (each.number, value) for each, value in zip(sessions, panel.values, strict=True) if each.row.protocol == newest
    ]
    marks = [mark(each.number) for each, *_ in there]
    lines: list[dict[str, Any]] = []
    if not panel.usual.too_few:
        lines.append(area(reach, [panel.usual] * 2, 25, 75, NARROW_BAND))
    lines += [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [number for number, _ in joined],
            "y": [value for _, value in joined],
            "line": {"color": MIDDLE, "width": 1.2},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "markers",
            "x": [each.number for each, *_ in there],
            "y": [value for _, value, _ in there],
            "customdata": [f"{each.number} · {date_words(each, today)}: {words}" for each, _, words in there],
            "marker": {
                "symbol": [each.symbol for each in marks],
                "color": [each.color for each in marks],
                "size": 10,
            },
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    ]
    return lines
