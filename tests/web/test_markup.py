"""Pages as HTML: what stands on them is the same, and only there where it should."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

from dash import dcc, html

from monitor.web import ids
from monitor.web.markup import lighten


class Seen(HTMLParser):
    """What a browser makes of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words += data


def inside(part: Any) -> Seen:
    return Seen(lighten(html.Div(part))["props"]["inside"])


def test_what_somebody_wrote_is_shown_and_never_run() -> None:
    name = '<img src=x onerror=alert(1)> & "calm"'
    seen = inside(html.Span(name, title=name))
    assert seen.words == name
    assert seen.tags == [("span", {"title": name})]


def test_a_page_says_the_same_in_the_same_order() -> None:
    seen = inside([html.B("Room ", className="brand"), 3, html.Label(["of ", html.I("8")], htmlFor="all")])
    assert seen.words == "Room 3of 8"
    assert seen.tags == [("b", {"class": "brand"}), ("label", {"for": "all"}), ("i", {})]


def test_a_button_that_must_not_be_pressed_is_not_there() -> None:
    seen = inside([html.Button("Go", hidden=True, disabled=True), html.Button("Stay", hidden=False, disabled=False)])
    assert seen.tags == [("button", {"hidden": "", "disabled": ""}), ("button", {})]


def test_what_callbacks_fill_and_charts_are_left_to_the_framework() -> None:
    chart, list_of_alarms = dcc.Graph(), html.Div(id=ids.ALARM_LOG)
    main = lighten(html.Main([html.P("settled"), html.Div([chart, html.Br()]), list_of_alarms]))
    settled, around, log = main.children
    assert settled["props"]["inside"] == "settled"
    assert around.children[0] is chart
    assert isinstance(around.children[1], html.Br)
    assert log is list_of_alarms
