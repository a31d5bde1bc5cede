"""How a patient is watched: the room page's dialogs for limits, symptoms, and alarms that are paused or off."""

from __future__ import annotations

from typing import Any

from dash import html

from monitor.clinic.alarms.auto_limits import Formula
from monitor.clinic.alarms.checks import AREAS
from monitor.clinic.alarms.symptoms import Symptom
from monitor.config import Config, Room
from monitor.service.messages import LockBaseline, SetLimits, SwitchAlarmsOff
from monitor.web.components import (
    LONGEST_REASON,
    answer,
    close_button,
    command_form,
    dialog,
    field,
    opening_button,
    shown_when,
    text_input,
)
from monitor.web.questions import NONE

COLUMNS = ("Limit", "In force", "Delay, s", "Area", "Offered", "Profile", "Allowed")


def watch_buttons() -> html.Div:
    """What opens the dialogs of limits and pauses."""
    return html.Div(
        [opening_button("Limits", "limits"), opening_button("Alarms", "alarms")],
        className="group",
    )


def watching_dialogs(config: Config, room: Room) -> list[html.Dialog]:
    """The dialogs of a room page."""
    return [_limits(room), _symptoms(), _alarms(config, room)]


def only_for(config: Config) -> html.P:
    """Who may switch sounds and alarms off, and as what the person there is signed in."""
    roles = " or ".join(config.alarms.off_roles) or "nobody"
    return html.P([f"Only for: {roles}. ", html.Span(**{"data-own-role": ""})], className="sub")


def _part(name: str) -> dict[str, str]:
    return {"data-limits": name}


def _limits(room: Room) -> html.Dialog:
    side = html.Div([_baseline(room), _formulas()], className="limits-side")
    body = html.Div([_limits_form(room), side], className="limits-body")
    return dialog("limits", "Alarm limits of {}", body, _areas(), class_name="wide")


def _areas() -> html.Select:
    """The choice of areas, which the script copies into each line that has one: only those that the rules allow."""
    options = [html.Option(text, value=text) for text in (NONE, *(f"{area:g}" for area in AREAS))]
    return html.Select(options, hidden=True, **_part("areas"), **{"data-none": NONE})


def _limits_form(room: Room) -> html.Form:
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in COLUMNS]))
    hint = "An area (depth × seconds) lets small dips last longer and deep ones alarm sooner; it replaces the delay."
    return command_form(
        SetLimits,
        {"room": room.id},
        html.P(role="status", hidden=True, className="notice meanwhile", **_part("meanwhile")),
        html.Table([head, html.Tbody(**_part("rows"))], className="limits-table"),
        html.P(hint, className="sub"),
        answer(),
        html.Div(
            [
                html.Button("Back to profile", type="button", className="btn", hidden=True, **_part("to-profile")),
                html.Span(className="grow"),
                close_button(focused=True),
                html.Button("Save limits", type="submit", className="btn primary"),
            ],
            className="actions",
        ),
        **{"data-into": "settings"},
    )


def _baseline(room: Room) -> html.Section:
    reason = html.Div(
        field("Why anew", text_input("reason", longest=LONGEST_REASON), "reason"), hidden=True, **_part("reason")
    )
    return _block(
        ["Baseline ", html.Span(className="chip small", **_part("locked"))],
        html.P(**_part("baseline")),
        command_form(
            LockBaseline,
            {"room": room.id},
            reason,
            html.Button("Lock baseline", type="submit", className="btn wide", **_part("lock")),
            answer(),
            **{"data-stays": ""},
        ),
    )


def _formulas() -> html.Section:
    choices = [
        html.Button(formula, type="button", className="btn", **{"data-formula": formula, "aria-pressed": "false"})
        for formula in Formula
    ]
    return _block(
        "Limits from the baseline",
        html.P("Published formulas. Choose one to see its limits in the table.", className="sub"),
        html.P("Nothing to offer yet: take a blood pressure first.", hidden=True, **_part("no-offers")),
        html.Div(choices, className="formulas", **_part("formulas")),
        html.Button("Take", type="button", className="btn primary wide", hidden=True, **_part("take")),
        answer(),
    )


def _block(title: Any, *children: Any) -> html.Section:
    return html.Section([html.H3(title), *children], className="block", **{"data-answers": ""})


def _symptoms() -> html.Dialog:
    rows = [
        html.Div(
            [
                html.Button(symptom.label, type="button", className="btn symptom", disabled=True),
                html.Span(className="since"),
                html.Button("Gone", type="button", className="btn", hidden=True),
            ],
            className="symptom-row",
            **{"data-symptom": symptom, "data-present": "no"},
        )
        for symptom in Symptom
    ]
    return dialog(
        "symptoms",
        "Symptom of {}",
        html.P("One press raises the emergency on every screen, at any pressure."),
        html.Div(
            [
                html.Div(rows, className="symptoms"),
                answer(),
                html.Div(close_button("Close", focused=True), className="actions"),
            ],
            **{"data-answers": ""},
        ),
    )


def _alarms(config: Config, room: Room) -> html.Dialog:
    pause = shown_when(
        "watched",
        html.Button("Pause alarms 2 min", type="button", className="btn wide", **{"data-bind": "pause-alarms"}),
        html.P("No sound and no light from this room meanwhile, but for symptoms. It ends by itself.", className="sub"),
    )
    choice = html.Select(name="condition", className="btn", **{"data-alarm-choice": "", "data-none": "all"})
    return dialog(
        "alarms",
        "Pause or switch off alarms of {}",
        html.Div(
            [pause, off_list(), answer()],
            className="block",
            **{"data-answers": ""},
        ),
        command_form(
            SwitchAlarmsOff,
            {"room": room.id},
            html.H3("Switch off until somebody ends it"),
            only_for(config),
            field("Which", choice, "condition"),
            field("Reason", text_input("reason", longest=LONGEST_REASON), "reason"),
            answer(),
            html.Div(
                [close_button("Close", focused=True), html.Button("Switch off", type="submit", className="btn danger")],
                className="actions",
            ),
            className="block",
        ),
    )


def off_list() -> html.Div:
    """What is paused or off in the room, each with the button that ends it."""
    return html.Div(className="off-list", hidden=True, **{"data-bind": "alarms-off-list"})
