"""Giving the drug: what is charted is what was given, and what is unusual is asked about before it is kept."""

from __future__ import annotations

from collections.abc import Collection

import pytest
from msgspec.structs import replace

from devices.readings import SECOND, Micros
from monitor.clinic.events import AnyEvent, DoseStarted, Phase
from monitor.clinic.refusal import Refused, Unconfirmed
from monitor.clinic.session import Session, open_session
from monitor.clinic.treatment.arriving import LastVisit, check_intake, unusual_dose, unusual_weight
from monitor.clinic.treatment.events import DeviceGiven, DosingEnded
from monitor.clinic.treatment.giving import (
    Ordered,
    change_rate,
    end_dosing,
    give_bolus,
    give_device,
    pause_infusion,
    resume_infusion,
    start_infusion,
)
from monitor.clinic.treatment.intake import Intake
from monitor.clinic.treatment.times import time_of
from tests.clinic.treatments import (
    ENDINGS,
    MINUTE,
    MONTH,
    NURSE,
    SHIPPED,
    SPRAY_DEVICE,
    after,
    ending,
    entered,
    first_dose,
    of,
    pressure,
)

SPRAY, INFUSION = SHIPPED["esketamine_us"], SHIPPED["iv_ketamine"]
OPENED: Micros = 1_800_000_000 * SECOND + 17 * SECOND
"""Not at a whole minute, as no session is."""


def minute(number: float) -> Micros:
    return OPENED + round(number * MINUTE)


def opened(dose_mg: float = 56) -> Session:
    return Session.opened(open_session("a", "1", "K-1", 70, SPRAY, dose_mg, NURSE, OPENED))


def device(
    session: Session, at: float, given: float | None = None, confirmed: Collection[str] = (), **other: str
) -> list[AnyEvent]:
    told = replace(SPRAY_DEVICE, given_at=None if given is None else minute(given), **other)
    return give_device(session, SPRAY, told, MONTH, {}, confirmed, NURSE, minute(at))


def infusing(dose_mg: float = 35, weight_kg: float = 70) -> Session:
    session = Session.opened(open_session("a", "1", "K-1", weight_kg, INFUSION, dose_mg, NURSE, OPENED))
    return after(session, *first_dose(session, INFUSION, minute(10)))


def mg(session: Session, at: float) -> float:
    return session.treatment.dosing.mg_at(minute(at))


# ---- nasal devices


def test_the_second_device_comes_five_minutes_after_the_first_was_used() -> None:
    session = after(opened(), *device(opened(), 10))
    for early in (10, 12, 14.9):
        with pytest.raises(Refused, match="5 min apart") as refusal:
            device(session, early)
        assert refusal.value.field == "given_at"
    assert of(DeviceGiven, device(session, 15))[0].number == 2


def test_the_wait_counts_from_when_a_device_was_used_not_from_when_that_was_told() -> None:
    session = after(opened(), *device(opened(), 20, given=10))
    assert session.first_dose_at == minute(10)
    assert of(DeviceGiven, device(session, 20, given=15))[0].given_at == minute(15)
    with pytest.raises(Refused, match="Device 1 was used after that"):
        device(session, 20, given=9)


def test_a_device_that_was_given_too_early_can_be_told_as_it_was_once_that_is_confirmed() -> None:
    session = after(opened(), *device(opened(), 20, given=10))
    with pytest.raises(Unconfirmed) as asked:
        device(session, 20, given=12)
    assert asked.value.warnings == ("Devices are 5 min apart: 3 min too early.",)
    told = of(DeviceGiven, device(session, 20, given=12, confirmed=asked.value.warnings))[0]
    assert (told.given_at, told.warnings) == (minute(12), asked.value.warnings)


def test_the_clock_of_a_session_starts_with_the_first_device_only() -> None:
    first = device(opened(), 20, given=10)
    assert of(DoseStarted, first)[0].zero == minute(10)
    session = after(opened(), *first)
    assert of(DoseStarted, device(session, 20)) == []
    assert after(session, *device(session, 20)).first_dose_at == minute(10)


def test_a_device_cannot_have_been_used_before_the_patient_came_or_be_used_tomorrow() -> None:
    with pytest.raises(Refused, match="before this session began") as refusal:
        device(opened(), 10, given=-5)
    assert refusal.value.field == "given_at"
    with pytest.raises(Refused, match="720 h from now"):
        device(opened(), 10, given=10 + 720 * 60)


def test_a_clock_at_the_bedside_may_show_whole_minutes_and_be_a_little_ahead() -> None:
    session, opened_minute = opened(), OPENED // MINUTE * MINUTE
    assert time_of(session, opened_minute, minute(3)) == OPENED, "something came before the session"
    assert time_of(session, minute(3) + 50 * SECOND, minute(3)) == minute(3), "something is still to come"


