"""A past session as it is shown: who, when, how it ended; its timeline with corrections; its monitoring form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dash import html

from devices.readings import Micros
from monitor.clinic.events import AnyEvent
from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.clinic.treatment.events import Amended, Signed
from monitor.config import Config
from monitor.reports.clinic_time import clock, day
from monitor.reports.form_words import Section, marks, sections
from monitor.reports.session_record import SessionRecord
from monitor.reports.words.alarm_words import span_words
from monitor.reports.words.line import Line
from monitor.reports.words.timeline import lines
from monitor.service.treatment_messages import Amend, SubmitForm
from monitor.web.alarm_tables import damage
from monitor.web.compare.page import compare_address
from monitor.web.components import (
    answer,
    card,
    close_button,
    command_button,
    command_form,
    dialog,
    field,
    pin_input,
    text_input,
)
from monitor.web.form_clock import day_words, form_state
from monitor.web.session_tables import end_words

CORRECT = "correct"
LONGEST_TEXT = 500


def session_view(found: SessionRecord, config: Config, today: date, run: int) -> html.Div:
    """Everything of the page. ``run`` says which question it answers."""
    is_over = found.row.ended_us is not None
    told = _by_entry(found.events)
    parts = [
        _head(found, config, today),
        *damage(found.damaged),
        html.Div(
            [
                html.Div([_summary(found, config, today), _timeline(found, told, is_over)], className="column"),
                _form(found.form),
            ],
            className="session-grid",
        ),
    ]
    if is_over:
        parts.append(_correction(found, told, config))
    return html.Div(parts, **{"data-run": str(run)})


def _head(found: SessionRecord, config: Config, today: date) -> html.Div:
    row, state = found.row, form_state(found.row, config.protocols.get(found.row.protocol), today)
    chips = [html.Span(text, className="chip simulated") for text in (marks(found.form) if found.form else [])]
    files: list[Any] = []
    if found.form is not None:
        files = [
            html.A(f"Form as {kind.upper()}", href=f"/sessions/{row.id}/form.{kind}", download="", className="btn")
            for kind in ("pdf", "json")
        ]
    if state.look:
        files.append(command_button("Mark form as sent", SubmitForm(session=row.id), "btn primary"))
    return html.Div(
        [
            html.H2(f"{row.patient} · {day_words(day(row.opened_us), today)}"),
            *chips,
            html.Span(f"Form: {state.text}", className=f"form-state {state.look}".strip()),
            html.Span(className="grow"),
            answer(),
            html.A("Compare sessions", href=compare_address(row.patient), className="btn"),
            *files,
        ],
        className="bar session-bar",
        **{"data-answers": ""},
    )


# ---- who, when, how


def _summary(found: SessionRecord, config: Config, today: date) -> html.Section:
    row = found.row
    protocol, room = config.protocols.get(row.protocol), config.room(row.room)
    until = [] if row.ended_us is None else [f"– {_moment(row.ended_us, row.opened_us)}"]
    facts = [
        ("Patient", row.patient),
        ("When", " ".join([f"{day_words(day(row.opened_us), today)}, {clock(row.opened_us)}", *until])),
        ("Lasted", "goes on" if row.ended_us is None else span_words(row.ended_us - row.opened_us)),
        ("Room", row.room if room is None else room.name),
        ("Planned", f"{row.dose_mg:g} mg" if protocol is None else protocol.dose_text(row.dose_mg)),
        ("Given", _given(found.form)),
        ("Weight", f"{row.weight_kg:g} kg"),
        ("Ended", end_words(row)),
    ]
    for each in found.events:
        if isinstance(each, Signed):
            facts.append((f"Signed: {each.meaning}", f"{each.by}, {each.role}, {_moment(each.at, row.opened_us)}"))
    facts.append(("Session", row.id))
    return card("Summary", _facts(facts), class_name="summary")


def _given(form: MonitoringForm | None) -> str:
    return "–" if form is None or form.dose.given_mg is None else f"{form.dose.given_mg:g} mg"


def _facts(facts: Sequence[tuple[str, Any]]) -> html.Dl:
    rows = [html.Div([html.Dt(name), html.Dd(html.Bdi(text))]) for name, text in facts]
    return html.Dl(rows, className="facts")


def _moment(at: Micros, beside: Micros) -> str:
    """A time of day, with the day where it is not that of another time."""
    there = day(at)
    return clock(at) if there == day(beside) else f"{there.day} {there:%b} {clock(at)}"


# ---- what happened


def _by_entry(events: Sequence[AnyEvent]) -> dict[int, Line]:
    """The timeline, the oldest first, by the number of each entry; a correction stands beside what it corrects."""
    told = {line.seq: line for line in reversed(lines(events, clock))}
    for event in events:
        if isinstance(event, Amended) and event.corrects in told and event.corrects != event.seq:
            told.pop(event.seq, None)
    return told


def _timeline(found: SessionRecord, told: Mapping[int, Line], is_over: bool) -> html.Section:
    corrections: dict[int, list[Amended]] = defaultdict(list)
    for event in found.events:
        if isinstance(event, Amended):
            corrections[event.corrects].append(event)
    entries = [_entry(line, corrections[seq], found.row.opened_us, is_over) for seq, line in told.items()]
    return card("Timeline", html.Ol(entries, className="entries"))


def _entry(line: Line, corrections: Sequence[Amended], opened: Micros, is_over: bool) -> html.Li:
    words = [html.Strong(line.strong, className=f"tone-{line.tone or 'plain'}"), line.rest]
    parts: list[Any] = [
        html.Time(_moment(line.at, opened)),
        html.Span(f"#{line.seq}", className="entry-number"),
        html.Span(html.Bdi(words)),
    ]
    if is_over:
        opens = {"data-open": CORRECT, "data-entry": str(line.seq), "aria-label": f"Correct entry {line.seq}"}
        parts.append(html.Button("Correct", type="button", className="btn small", **opens))
    parts += [html.Div(html.Bdi(_correction_words(each)), className="correction") for each in corrections]
    return html.Li(parts, className="entry")


def _correction_words(fix: Amended) -> str:
    there = day(fix.at)
    when = f"{there.day} {there:%b} {there.year} {clock(fix.at)}"
    return f"Corrected: {fix.text} · {fix.reason} · {fix.by}, {fix.role}, {when}"


def _correction(found: SessionRecord, told: Mapping[int, Line], config: Config) -> html.Dialog:
    """Its script puts the number of the chosen entry into the command."""
    options = [
        html.Option(f"#{seq} {_moment(line.at, found.row.opened_us)} {line.strong}{line.rest}"[:120], value=str(seq))
        for seq, line in told.items()
    ]
    entry = html.Select(options, className="btn wide", **{"data-corrects": "", "aria-label": "Entry"})
    first = next(iter(told), 1)
    return dialog(
        CORRECT,
        f"Correct the record of {found.row.patient}",
        html.P("The entry stays as it is. What you write stands beside it."),
        command_form(
            Amend,
            {"session": found.row.id, "corrects": first},
            field("Entry", entry, "corrects"),
            field("What is right", html.Textarea(name="text", rows=3, maxLength=LONGEST_TEXT), "text"),
            field("Why it is corrected", text_input("reason", longest=200), "reason"),
            field("Your PIN", pin_input(is_open=config.open_sign_in), "pin"),
            answer(),
            html.Div(
                [close_button(), html.Button("Sign correction", type="submit", className="btn primary")],
                className="actions",
            ),
        ),
    )


# ---- the form


def _form(form: MonitoringForm | None) -> html.Section:
    if form is None:
        return card("Monitoring form", html.P("The beginning of the session is damaged: there is no form."))
    missing = ", ".join(form.missing)
    parts: list[Any] = [html.P(form.notice, className="form-notice")]
    if missing:
        parts.append(html.P([html.B(f"{len(form.missing)} missing: "), missing], className="form-missing"))
    parts += [html.P(html.Bdi(each), className="form-remark") for each in form.remarks]
    parts.append(html.Div([_section(each) for each in sections(form)], className="form-sections"))
    return card("Monitoring form", *parts, class_name="form-paper")


def _section(section: Section) -> html.Section:
    rows = [
        html.Div(
            [
                html.Dt(row.label),
                html.Dd(html.Span("missing", className="missing") if row.text is None else html.Bdi(row.text)),
            ]
        )
        for row in section.rows
    ]
    return html.Section([html.H3(section.title), html.Dl(rows, className="facts")])
