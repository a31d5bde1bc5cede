"""How much a value is believed: in doubt, weak, or taken while a cuff squeezes the same arm."""

from __future__ import annotations

import pytest

from devices.readings import SECOND, ConditionKind, Metric, Quality
from monitor.clinic.alarms.engine import AlarmEngine, AlarmEvent
from monitor.clinic.alarms.limits import Side
from monitor.clinic.alarms.policy import AlarmPolicy
from monitor.clinic.alarms.rules import LimitRule, RateRule
from monitor.clinic.alarms.technical import LOSS_OF_SIGNAL, TECHNICAL
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
    ended,
    engine,
    low_spo2,
    play,
    raised,
    severe_spo2,
)


def test_one_questionable_value_never_raises_a_severe_alarm() -> None:
    watched = engine(severe_spo2())
    assert watched.observe(Metric.SPO2, 70, Quality.QUESTIONABLE, 0) == []
    assert watched.tick(4 * SECOND) == []
    assert watched.observe(Metric.SPO2, 97, Quality.OK, 4 * SECOND) == []


@pytest.mark.parametrize("second", [Quality.QUESTIONABLE, Quality.OK])
def test_a_second_violating_value_confirms_a_questionable_one(second: Quality) -> None:
    watched = engine(severe_spo2())
    watched.observe(Metric.SPO2, 70, Quality.QUESTIONABLE, 0)
    (alarm,) = raised(watched.observe(Metric.SPO2, 71, second, SECOND))
    assert alarm.onset == 0


def test_every_lone_questionable_value_is_doubted_not_just_the_first() -> None:
    watched = engine(severe_spo2())
    events: list[AlarmEvent] = []
    for second in range(40):
        value, quality = (70, Quality.QUESTIONABLE) if second % 2 else (97, Quality.OK)
        events += watched.observe(Metric.SPO2, value, quality, second * SECOND)
    assert events == []


def test_a_limit_moved_while_one_questionable_value_stands_does_not_make_it_two() -> None:
    watched = engine(severe_spo2(85))
    watched.observe(Metric.SPO2, 70, Quality.QUESTIONABLE, 0)
    assert raised(watched.set_rules([severe_spo2(84)], 1)) == []
    assert raised(watched.observe(Metric.SPO2, 70, Quality.OK, SECOND)) != []


def test_a_limit_moved_over_a_questionable_value_does_not_alarm_on_it() -> None:
    watched = engine(severe_spo2(85))
    watched.observe(Metric.SPO2, 86, Quality.QUESTIONABLE, 0)
    assert raised(watched.set_rules([severe_spo2(88)], 1)) == []
    assert raised(watched.observe(Metric.SPO2, 86, Quality.QUESTIONABLE, SECOND)) != []


# ---- a weak signal


def test_a_violation_by_a_weak_signal_waits_six_seconds_instead_of_alarming_at_once() -> None:
    watched = engine(severe_spo2())
    assert play(watched, [70.0] * 6, quality=Quality.LOW_PERFUSION) == []
    (alarm,) = raised(watched.tick(6 * SECOND))
    assert (alarm.since, alarm.onset, alarm.value) == (0, 6 * SECOND, 70)


@pytest.mark.parametrize(("index", "weak"), [(0.0, True), (0.29, True), (0.3, False), (4.0, False), (None, False)])
def test_a_perfusion_index_below_three_tenths_is_weak_evidence(index: float | None, weak: bool) -> None:
    watched = engine(severe_spo2())
    watched.observe(Metric.PI, index, Quality.OK, 0)
    assert (raised(watched.observe(Metric.SPO2, 70, Quality.OK, SECOND)) == []) is weak


def test_a_perfusion_index_that_is_not_of_now_says_nothing() -> None:
    watched = engine(severe_spo2())
    watched.observe(Metric.PI, 0.1, Quality.HELD, 0)
    assert len(raised(watched.observe(Metric.SPO2, 70, Quality.OK, SECOND))) == 1


@pytest.mark.parametrize(("second", "alarms"), [(10, 0), (11, 1)])
def test_a_perfusion_index_speaks_for_ten_seconds(second: int, alarms: int) -> None:
    watched = engine(severe_spo2())
    watched.observe(Metric.PI, 0.1, Quality.OK, 0)
    assert len(raised(watched.observe(Metric.SPO2, 70, Quality.OK, second * SECOND))) == alarms


