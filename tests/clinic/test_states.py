"""What becomes of an alarm: who has taken notice, what stays, what grows louder, what is off."""

from __future__ import annotations

import pytest

from devices.readings import SECOND, ConditionKind, Metric, Quality
from monitor.clinic.alarms.engine import AlarmEngine, AlarmEvent
from monitor.clinic.alarms.limits import Side
from monitor.clinic.alarms.policy import AlarmPolicy, Escalation
from monitor.clinic.alarms.rules import LimitRule
from monitor.clinic.alarms.views import AlarmState
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmRaised,
    EscalationStep,
)
from monitor.clinic.priority import Priority
from tests.clinic.series import (
    GONE,
    HIGH_SYS,
    LOW,
    WELL,
    acknowledged,
    ended,
    engine,
    low_spo2,
    play,
    raised,
    severe_spo2,
    shown,
    spans,
)


def three_alarms() -> AlarmEngine:
    watched = engine(severe_spo2(), HIGH_SYS)
    watched.observe(Metric.SPO2, 70, Quality.OK, 0)
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    watched.device("cuff", ConditionKind.LINK_DOWN, True, 0)
    return watched


def test_acknowledging_one_alarm_leaves_the_others_open() -> None:
    watched = three_alarms()
    (event,) = watched.acknowledge(["SYS.high"], "nurse 1", SECOND)
    assert (event.by, event.session, event.room) == ("nurse 1", "a", "1")
    assert {view.condition: view.acknowledged_by for view in watched.alarms()} == {
        "SpO2.low.severe": None,
        "SYS.high": "nurse 1",
        "cuff.link_down": None,
    }


def test_acknowledging_all_takes_the_open_ones_and_acknowledging_twice_does_nothing() -> None:
    watched = three_alarms()
    watched.acknowledge(["SYS.high"], "nurse 1", SECOND)
    assert sorted(acknowledged(watched.acknowledge(shown(watched), "nurse 2", SECOND))) == [
        "SpO2.low.severe",
        "cuff.link_down",
    ]
    assert watched.acknowledge(shown(watched), "nurse 3", SECOND) == []
    assert watched.acknowledge(["SYS.high"], "nurse 3", SECOND) == []
    assert {view.acknowledged_by for view in watched.alarms()} == {"nurse 1", "nurse 2"}


def test_an_alarm_that_is_only_pending_or_unknown_cannot_be_acknowledged() -> None:
    watched = engine(low_spo2(delay_s=15))
    play(watched, [LOW])
    assert watched.acknowledge(shown(watched), "nurse", 0) == watched.acknowledge(["SpO2.low"], "nurse", 0) == []
    assert watched.acknowledge(["nonsense"], "nurse", 0) == []
    (alarm,) = raised(play(watched, [LOW] * 15, start_s=1))
    assert alarm.condition == "SpO2.low"
    assert [view.acknowledged_by for view in watched.alarms()] == [None]


def test_an_alarm_that_comes_again_is_not_acknowledged_by_the_last_time() -> None:
    watched = engine(severe_spo2())
    play(watched, [70.0])
    watched.acknowledge(shown(watched), "nurse", 0)
    play(watched, [97.0, 70.0], start_s=1)
    assert [view.acknowledged_by for view in watched.alarms()] == [None]


def test_the_board_lists_active_before_pending_then_by_priority_then_the_newest() -> None:
    watched = engine(low_spo2(delay_s=15), HIGH_SYS, LimitRule(Metric.DIA, Side.HIGH, 100, 0, 0, Priority.MEDIUM))
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    watched.observe(Metric.DIA, 111, Quality.OK, SECOND)
    watched.device("oximeter", ConditionKind.LOW_BATTERY, True, 2 * SECOND)
    watched.observe(Metric.SPO2, LOW, Quality.OK, 3 * SECOND)
    assert [view.condition for view in watched.alarms()] == ["DIA.high", "SYS.high", "oximeter.low_battery", "SpO2.low"]


