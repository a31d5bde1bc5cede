"""Whole treatments on a real page, from the intake to the end, with hours that pass in seconds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeVar

import msgspec
import pytest
from playwright.sync_api import Page, expect

from devices.readings import SECOND
from monitor.clinic.events import AnyEvent, CuffMeasured, Phase, PressureTaken, SessionEnded, SessionOpened
from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.clinic.treatment.events import (
    AssessmentRecorded,
    ChecklistOverridden,
    DeviceGiven,
    DoseHeld,
    DosingEnded,
    GateOverridden,
    InfusionPaused,
    InfusionStarted,
    IntakeRecorded,
    ReadinessLost,
    ReadinessReached,
    Signed,
    Stage,
)
from monitor.clinic.treatment.scales import Scale
from monitor.record.reader import RecordReader
from monitor.record.verify import verify
from tests.browser.conftest import Clinic, start_clinic, stop_clinic
from tests.browser.nurse import LONG_MS, Nurse
from tests.browser.troubled import kept_by
from tests.service.clinic import write_simulated_config

MINUTE = 60 * SECOND
pytestmark = pytest.mark.timeout(900)

OneEvent = TypeVar("OneEvent", bound=AnyEvent)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """One simulated room without a patient."""
    folder = tmp_path_factory.mktemp("clinic")
    running = start_clinic(write_simulated_config(folder), folder / "data", patients=0)
    yield running
    stop_clinic(running)


@pytest.fixture
def nurse(page: Page, clinic: Clinic) -> Nurse:
    nurse = Nurse(page, clinic)
    nurse.arrive()
    nurse.free_room()
    return nurse


def of(clinic: Clinic, patient: str, kind: type[OneEvent]) -> list[OneEvent]:
    """What happened in a patient's session."""
    events = RecordReader(clinic.data).events()
    session = next(event.session for event in events if isinstance(event, SessionOpened) and event.patient == patient)
    return [event for event in events if isinstance(event, kind) and event.session == session]


def ready_for_the_dose(nurse: Nurse) -> None:
    nurse.take_pressure()
    nurse.assess(moaas=5)
    expect(nurse.gate).to_contain_text("Nothing speaks against the first dose")


def well_again(nurse: Nurse) -> None:
    """Assess what the checklist asks for, and attest the rest."""
    nurse.assess(moaas=5, nausea=0, gait=2)
    nurse.assess_dissociation(0)
    nurse.assess_orientation()
    nurse.attest_all()


def test_an_esketamine_session_from_arrival_to_a_signed_discharge(nurse: Nurse, clinic: Clinic) -> None:
    page = nurse.page
    nurse.start("E-1", "esketamine_us", "56", picture="1-intake")
    expect(page.locator("[data-finding]:visible")).to_have_count(2)
    expect(nurse.gate).to_contain_text("The dose waits")
    nurse.picture("2-gate")
    ready_for_the_dose(nurse)
    expect(nurse.give_device()).to_be_hidden()
    expect(page.locator("[data-bind='dose-given']:visible")).to_have_text("28 of 56 mg")
    too_early = nurse.give_device("AB13")
    expect(too_early.locator("[data-problem='device.given_at']")).to_contain_text("Devices are 5 min apart:")
    expect(too_early.get_by_label("Lot")).to_have_value("AB13")
    nurse.picture("3-device")
    nurse.wait_fast(page.locator("[data-number='2']:visible [data-bind='device-when']"), "now")
    nurse.send(too_early, "Chart device")
    nurse.end_dosing()
    expect(page.locator("[data-step='monitoring']")).to_have_class(re.compile("now"))
    nurse.wait_minutes(10)
    nurse.assess(moaas=4)
    nurse.wait_minutes(25)
    nurse.assess_dissociation(2)
    expect(page.locator("[data-episode='dissociation']:visible")).to_contain_text("goes on")
    nurse.picture("5-monitoring")
    nurse.open("assess")
    nurse.picture("4-assess")
    page.keyboard.press("Escape")
    nurse.wait_minutes(68)
    page.get_by_role("button", name="Start recovery").click()
    expect(nurse.item("observed")).to_contain_text(re.compile(r"in \d+ min, at"))
    well_again(nurse)
    nurse.picture("6-checklist")
    expect(nurse.item("awake").locator("[data-bind='item-mark']")).to_have_text("✓")
    nurse.wait_fast(page.locator("[data-bind='ready']:visible"), "Clinically ready")
    wrong = nurse.sign_discharge("9999")
    expect(wrong.locator("[data-problem='pin']")).not_to_be_empty()
    nurse.picture("7-signature")
    wrong.locator("[name=pin]").fill("1234")
    wrong.get_by_role("button", name="Sign discharge").click()
    nurse.expect_free()
    devices = of(clinic, "E-1", DeviceGiven)
    assert [device.lot for device in devices] == ["AB12", "AB13"]
    assert devices[1].given_at - devices[0].given_at >= 5 * MINUTE
    (ended,) = of(clinic, "E-1", SessionEnded)
    assert ended.phase is Phase.DISCHARGED
    assert ended.at - devices[0].given_at >= 120 * MINUTE
    (signed,) = of(clinic, "E-1", Signed)
    assert (signed.by, signed.role, signed.meaning) == ("nurse 1", "nurse", "discharge")
    assert not of(clinic, "E-1", ChecklistOverridden)
    check_form(nurse, clinic, signed)
    page.goto(f"{clinic.url}/sessions/{signed.session}")
    expect(page.locator(".session-page")).to_contain_text("E-1")
    nurse.picture("8-session")
    assert verify(clinic.data).sound


