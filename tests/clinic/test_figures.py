"""The figures of a session, against a reckoning second by second and by hand."""

from __future__ import annotations

from statistics import median

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.readings import SECOND, Metric, Micros, Numeric, Quality
from monitor.clinic.alarms.limits import MetricLimits, SideLimit, plain_limits
from monitor.clinic.events import (
    AnyEvent,
    BaselineLocked,
    CuffMeasured,
    LimitChange,
    LimitsChanged,
    PressureReading,
    PressureTaken,
    ProfileChanged,
    SessionOpened,
)
from monitor.clinic.figures.curves import Curve
from monitor.clinic.figures.pressure import baseline_readings, pressure_figures
from monitor.clinic.figures.saturation import BELOW, saturation_figures
from monitor.clinic.figures.summary import Figures, figures
from monitor.clinic.figures.table import steps
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import folded
from monitor.clinic.treatment.amending import as_amended
from monitor.clinic.treatment.events import Amended, ArtefactMarked
from monitor.clinic.treatment.scales import Scale
from monitor.record.series import Series
from tests.reports.lifelike import DESATURATION_MIN, LOWEST, esketamine, infusion, numerics
from tests.reports.scripted import MINUTE, PROTOCOLS, US, assessed, at, cuff, in_order

VALUES = st.lists(
    st.tuples(st.integers(200, 4000), st.sampled_from([85.0, 87.9, 88.0, 89.5, 90.0, 93.9, 94.0, 97.0])), max_size=60
)


def curve_of(metric: Metric) -> Curve:
    rows = [each for each in numerics() if each.metric is metric]
    values = [(each.at, each.value) for each in rows if each.value is not None]
    return Curve.of(values, [each.at for each in rows if each.quality & 2])


def esketamine_figures() -> Figures:
    events = in_order(esketamine())
    session = folded(events)
    assert session is not None
    curves = {metric: curve_of(metric) for metric in (Metric.SPO2, Metric.PR)}
    return figures(session, events, curves, US, at(125))


@given(VALUES)
def test_time_below_is_what_a_clock_would_count(steps_ms: list[tuple[int, float]]) -> None:
    """A slow reckoning: every millisecond belongs to the last value of the two seconds before it."""
    now, points = 0, []
    for wait, value in steps_ms:
        now += wait
        points.append((now * 1000, value))
    found = saturation_figures(Curve.of(points))
    below = dict.fromkeys(BELOW, 0.0)
    for place, (moment, value) in enumerate(points):
        until = points[place + 1][0] if place + 1 < len(points) else moment + SECOND
        for limit in BELOW:
            below[limit] += min(until - moment, 2 * SECOND) / SECOND if value < limit else 0
    assert found.lowest == min((value for _, value in points), default=None)
    for limit in BELOW:
        assert found.below_s.get(limit, 0.0) == pytest.approx(below[limit])
        first = next((moment for moment, value in points if value < limit), None)
        assert found.first_below.get(limit) == first


def test_a_value_stands_no_longer_than_until_the_device_says_that_it_has_none() -> None:
    words = [89.0 if second % 2 else None for second in range(600)]
    told = [Numeric(Metric.SPO2, value, at(0) + n * SECOND, at(0), "oximeter") for n, value in enumerate(words)]
    found = saturation_figures(Series.of(told).curve())
    assert found.seen_s == found.below_s[90] == pytest.approx(300, abs=1)


def test_seconds_with_a_value_and_with_one_in_doubt_are_no_more_than_there_were() -> None:
    doubts = [Quality.QUESTIONABLE if second % 2 else Quality.OK for second in range(600)]
    told = [Numeric(Metric.SPO2, 89.0, at(0) + n * SECOND, at(0), "oximeter", doubt) for n, doubt in enumerate(doubts)]
    found = saturation_figures(Series.of(told).curve())
    assert found.seen_s + found.doubtful_s == pytest.approx(600, abs=1)


