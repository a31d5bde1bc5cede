"""Who is signed in, at the right end of the top bar, and what they do about it. ``assets/65-people.js`` fills it."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from monitor.config import Config
from monitor.people.credentials import LONGEST_PASSWORD
from monitor.people.roles import ROLES
from monitor.people.sign_ins import LONGEST_LOGIN, OPEN_PIN
from monitor.web.components import (
    addressed_button,
    addressed_form,
    answer,
    close_button,
    field,
    opening_button,
    pin_input,
    text_input,
)

MENU, BOX = "person-menu", "sign-in-box"


def person_corner(config: Config) -> html.Span:
    """Says who is signed in; while the page is locked it asks for the PIN, where it covers nothing."""
    unlock = addressed_form(
        "/unlock",
        html.Span(id="locked-words", className="locked-words"),
        html.Span(className="problem", role="alert", **{"data-problem": "pin"}),
        answer(),
        html.Label([html.Span("PIN to unlock", className="unseen"), pin_input(is_open=config.open_sign_in)]),
        html.Button("Unlock", type="submit", className="btn primary"),
        opening_button("Someone else", BOX),
        id="unlock",
        className="unlock",
        hidden=True,
    )
    name = html.Button(type="button", id="person", className="btn person", hidden=True, **{"data-open": MENU})
    sign_in = html.Button(
        "Sign in", type="button", id="sign-in", className="btn primary", hidden=True, **{"data-open": BOX}
    )
    return html.Span([name, sign_in, unlock], className="person-corner")


def person_panels(config: Config) -> list[html.Dialog]:
    """The menu of who is signed in, and the box in which somebody else signs in."""
    menu = html.Section(
        [
            html.H2(id=f"{MENU}-title"),
            answer(),
            addressed_button("Lock", "/lock", {}, className="btn wide", **{"data-focus": ""}),
            opening_button("Change person", BOX, "btn wide"),
            addressed_button("Sign out", "/sign-out", {}, className="btn wide"),
        ],
        className="person-menu",
        **{"data-answers": ""},
    )
    return [_panel(MENU, menu), _panel(BOX, html.H2("Sign in", id=f"{BOX}-title"), sign_in_forms(config, boxed=True))]


def _panel(name: str, *children: Any) -> html.Dialog:
    labels = {"aria-labelledby": f"{name}-title", "aria-modal": "false", "data-beside": ""}
    return html.Dialog([*children], id=name, className="panel", **labels)


def sign_in_forms(config: Config, *, boxed: bool = False) -> html.Div:
    """Name and password; before them one click for each role where every room is simulated."""
    password = dcc.Input(name="password", type="password", autoComplete="current-password", maxLength=LONGEST_PASSWORD)
    by_name = addressed_form(
        "/sign-in",
        field("Name", text_input("login", longest=LONGEST_LOGIN), "login"),
        field("Password", password, "password"),
        answer(),
        html.Div(
            [
                *([close_button()] if boxed else []),
                html.Button("Sign in", type="submit", className="btn primary"),
            ],
            className="actions",
        ),
    )
    return html.Div([*_one_click(config), by_name], className="sign-in-forms")


def _one_click(config: Config) -> list[Any]:
    if not config.open_sign_in:
        return []
    buttons = [
        addressed_button(role.capitalize(), "/sign-in", {"role": role}, className="btn", title=f"Act as {role} 1")
        for role in ROLES
    ]
    return [
        html.Section(
            [
                html.P("Every room here is simulated, so one click signs in:", className="sub"),
                html.Div(buttons, className="roles"),
                html.P(["The PIN of each of them is ", html.B(OPEN_PIN), "."], className="sub"),
                answer(),
            ],
            **{"data-answers": ""},
        ),
        html.P("Or with a name of your own:", className="sub"),
    ]
