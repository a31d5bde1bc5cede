"""What is due and when, and the alarm when nobody does it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from devices.readings import SECOND, Micros
from monitor.clinic.alarms.policy import NOTHING_SPECIAL
from monitor.clinic.events import AlarmEnded, AlarmRaised, AnyEvent, CuffFailed, CuffStarted, Phase
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session, open_session
from monitor.clinic.treatment.plan import Due
from monitor.clinic.treatment.scales import Scale
from monitor.clinic.treatment.schedule import NIBP, due_items, next_cuff_at
from monitor.service.session_watch import SessionWatch
from tests.clinic.treatments import (
    ENDINGS,
    MINUTE,
    NURSE,
    SHIPPED,
    after,
    assessed,
    ending,
    entered,
    of,
    pressure,
)

SPRAY = SHIPPED["esketamine_us"]
DOSED: Micros = 10 * MINUTE


def dosed(protocol: Protocol = SPRAY) -> Session:
    session = Session.opened(open_session("a", "1", "K-1", 70, protocol, 56, NURSE, 0))
    return entered(session, Phase.DOSING, protocol, DOSED)


def due(session: Session, protocol: Protocol = SPRAY) -> dict[str, float | None]:
    """What is due, and how many minutes after the first dose."""
    return {
        item.what: None if item.due_at is None else (item.due_at - DOSED) / MINUTE
        for item in due_items(session, protocol)
    }


def awake(session: Session, minute: float) -> Session:
    return after(session, assessed(session, Scale.MOAAS, 5, DOSED + round(minute * MINUTE)))


def measured(session: Session, minute: float) -> Session:
    return after(session, pressure(DOSED + round(minute * MINUTE)))


def test_before_the_dose_a_pressure_and_an_assessment_are_wanted_at_no_certain_time() -> None:
    session = Session.opened(open_session("a", "1", "K-1", 70, SPRAY, 56, NURSE, 0))
    assert due(session) == {NIBP: None, "moaas": None}
    session = after(session, pressure(MINUTE), assessed(session, Scale.MOAAS, 5, MINUTE))
    assert due(session) == {}


@pytest.mark.parametrize(("taken", "wanted"), [(34.9, True), (35, False), (39, False), (44, False), (60, False)])
def test_the_reading_at_40_minutes_is_the_one_taken_around_then(taken: float, wanted: bool) -> None:
    assert due(dosed())[NIBP] == 40
    assert (NIBP in due(measured(dosed(), taken))) is wanted


def test_a_reading_before_the_dose_is_not_the_one_at_40_minutes() -> None:
    assert due(after(dosed(), pressure(DOSED - MINUTE)))[NIBP] == 40


def test_an_assessment_is_due_at_its_minutes_and_then_every_so_often_from_the_newest() -> None:
    session, told = dosed(), list[float | None]()
    for minute in (15, 30, 45, 60, 75, 90, 115):
        told.append(due(session)["moaas"])
        session = awake(session, minute)
    assert told == [15, 30, 45, 60, 75, 90, 120]
    assert due(session)["moaas"] == 115 + 30


def test_an_assessment_told_late_counts_when_it_was_made() -> None:
    session = dosed()
    late = assessed(session, Scale.MOAAS, 5, DOSED + 15 * MINUTE, told=DOSED + 39 * MINUTE)
    assert due(after(session, late))["moaas"] == 30


def test_the_cuff_measures_at_40_minutes_by_itself_whatever_its_interval() -> None:
    by_hand = replace(SPRAY, cuff_minutes={})
    session = dosed(by_hand)
    assert next_cuff_at(session, by_hand) == DOSED + 40 * MINUTE
    assert next_cuff_at(measured(session, 41), by_hand) is None
    assert next_cuff_at(dosed(), SPRAY) == DOSED + 20 * MINUTE


def test_one_spoilt_reading_does_not_cost_the_one_at_40_minutes() -> None:
    by_hand = replace(SPRAY, cuff_minutes={})
    session = dosed(by_hand)
    for minute, stopped in ((10, False), (12, True)):
        at = DOSED + minute * MINUTE
        failed = CuffFailed(at=at + SECOND, by="service", reason="movement", source="cuff", stopped=stopped)
        session = after(session, CuffStarted(at=at, by=NURSE), failed)
        assert next_cuff_at(session, by_hand) == DOSED + 40 * MINUTE


def test_a_cuff_stopped_at_40_minutes_waits_for_its_interval() -> None:
    session, at = dosed(), DOSED + 40 * MINUTE
    stopped = CuffFailed(at=at + SECOND, by="service", reason="stopped", source="cuff", stopped=True)
    session = after(session, CuffStarted(at=at, by="service"), stopped)
    assert next_cuff_at(session, SPRAY) == at + SECOND + 20 * MINUTE


@pytest.mark.parametrize("how", ENDINGS)
def test_after_the_end_no_cuff_measures(how: Phase) -> None:
    session = entered(entered(dosed(), Phase.MONITORING, SPRAY, 12 * MINUTE), Phase.RECOVERY, SPRAY, 13 * MINUTE)
    assert next_cuff_at(after(session, *ending(session, how, 20 * MINUTE)), SPRAY) is None


# ---- the alarm


def watched(session: Session, protocol: Protocol, first: float, last: float) -> tuple[SessionWatch, list[AnyEvent]]:
    """A watch from one minute after the dose to another, and what it said."""
    watch, said = SessionWatch(session, protocol, NOTHING_SPECIAL), list[AnyEvent]()
    for second in range(round(first * 60), round(last * 60) + 1):
        said += watch.second(DOSED + second * SECOND)
    return watch, said


def test_an_assessment_that_nobody_makes_is_an_alarm_when_its_grace_is_over() -> None:
    _, said = watched(dosed(), SPRAY, 0, 21)
    (raised,) = of(AlarmRaised, said)
    assert (raised.condition, raised.text) == ("overdue.moaas", "MOAA/S overdue, assess now")
    assert raised.onset == DOSED + 20 * MINUTE


def test_a_longer_grace_is_waited_for() -> None:
    patient = replace(SPRAY, due=(Due("moaas", at_min=(15,), grace_min=12),))
    _, said = watched(dosed(patient), patient, 0, 30)
    assert [event.onset for event in of(AlarmRaised, said)] == [DOSED + 27 * MINUTE]


@pytest.mark.parametrize("every_min", [30, None])
def test_the_alarm_ends_when_the_patient_is_assessed_even_when_nothing_more_is_due(every_min: float | None) -> None:
    once = replace(SPRAY, due=(Due("moaas", at_min=(15,), every_min=every_min),))
    session = dosed(once)
    watch, _ = watched(session, once, 0, 22)
    done = assessed(session, Scale.MOAAS, 5, DOSED + 22 * MINUTE)
    watch.follow(done, after(session, done), DOSED + 22 * MINUTE)
    said: list[AnyEvent] = [*watch.second(DOSED + 22 * MINUTE + SECOND)]
    assert [event.condition for event in of(AlarmEnded, said)] == ["overdue.moaas"], "the alarm stays for ever"


def test_before_the_dose_nothing_is_overdue() -> None:
    session = Session.opened(open_session("a", "1", "K-1", 70, SPRAY, 56, NURSE, 0))
    assert watched(session, SPRAY, -10, 60)[1] == []