def check_form(nurse: Nurse, clinic: Clinic, signed: Signed) -> None:
    """The monitoring form says what this nurse did, field by field."""
    reply = nurse.page.request.get(f"{clinic.url}/sessions/{signed.session}/form.json")
    form = msgspec.json.decode(reply.body(), type=MonitoringForm)
    first, second = of(clinic, "E-1", DeviceGiven)
    zero = first.given_at

    def minute(at: int) -> int:
        return (at - zero) // MINUTE

    readings = of(clinic, "E-1", CuffMeasured)
    at_40 = min(readings, key=lambda each: abs(each.measured_at - zero - 40 * MINUTE))
    assert form.pressures.before_dose is not None
    assert (form.pressures.before_dose.sys, form.pressures.before_dose.dia) == (readings[0].sys, readings[0].dia)
    assert form.pressures.at_40_min is not None
    assert (form.pressures.at_40_min.sys, form.pressures.at_40_min.dia) == (at_40.sys, at_40.dia)
    assert form.pressures.before_completion is not None
    assert form.pressures.before_completion.sys == readings[-1].sys
    assert (form.patient.code, form.dose.box, form.dose.given_mg) == ("E-1", "56", 56)
    assert form.dose.lots is not None
    assert [(lot.lot, lot.minutes) for lot in form.dose.lots] == [("AB12", 0), ("AB13", minute(second.given_at))]
    assert form.times.total_min == minute(of(clinic, "E-1", SessionEnded)[0].at)
    stable = next(each for each in of(clinic, "E-1", ReadinessReached) if each.stage is Stage.STABLE)
    assert form.times.ready_min == minute(stable.at)
    moaas = [each for each in of(clinic, "E-1", AssessmentRecorded) if each.scale is Scale.MOAAS][1:]
    cadss = [each for each in of(clinic, "E-1", AssessmentRecorded) if each.scale is Scale.CADSS6]
    for effect, (onset, resolved) in ((form.effects.sedation, moaas), (form.effects.dissociation, cadss)):
        assert (effect.present, effect.onset_min, effect.resolution_min) == (
            True,
            minute(onset.given_at),
            minute(resolved.given_at),
        )
    assert (form.medicines.benzodiazepines, form.medicines.opioids) == (False, False)
    assert (form.oximetry.on, form.serious.occurred, form.simulated) == (True, False, True)
    assert (form.provider.name, form.signature_hash) == ("nurse 1", signed.digest)
    assert "Sex" in " ".join(form.missing)
    assert form.effects.respiratory_depression.present is None, "nobody said that there was none"


