"""What a health record gets of measurements is what was measured; nothing is shown as right that is not."""

from __future__ import annotations

import csv
import io
import random
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import pytest

from devices.readings import METRICS, MINUTE, SECOND, Metric, Micros, Numeric, Quality
from monitor.clinic.events import CuffMeasured, PressureTaken
from monitor.record.series import Damage, Series
from monitor.reports.fhir.codes import CODED
from monitor.reports.session_record import SessionRecord
from monitor.reports.tables.measurements import measurements_csv
from tests.record.examples import sql
from tests.reports.fhir_bundles import (
    Resource,
    corrected,
    found_in,
    iso,
    lively,
    mark,
    observations,
    parts,
    read,
    resources,
    sent,
)
from tests.reports.lifelike import cuff_numerics, numerics, record_lifelike
from tests.reports.scripted import (
    at,
    cuff,
    whole,
)

STREAMS = (Metric.SPO2, Metric.PR, Metric.PI, Metric.RR)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> SessionRecord:
    return read(tmp_path_factory.mktemp("fhir"), corrected(lively()))


@pytest.fixture(scope="module")
def bundle(found: SessionRecord) -> Resource:
    return sent(found)


def counted(metric: Metric) -> dict[Micros, list[float]]:
    """By minute: what counts of the values that were recorded."""
    values: dict[Micros, list[float]] = defaultdict(list)
    for each in numerics():
        in_artefact = metric is Metric.SPO2 and at(60) <= each.at // 1000 * 1000 <= at(62.5)
        if each.metric is metric and not each.quality & Quality.QUESTIONABLE and not in_artefact:
            values[each.at // MINUTE * MINUTE].append(each.value or 0)
    return values


@pytest.mark.parametrize("metric", STREAMS)
def test_every_minute_has_the_median_the_lowest_and_the_highest_of_what_counts(
    bundle: Resource, metric: Metric
) -> None:
    info, expected = METRICS[metric], counted(metric)
    minutes = {
        each["effectivePeriod"]["start"]: each
        for each in observations(bundle, info.label)
        if "valueQuantity" in each and "effectivePeriod" in each
    }
    assert set(minutes) == {iso(start) for start in expected}
    for start, values in expected.items():
        sent = minutes[iso(start)]
        assert sent["valueQuantity"]["value"] == pytest.approx(median(values), abs=1e-6)
        assert (sent["valueQuantity"]["code"], sent["valueQuantity"]["unit"]) == (info.ucum, info.unit)
        told = parts(sent)
        assert (told["Minimum"], told["Maximum"], told["Count"]) == (min(values), max(values), len(values))
        assert sent["effectivePeriod"]["end"] == iso(start + MINUTE - 1000)


@pytest.mark.parametrize("metric", STREAMS)
def test_the_stream_has_each_second_and_says_where_nothing_counts(bundle: Resource, metric: Metric) -> None:
    (stream,) = observations(bundle, f"{METRICS[metric].label}, every second")
    data = stream["valueSampledData"]
    samples = data["data"].split(" ")
    assert (data["period"], data["dimensions"], data["origin"]["value"]) == (1000, 1, 0)
    assert stream["effectivePeriod"]["start"] == iso(at(-20))
    by_second = {(each.at - at(-20)) // SECOND: each for each in numerics() if each.metric is metric}
    for second, each in by_second.items():
        moment = each.at // 1000 * 1000
        doubted = bool(each.quality & Quality.QUESTIONABLE)
        marked = metric is Metric.SPO2 and at(60) <= moment <= at(62.5)
        assert samples[second] == ("E" if doubted or marked else f"{each.value:g}"), second
    drop_out = samples[(20 + 33) * 60 + 2 : round((20 + 33.5) * 60)]
    assert set(drop_out) == {"E"}


def test_a_minute_in_doubt_has_no_number(bundle: Resource) -> None:
    doubted = [each for each in observations(bundle, "SpO₂") if each["effectivePeriod"]["start"] == iso(at(80))]
    assert [each["dataAbsentReason"]["text"] for each in doubted] == ["The device questioned its values"]
    assert "71" not in {str(value) for each in observations(bundle, "SpO₂") for value in parts(each).values()}


def test_an_artefact_is_entered_in_error_and_has_no_number(bundle: Resource) -> None:
    minutes = {each["effectivePeriod"]["start"]: each for each in observations(bundle, "SpO₂")}
    for start in (60, 61):
        void = minutes[iso(at(start))]
        assert void["status"] == "entered-in-error"
        assert void["dataAbsentReason"]["text"] == "Marked as an artefact"
        assert not {"valueQuantity", "component"} & set(void)
    assert minutes[iso(at(62))]["status"] == "corrected"
    assert minutes[iso(at(62))]["component"][2]["valueInteger"] == len(counted(Metric.SPO2)[at(62)])
    assert minutes[iso(at(70))]["status"] == "final"
    (panel,) = [each for each in observations(bundle, "Blood pressure") if each["effectiveDateTime"] == iso(at(41.5))]
    assert panel["status"] == "entered-in-error"
    assert all("valueQuantity" not in each for each in panel["component"])


@pytest.mark.parametrize(
    ("metrics", "panel_status"), [((Metric.PR_NIBP,), "final"), ((Metric.SYS,), "entered-in-error")]
)
def test_the_pulse_of_a_cuff_has_no_number_where_it_or_its_pressure_is_an_artefact(
    tmp_path: Path, metrics: tuple[Metric, ...], panel_status: str
) -> None:
    full = msgspec.structs.replace(cuff(30, 140, 80), map=101, pr=199)
    bundle = sent(read(tmp_path, [*whole(), full, mark(130, (29.9, 30.1), *metrics)]))
    (pulse,) = observations(bundle, "PR (cuff)")
    assert (pulse["status"], "valueQuantity" in pulse) == ("entered-in-error", False)
    assert (pulse["dataAbsentReason"]["text"], pulse["note"][0]["text"]) == ("Marked as an artefact", "Probe moved")
    (panel,) = [each for each in observations(bundle, "Blood pressure") if each["effectiveDateTime"] == iso(at(30))]
    assert panel["status"] == panel_status
    marked = next(each for each in resources(bundle, "Provenance") if "artefact" in each["activity"]["text"])
    voided = {each["id"] for each in (panel, pulse) if each["status"] == "entered-in-error"}
    assert {each["reference"].removeprefix("urn:uuid:") for each in marked["target"]} == voided
    before = [each["valueQuantity"]["value"] for each in marked["contained"] if "valueQuantity" in each]
    assert before == [199]


def test_a_mark_of_the_oximeters_pulse_leaves_the_cuffs(tmp_path: Path) -> None:
    full = msgspec.structs.replace(cuff(30, 140, 80), pr=66)
    (pulse,) = observations(sent(read(tmp_path, [*whole(), full, mark(130, (29.9, 30.1), Metric.PR)])), "PR (cuff)")
    assert (pulse["status"], pulse["valueQuantity"]["value"]) == ("final", 66)


def test_every_pressure_is_one_panel_with_its_own_time(bundle: Resource, found: SessionRecord) -> None:
    panels = {each["effectiveDateTime"]: each for each in observations(bundle, "Blood pressure")}
    readings = [each for each in found.events if isinstance(each, CuffMeasured | PressureTaken)]
    assert len(panels) == len(readings) == 7
    for reading in readings:
        panel = panels[iso(reading.measured_at)]
        codes = {
            coding["code"]: each["valueQuantity"]["value"]
            for each in panel["component"]
            for coding in each["code"]["coding"]
            if coding["system"] == "http://loinc.org" and "valueQuantity" in each
        }
        if reading.measured_at != at(41.5):
            assert codes == {"8480-6": reading.sys, "8462-4": reading.dia}
        by_hand = isinstance(reading, PressureTaken)
        assert ("performer" in panel, "device" in panel) == (by_hand, not by_hand)
        assert panel["method"]["text"].startswith("By hand" if by_hand else "Automatic")
        assert {"85354-9"} < {each["code"] for each in panel["code"]["coding"]}


def test_a_mean_and_a_pulse_of_a_cuff_are_sent_where_it_has_them(tmp_path: Path) -> None:
    full = msgspec.structs.replace(cuff(30, 140, 80), map=101, pr=66)
    bundle = sent(read(tmp_path, [*whole(), full]))
    (panel,) = [each for each in observations(bundle, "Blood pressure") if len(each["component"]) == 3]
    assert (panel["component"][2]["code"]["coding"][0]["code"], panel["component"][2]["valueQuantity"]["value"]) == (
        "8478-0",
        101,
    )
    (pulse,) = observations(bundle, "PR (cuff)")
    assert (pulse["valueQuantity"]["value"], pulse["effectiveDateTime"]) == (66, iso(at(30)))


def test_a_pressure_that_the_cuff_questioned_says_so(found: SessionRecord) -> None:
    reading = cuff(20, 150, 92)
    doubted = [msgspec.structs.replace(each, quality=Quality.QUESTIONABLE) for each in cuff_numerics([reading])]
    series = found.series | {Metric.SYS: Series.of([each for each in doubted if each.metric is Metric.SYS])}
    panels = observations(sent(msgspec.structs.replace(found, series=series)), "Blood pressure")
    told = {each["effectiveDateTime"] for each in panels if "interpretation" in each}
    assert told == {iso(at(20))}


def test_held_stored_and_missing_values_are_no_measurements(found: SessionRecord) -> None:
    def minute(first: int, value: float | None, quality: Quality) -> list[Numeric]:
        times = [at(first) + second * SECOND for second in range(60)]
        return [Numeric(Metric.SPO2, value, each, each, "oximeter", quality) for each in times]

    rows = [
        *minute(1, 91, Quality.HELD),
        *minute(2, 92, Quality.STORED),
        *minute(3, 93, Quality.PARTIAL),
        *minute(4, None, Quality.OK),
        *minute(5, 97, Quality.OK),
    ]
    bundle = sent(msgspec.structs.replace(found, series={Metric.SPO2: Series.of(rows)}))
    minutes = observations(bundle, "SpO₂")
    assert [each.get("valueQuantity", {}).get("value") for each in minutes] == [None, None, None, None, 97]
    assert [each.get("dataAbsentReason", {}).get("text") for each in minutes] == [
        *["The device repeated or sent on values that were not measured at this time"] * 3,
        "The device had no value",
        None,
    ]
    (stream,) = observations(bundle, "SpO₂, every second")
    assert set(stream["valueSampledData"]["data"].split(" ")) == {"97", "E"}
    assert stream["valueSampledData"]["data"].split(" ").count("97") in (60, 61, 62)


def test_a_minute_of_two_devices_names_neither(found: SessionRecord) -> None:
    rows = [Numeric(Metric.SPO2, 97, at(1) + second * SECOND, at(1), f"oximeter {second % 2}") for second in range(60)]
    (minute,) = observations(sent(msgspec.structs.replace(found, series={Metric.SPO2: Series.of(rows)})), "SpO₂")
    assert "device" not in minute


def test_minutes_that_are_lost_say_so(found: SessionRecord) -> None:
    whole_series = found.series[Metric.SPO2]
    kept = [whole_series.within(None, at(10)), whole_series.within(at(15), None)]
    series = Series.joined(kept, [Damage("chunk 3: checksum", at(10), at(15) - 1)])
    damaged = msgspec.structs.replace(found, series={Metric.SPO2: series}, damaged=series.damaged)
    bundle = sent(damaged)
    minutes = {each["effectivePeriod"]["start"]: each for each in observations(bundle, "SpO₂")}
    for minute in range(10, 15):
        lost = minutes[iso(at(minute))]
        assert lost["dataAbsentReason"]["text"] == "This minute is damaged in the record"
        assert "valueQuantity" not in lost


def test_a_metric_of_which_all_is_lost_is_told_and_has_no_value(tmp_path: Path) -> None:
    record_lifelike(tmp_path, whole())
    sql(tmp_path, "UPDATE chunk SET body = rotten(body) WHERE metric = 'SpO2'")
    bundle = sent(found_in(tmp_path))
    minutes = observations(bundle, "SpO₂")
    assert len(minutes) >= 145
    assert {each["dataAbsentReason"]["text"] for each in minutes} == {"This minute is damaged in the record"}
    assert not any("valueQuantity" in each for each in minutes)
    (stream,) = observations(bundle, "SpO₂, every second")
    assert set(stream["valueSampledData"]["data"].split(" ")) == {"E"}
    assert any("valueQuantity" in each for each in observations(bundle, "PR"))


@pytest.mark.parametrize(
    "lost",
    [
        (0, 2**62),
        (-(2**62), 2**62),
        (at(30), -(2**62)),
        (2**62, 2**63),
        ("", b"\x00"),
        (at(-20), None),
    ],
)
def test_a_stretch_whose_times_are_damaged_too_reaches_no_further_than_the_session(
    found: SessionRecord, lost: tuple[Any, Any]
) -> None:
    series = replace(found.series[Metric.SPO2], damaged=("chunk 3: checksum",), lost=(lost,))
    damaged = msgspec.structs.replace(found, series={Metric.SPO2: series}, damaged=series.damaged)
    minutes = {each["effectivePeriod"]["start"] for each in observations(sent(damaged), "SpO₂")}
    assert minutes <= {iso(at(-20 + minute)) for minute in range(146)}


def test_a_session_whose_end_is_damaged_in_the_list_of_sessions_ends_as_its_events_say(found: SessionRecord) -> None:
    row = msgspec.structs.replace(found.row, ended_us=2**61)
    (stream,) = observations(sent(msgspec.structs.replace(found, row=row)), "SpO₂, every second")
    assert stream["effectivePeriod"]["end"] == iso(at(125.9) - 1000)


def test_each_sample_of_a_stream_is_the_newest_row_of_the_table_and_stands_until_the_next(found: SessionRecord) -> None:
    chance = random.Random(11)
    rows, moment = [], at(1)
    while moment < at(6):
        value = chance.choice([None, 97.0, 96.5, 3.14159265, 100.0, 1e-05, 88.123456789])
        quality = chance.choice([*[Quality.OK] * 6, Quality.HELD, Quality.QUESTIONABLE, Quality.LOW_PERFUSION])
        rows.append(Numeric(Metric.SPO2, value, moment, moment, chance.choice(["oximeter", "other"]), quality))
        moment += round(chance.expovariate(1) * SECOND)
    only = msgspec.structs.replace(found, series={Metric.SPO2: Series.of(rows)})
    (stream,) = observations(sent(only), "SpO₂, every second")
    table = [
        (datetime.fromisoformat(each["time"]), each)
        for each in csv.DictReader(io.StringIO(measurements_csv(only).decode()))
        if each["metric"] == "SpO2"
    ]
    start = datetime.fromisoformat(stream["effectivePeriod"]["start"])
    for second, sample in enumerate(stream["valueSampledData"]["data"].split(" ")):
        end = start + timedelta(seconds=second + 1)
        newest = next((row for time, row in reversed(table) if end - timedelta(seconds=2) <= time < end), None)
        counts = newest is not None and newest["quality"] in {"ok", "low_perfusion"} and not newest["artefact"]
        assert sample == ((newest["value"] if newest is not None and counts else "") or "E"), second


def test_the_codes_are_those_of_the_readings() -> None:
    """End-tidal carbon dioxide excepted: its LOINC code is in doubt."""
    for metric, coded in CODED.items():
        info = METRICS[metric]
        if metric is not Metric.ETCO2:
            assert (coded.loinc[-1], coded.mdc) == (info.loinc, info.mdc)
