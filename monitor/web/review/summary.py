"""The figures of a session as lines, each with the place in the chart that it tells of."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from devices.readings import METRICS, SECOND, Metric, Micros
from monitor.clinic.alarms.episodes import episodes as alarms_of
from monitor.clinic.events import PressureReading
from monitor.clinic.figures.pressure import baseline_readings, percent_of_baseline
from monitor.clinic.figures.saturation import BELOW
from monitor.clinic.figures.summary import Figures
from monitor.clinic.happened import whole_minutes
from monitor.clinic.priority import Priority
from monitor.clinic.treatment.episodes import Course
from monitor.reports.clinic_time import clock
from monitor.reports.session_record import SessionRecord
from monitor.reports.words.alarm_words import count_words, seconds_words
from monitor.reports.words.treatment_lines import EPISODES

AROUND: Micros = 150 * SECOND
"""So much before and after a moment is shown with it."""


class Place(msgspec.Struct, frozen=True):
    """A stretch of the chart, and the moment in it that is marked; times in microseconds."""

    start: Micros
    end: Micros
    at: Micros | None = None


class Line(msgspec.Struct, frozen=True):
    """A figure in words, and its place where it has one."""

    name: str
    text: str
    place: Place | None = None


def around(at: Micros) -> Place:
    """A moment with what is around it."""
    return Place(at - AROUND, at + AROUND, at)


def stretch(start: Micros, end: Micros, at: Micros | None = None) -> Place:
    """A stretch with a little before and after it."""
    margin = max((end - start) // 12, 10 * SECOND)
    return Place(start - margin, end + margin, start if at is None else at)


def figure_lines(found: SessionRecord) -> list[Line]:
    """All figures of a session, in the order of docs/figures.md; none of one whose beginning is damaged."""
    figures = found.figures
    if figures is None:
        return []
    return [
        *_dose(found, figures),
        *_pressure(found, figures),
        *_saturation(found, figures),
        *_outside(found, figures),
        *_effects(found, figures),
        *_alarms(found, figures),
        *_end(found, figures),
    ]


def _from_dose(figures: Figures, at: Micros) -> str:
    minutes = figures.minutes_from_dose(at)
    return clock(at) if minutes is None else f"{clock(at)}, {whole_minutes(minutes):+d} min"


def _dose(found: SessionRecord, figures: Figures) -> Iterator[Line]:
    dose = figures.dose
    if dose.given_mg is None or dose.began_at is None:
        yield Line("Dose", f"none of {dose.planned_mg:g} mg" if dose.planned_mg else "none")
        return
    place = stretch(dose.began_at, dose.ended_at or found.end)
    yield Line("Dose", f"{dose.given_mg:g} mg of {dose.planned_mg:g} mg planned", place)
    until = "goes on" if dose.ended_at is None else clock(dose.ended_at)
    yield Line("Given", f"{clock(dose.began_at)} – {until}", place)


def _pressure(found: SessionRecord, figures: Figures) -> Iterator[Line]:
    pressure = figures.pressure
    before = () if found.session is None else baseline_readings(found.session)
    if pressure.baseline_sys is not None and pressure.baseline_dia is not None:
        place = around(before[-1].measured_at) if before else None
        yield Line("Baseline", f"{pressure.baseline_sys:.0f}/{pressure.baseline_dia:.0f} mmHg", place)
    highest = pressure.highest_sys
    if highest is not None:
        at = highest.measured_at
        share = percent_of_baseline(highest.sys, pressure.baseline_sys)
        words = f"{_reading(highest)} at {_from_dose(figures, at)}" + ("" if share is None else f", {share} %")
        yield Line("Peak pressure", words, around(at))
    if pressure.highest_dia is not None and pressure.highest_dia is not highest:
        at = pressure.highest_dia.measured_at
        yield Line("Highest diastolic", f"{_reading(pressure.highest_dia)} at {_from_dose(figures, at)}", around(at))
    if pressure.rise_sys is not None and pressure.rise_dia is not None and highest is not None:
        rise = f"{pressure.rise_sys:+.0f} / {pressure.rise_dia:+.0f} mmHg"
        yield Line("Rise from baseline", rise, around(highest.measured_at))


def _reading(reading: PressureReading) -> str:
    return f"{reading.sys:.0f}/{reading.dia:.0f}"


def _saturation(found: SessionRecord, figures: Figures) -> Iterator[Line]:
    saturation = figures.saturation
    if saturation.lowest is None or saturation.lowest_at is None:
        yield Line("Lowest SpO₂", "no value")
    else:
        at = saturation.lowest_at
        at_most, at_least = found.at_most_least(Metric.SPO2)
        words = f"{at_most}{saturation.lowest:g} % for {seconds_words(saturation.lowest_s)} at {clock(at)}"
        yield Line("Lowest SpO₂", words, around(at))
        for limit in BELOW:
            first = saturation.first_below.get(limit)
            place = None if first is None else around(first)
            yield Line(f"Below {limit} %", at_least + seconds_words(saturation.below_s[limit]), place)
        whole = Place(found.start, found.end)
        yield Line("SpO₂ known for", seconds_words(saturation.seen_s), whole)
    if saturation.doubtful_s:
        yield Line("SpO₂ questioned", f"{seconds_words(saturation.doubtful_s)}, left out", _questioned(found))


def _questioned(found: SessionRecord) -> Place | None:
    curve = found.curves()[Metric.SPO2]
    at = curve.at[curve.doubtful & (curve.at >= (found.figures.dose.began_at or 0) if found.figures else True)]
    return around(int(at[0])) if len(at) else None


def _outside(found: SessionRecord, figures: Figures) -> Iterator[Line]:
    alarms = alarms_of(found.events)
    for metric, seconds in figures.outside_s.items():
        first = next((each.raised for each in alarms if each.raised.condition.startswith(f"{metric}.")), None)
        place = None if first is None or not seconds else around(first.since)
        _, at_least = found.at_most_least(metric)
        yield Line(f"{METRICS[metric].label} beyond limits", at_least + seconds_words(seconds), place)
    if figures.readings_outside is not None:
        words = f"{figures.readings_outside} of {count_words(figures.pressure.readings, 'reading')}"
        yield Line("NIBP beyond limits", words)


def _effects(found: SessionRecord, figures: Figures) -> Iterator[Line]:
    for effect, course in figures.effects.items():
        yield Line(EPISODES[effect], _course(course), _course_place(course, found.end))


def _course(course: Course) -> str:
    if course.onset_at is None:
        return "none" if course.assessed else "not assessed"
    return f"{clock(course.onset_at)} – {'goes on' if course.resolved_at is None else clock(course.resolved_at)}"


def _course_place(course: Course, end: Micros) -> Place | None:
    return None if course.onset_at is None else stretch(course.onset_at, course.resolved_at or end)


def _alarms(found: SessionRecord, figures: Figures) -> Iterator[Line]:
    alarms, raised = figures.alarms, alarms_of(found.events)
    counts = [f"{alarms.count[priority]} {priority}" for priority in Priority if alarms.count.get(priority)]
    place = stretch(raised[0].raised.onset, max(each.raised.onset for each in raised)) if raised else None
    yield Line("Alarms", " · ".join(counts) or "none", place)
    if alarms.median_s is not None:
        slowest = max(raised, key=lambda each: each.seconds_to_acknowledge or 0)
        words = f"median {seconds_words(alarms.median_s)}, longest {seconds_words(alarms.longest_s)}"
        yield Line("Answered after", words, around(slowest.raised.onset))
    if alarms.unanswered:
        first = next(each for each in raised if each.acknowledged is None)
        yield Line("Never answered", count_words(alarms.unanswered, "alarm"), around(first.raised.onset))


def _end(found: SessionRecord, figures: Figures) -> Iterator[Line]:
    reached = (("Stable", figures.stable_at), ("Clinically ready", figures.ready_at))
    for name, at in reached:
        yield Line(name, "–", None) if at is None else Line(name, _from_dose(figures, at), around(at))
    if figures.observed_min is not None and figures.dose.began_at is not None:
        yield Line("Observed", seconds_words(figures.observed_min * 60), stretch(figures.dose.began_at, found.end))
    if figures.ended_at is not None:
        yield Line("Ended", _from_dose(figures, figures.ended_at), around(figures.ended_at))
