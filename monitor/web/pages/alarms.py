"""What alarmed, how soon it was answered, and what other limits would have made of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from dash import dcc, html

from devices.readings import METRICS, Metric
from monitor.clinic.alarms.checks import AREAS
from monitor.clinic.alarms.limits import MetricLimits, Side, SideLimit
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.protocol import Protocol
from monitor.config import HOUSE, Config
from monitor.reports.words.alarm_words import PRIORITIES
from monitor.service.house import NAME
from monitor.web import ids
from monitor.web.components import page_title, text_input
from monitor.web.questions import NONE

SPANS = (("today", "Today"), ("1", "24 hours"), ("7", "7 days"), ("30", "30 days"), ("all", "All"))
"""Days back from now; the script counts today by the browser's clock."""
KINDS = (("", "All kinds"), ("physiological", "Physiological"), ("technical", "Technical"))
ANSWERS = (("", "Any"), ("yes", "Unanswered only"))
SAFE = "Nothing is changed by this: limits in force and the record stay as they are."
LEFT_OUT = (
    "Only measured values are played again. Alarms of devices, of symptoms and of overdue readings are not counted, "
    "and limits that were changed for a session count as the profile’s."
)
SEVERE = (
    "A severe episode: a value beyond the profile’s severe limit for at least 10 s, or one cuff reading. It is missed "
    "when no alarm of that side was on or came before its end."
)

Options = Iterable[tuple[str, str]]


def alarms_page(config: Config) -> html.Main:
    """The page ``/alarms``."""
    return html.Main(
        [
            _head(),
            _filter(config),
            html.Div([_log()], role="tabpanel", **{"data-panel": "log"}),
            html.Div([_what_if(config)], role="tabpanel", hidden=True, **{"data-panel": "what-if"}),
            dcc.Store(id=ids.ALARM_LOG_REQUEST),
            dcc.Store(id=ids.WHAT_IF_REQUEST),
        ],
        className="alarms-page",
        **{"data-path": "/alarms", "data-alarms-page": ""},
    )


def _head() -> html.Div:
    tabs = [_tab("log", "Log and statistics", chosen=True), _tab("what-if", "What if", chosen=False)]
    return html.Div(
        [
            page_title("Alarms"),
            html.Div(tabs, className="page-tabs", role="tablist"),
            html.Span(className="grow"),
            html.Output(className="muted", **{"data-log-says": "", "aria-live": "polite"}),
            html.Button("Refresh", type="button", className="btn", **{"data-refresh": ""}),
        ],
        className="bar alarms-bar",
    )


def _tab(name: str, label: str, *, chosen: bool) -> html.Button:
    marks = {"aria-selected": str(chosen).lower(), "data-tab": name}
    return html.Button(label, type="button", role="tab", className="page-tab", **marks)


def _filter(config: Config) -> html.Form:
    rooms = [("", "All rooms"), *((room.id, room.name) for room in config.rooms), (HOUSE, NAME)]
    priorities = [("", "All priorities"), *((key, f"{sign} {word}") for key, (sign, word) in PRIORITIES.items())]
    fields = [
        _choice("Time", "span", SPANS),
        _choice("Room", "room", rooms),
        _labelled("Patient code", text_input("patient", longest=32)),
    ]
    of_alarms = [
        _choice("Alarm", "condition", [("", "All alarms"), *_conditions(config)]),
        _choice("Priority", "priority", priorities),
        _choice("Kind", "kind", KINDS),
        _choice("Answer", "unanswered", ANSWERS),
    ]
    fields.append(html.Div(of_alarms, className="of-alarms", **{"data-panel": "log"}))
    return html.Form(fields, className="alarm-filter", **{"data-alarm-filter": "", "aria-label": "Which alarms"})


def _conditions(config: Config) -> Iterator[tuple[str, str]]:
    """What can be asked for: a metric or a side of it, symptoms, what is overdue, devices by name."""
    for metric in dict.fromkeys(metric for protocol in config.protocols.values() for metric in protocol.limits):
        yield metric, METRICS[metric].label
        sides = {side for protocol in config.protocols.values() for side in Side if _side(protocol, metric, side)}
        yield from ((f"{metric}.{side}", f"{METRICS[metric].label} {side}") for side in Side if side in sides)
    yield "symptom", "Any symptom"
    yield from ((symptom.condition, symptom.label) for symptom in Symptom)
    yield "overdue", "Overdue"
    names = dict.fromkeys(device.name for room in config.rooms for device in room.devices)
    yield from ((name, name.capitalize()) for name in names)


def _choice(label: str, name: str, options: Options) -> html.Label:
    return _labelled(label, _select(name, options))


def _labelled(label: str, control: Any) -> html.Label:
    return html.Label([html.Span(label, className="label"), control], className="field")