@pytest.mark.parametrize("far", [10**18, 10**30, -(10**30), 10**400, -(10**400)])
def test_a_time_that_no_clock_shows_is_refused_like_any_other_wrong_one(far: int) -> None:
    with pytest.raises(Refused):
        time_of(opened(), far, minute(3))


@pytest.mark.parametrize("lot", ["", "  ", "-1", "A 1", "A" * 21, "A;1", "Ä1"])
def test_a_lot_that_is_none_is_refused(lot: str) -> None:
    with pytest.raises(Refused) as refusal:
        device(opened(), 10, lot=lot)
    assert refusal.value.field == "lot"


@pytest.mark.parametrize("expiry", ["", "03/2027", "2027-13", "2027-00", "2027-3", "27-03", "2027-03-01"])
def test_an_expiry_that_is_no_month_is_refused(expiry: str) -> None:
    with pytest.raises(Refused) as refusal:
        device(opened(), 10, expiry=expiry)
    assert refusal.value.field == "expiry"


def test_nobody_observed_it_is_no_answer() -> None:
    with pytest.raises(Refused) as refusal:
        device(opened(), 10, observed_by=" ")
    assert refusal.value.field == "observed_by"


def test_an_expired_device_is_asked_about_and_a_device_is_good_until_the_end_of_its_month() -> None:
    assert of(DeviceGiven, device(opened(), 10, expiry=MONTH))[0].warnings == ()
    with pytest.raises(Unconfirmed) as asked:
        device(opened(), 10, expiry="2026-10")
    assert asked.value.warnings == ("This device expired in 2026-10.",)
    with pytest.raises(Unconfirmed):
        device(opened(), 10, expiry="2026-09", confirmed=asked.value.warnings)
    kept = device(opened(), 10, expiry="2026-10", confirmed=asked.value.warnings)
    assert of(DeviceGiven, kept)[0].warnings == asked.value.warnings


def test_no_more_devices_are_given_than_were_planned() -> None:
    session = opened(84)
    for number in range(3):
        session = after(session, *device(session, 10 + 5 * number))
    assert mg(session, 30) == 84
    with pytest.raises(Refused, match="All 84 mg were given"):
        device(session, 60)


def test_a_spray_is_no_infusion() -> None:
    order = Ordered(dose_mg=56, volume_ml=50, minutes=40, lot="B2")
    with pytest.raises(Refused, match="nasal spray"):
        start_infusion(opened(), SPRAY, order, {}, (), NURSE, minute(10))
    with pytest.raises(Refused, match="infusion"):
        give_device(opened(), INFUSION, SPRAY_DEVICE, MONTH, {}, (), NURSE, minute(10))


def test_a_dose_told_later_than_the_first_reading_asks_because_nobody_knew_the_pressure() -> None:
    session = after(opened(), pressure(minute(12), 150, 92))
    with pytest.raises(Unconfirmed) as asked:
        device(session, 13, given=10)
    assert asked.value.warnings == ("The first blood pressure was measured after this dose.",)
    assert device(session, 13, given=12.5)
    assert device(after(session, *device(session, 13, given=12.5)), 18)


def test_when_all_devices_are_given_dosing_is_complete_and_else_it_needs_a_reason() -> None:
    session = after(opened(), *device(opened(), 10))
    with pytest.raises(Refused, match="Only 28 of 56 mg") as refusal:
        end_dosing(session, SPRAY, " ", NURSE, minute(12))
    assert refusal.value.field == "reason"
    stopped = end_dosing(session, SPRAY, "nausea", NURSE, minute(12))
    assert (of(DosingEnded, stopped)[0].complete, of(DosingEnded, stopped)[0].mg) == (False, 28)
    session = after(session, *device(session, 15))
    whole = of(DosingEnded, end_dosing(session, SPRAY, "", NURSE, minute(16)))[0]
    assert (whole.complete, whole.mg) == (True, 56)
    with pytest.raises(Refused, match="Dosing is over"):
        device(after(session, *end_dosing(session, SPRAY, "", NURSE, minute(16))), 30)


# ---- infusions


def test_milligrams_are_the_integral_of_the_rate() -> None:
    session = infusing()
    assert [mg(session, at) for at in (10, 20, 30, 50)] == [0, 8.75, 17.5, 35]
    session = after(session, pause_infusion(session, "nausea", NURSE, minute(20)))
    assert mg(session, 26) == 8.75
    session = after(session, resume_infusion(session, NURSE, minute(26)))
    session = after(session, change_rate(session, INFUSION, 37.5, (), NURSE, minute(36)))
    assert mg(session, 36) == 17.5
    assert mg(session, 46) == 17.5 + 4.375
    assert session.treatment.dosing.infusion is not None
    assert session.treatment.dosing.infusion.empty_at == minute(76)


