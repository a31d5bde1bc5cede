"""The list of sessions as a table. Its rows are written as text: as components they would take the server too long."""

from __future__ import annotations

from datetime import date
from html import escape

import msgspec
from dash import html

from monitor.clinic.event import Phase
from monitor.config import Config
from monitor.record.finding import Found, FoundSession, SortKey
from monitor.record.glance import Glance, Signature
from monitor.record.sessions import SessionRow
from monitor.reports.clinic_time import clock, day
from monitor.reports.words.alarm_words import PRIORITIES, count_words, seconds_words, span_words
from monitor.reports.words.timeline import ENDS
from monitor.web.form_clock import day_words, form_state
from monitor.web.markup import Written
from monitor.web.session_search import Search
from monitor.web.session_trend import trend_svg

NOTHING = "–"
NOT_COUNTED = '<span class="muted" title="Not counted yet: look again in a while">…</span>'
DAMAGED = '<span class="damaged" title="A part of the record cannot be read: run app.py verify">damaged</span>'
SIMULATED = ' <span class="chip simulated small">SIMULATED</span>'
TREND_HINT = "Lowest SpO₂ of each minute from the first dose, 100 to 80 %; dashed: 90 %; ▼ peak pressure"
USUAL_ORDER = "First what is to be signed or whose form is overdue, then the newest"
SIGNATURES = {
    Signature.SIGNED: ("signed", "Signed"),
    Signature.CHANGED: ("to-sign", "Changed since"),
    Signature.UNSIGNED: ("to-sign", "Unsigned"),
}


class Column(msgspec.Struct, frozen=True):
    """A column's heading; ``first`` is how the first press sorts by it, ``order`` what both orders are called, upwards
    first, ``hint`` what it means.
    """

    title: str
    key: SortKey
    first: str
    order: tuple[str, str]
    look: str = ""
    hint: str = ""


AFTER_DOSE = "after the first dose, without one of the whole session"
SIZE = ("lowest first", "highest first")
COLUMNS = (
    Column("Date", "date", "-date", ("oldest first", "newest first")),
    Column("Patient", "patient", "patient", ("A to Z", "Z to A")),
    Column("Protocol and dose", "protocol", "protocol", ("A to Z", "Z to A")),
    Column("Room", "room", "room", ("first to last", "last to first")),
    Column("Peak BP", "peak", "-peak", SIZE, "num", f"Highest systolic pressure {AFTER_DOSE}, mmHg"),
    Column("Rise", "rise", "-rise", SIZE, "num", "Highest pressures minus the baseline, mmHg"),
    Column("Low SpO₂", "lowest", "lowest", SIZE, "num", f"Lowest SpO₂ {AFTER_DOSE}, %"),
    Column("Below 90", "below", "-below", ("shortest first", "longest first"), "num", "How long SpO₂ was below 90 %"),
    Column("Alarms", "alarms", "-alarms", ("fewest first", "most first"), "", "High, medium and low priority"),
)
LAST_COLUMNS = (
    Column("How it ended", "ended", "ended", ("A to Z", "Z to A")),
    Column("Signature", "signature", "signature", ("unsigned first", "signed first")),
    Column("Form", "form", "form", ("longest waiting first", "sent first")),
)
_RANKS = {
    priority: f'<span class="rank {priority}" aria-hidden="true">{sign}</span>'
    for priority, (sign, _) in PRIORITIES.items()
}


def sessions_table(found: Found, search: Search, pages: int, run: int, today: date, config: Config) -> html.Div:
    """The page ``search`` asks for, and how to turn it. ``run`` says which question it answers."""
    marks = {"data-run": str(run), "data-total": str(found.total), "data-pages": str(pages)}
    head = html.P([html.B(count_words(found.total, "session")), " · ", *_order(search)], className="list-order")
    if not found.sessions:
        return html.Div(
            [head, html.P("No session with this choice. Clear the filter to see all.", className="empty")], **marks
        )
    rows = "".join(_row(each, today, config) for each in found.sessions)
    table = html.Table(
        [
            html.Caption("Sessions", className="unseen"),
            Written(f"<thead><tr>{_heads(search)}</tr></thead><tbody>{rows}</tbody>"),
        ],
        className="log-table alarms sessions-table",
    )
    where = html.Span(f"Page {search.page} of {pages}")
    pager = [_turn("Back", "p", search.page - 1, pages), where, _turn("Next", "n", search.page + 1, pages)]
    return html.Div([head, table, html.Div(pager, className="pager", hidden=pages == 1)], **marks)


def _order(search: Search) -> list[object]:
    """In which order they stand, in words, and the way back to the usual one."""
    column = next((each for each in (*COLUMNS, *LAST_COLUMNS) if each.key == search.order.key), None)
    if column is None:
        return [USUAL_ORDER]
    back = html.Button("Usual order", type="button", className="as-link", title=USUAL_ORDER, **{"data-sort": ""})
    return [f"by {column.title}, {column.order[search.order.descending]} · ", back]


def _turn(label: str, key: str, leads_to: int, pages: int) -> html.Button:
    there = 1 <= leads_to <= pages
    marks = {"data-turn-to": str(leads_to), "aria-keyshortcuts": key}
    return html.Button(label, type="button", className="btn", disabled=not there, title=f"Key {key}", **marks)