def test_an_infusion_with_a_pause_is_counted_by_its_rate(nurse: Nurse, clinic: Clinic) -> None:
    page = nurse.page
    nurse.start("I-1", "iv_ketamine", "35")
    ready_for_the_dose(nurse)
    dialog = nurse.open("infusion")
    expect(dialog.get_by_label("Dose, mg")).to_have_value("35")
    dialog.get_by_label("Volume, mL").fill("50")
    dialog.get_by_label("Duration, min").fill("20")
    dialog.get_by_label("Lot").fill("K-7")
    expect(dialog.locator("[data-derived]")).to_contain_text("0.70 mg/mL · 150.00 mL/h · 0.50 mg/kg, 1.50 mg/kg/h")
    dialog.get_by_role("button", name="Start infusion").click()
    expect(dialog.locator("[data-warning]")).to_have_count(2)
    for warning in dialog.locator("[data-warning]").all():
        warning.check()
    nurse.send(dialog, "Start infusion")
    nurse.wait_minutes(8)
    paused = nurse.open("pause-infusion")
    paused.get_by_role("button", name="Nausea").click()
    when = nurse.clock(-3)
    paused.get_by_label("Time, empty for now").fill(when)
    nurse.send(paused, "Pause infusion")
    held = page.locator("[data-bind='infusion-mg']:visible")
    expect(page.locator("[data-bind='infusion-said']:visible")).to_contain_text(f"Paused since {when}")
    stood_at = held.inner_text()
    nurse.wait_minutes(6)
    expect(held).to_have_text(stood_at)
    nurse.send(nurse.open("resume-infusion"), "Resume infusion")
    rate = nurse.open("rate")
    rate.get_by_label("New rate").fill("100")
    nurse.send(rate, "Change rate")
    nurse.wait_fast(page.locator("[data-bind='infusion-said']:visible"), "The planned dose should be in")
    expect(held).to_have_text("35")
    nurse.end_dosing()
    (started,), (ended,) = of(clinic, "I-1", InfusionStarted), of(clinic, "I-1", DosingEnded)
    (pause,) = of(clinic, "I-1", InfusionPaused)
    assert 3 * MINUTE <= pause.at - pause.happened_at <= 5 * MINUTE
    ran = (pause.happened_at - started.happened_at) / MINUTE
    assert float(stood_at) == pytest.approx(ran * 1.75, abs=0.06), "the page counts until the pause was charted"
    assert len(started.warnings) == 2
    assert (ended.complete, ended.mg) == (True, 35)
    page.get_by_role("button", name="Start recovery").click()
    nurse.wait_minutes(52)
    well_again(nurse)
    nurse.wait_fast(page.locator("[data-bind='ready']:visible"), "Clinically ready")
    nurse.sign_discharge()
    nurse.expect_free()


def test_a_pressure_that_stays_high_keeps_the_patient_past_two_hours(nurse: Nurse, clinic: Clinic) -> None:
    page = nurse.page
    nurse.start("P-1", "esketamine_us", "56")
    ready_for_the_dose(nurse)
    nurse.give_device()
    nurse.fault("hypertension", active=True)
    nurse.wait_minutes(5.2)
    nurse.give_device()
    nurse.end_dosing()
    nurse.wait_minutes(100)
    page.get_by_role("button", name="Start recovery").click()
    well_again(nurse)
    nurse.wait_fast(nurse.item("observed").locator("[data-bind='item-mark']"), "✓")
    expect(nurse.item("pressure").locator("[data-bind='item-mark']")).to_have_text("◯")
    expect(nurse.item("pressure")).to_contain_text(re.compile(r"after 2 readings from \d+/\d+ to \d+/\d+"))
    refused = nurse.sign_discharge()
    expect(refused.locator("[data-problem='override']")).to_contain_text("Blood pressure near baseline")
    page.keyboard.press("Escape")
    nurse.fault("hypertension", active=False)
    nurse.wait_minutes(3)
    for _ in range(2):
        nurse.take_pressure()
    nurse.answer_alarms()
    nurse.assess(moaas=5, nausea=0, gait=2)
    nurse.assess_dissociation(0)
    nurse.assess_orientation()
    nurse.wait_fast(page.locator("[data-bind='ready']:visible"), "Clinically ready")
    nurse.sign_discharge()
    nurse.expect_free()
    (ready,) = [each for each in of(clinic, "P-1", ReadinessReached) if each.stage is Stage.READY]
    (first, _) = of(clinic, "P-1", DeviceGiven)
    assert ready.at - first.given_at > 120 * MINUTE
    assert all(each.stage is Stage.STABLE for each in of(clinic, "P-1", ReadinessLost))


