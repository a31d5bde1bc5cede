"""One room: its patient now, the session so far, and what to do next."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from devices.readings import Metric
from monitor.clinic.events import Phase
from monitor.clinic.protocol import STEPS
from monitor.config import Config, Room
from monitor.service.messages import SetCuffInterval, WriteNote
from monitor.web import ids
from monitor.web.components import (
    answer,
    bound,
    card,
    close_button,
    command_form,
    dialog,
    field,
    opening_button,
    page_title,
    shown_when,
)
from monitor.web.pages.assess import assess_dialog
from monitor.web.pages.intake import start_form
from monitor.web.pages.treatment import treatment_panels
from monitor.web.pages.treatment_dialogs import treatment_dialogs
from monitor.web.pages.watching import off_list, watch_buttons, watching_dialogs
from monitor.web.trend import empty_figure

BEDSIDE = "The quiet display at the chair"
INTERVALS_MINUTES = (2, 3, 5, 10, 15, 20, 30)


def room_page(config: Config, room: Room) -> html.Main:
    """The page ``/room/<id>``."""
    return html.Main(
        [
            _head(room),
            shown_when("session", _steps(), watch_buttons(), class_name="steps-holder"),
            off_list(),
            html.Div(className="alarm-list", hidden=True, **{"data-bind": "alarm-list"}),
            html.Div([_curves(room), _numbers(), _side(config, room)], className="room-grid"),
            _note_dialog(room),
            assess_dialog(config, room),
            *treatment_dialogs(config, room),
            *watching_dialogs(config, room),
            dcc.Store(id=ids.TREND_REQUEST),
        ],
        className="room",
        **{"data-path": f"/room/{room.id}", "data-room": room.id, "data-room-page": ""},
    )


def _head(room: Room) -> html.Div:
    mark = [html.Span("SIMULATED", className="chip simulated")] if room.simulated else []
    return html.Div(
        [
            page_title([room.name, bound("head-patient")]),
            bound("person", "muted"),
            bound("dose", "chip"),
            *mark,
            bound("device-problem", "device-problem"),
            html.A(
                "Bedside", href=f"/bedside/{room.id}", className="bedside-way sub", title="Quiet display at the chair"
            ),
            html.Span(
                [bound("clock-long"), shown_when("dosed", " since first dose", class_name="since")],
                className="session-clock",
            ),
            answer(),
            shown_when("cuff", _cuff_buttons(), class_name="group"),
            shown_when("session", _session_buttons(), class_name="group"),
        ],
        className="bar room-bar",
    )


def _cuff_buttons() -> html.Div:
    choices = [html.Option("BP when asked", value="")]
    choices += [html.Option(f"BP every {minutes} min", value=str(minutes)) for minutes in INTERVALS_MINUTES]
    interval = html.Select(
        choices,
        className="btn",
        **{
            "data-select-command": SetCuffInterval.__name__,
            "data-bind": "interval",
            "data-show": "session",
            "aria-label": "Cuff interval",
        },
    )
    return html.Div(
        [
            interval,
            html.Button("Take BP now", type="button", className="btn cuff", **{"data-bind": "cuff-button"}),
        ],
        className="group",
    )


def _session_buttons() -> html.Div:
    return html.Div(
        [
            opening_button("Symptom", "symptoms", "btn danger quiet"),
            opening_button("Add note", "note"),
            html.Button(type="button", className="btn primary", **{"data-bind": "next-step"}),
        ],
        className="group",
    )


def _steps() -> html.Ol:
    names = {Phase.DISCHARGED: "Discharge"}
    steps = [
        html.Li(f"{place} {names.get(phase, phase.capitalize())}", **{"data-step": phase})
        for place, phase in enumerate(STEPS, 1)
    ]
    return html.Ol(steps, className="steps", **{"data-bind": "steps", "aria-label": "Steps of the session"})


def _curves(room: Room) -> html.Div:
    pleth = html.Canvas(className="pleth", **{"data-pleth": room.id, "aria-label": "Pleth wave", "role": "img"})
    figure = dcc.Graph(
        id=ids.TREND,
        figure=empty_figure(),
        config={"displayModeBar": False, "responsive": True, "scrollZoom": False},
        style={"height": "100%"},
    )
    return html.Div(
        [
            card("Pleth", pleth),
            shown_when(
                "session",
                card("Trend · whole session", html.Div(figure, className="trend"), class_name="trend-card"),
                card("Timeline", html.Div(id=ids.TIMELINE, className="timeline")),
                class_name="column",
            ),
        ],
        className="column curves",
    )


def _number_card(title: str, metric: Metric, color: str, *more: Any) -> html.Section:
    return card(
        title,
        html.Div(
            [
                bound(metric, f"big {color}"),
                html.Div(
                    [bound(f"{metric}-high"), bound(f"{metric}-low"), *more],
                    className="limits",
                ),
            ],
            className="number-row",
        ),
        bound(f"{metric}-mark", "sub mark"),
        class_name="number-card",
        **{"data-metric": metric},
    )


def _numbers() -> html.Div:
    perfusion = shown_when(Metric.PI, "PI ", bound(Metric.PI), " %")
    return html.Div(
        [
            shown_when("!session", "No session: no alarms", class_name="no-alarms"),
            _number_card("SpO₂ %", Metric.SPO2, "spo2", perfusion),
            _number_card("PR /min", Metric.PR, "pr"),
            _cuff_card(),
            shown_when(Metric.RR, _number_card("RR /min", Metric.RR, "rr")),
        ],
        className="column numbers-column",
    )


def _cuff_card() -> html.Section:
    return card(
        "NIBP mmHg",
        html.Div(bound("nibp", "big bp"), className="number-row"),
        html.Div([bound("nibp-now", "measuring"), bound("nibp-when")], className="sub"),
        html.Div(bound("nibp-baseline"), className="sub"),
        html.Div(bound("nibp-plan"), className="sub"),
        html.Div(bound("nibp-limits"), className="sub"),
        bound("nibp-problem", "sub problem-text"),
        class_name="number-card cuff-card",
        **{"data-metric": "NIBP"},
    )


def _side(config: Config, room: Room) -> html.Div:
    lists = [
        shown_when(f"protocol:{protocol.id}", *treatment_panels(protocol), class_name="column")
        for protocol in config.protocols.values()
    ]
    start = shown_when("!session", start_form(config, room), class_name="column")
    return html.Div([start, *lists], className="column side")


def _note_dialog(room: Room) -> html.Dialog:
    text = html.Textarea(name="text", rows=3, maxLength=500)
    return dialog(
        "note",
        "Add a note for {}",
        command_form(
            WriteNote,
            {"room": room.id},
            field("Note", text, "text"),
            answer(),
            html.Div(
                [close_button(), html.Button("Save note", type="submit", className="btn primary")], className="actions"
            ),
        ),
    )
