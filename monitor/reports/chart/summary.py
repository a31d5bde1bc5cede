"""The figures of a session in words; what each means stands in ``docs/figures.md``."""

from __future__ import annotations

from collections.abc import Iterator

from devices.readings import METRICS, Metric, Micros
from monitor.clinic.events import PressureReading
from monitor.clinic.figures.pressure import PressureFigures, percent_of_baseline
from monitor.clinic.figures.saturation import BELOW, SaturationFigures
from monitor.clinic.figures.summary import AlarmFigures, Figures
from monitor.clinic.happened import whole_minutes
from monitor.clinic.priority import Priority
from monitor.clinic.treatment.episodes import Course
from monitor.clinic.treatment.events import Episode
from monitor.reports.clinic_time import moment
from monitor.reports.session_record import SessionRecord
from monitor.reports.words.alarm_words import count_words, seconds_words
from monitor.reports.words.timeline import ENDS
from monitor.reports.words.treatment_lines import EPISODES

NONE = "–"
Fact = tuple[str, str]


def facts(found: SessionRecord, figures: Figures) -> list[Fact]:
    """Label and text of every figure."""
    return list(_Words(found, figures).all())


class _Words:
    def __init__(self, found: SessionRecord, figures: Figures) -> None:
        self._found = found
        self._figures = figures

    def all(self) -> Iterator[Fact]:
        """Every figure, the most asked for first."""
        yield from self._dose()
        yield from self._pressure(self._figures.pressure)
        yield from self._saturation(self._figures.saturation)
        yield from self._outside()
        for episode, course in self._figures.effects.items():
            yield EPISODES[Episode(episode)], self._course(course)
        yield from self._alarms(self._figures.alarms)
        yield from self._end()

    def _when(self, at: Micros | None) -> str:
        """Time of day, and the minutes from the first dose."""
        if at is None:
            return NONE
        minutes = self._figures.minutes_from_dose(at)
        clock = moment(at, self._found.start)
        return clock if minutes is None else f"{clock} ({whole_minutes(minutes):+d} min)"

    def _dose(self) -> Iterator[Fact]:
        dose = self._figures.dose
        given = "nothing given" if dose.given_mg is None else f"{dose.given_mg:g} mg given"
        yield "Dose", f"{given}, {dose.planned_mg:g} mg planned" if dose.planned_mg else given
        if dose.began_at is not None:
            until = "goes on" if dose.ended_at is None else f"until {self._when(dose.ended_at)}"
            yield "First dose", f"{moment(dose.began_at, self._found.start)}, {until}"

    def _pressure(self, pressure: PressureFigures) -> Iterator[Fact]:
        base = (pressure.baseline_sys, pressure.baseline_dia)
        yield "Baseline", NONE if None in base else f"{_pair(*base)} mmHg"
        yield "Peak pressure", self._peak(pressure.highest_sys, pressure.baseline_sys, systolic=True)
        yield "Peak diastolic", self._peak(pressure.highest_dia, pressure.baseline_dia, systolic=False)
        rises = (pressure.rise_sys, pressure.rise_dia)
        yield "Rise", NONE if None in rises else f"{_pair(*rises, sign='+')} mmHg"
        outside = self._figures.readings_outside
        beyond = "limits not known any more" if outside is None else f"{outside} beyond limits"
        yield "Pressures", f"{count_words(pressure.readings, 'reading')}, {beyond}"

    def _peak(self, reading: PressureReading | None, baseline: float | None, *, systolic: bool) -> str:
        if reading is None:
            return NONE
        percent = percent_of_baseline(reading.sys if systolic else reading.dia, baseline)
        share = "" if percent is None else f", {percent} % of baseline"
        return f"{_pair(reading.sys, reading.dia)} at {self._when(reading.measured_at)}{share}"

    def _saturation(self, found: SaturationFigures) -> Iterator[Fact]:
        if found.lowest is None:
            yield "Lowest SpO₂", NONE
        else:
            lasted = seconds_words(found.lowest_s)
            at_most, at_least = self._found.at_most_least(Metric.SPO2)
            yield "Lowest SpO₂", f"{at_most}{found.lowest:g} % at {self._when(found.lowest_at)}, for {lasted}"
            for limit in BELOW:
                first = found.first_below.get(limit)
                since = "" if first is None else f", first {self._when(first)}"
                yield f"Below {limit} %", at_least + seconds_words(found.below_s.get(limit, 0.0)) + since
        yield "SpO₂ known for", seconds_words(found.seen_s)
        yield "SpO₂ in doubt", f"{seconds_words(found.doubtful_s)}, left out"

    def _outside(self) -> Iterator[Fact]:
        outside = self._figures.outside_s
        parts = [
            f"{METRICS[each].label} {self._found.at_most_least(each)[1]}{seconds_words(outside[each])}"
            for each in Metric
            if each in outside
        ]
        yield "Beyond limits", ", ".join(parts) or NONE

    def _course(self, course: Course) -> str:
        by = f", set by {course.set_by}" if course.set_by else ""
        if not course.assessed:
            return "not assessed"
        if course.onset_at is None:
            return f"none{by}"
        over = "not over" if course.resolved_at is None else f"to {self._when(course.resolved_at)}"
        return f"from {self._when(course.onset_at)} {over}{by}"

    def _alarms(self, alarms: AlarmFigures) -> Iterator[Fact]:
        yield "Alarms", " · ".join(f"{alarms.count.get(each, 0)} {each}" for each in Priority)
        if alarms.median_s is not None:
            answered = f"median {seconds_words(alarms.median_s)}, longest {seconds_words(alarms.longest_s)}"
            yield "Answered after", answered
        yield "Unanswered", f"{alarms.unanswered}"

    def _end(self) -> Iterator[Fact]:
        figures, found = self._figures, self._found
        yield "Stable", self._when(figures.stable_at)
        yield "Clinically ready", self._when(figures.ready_at)
        if figures.observed_min is not None:
            yield "Observed", f"{whole_minutes(figures.observed_min)} min from the first dose"
        ended = "goes on" if found.session is None or figures.ended_at is None else ENDS[found.session.phase]
        yield "End", ended if figures.ended_at is None else f"{ended}, {self._when(figures.ended_at)}"


def _pair(sys: float | None, dia: float | None, sign: str = "") -> str:
    return f"{sys:{sign}.0f}/{dia:{sign}.0f}"
