"""The figures of compared sessions in words."""

from __future__ import annotations

from datetime import date

from devices.readings import MINUTE, Micros
from monitor.clinic.figures.comparison import Result
from monitor.clinic.figures.summary import Figures
from monitor.clinic.happened import whole_minutes
from monitor.clinic.priority import Priority
from monitor.clinic.treatment.episodes import Course
from monitor.clinic.treatment.scales import SCALES, Scale
from monitor.reports.clinic_time import day
from monitor.reports.comparing import Compared
from monitor.reports.words.alarm_words import PRIORITIES, seconds_words
from monitor.web.form_clock import day_words

NOTHING = "–"


def date_words(found: Compared, today: date) -> str:
    """The day of a session."""
    return day_words(day(found.row.opened_us), today)


def signed(value: float) -> str:
    """A difference in whole numbers: ``+26``, ``−3``."""
    return f"{value:+.0f}".replace("-", "\N{MINUS SIGN}")


def after_words(minutes: float | None) -> str:
    """When it was, from the first dose: ``+43 min``; a dash for never."""
    return NOTHING if minutes is None else f"{signed(whole_minutes(minutes))} min"


def at_words(figures: Figures, at: Micros | None) -> str:
    """The same of a moment; nothing where there is none."""
    minutes = figures.minutes_from_dose(at)
    return "" if minutes is None else f"at {after_words(minutes)}"


def dose_words(figures: Figures) -> str:
    """Milligrams given."""
    return NOTHING if figures.dose.given_mg is None else f"{figures.dose.given_mg:g} mg"


def planned_words(figures: Figures) -> str:
    """What was planned, where another dose was given; else nothing."""
    dose = figures.dose
    return "" if dose.given_mg == dose.planned_mg else f"{dose.planned_mg:g} mg planned"


def baseline_words(figures: Figures) -> str:
    """The pressure that rises count from."""
    sys, dia = figures.pressure.baseline_sys, figures.pressure.baseline_dia
    return NOTHING if sys is None or dia is None else f"{sys:.0f}/{dia:.0f}"


def peak_words(figures: Figures) -> str:
    """The reading with the highest systolic pressure after the dose."""
    peak = figures.pressure.highest_sys
    return NOTHING if peak is None else f"{peak.sys:.0f}/{peak.dia:.0f}"


def rise_words(figures: Figures) -> str:
    """Both rises over the baseline."""
    rises = (figures.pressure.rise_sys, figures.pressure.rise_dia)
    if rises == (None, None):
        return NOTHING
    return " / ".join(NOTHING if rise is None else signed(rise) for rise in rises)


def saturation_words(found: Compared, figures: Figures) -> str:
    """The lowest saturation after the dose."""
    lowest, (at_most, _) = figures.saturation.lowest, found.at_most_least
    return NOTHING if lowest is None else f"{at_most}{lowest:g} %"


def below_words(found: Compared, figures: Figures) -> str:
    """For how long the saturation was below 90 %."""
    if figures.saturation.lowest is None:
        return NOTHING
    _, at_least = found.at_most_least
    return at_least + seconds_words(figures.saturation.below_s[90])


def result_words(found: Result, scale: Scale) -> str:
    """An assessment: ``CADSS-6 11``."""
    return f"{SCALES[scale].label} {found.value}"


def effect_words(figures: Figures, course: Course) -> str:
    """How long an effect lasted."""
    if course.onset_at is None:
        return "none seen" if course.assessed else "not assessed"
    if course.resolved_at is None:
        return "end not seen" if figures.ended_at is not None else "goes on"
    return f"for {whole_minutes((course.resolved_at - course.onset_at) / MINUTE)} min"


def alarm_words(figures: Figures) -> str:
    """How many alarms there were of each priority."""
    counts = [(PRIORITIES[each][1].lower(), figures.alarms.count.get(each, 0)) for each in Priority]
    return ", ".join(f"{count} {word}" for word, count in counts if count) or "none"
