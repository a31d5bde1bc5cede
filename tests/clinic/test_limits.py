"""Limits as a site writes them: which conditions they make, and what an alarm says."""

from __future__ import annotations

import math

import pytest

from devices.readings import SECOND, Metric, Quality
from monitor.clinic.alarms.limits import MetricLimits, RelativeLimit, Side, SideLimit
from monitor.clinic.alarms.overrides import with_overrides
from monitor.clinic.alarms.rules import LimitRule, rules
from monitor.clinic.events import AlarmEnd, AlarmEnded
from monitor.clinic.priority import Priority
from tests.clinic.series import engine, play, raised, spans

LOW_90 = LimitRule(Metric.SPO2, Side.LOW, 90, 0, 2, Priority.HIGH)
HIGH_120 = LimitRule(Metric.PR, Side.HIGH, 120, 0, 2, Priority.MEDIUM)


@pytest.mark.parametrize(("rule", "beyond"), [(LOW_90, math.nextafter(90, 0)), (HIGH_120, math.nextafter(120, 200))])
def test_a_value_at_the_limit_does_not_violate_it_and_the_next_one_does(rule: LimitRule, beyond: float) -> None:
    assert not rule.violates(rule.limit)
    assert rule.violates(beyond)


def test_no_text_of_an_alarm_that_goes_on_reads_as_if_it_were_over() -> None:
    (watched, values) = engine(*rules(FALL)), [84.0, 90.7]
    play(watched, values)
    assert [view.text for view in watched.alarms()] == ["SpO₂ 90.7, clears at 91"]


def test_an_alarm_clears_only_where_the_hysteresis_ends() -> None:
    assert [LOW_90.clears(value) for value in (90, 91.9, 92)] == [False, False, True]
    assert [HIGH_120.clears(value) for value in (120, 118.1, 118)] == [False, False, True]


@pytest.mark.parametrize(
    ("value", "text"),
    [(86, "SpO₂ 86 < 90"), (86.4, "SpO₂ 86 < 90"), (89.9, "SpO₂ 89.9 < 90"), (None, "SpO₂ – < 90")],
)
def test_the_text_never_rounds_a_violation_away(value: float | None, text: str) -> None:
    assert LOW_90.text(value) == text


def test_a_limit_with_a_severe_one_makes_two_conditions_and_only_the_severe_one_has_no_delay() -> None:
    limit = SideLimit(limit=90, delay_s=15, hysteresis=1, priority=Priority.MEDIUM, severe=85)
    plain, severe = rules({Metric.SPO2: MetricLimits(low=limit)})
    assert isinstance(plain, LimitRule)
    assert isinstance(severe, LimitRule)
    assert isinstance(plain, LimitRule)
    assert isinstance(severe, LimitRule)
    assert (plain.condition, plain.delay, plain.priority) == ("SpO2.low", 15 * SECOND, Priority.MEDIUM)
    assert (severe.condition, severe.delay, severe.priority) == ("SpO2.low.severe", 0, Priority.HIGH)


def rule_of(limit: SideLimit, condition: str, baseline: float | None = None, metric: Metric = Metric.SYS) -> LimitRule:
    sides = MetricLimits(low=limit) if ".low" in condition else MetricLimits(high=limit)
    found = rules({metric: sides}, None if baseline is None else {metric: baseline})
    (rule,) = (each for each in found if each.condition == condition)
    assert isinstance(rule, LimitRule)
    return rule


@pytest.mark.parametrize(
    ("given", "condition", "severe"),
    [
        (SideLimit(limit=90, severe=85), "SpO2.low.severe", 85),
        (SideLimit(limit=90, severe_points=10), "SpO2.low.severe", 80),
        (SideLimit(limit=88, severe_points=10), "SpO2.low.severe", 78),
        (SideLimit(limit=120, severe_points=20), "PR.high.severe", 140),
    ],
)
def test_a_severe_limit_is_a_value_or_points_beyond_the_limit(given: SideLimit, condition: str, severe: float) -> None:
    metric = Metric(condition.split(".")[0])
    rule = rule_of(given, condition, metric=metric)
    assert (rule.limit, rule.delay, rule.priority) == (severe, 0, Priority.HIGH)


