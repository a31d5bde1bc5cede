"""The dialog of assessments: one tap on a value records it; a scale with several items is filled and saved."""

from __future__ import annotations

from typing import Any

from dash import html

from monitor.clinic.treatment.scales import SCALES, Item, Scale, ScaleInfo
from monitor.config import Config, Room
from monitor.service.treatment_messages import RecordAssessment
from monitor.web.components import answer, close_button, command_form, dialog, field, submit, text_input, time_input
from monitor.web.markup import Input

MOST_TAPS = 11
"""A scale with more values than this is typed."""


def assess_dialog(config: Config, room: Room) -> html.Dialog:
    """All scales that a protocol of the clinic uses; the script shows those of the session's protocol."""
    scales = list(dict.fromkeys(scale for each in config.protocols.values() for scale in each.assessments))
    used = {scale: [p.id for p in config.protocols.values() if scale in p.assessments] for scale in scales}
    return dialog(
        "assess",
        "Assess {}",
        html.Div(
            [
                field("Time, empty for now", time_input("assessed_at"), "assessed_at"),
                answer(),
                html.Span(className="grow"),
                close_button("Close", focused=True),
            ],
            className="assess-head",
            **{"data-assess-head": ""},
        ),
        *(_scale(scale, SCALES[scale], used[scale], room) for scale in scales),
        class_name="wide assess",
        **{"data-answers": ""},
    )


def _scale(scale: Scale, info: ScaleInfo, protocols: list[str], room: Room) -> html.Section:
    taps = len(info.items) == 1 and info.highest - info.lowest < MOST_TAPS
    body = _taps(scale, info.items[0]) if taps else _filled(scale, info, room)
    return html.Section(
        [html.H3([info.label, " ", html.Span(className="sub", **{"data-result-of": scale})]), body],
        className="scale",
        **{"data-scale-of": scale, "data-protocols-of": " ".join(protocols)},
    )


def _taps(scale: Scale, item: Item) -> html.Div:
    buttons = [
        html.Button(
            [html.B(_value(scale, value)), html.Span(item.words.get(value, ""), className="sub")],
            type="button",
            className="btn tap",
            **{"data-assess": scale, "data-value": str(value)},
        )
        for value in _in_order(scale, item)
    ]
    return html.Div(buttons, className="taps")


def _in_order(scale: Scale, item: Item) -> list[int]:
    """The best first, where a scale has words; else as they count."""
    values = list(range(item.lowest, item.highest + 1))
    return values[::-1] if scale in (Scale.MOAAS, Scale.GAIT, Scale.IV_SITE, Scale.RASS) else values


def _value(scale: Scale, value: int) -> str:
    return f"{value:+d}" if scale is Scale.RASS and value else "S" if scale is Scale.POSS and not value else str(value)


def _filled(scale: Scale, info: ScaleInfo, room: Room) -> html.Form:
    rows = [_typed(item) if item.highest - item.lowest >= MOST_TAPS else _choices(item) for item in info.items]
    return command_form(
        RecordAssessment,
        {"room": room.id, "scale": scale},
        html.Div(rows, className="scale-items"),
        html.Div([html.B(**{"data-sum": ""}), answer(), submit(f"Save {info.label}")], className="actions"),
        className="filled",
        **{"data-stays": "", "data-times": "assessed_at"},
    )


def _typed(item: Item) -> html.Label:
    name = f"values.{item.id}"
    return field(f"{item.lowest} to {item.highest}", text_input(name, number=True, longest=3), name)


def _choices(item: Item) -> html.Fieldset:
    name = f"values.{item.id}"
    order = range(item.highest, item.lowest - 1, -1) if item.words else range(item.lowest, item.highest + 1)
    options: list[Any] = [
        html.Label(
            [
                Input(type="radio", name=name, value=str(value), **{"data-kind": "int"}),
                html.Span(item.words.get(value) or str(value)),
            ],
            className="option",
        )
        for value in order
    ]
    problem = html.Span(className="problem", role="alert", **{"data-problem": name})
    return html.Fieldset([html.Legend(item.label), *options, problem], className="options")
