"""The form tells what happened, field by field, and says "missing" where nobody knows."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from devices.readings import Metric, Quality
from monitor.clinic.events import AnyEvent, DoseStarted, Phase
from monitor.clinic.monitoring_form.fields import ASKED, WORDS, Effect, MonitoringForm, Pressure
from monitor.clinic.monitoring_form.filling import monitoring_form
from monitor.clinic.treatment.events import (
    Amended,
    ChecklistOverridden,
    DeviceGiven,
    DosingEnded,
    Episode,
    EpisodeSet,
    Finding,
    GateOverridden,
    InfusionStarted,
    IntakeRecorded,
    MedicineGiven,
    ReadinessLost,
    ReadinessReached,
    SeriousEventReported,
    SeriousOutcome,
    Signed,
    Stage,
)
from monitor.clinic.treatment.intake import Intake, MedicineClass
from monitor.clinic.treatment.scales import Scale
from tests.reports.exported import artefact
from tests.reports.scripted import (
    AROUND,
    DIGEST,
    INTAKE,
    PROTOCOLS,
    assessed,
    at,
    beginning,
    cuff,
    device,
    ended,
    form_of,
    in_order,
    opened,
    saturation,
    signed,
    whole,
    without,
)

WELL = saturation(*((second / 60, 97) for second in range(60 * 100)), (100, 93), (101, 96))
PRESSURE_ITEM, SATURATION_ITEM = "Blood pressure near baseline, twice", "SpO₂ at least 94 % on room air, 10 min"


def test_a_whole_session_fills_the_form() -> None:
    form = form_of(whole(), WELL)
    assert (form.patient.code, form.patient.name, form.patient.birth_date) == ("K-117", "Pâtient Größe", "1984-02-29")
    assert form.patient.first_treatment is False
    assert (form.site.name, form.site.room) == ("Test clinic", "Room 1")
    assert (form.provider.name, form.provider.role) == ("nurse 2", "nurse")
    assert (form.times.treatment_date, form.times.total_min, form.times.ready_min) == ("2027-01-15", 125, 75)
    assert (form.dose.drug, form.dose.planned_mg, form.dose.given_mg, form.dose.box) == ("Esketamine", 84, 84, "84")
    lots = [(each.what, each.mg, each.lot, each.expiry, each.minutes) for each in form.dose.lots or ()]
    assert lots == [
        ("Device 1", 28, "22KG1", "2027-03", 0),
        ("Device 2", 28, "22KG2", "2027-03", 5),
        ("Device 3", 28, "22KG3", "2027-03", 10),
    ]
    assert form.pressures.before_dose == Pressure(sys=128, dia=79, minutes=-10)
    assert form.pressures.at_40_min == Pressure(sys=146, dia=90, minutes=41)
    assert form.pressures.before_completion == Pressure(sys=131, dia=80, minutes=118)
    assert form.vitals.acceptable_before_dose is True
    assert form.vitals.acceptable_before_completion is True
    assert (form.oximetry.on, form.oximetry.lowest_spo2, form.oximetry.minutes) == (True, 93, 100)
    assert msgspec.structs.asdict(form.medicines) == {
        "benzodiazepines": False,
        "hypnotics": False,
        "opioids": True,
        "stimulants": False,
        "mao_inhibitors": False,
    }
    assert form.effects.sedation == Effect(present=True, onset_min=15, resolution_min=55)
    assert form.effects.dissociation == Effect(present=True, onset_min=40, resolution_min=70)
    assert (form.serious.occurred, form.serious.events) == (False, ())
    assert form.signature_hash == DIGEST
    assert (form.required, form.finished, form.ended, form.simulated) == (True, True, Phase.DISCHARGED, False)
    assert form.remarks == ()


def test_what_chairside_does_not_know_is_missing_and_named() -> None:
    assert form_of(whole(), WELL).missing == (
        "Sex",
        "Address of the site",
        "Phone and e-mail of who monitored",
        "Respiratory depression",
    )


def leaves(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, dict):
        return {k: v for key, each in value.items() for k, v in leaves(each, f"{path}.{key}".strip(".")).items()}
    return {path: value}


def test_no_field_is_empty_without_being_named() -> None:
    form = form_of(beginning(Intake()))
    empty = {path for path, value in leaves(msgspec.to_builtins(form)).items() if value is None}
    told = {WORDS[path] for path in empty if path in WORDS}
    unasked = {asked.path for asked in ASKED if asked.only_if} | {"ended", "provider.role", "oximetry.minutes"}
    assert empty - set(WORDS) <= unasked, "a field that nobody is told of"
    assert set(form.missing) == told - {asked.words for asked in ASKED if asked.only_if}


def test_every_named_field_is_one_of_the_form() -> None:
    names = leaves(msgspec.to_builtins(form_of(whole())))
    groups = {path.rsplit(".", 1)[0] for path in names} | set(names)
    assert {asked.path for asked in ASKED} <= groups


def test_the_json_form_reads_back_as_the_same_form() -> None:
    form = form_of(whole(), WELL)
    assert msgspec.json.decode(msgspec.json.encode(form), type=MonitoringForm) == form


def test_a_session_without_its_beginning_has_no_form() -> None:
    assert monitoring_form(in_order(whole())[1:], AROUND) is None
    assert monitoring_form([], AROUND) is None


# ---- blood pressure


@pytest.mark.parametrize("minutes", [29.5, 50.5])
def test_a_reading_too_far_from_40_minutes_is_not_told_as_one(minutes: float) -> None:
    form = form_of([*beginning(), cuff(minutes, 150, 90), signed(125), ended(125)])
    assert form.pressures.at_40_min is None
    assert "Blood pressure at about 40 min" in form.missing


@pytest.mark.parametrize(("readings", "found"), [((30, 50), 30), ((36, 43), 43), ((50,), 50), ((30,), 30)])
def test_the_reading_closest_to_40_minutes_is_taken(readings: tuple[float, ...], found: int) -> None:
    form = form_of([*beginning(), *(cuff(each, 150, 90) for each in readings)])
    assert form.pressures.at_40_min == Pressure(sys=150, dia=90, minutes=found)


def test_an_old_reading_is_none_before_completion() -> None:
    form = form_of([*beginning(), cuff(40, 150, 90), signed(125), ended(125)])
    assert form.pressures.before_completion is None
    assert "Blood pressure before completion" in form.missing


def test_while_the_session_goes_on_nothing_is_told_as_its_end() -> None:
    form = form_of([*beginning(), cuff(40, 150, 90)])
    assert form.pressures.before_completion is None
    assert (form.finished, form.times.total_min, form.dose.given_mg, form.dose.box) == (False, None, None, None)
    assert "Not finished: the session goes on." in form.remarks


def test_without_a_dose_there_is_no_time_to_count_from() -> None:
    form = form_of([opened(), cuff(-10, 128, 79), ended(5, Phase.ABORTED)])
    assert form.required is False
    assert (form.times.total_min, form.pressures.before_dose, form.dose.lots) == (None, None, None)
    assert "Lot numbers" in form.missing
    assert form.remarks == ("The session did not end with a discharge: aborted.",)


# ---- vital signs acceptable


def released(found: dict[Finding, str], minutes: float = -3) -> GateOverridden:
    return GateOverridden(at=at(minutes), by="dr 1", findings=found, reason="usual for her", role="clinician")


def test_a_pressure_that_a_clinician_let_pass_was_not_acceptable() -> None:
    high = [each for each in whole() if each != cuff(-10, 128, 79)]
    form = form_of([*high, cuff(-10, 152, 95), released({Finding.PRESSURE: "Blood pressure 152/95 is above 140/90."})])
    assert form.vitals.acceptable_before_dose is False
    assert form.remarks == (
        "A clinician released the dose: usual for her. Found: Blood pressure 152/95 is above 140/90.",
    )


def test_a_pressure_that_was_right_again_before_the_dose_was_acceptable() -> None:
    events = [*whole(), cuff(-15, 152, 95), released({Finding.PRESSURE: "Blood pressure 152/95 is above 140/90."}, -12)]
    assert form_of(events).vitals.acceptable_before_dose is True


def test_a_dose_without_any_pressure_leaves_it_open() -> None:
    events = [each for each in whole() if each != cuff(-10, 128, 79)]
    form = form_of([*events, released({Finding.NO_PRESSURE: "No blood pressure yet: take a reading."})])
    assert form.vitals.acceptable_before_dose is None
    assert form.pressures.before_dose is None


@pytest.mark.parametrize(("values", "found"), [(None, None), (saturation((-0.5, 91)), False), (saturation(), None)])
def test_a_saturation_that_was_let_pass_is_judged_by_its_values(values: Any, found: bool | None) -> None:
    events = [*whole(), released({Finding.SATURATION: "SpO₂ 91 % is below 93 %."})]
    assert form_of(events, values).vitals.acceptable_before_dose is found


def told_late(dose: DeviceGiven, minutes: float, *warnings: str) -> list[AnyEvent]:
    """The whole session, with its first device charted so many minutes later."""
    others = [each for each in whole() if each != device(1, 0)]
    late = [replace(each, at=at(minutes)) if each.at == at(0) else each for each in others]
    return [replace(dose, at=at(minutes), warnings=warnings), *late]


def test_a_dose_told_late_is_judged_by_what_held_when_it_was_given() -> None:
    well, poorly = saturation((-0.5, 97), (3.5, 91)), saturation((-0.5, 91), (3.5, 97))
    events = told_late(device(1, 0), 4)
    assert form_of([*events, cuff(2, 158, 96)], well).vitals.acceptable_before_dose is True
    assert form_of(events, poorly).vitals.acceptable_before_dose is False
    assert form_of(events, None).vitals.acceptable_before_dose is None, "nobody knows the saturation before the dose"


def test_a_pressure_that_was_high_before_a_dose_told_late_was_not_acceptable() -> None:
    warning = "Blood pressure 152/95 is above 140/90."
    events = [each for each in told_late(device(1, 0), 4, warning) if each != cuff(-10, 128, 79)]
    form = form_of([*events, cuff(-10, 152, 95), cuff(2, 124, 78)], WELL)
    assert form.vitals.acceptable_before_dose is False


def test_an_answer_that_was_let_pass_says_nothing_of_vital_signs() -> None:
    assert form_of([*whole(), released({Finding.INTAKE: "Intake: fasting."})]).vitals.acceptable_before_dose is True


@pytest.mark.parametrize(
    ("items", "found"),
    [
        ((PRESSURE_ITEM,), False),
        ((SATURATION_ITEM, "Escort seen"), False),
        (("Escort seen",), True),
        (("An item of an older protocol",), None),
    ],
)
def test_open_items_decide_whether_vital_signs_were_acceptable_at_the_end(
    items: tuple[str, ...], found: bool | None
) -> None:
    let_go = ChecklistOverridden(at=at(124), by="dr 1", items=items, reason="knows her", role="clinician")
    form = form_of([*without(whole(), ReadinessReached), let_go])
    assert form.vitals.acceptable_before_completion is found
    assert form.remarks == (f"A clinician let the patient go with open items: knows her. Open: {'; '.join(items)}.",)


def test_without_protocol_nobody_says_what_was_acceptable() -> None:
    form = form_of(whole(), None, msgspec.structs.replace(AROUND, protocol=None))
    assert (form.vitals.acceptable_before_dose, form.vitals.acceptable_before_completion) == (None, None)
    assert (form.required, form.protocol) == (None, "esketamine_us")


# ---- an early leaver


def test_who_leaves_early_has_a_form_of_what_was_seen() -> None:
    leaving = [*beginning(), cuff(38, 148, 91), signed(50, "left against advice"), ended(50, Phase.LEFT)]
    form = form_of(leaving)
    assert (form.times.total_min, form.times.ready_min) == (50, None)
    assert (form.dose.given_mg, form.dose.box) == (28, "other")
    assert form.pressures.before_completion == form.pressures.at_40_min
    assert form.vitals.acceptable_before_completion is None
    assert form.provider.name == "nurse 2"
    assert {"Minutes until ready to leave", "Sedation", "Dissociation"} <= set(form.missing)
    assert form.remarks == ("The session did not end with a discharge: left.",)


def test_a_transfer_that_nobody_signed_does_not_say_that_nothing_happened() -> None:
    form = form_of([*beginning(), ended(30, Phase.TRANSFERRED)])
    assert form.serious.occurred is None
    assert {"Serious adverse event", "Who monitored", "Signature"} <= set(form.missing)


# ---- dose


@pytest.mark.parametrize(("devices", "box"), [(1, "other"), (2, "56"), (3, "84")])
def test_the_dose_is_what_was_given_not_what_was_planned(devices: int, box: str) -> None:
    given = [*beginning(), *(device(number, 5 * number) for number in range(2, devices + 1))]
    stopped = DosingEnded(at=at(20), by="nurse 1", complete=devices == 3, mg=28.0 * devices, reason="nausea")
    form = form_of([*given, stopped])
    assert (form.dose.planned_mg, form.dose.given_mg, form.dose.box) == (84, 28 * devices, box)


# ---- effects


@pytest.mark.parametrize("minutes", [-5, None])
def test_an_effect_that_was_not_looked_for_after_the_dose_is_missing(minutes: float | None) -> None:
    looked = [] if minutes is None else [assessed(minutes, Scale.CADSS6, 0)]
    form = form_of([*beginning(), *looked])
    assert form.effects.dissociation == Effect()
    assert "Dissociation" in form.missing
    assert "Dissociation: minutes to onset" not in form.missing


def test_an_effect_that_was_looked_for_and_not_found_is_a_no() -> None:
    form = form_of([*beginning(), assessed(15, Scale.MOAAS, 5), assessed(40, Scale.CADSS6, 4)])
    assert form.effects.sedation == Effect(present=False)
    assert form.effects.dissociation == Effect(present=False)


def test_an_effect_that_went_on_lacks_its_end() -> None:
    form = form_of([*beginning(), assessed(15, Scale.MOAAS, 3), assessed(40, Scale.MOAAS, 4)])
    assert form.effects.sedation == Effect(present=True, onset_min=15)
    assert "Sedation: minutes to resolution" in form.missing
    assert "Sedation: minutes to onset" not in form.missing


def test_what_a_person_set_stands_before_what_was_assessed() -> None:
    by_hand = EpisodeSet(
        at=at(60), by="nurse 1", episode=Episode.SEDATION, onset_at=None, resolved_at=None, reason="asleep as usual"
    )
    breathing = EpisodeSet(
        at=at(60),
        by="nurse 1",
        episode=Episode.RESPIRATORY_DEPRESSION,
        onset_at=at(20),
        resolved_at=at(28.9),
        reason="8 breaths a minute",
    )
    form = form_of([*whole(), by_hand, breathing])
    assert form.effects.sedation == Effect(present=False)
    assert form.effects.respiratory_depression == Effect(present=True, onset_min=20, resolution_min=28)


def test_a_low_saturation_alone_is_no_respiratory_depression() -> None:
    assert form_of(whole(), saturation((30, 81))).effects.respiratory_depression == Effect()


# ---- serious adverse events


def test_a_serious_event_has_its_boxes_and_its_story() -> None:
    story = "Syncope on standing up, <b>hit her head</b>"
    outcomes = (SeriousOutcome.HOSPITALISATION, SeriousOutcome.INTERVENTION)
    form = form_of([*whole(), SeriousEventReported(at=at(90), by="nurse 1", text=story, outcomes=outcomes)])
    (event,) = form.serious.events
    assert form.serious.occurred is True
    assert (event.narrative, event.outcomes, event.minutes, event.reported_by) == (story, outcomes, 90, "nurse 1")
    assert "Whether the product may have caused it" in form.missing


# ---- intake


@pytest.mark.parametrize(("medicines", "found"), [(None, None), ((), False), (tuple(MedicineClass), True)])
def test_medicines_that_were_not_asked_are_missing_and_none_taken_is_a_no(medicines: Any, found: bool | None) -> None:
    asked = IntakeRecorded(at=at(-8), by="nurse 1", intake=msgspec.structs.replace(INTAKE, medicines=medicines))
    form = form_of([*whole(), asked])
    assert set(msgspec.structs.astuple(form.medicines)) == {found}
    assert ("Opioids" in form.missing) == (found is None)


@pytest.mark.parametrize(("number", "first"), [(None, None), (1, True), (2, False)])
def test_the_first_treatment_is_the_one_with_number_one(number: int | None, first: bool | None) -> None:
    assert form_of(beginning(Intake(session_number=number))).patient.first_treatment is first


# ---- oximetry


@pytest.mark.parametrize(
    ("values", "on", "lowest"),
    [
        (None, None, None),
        ([], None, None),
        (saturation((-5, 95)), None, None),
        (saturation((5, None)), None, None),
        (saturation((5, 95), quality=Quality.HELD), None, None),
        (saturation((5, 71), quality=Quality.QUESTIONABLE), True, None),
        ([*saturation((5, 95)), *saturation((6, 71), quality=Quality.QUESTIONABLE)], True, 95),
        (saturation((5, 95), (130, 70)), True, 95),
    ],
)
def test_only_live_values_of_the_treatment_show_oximetry_and_none_do_not_deny_it(
    values: Any, on: bool | None, lowest: int | None
) -> None:
    form = form_of(whole(), values)
    assert (form.oximetry.on, form.oximetry.lowest_spo2) == (on, lowest)
    assert ("Pulse oximetry" in form.missing) == (on is None)
    assert ("Lowest SpO₂" in form.missing) == (on is True and lowest is None)


def test_what_was_marked_as_an_artefact_is_neither_the_lowest_saturation_nor_a_pressure_of_the_form() -> None:
    low = saturation((5, 95), (6, 71), (7, 96))
    told = [*whole(), artefact(130, (5.9, 6.1), Metric.SPO2), artefact(131, (117, 119), Metric.SYS)]
    assert (form_of(whole(), low).oximetry.lowest_spo2, form_of(told, low).oximetry.lowest_spo2) == (71, 95)
    assert form_of(whole()).pressures.before_completion == Pressure(sys=131, dia=80, minutes=118)
    assert form_of(told).pressures.before_completion is None
    assert form_of([*whole(), artefact(130, (5.9, 6.1), Metric.PR)], low).oximetry.lowest_spo2 == 71


# ---- marks


def test_a_simulated_session_marks_the_whole_form() -> None:
    assert form_of(whole(), around=msgspec.structs.replace(AROUND, simulated=True)).simulated
    assert not form_of(whole()).simulated


def test_corrections_stand_on_the_form() -> None:
    fix = Amended(at=at(500), by="nurse 1", corrects=4, text="Lot was 22KH1", reason="misread", role="nurse")
    assert form_of([*whole(), fix]).remarks == ("Correction of entry 4: Lot was 22KH1. Why: misread (nurse 1).",)


@pytest.mark.parametrize(
    ("change", "remark"),
    [
        ({"changes": {"lot": "22KH1"}}, "Correction of entry 4, already put in here: -. Why: - (nurse 1)."),
        ({"withdrawn": True}, "Entry 4 withdrawn, already left out here: -. Why: - (nurse 1)."),
    ],
)
def test_what_the_form_has_corrected_already_is_not_put_in_by_hand_once_more(change: Any, remark: str) -> None:
    fix = Amended(at=at(500), by="nurse 1", corrects=4, text="-", reason="-", role="nurse")
    assert form_of([*whole(), replace(fix, **change)]).remarks == (remark,)


def test_readiness_that_was_lost_again_is_told_beside_its_first_time() -> None:
    lost = ReadinessLost(at=at(80.5), by="service", stage=Stage.STABLE, items=("Steady on feet",))
    form = form_of([*whole(), lost])
    assert form.times.ready_min == 75
    assert form.remarks == ("After ready to leave, not any more at 80 min: Steady on feet.",)


def test_a_medicine_given_in_the_session_is_told_beside_those_that_the_patient_takes() -> None:
    sedative = MedicineGiven(at=at(35), by="nurse 1", medicine="Midazolam", dose="1 mg IV", given_at=at(30))
    form = form_of([*whole(), sedative])
    assert form.medicines.benzodiazepines is False
    assert form.remarks == ("Given in the session: Midazolam 1 mg IV, at 30 min.",)


def test_a_medicine_given_without_any_dose_is_told_without_a_time() -> None:
    given = MedicineGiven(at=at(-3), by="nurse 1", medicine="Ondansetron", dose="4 mg", given_at=at(-3))
    remarks = form_of([opened(), given, ended(3, Phase.ABORTED)]).remarks
    assert "Given in the session: Ondansetron 4 mg." in remarks


def test_damage_is_told() -> None:
    form = form_of(whole(), None, msgspec.structs.replace(AROUND, damaged=2))
    assert form.remarks == ("2 parts of the record are damaged and left out: run app.py verify.",)


def test_the_signature_is_that_of_the_end() -> None:
    assert form_of(without(whole(), Signed)).signature_hash is None


def test_an_infusion_has_its_lot_and_no_form_is_asked_of_it() -> None:
    infusion = InfusionStarted(
        at=at(0), by="nurse 1", dose_mg=35, volume_ml=100, minutes=40, rate_ml_h=150, lot="KET7", checked_by="nurse 2"
    )
    dose = DoseStarted(at=at(0), by="nurse 1")
    stopped = DosingEnded(at=at(20), by="nurse 1", complete=False, mg=17.5, reason="nausea")
    around = msgspec.structs.replace(AROUND, protocol=PROTOCOLS["iv_ketamine"])
    form = form_of([opened(protocol="iv_ketamine"), infusion, dose, stopped, signed(60), ended(60)], None, around)
    assert form.required is False
    assert [(each.what, each.mg, each.lot, each.expiry) for each in form.dose.lots or ()] == [
        ("Infusion", 35, "KET7", None)
    ]
    assert (form.dose.given_mg, form.dose.box) == (17.5, "other")


def test_minutes_count_from_when_an_infusion_was_started_however_late_it_was_charted() -> None:
    infusion = InfusionStarted(
        at=at(9), by="nurse 1", dose_mg=35, volume_ml=100, minutes=40, rate_ml_h=150, lot="KET7", given_at=at(0)
    )
    dose = DoseStarted(at=at(9), by="nurse 1", given_at=at(0))
    form = form_of([opened(protocol="iv_ketamine"), infusion, dose, signed(60), ended(60)])
    assert [each.minutes for each in form.dose.lots or ()] == [0]
    assert form.times.total_min == 60