def test_a_pressure_above_the_gate_waits_is_measured_again_and_is_released_by_a_clinician(
    nurse: Nurse, clinic: Clinic
) -> None:
    page = nurse.page
    nurse.fault("hypertension", active=True)
    nurse.start("H-1", "esketamine_us", "56")
    nurse.take_pressure()
    nurse.assess(moaas=5)
    finding = page.locator("[data-finding='pressure']:visible")
    expect(finding).to_contain_text("above 140/90")
    refused = nurse.give_device()
    expect(refused.locator("[data-answer]")).to_contain_text("The dose waits")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Wait 5 min, repeat").click()
    expect(nurse.gate).to_contain_text("next reading in")
    before = nurse.readings()
    with nurse.fast():
        page.wait_for_function(
            "before => chairside.state.rooms.get('1').cuff.measured_at > before",
            arg=before,
            polling=50,
            timeout=LONG_MS,
        )
    expect(finding).to_contain_text("above 140/90")
    override = nurse.open("override")
    override.get_by_label("Reason").fill("known hypertension, usual for this patient")
    override.locator("[name=pin]").fill("1234")
    override.get_by_role("button", name="Release the dose").click()
    expect(override.locator("[data-answer]")).to_contain_text("A clinician decides this")
    nurse.sign_in_as("clinician")
    override = nurse.open("override")
    override.get_by_label("Reason").fill("known hypertension, usual for this patient")
    override.locator("[name=pin]").fill("1234")
    nurse.send(override, "Release the dose")
    expect(nurse.gate).to_contain_text("Released by clinician 1: known hypertension")
    expect(nurse.give_device()).to_be_hidden()
    nurse.fault("hypertension", active=False)
    (held,), (released,) = of(clinic, "H-1", DoseHeld), of(clinic, "H-1", GateOverridden)
    assert held.until - held.at == 5 * MINUTE
    assert (released.by, released.role) == ("clinician 1", "clinician")
    ending = nurse.open("ending")
    aborted = ending.locator("form", has_text="Aborted")
    aborted.get_by_label("Reason").fill("test")
    aborted.get_by_role("button", name="Abort session").click()
    nurse.expect_free()


def test_two_who_ask_the_same_patient_replace_no_answer_unseen(nurse: Nurse, clinic: Clinic, other: Page) -> None:
    nurse.start("T-1", "esketamine_us", "56")
    second = Nurse(other, clinic)
    second.arrive()
    first_form, second_form = nurse.open("intake"), second.open("intake")
    expect(second_form.locator("[name='intake.allergies']")).to_have_value("none known")
    second_form.locator("[name='intake.allergies']").fill("penicillin")
    second.send(second_form, "Save intake")
    first_form.locator("[name='intake.escort']").fill("a brother")
    first_form.get_by_role("button", name="Save intake").click()
    expect(first_form.locator("[data-warnings]")).to_contain_text("Changed meanwhile: allergies, now penicillin.")
    first_form.locator("[name='intake.allergies']").fill("penicillin")
    nurse.send(first_form, "Save intake")
    (_, newest) = of(clinic, "T-1", IntakeRecorded)
    assert (newest.intake.allergies, newest.intake.escort, newest.warnings) == ("penicillin", "a brother", ())
    nurse.open("intake")
    nurse.page.keyboard.press("Escape")
    nurse.page.get_by_role("button", name="nurse 1").click()
    nurse.page.get_by_role("button", name="Lock").click()
    expect(nurse.page.locator("#unlock")).to_be_visible()
    expect(nurse.page.locator("#timeline")).to_contain_text("Sign in to see")
    assert "penicillin" not in kept_by(nurse.page), "a locked page keeps what the patient answered"


