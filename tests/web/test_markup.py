"""Pages as HTML: what stands on them is the same, and only there where it should."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from monitor.web import ids
from monitor.web.markup import lighten
from tests.web.markup import Seen


def inside(part: Any) -> Seen:
    return Seen(lighten(html.Div(part))["props"]["inside"])


def test_what_somebody_wrote_is_shown_and_never_run() -> None:
    name = '<img src=x onerror=alert(1)> & "calm"'
    seen = inside(html.Span(name, title=name))
    assert "".join(seen.texts) == name
    assert seen.tags == [("span", {"title": name})]


def test_a_page_says_the_same_in_the_same_order() -> None:
    seen = inside([html.B("Room ", className="brand"), 3, html.Label(["of ", html.I("8")], htmlFor="all")])
    assert "".join(seen.texts) == "Room 3of 8"
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
