"""What sessions laid over each other show, and what is usual in the clinic, against reckonings by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.readings import MINUTE, SECOND, Metric
from monitor.clinic.events import AnyEvent, CuffMeasured, DoseStarted, PressureTaken
from monitor.clinic.figures.comparison import (
    JOINED_MIN,
    Pressure,
    Result,
    SessionCourse,
    session_course,
    stretches,
)
from monitor.clinic.figures.curves import NOTHING, Curve
from monitor.clinic.figures.distribution import (
    FEWEST,
    LAST_MIN,
    PERCENTS,
    Ended,
    distribution,
    ended_figures,
    line,
    spread,
)
from monitor.clinic.figures.table import lowest_by_minute
from monitor.clinic.session import Session, folded
from monitor.clinic.treatment.amending import as_amended
from monitor.clinic.treatment.events import Amended, ArtefactMarked, ReadinessReached
from monitor.clinic.treatment.scales import Scale
from tests.reports.courses import nasal
from tests.reports.scripted import DOSE, assessed, at, in_order, without


def session_of(events: Sequence[AnyEvent]) -> Session:
    session = folded(as_amended(in_order(events)))
    assert session is not None
    return session


def course_of(events: Sequence[AnyEvent], saturation: Curve = NOTHING) -> SessionCourse:
    course = session_course(session_of(events), saturation, at(200))
    assert course is not None
    return course


def number_of(events: Sequence[AnyEvent], kind: type[AnyEvent], measured_min: float) -> int:
    """The number of a reading once the events stand in the record."""
    told = [each for each in in_order(events) if isinstance(each, kind)]
    return next(each.seq for each in told if getattr(each, "measured_at", None) == at(measured_min))


# ---- a session's course


def test_a_course_counts_from_the_first_dose_and_rises_from_the_baseline() -> None:
    course = course_of(nasal("K-1", rise=22))
    assert [each.minute for each in course.pressures[:4]] == [-12, -6, 10, 20]
    assert course.pressures[0] == Pressure(-12, 128, 79, by_hand=False, rise_sys=0, rise_dia=0)
    highest = max(course.pressures, key=lambda each: each.sys)
    assert (highest.minute, highest.rise_sys) == (40, 22)
    assert [each.minute for each in course.pressures if each.by_hand] == [65]


def test_results_are_told_by_scale_and_of_two_for_one_moment_the_last_counts() -> None:
    told_again = assessed(40, Scale.CADSS6, 9, told=44)
    course = course_of([*nasal("K-1", cadss=11), told_again])
    assert course.results[Scale.CADSS6] == (Result(20, 8), Result(40, 9), Result(70, 2), Result(100, 0))
    assert course.highest(Scale.CADSS6) == Result(40, 9)
    assert course.lowest(Scale.MOAAS) == Result(15, 4), "what was assessed before the dose is no effect of it"
    assert course.highest(Scale.CADSS) is None


def test_what_was_marked_as_an_artefact_is_not_drawn() -> None:
    mark = ArtefactMarked(
        at=at(130),
        by="Dr. 1",
        start=at(39),
        end=at(41),
        metrics=(Metric.SYS, Metric.DIA),
        reason="moved",
        role="clinician",
    )
    course = course_of([*nasal("K-1"), mark])
    assert 40 not in [each.minute for each in course.pressures]
    ended = ended_figures(session_of([*nasal("K-1"), mark]))
    assert ended is not None
    assert ended.rise_sys == max(rise for minute, rise in ended.rises if minute > 0) < 22


def test_a_corrected_reading_is_drawn_as_it_should_have_been() -> None:
    events = nasal("K-1")
    fix = Amended(
        at=at(140),
        by="nurse 1",
        corrects=number_of(events, PressureTaken, 65),
        text="was 171",
        reason="misread",
        role="nurse",
        changes={"sys": 171.0},
    )
    by_hand = next(each for each in course_of([*events, fix]).pressures if each.by_hand)
    assert (by_hand.sys, by_hand.rise_sys) == (171, 43)
    ended = ended_figures(session_of([*events, fix]))
    assert ended is not None
    assert ended.rise_sys == 43


def test_without_a_reading_before_the_dose_there_is_no_rise() -> None:
    events = [each for each in nasal("K-1") if not (isinstance(each, CuffMeasured) and each.measured_at <= DOSE)]
    assert {each.rise_sys for each in course_of(events).pressures} == {None}
    ended = ended_figures(session_of(events))
    assert ended == Ended(None, None, 120, ())


def test_without_a_dose_there_is_no_course() -> None:
    session = session_of(without(nasal("K-1"), DoseStarted))
    assert session_course(session, NOTHING, at(200)) is None
    assert ended_figures(session) is None


@given(st.lists(st.tuples(st.integers(0, 30 * 60), st.integers(70, 100), st.booleans()), max_size=80))
def test_the_lowest_of_each_minute_is_what_a_person_would_pick(values: list[tuple[int, int, bool]]) -> None:
    ordered = sorted(values)
    doubtful = {second for second, _, doubt in ordered if doubt}
    curve = Curve.of(
        [(DOSE + second * SECOND, value) for second, value, _ in ordered],
        [DOSE + second * SECOND for second in doubtful],
    )
    sure = [(second // 60, value) for second, value, _ in ordered if second not in doubtful]
    last = max((minute for minute, _ in sure), default=-1)
    expected = [min((value for there, value in sure if there == minute), default=None) for minute in range(last + 1)]
    assert lowest_by_minute(curve, (DOSE, DOSE + (last + 1) * MINUTE)) == expected


def test_the_curve_ends_with_the_session() -> None:
    curve = Curve.of([(at(minute), 97.0) for minute in range(-5, 200)])
    assert course_of(nasal("K-1", ready=120), curve).lowest_spo2 == (97.0,) * 126


def test_readings_far_apart_are_not_joined() -> None:
    assert list(stretches([0, 10, 10 + JOINED_MIN, 11 + 2 * JOINED_MIN])) == [(0, 3), (3, 4)]
    assert list(stretches([])) == []


# ---- what is usual


def slow_quantile(values: Sequence[float], percent: int) -> float:
    """Of n values in order the one at the place (n - 1) p, counted from 0; between two places in proportion."""
    ordered = sorted(values)
    place = (len(ordered) - 1) * percent / 100
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


@given(st.lists(st.floats(-200, 200), min_size=FEWEST, max_size=60))
def test_quantiles_are_what_the_definition_says(values: list[float]) -> None:
    found = spread(values)
    assert found.count == len(values)
    assert list(found.at) == list(PERCENTS)
    for percent, value in found.at.items():
        assert value == pytest.approx(slow_quantile(values, percent), abs=1e-9)
    assert list(found.at.values()) == sorted(found.at.values())


@given(st.lists(st.one_of(st.none(), st.floats(-200, 200)), max_size=30))
def test_of_too_few_values_only_their_number_is_told(values: list[float | None]) -> None:
    found = spread(values)
    known = [value for value in values if value is not None]
    assert found.count == len(known)
    assert found.too_few == (len(known) < FEWEST)
    assert bool(found.at) == (not found.too_few)


@given(
    st.lists(st.tuples(st.integers(-20 * 60, 260 * 60), st.integers(-30, 80)), max_size=12, unique_by=lambda at: at[0])
)
def test_a_line_joins_its_readings_and_says_nothing_beyond_them(readings: list[tuple[int, int]]) -> None:
    rises = sorted((second / 60, float(rise)) for second, rise in readings)
    found = line(rises)
    for minute in range(LAST_MIN + 1):
        exact = [rise for there, rise in rises if there == minute]
        before = max(((there, rise) for there, rise in rises if there < minute), default=None)
        after = min(((there, rise) for there, rise in rises if there > minute), default=None)
        if exact:
            expected = exact[0]
        elif before and after and after[0] - before[0] <= JOINED_MIN:
            expected = before[1] + (after[1] - before[1]) * (minute - before[0]) / (after[0] - before[0])
        else:
            expected = math.nan
        assert found[minute] == pytest.approx(expected, nan_ok=True, abs=1e-9)


def test_each_figure_counts_the_sessions_that_have_it() -> None:
    never_ready = without(nasal("K-1", rise=50), ReadinessReached)
    short = [each for each in nasal("K-2", rise=5) if not (isinstance(each, CuffMeasured) and each.at > at(60))]
    short = without(short, PressureTaken)
    ended = [
        ended_figures(session_of(each))
        for each in (*[nasal("K-3", rise=rise) for rise in range(9)], never_ready, short)
    ]
    found = distribution([each for each in ended if each is not None])
    assert (found.sessions, found.rise_sys.count, found.ready_min.count) == (11, 11, 10)
    assert found.rise_sys.at[50] == slow_quantile([*range(9), 50, 5], 50)
    assert found.by_minute[40].at[90] == slow_quantile([*range(9), 50, 5], 90)
    assert (found.by_minute[60].count, found.by_minute[61].count, found.by_minute[121].count) == (11, 10, 0)


def test_nothing_comes_of_no_session() -> None:
    found = distribution([])
    assert found.sessions == 0
    assert {each.count for each in found.by_minute} == {0}
    assert found.rise_sys.too_few


def test_a_reading_alone_counts_for_its_own_minute_only() -> None:
    assert [minute for minute, value in enumerate(line([(5.0, 2.0)])) if value == value] == [5]