def test_with_a_cuff_that_is_away_a_pressure_measured_by_hand_goes_on(nurse: Nurse, clinic: Clinic) -> None:
    page = nurse.page
    nurse.fault("unplug", active=True)
    nurse.start("C-1", "esketamine_us", "56")
    nurse.assess(moaas=5)
    finding = page.locator("[data-finding='no_pressure']:visible")
    expect(finding).to_contain_text("No blood pressure yet")
    dialog = nurse.open("pressure")
    for name, value in {"sys": "212", "dia": "76"}.items():
        dialog.locator(f"[name={name}]").fill(value)
    dialog.get_by_role("button", name="Chart BP").click()
    expect(dialog.get_by_label("Systolic 212 is high. I have checked it")).to_be_visible()
    dialog.locator("[name=sys]").fill("118")
    nurse.send(dialog, "Chart BP")
    expect(page.locator("[data-bind='nibp']")).to_have_text("118/76")
    expect(page.locator("[data-bind='nibp-when']")).to_contain_text("by hand")
    expect(finding).to_be_hidden()
    expect(page.locator("#timeline")).to_contain_text("NIBP 118/76 by hand · nurse 1")
    (taken,) = of(clinic, "C-1", PressureTaken)
    assert (taken.sys, taken.dia, taken.pr, taken.warnings) == (118, 76, None, ())
    nurse.fault("unplug", active=False)


def test_a_patient_who_leaves_early_leaves_with_a_reason_and_a_signature(nurse: Nurse, clinic: Clinic) -> None:
    nurse.start("L-1", "esketamine_us", "56")
    ready_for_the_dose(nurse)
    nurse.give_device()
    nurse.end_dosing("the patient wants to stop")
    nurse.wait_minutes(20)
    form = nurse.open("ending").locator("form", has_text="Leaves against advice")
    form.get_by_role("button", name="Sign: left against advice").click()
    expect(form.locator("[data-problem='reason']")).to_have_text("Fill this in.")
    form.get_by_label("Reason").fill("has to catch a train")
    form.get_by_label("Prescriber who was told").fill("clinician 1")
    form.locator("[name=pin]").fill("1234")
    form.get_by_role("button", name="Sign: left against advice").click()
    nurse.expect_free()
    (ended,), (dosing,) = of(clinic, "L-1", SessionEnded), of(clinic, "L-1", DosingEnded)
    assert (ended.phase, ended.reason, ended.told) == (Phase.LEFT, "has to catch a train", "clinician 1")
    assert (dosing.complete, dosing.mg) == (False, 28)
    assert [signed.meaning for signed in of(clinic, "L-1", Signed)] == ["left against advice"]


def test_a_service_that_is_killed_in_the_middle_of_dosing_loses_no_milligram(nurse: Nurse, clinic: Clinic) -> None:
    page = nurse.page
    nurse.start("K-1", "iv_ketamine", "35")
    ready_for_the_dose(nurse)
    dialog = nurse.open("infusion")
    dialog.get_by_label("Volume, mL").fill("50")
    dialog.get_by_label("Lot").fill("K-7")
    nurse.send(dialog, "Start infusion")
    nurse.wait_minutes(10)
    nurse.assess(moaas=4)
    before = float(page.locator("[data-bind='infusion-mg']:visible").inner_text())
    clinic.crash("monitor.service")
    expect(page.locator("#live-chip")).to_contain_text("live")
    expect(page.locator("[data-due='moaas']:visible")).to_contain_text("4,")
    after = float(page.locator("[data-bind='infusion-mg']:visible").inner_text())
    assert before <= after < before + 2
    assert [each.result for each in of(clinic, "K-1", AssessmentRecorded)] == [5, 4]
    nurse.end_dosing("enough")
    form = nurse.open("ending").locator("form", has_text="Transferred")
    form.get_by_label("Reason").fill("test")
    form.get_by_label("Taken over by").fill("the ward")
    form.get_by_role("button", name="Transfer patient").click()
    nurse.expect_free()
    (ended,) = of(clinic, "K-1", SessionEnded)
    assert ended.phase is Phase.TRANSFERRED


