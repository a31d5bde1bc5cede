"""The quiet display at the chair: a large clock and the phase, dim, no numbers, no sound. A touch wakes it."""

from __future__ import annotations

from dash import html

from devices.readings import Metric
from monitor.config import Room
from monitor.web.components import bound, page_title, shown_when


def bedside(room: Room) -> html.Main:
    """The page ``/bedside/<id>``. What it shows awake is for the nurse who touched it, for a short while."""
    mark = [html.Span("SIMULATED", className="chip simulated")] if room.simulated else []
    return html.Main(
        [
            page_title(room.name, "bedside-room"),
            html.Div(className="bedside-clock", **{"data-bedside-clock": ""}),
            html.Div(bound("bedside-phase"), className="bedside-phase"),
            html.Div(className="bedside-link", role="status", **{"data-bedside-link": ""}),
            html.Div(
                [_numbers(), html.Div(bound("alarm"), className="bedside-alarm"), _way_out(room), *mark],
                className="bedside-awake",
                hidden=True,
                **{"data-awake": ""},
            ),
        ],
        className="bedside",
        **{"data-path": f"/bedside/{room.id}", "data-room": room.id, "data-quiet-page": ""},
    )


def _numbers() -> html.Div:
    return html.Div(
        [
            html.Div([html.Div("SpO₂ %", className="l"), bound(Metric.SPO2, "n spo2")]),
            html.Div([html.Div("PR /min", className="l"), bound(Metric.PR, "n pr")]),
            html.Div([html.Div(["NIBP mmHg · ", bound("nibp-age")], className="l"), bound("nibp", "n bp")]),
        ],
        className="bedside-numbers",
    )


def _way_out(room: Room) -> html.Div:
    clock = shown_when("dosed", bound("clock"), " since the first dose")
    return html.Div([clock, html.A("Room page", href=f"/room/{room.id}", className="btn")], className="bedside-more")
