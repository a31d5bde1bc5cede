"""Chairside's own alarms: the test of the way to a screen."""

from __future__ import annotations

import pytest

from devices.readings import SECOND
from monitor.clinic.alarms.views import AlarmState
from monitor.clinic.events import AlarmChainTested, AlarmEnded, AlarmRaised, AnyEvent
from monitor.clinic.refusal import Refused
from monitor.service.house import SCREENS_HAVE, House

AT = 1_700_000_000 * SECOND


def results(events: list[AnyEvent]) -> list[int | None]:
    return [event.ms for event in events if isinstance(event, AlarmChainTested)]


def begun() -> tuple[House, str]:
    house = House()
    house.test_chain(AT)
    assert house.chain is not None
    return house, house.chain.test


def test_the_first_screen_that_shows_the_made_up_alarm_ends_the_test() -> None:
    house, test = begun()
    assert [alarm.state for alarm in house.alarms()] == [AlarmState.ACTIVE]
    assert results(house.chain_seen(test, 143, AT + SECOND)) == [143]
    assert house.alarms() == []
    assert house.chain is not None
    assert (house.chain.ms, house.chain.failed) == (143, False)
    assert house.chain_seen(test, 99, AT + SECOND) == [], "a second screen counted"


def test_a_screen_cannot_have_been_slower_than_the_time_that_has_passed() -> None:
    house, test = begun()
    assert results(house.chain_seen(test, 10**9, AT + SECOND)) == [1000]


def test_a_test_that_no_screen_answers_is_an_alarm_until_one_is_answered() -> None:
    house, _ = begun()
    assert house.tick(AT + SCREENS_HAVE - 1) == []
    events = house.tick(AT + SCREENS_HAVE)
    assert results(events) == [None]
    (raised,) = [event for event in events if isinstance(event, AlarmRaised)]
    assert raised.condition == "chain.failed"
    house.test_chain(AT + 2 * SCREENS_HAVE)
    assert house.chain is not None
    events = house.chain_seen(house.chain.test, 80, AT + 2 * SCREENS_HAVE + SECOND)
    assert [event.condition for event in events if isinstance(event, AlarmEnded)] == ["chain.failed"]


def test_an_alarm_of_chairside_itself_is_the_same_after_a_restart_and_ends_with_its_cause() -> None:
    house, _ = begun()
    past = house.tick(AT + SCREENS_HAVE)
    past += house.acknowledge(["chain.failed"], "nurse 1", AT + SCREENS_HAVE)
    restarted = House()
    assert restarted.restore(past, AT + 60 * SECOND) == []
    assert [(view.condition, view.acknowledged_by) for view in restarted.alarms()] == [("chain.failed", "nurse 1")]
    restarted.test_chain(AT + 90 * SECOND)
    assert restarted.chain is not None
    events = restarted.chain_seen(restarted.chain.test, 80, AT + 91 * SECOND)
    assert [event.condition for event in events if isinstance(event, AlarmEnded)] == ["chain.failed"]


def test_only_one_test_runs_at_a_time() -> None:
    house, _ = begun()
    with pytest.raises(Refused):
        house.test_chain(AT + SECOND)


def test_the_chain_is_tested_by_itself_as_often_as_the_clinic_wants() -> None:
    house = House()
    assert not house.test_is_due(60 * SECOND, AT)
    assert not house.test_is_due(60 * SECOND, AT + 59 * SECOND)
    assert house.test_is_due(60 * SECOND, AT + 60 * SECOND)
    assert not house.test_is_due(None, AT + 9999 * SECOND)