def test_a_returning_patient_is_offered_the_last_answers_and_keeps_what_was_typed_wrong(nurse: Nurse) -> None:
    page = nurse.page
    nurse.start("R-1", "esketamine_us", "56", weight="80")
    ending = nurse.open("ending").locator("form", has_text="Aborted")
    ending.get_by_label("Reason").fill("came too late")
    ending.get_by_role("button", name="Abort session").click()
    nurse.expect_free()
    form = page.locator(".start-form")
    form.locator("[name=patient]").fill("R-1")
    form.locator("[name=weight_kg]").fill("176")
    expect(form.locator("[data-last-visit]")).to_contain_text("80 kg, 44 y, allergies: none known")
    expect(form.locator("[name='intake.escort']"), "answers are taken over unasked").to_have_value("")
    expect(form.locator("[data-pounds]")).to_have_text("176 lb are 79.8 kg: take that")
    form.get_by_role("button", name="Take over name").click()
    expect(form.locator("[name='intake.allergies']")).to_have_value("none known")
    for of_that_day in ("weight_kg", "intake.escort", "intake.consent"):
        expect(form.locator(f"[name='{of_that_day}']"), "what was true that day").to_have_value(
            "176" if of_that_day == "weight_kg" else ""
        )
    form.locator("[name='intake.escort']").fill("a neighbour")
    form.locator("[name=protocol]").select_option("iv_ketamine")
    form.locator("[name=dose_mg]").fill("400")
    start = form.get_by_role("button", name="Start session")
    start.click()
    expect(form.locator("[data-problem='dose_mg']")).to_contain_text("400 mg cannot be right")
    form.locator("[name=dose_mg]").fill("40")
    start.click()
    expect(form.locator("[data-warnings]")).to_contain_text("in pounds it would be 80 kg")
    expect(form.locator("[data-warnings]")).to_contain_text("80 kg at the last visit")
    expect(form.locator("[name='intake.escort']"), "what was filled in is lost").to_have_value("a neighbour")
    form.locator("[data-pounds]").click()
    start.click()
    expect(page.locator("h1")).to_contain_text("R-1")
    expect(page.locator("[data-bind='person']")).to_have_text("79.8 kg")
    nurse.free_room()


def test_times_before_the_session_and_values_off_the_scale_are_said_where_they_were_typed(nurse: Nurse) -> None:
    page = nurse.page
    nurse.start("T-1", "esketamine_us", "56")
    ready_for_the_dose(nurse)
    dialog = nurse.open("device")
    dialog.get_by_label("Lot").fill("AB12")
    dialog.get_by_label("Expiry").fill("2099-03")
    dialog.get_by_label("Observed by").fill("nurse 1")
    dialog.get_by_label("Time, empty for now").fill(nurse.clock(-90))
    dialog.get_by_role("button", name="Chart device").click()
    expect(dialog.locator("[data-problem='device.given_at']")).to_contain_text("before this session began")
    dialog.get_by_label("Time, empty for now").fill(nurse.clock(90))
    dialog.get_by_role("button", name="Chart device").click()
    expect(dialog.locator("[data-problem='device.given_at']")).to_contain_text("from now")
    expect(dialog.get_by_label("Lot")).to_have_value("AB12")
    page.keyboard.press("Escape")
    form = nurse.open("assess").locator("[data-scale-of='cadss'] form")
    form.locator("input").fill("93")
    form.get_by_role("button", name="Save CADSS total").click()
    expect(form.locator("[data-problem='values.value']")).to_contain_text("allowed is 0 to 92")
    expect(form.locator("input")).to_have_value("93")
    page.keyboard.press("Escape")
    nurse.free_room()


def test_the_display_at_the_chair_is_dark_and_says_nothing_until_it_is_touched(nurse: Nurse, clinic: Clinic) -> None:
    page = nurse.page
    nurse.start("B-1", "esketamine_us", "56")
    page.goto(f"{clinic.url}/bedside/1")
    expect(page.locator(".bedside-phase")).to_have_text("Getting ready")
    expect(page.locator("[data-bedside-clock]")).to_have_text(re.compile(r"\d\d:\d\d"))
    for noisy in (".bar", ".overhead", ".bedside-numbers"):
        expect(page.locator(noisy).first).to_be_hidden()
    expect(page.locator("body")).not_to_contain_text("B-1")
    page.mouse.click(200, 200)
    expect(page.locator(".bedside-numbers [data-bind='SpO2']")).to_have_text(re.compile(r"\d\d"))
    nurse.arrive()
    nurse.free_room()
