"""The app's only Dash callbacks: which page an address shows, a room's trend and timeline, the alarm log, what if,
the list of sessions, one of them and its chart, and those of a patient compared.

A browser can send anything under any name, so a request is rebuilt from what is known before Dash sees it, and each
callback checks the one value that it takes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from dash import ClientsideFunction, Dash, Input, Output, ctx

from monitor.record.errors import RecordError
from monitor.web import ids
from monitor.web.alarm_desk import AlarmDesk
from monitor.web.charts import Charts, TrendRequest, timeline_children
from monitor.web.compare.desk import CompareDesk
from monitor.web.markup import lighten
from monitor.web.people import People
from monitor.web.questions import UNREADABLE, checked
from monitor.web.review.desk import ReviewDesk
from monitor.web.sessions_desk import SessionsDesk
from monitor.web.threads import Threads
from monitor.web.trend import empty_figure, figure

DEEPEST = 20
"""So far down no page of ours puts a value."""


class _Value(msgspec.Struct):
    id: str
    property: str
    value: Any = None


class _Call(msgspec.Struct):
    output: str
    inputs: list[_Value]


class Known(msgspec.Struct, frozen=True):
    """A callback as a browser may call it."""

    output: str
    outputs: Any
    input_id: str
    input_property: str


ROUTING = Known(f"{ids.PAGE}.children", {"id": ids.PAGE, "property": "children"}, ids.URL, "pathname")
TREND = Known(
    f"..{ids.TREND}.figure...{ids.TIMELINE}.children..",
    [{"id": ids.TREND, "property": "figure"}, {"id": ids.TIMELINE, "property": "children"}],
    ids.TREND_REQUEST,
    "data",
)
ALARMS = Known(
    f"..{ids.ALARM_FIGURES}.children...{ids.ALARM_LOG}.children...{ids.WHAT_IF_SESSIONS}.children..",
    [{"id": part, "property": "children"} for part in (ids.ALARM_FIGURES, ids.ALARM_LOG, ids.WHAT_IF_SESSIONS)],
    ids.ALARM_LOG_REQUEST,
    "data",
)
WHAT_IF = Known(
    f"{ids.WHAT_IF_RESULT}.children",
    {"id": ids.WHAT_IF_RESULT, "property": "children"},
    ids.WHAT_IF_REQUEST,
    "data",
)
SESSIONS = Known(f"{ids.SESSIONS}.children", {"id": ids.SESSIONS, "property": "children"}, ids.SESSIONS_REQUEST, "data")
COMPARE = Known(
    f"..{ids.COMPARE_CHOICES}.children...{ids.COMPARE}.children..",
    [{"id": part, "property": "children"} for part in (ids.COMPARE_CHOICES, ids.COMPARE)],
    ids.COMPARE_REQUEST,
    "data",
)
SESSION = Known(
    f"..{ids.SESSION}.children...{ids.SESSION_REST}.children..",
    [{"id": part, "property": "children"} for part in (ids.SESSION, ids.SESSION_REST)],
    ids.SESSION_REQUEST,
    "data",
)
REVIEW = Known(f"{ids.REVIEW_DRAWN}.data", {"id": ids.REVIEW_DRAWN, "property": "data"}, ids.REVIEW_REQUEST, "data")
_BY_OUTPUT = {known.output: known for known in (ROUTING, TREND, ALARMS, WHAT_IF, SESSIONS, SESSION, REVIEW, COMPARE)}


def canonical(body: bytes) -> bytes | None:
    """A call of one of our callbacks, with nothing in it from the browser but the value; ``None`` for any other."""
    try:
        call = msgspec.json.decode(body, type=_Call)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    known = _BY_OUTPUT.get(call.output)
    if known is None or len(call.inputs) != 1:
        return None
    given = call.inputs[0]
    if (given.id, given.property) != (known.input_id, known.input_property) or _is_deep(given.value, DEEPEST):
        return None
    rebuilt = {
        "output": known.output,
        "outputs": known.outputs,
        "inputs": [{"id": known.input_id, "property": known.input_property, "value": given.value}],
        "changedPropIds": [f"{known.input_id}.{known.input_property}"],
    }
    return msgspec.json.encode(rebuilt)


def _is_deep(value: Any, most: int) -> bool:
    """Whether lists and objects stand in each other further down than ``most``: to read them might need more stack than
    there is.
    """
    if not isinstance(value, list | dict):
        return False
    inside = value.values() if isinstance(value, dict) else value
    return most == 0 or any(_is_deep(each, most - 1) for each in inside)


def register(
    app: Dash,
    page_at: Callable[[str], Any],
    charts: Charts,
    alarms: AlarmDesk,
    sessions: SessionsDesk,
    compare: CompareDesk,
    review: ReviewDesk,
    people: People,
    readers: Threads,
    replays: Threads,
) -> None:
    """Give the app its callbacks. ``page_at`` makes the page of a path; what tells of patients is for ``people``.

    The record is read in ``readers``, and played again, which takes many seconds, in ``replays``.
    """

    def beside(answer: Callable[..., Any], threads: Threads) -> Callable[[Any], Any]:
        """A callback whose answer is read, built and turned into HTML in a thread: the live screens go on meanwhile."""

        async def answered(data: Any) -> Any:
            may_know = (await people.who(ctx.cookies)).may_act
            return await threads.run(lambda: _light(answer(data, may_know=may_know)))

        return answered

    async def show_page(path: Any) -> Any:
        return page_at(path if isinstance(path, str) else "")

    def draw_trend(data: Any, *, may_know: bool) -> tuple[Any, Any]:
        request = checked(TrendRequest, data)
        if request is None:
            return empty_figure(), "This cannot be drawn."
        if not may_know:
            return empty_figure(), "Sign in to see the trend and the timeline."
        try:
            read = charts.read(request)
        except RecordError as error:
            return empty_figure(), UNREADABLE.format(error)
        if read is None:
            return empty_figure(), "No session is open here."
        return figure(read.course), timeline_children(read, request)

    app.callback(Output(ids.PAGE, "children"), Input(ids.URL, "pathname"))(show_page)
    answers = {
        TREND.output: beside(draw_trend, readers),
        ALARMS.output: beside(alarms.list_alarms, readers),
        WHAT_IF.output: beside(alarms.try_limits, replays),
        SESSIONS.output: beside(sessions.list_sessions, readers),
        SESSION.output: beside(review.show, readers),
        REVIEW.output: beside(review.draw, readers),
        COMPARE.output: beside(compare.compare, readers),
    }
    for output, answer in answers.items():
        known = _BY_OUTPUT[output]
        places = known.outputs if isinstance(known.outputs, list) else [known.outputs]
        outputs = [Output(place["id"], place["property"]) for place in places]
        app.callback(*outputs, Input(known.input_id, known.input_property), prevent_initial_call=True)(answer)
    _of_the_browser(app)


def _light(answer: Any) -> Any:
    """An answer for one place, or for several."""
    return [lighten(part) for part in answer] if isinstance(answer, tuple) else lighten(answer)


def _of_the_browser(app: Dash) -> None:
    """What ``assets/74-review.js`` does by itself: nothing of it comes here."""
    app.clientside_callback(
        ClientsideFunction("review", "draw"),
        Output(ids.REVIEW_CHART, "figure"),
        Input(ids.REVIEW_DRAWN, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction("review", "moved"),
        Input(ids.REVIEW_CHART, "relayoutData"),
        prevent_initial_call=True,
    )
