"""All sessions: find them, order them, keep what you look for under a name. The filter is the query of the address."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import dcc, html

from monitor.config import Config
from monitor.people.saved_views import LONGEST_NAME
from monitor.reports.kinds import MEANINGS, Format
from monitor.web import ids
from monitor.web.components import (
    addressed_form,
    answer,
    dialog,
    field,
    form_actions,
    opening_button,
    page_title,
    submit,
    text_input,
)
from monitor.web.markup import Input
from monitor.web.session_search import DRUG

ALARMS = (("", "Any number"), ("any", "With alarms"), ("high", "▲▲▲ High"), ("none", "None"))
FORMS = (("", "Any"), ("due", "Due or overdue"), ("overdue", "Overdue"), ("sent", "Sent"))
SIGNATURES = (
    ("", "Any"),
    ("to_sign", "To sign"),
    ("unsigned", "Unsigned"),
    ("changed", "Changed since"),
    ("signed", "Signed"),
)
BUILT_IN = (("To sign", "signature=to_sign"), ("Forms due", "form=due&sort=form"), ("All", ""))
"""Views that everybody has: name and query."""
SAVE_VIEW = "save-view"
KEYS = (("/", "search"), ("↑ ↓", "rows"), ("Enter", "open"), ("n p", "pages"))

Options = Iterable[tuple[str, str]]


def sessions_page(config: Config) -> html.Main:
    """The page ``/sessions``; a script asks for the list."""
    return html.Main(
        [
            _bar(),
            _filter(config),
            html.Div(html.Div(id=ids.SESSIONS), className="card log-card sessions-card"),
            _export_bar(),
            _save_dialog(),
            dcc.Store(id=ids.SESSIONS_REQUEST),
            # The library that draws charts takes a second to come: it comes while somebody looks for a session.
            html.Div(dcc.Graph(), hidden=True),
        ],
        className="sessions-page",
        **{"data-path": "/sessions", "data-sessions-page": ""},
    )


def _bar() -> html.Div:
    built_in = [
        html.Button(name, type="button", className="page-tab", **{"data-view": query, "aria-pressed": "false"})
        for name, query in BUILT_IN
    ]
    own = html.Select([], className="btn", hidden=True, **{"data-own-views": "", "aria-label": "My views"})
    remove = html.Button("Remove view", type="button", className="btn", hidden=True, **{"data-remove-view": ""})
    save = opening_button("Save view", SAVE_VIEW)
    return html.Div(
        [
            page_title("Sessions"),
            html.Div(built_in, className="page-tabs", role="group", **{"aria-label": "Views"}),
            own,
            save,
            remove,
            html.Span(className="grow"),
            html.Output(className="muted", **{"data-list-says": "", "aria-live": "polite"}),
            html.Button("Refresh", type="button", className="btn", **{"data-list-again": ""}),
        ],
        className="bar sessions-bar",
    )


def _filter(config: Config) -> html.Form:
    rooms = [("", "All rooms"), *((room.id, room.name) for room in config.rooms)]
    code = text_input("patient", longest=32, placeholder="any part of it")
    fields = [
        _labelled("Patient code", code),
        _labelled("From", Input(name="from", type="date")),
        _labelled("To", Input(name="to", type="date")),
        _choice("Protocol", "protocol", _protocols(config)),
        _choice("Room", "room", rooms),
        _choice("Alarms", "alarms", ALARMS),
        _choice("Form", "form", FORMS),
        _choice("Signature", "signature", SIGNATURES),
        html.Button("Clear", type="button", className="btn", **{"data-clear-filter": ""}),
    ]
    keys = [html.Span([html.Kbd(key), f" {does}"]) for key, does in KEYS]
    return html.Form(
        [*fields, html.P(keys, className="sub keys")],
        className="sessions-filter",
        role="search",
        **{"data-sessions-filter": "", "aria-label": "Find sessions"},
    )


def _protocols(config: Config) -> Options:
    """Drugs with more than one protocol, then every protocol."""
    drugs = [protocol.drug for protocol in config.protocols.values()]
    shared = [(f"{DRUG}{drug}", f"{drug}, all") for drug in dict.fromkeys(drugs) if drugs.count(drug) > 1]
    return [("", "All protocols"), *shared, *((each.id, each.title) for each in config.protocols.values())]


def _choice(label: str, name: str, options: Options) -> html.Label:
    listed = [html.Option(text, value=value) for value, text in options]
    return _labelled(label, html.Select(listed, name=name, className="btn"))


def _labelled(label: str, control: Any) -> html.Label:
    return html.Label([html.Span(label, className="label"), control], className="field")


def _export_bar() -> html.Div:
    """What is chosen, as ``chairside.sessionsChosen()`` tells it, and how it leaves the house."""
    choose_all = html.Button("Select all found", type="button", className="btn", **{"data-pick-found": ""})
    none = html.Button("Select none", type="button", className="btn", **{"data-pick-none": ""})
    says = html.Output("0 selected", **{"data-picked-says": "", "aria-live": "polite"})
    options = [html.Option(MEANINGS[kind][0].upper() + MEANINGS[kind][1:], value=kind) for kind in Format]
    kinds = html.Select(options, className="btn", **{"data-export-kind": "", "aria-label": "As what"})
    start = html.Button("Export", type="button", className="btn primary", **{"data-export-start": ""})
    bar = html.Progress(hidden=True, max="1", value="0", **{"data-export-progress": "", "aria-label": "Export"})
    stop = html.Button("Stop", type="button", className="btn", hidden=True, **{"data-export-stop": ""})
    fetch = html.A("Save archive", className="btn primary", hidden=True, **{"data-export-file": "", "download": ""})
    told = html.Output(**{"data-export-says": "", "aria-live": "polite"})
    parts = [says, choose_all, none, html.Span(className="grow"), told, bar, stop, fetch, kinds, start]
    return html.Div(parts, className="picked-bar", hidden=True, **{"data-export-bar": ""})


def _save_dialog() -> html.Dialog:
    form = addressed_form(
        "/session-views",
        field("Name of the view", text_input("name", longest=LONGEST_NAME), "name"),
        Input(name="query", type="hidden", **{"data-optional": ""}),
        html.P("Filter and order are saved for you alone. A view of the same name is replaced.", className="sub"),
        answer(),
        form_actions(submit("Save view")),
        **{"data-save-form": ""},
    )
    return dialog(SAVE_VIEW, "Save this view", form)
