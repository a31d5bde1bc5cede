"""Limits as a site writes them: what is refused, and what an alarm says."""

from __future__ import annotations

import math

import pytest

from devices.readings import SECOND, Metric
from monitor.clinic.alarms.checks import LimitProblem, check
from monitor.clinic.alarms.limits import MetricLimits, Side, SideLimit
from monitor.clinic.alarms.rules import LimitRule, rules
from monitor.clinic.priority import Priority

LOW_90 = LimitRule(Metric.SPO2, Side.LOW, 90, 0, 2, Priority.HIGH)
HIGH_120 = LimitRule(Metric.PR, Side.HIGH, 120, 0, 2, Priority.MEDIUM)


@pytest.mark.parametrize(("rule", "beyond"), [(LOW_90, math.nextafter(90, 0)), (HIGH_120, math.nextafter(120, 200))])
def test_a_value_at_the_limit_does_not_violate_it_and_the_next_one_does(rule: LimitRule, beyond: float) -> None:
    assert not rule.violates(rule.limit)
    assert rule.violates(beyond)


def test_an_alarm_clears_only_where_the_hysteresis_ends() -> None:
    assert [LOW_90.clears(value) for value in (90, 91.9, 92)] == [False, False, True]
    assert [HIGH_120.clears(value) for value in (120, 118.1, 118)] == [False, False, True]


@pytest.mark.parametrize(
    ("value", "text"),
    [(86, "SpO₂ 86 < 90"), (86.4, "SpO₂ 86 < 90"), (89.9, "SpO₂ 89.9 < 90"), (None, "SpO₂ – < 90")],
)
def test_the_text_never_rounds_a_violation_away(value: float | None, text: str) -> None:
    assert LOW_90.text(value) == text


@pytest.mark.parametrize(
    ("metric", "low", "high", "key"),
    [
        (Metric.SPO2, SideLimit(limit=101), None, "SpO2.low.limit"),
        (Metric.SPO2, SideLimit(limit=math.nan), None, "SpO2.low.limit"),
        (Metric.SPO2, SideLimit(limit=-math.inf), None, "SpO2.low.limit"),
        (Metric.SPO2, SideLimit(limit=90, delay_s=61), None, "SpO2.low.delay_s"),
        (Metric.SPO2, SideLimit(limit=90, delay_s=-1), None, "SpO2.low.delay_s"),
        (Metric.SPO2, SideLimit(limit=90, delay_s=math.nan), None, "SpO2.low.delay_s"),
        (Metric.SPO2, SideLimit(limit=90, hysteresis=-1), None, "SpO2.low.hysteresis"),
        (Metric.SPO2, SideLimit(limit=90, hysteresis=math.inf), None, "SpO2.low.hysteresis"),
        (Metric.SPO2, SideLimit(limit=90, severe=90), None, "SpO2.low.severe"),
        (Metric.SPO2, SideLimit(limit=90, severe=95), None, "SpO2.low.severe"),
        (Metric.SPO2, SideLimit(limit=90, severe=math.nan), None, "SpO2.low.severe"),
        (Metric.SYS, None, SideLimit(limit=160, severe=150), "SYS.high.severe"),
        (Metric.PR, SideLimit(limit=120), SideLimit(limit=50), "PR.low.limit"),
        (Metric.PR, SideLimit(limit=50), SideLimit(limit=50), "PR.low.limit"),
        (Metric.PR, SideLimit(limit=120, hysteresis=2), SideLimit(limit=50, hysteresis=2), "PR.low.limit"),
    ],
)
def test_limits_that_cannot_work_are_refused_by_their_key(
    metric: Metric, low: SideLimit | None, high: SideLimit | None, key: str
) -> None:
    with pytest.raises(LimitProblem) as problem:
        check({metric: MetricLimits(low, high)})
    assert problem.value.key == key
    assert str(problem.value).startswith(f"{key}: ")


@pytest.mark.parametrize("severe", [-math.inf, 0.5, -85])
def test_a_severe_limit_that_no_patient_can_reach_is_refused(severe: float) -> None:
    with pytest.raises(LimitProblem) as problem:
        check({Metric.SPO2: MetricLimits(SideLimit(limit=90, severe=severe))})
    assert problem.value.key == "SpO2.low.severe"


@pytest.mark.parametrize(
    ("metric", "sides"),
    [
        (Metric.SPO2, MetricLimits(low=SideLimit(limit=90, hysteresis=11))),
        (Metric.PR, MetricLimits(high=SideLimit(limit=120, hysteresis=110))),
        (Metric.PR, MetricLimits(low=SideLimit(limit=50, hysteresis=80), high=SideLimit(limit=120))),
    ],
)
def test_a_hysteresis_that_leaves_no_value_to_clear_the_alarm_is_refused(metric: Metric, sides: MetricLimits) -> None:
    with pytest.raises(LimitProblem) as problem:
        check({metric: sides})
    assert problem.value.key.endswith(".hysteresis")


def test_a_limit_with_a_severe_one_makes_two_conditions_and_only_the_severe_one_has_no_delay() -> None:
    limit = SideLimit(limit=90, delay_s=15, hysteresis=1, priority=Priority.MEDIUM, severe=85)
    plain, severe = rules({Metric.SPO2: MetricLimits(low=limit)})
    assert isinstance(plain, LimitRule)
    assert isinstance(severe, LimitRule)
    assert (plain.condition, plain.delay, plain.priority) == ("SpO2.low", 15 * SECOND, Priority.MEDIUM)
    assert (severe.condition, severe.delay, severe.priority) == ("SpO2.low.severe", 0, Priority.HIGH)
