"""Measurements and events that leave the house: nothing added, nothing shifted, nothing that runs."""

from __future__ import annotations

import csv
import json
import shutil
import sys
import time
from io import BytesIO, StringIO
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from devices.readings import METRICS, SECOND, Metric, Numeric, Quality
from monitor.clinic.events import AlarmAcknowledged, AnyEvent, NoteWritten, PressureTaken
from monitor.clinic.treatment.amending import as_amended
from monitor.clinic.treatment.events import Amended, ArtefactMarked, DeviceGiven
from monitor.reports.session_record import SessionRecord
from monitor.reports.tables.cells import iso_times, number_text, safe_text
from monitor.reports.tables.events import TIMES, events_csv
from monitor.reports.tables.measurements import ParquetMissing, measurements_csv, measurements_parquet
from tests.record.examples import sql
from tests.reports.exported import (
    ARTEFACT_MIN,
    HOSTILE,
    RIGHT_SYS,
    SIGNS,
    WRONG_SYS,
    amended,
    artefact,
    found_in,
    number_of,
    record,
    undone,
    with_numerics,
)
from tests.reports.scripted import SESSION, at, in_order, whole

Rows = list[dict[str, str]]


SPOIL_THIRD = """UPDATE chunk SET body = rotten(body) WHERE metric = 'SpO2' AND start_us =
    (SELECT start_us FROM chunk WHERE metric = 'SpO2' ORDER BY start_us LIMIT 1 OFFSET 2)"""
SPOIL_TIMES = """UPDATE chunk SET start_us = 'x', end_us = -5 WHERE metric = 'RR' AND start_us =
    (SELECT min(start_us) FROM chunk)"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="module")
def found(recorded: Path) -> SessionRecord:
    return found_in(recorded)[0]


@pytest.fixture(scope="module")
def bare(found: SessionRecord) -> SessionRecord:
    """The same session as if nothing had happened in it."""
    return msgspec.structs.replace(
        found, told=[], events=[], series={}, session=None, protocol=None, form=None, figures=None
    )


@pytest.fixture
def data(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "data"))


def cells(table: bytes) -> Rows:
    """As Python's own reader has them: every cell a text."""
    return list(csv.DictReader(StringIO(table.decode(), newline="")))


