"""What the first dose waits for, who may decide otherwise, and for how long that holds."""

from __future__ import annotations

from itertools import pairwise

import pytest
from msgspec.structs import replace

from devices.readings import SECOND, Metric
from monitor.clinic.events import CuffFailed, CuffStarted
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused
from monitor.clinic.session import CUFF_RETRIES, Session, open_session
from monitor.clinic.treatment.arriving import hold_dose, override_gate, record_intake
from monitor.clinic.treatment.events import DoseHeld, Finding
from monitor.clinic.treatment.gate import findings, open_findings
from monitor.clinic.treatment.giving import give_device
from monitor.clinic.treatment.intake import Intake, Pregnancy
from monitor.clinic.treatment.scales import Scale
from monitor.clinic.treatment.schedule import next_cuff_at
from tests.clinic.treatments import MINUTE, MONTH, NURSE, SHIPPED, SPRAY_DEVICE, after, assessed, pressure

US, EU = SHIPPED["esketamine_us"], SHIPPED["esketamine_eu"]
WELL = {Metric.SPO2: 97.0}
ASKED = Intake(
    age=44,
    allergies="none",
    medicines=(),
    fasting=True,
    pregnancy=Pregnancy.TEST_NEGATIVE,
    escort="sister",
    consent=True,
)


def arrived(protocol: Protocol = US, intake: Intake = ASKED) -> Session:
    """Asked everything and assessed, but not measured yet."""
    session = Session.opened(open_session("a", "1", "K-1", 70, protocol, 56, NURSE, 0, intake))
    return after(session, assessed(session, Scale.MOAAS, 5, MINUTE))


def measured(sys: float, dia: float, protocol: Protocol = US, age: int = 44) -> Session:
    return after(arrived(protocol, replace(ASKED, age=age)), pressure(5 * MINUTE, sys, dia))


def found(session: Session, minute: float = 6, protocol: Protocol = US) -> dict[Finding, str]:
    return findings(session, protocol, WELL, round(minute * MINUTE))


def decided(session: Session, minute: float = 6) -> Session:
    seen = found(session, minute)
    at = round(minute * MINUTE)
    return after(session, override_gate(session, seen, seen.values(), "well known", "Dr. 1", "clinician", at))


@pytest.mark.parametrize(
    ("protocol", "age", "sys", "dia", "waits"),
    [
        (US, 44, 140, 90, False),
        (US, 44, 141, 90, True),
        (US, 44, 140, 91, True),
        (US, 80, 141, 85, True),
        (EU, 64, 141, 85, True),
        (EU, 65, 150, 90, False),
        (EU, 65, 151, 90, True),
        (EU, 80, 150, 91, True),
    ],
)
def test_a_pressure_above_the_one_for_the_age_makes_the_dose_wait(
    protocol: Protocol, age: int, sys: float, dia: float, waits: bool
) -> None:
    assert (Finding.PRESSURE in found(measured(sys, dia, protocol, age), protocol=protocol)) is waits


def test_without_an_age_the_stricter_pressure_holds_and_the_age_is_asked_for() -> None:
    session = after(arrived(EU, replace(ASKED, age=None)), pressure(5 * MINUTE, 145, 85))
    told = found(session, protocol=EU)
    assert told[Finding.PRESSURE] == "Blood pressure 145/85 is above 140/90."
    assert told[Finding.INTAKE] == "Intake: the age is not known."


def test_nothing_is_found_about_a_patient_who_was_asked_assessed_and_measured() -> None:
    assert found(measured(120, 75)) == {}


@pytest.mark.parametrize(("minute", "waits"), [(35, False), (36, True), (300, True)])
def test_a_reading_from_half_an_hour_ago_says_nothing_of_now(minute: int, waits: bool) -> None:
    assert (Finding.NO_PRESSURE in found(measured(120, 75), minute)) is waits


def test_before_any_reading_there_is_no_pressure_to_be_right_or_wrong() -> None:
    assert set(found(arrived())) == {Finding.NO_PRESSURE}