def test_a_session_comes_to_what_was_put_into_it() -> None:
    found = esketamine_figures()
    assert (found.dose.given_mg, found.dose.began_at, found.dose.ended_at) == (84, at(0), at(11))
    assert found.pressure.highest_sys is not None
    assert (found.pressure.highest_sys.sys, found.pressure.highest_sys.measured_at) == (150, at(20))
    assert (found.pressure.rise_sys, found.pressure.rise_dia) == (22, 13)
    assert found.saturation.lowest == LOWEST, "a value in doubt was taken for the lowest"
    assert found.saturation.lowest_at is not None
    assert DESATURATION_MIN[0] <= (found.saturation.lowest_at - at(0)) / MINUTE < DESATURATION_MIN[1]
    assert found.saturation.doubtful_s == pytest.approx(60, abs=1)
    assert 120 > found.saturation.below_s[94] > found.saturation.below_s[90] > found.saturation.below_s[88] > 0
    assert found.alarms.count == {"medium": 1, "high": 1}
    assert (found.alarms.median_s, found.alarms.longest_s, found.alarms.unanswered) == (23.5, 35, 0)
    assert (found.stable_at, found.ready_at, found.is_signed) == (at(75.8), at(120), True)
    assert found.observed_min == pytest.approx(125.9)


def rising_before_dose() -> list[AnyEvent]:
    """Locked at 120/80 after two readings, of which the second counts; then two higher ones before the dose."""
    told = [each for each in esketamine() if not (isinstance(each, CuffMeasured) and each.measured_at < at(0))]
    return [*told, cuff(-15, 118, 78), cuff(-12, 122, 82), locked(-11, 120, 80), cuff(-4, 140, 90), cuff(-2, 142, 92)]


def locked(minutes: float, sys: float, dia: float) -> BaselineLocked:
    values: dict[Metric, float] = {Metric.SYS: sys, Metric.DIA: dia}
    return BaselineLocked(at=at(minutes), by="nurse 1", values=values, readings=2)


def baseline_of(events: list[AnyEvent]) -> tuple[float | None, float | None]:
    session = folded(in_order(events))
    assert session is not None
    found = pressure_figures(session)
    assert [each.sys for each in baseline_readings(session)], "the page links to no reading"
    return found.baseline_sys, found.baseline_dia


def test_the_baseline_stays_what_was_locked_before_the_dose() -> None:
    told_late = PressureTaken(at=at(30), by="nurse 1", measured_at=at(-5), sys=180, dia=110, pr=None)
    for later in ([], [locked(50, 150, 95)], [told_late], [told_late, locked(50, 150, 95)]):
        assert baseline_of([*rising_before_dose(), *later]) == (120, 80)


def test_the_baseline_is_of_the_last_readings_when_one_that_was_locked_is_an_artefact() -> None:
    mark = ArtefactMarked(
        at=at(70), by="nurse 1", metrics=(Metric.SYS,), start=at(-12.5), end=at(-11.5), reason="moved", role="nurse"
    )
    assert baseline_of([*rising_before_dose(), mark]) == (141, 91)
    other = msgspec.structs.replace(mark, start=at(-4.5), end=at(-3.5))
    assert baseline_of([*rising_before_dose(), other]) == (120, 80)


def test_without_the_readings_that_were_locked_the_baseline_is_of_those_that_were_told_later() -> None:
    told = [each for each in esketamine() if not (isinstance(each, CuffMeasured) and each.measured_at < at(0))]
    wrong = PressureTaken(at=at(-12), by="nurse 1", measured_at=at(-12), sys=180, dia=110, pr=None)
    late = PressureTaken(at=at(30), by="nurse 1", measured_at=at(-5), sys=122, dia=82, pr=None)
    lock = msgspec.structs.replace(locked(-11, 180, 110), readings=1)
    events = in_order([*told, wrong, lock, late])
    number = next(each.seq for each in events if isinstance(each, PressureTaken) and each.sys == 180)
    fix = Amended(at=at(200), by="nurse 1", corrects=number, text="-", reason="-", role="nurse", withdrawn=True)
    assert baseline_of(as_amended(in_order([*events, fix]))) == (122, 82)


def test_an_infusion_counts_what_flowed_and_the_bolus() -> None:
    events = in_order(infusion(34, 40))
    session = folded(events)
    assert session is not None
    found = figures(session, events, {}, PROTOCOLS["iv_ketamine"], at(120))
    assert (found.dose.given_mg, found.dose.ended_at) == (39, at(40))
    assert found.saturation.lowest is None
    assert found.saturation.seen_s == 0