def test_the_end_of_a_session_ends_its_alarms_and_forgets_the_pending_ones() -> None:
    watched = three_alarms()
    watched.device("oximeter", ConditionKind.SENSOR_OFF, True, 0)
    ends = ended(watched.end_all(SECOND))
    assert sorted(end.condition for end in ends) == ["SYS.high", "SpO2.low.severe", "cuff.link_down"]
    assert {end.how for end in ends} == {AlarmEnd.SESSION_ENDED}
    assert watched.alarms() == []
    assert watched.end_all(2 * SECOND) == []


# ---- latching

LATCHING = AlarmPolicy(latch=frozenset({Priority.HIGH}))


def latched() -> AlarmEngine:
    """A fall to 84 % from second 0 to 3 that nobody has answered."""
    watched = engine(low_spo2(delay_s=0, hysteresis=2), policy=LATCHING)
    events = play(watched, [88.0, 84.0, 91.0, 92.0])
    assert [type(event) for event in events] == [AlarmRaised, AlarmLatched]
    return watched


def test_a_high_alarm_that_nobody_answered_stays_on_the_screen_when_its_cause_is_over() -> None:
    watched = latched()
    (view,) = watched.alarms()
    assert (view.state, view.since, view.until) == (AlarmState.LATCHED, 0, 3 * SECOND)
    assert view.text == "SpO₂ 84 < 90", "it tells what it was, not what it is now"
    assert watched.tick(3600 * SECOND) == []
    assert shown(watched) == ["SpO2.low"]


def test_answering_a_latched_alarm_ends_it() -> None:
    watched = latched()
    answer, end = watched.acknowledge(shown(watched), "nurse", 60 * SECOND)
    assert isinstance(answer, AlarmAcknowledged)
    assert isinstance(end, AlarmEnded)
    assert (end.how, end.ended, end.at) == (AlarmEnd.CLEARED, 3 * SECOND, 60 * SECOND)
    assert watched.alarms() == []


def test_an_alarm_that_somebody_answered_does_not_stay() -> None:
    watched = engine(low_spo2(delay_s=0), policy=LATCHING)
    play(watched, [LOW])
    watched.acknowledge(shown(watched), "nurse", SECOND)
    assert [end.how for end in ended(play(watched, [WELL], start_s=1))] == [AlarmEnd.CLEARED]
    assert watched.alarms() == []


@pytest.mark.parametrize("latch", [{Priority.HIGH}, {Priority.MEDIUM}, set(), set(Priority)])
def test_only_the_priorities_that_a_site_chose_are_kept(latch: set[Priority]) -> None:
    watched = engine(severe_spo2(), HIGH_SYS, policy=AlarmPolicy(latch=frozenset(latch)))
    watched.observe(Metric.SPO2, 70, Quality.OK, 0)
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    watched.observe(Metric.SPO2, 97, Quality.OK, SECOND)
    watched.observe(Metric.SYS, 120, Quality.OK, SECOND)
    assert {view.priority for view in watched.alarms()} == latch & {Priority.HIGH, Priority.MEDIUM}


def test_an_alarm_that_ended_unknown_stays_too() -> None:
    watched = engine(low_spo2(delay_s=0), policy=LATCHING)
    events = play(watched, [LOW, *[GONE] * 7])
    (over,) = [event for event in events if isinstance(event, AlarmLatched)]
    assert (over.how, over.ended) == (AlarmEnd.INDETERMINATE, SECOND)


def test_a_latched_alarm_that_comes_again_is_a_new_alarm() -> None:
    watched = latched()
    old, new = play(watched, [86.0], start_s=60)
    assert isinstance(old, AlarmEnded)
    assert isinstance(new, AlarmRaised)
    assert (old.ended, new.since) == (3 * SECOND, 60 * SECOND)
    assert [(view.state, view.acknowledged_by) for view in watched.alarms()] == [(AlarmState.ACTIVE, None)]


def test_a_latched_alarm_is_not_hidden_while_its_condition_is_pending_again() -> None:
    watched = engine(low_spo2(delay_s=5), policy=LATCHING)
    play(watched, [*[LOW] * 6, WELL, 80.0])
    (view,) = watched.alarms()
    assert (view.state, view.since, view.text) == (AlarmState.LATCHED, 0, "SpO₂ 88 < 90")


