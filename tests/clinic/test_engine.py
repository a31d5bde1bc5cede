"""A limit with a delay: when an alarm starts and ends, and what missing values mean to it."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from devices.readings import SECOND, Metric, Quality
from monitor.clinic.alarms.limits import Side
from monitor.clinic.alarms.rules import LimitRule
from monitor.clinic.alarms.views import AlarmState
from monitor.clinic.events import (
    AlarmEnd,
)
from monitor.clinic.priority import Priority
from tests.clinic.series import (
    GONE,
    HIGH_SYS,
    LOW,
    WELL,
    Series,
    ended,
    engine,
    expected_spans,
    low_spo2,
    play,
    raised,
    runs,
    severe_spo2,
    spans,
    spread,
)


def test_an_alarm_waits_for_its_delay_and_tells_when_it_began() -> None:
    watched = engine(low_spo2(delay_s=15))
    assert play(watched, [WELL, *[LOW] * 14]) == []
    (alarm,) = raised(watched.tick(16 * SECOND))
    assert (alarm.since, alarm.onset, alarm.value, alarm.limit) == (SECOND, 16 * SECOND, LOW, 90)
    assert alarm.text == "SpO₂ 88 < 90"


def test_a_violation_one_second_too_short_raises_nothing() -> None:
    assert play(engine(low_spo2(delay_s=15)), [*[LOW] * 14, WELL, *[LOW] * 14, WELL]) == []


def test_a_value_at_the_limit_starts_no_delay() -> None:
    watched = engine(low_spo2(limit=90, delay_s=0))
    assert play(watched, [90.0] * 60) == []
    assert watched.alarms() == []


def test_a_pending_alarm_is_shown_before_it_is_raised() -> None:
    watched = engine(low_spo2(delay_s=15))
    play(watched, [LOW] * 3)
    (view,) = watched.alarms()
    assert (view.condition, view.state, view.since) == ("SpO2.low", AlarmState.PENDING, 0)


def test_a_value_back_at_the_limit_ends_a_pending_alarm_without_hysteresis() -> None:
    watched = engine(low_spo2(delay_s=15, hysteresis=2))
    play(watched, [*[LOW] * 10, 90.0])
    assert watched.alarms() == []


def test_an_active_alarm_ends_only_where_the_hysteresis_does() -> None:
    watched = engine(low_spo2(delay_s=0, hysteresis=2))
    assert ended(play(watched, [LOW, 90.0, 91.9, 91.9])) == []
    (view,) = watched.alarms()
    assert view.state is AlarmState.ACTIVE
    (end,) = ended(play(watched, [92.0], start_s=4))
    assert (end.how, end.ended) == (AlarmEnd.CLEARED, 4 * SECOND)


def test_a_severe_value_alarms_at_once_while_the_plain_limit_waits() -> None:
    watched = engine(low_spo2(delay_s=15), severe_spo2(85))
    (alarm,) = raised(play(watched, [84.0]))
    assert (alarm.condition, alarm.priority, alarm.onset) == ("SpO2.low.severe", Priority.HIGH, 0)
    assert [view.condition for view in watched.alarms()] == ["SpO2.low.severe", "SpO2.low"]


def test_a_severe_value_within_the_delay_is_not_lost_in_the_plain_alarm() -> None:
    events = play(engine(low_spo2(delay_s=15), severe_spo2(85)), [*[LOW] * 5, 84.0, *[LOW] * 12])
    assert [alarm.condition for alarm in raised(events)] == ["SpO2.low.severe", "SpO2.low"]
    assert [end.condition for end in ended(events)] == ["SpO2.low.severe"]


def test_a_cuff_reading_alarms_at_once_and_stands_for_minutes() -> None:
    watched = engine(HIGH_SYS)
    (alarm,) = raised(watched.observe(Metric.SYS, 171, Quality.OK, 0))
    assert alarm.text == "SYS 171 > 160"
    assert watched.tick(20 * 60 * SECOND) == []
    (end,) = ended(watched.observe(Metric.SYS, 150, Quality.OK, 20 * 60 * SECOND))
    assert end.how is AlarmEnd.CLEARED


def test_a_cuff_alarm_does_not_stand_for_ever() -> None:
    watched = engine(HIGH_SYS)
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    assert watched.tick(30 * 60 * SECOND) == []
    (end,) = ended(watched.tick(30 * 60 * SECOND + 1))
    assert (end.how, end.ended) == (AlarmEnd.INDETERMINATE, 0)


def test_five_missing_seconds_inside_a_violation_keep_it_alive_and_count() -> None:
    events = play(engine(low_spo2(delay_s=15)), [*[LOW] * 5, *[GONE] * 5, *[LOW] * 5, WELL])
    assert spans(events) == [(15.0, 15.0)]


def test_six_missing_seconds_forget_a_pending_alarm() -> None:
    watched = engine(low_spo2(delay_s=15))
    assert play(watched, [*[LOW] * 10, *[GONE] * 6, *[LOW] * 14, WELL]) == []


def test_six_missing_seconds_end_an_active_alarm_as_unknown_since_the_last_value() -> None:
    watched = engine(low_spo2(delay_s=15))
    events = play(watched, [*[LOW] * 20, *[GONE] * 7])
    (end,) = ended(events)
    assert (end.how, end.ended, end.at) == (AlarmEnd.INDETERMINATE, 20 * SECOND, 26 * SECOND)


def test_an_active_alarm_lives_through_five_missing_seconds() -> None:
    watched = engine(low_spo2(delay_s=15))
    assert ended(play(watched, [*[LOW] * 20, *[GONE] * 5, LOW])) == []


def test_a_stream_that_just_stops_counts_as_missing() -> None:
    watched = engine(low_spo2(delay_s=0))
    play(watched, [LOW])
    assert watched.tick(5 * SECOND) == []
    (end,) = ended(watched.tick(5 * SECOND + 1))
    assert end.how is AlarmEnd.INDETERMINATE


def test_missing_seconds_alone_never_complete_a_delay() -> None:
    watched = engine(low_spo2(delay_s=15))
    assert play(watched, [*[LOW] * 13, *[GONE] * 5, WELL]) == []


def test_the_delay_passed_during_a_hole_counts_from_its_start_once_the_violation_is_confirmed() -> None:
    events = play(engine(low_spo2(delay_s=15)), [*[LOW] * 12, *[GONE] * 5, LOW])
    (alarm,) = raised(events)
    assert (alarm.onset, alarm.at) == (15 * SECOND, 17 * SECOND)


def test_missing_values_alone_raise_nothing() -> None:
    watched = engine(low_spo2(delay_s=0), severe_spo2(), HIGH_SYS)
    assert play(watched, [GONE] * 100) == []
    assert watched.alarms() == []


@pytest.mark.parametrize("flag", [Quality.HELD, Quality.STORED, Quality.PARTIAL, Quality.HELD | Quality.SIMULATED])
def test_a_value_that_is_not_of_now_raises_no_alarm(flag: Quality) -> None:
    watched = engine(low_spo2(delay_s=0), severe_spo2())
    assert [event for second in range(30) for event in watched.observe(Metric.SPO2, 70, flag, second * SECOND)] == []


@pytest.mark.parametrize("flag", [Quality.HELD, Quality.STORED, Quality.PARTIAL])
def test_a_value_that_is_not_of_now_does_not_show_that_the_patient_is_well_again(flag: Quality) -> None:
    watched = engine(low_spo2(delay_s=0))
    play(watched, [LOW])
    events = [event for second in range(1, 8) for event in watched.observe(Metric.SPO2, 99, flag, second * SECOND)]
    assert [end.how for end in ended(events)] == [AlarmEnd.INDETERMINATE]


@given(stretches=runs, delay_s=st.sampled_from([0, 1, 4, 5, 6, 10, 15, 30]), hysteresis=st.sampled_from([0, 0.5, 1]))
@settings(max_examples=300)
@example(stretches=[(88.0, 1), (None, 5), (88.0, 9)], delay_s=15, hysteresis=0)
@example(stretches=[(88.0, 1), (None, 6), (88.0, 15)], delay_s=15, hysteresis=0)
def test_alarms_are_those_of_the_rule_as_written_down(
    stretches: list[tuple[float | None, int]], delay_s: int, hysteresis: float
) -> None:
    values, rule = spread(stretches), low_spo2(90, delay_s, hysteresis)
    assert _spans_of(values, rule) == expected_spans(values, rule)


@given(stretches=runs, delay_s=st.sampled_from([0, 5, 15]))
@settings(max_examples=100)
def test_a_high_limit_is_the_mirror_of_a_low_one(stretches: list[tuple[float | None, int]], delay_s: int) -> None:
    values = [None if value is None else 180 - value for value in spread(stretches)]
    rule = LimitRule(Metric.PR, Side.HIGH, 90, delay_s * SECOND, 1, Priority.MEDIUM)
    assert _spans_of(values, rule) == expected_spans(values, rule)


def _spans_of(values: Series, rule: LimitRule) -> list[tuple[float, float]]:
    watched = engine(rule)
    events = play(watched, values, rule.metric)
    end = len(values) * SECOND
    return spans([*events, *watched.tick(end), *watched.end_all(end)]) if values else spans(events)


def test_a_value_that_is_missed_late_has_been_missing_since_the_last_one() -> None:
    """A device that falls silent: the hold counts from its last value and not from when its silence was noticed."""
    watched = engine(low_spo2(delay_s=0))
    play(watched, [LOW] * 3)
    assert watched.observe(Metric.SPO2, None, Quality.OK, 6 * SECOND, lost_at=2 * SECOND) == []
    (end,) = ended(watched.tick(7 * SECOND + 1))
    assert (end.how, end.ended) == (AlarmEnd.INDETERMINATE, 2 * SECOND)


def test_times_before_nought_are_times_like_others() -> None:
    """A recording may count from the dose."""
    watched = engine(low_spo2(delay_s=15))
    events = play(watched, [*[LOW] * 30, *[GONE] * 20, *[LOW] * 30], start_s=-1000) + watched.end_all(-920 * SECOND)
    assert spans(events) == [(-985, -970), (-935, -920)]
