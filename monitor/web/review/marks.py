"""What was given, found and raised, as marks: pressures, assessments, doses, alarms, numbered events."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from devices.readings import SECOND, Micros
from monitor.clinic.alarms.episodes import episodes
from monitor.clinic.events import AnyEvent, PressureReading, PressureTaken
from monitor.clinic.figures.pressure import is_artefact
from monitor.clinic.priority import Priority
from monitor.clinic.session import Session
from monitor.clinic.treatment.events import AssessmentRecorded
from monitor.clinic.treatment.scales import SCALES, Scale
from monitor.reports.session_record import SessionRecord
from monitor.web.review import paper
from monitor.web.review.paper import Lane, Part, Sheet, rows
from monitor.web.review.told import Told

CARETS = (("SYS", "triangle-down"), ("DIA", "triangle-up"))
PATTERNS = {Priority.HIGH: "solid", Priority.MEDIUM: "7px,2px", Priority.LOW: "3px,3px"}
LETTERS = {Priority.HIGH: "▲▲▲ High", Priority.MEDIUM: "▲▲ Med", Priority.LOW: "▲ Low"}
SHORTEST_SHARE = 1 / 250
"""What is over sooner is drawn that long, or nobody would see it."""
NEAR_SHARE = 1 / 42
"""Numbers nearer to each other than this share one mark."""


# ---- blood pressure


def pressures(session: Session, lane: str, sheet: Sheet) -> list[Part]:
    """Carets, the systolic one down and the diastolic one up, joined. Open: by hand; grey: an artefact."""
    readings = session.treatment.readings
    if not readings:
        return [paper.no_trace(lane)]
    grey = [is_artefact(each, session.treatment.artefacts) for each in readings]
    colours = [paper.ASIDE if each else paper.PRESSURE for each in grey]
    values = ([each.sys for each in readings], [each.dia for each in readings])
    return [
        *((lane, _joins(readings, colours, colour, sheet)) for colour in dict.fromkeys(colours)),
        *((lane, _carets(*caret, each, readings, colours, sheet)) for caret, each in zip(CARETS, values, strict=True)),
    ]


def _joins(readings: Sequence[PressureReading], colours: Sequence[str], colour: str, sheet: Sheet) -> dict[str, Any]:
    own = [each for each, its in zip(readings, colours, strict=True) if its == colour]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [x for each in own for x in (*sheet.xs((each.measured_at, each.measured_at)), None)],
        "y": [y for each in own for y in (each.sys, each.dia, None)],
        "line": {"color": colour, "width": 1},
    }


def _carets(
    name: str,
    symbol: str,
    values: Sequence[float],
    readings: Sequence[PressureReading],
    colours: Sequence[str],
    sheet: Sheet,
) -> dict[str, Any]:
    # What a person typed is told apart from what a device measured.
    symbols = [f"{symbol}-open" if isinstance(each, PressureTaken) else symbol for each in readings]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": sheet.xs([each.measured_at for each in readings]),
        "y": list(values),
        "marker": {"symbol": symbols, "size": 10, "color": list(colours)},
    }


def pressure_reach(session: Session, pulse: Sequence[float]) -> list[float]:
    """From where to where the lane of pressure and pulse reaches: further than usual where something lies beyond."""
    values = [value for each in session.treatment.readings for value in (each.sys, each.dia)] + list(pulse)
    return [min([40, *(value - 6 for value in values)]), max([180, *(value + 6 for value in values)])]


def baseline(found: SessionRecord, lane: str, sheet: Sheet) -> list[Part]:
    """The baseline that relative limits and rises refer to, dashed."""
    figures = found.figures
    if figures is None or figures.pressure.baseline_sys is None or figures.pressure.baseline_dia is None:
        return []
    values = (figures.pressure.baseline_sys, figures.pressure.baseline_dia)
    return [
        (
            lane,
            {
                "type": "scatter",
                "mode": "lines",
                "name": "baseline",
                "x": sheet.xs((found.start, found.end)),
                "y": [value, value],
                "line": {"color": paper.MUTED, "width": 1, "dash": "6px,4px"},
            },
        )
        for value in values
    ]


# ---- assessments


def assessment_lane(assessments: Sequence[AssessmentRecorded]) -> Lane | None:
    """A row a scale that was used; ``None`` when none was."""
    scales = scales_used(assessments)
    return rows("assessments", [short_label(scale) for scale in scales], 20) if scales else None


def scales_used(assessments: Sequence[AssessmentRecorded]) -> list[Scale]:
    """The scales in the order in which the clinic lists them."""
    used = {each.scale for each in assessments}
    return [scale for scale in SCALES if scale in used]


def short_label(scale: Scale) -> str:
    """The name of a scale without what is in brackets."""
    return SCALES[scale].label.split(",")[0].split(" (")[0]


def assessed(assessments: Sequence[AssessmentRecorded], sheet: Sheet) -> list[Part]:
    """The results, each in the row of its scale."""
    place = {scale: -number for number, scale in enumerate(scales_used(assessments))}
    marks = {
        "type": "scatter",
        "mode": "markers+text",
        "x": sheet.xs([each.given_at for each in assessments]),
        "y": [place[each.scale] for each in assessments],
        "text": [str(each.result) for each in assessments],
        "textfont": {"size": 12, "color": paper.TEXT},
        "marker": {"symbol": "square", "size": 17, "color": "#fff", "line": {"color": paper.ASIDE, "width": 1}},
    }
    return [("assessments", marks)]


# ---- alarms


class AlarmSpan(msgspec.Struct, frozen=True):
    """An alarm from its onset until it was over, and its number in the list."""

    start: Micros
    end: Micros
    text: str
    priority: Priority


def alarm_spans(events: Sequence[AnyEvent], end: Micros) -> list[AlarmSpan]:
    """The alarms of a session that reaches to ``end``."""
    return [
        AlarmSpan(each.raised.onset, each.raised.onset + max(each.lasted(end), 0), each.raised.text, priority)
        for each in episodes(events)
        for priority in [each.raised.priority]
    ]


def alarm_lane(spans: Sequence[AlarmSpan]) -> Lane | None:
    """A row a priority that occurred; ``None`` without an alarm."""
    used = _priorities(spans)
    return rows("alarms", [LETTERS[priority] for priority in used], 18) if used else None


def _priorities(spans: Sequence[AlarmSpan]) -> list[Priority]:
    used = {span.priority for span in spans}
    return [priority for priority in LETTERS if priority in used]


def alarms(spans: Sequence[AlarmSpan], sheet: Sheet) -> Iterator[Part]:
    """The alarms as bars; the priority is told by row, colour and pattern."""
    shortest = max(round(sheet.shown * SHORTEST_SHARE), SECOND)
    for row, priority in enumerate(_priorities(spans)):
        own = [span for span in spans if span.priority is priority]
        ends = [max(span.end, span.start + shortest) for span in own]
        yield (
            "alarms",
            {
                "type": "scatter",
                "mode": "lines",
                "name": f"{priority} alarms",
                "x": [x for span, end in zip(own, ends, strict=True) for x in (*sheet.xs((span.start, end)), None)],
                "y": [y for _ in own for y in (-row, -row, None)],
                "line": {"color": paper.PRIORITY_COLOURS[priority], "width": 11, "dash": PATTERNS[priority]},
            },
        )


# ---- numbered events


def numbers(entries: Sequence[Told], sheet: Sheet) -> list[Part]:
    """The marks of the list beside the chart; what lies close together shares one, such as 7+."""
    near = round(sheet.shown * NEAR_SHARE)
    groups: list[list[Told]] = []
    for entry in entries:
        if entry.number is None:
            continue
        if groups and entry.at - groups[-1][0].at < near:
            groups[-1].append(entry)
        else:
            groups.append([entry])
    if not groups:
        return [paper.no_trace("events")]
    marks = {
        "type": "scatter",
        "mode": "markers+text",
        "name": "events",
        "x": sheet.xs([group[0].at for group in groups]),
        "y": [0] * len(groups),
        "text": [_numbers(group) for group in groups],
        "textfont": {"size": [11 if len(group) == 1 else 10 for group in groups], "color": "#fff"},
        "marker": {"size": [19 if len(group) == 1 else 24 for group in groups], "color": paper.DOSE, "opacity": 1},
        "cliponaxis": False,
    }
    return [("events", marks)]


def _numbers(group: Sequence[Told]) -> str:
    return f"{group[0].number}" if len(group) == 1 else f"{group[0].number}+"