def test_a_latched_alarm_ends_with_its_session() -> None:
    assert [end.ended for end in ended(latched().end_all(9 * SECOND))] == [3 * SECOND]


def test_a_latched_alarm_that_nobody_has_seen_stays_when_alarms_are_paused() -> None:
    watched = latched()
    assert watched.switch_off(None, 9 * SECOND) == []
    assert shown(watched) == ["SpO2.low"]
    assert len(ended(watched.acknowledge(shown(watched), "nurse", 10 * SECOND))) == 1


@pytest.mark.parametrize("over", [[WELL], [91.0, *[GONE] * 7]])
def test_a_latched_alarm_says_how_bad_it_was_and_not_that_it_was_nearly_over(over: list[float | None]) -> None:
    """Whoever comes late must not read that a fall to 81 was one to 89."""
    watched = engine(low_spo2(delay_s=0, hysteresis=2), policy=LATCHING)
    play(watched, [LOW, 81.0, 85.0])
    play(watched, [60.0], start_s=3, quality=Quality.QUESTIONABLE)
    events = play(watched, [89.0, *over], start_s=4)
    (view,) = watched.alarms()
    assert (view.state, view.text) == (AlarmState.LATCHED, "SpO₂ 81 < 90")
    assert [event.text for event in events if isinstance(event, AlarmLatched)] == ["SpO₂ 81 < 90"]


def test_what_is_active_stands_before_what_is_latched() -> None:
    watched = latched()
    watched.device("oximeter", ConditionKind.LOW_BATTERY, True, 9 * SECOND)
    assert shown(watched) == ["oximeter.low_battery", "SpO2.low"]


# ---- escalation

STEPS = tuple(
    Escalation(step, after * SECOND)
    for step, after in ((EscalationStep.LOUDER, 30), (EscalationStep.BANNER, 60), (EscalationStep.MESSAGE, 120))
)
ESCALATING = AlarmPolicy(escalation=STEPS)