def test_a_severe_alarm_can_have_a_delay_and_last_until_the_ordinary_one_would_end() -> None:
    rule = rule_of(
        SideLimit(limit=160, hysteresis=2, severe=180, severe_delay_s=2, severe_until="limit"), "SYS.high.severe"
    )
    assert (rule.delay, rule.clears_at) == (2 * SECOND, 158)
    assert rule_of(SideLimit(limit=160, hysteresis=2, severe=180), "SYS.high.severe").clears_at == 178


@pytest.mark.parametrize(
    ("relative", "baseline", "limit", "note"),
    [
        (RelativeLimit(percent=20), 130, 156, " (baseline 130 + 20 %)"),
        (RelativeLimit(points=20), 130, 150, " (baseline 130 + 20)"),
        (RelativeLimit(percent=20, points=20), 130, 150, " (baseline 130 + 20)"),
        (RelativeLimit(percent=20, points=20, choose="looser"), 130, 156, " (baseline 130 + 20 %)"),
        (RelativeLimit(percent=20, points=30), 130, 156, " (baseline 130 + 20 %)"),
        (RelativeLimit(percent=30), 112.5, 146.2, " (baseline 112.5 + 30 %)"),
    ],
)
def test_a_relative_limit_follows_the_baseline_by_the_stricter_or_the_looser_of_two(
    relative: RelativeLimit, baseline: float, limit: float, note: str
) -> None:
    rule = rule_of(SideLimit(limit=200, baseline=relative), "SYS.high.baseline", baseline)
    assert (rule.limit, rule.note, rule.priority) == (limit, note, Priority.LOW)


@pytest.mark.parametrize(
    ("relative", "limit"),
    [
        (RelativeLimit(percent=10), 87.3),
        (RelativeLimit(points=5), 92),
        (RelativeLimit(percent=10, points=5), 92),
        (RelativeLimit(percent=10, points=5, choose="looser"), 87.3),
    ],
)
def test_below_the_baseline_the_stricter_limit_is_the_higher_one(relative: RelativeLimit, limit: float) -> None:
    rule = rule_of(SideLimit(limit=80, baseline=relative), "SpO2.low.baseline", 97, Metric.SPO2)
    assert rule.limit == limit


def test_a_relative_limit_waits_for_its_baseline() -> None:
    limits = {Metric.SYS: MetricLimits(high=SideLimit(limit=160, baseline=RelativeLimit(percent=20)))}
    assert [rule.condition for rule in rules(limits)] == ["SYS.high"]
    assert [rule.condition for rule in rules(limits, {Metric.DIA: 80})] == ["SYS.high"]
    assert [rule.condition for rule in rules(limits, {Metric.SYS: 130})] == ["SYS.high", "SYS.high.baseline"]


def test_a_relative_limit_counts_its_own_readings() -> None:
    watched = engine(
        *rules(
            {Metric.SYS: MetricLimits(high=SideLimit(limit=180, baseline=RelativeLimit(percent=20, readings=2)))},
            {Metric.SYS: 130},
        )
    )
    assert watched.observe(Metric.SYS, 160, Quality.OK, 0) == []
    (alarm,) = raised(watched.observe(Metric.SYS, 158, Quality.OK, 300 * SECOND))
    assert alarm.text == "SYS 158 > 156 (baseline 130 + 20 %)"


# ---- one alarm for one fall

FALL = {Metric.SPO2: MetricLimits(low=SideLimit(limit=90, delay_s=15, hysteresis=1, severe=85, severe_until="limit"))}


def test_a_severe_alarm_that_lasts_until_the_patient_is_well_speaks_for_the_ordinary_one() -> None:
    watched = engine(*rules(FALL))
    events = play(watched, [*[84.0] * 5, *[88.0] * 30, 91.0])
    assert [alarm.condition for alarm in raised(events)] == ["SpO2.low.severe"]
    assert spans(events) == [(0.0, 35.0)]
    assert watched.alarms() == []


