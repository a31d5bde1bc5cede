"""Limits that are confirmed by the area beyond them, or by readings in a row. Vectors: the makers' published ones."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from devices.readings import SECOND, Metric, Quality
from monitor.clinic.alarms.limits import MetricLimits, Side, SideLimit
from monitor.clinic.alarms.rules import LimitRule, rules
from monitor.clinic.alarms.views import AlarmState
from monitor.clinic.events import AlarmEnd
from monitor.clinic.priority import Priority
from tests.clinic.areas import AreaReading, TooClose
from tests.clinic.series import GONE, ended, engine, play, raised, runs, spans, spread


def area(setting: float = 50, *, inclusive: bool = False, hysteresis: float = 0) -> LimitRule:
    return LimitRule(Metric.SPO2, Side.LOW, 90, 0, hysteresis, Priority.HIGH, area=setting, inclusive=inclusive)


def onsets(rule: LimitRule, values: list[float | None]) -> list[float]:
    watched = engine(rule)
    events = play(watched, values, rule.metric)
    return [round(alarm.onset / SECOND, 2) for alarm in raised([*events, *watched.tick(len(values) * SECOND)])]


@pytest.mark.parametrize(
    ("stretches", "onset"),
    [
        ([(88.0, 2), (86.0, 3), (84.0, 6)], 10.67),
        ([(80.0, 3), (78.0, 2)], 4.67),
        ([(88.0, 24)], None),
        ([(88.0, 25)], 25.0),
        ([(90.0, 600)], None),
        ([(89.0, 50)], 50.0),
    ],
)
def test_depth_times_duration_alarms_when_it_reaches_the_area(
    stretches: list[tuple[float | None, int]], onset: float | None
) -> None:
    assert onsets(area(50), spread(stretches)) == ([] if onset is None else [onset])


def test_with_a_limit_that_is_beyond_itself_the_index_alarms_in_the_fifth_second() -> None:
    """92, 89, 87, 87, 80 make 0, 2, 6, 10 and 21 points at a setting of 20."""
    values: list[float | None] = [92.0, 89.0, 87.0, 87.0, 80.0]
    (onset,) = onsets(area(20, inclusive=True), values)
    assert 4 < onset <= 5
    assert onsets(area(20, inclusive=True), values[:4]) == []


@pytest.mark.parametrize(("setting", "onset"), [(10, 2.5), (25, 6.25), (50, 12.5), (100, 25.0)])
def test_four_points_below_alarm_after_a_quarter_of_the_setting(setting: float, onset: float) -> None:
    assert onsets(area(setting), [86.0] * 30) == [onset]


def test_the_index_falls_in_range_at_the_rate_it_grew() -> None:
    """Twenty points grew in 5 s; 2 s in range leave twelve, so thirteen are missing: 3.25 s at four points below."""
    assert onsets(area(25), [*[86.0] * 5, *[95.0] * 2, *[86.0] * 5]) == [10.25]


@pytest.mark.parametrize("well_s", [5, 6, 20])
def test_the_index_is_empty_after_as_long_as_it_took_to_fill(well_s: int) -> None:
    assert onsets(area(25), [*[86.0] * 5, *[95.0] * well_s, *[86.0] * 7]) == [5 + well_s + 6.25]


def test_a_long_alarm_leaves_no_longer_shadow_than_the_area() -> None:
    """Filled in 2.5 s, the index of ten is empty after 2.5 s, however long the alarm was."""
    assert onsets(area(10), [*[86.0] * 300, *[95.0] * 3, *[86.0] * 4]) == [2.5, 305.5]


def test_missing_values_neither_fill_nor_empty_the_index() -> None:
    assert onsets(area(25), [*[86.0] * 5, *[GONE] * 5, *[86.0] * 3]) == [11.25]


def test_after_a_long_gap_the_index_begins_at_nothing() -> None:
    assert onsets(area(25), [*[86.0] * 5, *[GONE] * 6, *[86.0] * 7]) == [17.25]


def dips(*seconds: int) -> list[float | None]:
    return [89.0 if second in seconds else 95.0 for second in range(seconds[-1] + 1)]


@pytest.mark.parametrize("seconds", [(0, 30, 60), (0, 2, 4), (10, 68, 70)])
def test_a_third_violation_within_a_minute_alarms_whatever_the_area(seconds: tuple[int, ...]) -> None:
    assert onsets(area(100), dips(*seconds)) == [seconds[-1]]


@pytest.mark.parametrize("seconds", [(0, 30, 61), (0, 60), (0, 61, 122), (5,)])
def test_three_violations_in_more_than_a_minute_do_not(seconds: tuple[int, ...]) -> None:
    assert onsets(area(100), dips(*seconds)) == []


def test_a_violation_that_only_a_questionable_value_speaks_for_is_none_of_three() -> None:
    watched = engine(area(100))
    watched.observe(Metric.SPO2, 89, Quality.OK, 0)
    watched.observe(Metric.SPO2, 95, Quality.OK, SECOND)
    watched.observe(Metric.SPO2, 89, Quality.QUESTIONABLE, 10 * SECOND)
    watched.observe(Metric.SPO2, 95, Quality.OK, 11 * SECOND)
    assert watched.observe(Metric.SPO2, 89, Quality.OK, 20 * SECOND) == []


def test_a_low_saturation_that_comes_and_goes_with_the_values_alarms() -> None:
    """Every hole is too long for the violation to go on, and too short for anything else to be said."""
    assert onsets(area(50), [*[86.0] * 4, *[GONE] * 6] * 3) == [20]


def test_a_lone_questionable_value_fills_no_area() -> None:
    watched = engine(area(10))
    watched.observe(Metric.SPO2, 70, Quality.QUESTIONABLE, 0)
    assert watched.observe(Metric.SPO2, 95, Quality.OK, 4 * SECOND) == []


def test_a_pending_area_is_shown_before_it_is_full() -> None:
    watched = engine(area(50))
    play(watched, [86.0])
    (view,) = watched.alarms()
    assert (view.state, view.text) == (AlarmState.PENDING, "SpO₂ 86 < 90")


def test_an_area_alarm_ends_like_every_other() -> None:
    watched = engine(area(10, hysteresis=1))
    events = play(watched, [*[80.0] * 3, 90.5, 91.0])
    assert spans(events) == [(1.0, 4.0)]


@pytest.mark.parametrize(
    ("limit", "value", "alarms"),
    [
        (SideLimit(limit=90, comparator="<="), 90, 1),
        (SideLimit(limit=90, comparator="<="), 91, 0),
        (SideLimit(limit=90, comparator="<"), 90, 0),
        (SideLimit(limit=90, comparator="<"), 89, 1),
        (SideLimit(limit=90), 90, 0),
    ],
)
def test_a_value_at_the_limit_alarms_only_with_or_equal(limit: SideLimit, value: float, alarms: int) -> None:
    watched = engine(*rules({Metric.SPO2: MetricLimits(low=limit)}))
    assert len(raised(watched.observe(Metric.SPO2, value, Quality.OK, 0))) == alarms


def test_the_text_says_which_comparator_it_was() -> None:
    watched = engine(*rules({Metric.PR: MetricLimits(high=SideLimit(limit=120, comparator=">=", severe=140))}))
    alarms = raised(watched.observe(Metric.PR, 140, Quality.OK, 0))
    assert sorted(alarm.text for alarm in alarms) == ["PR 140 >= 120", "PR 140 >= 140"]


@given(stretches=runs, setting=st.sampled_from([5.0, 10.0, 25.0, 50.0]), hysteresis=st.sampled_from([0.0, 0.5, 1.0]))
@settings(max_examples=300)
@example(stretches=[(88.0, 4), (91.0, 2), (88.0, 6)], setting=10.0, hysteresis=0.0)
@example(stretches=[(84.0, 1), (None, 5), (84.0, 2)], setting=10.0, hysteresis=0.0)
@example(stretches=[(84.0, 1), (None, 6), (84.0, 2)], setting=10.0, hysteresis=0.0)
@example(stretches=[(89.9, 1), (96.0, 20)] * 3, setting=50.0, hysteresis=0.0)
def test_area_alarms_are_those_of_the_rule_as_written_down(
    stretches: list[tuple[float | None, int]], setting: float, hysteresis: float
) -> None:
    for inclusive in (False, True):
        values, rule = spread(stretches), area(setting, inclusive=inclusive, hysteresis=hysteresis)
        try:
            expected = AreaReading(values, rule).spans
        except TooClose:
            assume(False)
        watched, end = engine(rule), len(values) * SECOND
        found = spans([*play(watched, values), *watched.tick(end), *watched.end_all(end)])
        assert [over for _, over in found] == [over for _, over in expected]
        assert [onset for onset, _ in found] == pytest.approx([onset for onset, _ in expected], abs=0.05)


# ---- readings in a row


def twice(readings: int = 2, hysteresis: float = 0) -> LimitRule:
    return LimitRule(Metric.SYS, Side.HIGH, 160, 0, hysteresis, Priority.MEDIUM, readings=readings)


def test_one_reading_beyond_the_limit_asks_for_another_and_the_second_alarms() -> None:
    watched = engine(twice())
    assert watched.observe(Metric.SYS, 171, Quality.OK, 0) == []
    (view,) = watched.alarms()
    assert (view.state, view.text) == (AlarmState.PENDING, "SYS 171 > 160, 1 of 2 readings: repeat")
    (alarm,) = raised(watched.observe(Metric.SYS, 165, Quality.OK, 300 * SECOND))
    assert (alarm.since, alarm.onset, alarm.text) == (0, 300 * SECOND, "SYS 165 > 160")


@pytest.mark.parametrize("readings", [1, 2, 3])
def test_as_many_readings_as_the_rule_says(readings: int) -> None:
    watched = engine(twice(readings))
    counts = [len(raised(watched.observe(Metric.SYS, 171, Quality.OK, each * 300 * SECOND))) for each in range(4)]
    assert counts == [int(each + 1 == readings) for each in range(4)]


def test_a_good_reading_in_between_begins_the_count_anew() -> None:
    watched = engine(twice())
    found = [watched.observe(Metric.SYS, each, Quality.OK, at * SECOND) for at, each in enumerate((171, 150, 172))]
    assert found == [[], [], []]
    assert len(raised(watched.observe(Metric.SYS, 173, Quality.OK, 3 * SECOND))) == 1


def test_the_same_reading_sent_again_does_not_count_twice() -> None:
    watched = engine(twice())
    for second in range(5):
        assert watched.observe(Metric.SYS, 171, Quality.OK, second * SECOND, measured_at=1) == []
    assert len(raised(watched.observe(Metric.SYS, 171, Quality.OK, 9 * SECOND, measured_at=2))) == 1


def test_an_old_reading_sent_again_makes_no_new_alarm_and_ends_none() -> None:
    watched = engine(twice(1))
    watched.observe(Metric.SYS, 171, Quality.OK, 0, measured_at=1)
    watched.observe(Metric.SYS, 150, Quality.OK, 60 * SECOND, measured_at=2)
    assert watched.observe(Metric.SYS, 171, Quality.OK, 61 * SECOND, measured_at=1) == []
    assert len(raised(watched.observe(Metric.SYS, 171, Quality.OK, 90 * SECOND, measured_at=3))) == 1
    assert watched.observe(Metric.SYS, 150, Quality.OK, 91 * SECOND, measured_at=2) == []


def test_a_reading_that_was_partial_at_first_counts_when_it_is_whole() -> None:
    watched = engine(twice(1))
    assert watched.observe(Metric.SYS, 171, Quality.PARTIAL, 0, measured_at=1) == []
    assert len(raised(watched.observe(Metric.SYS, 171, Quality.OK, SECOND, measured_at=1))) == 1


def test_two_readings_are_in_a_row_however_seldom_the_cuff_measures() -> None:
    watched = engine(twice())
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    watched.tick(40 * 60 * SECOND)
    assert watched.alarms() == [], "an old reading is shown as one of now"
    assert len(raised(watched.observe(Metric.SYS, 172, Quality.OK, 60 * 60 * SECOND))) == 1


def test_a_questionable_second_reading_confirms_the_first_and_a_lone_one_never_alarms() -> None:
    watched = engine(twice())
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    assert len(raised(watched.observe(Metric.SYS, 171, Quality.QUESTIONABLE, SECOND))) == 1
    assert engine(twice(1)).observe(Metric.SYS, 171, Quality.QUESTIONABLE, 0) == []


def test_an_alarm_of_two_readings_ends_with_one_good_reading() -> None:
    watched = engine(twice(hysteresis=5))
    for second, value in enumerate((171, 172, 157)):
        watched.observe(Metric.SYS, value, Quality.OK, second * SECOND)
    (end,) = ended(watched.observe(Metric.SYS, 155, Quality.OK, 9 * SECOND))
    assert end.how is AlarmEnd.CLEARED