@pytest.mark.parametrize(("spo2", "waits"), [({}, True), ({Metric.SPO2: 92.0}, True), ({Metric.SPO2: 93.0}, False)])
def test_a_low_saturation_and_none_make_the_dose_wait(spo2: dict[Metric, float], waits: bool) -> None:
    assert (Finding.SATURATION in findings(measured(120, 75), US, spo2, 6 * MINUTE)) is waits


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (replace(ASKED, consent=False), "there is no consent"),
        (replace(ASKED, consent=None), "consent was not asked"),
        (replace(ASKED, fasting=None), "fasting was not asked"),
        (replace(ASKED, fasting=False), "the patient is not fasting"),
        (replace(ASKED, pregnancy=Pregnancy.PREGNANT), "the patient is pregnant"),
        (replace(ASKED, pregnancy=None), "pregnancy was not asked"),
        (replace(ASKED, escort=""), "no escort is named"),
        (replace(ASKED, medicines=None), "medicines were not asked"),
        (replace(ASKED, allergies=""), "allergies were not asked"),
    ],
)
def test_an_answer_that_the_dose_needs_is_named(answers: Intake, words: str) -> None:
    session = after(arrived(), record_intake(arrived(), answers, None, (), NURSE, 2 * MINUTE), pressure(5 * MINUTE))
    assert found(session) == {Finding.INTAKE: f"Intake: {words}."}


def test_only_a_clinician_with_a_reason_decides_and_only_on_something() -> None:
    session = measured(152, 94)
    for role, reason, of_what in [
        ("nurse", "well known", found(session)),
        ("clinician", "  ", found(session)),
        ("clinician", "well known", {}),
    ]:
        with pytest.raises(Refused):
            override_gate(session, of_what, of_what.values(), reason, "Dr. 1", role, 6 * MINUTE)
    assert open_findings(decided(session), found(session)) == {}


def test_a_second_decision_is_about_what_is_new_and_keeps_the_first() -> None:
    session = decided(
        after(measured(152, 94), record_intake(arrived(), replace(ASKED, escort=""), None, (), NURSE, 6 * MINUTE))
    )
    session = after(session, pressure(8 * MINUTE, 155, 95))
    new = open_findings(session, found(session, 9))
    assert list(new) == [Finding.PRESSURE]
    event = override_gate(session, found(session, 9), new.values(), "known", "Dr. 1", "clinician", 9 * MINUTE)
    assert open_findings(after(session, event), found(session, 9)) == {}


def test_a_dose_told_later_is_held_against_the_pressure_before_it() -> None:
    session = after(measured(152, 94), pressure(15 * MINUTE, 120, 75))
    assert findings(session, US, WELL, 20 * MINUTE) == {}
    assert list(findings(session, US, WELL, 20 * MINUTE, 7 * MINUTE)) == [Finding.PRESSURE]


def test_what_is_found_while_a_clinician_types_is_not_decided_on() -> None:
    session = measured(152, 94)
    with pytest.raises(Refused, match="Found meanwhile: Blood pressure 152/94"):
        override_gate(session, found(session), ["Not assessed yet."], "known", "Dr. 1", "clinician", 6 * MINUTE)


def test_a_decision_is_about_the_pressure_that_was_seen_and_no_other() -> None:
    session = decided(measured(152, 94))
    again = after(session, pressure(8 * MINUTE, 153, 94))
    assert open_findings(again, found(again, 9)) == {Finding.PRESSURE: "Blood pressure 153/94 is above 140/90."}


def test_a_decision_about_one_finding_says_nothing_of_another() -> None:
    session = decided(measured(152, 94))
    worse = findings(session, US, {Metric.SPO2: 88.0}, 7 * MINUTE)
    assert set(open_findings(session, worse)) == {Finding.SATURATION}


def test_a_decision_about_an_old_reading_holds_while_the_device_is_unpacked() -> None:
    session = decided(measured(120, 75), 40)
    assert open_findings(session, found(session, 40)) == {}
    assert open_findings(session, found(session, 42)) == {}