def test_limits_that_are_configured_later_change_nothing_of_a_session() -> None:
    """What was signed stays as it was; a record from before limits were kept goes by those of today."""
    kept = plain_limits(US.limits)
    events = [msgspec.structs.replace(e, limits=kept) if isinstance(e, SessionOpened) else e for e in esketamine()]
    flat = Curve.of([(at(0) + second * SECOND, 89.0) for second in range(600)])
    looser = MetricLimits(low=SideLimit(limit=80), high=None)
    later = msgspec.structs.replace(US, limits=dict.fromkeys((Metric.SPO2, Metric.SYS), looser))

    def outside(told: list[AnyEvent], protocol: Protocol | None) -> tuple[float, int | None]:
        session = folded(in_order(told))
        assert session is not None
        found = figures(session, in_order(told), {Metric.SPO2: flat}, protocol, at(125))
        return found.outside_s.get(Metric.SPO2, 0), found.readings_outside

    today = outside(esketamine(), US)
    assert today[0] == pytest.approx(600)
    for protocol in (US, later, None):
        assert outside(events, protocol) == today
    assert outside(esketamine(), later)[0] == 0
    restarted = ProfileChanged(at=at(5), by="service", limits=plain_limits(later.limits))
    assert outside([*events, restarted], later)[0] == pytest.approx(300, abs=1)


def test_readings_before_the_dose_are_not_among_those_that_limits_are_held_against() -> None:
    told = [*esketamine(), cuff(-15, 190, 120), cuff(-14, 185, 118)]
    session = folded(in_order(told))
    assert session is not None
    found = figures(session, in_order(told), {}, US, at(125))
    after = [each for each in told if isinstance(each, PressureReading) and each.measured_at > at(0)]
    assert (found.pressure.readings, found.readings_outside) == (len(after), 0)


def test_an_assessment_told_anew_takes_the_place_of_the_other_and_no_other_is_left_out() -> None:
    told = [
        *esketamine(),
        assessed(16, Scale.MOAAS, 2),
        assessed(20, Scale.MOAAS, 4),
        assessed(17, Scale.MOAAS, 3, told=40),
        assessed(16, Scale.MOAAS, 1, told=41),
    ]
    results = [
        (each.given_at, each.result)
        for step in steps(in_order(told), {}, (), (at(-20), at(125)), 15)
        for each in step.assessments
        if each.scale is Scale.MOAAS and at(16) <= each.given_at <= at(20)
    ]
    assert results == [(at(16), 1), (at(17), 3), (at(20), 4)]


def test_time_outside_follows_the_limits_as_they_stood() -> None:
    low = US.limits[Metric.SPO2].low
    assert low is not None
    change = LimitsChanged(
        at=at(10), by="nurse 1", changes=[LimitChange("SpO2.low", low.limit, low.limit - 3)], why="by hand"
    )
    events = in_order([*esketamine(), change])
    session = folded(events)
    assert session is not None
    between = low.limit - 1
    flat = Curve.of([(at(0) + second * SECOND, between) for second in range(1200)])
    found = figures(session, events, {Metric.SPO2: flat}, US, at(125))
    assert found.outside_s[Metric.SPO2] == pytest.approx(600, abs=2)


def test_the_table_has_the_median_and_the_lowest_of_each_step() -> None:
    curve = curve_of(Metric.SPO2)
    events = in_order(esketamine())
    span: tuple[Micros, Micros] = (at(-20), at(125.9))
    found = {step.start: step for step in steps(events, {Metric.SPO2: curve}, (), span, 5)}
    start = at(50) // (5 * MINUTE) * 5 * MINUTE
    inside = [
        each.value
        for each in numerics()
        if each.metric is Metric.SPO2 and start <= each.at < start + 5 * MINUTE and each.value is not None
    ]
    assert found[start].middles[Metric.SPO2].median == median(inside)
    assert found[start].middles[Metric.SPO2].lowest == min(inside)
    assert found[start].middles[Metric.SPO2].highest == max(inside)
    assert found[start].middles[Metric.SPO2].count == len(inside)
    assert [step.phase for step in found.values()][-1] == "recovery"
    minutes = list(steps(events, {Metric.SPO2: curve}, (), span, 1))
    assert Metric.SPO2 in minutes[0].middles
    assert len(minutes) in (146, 147)
