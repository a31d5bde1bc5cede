"""Alarms that lie in the course of a value: too fast a change, and none at all."""

from __future__ import annotations

import pytest

from devices.readings import SECOND, Metric, Quality
from monitor.clinic.alarms.limits import Side
from monitor.clinic.alarms.rules import RateRule, StuckRule
from monitor.clinic.events import AlarmEnd
from monitor.clinic.priority import Priority
from tests.clinic.series import GONE, ended, engine, play, raised, spans


def fall(points: float = 6, within_s: int = 20, delay_s: int = 0) -> RateRule:
    return RateRule(Metric.SPO2, Side.LOW, points, within_s * SECOND, delay_s * SECOND, Priority.MEDIUM)


def rise(points: float = 30, within_s: int = 20) -> RateRule:
    return RateRule(Metric.PR, Side.HIGH, points, within_s * SECOND, 0, Priority.MEDIUM)


def test_a_fast_fall_alarms_although_every_value_is_within_its_limits() -> None:
    (alarm,) = raised(play(engine(fall()), [98.0, 97.0, 95.0, 93.0, 92.0]))
    assert (alarm.condition, alarm.since, alarm.limit) == ("SpO2.low.rate", 4 * SECOND, None)
    assert alarm.text == "SpO₂ fell 6 in 20 s to 92"


def test_a_fast_rise_alarms_too() -> None:
    (alarm,) = raised(play(engine(rise()), [70.0, 71.0, 70.0, 100.0], Metric.PR))
    assert alarm.text == "PR rose 30 in 20 s to 100"


def test_a_change_to_the_other_side_is_not_meant() -> None:
    assert play(engine(fall()), [90.0, 98.0, 99.0]) == []
    assert play(engine(rise()), [120.0, 70.0], Metric.PR) == []


@pytest.mark.parametrize(("seconds", "alarms"), [(20, 1), (21, 0)])
def test_a_change_counts_within_its_time_and_not_after(seconds: int, alarms: int) -> None:
    watched = engine(fall(points=6, within_s=20))
    watched.observe(Metric.SPO2, 98, Quality.OK, 0)
    for second in range(1, seconds):
        watched.observe(Metric.SPO2, 93, Quality.OK, second * SECOND)
    assert len(raised(watched.observe(Metric.SPO2, 92, Quality.OK, seconds * SECOND))) == alarms


def test_one_point_too_few_is_no_alarm() -> None:
    assert play(engine(fall(points=6)), [98.0, *[93.0] * 30]) == []


def test_a_slow_fall_never_alarms() -> None:
    assert play(engine(fall(points=6, within_s=20)), [100.0 - second / 5 for second in range(120)]) == []


def test_the_alarm_ends_when_the_fall_is_as_long_ago_as_its_time() -> None:
    events = play(engine(fall(within_s=20)), [98.0, *[91.0] * 30])
    assert spans(events) == [(1.0, 21.0)]


def test_a_fall_that_lasts_shorter_than_the_delay_is_none() -> None:
    watched = engine(fall(delay_s=3))
    assert play(watched, [98.0, 90.0, 90.0, 97.0, 97.0]) == []
    (alarm,) = raised(play(watched, [90.0] * 4, start_s=5))
    assert (alarm.since, alarm.onset) == (5 * SECOND, 8 * SECOND)


def test_a_lone_questionable_value_is_no_fall_and_no_height_to_fall_from() -> None:
    watched = engine(fall(), rise(points=20))
    assert play(watched, [98.0]) == []
    assert play(watched, [85.0], start_s=1, quality=Quality.QUESTIONABLE) == []
    assert play(watched, [97.0], start_s=2) == []
    assert play(watched, [110.0], Metric.PR, start_s=3, quality=Quality.QUESTIONABLE) == []
    assert play(watched, [72.0] * 5, Metric.PR, start_s=4) == []


def test_after_a_long_gap_the_values_before_it_are_no_measure() -> None:
    assert play(engine(fall()), [98.0, *[GONE] * 6, 90.0]) == []
    assert len(raised(play(engine(fall()), [98.0, *[GONE] * 5, 90.0]))) == 1


# ---- a value that stands still


def stuck(minutes: int = 10) -> StuckRule:
    return StuckRule(Metric.PR, minutes * 60 * SECOND)


def test_a_pulse_that_is_exactly_the_same_for_ten_minutes_asks_to_check_the_sensor() -> None:
    watched = engine(stuck())
    assert play(watched, [70.0] * 600, Metric.PR) == []
    assert watched.alarms() == [], "a value is the same for some time all day long: nothing is pending"
    (alarm,) = raised(play(watched, [70.0], Metric.PR, start_s=600))
    assert (alarm.condition, alarm.priority) == ("PR.stuck", Priority.LOW)
    assert alarm.text == "PR 70 unchanged for 10 min, check the sensor"


def test_the_least_change_shows_that_the_sensor_measures() -> None:
    assert play(engine(stuck()), [*[70.0] * 599, 70.1, *[70.0] * 599], Metric.PR) == []


def test_the_alarm_ends_with_the_first_other_value() -> None:
    watched = engine(stuck(minutes=1))
    assert len(raised(play(watched, [70.0] * 90, Metric.PR))) == 1
    (end,) = ended(play(watched, [71.0], Metric.PR, start_s=90))
    assert (end.how, end.ended) == (AlarmEnd.CLEARED, 90 * SECOND)
    assert play(watched, [71.0] * 60, Metric.PR, start_s=91)[0].at == 150 * SECOND


def test_a_short_hole_does_not_hide_a_stuck_value_and_a_long_one_begins_anew() -> None:
    assert len(raised(play(engine(stuck(1)), [*[70.0] * 30, *[GONE] * 5, *[70.0] * 26], Metric.PR))) == 1
    assert play(engine(stuck(1)), [*[70.0] * 30, *[GONE] * 6, *[70.0] * 60], Metric.PR) == []


def test_a_stuck_value_that_stops_coming_ends_as_unknown() -> None:
    watched = engine(stuck(1))
    (end,) = ended(play(watched, [*[70.0] * 61, *[GONE] * 7], Metric.PR))
    assert (end.how, end.ended) == (AlarmEnd.INDETERMINATE, 61 * SECOND)
