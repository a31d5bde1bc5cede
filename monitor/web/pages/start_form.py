"""The form that begins a session in a free room."""

from __future__ import annotations

from collections.abc import Iterable

from dash import html

from monitor.clinic.protocol import Protocol
from monitor.config import Config, Room
from monitor.service.messages import StartSession
from monitor.web.components import answer, card, command_form, field, text_input


def start_form(config: Config, room: Room) -> html.Section:
    """Asks for patient code, weight, protocol and dose; offers the protocol's doses."""
    protocols = list(config.protocols.values())
    select = html.Select(
        [html.Option(protocol.title, value=protocol.id) for protocol in protocols],
        name="protocol",
        className="btn",
        **{"data-protocols": ""},
    )
    return card(
        "Start a session",
        command_form(
            StartSession,
            {"room": room.id},
            field("Patient code", text_input("patient"), "patient", html.Span("A code, not a name", className="sub")),
            field("Weight, kg", text_input("weight_kg", number=True, longest=6), "weight_kg"),
            field("Protocol", select, "protocol"),
            field("Dose, mg", text_input("dose_mg", number=True, longest=6), "dose_mg"),
            *_offers(protocols),
            answer(),
            html.Div(html.Button("Start session", type="submit", className="btn primary wide"), className="actions"),
            className="start-form",
        ),
    )


def _offers(protocols: Iterable[Protocol]) -> list[html.Div]:
    return [
        html.Div(_offer(protocol), className="offers", hidden=True, **{"data-offers-of": protocol.id})
        for protocol in protocols
    ]


def _offer(protocol: Protocol) -> list[html.Button]:
    dose = protocol.dose
    fixed = [
        html.Button(f"{mg:g} mg", type="button", className="btn offer", **{"data-dose": f"{mg:g}"})
        for mg in dose.fixed_mg
    ]
    if dose.mg_per_kg is None:
        return fixed
    suggestion = html.Button(
        f"{dose.mg_per_kg:g} mg/kg: give the weight first",
        type="button",
        className="btn offer",
        disabled=True,
        **{"data-mg-per-kg": f"{dose.mg_per_kg:g}"},
    )
    return [*fixed, suggestion]
