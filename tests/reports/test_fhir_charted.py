"""What a health record gets of what people did is what they charted, with their corrections put in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from monitor.clinic.events import AlarmRaised, Phase
from monitor.clinic.treatment.events import (
    AssessmentRecorded,
    BolusGiven,
    DosingEnded,
    InfusionPaused,
    InfusionResumed,
    MedicineGiven,
    RateChanged,
)
from monitor.reports.session_record import SessionRecord
from tests.reports.fhir_bundles import (
    Resource,
    corrected,
    found_in,
    iso,
    lively,
    observations,
    parts,
    read,
    resources,
    sent,
)
from tests.reports.lifelike import infusion
from tests.reports.recorded import record
from tests.reports.scripted import (
    DIGEST,
    at,
    beginning,
    device,
    ended,
    whole,
    without,
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> SessionRecord:
    return read(tmp_path_factory.mktemp("fhir"), corrected(lively()))


@pytest.fixture(scope="module")
def bundle(found: SessionRecord) -> Resource:
    return sent(found)


def test_each_dose_is_given_once_with_its_milligrams_and_lot(bundle: Resource) -> None:
    given = [each for each in resources(bundle, "MedicationAdministration") if "contained" in each]
    told = [
        (
            each["dosage"]["dose"]["value"],
            each["dosage"]["route"]["coding"][0]["code"],
            each["effectiveDateTime"],
            each["contained"][0]["batch"]["lotNumber"],
            each["contained"][0]["code"]["coding"][0]["code"],
            each["status"],
        )
        for each in given
    ]
    spray = "2201623"
    assert told == [
        (28, "46713006", iso(at(0)), "22KG1", spray, "completed"),
        (28, "46713006", iso(at(5)), "22KG9", spray, "completed"),
        (28, "46713006", iso(at(10)), "22KG3", spray, "completed"),
    ]


def test_what_was_taken_back_is_entered_in_error_and_tells_no_dose(bundle: Resource) -> None:
    (taken_back,) = [
        each for each in resources(bundle, "MedicationAdministration") if each["status"] == "entered-in-error"
    ]
    assert taken_back["medicationCodeableConcept"]["text"] == "Ondansetron"
    assert "dosage" not in taken_back
    assert taken_back["note"][0]["text"] == "Seen on paper"


def test_an_infusion_tells_its_milligrams_rate_and_end(tmp_path: Path) -> None:
    bundle = sent(read(tmp_path, infusion()))
    running, bolus = sorted(
        resources(bundle, "MedicationAdministration"), key=lambda each: "effectivePeriod" not in each
    )
    assert running["status"] == "completed"
    assert running["dosage"]["dose"]["value"] == 34
    assert running["dosage"]["rateRatio"]["numerator"] == {
        "value": 75,
        "unit": "mL",
        "system": "http://unitsofmeasure.org",
        "code": "mL",
    }
    assert running["effectivePeriod"] == {"start": iso(at(0)), "end": iso(at(40))}
    assert running["contained"][0]["code"] == {"text": "Ketamine IV"}
    assert (bolus["dosage"]["dose"]["value"], bolus["effectiveDateTime"]) == (5, iso(at(20)))
    assert bolus["dosage"]["route"]["coding"][0]["code"] == "47625008"


def test_a_rate_that_changed_does_not_stand_as_one_number(tmp_path: Path) -> None:
    stopped = DosingEnded(at=at(30), by="Dr. 1", complete=False, mg=25.4, reason="Nausea")
    events = [
        *without(infusion(), DosingEnded),
        RateChanged(at=at(10), by="nurse 1", rate_ml_h=60),
        InfusionPaused(at=at(12), by="nurse 1", reason="Anxious"),
        InfusionResumed(at=at(15), by="nurse 1"),
        stopped,
    ]
    (running,) = [
        each
        for each in resources(sent(read(tmp_path, events)), "MedicationAdministration")
        if "effectivePeriod" in each
    ]
    assert "rateRatio" not in running["dosage"]
    assert running["dosage"]["text"] == (
        "34 mg in 50 mL at 75 mL/h; after 10 min 60 mL/h; after 12 min paused: Anxious; after 15 min resumed"
    )
    assert (running["status"], running["statusReason"][0]["text"]) == ("stopped", "Nausea")
    assert running["dosage"]["dose"]["value"] == pytest.approx(20.4)


def test_what_was_planned_and_not_given_is_told(tmp_path: Path) -> None:
    events = [
        *beginning(),
        device(2, 5),
        DosingEnded(at=at(9), by="Dr. 1", complete=False, mg=56, reason="Too sleepy"),
        ended(130),
    ]
    (left_out,) = [
        each
        for each in resources(sent(read(tmp_path, events)), "MedicationAdministration")
        if each["status"] == "not-done"
    ]
    assert left_out["statusReason"][0]["text"] == "Too sleepy"
    assert left_out["note"][0]["text"] == "28 mg of 84 mg were planned and not given"


def test_the_dose_of_another_medicine_is_a_number_only_where_it_can_be_nothing_else(tmp_path: Path) -> None:
    medicines = {"4 mg IV": 4, "0.1 mg PO": 0.1, "5 mg/kg": None, "1,000 mg": None, "two puffs": None, "10 mg x2": None}
    events = [
        *whole(),
        *(
            MedicineGiven(at=at(30 + place), by="nurse 1", medicine="Medicine", dose=dose, given_at=at(30 + place))
            for place, dose in enumerate(medicines)
        ),
    ]
    given = resources(sent(read(tmp_path, events)), "MedicationAdministration")
    told = {
        each["dosage"]["text"]: each["dosage"]["dose"].get("value")
        for each in given
        if "medicationCodeableConcept" in each
    }
    assert told == medicines


def test_an_infusion_that_runs_tells_what_is_in_so_far(tmp_path: Path) -> None:
    record(tmp_path, [each for each in infusion() if each.at <= at(15)])
    bundle = sent(found_in(tmp_path, 15))
    (running,) = resources(bundle, "MedicationAdministration")
    assert (running["status"], running["effectivePeriod"]) == ("in-progress", {"start": iso(at(0))})
    assert running["dosage"]["dose"]["value"] == pytest.approx(34 * 18.75 / 50, abs=0.01)


@pytest.mark.parametrize("whole_record", [True, False])
def test_what_was_not_given_has_no_amount_where_an_entry_may_be_missing(tmp_path: Path, whole_record: bool) -> None:
    """The second device is in no entry that can be read: nobody may be told that it was not given."""
    events = [*beginning(), ended(20, Phase.ABORTED)]
    found = read(tmp_path, events)
    found = found if whole_record else msgspec.structs.replace(found, damaged=("event 7: hash",))
    (left,) = [
        each for each in resources(sent(found), "MedicationAdministration") if each["effectiveDateTime"] == iso(at(20))
    ]
    assert (left["status"], left["note"][0]["text"]) == (
        ("not-done", "56 mg of 84 mg were planned and not given")
        if whole_record
        else ("unknown", "What of 84 mg was not given is unknown: parts of the record are damaged")
    )


def test_an_infusion_has_no_milligrams_where_a_bolus_or_a_pause_may_be_missing(tmp_path: Path) -> None:
    """The bolus of 5 mg is in the total of 39 mg, and in no entry that can be read."""
    found = read(tmp_path, without(infusion(), BolusGiven))
    entry = msgspec.structs.replace(found, damaged=("event 9: hash",))
    series = {metric: replace(each, damaged=("chunk 3: checksum",)) for metric, each in found.series.items()}
    chunk = msgspec.structs.replace(found, series=series, damaged=("chunk 3: checksum",))
    doses = [
        each["dosage"]["dose"].get("value")
        for damaged in (entry, chunk)
        for each in resources(sent(damaged), "MedicationAdministration")
        if "effectivePeriod" in each
    ]
    assert doses == [None, 39]


def test_every_assessment_is_there_and_the_one_told_again_does_not_count(
    bundle: Resource, found: SessionRecord
) -> None:
    told = [each for each in found.events if isinstance(each, AssessmentRecorded)]
    surveys = [
        each
        for each in resources(bundle, "Observation")
        if each["category"][0]["coding"][0]["code"] == "survey" and "referenceRange" in each
    ]
    valid = [(each["effectiveDateTime"], each["valueInteger"]) for each in surveys if each["status"] == "final"]
    assert sorted(valid) == sorted(
        (iso(each.given_at), each.result) for each in told if (each.given_at, each.result) != (at(55), 5)
    )
    (void,) = [each for each in surveys if each["status"] == "entered-in-error"]
    assert (void["effectiveDateTime"], "valueInteger" in void) == (iso(at(55)), False)
    (dissociation,) = [each for each in surveys if each["effectiveDateTime"] == iso(at(41))]
    assert parts(dissociation) == {
        "Slow motion": 2,
        "Unreal, dreamlike": 3,
        "Apart from body": 1,
        "Body changed": 0,
        "Loses track": 2,
        "Memory gaps": 0,
    }


def test_every_alarm_is_there_with_its_time_urgency_and_who_took_notice(bundle: Resource, found: SessionRecord) -> None:
    raised = [each for each in found.events if isinstance(each, AlarmRaised)]
    told = {each["code"]["text"]: each for each in resources(bundle, "DetectedIssue")}
    assert set(told) == {f"Alarm {each.condition}" for each in raised}
    for each in raised:
        assert told[f"Alarm {each.condition}"]["identifiedPeriod"]["start"] == iso(each.onset)
    severe = told["Alarm SpO2.low.severe"]
    assert (severe["severity"], severe["status"]) == ("high", "final")
    assert severe["identifiedPeriod"]["end"] == iso(at(53.8))
    assert severe["mitigation"][0]["author"]["display"] == "nurse 1"
    assert severe["mitigation"][0]["date"] == iso(at(53.2))
    assert severe["detail"] == "SpO₂ 86 < 87; over"


def test_oxygen_and_serious_events_are_told(bundle: Resource) -> None:
    (flow,) = observations(bundle, "Oxygen flow from this time on")
    assert (flow["valueQuantity"]["value"], flow["code"]["coding"][0]["code"]) == (2, "3151-8")
    (serious,) = resources(bundle, "AdverseEvent")
    assert serious["event"]["text"] == "Syncope on standing up"
    assert serious["seriousness"]["text"] == "Serious: hospitalisation"


def provenances(bundle: Resource, text: str) -> Iterator[Resource]:
    return (each for each in resources(bundle, "Provenance") if each["activity"]["text"].startswith(text))


def test_a_correction_keeps_what_was_told_before(bundle: Resource) -> None:
    by_hand = next(each for each in observations(bundle, "Blood pressure") if "performer" in each)
    assert (by_hand["status"], by_hand["component"][0]["valueQuantity"]["value"]) == ("corrected", 128)
    fixes = list(provenances(bundle, "Corrected"))
    assert len(fixes) == 4
    pressure, lot, medicine, words = fixes
    assert {"reference": f"urn:uuid:{by_hand['id']}"} in pressure["target"]
    before = pressure["contained"][0]
    assert pressure["entity"] == [{"role": "revision", "what": {"reference": f"#{before['id']}"}}]
    assert before["component"][0]["valueQuantity"]["value"] == 138
    assert lot["contained"][0]["batch"]["lotNumber"] == "22KG2"
    assert medicine["contained"][0]["dosage"]["text"] == "4 mg IV"
    assert medicine["activity"]["coding"][0]["code"] == "NULLIFY"
    assert "contained" not in words
    for each in fixes:
        assert (each["agent"][0]["who"]["display"], each["reason"][0]["text"]) == ("Dr. 1", "Seen on paper")
        assert not any("meta" in part or "contained" in part for part in each.get("contained", []))


def test_artefacts_point_at_what_they_void_and_keep_the_pressure(bundle: Resource) -> None:
    saturation, pressure, withdrawn, back = [
        *provenances(bundle, "Marked as an artefact"),
        *provenances(bundle, "Mark of an artefact withdrawn"),
    ]
    minutes = {each["id"] for each in observations(bundle, "SpO₂") if each["status"] != "final"}
    targets = {each["reference"].removeprefix("urn:uuid:") for each in saturation["target"]}
    assert minutes < targets
    assert [each["valueQuantity"]["value"] for each in pressure["contained"][0]["component"]] == [146, 90]
    assert withdrawn["activity"]["text"].startswith("Marked as an artefact (withdrawn since): SpO2")
    assert back["reason"][0]["text"] == "It was none"


def test_a_signature_names_the_state_of_the_record_and_is_no_digital_one(
    bundle: Resource, found: SessionRecord
) -> None:
    (signed,) = provenances(bundle, "Signed")
    assert signed["activity"]["text"] == "Signed: discharge; the record was corrected after that"
    assert signed["entity"][0]["what"]["identifier"]["value"] == DIGEST
    assert signed["agent"][0]["who"]["display"] == "nurse 2"
    assert "signature" not in signed
    (record,) = provenances(bundle, "Sent from")
    assert record["entity"][0]["what"]["identifier"]["value"] == found.anchor
