"""A session of the record as its page shows it: head, figures, events, table, monitoring form, and what can be done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import msgspec
from dash import html

from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.config import Config
from monitor.reports.clinic_time import clock, day, moment
from monitor.reports.form_words import Section, sections
from monitor.reports.session_record import SessionRecord
from monitor.reports.words.alarm_words import span_words
from monitor.service.treatment_messages import SubmitForm
from monitor.web.alarm_tables import damage
from monitor.web.compare.page import compare_address
from monitor.web.components import answer, card, command_button, opening_button
from monitor.web.form_clock import day_words, form_state
from monitor.web.review.corrections import NOTE, SIGN, dialogs, newest_shown
from monitor.web.review.events import events_card
from monitor.web.review.summary import figure_lines
from monitor.web.review.table import table_card
from monitor.web.review.told import told
from monitor.web.session_tables import end_words

EXPORTS = (
    ("PDF chart", "chart.pdf"),
    ("CSV", "csv.zip"),
    ("FHIR", "fhir.json"),
    ("HL7", "hl7.txt"),
    ("WFDB", "wfdb.zip"),
)
FORMS = (("Form PDF", "form.pdf"), ("Form JSON", "form.json"))


def session_view(found: SessionRecord, config: Config, today: date, run: int) -> html.Div:
    """What stands above the chart. ``run`` says which question it answers."""
    return html.Div([_head(found, config, today), *_damage(found.damaged)], **{"data-run": str(run)})


def rest_view(found: SessionRecord, config: Config, today: date, minutes: int) -> html.Div:
    """What stands beside and under the chart; the table in steps of so many ``minutes``."""
    entries = told(found, clock)
    side = html.Aside(
        [_summary(found, today), events_card(found, entries)],
        className="review-side",
        **{"data-of": "chart", "aria-label": "Summary and events"},
    )
    form = html.Div(_form(found.form), className="review-form", **{"data-of": "form"})
    table = [] if found.session is None else [table_card(found, minutes)]
    return html.Div([side, *table, form, *dialogs(found, entries, config)], className="review-rest")


# ---- the head


def _head(found: SessionRecord, config: Config, today: date) -> html.Div:
    row, state = found.row, form_state(found.row, config.protocols.get(found.row.protocol), today)
    said = ["SIMULATED"] * found.simulated + ["NOT FINISHED"] * (found.form is not None and not found.form.finished)
    chips = [html.Span(text, className="chip simulated") for text in said]
    if row.ended_us is None:
        chips.append(html.Span("goes on", className="chip goes-on"))
    send = "Mark form as sent" if row.form_sent_us is None else "Mark form as sent again"
    submit = SubmitForm(session=row.id, seen=newest_shown(found))
    sent = [command_button(send, submit, "btn primary")] if state.look else []
    return html.Div(
        [
            html.H2(f"{row.patient} · {day_words(day(row.opened_us), today)}"),
            html.Span(f"{found.planned} · {found.room}", className="muted"),
            *chips,
            html.Span(f"Form: {state.text}", className=f"form-state {state.look}".strip()),
            html.Span(className="grow"),
            answer(),
            *sent,
            _sections(),
            _exports(found),
        ],
        className="bar session-bar",
        **{"data-answers": ""},
    )


def _sections() -> html.Div:
    """Which part of the page is shown; the script says which."""
    buttons = [
        html.Button(label, type="button", className="btn", **{"data-section": name, "aria-pressed": "false"})
        for name, label in (("chart", "Chart"), ("form", "Form"))
    ]
    return html.Div(buttons, className="pair", role="group", **{"aria-label": "Part of the page"})


def _exports(found: SessionRecord) -> html.Div:
    kinds = [*EXPORTS, *(FORMS if found.form is not None else ())]
    links = [
        html.A(
            label,
            href=f"/sessions/{found.row.id}/{kind}",
            download="",
            className="btn primary" if kind == "chart.pdf" else "btn",
        )
        for label, kind in kinds
    ]
    compare = html.A("Compare sessions", href=compare_address(found.row.patient), className="btn")
    paper = html.Button("Print", type="button", className="btn", **{"data-print": ""})
    return html.Div([compare, paper, *links], className="export-bar", **{"data-exports": ""})


def _damage(damaged: Sequence[str]) -> list[Any]:
    """That something of the record is damaged, and what."""
    if not damaged:
        return []
    parts = html.Details([html.Summary("Which"), html.Ul([html.Li(line) for line in damaged])], className="damaged")
    return [*damage(damaged), parts]


# ---- what it came to


def _summary(found: SessionRecord, today: date) -> html.Section:
    row = found.row
    until = [] if row.ended_us is None else [f"– {moment(row.ended_us, row.opened_us)}"]
    facts = [
        ("Patient", row.patient),
        ("When", " ".join([f"{day_words(day(row.opened_us), today)}, {clock(row.opened_us)}", *until])),
        ("Lasted", "goes on" if row.ended_us is None else span_words(row.ended_us - row.opened_us)),
        ("Room", found.room),
        ("Planned", found.planned),
        ("Weight", f"{row.weight_kg:g} kg" if row.weight_kg else "–"),
        ("Ended", end_words(row)),
    ]
    parts = [_figures(found), _signatures(found), _facts(facts)]
    parts.append(html.P(["Session ", html.Code(row.id)], className="sub session-id"))
    return card("Summary", *parts, class_name="summary")


def _figures(found: SessionRecord) -> html.Dl:
    """Each figure that has a place leads there."""
    rows = []
    for line in figure_lines(found):
        value: Any = line.text
        if line.place is not None:
            place = {"data-zoom": msgspec.json.encode(line.place).decode(), "data-what": f"{line.name} {line.text}"}
            value = html.Button(line.text, type="button", className="to-place", **place)
        rows.append(html.Div([html.Dt(line.name), html.Dd(value)]))
    return html.Dl(rows, className="facts review-figures")


def _signatures(found: SessionRecord) -> html.Div:
    """Who signed what, whether it still is what they signed, and what can be added."""
    lines: list[Any] = []
    if found.session is not None:
        treatment = found.session.treatment
        for each in treatment.signatures:
            words = f"{each.by}, {each.role}, {moment(each.at, found.start)}"
            lines.append(html.Div([html.Dt(f"Signed: {each.meaning}"), html.Dd(html.Bdi(words))]))
        lines += [
            html.Div([html.Dt("Note"), html.Dd(html.Bdi(f"{each.text} · {each.by}, {each.role}"))])
            for each in treatment.reviews
        ]
    return html.Div([html.Dl(lines, className="facts"), *_signing(found)], className="signing")


def _signing(found: SessionRecord) -> list[Any]:
    if found.session is None:
        return []
    note = opening_button("Write a note", NOTE)
    treatment = found.session.treatment
    if found.row.ended_us is None or treatment.is_signed:
        return [html.Div([note], className="wraps group")]
    said = "Changed since it was signed." if treatment.signatures else "Nobody has signed this record."
    sign = opening_button("Sign again" if treatment.signatures else "Sign", SIGN, "btn primary")
    return [html.P(said, className="unsigned"), html.Div([note, sign], className="wraps group")]


def _facts(facts: Sequence[tuple[str, Any]]) -> html.Dl:
    rows = [html.Div([html.Dt(name), html.Dd(html.Bdi(text))]) for name, text in facts]
    return html.Dl(rows, className="facts")


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