def test_never_more_than_the_bag_holds_is_given() -> None:
    session = infusing()
    assert mg(session, 500) == 35
    session = after(session, pause_infusion(session, "bag empty", NURSE, minute(60)))
    session = after(session, resume_infusion(session, NURSE, minute(70)))
    assert mg(session, 500) == 35


def test_an_infusion_that_stands_says_why_until_it_runs_again() -> None:
    session = after(infusing(), pause_infusion(infusing(), "nausea", NURSE, minute(20)))
    with pytest.raises(Refused, match="paused already"):
        pause_infusion(session, "again", NURSE, minute(21))
    session = after(session, change_rate(session, INFUSION, 50, (), NURSE, minute(22)))
    assert session.treatment.dosing.infusion is not None
    assert session.treatment.dosing.infusion.paused_for == "nausea"
    assert not session.treatment.dosing.infusion.running, "a new rate started the pump"
    assert session.treatment.dosing.infusion.since == minute(20), "it is said to stand since the new rate"
    session = after(session, resume_infusion(session, NURSE, minute(23)))
    assert session.treatment.dosing.infusion is not None
    assert session.treatment.dosing.infusion.paused_for == ""
    with pytest.raises(Refused, match="is running"):
        resume_infusion(session, NURSE, minute(24))
    with pytest.raises(Refused) as refusal:
        pause_infusion(session, " ", NURSE, minute(24))
    assert refusal.value.field == "reason"


def test_an_infusion_stopped_early_says_how_much_went_in_and_why() -> None:
    with pytest.raises(Refused, match=r"Only 17\.5 of 35 mg"):
        end_dosing(infusing(), INFUSION, "", NURSE, minute(30))
    events = end_dosing(infusing(), INFUSION, "pressure", NURSE, minute(30))
    assert (of(DosingEnded, events)[0].mg, of(DosingEnded, events)[0].complete) == (17.5, False)
    assert mg(after(infusing(), *events), 90) == 17.5


@pytest.mark.parametrize("how", [phase for phase in ENDINGS if phase is not Phase.DISCHARGED])
def test_a_pump_gives_nothing_to_a_patient_who_has_left(how: Phase) -> None:
    session = after(infusing(), *ending(infusing(), how, minute(20)))
    assert mg(session, 600) == 8.75


def test_a_bolus_is_beside_the_bag() -> None:
    session = after(infusing(), give_bolus(infusing(), INFUSION, 5, (), NURSE, minute(20)))
    assert mg(session, 20) == 13.75
    assert mg(session, 60) == 40
    with pytest.raises(Refused, match=r"Only 30\.6 of 35 mg"):
        end_dosing(session, INFUSION, "", NURSE, minute(45))
    over = after(session, *end_dosing(session, INFUSION, "", NURSE, minute(60)))
    for wish in (give_bolus, change_rate):
        with pytest.raises(Refused, match="No infusion is running"):
            wish(over, INFUSION, 5, (), NURSE, minute(61))


@pytest.mark.parametrize(
    ("order", "field"),
    [
        (Ordered(0, 50, 40, "B2"), "dose_mg"),
        (Ordered(-35, 50, 40, "B2"), "dose_mg"),
        (Ordered(350, 50, 40, "B2"), "dose_mg"),
        (Ordered(float("nan"), 50, 40, "B2"), "dose_mg"),
        (Ordered(5e-324, 50, 40, "B2"), "dose_mg"),
        (Ordered(35, 0, 40, "B2"), "volume_ml"),
        (Ordered(35, 1e300, 40, "B2"), "volume_ml"),
        (Ordered(35, 50, 0.001, "B2"), "minutes"),
        (Ordered(35, 1000, 1, "B2"), "minutes"),
        (Ordered(35, 50, 40, ""), "lot"),
    ],
)
def test_an_order_that_can_only_be_a_slip_is_refused_at_its_field(order: Ordered, field: str) -> None:
    session = Session.opened(open_session("a", "1", "K-1", 70, INFUSION, 35, NURSE, OPENED))
    everything = ["35 mg were planned."]
    with pytest.raises(Refused) as refusal:
        start_infusion(session, INFUSION, order, {}, everything, NURSE, minute(10))
    assert refusal.value.field == field


@pytest.mark.parametrize("rate", [0, -75, 1e-320, 0.01, 1000.1, float("nan"), float("inf")])
def test_a_pump_does_not_run_at_a_rate_that_is_none(rate: float) -> None:
    with pytest.raises(Refused) as refusal:
        change_rate(infusing(), INFUSION, rate, (), NURSE, minute(20))
    assert refusal.value.field == "rate_ml_h"


# ---- what is unusual