def test_a_severe_alarm_follows_the_limit_that_was_given_to_this_patient() -> None:
    """Who lives at 89 is not alarmed about for as long as she is well; and at 95 one fall is still one alarm."""
    lower = engine(*rules(with_overrides(FALL, {"SpO2.low": 86})))
    assert spans(play(lower, [84.0, *[89.0] * 60])) == [(0.0, 1.0)]
    higher = engine(*rules(with_overrides(FALL, {"SpO2.low": 95})))
    assert [alarm.condition for alarm in raised(play(higher, [84.0, *[92.0] * 60, 96.0]))] == ["SpO2.low.severe"]


def test_limits_that_are_changed_while_the_severe_alarm_is_on_move_its_end() -> None:
    watched = engine(*rules(FALL))
    play(watched, [84.0, *[89.0] * 20])
    events = watched.set_rules(rules(with_overrides(FALL, {"SpO2.low": 86})), 21 * SECOND)
    assert [event.how for event in events if isinstance(event, AlarmEnded)] == [AlarmEnd.LIMITS_CHANGED]
    assert watched.alarms() == []


def test_a_limit_that_is_moved_while_the_severe_alarm_is_on_makes_no_second_alarm() -> None:
    watched = engine(*rules(FALL))
    play(watched, [84.0] * 20)
    assert watched.set_rules(rules(with_overrides(FALL, {"SpO2.low": 89})), 20 * SECOND) == []


def test_an_answer_to_a_severe_alarm_is_none_to_the_next_fall() -> None:
    """Nearly well for more than a minute, but never well enough to end the alarm, and then down again."""
    watched = engine(*rules(FALL))
    play(watched, [84.0])
    watched.acknowledge(["SpO2.low.severe"], "nurse", 0)
    events = play(watched, [*[90.0] * 70, 60.0], start_s=1)
    (alarm,) = raised(events)
    assert (alarm.condition, alarm.since, alarm.text) == ("SpO2.low.severe", 71 * SECOND, "SpO₂ 60 < 85")
    assert [view.acknowledged_by for view in watched.alarms()] == [None]
    assert len([event for event in events if isinstance(event, AlarmEnded)]) == 1


@pytest.mark.parametrize(
    ("course", "quality"), [([*[90.0] * 30, 80.0], Quality.OK), ([*[90.0] * 70, 80.0], Quality.QUESTIONABLE)]
)
def test_one_fall_that_flickers_and_a_value_in_doubt_do_not_take_the_answer_back(
    course: list[float], quality: Quality
) -> None:
    watched = engine(*rules(FALL))
    play(watched, [84.0])
    watched.acknowledge(["SpO2.low.severe"], "nurse", 0)
    assert (
        play(watched, course[:-1], start_s=1) + play(watched, course[-1:], start_s=len(course), quality=quality) == []
    )


def test_the_ordinary_alarm_comes_when_the_severe_one_is_switched_off() -> None:
    watched = engine(*rules(FALL))
    play(watched, [84.0] * 20)
    events = watched.switch_off("SpO2.low.severe", 20 * SECOND) + watched.tick(21 * SECOND)
    assert [alarm.condition for alarm in raised(events)] == ["SpO2.low"]


def test_a_severe_alarm_that_ends_sooner_leaves_the_ordinary_one_to_go_on() -> None:
    sooner = {Metric.SPO2: MetricLimits(low=SideLimit(limit=90, delay_s=15, hysteresis=1, severe=85))}
    events = play(engine(*rules(sooner)), [84.0, *[88.0] * 20])
    assert [alarm.condition for alarm in raised(events)] == ["SpO2.low.severe", "SpO2.low"]


def test_a_pressure_beyond_its_limit_is_not_told_as_far_from_the_baseline_as_well() -> None:
    given = SideLimit(limit=160, severe=180, baseline=RelativeLimit(percent=20))
    watched = engine(*rules({Metric.SYS: MetricLimits(high=given)}, {Metric.SYS: 130}))
    (alarm,) = raised(watched.observe(Metric.SYS, 165, Quality.OK, 0))
    assert alarm.condition == "SYS.high"
    events = watched.observe(Metric.SYS, 158, Quality.OK, 300 * SECOND) + watched.tick(301 * SECOND)
    assert [alarm.condition for alarm in raised(events)] == ["SYS.high.baseline"]
