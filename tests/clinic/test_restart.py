"""After a restart alarms are as they were."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.readings import SECOND, ConditionKind, Metric, Quality
from monitor.clinic.alarms.engine import AlarmEngine, AlarmEvent
from monitor.clinic.alarms.policy import AlarmPolicy, Escalation
from monitor.clinic.alarms.resumption import go_on
from monitor.clinic.alarms.rules import Rule, StuckRule
from monitor.clinic.alarms.views import AlarmState, AlarmView
from monitor.clinic.events import (
    AlarmEnd,
    AlarmEscalated,
    AlarmLatched,
    EscalationStep,
)
from monitor.clinic.priority import Priority
from tests.clinic.actions import Action, Record, carry_out, courses, policies, some_rules
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
)


def restarted(acknowledged_by: str | None = None) -> AlarmEngine:
    """An engine that goes on at second 100 with an alarm that began at 2."""
    before = engine(low_spo2(delay_s=15))
    (alarm,) = raised(play(before, [WELL, WELL, *[LOW] * 16]))
    watched = engine(low_spo2(delay_s=15))
    assert watched.restore(alarm, acknowledged_by, 100 * SECOND) == []
    return watched


def test_a_restart_goes_on_with_the_alarm_and_its_acknowledgement() -> None:
    watched = restarted("nurse 1")
    (view,) = watched.alarms()
    assert (view.since, view.state, view.acknowledged_by) == (2 * SECOND, AlarmState.ACTIVE, "nurse 1")
    assert play(watched, [LOW] * 30, start_s=101) == []
    assert watched.acknowledge(shown(watched), "nurse 2", 131 * SECOND) == []


def test_an_alarm_not_acknowledged_before_a_restart_can_be_acknowledged_after_it() -> None:
    assert acknowledged(restarted().acknowledge(["SpO2.low"], "nurse", 101 * SECOND)) == ["SpO2.low"]


def test_a_restored_alarm_ends_when_values_come_back_in_range() -> None:
    (end,) = ended(play(restarted(), [WELL], start_s=103))
    assert (end.how, end.condition) == (AlarmEnd.CLEARED, "SpO2.low")


def test_a_restored_alarm_ends_as_unknown_when_values_never_come() -> None:
    watched = restarted()
    assert watched.tick(105 * SECOND) == []
    (end,) = ended(watched.tick(106 * SECOND))
    assert end.how is AlarmEnd.INDETERMINATE
    assert watched.alarms() == []


def test_a_restored_alarm_whose_limit_is_gone_ends_as_unknown() -> None:
    (alarm,) = raised(play(engine(severe_spo2()), [70.0]))
    watched = engine(HIGH_SYS)
    (end,) = ended(watched.restore(alarm, None, SECOND))
    assert end.how is AlarmEnd.INDETERMINATE
    assert watched.alarms() == []


def restored_sensor_alarm() -> AlarmEngine:
    before = engine()
    before.device("oximeter", ConditionKind.SENSOR_OFF, True, 0)
    (alarm,) = raised(before.tick(5 * SECOND))
    watched = engine()
    watched.restore(alarm, "nurse", 100 * SECOND)
    return watched


def test_a_restored_technical_alarm_stays_until_its_device_reports() -> None:
    watched = restored_sensor_alarm()
    assert watched.tick(400 * SECOND) == []
    assert watched.device("oximeter", ConditionKind.SENSOR_OFF, True, 401 * SECOND) == []
    (end,) = ended(watched.device("oximeter", ConditionKind.SENSOR_OFF, False, 402 * SECOND))
    assert end.how is AlarmEnd.CLEARED


def test_a_technical_alarm_keeps_its_delay_after_a_restart() -> None:
    watched = restored_sensor_alarm()
    watched.device("oximeter", ConditionKind.SENSOR_OFF, False, 101 * SECOND)
    assert watched.device("oximeter", ConditionKind.SENSOR_OFF, True, 110 * SECOND) == []
    (alarm,) = raised(watched.tick(115 * SECOND))
    assert alarm.onset == 115 * SECOND


# ---- an alarm whose rule is no longer configured

LATCHING = AlarmPolicy(latch=frozenset({Priority.HIGH}))


def orphaned() -> AlarmEngine:
    """The profile was edited while Chairside was down: an unanswered alarm has lost its rule."""
    (alarm,) = raised(play(engine(severe_spo2()), [70.0]))
    watched = engine(HIGH_SYS, policy=LATCHING)
    (over,) = watched.restore(alarm, None, SECOND)
    assert isinstance(over, AlarmLatched)
    return watched


def test_an_unanswered_alarm_whose_rule_is_gone_stays_until_somebody_answers() -> None:
    watched = orphaned()
    assert [view.state for view in watched.alarms()] == [AlarmState.LATCHED]
    (end,) = ended(watched.acknowledge(shown(watched), "nurse", 2 * SECOND))
    assert end.how is AlarmEnd.INDETERMINATE
    assert watched.alarms() == []


def test_a_latched_alarm_is_not_lost_when_its_rule_comes_back() -> None:
    watched = orphaned()
    assert watched.set_rules([HIGH_SYS, severe_spo2()], 2 * SECOND) == []
    assert [view.state for view in watched.alarms()] == [AlarmState.LATCHED]
    assert len(ended(watched.acknowledge(shown(watched), "nurse", 3 * SECOND))) == 1


# ---- with the recorded values played again


def test_a_latched_alarm_comes_back_and_can_be_answered() -> None:
    (alarm,) = raised(play(engine(low_spo2(delay_s=0)), [LOW]))
    watched = engine(low_spo2(delay_s=0), policy=LATCHING)
    over = AlarmLatched(
        at=9 * SECOND, by="service", condition="SpO2.low", how=AlarmEnd.CLEARED, ended=9 * SECOND, text="SpO₂ 81 < 90"
    )
    watched.restore_latched(alarm, over)
    (view,) = watched.alarms()
    assert (view.state, view.text, view.since, view.until) == (AlarmState.LATCHED, "SpO₂ 81 < 90", 0, 9 * SECOND)
    (end,) = ended(watched.acknowledge(shown(watched), "nurse", 99 * SECOND))
    assert (end.how, end.ended) == (AlarmEnd.CLEARED, 9 * SECOND)


def test_a_delay_goes_on_where_it_stood() -> None:
    watched = engine(low_spo2(delay_s=15))
    play(watched, [LOW] * 12)
    watched.unraise([])
    (alarm,) = raised(play(watched, [LOW] * 3, start_s=13))
    assert (alarm.since, alarm.onset) == (0, 15 * SECOND)


def test_an_alarm_that_the_record_does_not_know_is_raised_now() -> None:
    watched = engine(low_spo2(delay_s=15))
    assert len(raised(play(watched, [LOW] * 20))) == 1
    watched.unraise([])
    (alarm,) = raised(watched.tick(20 * SECOND))
    assert (alarm.since, alarm.onset, alarm.at) == (0, 15 * SECOND, 20 * SECOND)


def test_a_restored_alarm_shows_the_newest_of_the_values_that_were_played_again() -> None:
    (alarm,) = raised(engine(HIGH_SYS).observe(Metric.SYS, 171, Quality.OK, 0))
    watched = engine(HIGH_SYS)
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    watched.observe(Metric.SYS, 185, Quality.OK, 600 * SECOND)
    watched.unraise(["SYS.high"])
    assert watched.restore(alarm, None, 900 * SECOND) == []
    assert [view.text for view in watched.alarms()] == ["SYS 185 > 160"]


def test_the_time_that_chairside_was_away_is_not_held_against_the_values() -> None:
    (alarm,) = raised(play(engine(low_spo2(delay_s=0)), [LOW]))
    watched = engine(low_spo2(delay_s=0))
    play(watched, [LOW])
    watched.unraise(["SpO2.low"])
    watched.restore(alarm, None, 60 * SECOND)
    assert watched.tick(65 * SECOND) == []
    (end,) = ended(watched.tick(65 * SECOND + 1))
    assert end.how is AlarmEnd.INDETERMINATE


def test_an_answered_alarm_is_no_unanswered_one_because_the_values_stopped_meanwhile() -> None:
    """Two restarts in a row: played again, the time of the first looks like the end of the alarm."""
    (alarm,) = raised(play(engine(low_spo2(delay_s=0)), [LOW]))
    watched = engine(low_spo2(delay_s=0), policy=LATCHING)
    play(watched, [LOW, *[GONE] * 8, LOW])
    watched.unraise(["SpO2.low"])
    watched.restore(alarm, "nurse", 11 * SECOND)
    assert len(ended(play(watched, [WELL], start_s=12))) == 1
    assert watched.alarms() == []


def test_the_escalation_goes_on_where_it_stood() -> None:
    steps = (Escalation(EscalationStep.LOUDER, 30 * SECOND), Escalation(EscalationStep.BANNER, 60 * SECOND))
    policy = AlarmPolicy(escalation=steps)
    before = engine(policy=policy)
    (alarm,) = raised(before.device("cuff", ConditionKind.LINK_DOWN, True, 0))
    watched = engine(policy=policy)
    watched.restore(alarm, None, 40 * SECOND, escalated=1)
    assert watched.tick(59 * SECOND) == []
    (step,) = watched.tick(60 * SECOND)
    assert isinstance(step, AlarmEscalated)
    assert step.step is EscalationStep.BANNER


def test_a_restored_stuck_value_that_is_still_the_same_stays_an_alarm() -> None:
    rule = StuckRule(Metric.PR, 60 * SECOND)
    (alarm,) = raised(play(engine(rule), [70.0] * 61, Metric.PR))
    watched = engine(rule)
    watched.restore(alarm, None, 100 * SECOND)
    assert play(watched, [70.0] * 5, Metric.PR, start_s=101) == []
    assert len(ended(play(watched, [71.0], Metric.PR, start_s=106))) == 1


@given(course=courses.filter(bool), first=some_rules(), policy=policies, data=st.data())
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
def test_a_restart_at_any_moment_changes_nothing(
    course: list[Action], first: list[Rule], policy: AlarmPolicy, data: st.DataObject
) -> None:
    """Values, device states, symptoms and changed limits are played again, answers are not; then the open alarms of the
    record are restored. From there both engines must tell the same events and show the same alarms.
    """
    number = data.draw(st.integers(1, len(course)))
    before, after = course[:number], course[number:]
    going_on, record, now = AlarmEngine("1", "a", first, policy), Record(), 0
    for later, what in before:
        now += later
        record.take(carry_out(going_on, what, now))
    restarted = played_again(before, AlarmEngine("1", "a", first, policy))
    assert go_on(restarted, record.alarms, now) == []
    for later, what in after:
        now += later
        assert in_order(carry_out(restarted, what, now)) == in_order(carry_out(going_on, what, now))
        assert by_condition(restarted.alarms()) == by_condition(going_on.alarms())
    assert in_order(restarted.end_all(now)) == in_order(going_on.end_all(now))


def played_again(course: list[Action], watched: AlarmEngine) -> AlarmEngine:
    now = 0
    for later, what in course:
        now += later
        carry_out(watched, ("tick",) if what[0] == "acknowledge" else what, now)
    return watched


def in_order(events: list[AlarmEvent]) -> list[AlarmEvent]:
    return sorted(events, key=lambda event: (event.condition, type(event).__name__))


def by_condition(views: list[AlarmView]) -> list[AlarmView]:
    return sorted(views, key=lambda view: view.condition)
