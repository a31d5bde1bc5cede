"""Figures of alarms, held against a slow count by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.readings import SECOND, ConditionKind, Metric
from monitor.clinic.alarms.episodes import Episode, episodes
from monitor.clinic.alarms.limits import MetricLimits, RateLimit, RelativeLimit, SideLimit
from monitor.clinic.alarms.rules import StuckRule, rules
from monitor.clinic.alarms.statistics import is_physiological, nearest_rank, room_hours, statistics
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.events import AlarmAcknowledged, AlarmEnd, AlarmEnded, AlarmLatched, AlarmRaised, AnyEvent
from monitor.clinic.priority import Priority

HOUR = 3600 * SECOND


def alarm(
    condition: str = "SpO2.low",
    priority: Priority = Priority.HIGH,
    onset_s: int = 0,
    answered_s: float | None = None,
    over_s: int | None = None,
    *,
    latched: bool = False,
) -> Episode:
    """An alarm, raised at its onset."""
    at = onset_s * SECOND
    events: list[AnyEvent] = [
        AlarmRaised(at=at, by="service", condition=condition, priority=priority, text="", since=at, onset=at)
    ]
    if answered_s is not None:
        events.append(AlarmAcknowledged(at=at + round(answered_s * SECOND), by="nurse 1", condition=condition))
    if over_s is not None:
        kind = AlarmLatched if latched else AlarmEnded
        over = at + over_s * SECOND
        events.append(kind(at=over, by="service", condition=condition, how=AlarmEnd.CLEARED, ended=over))
    (found,) = episodes(events)
    return found


def test_how_many_were_answered_and_how_soon() -> None:
    found = statistics([alarm(answered_s=wait) for wait in (10, 20, 90, None)], room_hours=2)
    assert (found.alarms, found.acknowledged, found.share_acknowledged) == (4, 3, 0.75)
    assert found.per_room_hour == 2.0
    assert found.answers is not None
    assert (found.answers.median_s, found.answers.most_within_s) == (20.0, 90.0)


def test_nine_of_ten_within_is_a_time_that_somebody_needed() -> None:
    answers = statistics([alarm(answered_s=wait) for wait in range(1, 11)], 1).answers
    assert answers is not None
    assert (answers.median_s, answers.most_within_s) == (5.5, 9.0)


def test_a_time_without_alarms_or_sessions_has_no_figures_rather_than_zeroes() -> None:
    none = statistics([], room_hours=3)
    assert (none.alarms, none.per_room_hour, none.share_acknowledged, none.answers) == (0, 0.0, None, None)
    assert statistics([alarm()], room_hours=0).per_room_hour is None
    assert sum(none.priorities.values()) == 0
    assert set(none.priorities) == set(Priority)


def test_the_top_condition_stands_first_with_how_long_it_lasted() -> None:
    lows = [alarm(over_s=seconds) for seconds in (10, 20, 40)]
    highs = [alarm("SYS.high", Priority.MEDIUM, over_s=600), alarm("SYS.high", Priority.MEDIUM)]
    first, second = statistics([*highs, *lows], room_hours=2).conditions
    assert (first.condition, first.count, first.per_room_hour, first.median_s) == ("SpO2.low", 3, 1.5, 20.0)
    assert (second.condition, second.count, second.median_s) == ("SYS.high", 2, 600.0)


def test_an_alarm_that_is_still_on_has_no_duration_and_one_that_waits_for_an_answer_has() -> None:
    assert statistics([alarm()], 1).conditions[0].median_s is None
    assert statistics([alarm(over_s=30, latched=True)], 1).conditions[0].median_s == 30.0


alarms = st.lists(
    st.builds(
        alarm,
        st.sampled_from(["SpO2.low", "SYS.high", "oximeter.sensor_off"]),
        st.sampled_from(list(Priority)),
        st.integers(0, 10_000),
        st.none() | st.integers(0, 300),
        st.none() | st.integers(0, 900),
    ),
    max_size=40,
)


@given(alarms, st.floats(0.1, 100))
def test_the_figures_are_those_of_a_count_by_hand(found: list[Episode], hours: float) -> None:
    told = statistics(found, hours)
    for priority in Priority:
        assert told.priorities[priority] == len([each for each in found if each.raised.priority == priority])
    for figures in told.conditions:
        own = [each for each in found if each.raised.condition == figures.condition]
        assert figures.count == len(own)
        assert figures.per_room_hour == len(own) / hours
        lasted = sorted((each.ended.ended - each.raised.onset) / SECOND for each in own if each.ended)
        assert figures.median_s == (_middle(lasted) if lasted else None)
    assert sum(figures.count for figures in told.conditions) == told.alarms == len(found)
    counts = [figures.count for figures in told.conditions]
    assert counts == sorted(counts, reverse=True)
    waits = sorted((each.acknowledged.at - each.raised.at) / SECOND for each in found if each.acknowledged)
    assert told.acknowledged == len(waits)
    if told.answers is not None:
        assert told.answers.median_s == _middle(waits)
        within = [wait for wait in waits if wait <= told.answers.most_within_s]
        sooner = [wait for wait in waits if wait < told.answers.most_within_s]
        assert 10 * len(within) >= 9 * len(waits)
        assert 10 * len(sooner) < 9 * len(waits), "a shorter time would do"
    else:
        assert waits == []


def _middle(values: list[float]) -> float:
    """The median, by taking the outermost pairs away."""
    while len(values) > 2:
        values = values[1:-1]
    return sum(values) / len(values)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=30), st.sampled_from([0.1, 0.5, 0.9, 1.0]))
def test_a_rank_is_one_of_the_values(values: list[int], share: float) -> None:
    assert nearest_rank(values, share) in values
    assert nearest_rank(values, 1.0) == max(values)


def test_only_the_hours_of_sessions_within_the_time_count() -> None:
    whole, still_open, before, after = (HOUR, 3 * HOUR), (9 * HOUR, None), (-4 * HOUR, 0), (10 * HOUR, 12 * HOUR)
    assert room_hours([whole, still_open, before, after], 0, 10 * HOUR) == 3.0
    assert room_hours([(-2 * HOUR, 30 * HOUR)], 0, 10 * HOUR) == 10.0, "more hours than there were"
    assert room_hours([], 0, HOUR) == 0


moments = st.integers(-50, 150)


@given(st.lists(st.tuples(moments, st.none() | moments)), st.integers(0, 100), st.integers(0, 100))
def test_room_hours_are_those_counted_hour_by_hour(spans: list[tuple[int, int | None]], a: int, b: int) -> None:
    since, until = sorted((a, b))
    counted = sum(
        opened <= hour < (until if ended is None else ended) for hour in range(since, until) for opened, ended in spans
    )
    as_micros = [(opened * HOUR, None if ended is None else ended * HOUR) for opened, ended in spans]
    assert room_hours(as_micros, since * HOUR, until * HOUR) == counted


def test_every_rule_on_a_value_and_every_symptom_is_about_the_patient() -> None:
    side = SideLimit(limit=90, severe=85, baseline=RelativeLimit(points=10), rate=RateLimit(points=5, within_s=60))
    made = rules({Metric.SPO2: MetricLimits(low=side, stuck_s=600)}, {Metric.SPO2: 97})
    assert len(made) == 5
    for rule in made:
        assert is_physiological(rule.condition) is not isinstance(rule, StuckRule), rule.condition
    assert all(is_physiological(symptom.condition) for symptom in Symptom)


@pytest.mark.parametrize("device", ["oximeter", "PR", "symptom", "low"])
def test_no_state_of_a_device_is_about_the_patient_whatever_its_name(device: str) -> None:
    assert not any(is_physiological(f"{device}.{kind}") for kind in ConditionKind)
    assert not is_physiological("overdue.nibp")