def test_what_the_dose_waits_for_refuses_it_in_words() -> None:
    session = measured(152, 94)
    with pytest.raises(Refused, match="152/94 is above 140/90"):
        give_device(session, US, SPRAY_DEVICE, MONTH, open_findings(session, found(session)), (), NURSE, 6 * MINUTE)


# ---- a dose that is held


def held(minutes: int = 5, at_minute: float = 6) -> Session:
    session = measured(152, 94)
    return after(session, hold_dose(session, minutes, found(session), NURSE, round(at_minute * MINUTE)))


def test_a_dose_that_waits_is_looked_at_again_and_the_record_says_what_it_waited_for() -> None:
    session = measured(152, 94)
    event = hold_dose(session, 5, found(session), NURSE, 6 * MINUTE)
    assert event == DoseHeld(
        at=6 * MINUTE,
        by=NURSE,
        room="1",
        session="a",
        until=11 * MINUTE,
        findings=("Blood pressure 152/94 is above 140/90.",),
    )
    assert next_cuff_at(session, US) is None, "the cuff measures before the dose without being asked to"
    assert next_cuff_at(after(session, event), US) == 11 * MINUTE


@pytest.mark.parametrize("minutes", [-5, 0, 121])
def test_a_wait_that_nobody_means_is_refused(minutes: int) -> None:
    with pytest.raises(Refused) as refusal:
        hold_dose(measured(152, 94), minutes, {}, NURSE, 6 * MINUTE)
    assert refusal.value.field == "minutes"


def test_the_reading_after_the_wait_ends_it_and_one_before_does_not() -> None:
    early = after(held(), CuffStarted(at=8 * MINUTE, by=NURSE), pressure(9 * MINUTE, 150, 93))
    assert next_cuff_at(early, US) == 11 * MINUTE
    done = after(early, CuffStarted(at=11 * MINUTE, by="service"), pressure(11 * MINUTE + 30 * SECOND, 138, 88))
    assert next_cuff_at(done, US) is None
    assert found(done, 12) == {}


def test_a_decision_and_a_dose_end_the_wait() -> None:
    session = held()
    assert next_cuff_at(decided(session), US) is None
    given = after(session, *give_device(session, US, SPRAY_DEVICE, MONTH, {}, (), NURSE, 7 * MINUTE))
    assert given.treatment.held_until is None


def tried(session: Session, at: int, *, stopped: bool = False) -> Session:
    failed = CuffFailed(at=at + 20 * SECOND, by="service", reason="movement", source="cuff", stopped=stopped)
    return after(session, CuffStarted(at=at, by="service"), failed)


def test_a_reading_after_the_wait_that_fails_is_tried_again_but_no_arm_is_squeezed_for_ever() -> None:
    session, starts = held(), list[int]()
    while (at := next_cuff_at(session, US)) is not None:
        starts.append(at)
        session = tried(session, at)
        assert len(starts) < 10, "the cuff goes on and on"
    assert len(starts) == 1 + CUFF_RETRIES
    assert all(later - before >= 60 * SECOND for before, later in pairwise(starts))


def test_a_cuff_that_a_person_stopped_does_not_squeeze_again_at_once() -> None:
    assert next_cuff_at(tried(held(), 11 * MINUTE, stopped=True), US) is None
    once_failed = tried(held(), 11 * MINUTE)
    assert next_cuff_at(tried(once_failed, 13 * MINUTE, stopped=True), US) is None


def test_after_the_first_dose_nothing_waits_any_more() -> None:
    session = measured(120, 75)
    session = after(session, *give_device(session, US, SPRAY_DEVICE, MONTH, {}, (), NURSE, 6 * MINUTE))
    with pytest.raises(Refused, match="given already"):
        hold_dose(session, 5, {}, NURSE, 7 * MINUTE)
    with pytest.raises(Refused, match="given already"):
        override_gate(session, {Finding.PRESSURE: "x"}, ["x"], "why", "Dr. 1", "clinician", 7 * MINUTE)
