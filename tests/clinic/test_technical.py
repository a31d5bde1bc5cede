"""Alarms that no value makes: a device, a measurement that is late, a symptom that a person sees."""

from __future__ import annotations

import pytest

from devices.readings import SECOND, ConditionKind, Metric, Quality
from monitor.clinic.alarms.policy import AlarmPolicy
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.alarms.technical import TECHNICAL
from monitor.clinic.alarms.views import AlarmState
from monitor.clinic.events import (
    AlarmEnd,
)
from monitor.clinic.priority import Priority
from tests.clinic.series import (
    HIGH_SYS,
    ended,
    engine,
    play,
    raised,
    severe_spo2,
    shown,
)


@pytest.mark.parametrize("kind", TECHNICAL)
def test_a_technical_alarm_waits_for_its_delay_and_ends_with_its_cause(kind: ConditionKind) -> None:
    watched, rule = engine(), TECHNICAL[kind]
    began = watched.device("oximeter", kind, True, 0)
    began += watched.tick(rule.delay - 1) if rule.delay else []
    assert len(raised(began)) == (0 if rule.delay else 1)
    began += watched.tick(rule.delay)
    (alarm,) = raised(began)
    assert (alarm.condition, alarm.priority, alarm.limit) == (f"oximeter.{kind}", rule.priority, None)
    assert alarm.text.startswith("Oximeter: ")
    assert watched.device("oximeter", kind, True, 60 * SECOND) == []
    (end,) = ended(watched.device("oximeter", kind, False, 61 * SECOND))
    assert (end.how, end.ended) == (AlarmEnd.CLEARED, 61 * SECOND)


def test_a_technical_state_shorter_than_its_delay_raises_nothing() -> None:
    watched = engine()
    events = watched.device("oximeter", ConditionKind.SENSOR_OFF, True, 0)
    events += watched.device("oximeter", ConditionKind.SENSOR_OFF, False, 4 * SECOND)
    assert [*events, *watched.tick(60 * SECOND)] == []


def test_the_same_state_of_two_devices_is_two_alarms() -> None:
    watched = engine()
    watched.device("oximeter", ConditionKind.LINK_DOWN, True, 0)
    watched.device("cuff", ConditionKind.LINK_DOWN, True, 0)
    (end,) = ended(watched.device("cuff", ConditionKind.LINK_DOWN, False, SECOND))
    assert end.condition == "cuff.link_down"
    assert [view.condition for view in watched.alarms()] == ["oximeter.link_down"]


WHAT_TO_DO = ("check", "put", "plug", "keep", "warm", "charge", "measure", "use")


@pytest.mark.parametrize("kind", ConditionKind)
def test_every_state_of_a_device_alarms_and_says_what_to_do(kind: ConditionKind) -> None:
    what, _, advice = TECHNICAL[kind].text.partition(", ")
    assert what
    assert advice.split()[0] in WHAT_TO_DO


@pytest.mark.parametrize(("kind", "seconds"), [(ConditionKind.INTERFERENCE, 30), (ConditionKind.LOW_PERFUSION, 60)])
def test_a_bad_signal_is_a_low_alarm_only_when_it_lasts(kind: ConditionKind, seconds: int) -> None:
    watched = engine()
    watched.device("oximeter", kind, True, 0)
    assert watched.tick(seconds * SECOND - 1) == []
    (alarm,) = raised(watched.tick(seconds * SECOND))
    assert alarm.priority is Priority.LOW


# ---- symptoms


@pytest.mark.parametrize("symptom", Symptom)
def test_a_symptom_is_an_emergency_at_any_pressure(symptom: Symptom) -> None:
    watched = engine(HIGH_SYS)
    watched.observe(Metric.SYS, 118, Quality.OK, 0)
    (alarm,) = raised(watched.symptom(symptom, True, SECOND))
    assert (alarm.condition, alarm.priority, alarm.onset) == (f"symptom.{symptom}", Priority.HIGH, SECOND)
    assert alarm.text == f"{symptom.label}: EMERGENCY, call for help now"


def test_a_symptom_ends_only_when_a_person_says_so() -> None:
    watched = engine(HIGH_SYS)
    watched.symptom(Symptom.CHEST_PAIN, True, 0)
    assert watched.symptom(Symptom.CHEST_PAIN, True, SECOND) == []
    assert watched.observe(Metric.SYS, 118, Quality.OK, 2 * SECOND) == []
    assert watched.tick(3 * 3600 * SECOND) == []
    (end,) = ended(watched.symptom(Symptom.CHEST_PAIN, False, 3 * 3600 * SECOND))
    assert end.how is AlarmEnd.RESOLVED
    assert watched.alarms() == []


def test_a_symptom_that_a_person_saw_go_is_not_kept_on_the_screen() -> None:
    watched = engine(policy=AlarmPolicy(latch=frozenset(Priority)))
    watched.symptom(Symptom.SEIZURE, True, 0)
    watched.symptom(Symptom.SEIZURE, False, SECOND)
    assert watched.alarms() == []


def test_alarms_that_are_off_do_not_silence_a_symptom() -> None:
    watched = engine(severe_spo2())
    watched.symptom(Symptom.CHEST_PAIN, True, 0)
    assert watched.switch_off(None, SECOND) == []
    assert len(raised(watched.symptom(Symptom.SEIZURE, True, 2 * SECOND))) == 1
    assert play(watched, [70.0], start_s=3) == []
    assert sorted(shown(watched)) == ["symptom.chest_pain", "symptom.seizure"]


def test_a_symptom_that_is_not_there_cannot_go() -> None:
    watched = engine()
    assert watched.symptom(Symptom.SEIZURE, False, 0) == []
    assert watched.alarms() == []


# ---- what is overdue

OVERDUE = AlarmPolicy(overdue=5 * 60 * SECOND)


def test_a_measurement_may_be_five_minutes_late_and_no_later() -> None:
    watched = engine(policy=OVERDUE)
    due = 20 * 60 * SECOND
    assert watched.due("nibp", "Blood pressure overdue", due, due - 1) == []
    assert watched.alarms() == []
    assert watched.due("nibp", "Blood pressure overdue", due, due + SECOND) == []
    (view,) = watched.alarms()
    assert (view.state, view.since) == (AlarmState.PENDING, due)
    assert watched.tick(due + OVERDUE.overdue - 1) == []
    (alarm,) = raised(watched.tick(due + OVERDUE.overdue))
    assert (alarm.condition, alarm.priority, alarm.since) == ("overdue.nibp", Priority.LOW, due)


@pytest.mark.parametrize("next_due", [None, 45 * 60 * SECOND])
def test_an_overdue_alarm_ends_when_the_measurement_is_taken(next_due: int | None) -> None:
    watched = engine(policy=OVERDUE)
    watched.due("nibp", "Blood pressure overdue", 0, 0)
    watched.tick(OVERDUE.overdue)
    (end,) = ended(watched.due("nibp", "Blood pressure overdue", next_due, 25 * 60 * SECOND))
    assert end.how is AlarmEnd.CLEARED


def test_a_measurement_that_nobody_asked_for_is_never_overdue() -> None:
    watched = engine(policy=OVERDUE)
    assert watched.due("nibp", "Blood pressure overdue", None, 3 * 3600 * SECOND) == []
    assert watched.tick(9 * 3600 * SECOND) == []