def _select(name: str, options: Options, **attributes: str) -> html.Select:
    listed = [html.Option(text, value=value) for value, text in options]
    return html.Select(listed, name=name, className="btn", **attributes)


def _log() -> html.Div:
    return html.Div(
        [
            html.Div(id=ids.ALARM_FIGURES, className="figures-row"),
            html.Div(id=ids.ALARM_LOG, className="card log-card"),
        ],
        className="column",
    )


# ---- what if


def _what_if(config: Config) -> html.Div:
    form = html.Form(
        [
            html.Div([_limits_card(config), _sessions_card()], className="what-if-grid"),
            html.Div(
                [
                    html.Span(SAFE, className="safe"),
                    html.Output(**{"data-what-if-says": "", "aria-live": "polite"}),
                    html.Button("Try these limits", type="submit", className="btn primary"),
                ],
                className="what-if-bar",
            ),
        ],
        noValidate="noValidate",
        **{"data-what-if": ""},
    )
    notes = html.Div([html.P(SEVERE), html.P(LEFT_OUT)], className="sub notes")
    return html.Div([form, html.Div(id=ids.WHAT_IF_RESULT), notes], className="column")


def _sessions_card() -> html.Section:
    pick = [
        html.Button("All", type="button", className="btn", **{"data-choose": "true"}),
        html.Button("None", type="button", className="btn", **{"data-choose": "false"}),
    ]
    head = html.Div([html.H2("Sessions to play again"), html.Span(className="grow"), *pick], className="card-head")
    return html.Section([head, html.Div(id=ids.WHAT_IF_SESSIONS)], className="card pad")


def _limits_card(config: Config) -> html.Section:
    heads = ("Limit", "As it is", "Other limit", "Delay, s", "Area", "Severe")
    sides = dict.fromkeys(
        (metric, side)
        for protocol in config.protocols.values()
        for metric in protocol.limits
        for side in Side
        if _side(protocol, metric, side)
    )
    rows = [_limit_row(config, metric, side) for metric, side in sides]
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in heads]))
    hint = html.P("Leave empty what stays as it is. An area takes the place of a delay.", className="sub")
    return html.Section(
        [html.H2("Other limits"), html.Table([head, html.Tbody(rows)], className="log-table try-table"), hint],
        className="card pad",
    )


def _limit_row(config: Config, metric: Metric, side: Side) -> html.Tr:
    info, key = METRICS[metric], f"{metric}.{side}"
    label = f"{info.label} {side}"
    present = [given for protocol in config.protocols.values() if (given := _side(protocol, metric, side))]
    areas = [("", "as it is"), (NONE, "none"), *((f"{area:g}", f"{area:g} {info.unit}·s") for area in AREAS)]
    streamed = not info.episodic
    severe = any(given.severe_limit(side) is not None for given in present)
    return html.Tr(
        [
            html.Th([label, " ", html.Span(info.unit, className="sub")], scope="row"),
            html.Td(_as_it_is(config, metric, side), className="sub"),
            html.Td(_typed(f"{label}, limit", key)),
            html.Td(_typed(f"{label}, delay in seconds", f"{key}.delay") if streamed else ""),
            html.Td(
                _tried(_select(f"{key}.area", areas, **{"aria-label": f"{label}, area"}), f"{key}.area")
                if streamed
                else ""
            ),
            html.Td(_typed(f"{label}, severe limit", f"{key}.severe") if severe else ""),
        ]
    )


def _typed(label: str, key: str) -> html.Div:
    return _tried(html.Label([html.Span(label, className="unseen"), text_input(key, number=True, longest=8)]), key)


def _tried(control: Any, key: str) -> html.Div:
    return html.Div([control, html.Span(className="problem", role="alert", **{"data-problem": key})], className="field")


def _side(protocol: Protocol, metric: Metric, side: Side) -> SideLimit | None:
    return protocol.limits.get(metric, MetricLimits()).side(side)


def _as_it_is(config: Config, metric: Metric, side: Side) -> Any:
    """The limit in words; where protocols differ, those of each."""
    words: dict[str, list[str]] = {}
    for protocol in config.protocols.values():
        given = _side(protocol, metric, side)
        words.setdefault("no alarm" if given is None else _limit_words(given, side), []).append(protocol.title)
    if len(words) == 1:
        return next(iter(words))
    return [html.Div(f"{', '.join(titles)}: {text}") for text, titles in words.items()]


def _limit_words(given: SideLimit, side: Side) -> str:
    sign = given.comparator or ("<" if side is Side.LOW else ">")
    text = f"{sign} {given.limit:g}"
    if given.area is not None:
        text += f", area {given.area:g}"
    elif given.delay_s:
        text += f" for {given.delay_s:g} s"
    severe = given.severe_limit(side)
    return text if severe is None else f"{text}; severe {severe:g}"