def escalations(events: list[AlarmEvent]) -> list[tuple[EscalationStep, int]]:
    return [(event.step, event.at // SECOND) for event in events if isinstance(event, AlarmEscalated)]


def unanswered(until_s: int, watched: AlarmEngine) -> list[AlarmEvent]:
    return [event for second in range(1, until_s) for event in watched.tick(second * SECOND)]


def test_an_alarm_that_nobody_answers_grows_louder_then_is_on_every_screen_then_is_told_elsewhere() -> None:
    watched = engine(policy=ESCALATING)
    watched.device("oximeter", ConditionKind.LINK_DOWN, True, 0)
    assert escalations(unanswered(400, watched)) == [
        (EscalationStep.LOUDER, 30),
        (EscalationStep.BANNER, 60),
        (EscalationStep.MESSAGE, 120),
    ]
    assert [view.escalated for view in watched.alarms()] == [3]


def test_an_answer_stops_the_escalation() -> None:
    watched = engine(policy=ESCALATING)
    watched.device("oximeter", ConditionKind.LINK_DOWN, True, 0)
    unanswered(31, watched)
    watched.acknowledge(shown(watched), "nurse", 31 * SECOND)
    assert escalations(unanswered(400, watched)) == []
    assert [view.escalated for view in watched.alarms()] == [1]


def test_an_alarm_of_low_priority_never_escalates() -> None:
    watched = engine(policy=ESCALATING)
    watched.device("oximeter", ConditionKind.LOW_BATTERY, True, 0)
    assert unanswered(400, watched) == []


def test_the_time_to_escalate_counts_from_the_alarm_and_not_from_its_cause() -> None:
    watched = engine(low_spo2(delay_s=15), policy=ESCALATING)
    events = play(watched, [LOW] * 60)
    assert escalations(events) == [(EscalationStep.LOUDER, 45)]


def test_an_alarm_that_comes_again_escalates_from_the_first_step() -> None:
    watched = engine(low_spo2(delay_s=0), policy=ESCALATING)
    play(watched, [*[LOW] * 40, WELL])
    assert escalations(play(watched, [LOW] * 40, start_s=100)) == [(EscalationStep.LOUDER, 130)]


def test_no_step_is_left_out_when_the_service_was_late() -> None:
    watched = engine(policy=ESCALATING)
    watched.device("oximeter", ConditionKind.LINK_DOWN, True, 0)
    late = [event for second in (500, 501, 502, 503) for event in watched.tick(second * SECOND)]
    assert [step for step, _ in escalations(late)] == [each.step for each in STEPS]


# ---- off and on


def test_switching_off_ends_what_is_active_and_raises_nothing_more() -> None:
    watched = three_alarms()
    ends = ended(watched.switch_off(None, 5 * SECOND))
    assert {end.condition for end in ends} == {"SpO2.low.severe", "SYS.high", "cuff.link_down"}
    assert {end.how for end in ends} == {AlarmEnd.SWITCHED_OFF}
    assert play(watched, [70.0] * 60, start_s=6) == []
    assert watched.device("oximeter", ConditionKind.LINK_DOWN, True, 70 * SECOND) == []
    assert watched.alarms() == []


def test_switching_on_again_raises_at_once_what_has_held_for_its_delay_meanwhile() -> None:
    watched = engine(low_spo2(delay_s=15))
    watched.switch_off(None, 0)
    assert play(watched, [*[WELL] * 10, *[LOW] * 30], start_s=1) == []
    (alarm,) = raised(watched.switch_on(None, 41 * SECOND))
    assert (alarm.since, alarm.onset, alarm.at) == (11 * SECOND, 41 * SECOND, 41 * SECOND)


def test_the_alarm_after_a_pause_does_not_begin_before_the_one_of_before_it_ended() -> None:
    watched = engine(severe_spo2())
    events = play(watched, [70.0] * 5) + watched.switch_off(None, 5 * SECOND)
    events += play(watched, [70.0] * 5, start_s=6) + watched.switch_on(None, 11 * SECOND)
    events += play(watched, [70.0, WELL], start_s=12)
    assert spans(events) == [(0.0, 5.0), (11.0, 13.0)]


def test_an_alarm_after_a_pause_that_is_unknown_at_once_does_not_end_before_it_began() -> None:
    watched = engine(severe_spo2())
    watched.switch_off(None, 0)
    events = play(watched, [70.0] * 5, start_s=1) + watched.switch_on(None, 7 * SECOND) + watched.tick(20 * SECOND)
    assert spans(events) == [(7.0, 7.0)]


def test_an_alarm_that_was_active_when_it_was_switched_off_comes_back_unanswered() -> None:
    watched = engine(severe_spo2())
    play(watched, [70.0])
    watched.acknowledge(shown(watched), "nurse", 0)
    watched.switch_off("SpO2.low.severe", SECOND)
    assert play(watched, [70.0] * 5, start_s=1) == []
    (alarm,) = raised(watched.switch_on("SpO2.low.severe", 6 * SECOND))
    assert alarm.since == 0
    assert [view.acknowledged_by for view in watched.alarms()] == [None]


def test_what_is_over_while_it_is_off_leaves_no_trace() -> None:
    watched = engine(severe_spo2(), policy=AlarmPolicy(latch=frozenset(Priority)))
    watched.switch_off(None, 0)
    assert play(watched, [70.0, 70.0, WELL], start_s=1) == []
    assert watched.switch_on(None, 9 * SECOND) == []
    assert watched.alarms() == []


def test_one_alarm_switched_off_leaves_the_others_on() -> None:
    watched = three_alarms()
    (end,) = ended(watched.switch_off("SYS.high", SECOND))
    assert end.condition == "SYS.high"
    assert sorted(shown(watched)) == ["SpO2.low.severe", "cuff.link_down"]


def test_a_condition_that_is_off_is_not_shown_as_pending() -> None:
    watched = engine(low_spo2(delay_s=15))
    watched.switch_off("SpO2.low", 0)
    play(watched, [LOW])
    assert watched.alarms() == []


def test_switching_on_what_was_switched_off_by_itself_leaves_the_rest_off() -> None:
    watched = engine(severe_spo2())
    watched.switch_off(None, 0)
    watched.switch_off("SpO2.low.severe", 0)
    watched.switch_on("SpO2.low.severe", SECOND)
    assert play(watched, [70.0], start_s=2) == []
