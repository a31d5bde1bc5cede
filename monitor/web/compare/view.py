"""The page's answers as components: which sessions there are, what is wrong with some, and all of the comparison."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import date
from typing import Any

from dash import html

from monitor.config import Config
from monitor.record.sessions import SessionRow
from monitor.reports.clinic_past import Past
from monitor.reports.clinic_time import day
from monitor.reports.comparing import Compared
from monitor.reports.words.alarm_words import count_words
from monitor.web.alarm_tables import trouble
from monitor.web.compare.clinic import clinic_card
from monitor.web.compare.course import course_chart
from monitor.web.compare.marks import mark_sign
from monitor.web.compare.overlay import overlay
from monitor.web.compare.table import figures_table
from monitor.web.compare.words import date_words
from monitor.web.components import card
from monitor.web.form_clock import day_words
from monitor.web.markup import Input

MOST = 12


def choices(rows: Sequence[SessionRow], chosen: Collection[str], today: date, config: Config) -> html.Section:
    """The boxes to tick, the newest session first. ``rows`` are all sessions of the patient, the newest first."""
    numbered = list(zip(rows, range(len(rows), 0, -1), strict=True))
    boxes: list[Any] = []
    for protocol in dict.fromkeys(row.protocol for row in rows):
        known = config.protocols.get(protocol)
        boxes.append(html.H3(protocol if known is None else known.title))
        own = [(row, number) for row, number in numbered if row.protocol == protocol]
        boxes += [_choice(row, number, row.id in chosen, today) for row, number in own]
    limit = f"At most {MOST} at once." if len(rows) > MOST else ""
    said = html.Output(limit, className="sub", **{"data-choices-say": "", "aria-live": "polite"})
    form = html.Form(boxes, **{"data-compare-choices": str(MOST), "aria-label": "Sessions to compare"})
    return card("Sessions", form, said)


def _choice(row: SessionRow, number: int, chosen: bool, today: date) -> html.Label:
    box = Input(type="checkbox", name="session", value=row.id, checked=chosen)
    words = [
        html.B(f"{number} · {day_words(day(row.opened_us), today)}"),
        f" · {row.dose_mg:g} mg" if row.dose_mg else " · dose unknown",
    ]
    return html.Label([box, mark_sign(number), html.Span(words)], className="tick")


def comparison(patient: str, sessions: Sequence[Compared], of_all: int, past: Past, today: date, run: int) -> html.Div:
    """The chosen sessions, the newest first, and what is usual for the protocol of the newest one."""
    newest = sessions[0].row.protocol
    counted = [each for each in sessions if each.figures is not None]
    drawn = [each for each in sessions if each.course is not None]
    usual = past.distribution
    head = [_head(patient, sessions, of_all), *_remarks(sessions, today)]
    parts: list[Any] = [html.Div(head, className="compare-head")]
    if drawn:
        title = f"From the first dose · band: {sessions[0].title} in this clinic"
        chart = overlay(drawn, usual.by_minute, newest, today)
        parts.append(card(title, _band_words(past), chart, class_name="compare-courses"))
    if counted:
        parts.append(card("Session by session", course_chart(counted, newest, usual, today), class_name="compare-wide"))
        parts.append(card("Figures", figures_table(counted, newest, today), class_name="compare-wide"))
    parts.append(clinic_card(sessions[0].title, past, today))
    return html.Div(parts, className="compare-parts", **{"data-run": str(run)})


def _head(patient: str, sessions: Sequence[Compared], of_all: int) -> html.Div:
    simulated = [html.Span("SIMULATED", className="chip simulated")] if any(each.simulated for each in sessions) else []
    many = f"{len(sessions)} of {count_words(of_all, 'session')}"
    parts = [html.H2(html.Bdi(f"{patient}")), html.Span(many, className="muted"), *simulated]
    if of_all == 1:
        parts.append(html.Span("There is nothing to compare it with yet.", className="muted"))
    return html.Div(parts, className="bar session-bar")


def _remarks(sessions: Sequence[Compared], today: date) -> Iterator[html.Div]:
    """What is missing of which session."""
    for each in sessions:
        which = f"Session {each.number}, {date_words(each, today)}"
        if each.damaged:
            named = "; ".join(each.damaged)
            yield trouble(f"{which}: a part of the record is damaged and was left out. Run app.py verify. ({named})")
        if each.figures is None:
            yield trouble(f"{which} cannot be compared: its beginning is damaged.")
        elif each.course is None:
            yield html.Div(f"{which}: no dose was given, so it has no course.", className="compare-remark")
        elif each.figures.pressure.baseline_sys is None:
            text = f"{which}: no pressure was measured before the dose, so it has no rise and no line in those lanes."
            yield html.Div(text, className="compare-remark")


def _band_words(past: Past) -> html.P:
    usual = past.distribution
    most = max((each.count for each in usual.by_minute), default=0)
    if all(each.too_few for each in usual.by_minute):
        return html.P(f"No band of this clinic: too few ended sessions (n = {most}).", className="sub")
    return html.P(
        [
            html.Span(className="swatch narrow", **{"aria-hidden": "true"}),
            "middle half, ",
            html.Span(className="swatch wide", **{"aria-hidden": "true"}),
            "10th to 90th percentile, ",
            html.Span(className="swatch middle", **{"aria-hidden": "true"}),
            f"median of up to n = {most} ended sessions. Open shapes were measured by hand.",
        ],
        className="sub",
    )
