"""The figures of the compared sessions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from dash import html

from monitor.clinic.figures.comparison import Result
from monitor.clinic.figures.summary import Figures
from monitor.clinic.happened import whole_minutes
from monitor.clinic.treatment.events import Episode
from monitor.clinic.treatment.scales import Scale
from monitor.reports.comparing import Compared
from monitor.web.alarm_tables import table
from monitor.web.compare import words
from monitor.web.compare.marks import mark_sign

HEADS = (
    ("Session", ""),
    ("Dose", "num"),
    ("Baseline", "num"),
    ("Peak BP", "num"),
    ("Rise", "num"),
    ("Lowest SpO₂", "num"),
    ("Below 90 %", "num"),
    ("Dissociation", ""),
    ("Sedation", ""),
    ("Stable", "num"),
    ("Ready", "num"),
    ("Observed", "num"),
    ("Alarms", ""),
)


def figures_table(sessions: Sequence[Compared], newest: str, today: date) -> html.Div:
    """A row a session, those of each protocol together; first those of the protocol ``newest``."""
    protocols = dict.fromkeys([newest, *(each.row.protocol for each in sessions)])
    rows: list[html.Tr] = []
    for protocol in protocols:
        own = [each for each in sessions if each.row.protocol == protocol]
        if own and len(protocols) > 1:
            note = "" if protocol == newest else " · another protocol: compare doses, rises and times with care"
            name = html.Th([html.B(own[0].title), note], colSpan=len(HEADS), scope="rowgroup", className="of-protocol")
            rows.append(html.Tr(name))
        rows += [_row(each, each.figures, today) for each in own if each.figures is not None]
    return html.Div(table(HEADS, rows, "compared", "The figures of each session"), className="wide-table")


def _row(found: Compared, figures: Figures, today: date) -> html.Tr:
    peak = figures.pressure.highest_sys
    date_text = words.date_words(found, today)
    link = html.A(f"{found.number} · {date_text}", href=f"/sessions/{found.row.id}", className="to-session")
    chips: list[Any] = [html.Span("SIMULATED", className="chip simulated small")] if found.simulated else []
    if found.damaged:
        chips.append(html.Span("damaged", className="chip simulated small"))
    cells = [
        html.Th(html.Div([mark_sign(found.number), html.Div([link, *chips])], className="whose"), scope="row"),
        _number(words.dose_words(figures), words.planned_words(figures)),
        _number(words.baseline_words(figures)),
        _number(words.peak_words(figures), words.at_words(figures, None if peak is None else peak.measured_at)),
        _number(words.rise_words(figures)),
        _number(words.saturation_words(found, figures), words.at_words(figures, figures.saturation.lowest_at)),
        _number(words.below_words(found, figures)),
        html.Td(_effect(_dissociation(found), words.effect_words(figures, figures.effects[Episode.DISSOCIATION]))),
        html.Td(_effect(_sedation(found), words.effect_words(figures, figures.effects[Episode.SEDATION]))),
        _number(words.after_words(figures.minutes_from_dose(figures.stable_at))),
        _number(words.after_words(figures.minutes_from_dose(figures.ready_at))),
        _number(_observed(figures)),
        html.Td(words.alarm_words(figures)),
    ]
    return html.Tr(cells)


def _number(value: str, more: str = "") -> html.Td:
    return html.Td(_two_lines(value, more), className="num")


def _two_lines(first: str, second: str) -> list[Any]:
    """What matters, and below it what belongs to it."""
    return [first or second, *([html.Div(second, className="sub")] if first and second else [])]


Found = tuple[Scale, Result | None]


def _dissociation(found: Compared) -> list[Found]:
    course = found.course
    return [] if course is None else [(scale, course.highest(scale)) for scale in (Scale.CADSS6, Scale.CADSS)]


def _sedation(found: Compared) -> list[Found]:
    return [] if found.course is None else [(Scale.MOAAS, found.course.lowest(Scale.MOAAS))]


def _effect(extremes: Sequence[Found], lasted: str) -> list[Any]:
    """The worst results with their times, and how long it lasted."""
    there = [(scale, result) for scale, result in extremes if result is not None]
    results = ", ".join(words.result_words(result, scale) for scale, result in there)
    times = [f"at {words.after_words(result.minute)}" for _, result in there]
    return _two_lines(results, ", ".join([*times, lasted]))


def _observed(figures: Figures) -> str:
    if figures.observed_min is not None:
        return f"{whole_minutes(figures.observed_min)} min"
    return "goes on" if figures.ended_at is None else words.NOTHING