def asked_about(
    order: Ordered, weight_kg: float = 70, planned_mg: float = 35, confirmed: Collection[str] = ()
) -> tuple[str, ...]:
    session = Session.opened(open_session("a", "1", "K-1", weight_kg, INFUSION, planned_mg, NURSE, OPENED))
    try:
        start_infusion(session, INFUSION, order, {}, confirmed, NURSE, minute(10))
    except Unconfirmed as asked:
        return asked.warnings
    return ()


def test_a_ten_fold_dose_is_asked_about_in_every_way_that_it_is_wrong() -> None:
    order = Ordered(100, 50, 40, "B2")
    warnings = asked_about(order)
    assert warnings == (
        "100 mg, but 35 mg were planned.",
        "100 mg are more than 1 mg/kg.",
        "2.143 mg/kg/h is more than 1 mg/kg/h.",
    )
    assert asked_about(order, confirmed=warnings[:2]) == warnings, "what was not confirmed was let through"
    assert asked_about(order, confirmed=warnings) == ()


def test_a_usual_order_is_not_asked_about() -> None:
    assert asked_about(Ordered(35, 50, 40, "B2")) == ()
    assert asked_about(Ordered(35, 50, 29, "B2")) == (
        "29 min are shorter than 30 min.",
        "1.034 mg/kg/h is more than 1 mg/kg/h.",
    )


@pytest.mark.parametrize("weight_kg", [37.5, 41.3, 68.7, 70.1, 83.3, 99.9, 149.9])
def test_exactly_the_highest_usual_rate_and_dose_are_usual_at_every_weight(weight_kg: float) -> None:
    half = 0.5 * weight_kg
    assert asked_about(Ordered(half, 50, 30, "B2"), weight_kg, half) == ()
    assert unusual_dose(1.0 * weight_kg, weight_kg, INFUSION) == []


def test_what_is_above_the_usual_is_shown_as_above_it() -> None:
    assert unusual_dose(70.3, 70, INFUSION) == ["70.3 mg are 1.004 mg/kg, more than 1 mg/kg."]


def test_a_rate_more_than_doubled_is_asked_about_and_kept_once_confirmed() -> None:
    session = infusing(dose_mg=10)
    with pytest.raises(Unconfirmed) as asked:
        change_rate(session, INFUSION, 151, (), NURSE, minute(20))
    assert asked.value.warnings == ("151 mL/h is more than twice 75 mL/h.",)
    assert change_rate(session, INFUSION, 151, asked.value.warnings, NURSE, minute(20)).warnings == asked.value.warnings
    assert change_rate(session, INFUSION, 150, (), NURSE, minute(20)).warnings == ()


def test_boluses_that_add_up_to_much_are_asked_about() -> None:
    with pytest.raises(Unconfirmed) as large:
        give_bolus(infusing(), INFUSION, 30, (), NURSE, minute(50))
    assert large.value.warnings == ("30 mg are more than half of the planned 35 mg.",)
    session = after(infusing(), give_bolus(infusing(), INFUSION, 30, large.value.warnings, NURSE, minute(50)))
    with pytest.raises(Unconfirmed) as asked:
        give_bolus(session, INFUSION, 5.1, (), NURSE, minute(51))
    assert asked.value.warnings == ("With the infusion 70.1 mg in all, more than 1 mg/kg.",)


def test_pounds_typed_as_kilograms_are_told_with_what_they_would_be() -> None:
    assert unusual_weight(154.5, INFUSION, None) == ["154.5 kg is unusual; in pounds it would be 70 kg."]
    assert unusual_weight(37.5, INFUSION, None) == ["37.5 kg is unusual; in pounds it would be 17 kg."]
    assert unusual_weight(40, INFUSION, None) == []


@pytest.mark.parametrize(("now_kg", "asks"), [(77, False), (77.1, True), (63, False), (62.9, True), (154, True)])
def test_a_weight_far_from_the_last_visits_is_asked_about(now_kg: float, asks: bool) -> None:
    warnings = unusual_weight(now_kg, INFUSION, LastVisit(70, Intake(), 0))
    assert any("70 kg at the last visit" in each for each in warnings) is asks


@pytest.mark.parametrize(
    ("intake", "field"),
    [
        (Intake(age=11), "intake.age"),
        (Intake(age=111), "intake.age"),
        (Intake(session_number=0), "intake.session_number"),
    ],
)
def test_an_answer_that_can_only_be_a_slip_is_refused_at_its_field(intake: Intake, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        check_intake(intake)
    assert refusal.value.field == field


def test_dosing_that_has_not_begun_cannot_end() -> None:
    with pytest.raises(Refused, match="Nothing is being given"):
        end_dosing(opened(), SPRAY, "why", NURSE, minute(10))
    with pytest.raises(Refused, match="Nothing is being given"):
        end_dosing(entered(infusing(), Phase.MONITORING, INFUSION, minute(30)), INFUSION, "w", NURSE, minute(31))