def frame(table: bytes) -> pd.DataFrame:
    read: pd.DataFrame = pd.read_csv(BytesIO(table))
    since = pd.to_datetime(read.time, utc=True) - pd.Timestamp(0, tz="UTC")
    return read.assign(ms=since // pd.Timedelta("1ms"))


def texts(column: pd.Series) -> list[str]:
    return ["" if pd.isna(each) else str(each) for each in column]


# Measurements


def test_every_value_of_the_record_is_a_row_and_no_row_is_anything_else(found: SessionRecord) -> None:
    read = frame(measurements_csv(found))
    from_devices = read[read.origin == "device"]
    assert len(from_devices) == sum(map(len, found.series.values()))
    for metric, series in found.series.items():
        rows = from_devices[from_devices.metric == metric.value]
        order = np.argsort(series.measured_ms, kind="stable")
        assert rows.ms.tolist() == series.measured_ms[order].tolist()
        np.testing.assert_array_equal(rows.value.to_numpy(float), series.value[order])
        assert rows.quality.tolist() == [Quality(each).names() for each in series.quality[order].tolist()]
        assert set(rows.unit) == {METRICS[metric].unit}
        assert set(rows.source) == set(series.sources)
    assert read.ms.is_monotonic_increasing


def test_a_pressure_by_hand_is_the_corrected_one_and_a_withdrawn_one_is_not_there(found: SessionRecord) -> None:
    by_hand = [row for row in cells(measurements_csv(found)) if row["origin"] == "by hand"]
    assert [(row["metric"], row["value"], row["unit"]) for row in by_hand] == [
        ("SYS", str(RIGHT_SYS), "mmHg"),
        ("DIA", "84", "mmHg"),
        ("PR_NIBP", "72", "/min"),
    ]
    moments = {(pd.Timestamp(row["time"]), pd.Timestamp(row["arrived"])) for row in by_hand}
    assert moments == {(pd.Timestamp(at(64), unit="us", tz="UTC"), pd.Timestamp(at(66), unit="us", tz="UTC"))}
    assert {(row["source"], row["quality"], row["artefact"]) for row in by_hand} == {("nurse 1", "simulated", "")}


def test_the_rows_that_count_are_those_of_the_figures(found: SessionRecord) -> None:
    read = frame(measurements_csv(found))
    mark = str(number_of(found, ArtefactMarked))
    marked = read[~read.artefact.isna()]
    assert set(marked.metric) == {"SpO2"}
    assert {f"{number:g}" for number in marked.artefact} == {mark}
    first, last = (at(minute) // 1000 for minute in ARTEFACT_MIN)
    saturation = read[read.metric == "SpO2"]
    assert marked.ms.tolist() == [ms for ms in saturation.ms.tolist() if first <= ms <= last]
    counted = saturation[saturation.artefact.isna()]
    curve = found.curves()[Metric.SPO2]
    assert (counted.ms * 1000).tolist() == curve.at.tolist()
    assert counted.value.tolist() == curve.value.tolist()


def test_what_is_missing_late_held_or_in_doubt_says_so(found: SessionRecord) -> None:
    moment = at(10) + 123_456
    late = moment + 2_500_000
    numerics = [
        Numeric(Metric.SPO2, None, moment, moment, "oxi-1", Quality.LOW_PERFUSION),
        Numeric(Metric.SPO2, 97.25, late, moment, "oxi-1", Quality.HELD | Quality.QUESTIONABLE),
        Numeric(Metric.TEMP, 36.5, moment, moment, "=cmd", Quality.OK),
    ]
    rows = cells(measurements_csv(with_numerics(found, numerics)))[:3]
    ours = [[*row.values()][1:] for row in rows]
    assert ours == [
        ["", "SpO2", "", "%", "oxi-1", "low_perfusion", "device", ""],
        ["", "Temp", "36.5", "°C", "'=cmd", "ok", "device", ""],
        [iso_times(np.array([late // 1000]))[0], "SpO2", "97.25", "%", "oxi-1", "questionable|held", "device", ""],
    ]
    assert {row["time"] for row in rows} == {iso_times(np.array([moment // 1000]))[0]}


def test_a_mark_on_one_pressure_covers_the_reading_whole_and_two_marks_are_both_named(
    found: SessionRecord,
) -> None:
    assert found.session is not None
    marks = (artefact(30, (15, 25), Metric.DIA, seq=81), artefact(30, (20, 25), Metric.SYS, seq=82))
    treatment = msgspec.structs.replace(found.session.treatment, artefacts=marks)
    session = msgspec.structs.replace(found.session, treatment=treatment)
    readings = [Numeric(metric, 80, at(24), at(20), "cuff") for metric in (Metric.SYS, Metric.DIA, Metric.MAP)]
    marked = with_numerics(msgspec.structs.replace(found, session=session, events=[]), readings)
    assert [row["artefact"] for row in cells(measurements_csv(marked))] == ["81|82", "81|82", "81|82"]


numerics = st.builds(
    lambda metric, value, at_ms, ago_ms, source, quality: Numeric(
        metric, value, (at_ms) * 1000, (at_ms - ago_ms) * 1000, source, Quality(quality)
    ),
    st.sampled_from([metric for metric in Metric if metric not in (Metric.PLETH, Metric.CUFF)]),
    st.none() | st.integers(0, 30_000).map(lambda each: each / 100),
    st.integers(at(-20) // 1000, at(125) // 1000),
    st.just(0) | st.integers(0, 600_000),
    st.sampled_from(["oxi-1", "=oxi", "a,b", 'a"b', "Größe"]),
    st.integers(0, 63),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(numerics, max_size=40))
def test_whatever_was_measured_is_read_back(bare: SessionRecord, measured: list[Numeric]) -> None:
    of_all = with_numerics(bare, measured)
    rows = cells(measurements_csv(of_all))
    got = sorted(
        (
            row["metric"],
            round(pd.Timestamp(row["time"]).timestamp() * 1000),
            round(pd.Timestamp(row["arrived"] or row["time"]).timestamp() * 1000),
            float(row["value"] or "nan").hex(),
            undone(row["source"]),
            row["quality"],
        )
        for row in rows
    )
    wanted = sorted(
        (
            each.metric.value,
            each.measured_at // 1000,
            each.at // 1000,
            float("nan" if each.value is None else each.value).hex(),
            each.source,
            each.quality.names(),
        )
        for each in measured
    )
    assert got == wanted
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    table = parquet.read_table(BytesIO(measurements_parquet(of_all))).to_pylist()
    assert [(row["metric"], row["quality"]) for row in table] == [(row["metric"], row["quality"]) for row in rows]
    assert ["" if row["value"] is None else number_text(row["value"]) for row in table] == [r["value"] for r in rows]


def test_two_hours_are_written_in_well_under_a_second(found: SessionRecord) -> None:
    began = time.process_time()
    written = measurements_csv(found)
    assert time.process_time() - began < 1
    assert written.count(b"\r\n") > 30_000


# Damage


def test_a_damaged_chunk_is_a_gap_with_two_rows_that_name_it(data: Path) -> None:
    whole = frame(measurements_csv(found_in(data)[0]))
    sql(data, SPOIL_THIRD)
    damaged, _ = found_in(data)
    read = frame(measurements_csv(damaged))
    (named,) = damaged.damaged
    rows = read[read.quality == "damaged"]
    assert rows[["metric", "source"]].to_numpy().tolist() == [["SpO2", named]] * 2
    assert "checksum does not match" in named
    assert rows.value.isna().all()
    first, last = rows.ms
    assert last - first > 290_000
    lost = (whole.metric == "SpO2") & (whole.ms >= first) & (whole.ms <= last)
    sound = read[read.quality != "damaged"]
    pd.testing.assert_frame_equal(whole[~lost].reset_index(drop=True), sound.reset_index(drop=True), check_exact=True)
    table = parquet.read_table(BytesIO(measurements_parquet(damaged)))
    assert json.loads(table.schema.metadata[b"damaged"]) == [named]
    assert [row["source"] for row in table.to_pylist() if row["quality"] == "damaged"] == [named] * 2
    assert [row["text"] for row in cells(events_csv(damaged)) if row["kind"] == "damaged"] == [named]


def test_a_damaged_chunk_whose_times_rotted_too_does_not_keep_the_rest_back(data: Path) -> None:
    sql(data, SPOIL_TIMES)
    damaged, _ = found_in(data)
    read = frame(measurements_csv(damaged))
    assert read[read.quality == "damaged"].ms.tolist() == [damaged.start // 1000, damaged.end // 1000]


def test_a_damaged_entry_is_told_of_because_a_pressure_or_a_mark_may_be_missing(data: Path) -> None:
    sql(data, "UPDATE event SET body = replace(body, 'Slipped', 'Snipped') WHERE kind = 'ArtefactMarked'")
    damaged, _ = found_in(data)
    rows = [row for row in cells(measurements_csv(damaged)) if row["quality"] == "damaged"]
    assert [(row["metric"], row["value"], row["origin"]) for row in rows] == [("", "", "by hand")] * 2
    assert {row["source"] for row in rows} == set(damaged.damaged)


# Events


def test_every_event_is_a_row_with_its_number_and_when_it_was_and_was_told(found: SessionRecord) -> None:
    rows = cells(events_csv(found))
    assert [int(row["number"]) for row in rows] == [event.seq for event in found.told]
    assert [row["kind"] for row in rows] == [type(event).__name__ for event in found.told]
    for row, event in zip(rows, found.told, strict=True):
        assert pd.Timestamp(row["told_at"]).timestamp() * 1_000_000 == event.at
        assert row["by"] == event.by
        assert row["text"]
    medicine = next(row for row in rows if row["kind"] == "MedicineGiven")
    assert pd.Timestamp(medicine["time"]).timestamp() * SECOND == at(28)
    assert medicine["late"] == "8"
    assert pd.read_csv(BytesIO(events_csv(found))).number.tolist() == [event.seq for event in found.told]


def test_a_corrected_entry_stands_as_it_was_told_and_says_what_is_right(found: SessionRecord) -> None:
    rows = {int(row["number"]): row for row in cells(events_csv(found))}
    wrong, twice = (event.seq for event in found.told if isinstance(event, PressureTaken))
    first, second = (event.seq for event in found.told if isinstance(event, Amended))
    entry = rows[wrong]
    assert entry["text"].startswith(f"NIBP {WRONG_SYS}/84, pulse 72 by hand")
    assert entry["text"].endswith(f" · corrected by entry {first}")
    assert (entry["corrected_by"], entry["withdrawn"], entry["corrects"]) == (str(first), "", "")
    detail = json.loads(entry["detail"])
    assert detail["told"]["sys"] == WRONG_SYS
    assert detail["corrected"] == {"sys": RIGHT_SYS, "measured_at": entry["time"]}
    assert pd.Timestamp(entry["time"]).timestamp() * SECOND == at(64)
    assert rows[twice]["text"].endswith(f" · withdrawn by entry {second}")
    assert (rows[twice]["withdrawn"], rows[twice]["corrected_by"]) == ("yes", str(second))
    assert [rows[seq]["corrects"] for seq in (first, second)] == [str(wrong), str(twice)]
    assert json.loads(rows[first]["detail"])["told"]["changes"] == {"sys": RIGHT_SYS, "measured_at": entry["time"]}


def test_what_follows_from_a_correction_says_that_it_was_told_otherwise(bare: SessionRecord) -> None:
    doses = in_order(whole())
    second = next(each.seq for each in doses if isinstance(each, DeviceGiven) and each.number == 2)
    told = in_order([*doses, amended(130, second, withdrawn=True)])
    rows = cells(events_csv(msgspec.structs.replace(bare, told=told, events=as_amended(told))))
    (ending,) = [row for row in rows if row["kind"] == "DosingEnded"]
    assert "84 mg given" in ending["text"]
    assert ending["text"].endswith(" · corrected with another entry")
    assert json.loads(ending["detail"])["corrected"] == {"mg": 56, "complete": False}


def test_an_alarms_answer_says_which_alarm_was_answered(found: SessionRecord) -> None:
    rows = {int(row["number"]): row["text"] for row in cells(events_csv(found))}
    first = number_of(found, AlarmAcknowledged)
    assert rows[first].startswith("Alarm “SpO₂ low” acknowledged by nurse 1, ")


def test_no_time_stands_in_a_detail_as_a_number() -> None:
    kinds = get_args(AnyEvent)
    named = {name for kind in kinds for name, type_ in kind.__annotations__.items() if "Micros" in str(type_)}
    assert named == TIMES


# Texts


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_a_note_comes_back_from_the_file_as_it_was_written(bare: SessionRecord, text: str) -> None:
    note = NoteWritten(seq=7, at=at(1), by=text, text=text)
    (row,) = cells(events_csv(msgspec.structs.replace(bare, told=[note], events=[note])))
    assert undone(row["by"]) == text
    assert undone(row["text"]) == f"{text} · {text}"
    assert json.loads(row["detail"])["told"]["text"] == text


@pytest.mark.parametrize("sign", SIGNS)
def test_the_sign_of_a_formula_is_marked_and_a_negative_number_is_not(sign: str, found: SessionRecord) -> None:
    assert safe_text(f"{sign}1+1").startswith("'")
    assert safe_text(f" \n {sign}1").splitlines()[1].startswith("'")
    below = with_numerics(found, [Numeric(Metric.TEMP, -1.5, at(-20), at(-20), f"{sign}x")])
    row = cells(measurements_csv(below))[0]
    assert row["value"] == "-1.5"
    assert row["source"].startswith("'")


def test_a_hostile_note_is_read_by_pandas_as_one_inert_cell(found: SessionRecord) -> None:
    read = pd.read_csv(BytesIO(events_csv(found)))
    (cell,) = [each for each in texts(read.text) if "HYPERLINK" in each]
    assert cell.startswith("'=HYPERLINK(")
    assert "\n'@SUM(A1)\\u0009\\u202ereversed" in cell
    assert undone(cell) == f"{HOSTILE} · nurse 1"


# Parquet


def test_parquet_holds_the_same_rows_with_types_and_says_whose_they_are(found: SessionRecord) -> None:
    table = parquet.read_table(BytesIO(measurements_parquet(found)))
    types = {name: str(table.schema.field(name).type) for name in table.column_names}
    word = "dictionary<values=string, indices=int32, ordered=0>"
    assert types["time"] == types["arrived"] == "timestamp[us, tz=UTC]"
    assert [types[name] for name in ("metric", "unit", "source", "quality", "value")] == [word] * 4 + ["double"]
    rows = cells(measurements_csv(found))
    assert table.column("time").to_pylist() == [pd.Timestamp(row["time"]) for row in rows]
    assert table.column("arrived").to_pylist() == [
        pd.Timestamp(row["arrived"]) if row["arrived"] else None for row in rows
    ]
    assert table.column("value").to_pylist() == [float(row["value"]) if row["value"] else None for row in rows]
    for name in ("metric", "unit", "source", "quality", "origin", "artefact"):
        assert [each or "" for each in table.column(name).to_pylist()] == [row[name] for row in rows]
    about = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert about == {
        "session": SESSION,
        "clinic": found.clinic,
        "anchor": found.anchor,
        "simulated": "true",
        "damaged": "[]",
    }


def test_without_pyarrow_a_person_is_told_what_to_install(
    found: SessionRecord, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ParquetMissing, match="its extra “parquet”"):
        measurements_parquet(found)
