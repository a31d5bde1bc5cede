"""The frame of a session's page; a script asks for what stands in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from dash import dcc, html

from monitor.web import ids
from monitor.web.components import page_title
from monitor.web.guard import OF_A_SESSION


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
            html.Div(id=ids.SESSION),
            dcc.Store(id=ids.SESSION_REQUEST),
        ],
        className="session-page",
        **{"data-path": f"/sessions/{session}", "data-session-page": session},
    )
