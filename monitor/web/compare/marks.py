"""How the sessions are told apart: by shape, line and colour at once, and by their number."""

from __future__ import annotations

import msgspec
from dash import html

TEXT_STYLE = "\N{VARIATION SELECTOR-15}"
"""Keeps a browser from drawing a sign as a picture with colours of its own."""


class Mark(msgspec.Struct, frozen=True):
    """``sign`` is the shape as text, ``symbol`` and ``dash`` are Plotly's words; ``place`` is that of its colour."""

    place: int
    color: str
    symbol: str
    sign: str
    dash: str


SHAPES = (
    ("circle", "●"),
    ("square", "■"),
    ("triangle-up", "▲"),
    ("diamond", "◆"),
    ("star", "★"),
    ("triangle-down", "▼"),
    ("cross", "✚"),
    ("triangle-left", "◀"),
    ("x", "✖"),
    ("triangle-right", "▶"),
    ("hexagon2", "⬢"),
    ("pentagon", "⬟"),
)
COLORS = (
    "#1d5fc4",
    "#b3161d",
    "#1b6e34",
    "#7d3fb8",
    "#8a4b00",
    "#006c7a",
    "#a8267a",
    "#41505c",
    "#566000",
    "#c0390b",
    "#3f3fa8",
    "#0e1a26",
)
"""Each has a contrast of 4.5:1 or more on white. They are those of the classes ``mark-0`` to ``mark-11``."""
DASHES = ("solid", "dash", "dot")


def mark(number: int) -> Mark:
    """The mark of a patient's session with this number. The same 12 shapes come again with another line."""
    turn, place = divmod(number - 1, len(SHAPES))
    symbol, sign = SHAPES[place]
    return Mark(place, COLORS[place], symbol, sign, DASHES[(place + turn) % len(DASHES)])


def mark_sign(number: int) -> html.Span:
    """The mark beside a session's date."""
    own = mark(number)
    sign = html.Span(own.sign + TEXT_STYLE, className="mark-sign")
    return html.Span(sign, className=f"mark mark-{own.place} line-{own.dash}", **{"aria-hidden": "true"})
