"""The frame of the page that compares a patient's sessions; a script asks for what stands in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import quote, unquote

from dash import dcc, html

from monitor.web import ids
from monitor.web.components import page_title
from monitor.web.guard import OF_A_PATIENT

FOLDER = "/compare/"


def compare_address(patient: str) -> str:
    """Where a patient's sessions are compared."""
    return FOLDER + quote(patient, safe="")


def compare_page_at(path: str) -> Callable[[], html.Main] | None:
    """The page at an address as the browser writes it; ``None`` for an address of another kind.

    The code is what stands there once percent signs are decoded: of a slash at the end only a bare one is left out.
    """
    decoded = unquote(path)
    if not OF_A_PATIENT.fullmatch(decoded):
        return None
    return partial(compare_page, unquote(path.rstrip("/")).removeprefix(FOLDER), decoded.rstrip("/"))


def compare_page(patient: str, path: str) -> html.Main:
    """The page of a patient, of whom nothing is known here but the code."""
    says = html.Output("reading", className="muted session-says", **{"data-compare-says": "", "aria-live": "polite"})
    return html.Main(
        [
            page_title("Compare sessions", "unseen"),
            says,
            html.Div(
                [html.Div(id=ids.COMPARE_CHOICES, className="compare-choices"), html.Div(id=ids.COMPARE)],
                className="compare-grid",
            ),
            dcc.Store(id=ids.COMPARE_REQUEST),
        ],
        className="session-page compare-page",
        **{"data-path": path, "data-compare-page": patient},
    )
