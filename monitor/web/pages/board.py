"""The board: every room at a glance."""

from __future__ import annotations

from dash import html

from monitor.config import Config, Room
from monitor.web.components import bound, page_title, shown_when

COLUMNS = ((2, 2), (4, 2), (6, 3), (8, 4), (9, 3), (16, 4), (20, 5), (24, 6))
MOST_COLUMNS = 8


def columns_for(rooms: int) -> int:
    """How many tiles stand side by side on a wide screen, so that all rooms fit on it."""
    if rooms == 1:
        return 1
    return next((columns for most, columns in COLUMNS if rooms <= most), MOST_COLUMNS)


def board(config: Config) -> html.Main:
    """The page ``/``."""
    columns = columns_for(len(config.rooms))
    return html.Main(
        [page_title("Rooms", "unseen"), *(_tile(room) for room in config.rooms)],
        className="board",
        style={"--columns": columns},
        **{"data-path": "/", "aria-label": "Rooms"},
    )


def _tile(room: Room) -> html.A:
    return html.A(
        html.Div([_head(room), _treated(room), _free(room)], className="inside"),
        href=f"/room/{room.id}",
        className="tile card",
        **{"data-room": room.id, "data-tile": ""},
    )


def _head(room: Room) -> html.Div:
    return html.Div(
        [html.B(room.name), bound("patient", "muted patient"), bound("clock", "session-clock")],
        className="head",
    )


def _mark(room: Room) -> list[html.Span]:
    if not room.simulated:
        return []
    word = ["SIM", html.Span("ULATED", className="rest")]
    return [html.Span(word, className="chip simulated small", title="Simulated")]


def _treated(room: Room) -> html.Div:
    return shown_when(
        "session",
        html.Div([bound("phase", "chip phase"), bound("dose", "sub dose"), *_mark(room)], className="phase-line"),
        _numbers(),
        html.Canvas(className="spark", **{"data-spark": "", "aria-hidden": "true"}),
        html.Div(
            [
                bound("device-problem", "device-problem"),
                html.Div(bound("alarms-off"), className="off-strip"),
                bound("alarm", "alarm-strip"),
            ],
            className="strips",
        ),
        html.Div(
            [
                bound("discharge", "sub"),
                bound("due-pressing", "sub"),
                html.Span(html.I(**{"data-bind": "discharge-bar"}), className="track", **{"aria-hidden": "true"}),
            ],
            className="foot",
        ),
        class_name="treated",
    )


def _numbers() -> html.Div:
    return html.Div(
        [
            html.Div([html.Div("SpO₂ %", className="l"), bound("SpO2", "n spo2")], className="number-spo2"),
            html.Div([html.Div("PR /min", className="l"), bound("PR", "n pr")], className="number-pr"),
            html.Div(
                [
                    html.Div(
                        [
                            html.Span(["NIBP", html.Span(" mmHg", className="unit"), " · "], className="title"),
                            bound("nibp-age"),
                        ],
                        className="l",
                    ),
                    bound("nibp", "n bp"),
                ],
                className="number-bp",
            ),
            html.Div(bound("nibp-next", "l"), className="number-next"),
        ],
        className="numbers",
    )


def _free(room: Room) -> html.Div:
    return shown_when(
        "!session",
        html.Div(["Free", *_mark(room)], className="muted free-word"),
        html.Div(
            [
                html.Span([html.Span("SpO₂ ", className="l"), bound("SpO2", "spo2")]),
                html.Span([html.Span("PR ", className="l"), bound("PR", "pr")]),
                html.Span([html.Span("NIBP ", className="l"), bound("nibp", "bp"), " ", bound("nibp-age", "l")]),
            ],
            className="free-numbers",
        ),
        html.Div("no session: no alarms", className="sub"),
        html.Div(bound("device-problem", "device-problem"), className="strips"),
        html.Span("Start a session", className="btn primary"),
        class_name="free",
    )