def _heads(search: Search) -> str:
    all_of_page = (
        '<th class="pick" scope="col"><label><input type="checkbox" data-pick-page>'
        '<span class="unseen">Select all of this page</span></label></th>'
    )
    trend = f'<th scope="col" class="trend-cell" title="{TREND_HINT}">Trend</th>'
    before, after = ("".join(_head(each, search) for each in columns) for columns in (COLUMNS, LAST_COLUMNS))
    return f"{all_of_page}{before}{trend}{after}"


def _head(column: Column, search: Search) -> str:
    order = search.order
    sorted_now, sign = "", ""
    if order.key == column.key:
        direction, sign = ("descending", " ▼") if order.descending else ("ascending", " ▲")
        sorted_now = f' aria-sort="{direction}"'
    to = search.sorted_by(column.key, column.first)
    title = f"{column.hint}. Sort" if column.hint else "Sort"
    return (
        f'<th scope="col" class="{column.look}"{sorted_now}><button type="button" class="sort" data-sort="{to}" '
        f'data-column="{column.key}" title="{title}">{column.title}<span aria-hidden="true">{sign}</span></button></th>'
    )


def _row(found: FoundSession, today: date, config: Config) -> str:
    row, glance = found
    protocol, room = config.protocols.get(row.protocol), config.room(row.room)
    form = form_state(row, protocol, today)
    there, patient = day_words(day(row.opened_us), today), escape(row.patient)
    title = escape(row.protocol if protocol is None else protocol.title)
    lasted = "figures so far" if row.ended_us is None else span_words(row.ended_us - row.opened_us)
    dose = f"{row.dose_mg:g} mg" if row.dose_mg else "dose unknown"
    simulated = glance.simulated if glance is not None else room is not None and room.simulated
    look = ' class="so-far"' if row.ended_us is None else ""
    return (
        f'<tr data-session="{row.id}"{look}>'
        f'<td class="pick"><label><input type="checkbox" name="session" value="{row.id}">'
        f'<span class="unseen">Select {patient} of {there}</span></label></td>'
        f'<td class="when"><a href="/sessions/{row.id}" class="to-session"><span>{there}</span>'
        f'<span class="sub">{clock(row.opened_us)}</span></a></td>'
        f'<th scope="row">{patient}{SIMULATED if simulated else ""}</th>'
        f'<td class="protocol-cell">{title} <span class="sub">{dose}</span></td>'
        f'<td class="room-name">{escape(row.room if room is None else room.name)}</td>'
        f"{_figures(glance)}"
        f'<td>{escape(end_words(row))}<span class="sub">{lasted}</span></td>'
        f"<td>{_signature(row, glance)}</td>"
        f'<td class="form-state {form.look}">{escape(form.text)}</td></tr>'
    )


def _figures(glance: Glance | None) -> str:
    if glance is None:
        return f'<td class="num">{NOT_COUNTED}</td>' * 4 + f"<td>{NOT_COUNTED}</td>" * 2
    unknown = DAMAGED if glance.damaged else NOTHING
    lacks_events = glance.alarms_high is None
    peak = DAMAGED if lacks_events else _pressure(glance)
    lowest = unknown if glance.lowest_spo2 is None else f"{glance.lowest_spo2:g}"
    alarming = glance.lowest_spo2 is not None and glance.lowest_spo2 < 90
    return (
        f'<td class="num">{peak}</td><td class="num">{_rise(glance)}</td>'
        f'<td class="num spo2-low{" alarming" if alarming else ""}">{lowest}</td>'
        f'<td class="num">{seconds_words(glance.below_90_s)}</td>'
        f"<td>{_alarms(glance)}</td>"
        f'<td class="trend-cell">{trend_svg(glance)}</td>'
    )


def _pressure(glance: Glance) -> str:
    return NOTHING if glance.peak_sys is None else f"{glance.peak_sys:.0f}/{glance.peak_dia:.0f}"


def _rise(glance: Glance) -> str:
    rises = [rise for rise in (glance.rise_sys, glance.rise_dia) if rise is not None]
    return "/".join(f"{rise:+.0f}".replace("-", "−") for rise in rises) or NOTHING


def _alarms(glance: Glance) -> str:
    counts = (glance.alarms_high, glance.alarms_medium, glance.alarms_low)
    if None in counts:
        return NOTHING
    words = [
        f'<span>{rank}{count}<span class="unseen"> {priority}</span></span>'
        for (priority, rank), count in zip(_RANKS.items(), counts, strict=True)
        if count
    ]
    return f'<span class="alarm-counts">{" ".join(words)}</span>' if words else '<span class="muted">none</span>'


def _signature(row: SessionRow, glance: Glance | None) -> str:
    if row.ended_us is None:
        return NOTHING
    if glance is None:
        return NOT_COUNTED
    if glance.signature is None:
        return DAMAGED
    look, words = SIGNATURES[glance.signature]
    return f'<span class="{look}">{words}</span>'


def end_words(row: SessionRow) -> str:
    """How a session ended, or where it stands."""
    return ENDS[Phase(row.phase)] if row.ended_us is not None else f"goes on: {row.phase}"
