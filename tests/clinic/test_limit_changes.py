"""Limits that are moved while a patient is watched: what goes on, what ends, what begins."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from devices.readings import SECOND, Metric, Quality
from monitor.clinic.alarms.engine import AlarmEngine
from monitor.clinic.alarms.limits import MetricLimits, RelativeLimit, Side, SideLimit
from monitor.clinic.alarms.policy import AlarmPolicy
from monitor.clinic.alarms.rules import LimitRule, RateRule, Rule, StuckRule, rules
from monitor.clinic.alarms.views import AlarmState
from monitor.clinic.events import AlarmEnd
from monitor.clinic.priority import Priority
from tests.clinic.series import GONE, HIGH_SYS, LOW, WELL, ended, engine, low_spo2, play, raised, severe_spo2, shown


def alarming(hysteresis: float = 0) -> AlarmEngine:
    """88 % since second 0, an alarm that a nurse has answered."""
    watched = engine(low_spo2(delay_s=0, hysteresis=hysteresis))
    play(watched, [LOW])
    watched.acknowledge(["SpO2.low"], "nurse", 0)
    return watched


def test_an_alarm_that_the_new_limit_would_make_as_well_goes_on_with_its_time_and_its_answer() -> None:
    watched = alarming()
    assert watched.set_rules([low_spo2(limit=89, delay_s=15)], SECOND) == []
    (view,) = watched.alarms()
    assert (view.state, view.since, view.acknowledged_by) == (AlarmState.ACTIVE, 0, "nurse")
    assert view.text == "SpO₂ 88 < 89"


def test_an_alarm_ends_when_the_value_is_within_the_new_limit() -> None:
    (end,) = ended(alarming().set_rules([low_spo2(limit=88, delay_s=0)], SECOND))
    assert (end.how, end.ended) == (AlarmEnd.LIMITS_CHANGED, SECOND)


def test_a_new_delay_alone_ends_no_alarm_whose_value_is_not_well_within() -> None:
    watched = alarming(hysteresis=2)
    play(watched, [91.0], start_s=1)
    assert watched.set_rules([low_spo2(delay_s=15, hysteresis=2)], 2 * SECOND) == []
    assert [view.text for view in watched.alarms()] == ["SpO₂ 91, clears at 92"]
    assert [end.how for end in ended(play(watched, [92.0], start_s=3))] == [AlarmEnd.CLEARED]


def test_an_alarm_ends_with_its_rule() -> None:
    watched = alarming()
    (end,) = ended(watched.set_rules([severe_spo2()], SECOND))
    assert end.how is AlarmEnd.LIMITS_CHANGED
    assert watched.alarms() == []
    assert [alarm.condition for alarm in raised(play(watched, [80.0], start_s=2))] == ["SpO2.low.severe"]


def test_the_ordinary_alarm_takes_over_from_a_severe_one_that_is_gone_whichever_stands_first() -> None:
    plain = low_spo2(delay_s=0)
    severe = replace(severe_spo2(), ends_with=plain)
    for before in ([plain, severe], [severe, plain]):
        watched = engine(*before)
        assert [alarm.condition for alarm in raised(play(watched, [78.0]))] == ["SpO2.low.severe"]
        events = watched.set_rules([low_spo2(limit=88, delay_s=0)], SECOND)
        assert [end.condition for end in ended(events)] == ["SpO2.low.severe"]
        assert [alarm.condition for alarm in raised(events)] == ["SpO2.low"]


def test_a_pending_alarm_keeps_the_time_it_has_waited() -> None:
    watched = engine(low_spo2(delay_s=15))
    play(watched, [LOW] * 8)
    (alarm,) = raised(watched.set_rules([low_spo2(delay_s=5)], 8 * SECOND))
    assert (alarm.since, alarm.onset, alarm.at) == (0, 5 * SECOND, 8 * SECOND)


def test_a_pending_alarm_within_the_new_limit_is_forgotten() -> None:
    watched = engine(low_spo2(delay_s=15))
    play(watched, [LOW] * 8)
    assert watched.set_rules([low_spo2(limit=86, delay_s=15)], 8 * SECOND) == []
    assert watched.alarms() == []


def test_a_value_that_was_well_violates_a_stricter_limit_from_now_on() -> None:
    watched = engine(low_spo2(limit=90, delay_s=5))
    play(watched, [91.0] * 20)
    assert watched.set_rules([low_spo2(limit=92, delay_s=5)], 20 * SECOND) == []
    (alarm,) = raised(play(watched, [91.0] * 6, start_s=20))
    assert (alarm.since, alarm.onset) == (20 * SECOND, 25 * SECOND)


def test_a_cuff_reading_of_before_is_judged_by_the_new_limit_at_once() -> None:
    watched = engine(HIGH_SYS)
    watched.observe(Metric.SYS, 158, Quality.OK, 0)
    (alarm,) = raised(watched.set_rules([LimitRule(Metric.SYS, Side.HIGH, 150, 0, 0, Priority.MEDIUM)], 300 * SECOND))
    assert (alarm.since, alarm.text) == (300 * SECOND, "SYS 158 > 150")


def test_values_that_have_been_missing_too_long_are_not_judged_by_the_new_limit() -> None:
    watched = engine(low_spo2(delay_s=0))
    play(watched, [91.0, *[GONE] * 10])
    assert watched.set_rules([low_spo2(limit=95, delay_s=0)], 11 * SECOND) == []
    assert watched.alarms() == []


def test_an_alarm_that_a_moved_limit_made_never_ends_before_it_began() -> None:
    watched = engine(low_spo2(limit=88, delay_s=0))
    play(watched, [89.0])
    (alarm,) = raised(watched.set_rules([low_spo2(limit=90, delay_s=0)], 2 * SECOND))
    (end,) = ended(watched.tick(9 * SECOND))
    assert (end.how, end.ended) == (AlarmEnd.INDETERMINATE, alarm.since)


def twice(limit: float = 160) -> LimitRule:
    return LimitRule(Metric.SYS, Side.HIGH, limit, 0, 0, Priority.MEDIUM, readings=2)


def test_the_first_of_two_readings_still_counts_when_the_limit_is_moved_between_them() -> None:
    watched = engine(twice(160))
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    assert watched.set_rules([twice(165)], 60 * SECOND) == []
    assert [view.text for view in watched.alarms()] == ["SYS 171 > 165, 1 of 2 readings: repeat"]
    assert len(raised(watched.observe(Metric.SYS, 172, Quality.OK, 300 * SECOND))) == 1


def test_a_first_reading_within_the_new_limit_counts_no_more() -> None:
    watched = engine(twice(160))
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    watched.set_rules([twice(175)], 60 * SECOND)
    assert watched.observe(Metric.SYS, 176, Quality.OK, 300 * SECOND) == []


def test_one_reading_is_enough_once_the_rule_asks_for_one() -> None:
    watched = engine(twice(160))
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    assert len(raised(watched.set_rules([HIGH_SYS], 60 * SECOND))) == 1


def test_an_area_goes_on_from_where_it_was_when_its_limit_is_moved() -> None:
    """A stricter limit must not make the alarm later."""
    watched = engine(LimitRule(Metric.SPO2, Side.LOW, 90, 0, 0, Priority.HIGH, area=10))
    play(watched, [86.0, 86.0])
    watched.set_rules([LimitRule(Metric.SPO2, Side.LOW, 91, 0, 0, Priority.HIGH, area=10)], 2 * SECOND)
    (alarm,) = raised(play(watched, [86.0] * 3, start_s=2))
    assert (alarm.since, alarm.onset) == (0, 2.4 * SECOND)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (RateRule(Metric.PR, Side.HIGH, 20, 30 * SECOND, 0, Priority.MEDIUM),) * 2,
        (StuckRule(Metric.PR, 60 * SECOND),) * 2,
        (low_spo2(delay_s=0),) * 2,
    ],
)
def test_the_same_rules_once_more_change_nothing(before: Rule, after: Rule) -> None:
    watched = engine(before)
    play(watched, [70.0] * 50 + [95.0] * 80, Metric.PR)
    play(watched, [LOW], start_s=130)
    views = watched.alarms()
    assert watched.set_rules([after], 130 * SECOND) == []
    assert watched.alarms() == views


def test_a_fast_change_is_looked_for_anew_under_other_settings() -> None:
    watched = engine(RateRule(Metric.PR, Side.HIGH, 20, 30 * SECOND, 0, Priority.MEDIUM))
    play(watched, [70.0, 95.0], Metric.PR)
    (end,) = ended(watched.set_rules([RateRule(Metric.PR, Side.HIGH, 40, 30 * SECOND, 0, Priority.MEDIUM)], SECOND))
    assert end.how is AlarmEnd.LIMITS_CHANGED


def test_a_latched_alarm_stays_when_its_limit_is_moved_and_ends_with_its_rule() -> None:
    watched = engine(low_spo2(delay_s=0), policy=AlarmPolicy(latch=frozenset({Priority.HIGH})))
    play(watched, [LOW, WELL])
    assert watched.set_rules([low_spo2(limit=85, delay_s=0)], 2 * SECOND) == []
    assert shown(watched) == ["SpO2.low"]
    assert len(ended(watched.set_rules([], 3 * SECOND))) == 1
    assert watched.alarms() == []


# ---- a baseline locked anew

LIMITS = {
    Metric.SYS: MetricLimits(high=SideLimit(limit=200, baseline=RelativeLimit(percent=20, priority=Priority.MEDIUM)))
}


def based_on(sys: float) -> list[Rule]:
    return rules(LIMITS, {Metric.SYS: sys})


def test_a_higher_baseline_ends_the_alarm_that_the_lower_one_made() -> None:
    watched = AlarmEngine("1", "a", based_on(120))
    (alarm,) = raised(watched.observe(Metric.SYS, 150, Quality.OK, 0))
    assert alarm.text == "SYS 150 > 144 (baseline 120 + 20 %)"
    (end,) = ended(watched.set_rules(based_on(140), 60 * SECOND))
    assert (end.condition, end.how) == ("SYS.high.baseline", AlarmEnd.LIMITS_CHANGED)


def test_an_alarm_that_still_holds_for_the_new_baseline_goes_on_and_tells_it() -> None:
    watched = AlarmEngine("1", "a", based_on(120))
    watched.observe(Metric.SYS, 150, Quality.OK, 0)
    watched.acknowledge(["SYS.high.baseline"], "nurse", SECOND)
    assert watched.set_rules(based_on(122), 60 * SECOND) == []
    (view,) = watched.alarms()
    assert (view.text, view.acknowledged_by) == ("SYS 150 > 146.4 (baseline 122 + 20 %)", "nurse")


def test_a_first_baseline_is_held_against_the_readings_that_follow() -> None:
    watched = AlarmEngine("1", "a", rules(LIMITS))
    watched.observe(Metric.SYS, 150, Quality.OK, 0)
    assert watched.set_rules(based_on(120), 60 * SECOND) == []
    assert len(raised(watched.observe(Metric.SYS, 151, Quality.OK, 300 * SECOND))) == 1
