"""All sessions, the newest first, and whose monitoring forms are due."""

from __future__ import annotations

from dash import dcc, html

from monitor.web import ids
from monitor.web.components import page_title, text_input

CHOICES = (("", "All sessions"), ("yes", "Forms due"))


def sessions_page() -> html.Main:
    """The page ``/sessions``; a script asks for the list."""
    return html.Main(
        [
            html.Div(
                [
                    page_title("Sessions"),
                    _filter(),
                    html.Span(className="grow"),
                    html.Output(className="muted", **{"data-list-says": "", "aria-live": "polite"}),
                    html.Button("Refresh", type="button", className="btn", **{"data-list-again": ""}),
                ],
                className="bar sessions-bar",
            ),
            html.Div(html.Div(id=ids.SESSIONS), className="card log-card sessions-card"),
            dcc.Store(id=ids.SESSIONS_REQUEST),
            # The library that draws charts takes a second to come: it comes while somebody looks for a session.
            html.Div(dcc.Graph(), hidden=True),
        ],
        className="sessions-page",
        **{"data-path": "/sessions", "data-sessions-page": ""},
    )


def _filter() -> html.Form:
    choice = html.Select(
        [html.Option(label, value=value) for value, label in CHOICES],
        name="due",
        className="btn",
        **{"aria-label": "Which sessions"},
    )
    patient = html.Label(
        [html.Span("Patient code", className="label"), text_input("patient", longest=32)], className="field"
    )
    find = html.Button("Find", type="submit", className="btn")
    return html.Form(
        [choice, patient, find],
        className="sessions-filter",
        role="search",
        **{"data-sessions-filter": "", "aria-label": "Find sessions"},
    )
