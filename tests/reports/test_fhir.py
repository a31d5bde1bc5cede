"""What a health record gets leads somewhere, can be sent again, and says what it is."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from devices.readings import MINUTE, Quality
from monitor.clinic.events import CuffMeasured
from monitor.clinic.treatment.events import AssessmentRecorded, MedicineGiven, Signed
from monitor.clinic.treatment.intake import Intake
from monitor.record.series import Series
from monitor.reports.fhir.bundle import OpeningDamaged, fhir_bundle
from monitor.reports.fhir.elements import clean, note
from monitor.reports.session_record import SessionRecord
from tests.record.examples import sql
from tests.reports.exported import amended
from tests.reports.fhir_bundles import (
    HOSTILE,
    Resource,
    corrected,
    demand_valid,
    found_in,
    iso,
    lively,
    observations,
    read,
    resources,
    sent,
)
from tests.reports.lifelike import record_lifelike
from tests.reports.scripted import (
    at,
    ended,
    in_order,
    opened,
    whole,
)

HTEST = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> SessionRecord:
    return read(tmp_path_factory.mktemp("fhir"), corrected(lively()))


@pytest.fixture(scope="module")
def bundle(found: SessionRecord) -> Resource:
    return sent(found)


def test_the_whole_bundle_is_valid(bundle: Resource) -> None:
    assert len(bundle["entry"]) > 600
    demand_valid(bundle)


def test_every_reference_leads_to_something_that_is_sent_or_known_by_name(bundle: Resource) -> None:
    known = {each["fullUrl"] for each in bundle["entry"]}
    assert len(known) == len(bundle["entry"])

    def references(thing: Any, within: set[str]) -> Iterator[tuple[str, set[str]]]:
        if isinstance(thing, dict):
            inside = within | {f"#{each['id']}" for each in thing.get("contained", [])}
            if "reference" in thing:
                yield thing["reference"], inside
            for each in thing.values():
                yield from references(each, inside)
        elif isinstance(thing, list):
            for each in thing:
                yield from references(each, within)

    led = list(references(bundle["entry"], set()))
    assert len(led) > 1000
    assert all(reference in known or reference in within for reference, within in led)


def test_sent_again_it_puts_the_same_things_in_the_same_places(found: SessionRecord, bundle: Resource) -> None:
    again = json.loads(fhir_bundle(msgspec.structs.replace(found, read_at=found.read_at + MINUTE)))
    assert [each["request"] for each in again["entry"]] == [each["request"] for each in bundle["entry"]]
    assert [each["fullUrl"] for each in again["entry"]] == [each["fullUrl"] for each in bundle["entry"]]
    for each in bundle["entry"][1:]:
        kind, id = each["resource"]["resourceType"], each["resource"]["id"]
        assert each["request"] == {"method": "PUT", "url": f"{kind}/{id}"}
        assert each["fullUrl"] == f"urn:uuid:{id}"
    patient = bundle["entry"][0]
    system = patient["resource"]["identifier"][0]["system"]
    assert patient["request"] == {
        "method": "POST",
        "url": "Patient",
        "ifNoneExist": f"identifier={system}|K-117",
    }


def test_simulated_data_is_marked_everywhere_and_never_joins_a_real_patient(
    bundle: Resource, found: SessionRecord
) -> None:
    tagged = [bundle, *(each["resource"] for each in bundle["entry"])]
    assert all(each["meta"]["security"] == [HTEST] for each in tagged)
    real_series = {
        metric: Series.of([msgspec.structs.replace(each, quality=Quality.OK) for each in series.readings(metric)])
        for metric, series in found.series.items()
    }
    told, events = (
        [msgspec.structs.replace(each, simulated=False) if isinstance(each, CuffMeasured) else each for each in own]
        for own in (found.told, found.events)
    )
    real = sent(msgspec.structs.replace(found, series=real_series, told=told, events=events))
    assert all("security" not in each["resource"].get("meta", {}) for each in real["entry"])
    assert real["entry"][0]["request"]["ifNoneExist"] != bundle["entry"][0]["request"]["ifNoneExist"]


def test_what_people_typed_comes_out_as_letters(bundle: Resource) -> None:
    (patient,) = resources(bundle, "Patient")
    assert patient["name"] == [{"text": "<script>alert(1)</script> [x](javascript:1) K x"}]
    assert patient["birthDate"] == "1984-02-29"
    whole_text = json.dumps(bundle, ensure_ascii=False)
    assert not [each for each in "\u202e\x07\x00\u2028" if each in whole_text]
    assert not any("text" in each["resource"] and "div" in str(each["resource"]["text"]) for each in bundle["entry"])
    assert note(HOSTILE)["text"].startswith("\\<script>alert(1)\\</script> \\[x](javascript:1)")


@pytest.mark.parametrize("text", ["", "\x00\x1f", "\u202e\u2066", "   ", "\ufffe"])
def test_a_text_of_nothing_is_left_out(text: str) -> None:
    assert clean(text) == ""


def test_a_session_of_texts_that_nobody_sees_is_taken_by_a_server(tmp_path: Path) -> None:
    """One resource without what it must have, and a server refuses all of the bundle."""
    unseen = "\u200b\u202e"
    assessment = next(each.seq for each in in_order(whole()) if isinstance(each, AssessmentRecorded))
    bundle = sent(
        read(
            tmp_path,
            [
                *whole(),
                MedicineGiven(at=at(36), by=unseen, medicine=unseen, dose=unseen, given_at=at(28)),
                msgspec.structs.replace(
                    amended(140, assessment, withdrawn=True), by=unseen, role=unseen, text=unseen, reason=unseen
                ),
            ],
        )
    )
    (medicine,) = [
        each for each in resources(bundle, "MedicationAdministration") if each["effectiveDateTime"] == iso(at(28))
    ]
    assert medicine["medicationCodeableConcept"]["text"] == "not named"
    (withdrawn,) = [each for each in resources(bundle, "Observation") if each["status"] == "entered-in-error"]
    assert [each["text"] for each in withdrawn["note"]] == ["Withdrawn"]


def test_an_open_session_is_preliminary_and_goes_on(tmp_path: Path) -> None:
    events = [each for each in lively() if each.at <= at(53.5) and not isinstance(each, Signed)]
    bundle = sent(read(tmp_path, events, minutes=53.5))
    (visit,) = resources(bundle, "Encounter")
    assert visit["status"] == "in-progress"
    assert visit["period"] == {"start": iso(at(-20))}
    assert {each["status"] for each in resources(bundle, "Observation")} == {"preliminary"}
    assert {each["status"] for each in resources(bundle, "DetectedIssue")} == {"preliminary"}
    assert all("end" not in each["identifiedPeriod"] for each in resources(bundle, "DetectedIssue"))


def test_a_damaged_record_cannot_be_taken_for_a_whole_one(tmp_path: Path) -> None:
    record_lifelike(tmp_path)
    sql(tmp_path, "UPDATE event SET body = replace(body, '146', '116') WHERE kind = 'CuffMeasured'")
    bundle = sent(found_in(tmp_path))
    assert [each["code"] for each in bundle["meta"]["tag"]] == ["incomplete-record"]
    assert all(each["resource"]["meta"]["tag"] == bundle["meta"]["tag"] for each in bundle["entry"])
    (completeness,) = observations(bundle, "Completeness of the record")
    assert completeness["dataAbsentReason"]["coding"][0]["code"] == "error"
    assert completeness["note"]
    assert "final" not in {each["status"] for each in resources(bundle, "Observation")}
    assert iso(at(41.5)) not in {each["effectiveDateTime"] for each in observations(bundle, "Blood pressure")}


def test_a_whole_record_says_that_it_is_whole(bundle: Resource) -> None:
    (completeness,) = observations(bundle, "Completeness of the record")
    assert completeness["valueCodeableConcept"]["text"] == "All of the record could be read"


def test_a_session_without_its_opening_is_refused(tmp_path: Path) -> None:
    record_lifelike(tmp_path)
    sql(tmp_path, "UPDATE event SET body = replace(body, 'K-117', 'K-118') WHERE seq = 1")
    with pytest.raises(OpeningDamaged, match=r"is damaged: run app\.py verify"):
        fhir_bundle(found_in(tmp_path))


def test_a_session_in_which_nothing_was_measured_is_sent(tmp_path: Path) -> None:
    found = read(tmp_path, [opened(Intake()), ended(5)])
    bundle = sent(msgspec.structs.replace(found, series={}))
    (refused,) = resources(bundle, "MedicationAdministration")
    assert refused["status"] == "not-done"
    assert "name" not in resources(bundle, "Patient")[0]


def test_two_hours_are_written_in_well_under_a_second(found: SessionRecord) -> None:
    fhir_bundle(found)
    began = time.process_time()
    fhir_bundle(found)
    assert time.process_time() - began < 1
