"""The list of sessions as a table."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dash import html

from monitor.clinic.event import Phase
from monitor.config import Config
from monitor.record.sessions import SessionRow
from monitor.reports.clinic_time import clock, day
from monitor.reports.words.alarm_words import count_words, span_words
from monitor.reports.words.timeline import ENDS
from monitor.web.alarm_tables import table
from monitor.web.form_clock import day_words, form_state

HEADS = (
    ("Date", ""),
    ("Patient", ""),
    ("Protocol and dose", ""),
    ("Room", ""),
    ("Lasted", "num"),
    ("How it ended", ""),
    ("Form", ""),
)


def sessions_table(
    rows: Sequence[SessionRow], count: int, page: int, pages: int, run: int, today: date, config: Config
) -> html.Div:
    """One page of the list, and how to turn it. ``run`` says which question it answers."""
    if not rows:
        content: object = html.P("No session with this choice.", className="empty")
    else:
        content = table(HEADS, [_row(row, today, config) for row in rows], "alarms", "Sessions")
    where = html.Span(f"Page {page + 1} of {pages} · {count_words(count, 'session')}")
    pager = [_turn("Back", page - 1, pages), where, _turn("Next", page + 1, pages)]
    return html.Div([content, html.Div(pager, className="pager", hidden=pages == 1)], **{"data-run": str(run)})


def _turn(label: str, leads_to: int, pages: int) -> html.Button:
    there = 0 <= leads_to < pages
    return html.Button(label, type="button", className="btn", disabled=not there, **{"data-turn-to": str(leads_to)})


def _row(row: SessionRow, today: date, config: Config) -> html.Tr:
    protocol = config.protocols.get(row.protocol)
    room = config.room(row.room)
    form = form_state(row, protocol, today)
    when = f"{day_words(day(row.opened_us), today)} {clock(row.opened_us)}"
    cells = [
        html.Td(html.A(when, href=f"/sessions/{row.id}", className="to-session"), className="when"),
        html.Th(row.patient, scope="row"),
        html.Td(f"{row.protocol if protocol is None else protocol.title} · {row.dose_mg:g} mg"),
        html.Td(row.room if room is None else room.name),
        html.Td("" if row.ended_us is None else span_words(row.ended_us - row.opened_us), className="num"),
        html.Td(end_words(row)),
        html.Td(form.text, className=f"form-state {form.look}".strip()),
    ]
    return html.Tr(cells)


def end_words(row: SessionRow) -> str:
    """How a session ended, or where it stands."""
    return ENDS[Phase(row.phase)] if row.ended_us is not None else f"goes on: {row.phase}"
