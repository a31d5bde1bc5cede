"""The frame of a session's page; a script asks for what stands in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dash import dcc, html

from monitor.web import ids
from monitor.web.components import page_title
from monitor.web.guard import OF_A_SESSION
from monitor.web.review.corrections import ARTEFACT
from monitor.web.review.paper import LOOK

HEIGHT_PX = 560
"""Until the chart is there: about as high as it will be."""
UNSEEN = {"visible": False}
RANGES = (("whole", "Whole"), ("dosing", "Dosing"), ("15", "15 min"), ("5", "5 min"), ("1", "1 min"))
ALONG = (("‹", "back", "Earlier"), ("›", "on", "Later"), ("+", "in", "Closer"), ("−", "out", "Wider"))


def session_page_at(path: str) -> Callable[[], html.Main] | None:
    """The page ``/sessions/<id>``; ``None`` for an address of another kind."""
    if not OF_A_SESSION.fullmatch(path) or path.count("/") != 2:
        return None
    return partial(session_page, path.rpartition("/")[2])


def session_page(session: str) -> html.Main:
    """The page of a session, of which nothing is known here but its id."""
    return html.Main(
        [
            page_title("Session", "unseen"),
            html.Output("reading", className="muted session-says", **{"data-session-says": "", "aria-live": "polite"}),
            html.Div(id=ids.SESSION, className="review-head"),
            _chart(),
            html.Div(id=ids.SESSION_REST, className="review-rest"),
            *(dcc.Store(id=each) for each in (ids.SESSION_REQUEST, ids.REVIEW_REQUEST, ids.REVIEW_DRAWN)),
        ],
        className="session-page",
        **{"data-path": f"/sessions/{session}", "data-session-page": session, "data-shows": "chart", "data-step": "15"},
    )


def _chart() -> html.Section:
    graph = dcc.Graph(
        id=ids.REVIEW_CHART,
        figure={
            "data": [],
            "layout": {**LOOK, "height": 560, "xaxis": {"visible": False}, "yaxis": {"visible": False}},
        },
        config={"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": "autosize"},
    )
    overlays = [
        html.Div(className="review-line", hidden=True, **{"data-review-line": ""}),
        html.Div(className="review-box", hidden=True, **{"data-review-box": "", "aria-hidden": "true"}),
    ]
    words = "Chart. Arrow keys move the reading line, plus and minus zoom, Escape shows the whole session."
    plot = html.Div(
        [graph, *overlays],
        className="review-plot",
        tabIndex=0,
        role="group",
        **{"data-review-plot": "", "aria-label": words, "aria-describedby": "review-reads"},
    )
    reads = html.Output(id="review-reads", className="review-reads", **{"data-review-reads": "", "aria-live": "polite"})
    return html.Section(
        [html.H2("Vital signs", className="unseen"), _toolbar(), plot, reads],
        className="card pad review-chart",
        **{"data-of": "chart"},
    )


def _toolbar() -> html.Div:
    ranges = [_button(label, "data-range", name) for name, label in RANGES]
    along = [_button(sign, "data-along", way, name) for sign, way, name in ALONG]
    drags = [_button(label, "data-drag", mode) for mode, label in (("zoom", "Zoom"), ("pan", "Pan"))]
    return html.Div(
        [
            html.Div(ranges, className="group", role="group", **{"aria-label": "How much is shown"}),
            html.Div(along, className="group", role="group", **{"aria-label": "Along the session"}),
            html.Div(drags, className="pair", role="group", **{"aria-label": "What dragging does"}),
            html.Span(className="grow"),
            html.Output(className="muted", **{"data-review-says": "", "aria-live": "polite"}),
            html.Button("Mark artefact", type="button", className="btn", **{"data-open": ARTEFACT}),
        ],
        className="review-toolbar",
    )


def _button(label: str, mark: str, value: str, name: str = "") -> html.Button:
    named = {"aria-label": name, "title": name} if name else {"aria-pressed": "false"}
    return html.Button(label, type="button", className="btn small", **{mark: value}, **named)