def test_one_strong_value_in_a_weak_violation_ends_the_wait() -> None:
    watched = engine(severe_spo2())
    assert play(watched, [70.0, 71.0], quality=Quality.LOW_PERFUSION) == []
    (alarm,) = raised(play(watched, [72.0], start_s=2))
    assert (alarm.since, alarm.onset, alarm.at) == (0, 0, 2 * SECOND)


def test_a_weak_value_after_strong_ones_does_not_bring_the_wait_back() -> None:
    watched = engine(low_spo2(delay_s=3))
    events = play(watched, [LOW]) + play(watched, [LOW] * 3, start_s=1, quality=Quality.LOW_PERFUSION)
    assert [alarm.onset for alarm in raised(events)] == [3 * SECOND]


def test_a_weak_signal_never_makes_a_long_delay_longer() -> None:
    watched = engine(low_spo2(delay_s=15))
    (alarm,) = raised(play(watched, [LOW] * 16, quality=Quality.LOW_PERFUSION))
    assert alarm.onset == 15 * SECOND


def test_the_wait_stays_when_the_limit_is_moved_meanwhile() -> None:
    watched = engine(severe_spo2(85))
    play(watched, [70.0] * 2, quality=Quality.LOW_PERFUSION)
    assert watched.set_rules([severe_spo2(84)], 2 * SECOND) == []
    (alarm,) = raised(watched.tick(6 * SECOND))
    assert alarm.onset == 6 * SECOND


def test_a_weak_signal_holds_up_an_area_and_a_fast_fall_as_well() -> None:
    area = LimitRule(Metric.SPO2, Side.LOW, 90, 0, 0, Priority.HIGH, area=10)
    fall = RateRule(Metric.SPO2, Side.LOW, 6, 20 * SECOND, 0, Priority.MEDIUM)
    watched = engine(area, fall)
    play(watched, [WELL])
    assert play(watched, [70.0] * 6, start_s=1, quality=Quality.LOW_PERFUSION) == []
    alarms = raised(watched.tick(7 * SECOND))
    assert {alarm.condition: alarm.onset for alarm in alarms} == {
        "SpO2.low": 7 * SECOND,
        "SpO2.low.rate": 7 * SECOND,
    }


def test_one_strong_value_ends_the_wait_of_a_fast_fall_too() -> None:
    watched = engine(RateRule(Metric.SPO2, Side.LOW, 6, 20 * SECOND, 3 * SECOND, Priority.MEDIUM))
    play(watched, [WELL])
    play(watched, [88.0], start_s=1, quality=Quality.LOW_PERFUSION)
    play(watched, [88.0], start_s=2)
    play(watched, [88.0], start_s=3, quality=Quality.LOW_PERFUSION)
    assert [alarm.onset for alarm in raised(watched.tick(4 * SECOND))] == [4 * SECOND]


def test_a_weak_pulse_at_the_finger_says_nothing_against_the_cuff() -> None:
    watched = engine(HIGH_SYS)
    watched.observe(Metric.PI, 0.1, Quality.OK, 0)
    assert len(raised(watched.observe(Metric.SYS, 171, Quality.OK, SECOND))) == 1


# ---- a cuff that squeezes the same arm

SAME_ARM = AlarmPolicy(same_arm=True)


def squeezed(kind: ConditionKind = ConditionKind.SENSOR_OFF, policy: AlarmPolicy = SAME_ARM) -> AlarmEngine:
    """The cuff began to squeeze at 0, and the oximeter lost its pulse at second 2."""
    watched = engine(low_spo2(delay_s=0), policy=policy)
    watched.cuff(True, 0)
    watched.device("oximeter", kind, True, 2 * SECOND)
    return watched


@pytest.mark.parametrize("kind", sorted(LOSS_OF_SIGNAL))
def test_a_cuff_on_the_same_arm_holds_a_lost_signal_back_for_sixty_seconds_and_says_so(kind: ConditionKind) -> None:
    watched = squeezed(kind)
    delay = TECHNICAL[kind].delay
    assert watched.tick(59 * SECOND) == []
    (view,) = watched.alarms()
    assert (view.state, view.until) == (AlarmState.HELD, 60 * SECOND)
    (alarm,) = raised(watched.tick(max(60 * SECOND, 2 * SECOND + delay)))
    assert (alarm.since, alarm.onset) == (2 * SECOND, 2 * SECOND + delay)


