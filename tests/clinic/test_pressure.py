"""A blood pressure that a person measured, where the cuff gave none or none can be worn."""

from __future__ import annotations

import pytest

from devices.readings import Metric, Micros
from monitor.clinic.events import CuffIntervalSet, Phase, PressureTaken
from monitor.clinic.refusal import Refused, Unconfirmed
from monitor.clinic.session import Session, open_session
from monitor.clinic.treatment.events import DoseHeld
from monitor.clinic.treatment.pressure import take_pressure, values_of
from tests.clinic.treatments import MINUTE, NURSE, SHIPPED, entered, pressure

PROTOCOL = SHIPPED["esketamine_us"]
OPENED: Micros = 1_800_000_000_000_000
NOW = OPENED + 30 * MINUTE


def session() -> Session:
    return Session.opened(open_session("a", "1", "K-1", 70, PROTOCOL, 56, NURSE, OPENED))


def by_hand(
    sys: float = 118, dia: float = 76, pr: float | None = None, ago: int | None = None, confirmed: tuple[str, ...] = ()
) -> PressureTaken:
    given_at = None if ago is None else NOW - ago * MINUTE
    return take_pressure(session(), sys, dia, pr, given_at, confirmed, NURSE, NOW)


def test_a_reading_by_hand_counts_from_when_it_was_measured() -> None:
    told_late = by_hand(ago=12)
    assert told_late.measured_at == NOW - 12 * MINUTE
    after = session().apply(pressure(NOW - 5 * MINUTE, 130)).apply(told_late)
    newest = after.treatment.newest_reading
    assert newest is not None
    assert newest.sys == 130, "an older reading that was told later became the newest"


def test_a_reading_by_hand_is_one_that_was_due() -> None:
    every_10_min = CuffIntervalSet(at=OPENED, by=NURSE, interval_s=600)
    overdue = session().apply(every_10_min).apply(pressure(OPENED + 2 * MINUTE))
    assert overdue.reading_due_at == OPENED + 12 * MINUTE
    assert overdue.apply(by_hand()).reading_due_at == NOW + 10 * MINUTE


def test_a_reading_by_hand_makes_the_baseline_where_no_cuff_did() -> None:
    assert session().apply(by_hand(118, 76)).baseline_values == {Metric.SYS: 118, Metric.DIA: 76}


def test_a_reading_before_the_dose_that_is_told_after_it_is_still_one_before_it() -> None:
    dosed = entered(session().apply(pressure(OPENED + MINUTE)), Phase.DOSING, PROTOCOL, NOW - 10 * MINUTE)
    before = dosed.apply(by_hand(124, 80, ago=12)).readings_before_dose
    assert [reading.sys for reading in before] == [120, 124]


def test_a_dose_that_waits_for_a_reading_gets_it_by_hand() -> None:
    held = DoseHeld(at=NOW - MINUTE, by=NURSE, until=NOW, findings=())
    waiting = session().apply(held)
    assert waiting.apply(by_hand(ago=5)).treatment.held_until == NOW, "a reading from before the wait ended it"
    assert waiting.apply(by_hand()).treatment.held_until is None


@pytest.mark.parametrize(
    ("sys", "dia", "pr", "field"),
    [(1180, 76, None, "sys"), (118, 7, None, "dia"), (76, 118, None, "dia"), (118, 76, 7, "pr")],
)
def test_a_slip_of_the_keyboard_is_refused_at_its_field(sys: float, dia: float, pr: float | None, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        by_hand(sys, dia, pr)
    assert refusal.value.field == field


def test_a_time_before_the_session_is_refused() -> None:
    with pytest.raises(Refused) as refusal:
        by_hand(ago=45)
    assert refusal.value.field == "given_at"


def test_an_unusual_value_is_asked_about_and_then_kept_with_the_question() -> None:
    with pytest.raises(Unconfirmed) as asked:
        by_hand(212, 76, 38)
    assert asked.value.warnings == ("Systolic 212 is high.", "Pulse 38 is low.")
    assert by_hand(212, 76, 38, confirmed=asked.value.warnings).warnings == asked.value.warnings


def test_nothing_is_made_up_that_was_not_measured() -> None:
    assert values_of(by_hand(118, 76)) == {Metric.SYS: 118, Metric.DIA: 76}
    assert values_of(by_hand(118, 76, 64))[Metric.PR_NIBP] == 64
