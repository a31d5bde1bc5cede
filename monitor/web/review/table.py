"""The session in even steps of time, under the chart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from dash import html

from devices.readings import METRICS, MINUTE, Metric, Micros
from monitor.clinic.events import PressureReading, PressureTaken
from monitor.clinic.figures.pressure import is_artefact, percent_of_baseline
from monitor.clinic.figures.table import STEPS_MIN, Step, steps
from monitor.clinic.happened import told_late
from monitor.clinic.treatment.events import AssessmentRecorded
from monitor.clinic.treatment.scales import Scale
from monitor.reports.clinic_time import clock
from monitor.reports.session_record import SessionRecord
from monitor.reports.words.alarm_words import count_words
from monitor.web.alarm_tables import table
from monitor.web.review.marks import scales_used, short_label
from monitor.web.review.shades import lost_spans
from monitor.web.review.summary import Place

STREAMED = (Metric.SPO2, Metric.PR, Metric.RR)
MOST_ROWS = 600
"""More nobody reads, and a browser takes long to show them."""
LONGER_MIN = (60, 24 * 60)
"""Steps that nobody asks for: the table of a session that nobody ended takes them."""


def table_card(found: SessionRecord, minutes: int) -> html.Section:
    """The table in steps of so many minutes; in longer ones when it would have more than ``MOST_ROWS``. A script asks
    for another length.
    """
    asked, minutes = minutes, fitting_step(found.end - found.start, minutes)
    buttons = [
        html.Button(
            f"{each} min",
            type="button",
            className="btn small",
            **{"data-step": str(each), "aria-pressed": "true" if each == minutes else "false"},
        )
        for each in reversed(STEPS_MIN)
    ]
    says = html.Span("SpO₂: median (lowest). NIBP: reading, its time, percent of the baseline.", className="sub")
    heading = html.Div([html.H2("Every"), *buttons, says], className="review-steps")
    too_many = [] if minutes == asked else [html.P(_too_many(asked, minutes), className="sub")]
    parts = [heading, *too_many, _table(found, minutes)]
    return html.Section(parts, className="card pad review-table", **{"data-of": "chart"})


def fitting_step(lasted: Micros, minutes: int) -> int:
    """The step in minutes, or the next longer one with which a session of that length has few enough rows."""
    longer = [each for each in (*STEPS_MIN, *LONGER_MIN) if each >= minutes]
    # A session that begins within a step has a row more than it has steps.
    return next((each for each in longer if lasted // (each * MINUTE) + 2 <= MOST_ROWS), longer[-1])


def _too_many(asked: int, minutes: int) -> str:
    return (
        f"Every {count_words(asked, 'minute')} it would be more than {MOST_ROWS} lines: it is every {minutes} minutes."
    )


def _table(found: SessionRecord, minutes: int) -> html.Table:
    curves = {metric: curve for metric, curve in found.curves().items() if metric in STREAMED}
    assert found.session is not None  # noqa: S101 - a session without its beginning has no table
    treatment = found.session.treatment
    scales = scales_used(treatment.assessments)
    columns = [("Time", ""), ("Phase", ""), ("SpO₂ %", "num"), ("PR", "num")]
    columns += [("RR", "num")] if Metric.RR in curves else []
    columns += [("NIBP", "nibp"), *((short_label(scale), "num") for scale in scales)]
    span = (found.start, found.end)
    made = [
        _row(found, step, minutes, scales, has_rr=Metric.RR in curves)
        for step in steps(found.events, curves, treatment.readings, span, minutes)
    ]
    return table(columns, made, "review-rows", f"The session every {minutes} minutes")


def _row(found: SessionRecord, step: Step, minutes: int, scales: Sequence[Scale], *, has_rr: bool) -> html.Tr:
    place = msgspec.json.encode(Place(step.start, step.start + minutes * MINUTE)).decode()
    time = html.Button(clock(step.start), type="button", className="to-place", **{"data-zoom": place})
    return html.Tr(
        [
            html.Th(time, scope="row"),
            html.Td(str(step.phase)),
            html.Td(_middle(found, step, Metric.SPO2, minutes), className="num"),
            html.Td(_middle(found, step, Metric.PR, minutes), className="num"),
            *([html.Td(_middle(found, step, Metric.RR, minutes), className="num")] if has_rr else []),
            html.Td([_reading(found, each) for each in step.readings], className="nibp"),
            *(html.Td(_results(step, scale), className="num") for scale in scales),
        ]
    )


def _middle(found: SessionRecord, step: Step, metric: Metric, minutes: int) -> list[Any]:
    """The median, of the saturation also the lowest; what is missing from it is said."""
    middle = step.middles.get(metric)
    parts: list[Any] = ["–" if middle is None else f"{middle.median:g}"]
    if middle is not None and metric is Metric.SPO2:
        parts.append(f" ({middle.lowest:g})")
    span = (step.start, step.start + minutes * MINUTE)
    marks = () if found.session is None else found.session.treatment.artefacts
    if any(metric in each.metrics and _touch((each.start, each.end), span) for each in marks):
        parts.append(_chip("artefact", f"{METRICS[metric].label}: what was marked is left out"))
    if any(lost is metric and _touch(stretch, span) for lost, stretch in lost_spans(found)):
        parts.append(_chip("damaged", "A part of the record is damaged"))
    return parts


def _touch(one: tuple[Micros, Micros], other: tuple[Micros, Micros]) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _reading(found: SessionRecord, reading: PressureReading) -> html.Span:
    assert found.session is not None  # noqa: S101 - a session without its beginning has no table
    base = None if found.figures is None else found.figures.pressure.baseline_sys
    share = percent_of_baseline(reading.sys, base)
    artefact = is_artefact(reading, found.session.treatment.artefacts)
    value = f"{reading.sys:.0f}/{reading.dia:.0f}"
    parts: list[Any] = [
        html.Span(clock(reading.measured_at), className="sub"),
        html.S(value) if artefact else html.B(value),
        *([html.Span(f"{share} %", className="sub")] if share is not None and not artefact else []),
        *([_chip("artefact")] if artefact else []),
        *([_chip("by hand")] if isinstance(reading, PressureTaken) else []),
        *([_chip("late", f"told {clock(reading.at)}")] if told_late(reading) else []),
    ]
    return html.Span(parts, className="reading")


def _results(step: Step, scale: Scale) -> list[Any]:
    """All of a step by one scale, in the order of their time."""
    own = [each for each in step.assessments if each.scale is scale]
    return [part for place, each in enumerate(own) for part in ([", "] if place else []) + _result(each)]


def _result(assessed: AssessmentRecorded) -> list[Any]:
    late = [_chip("late", f"told {clock(assessed.at)}")] if told_late(assessed) else []
    return [html.Span(str(assessed.result), title=clock(assessed.given_at)), *late]


def _chip(text: str, title: str = "") -> html.Span:
    return html.Span(text, className="chip small", **({"title": title} if title else {}))
