"""The review chart of a session as a Plotly figure in plain dictionaries, after the paper anaesthesia record.

Plotly's own hovering is off: the script of the page reads every lane at one time, and puts what people typed into the
page as text. What it needs for that is in the figure's ``meta``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from devices.readings import SECOND, Metric, Micros
from monitor.clinic.events import PhaseEntered, PressureTaken
from monitor.clinic.figures.curves import NOTHING
from monitor.clinic.figures.pressure import is_artefact, percent_of_baseline
from monitor.clinic.treatment.episodes import standing
from monitor.clinic.treatment.scales import SCALES
from monitor.record.series import WaveSeries
from monitor.reports.session_record import SessionRecord
from monitor.web.review import curves, doses, marks, paper
from monitor.web.review.paper import Lane, Part, Sheet, layout_of, sheet_of
from monitor.web.review.shades import dosing_span, lost_spans, shades
from monitor.web.review.told import Told

WAVE_SPAN: Micros = 60 * SECOND
"""With so much time or less in view, the pleth is shown whole."""
BREATHS_TOP = 32.0
LOWEST_SPO2 = 80.0
LONGEST_READ = 90
"""So much of an entry is read out beside the chart; the list has all of it."""


def figure(
    found: SessionRecord,
    entries: Sequence[Told],
    view: tuple[Micros, Micros] | None = None,
    wave: WaveSeries | None = None,
    run: int = 0,
) -> dict[str, Any]:
    """The figure. ``entries`` are the numbered ones of the list; ``view`` the stretch that is looked at, without it the
    whole session; ``wave`` the pleth there; ``run`` says which question it answers.
    """
    sheet = sheet_of(found, view)
    if found.session is None:
        return {"data": [], "layout": {**paper.LOOK, "height": 80, "meta": _meta(found, entries, sheet, run)}}
    assessments = standing(found.session.treatment.assessments)
    spans = marks.alarm_spans(found.events, found.end)
    lanes = _lanes(found, with_wave=wave is not None)
    optional = (marks.assessment_lane(assessments), marks.alarm_lane(spans))
    lanes += [each for each in optional if each is not None] + [_EVENTS]
    layout, axes = layout_of(lanes, sheet)
    parts = [
        *doses.given(found, sheet),
        *_measured(found, wave, sheet),
        *(marks.assessed(assessments, sheet) if assessments else []),
        *marks.alarms(spans, sheet),
        *marks.numbers(entries, sheet),
    ]
    shapes, words = shades(found, axes, sheet)
    layout |= {
        "shapes": shapes,
        "annotations": layout["annotations"] + words,
        "meta": _meta(found, entries, sheet, run),
    }
    return {"data": [{**trace, "yaxis": axes[lane]} for lane, trace in parts], "layout": layout}


def _lanes(found: SessionRecord, *, with_wave: bool) -> list[Lane]:
    assert found.session is not None  # noqa: S101 - a session without its beginning is not drawn
    all_curves = found.curves()
    saturation, pulse = all_curves.get(Metric.SPO2, NOTHING).value, all_curves.get(Metric.PR, NOTHING).value
    lowest = min(LOWEST_SPO2, float(saturation.min()) - 2) if len(saturation) else LOWEST_SPO2
    reach = marks.pressure_reach(found.session, [float(pulse.min()), float(pulse.max())] if len(pulse) else [])
    lanes = [doses.dose_lane(found.events)]
    lanes.append(Lane("spo2", 118, {"range": [lowest, 101], "dtick": 10, "tick0": 0}, "SpO₂ %", paper.SPO2))
    if with_wave:
        nothing = {"range": [-0.05, 1.05], "showgrid": False, "showticklabels": False}
        lanes.append(Lane("pleth", 110, nothing, "Pleth", paper.SPO2))
    lanes.append(
        Lane("pressure", 236, {"range": reach, "dtick": 20, "tick0": 0}, "NIBP mmHg ▾▴ · PR /min ●", paper.TEXT)
    )
    if Metric.RR in found.series:
        breaths = found.series[Metric.RR].curve().value
        highest = max(BREATHS_TOP, float(breaths.max()) + 2) if len(breaths) else BREATHS_TOP
        axis = {"range": [0, highest], "dtick": 10 if highest < 60 else 20, "tick0": 0}
        lanes.append(Lane("breaths", 60, axis, "RR /min", paper.BREATHS))
    return lanes


_EVENTS = Lane("events", 28, {"range": [-1, 1], "showgrid": False, "tickvals": [0], "ticktext": ["Events"]})


def _measured(found: SessionRecord, wave: WaveSeries | None, sheet: Sheet) -> list[Part]:
    assert found.session is not None  # noqa: S101 - a session without its beginning is not drawn
    artefacts, series = found.session.treatment.artefacts, found.series
    looks: dict[Metric, tuple[str, dict[str, Any]]] = {
        Metric.SPO2: ("spo2", {"color": paper.SPO2, "width": 1.4}),
        Metric.PR: ("pressure", {"color": "#86bd96", "width": 1}),
    }
    if Metric.RR in series:
        looks[Metric.RR] = ("breaths", {"color": paper.BREATHS, "width": 1.4})
    parts = marks.baseline(found, "pressure", sheet)
    for metric, (lane, line) in looks.items():
        parts += curves.curve(series.get(metric), metric, artefacts, lane, line, sheet)
    parts += curves.pulse_dots(found, "pressure", sheet) + marks.pressures(found.session, "pressure", sheet)
    return parts if wave is None else parts + curves.wave(wave, "pleth", sheet)


def _meta(found: SessionRecord, entries: Sequence[Told], sheet: Sheet, run: int) -> dict[str, Any]:
    """What the script reads: all times in milliseconds of the axis, everything typed as it was typed."""
    dosing = dosing_span(found)
    return {
        "run": run,
        "session": found.row.id,
        "offset_ms": sheet.offset_ms,
        "whole": sheet.xs(sheet.whole),
        "session_span": sheet.xs((found.start, found.end)),
        "dosing": None if dosing is None else sheet.xs(dosing),
        "goes_on": found.row.ended_us is None,
        "left_px": paper.LEFT_PX,
        "right_px": paper.RIGHT_PX,
        "bottom_px": paper.BOTTOM_PX,
        **({} if found.session is None else _read_by_time(found, entries, sheet)),
    }


def _read_by_time(found: SessionRecord, entries: Sequence[Told], sheet: Sheet) -> dict[str, Any]:
    assert found.session is not None  # noqa: S101 - a session without its beginning is not drawn
    treatment = found.session.treatment
    base = None if found.figures is None else found.figures.pressure.baseline_sys
    readings = [
        {
            "at": sheet.x(each.measured_at),
            "text": f"{each.sys:.0f}/{each.dia:.0f}",
            "percent": percent_of_baseline(each.sys, base),
            "by_hand": isinstance(each, PressureTaken),
            "artefact": is_artefact(each, treatment.artefacts),
        }
        for each in treatment.readings
    ]
    alarms = [
        {"from": sheet.x(each.start), "to": sheet.x(each.end), "text": each.text, "priority": each.priority}
        for each in marks.alarm_spans(found.events, found.end)
    ]
    artefacts = [
        {"from": sheet.x(each.start), "to": sheet.x(each.end), "text": each.reason, "metrics": each.metrics}
        for each in treatment.artefacts
    ]
    lost = [{"from": sheet.x(span[0]), "to": sheet.x(span[1]), "metric": metric} for metric, span in lost_spans(found)]
    assessed = [
        {"at": sheet.x(each.given_at), "label": SCALES[each.scale].label, "result": each.result}
        for each in standing(treatment.assessments)
    ]
    phases = [{"at": sheet.x(each.at), "name": each.phase} for each in found.events if isinstance(each, PhaseEntered)]
    bars = [
        {"from": sheet.x(each.start), "to": sheet.x(each.end), "text": each.text} for each in doses.infusion_bars(found)
    ]
    events = [
        {"at": sheet.x(each.at), "number": each.number, "text": f"{each.line.strong}{each.line.rest}"[:LONGEST_READ]}
        for each in entries
        if each.number is not None and each.line is not None
    ]
    return {
        "readings": readings,
        "bars": bars,
        "events": events,
        "alarms": alarms,
        "artefacts": artefacts,
        "lost": lost,
        "assessments": assessed,
        "phases": [{"at": sheet.x(found.start), "name": "baseline"}, *phases],
    }