def test_the_hold_ends_fifteen_seconds_after_the_cuff_let_go() -> None:
    watched = squeezed()
    watched.cuff(False, 30 * SECOND)
    assert watched.tick(44 * SECOND) == []
    assert len(raised(watched.tick(45 * SECOND))) == 1


def test_a_signal_that_comes_back_while_it_is_held_never_alarms() -> None:
    watched = squeezed()
    watched.cuff(False, 30 * SECOND)
    assert watched.device("oximeter", ConditionKind.SENSOR_OFF, False, 40 * SECOND) == []
    assert watched.alarms() == []
    assert watched.tick(120 * SECOND) == []


def test_a_cuff_that_squeezes_again_and_again_holds_nothing_back_for_longer() -> None:
    watched = squeezed()
    for second in (20, 40, 60):
        watched.cuff(False, second * SECOND)
        watched.cuff(True, second * SECOND)
    assert len(raised(watched.tick(62 * SECOND))) == 1


def test_a_cuff_on_the_other_arm_holds_nothing_back() -> None:
    assert len(raised(squeezed(policy=AlarmPolicy(same_arm=False)).tick(7 * SECOND))) == 1


@pytest.mark.parametrize("kind", sorted(set(TECHNICAL) - LOSS_OF_SIGNAL))
def test_a_cuff_holds_back_no_state_that_it_cannot_cause(kind: ConditionKind) -> None:
    watched = engine(policy=SAME_ARM)
    watched.cuff(True, 0)
    watched.device("oximeter", kind, True, SECOND)
    watched.tick(SECOND + TECHNICAL[kind].delay)
    assert [view.state for view in watched.alarms()] == [AlarmState.ACTIVE]


def test_an_alarm_that_was_active_before_the_cuff_stays_active() -> None:
    watched = engine(policy=SAME_ARM)
    watched.device("oximeter", ConditionKind.NO_VALUE, True, 0)
    assert watched.cuff(True, SECOND) == []
    assert [view.state for view in watched.alarms()] == [AlarmState.ACTIVE]


def test_a_value_that_the_cuff_has_squeezed_away_is_not_told_as_one_of_now() -> None:
    watched = engine(low_spo2(delay_s=0), policy=SAME_ARM)
    play(watched, [LOW])
    watched.cuff(True, SECOND)
    play(watched, [GONE] * 20, start_s=2)
    assert [view.text for view in watched.alarms()] == ["SpO₂ 88 < 90, no value now"]


def test_a_low_saturation_alarm_lives_through_the_squeeze() -> None:
    watched = engine(low_spo2(delay_s=0), policy=SAME_ARM)
    play(watched, [LOW])
    watched.cuff(True, SECOND)
    assert play(watched, [*[GONE] * 40, LOW, LOW], start_s=1) == []
    (end,) = ended(play(watched, [WELL], start_s=43))
    assert (end.how, end.ended) == (AlarmEnd.CLEARED, 43 * SECOND)


def test_a_low_saturation_alarm_ends_as_unknown_when_the_squeeze_has_lasted_too_long() -> None:
    watched = engine(low_spo2(delay_s=0), policy=SAME_ARM)
    play(watched, [LOW])
    watched.cuff(True, SECOND)
    assert play(watched, [GONE] * 60, start_s=1) == []
    (end,) = ended(watched.tick(61 * SECOND))
    assert (end.how, end.ended) == (AlarmEnd.INDETERMINATE, SECOND)


@pytest.mark.parametrize("silence", [[], [GONE] * 58])
def test_one_low_value_before_the_squeeze_completes_no_delay_in_it_or_after(silence: list[float | None]) -> None:
    watched = engine(low_spo2(delay_s=15), policy=SAME_ARM)
    watched.cuff(True, 0)
    play(watched, [LOW])
    assert play(watched, silence, start_s=1) == []
    assert watched.tick(59 * SECOND) == []
    assert play(watched, [*[LOW] * 14, WELL], start_s=60) == []
