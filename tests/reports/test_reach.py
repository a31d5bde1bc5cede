"""How far an open session and a damaged stretch reach: as the record knows, not by a wrong clock or a rotten bit."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import pytest

from devices.readings import SECOND, Metric, Micros, Numeric, Quality
from monitor.clinic.events import Phase
from monitor.config import load
from monitor.record.database import FILE
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.reports.comparing import read_compared
from monitor.reports.fhir.bundle import fhir_bundle
from monitor.reports.formats import files_of
from monitor.reports.hl7 import oru_messages
from monitor.reports.kinds import Format
from monitor.reports.reach import LONGEST_SILENCE
from monitor.reports.session_record import SessionRecord, read_session
from monitor.web.review.shades import lost_spans
from tests.record.examples import sql
from tests.reports.recorded import record
from tests.reports.scripted import CONFIG, MINUTE, SESSION, at, beginning, ended

CLINIC = load(CONFIG)
FALLS_MIN, LASTS_MIN = 30, 40
NEWEST = at(LASTS_MIN) - 5 * SECOND
FAR: Micros = 2**53 - 1


def measured(folder: Path) -> None:
    """Saturation every 5 s for 40 min after the first dose, 84 % in the last ten, in stretches of five minutes."""
    with RecordWriter(folder) as writer:
        for second in range(0, LASTS_MIN * 60, 5):
            moment = at(second / 60)
            value = 84.0 if second > FALLS_MIN * 60 else 97.0
            numeric = Numeric(Metric.SPO2, value, moment, moment, "oximeter", Quality.OK)
            writer.append_second(moment, [("1", SESSION, numeric)])
            if second % 300 == 295:
                writer.seal_room("1")


@pytest.fixture(scope="module")
def going_on(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The newest event is the first dose."""
    folder = tmp_path_factory.mktemp("open")
    record(folder, beginning())
    measured(folder)
    return folder


@pytest.fixture(scope="module")
def over(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("over")
    record(folder, [*beginning(), ended(LASTS_MIN + 1, Phase.ABORTED)])
    measured(folder)
    return folder


def read(folder: Path, now: Micros) -> SessionRecord:
    with RecordReader(folder) as reader:
        found = read_session(reader, CLINIC, SESSION, now)
    assert found is not None
    return found


@pytest.mark.parametrize("early", [at(-500), at(5), NEWEST])
def test_a_clock_that_is_behind_hides_nothing_of_an_open_session(early: Micros, going_on: Path) -> None:
    behind, right = read(going_on, early), read(going_on, NEWEST + 1000)
    assert (behind.end, behind.read_at, behind.figures, behind.form) == (
        right.end,
        right.read_at,
        right.figures,
        right.form,
    )
    assert behind.figures is not None
    assert behind.figures.saturation.lowest == 84, "the fall is not among what is told"
    assert list(oru_messages(behind)) == list(oru_messages(right))
    assert any("|84|" in message for message in oru_messages(behind))
    assert fhir_bundle(behind) == fhir_bundle(right)
    (stream,) = [
        each["resource"]["valueSampledData"]["data"].split()
        for each in json.loads(fhir_bundle(behind))["entry"]
        if "valueSampledData" in each["resource"]
    ]
    assert "84" in stream[-60:]


def test_a_comparison_hides_nothing_either(going_on: Path) -> None:
    with RecordReader(going_on) as reader:
        row = reader.session(SESSION)
        assert row is not None
        behind, right = (read_compared(reader, CLINIC, 1, row, now) for now in (at(5), NEWEST + 1000))
    assert behind.figures == right.figures
    assert behind.figures is not None
    assert behind.figures.saturation.lowest == 84


def test_the_figures_are_those_of_a_clock_that_is_right(going_on: Path) -> None:
    assert read(going_on, at(5)).figures == read(going_on, at(LASTS_MIN + 1)).figures


def test_a_clock_that_is_years_ahead_makes_no_session_of_years(going_on: Path) -> None:
    found = read(going_on, FAR)
    assert NEWEST < found.end <= NEWEST + LONGEST_SILENCE + SECOND
    assert found.figures == read(going_on, at(LASTS_MIN + 1)).figures
    assert len(list(oru_messages(found))) == len(list(oru_messages(read(going_on, at(LASTS_MIN + 1)))))


def test_a_session_that_goes_on_ends_when_it_was_read(going_on: Path) -> None:
    assert read(going_on, at(LASTS_MIN + 7)).end == at(LASTS_MIN + 7)


# ---- damaged stretches


def flipped(folder: Path, into: Path, column: str, bit: int) -> tuple[Micros, Micros]:
    """A copy of the record in which a bit of a time of the third stretch has rotted; that stretch's true times."""
    shutil.copytree(folder, into, dirs_exist_ok=True)
    with sqlite3.connect(into / FILE) as connection:
        query = "SELECT start_us, end_us FROM chunk WHERE metric = 'SpO2' ORDER BY start_us LIMIT 1 OFFSET 2"
        start, end = connection.execute(query).fetchone()
    value = (start if column == "start_us" else end) ^ (1 << bit)
    sql(into, f"UPDATE chunk SET {column} = {value} WHERE start_us = {start}")  # noqa: S608 - numbers of our own
    return start, end


@pytest.mark.parametrize("column", ["start_us", "end_us"])
@pytest.mark.parametrize("state", ["going_on", "over"])
def test_a_rotten_time_of_a_damaged_stretch_reaches_no_further_than_the_session(
    column: str, state: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    for bit in range(35, 63):
        folder = tmp_path / f"{bit}"
        start, end = flipped(request.getfixturevalue(state), folder, column, bit)
        found = read(folder, at(LASTS_MIN + 1))
        assert found.end == at(LASTS_MIN + 1)
        ((first, last),) = found.series[Metric.SPO2].lost
        assert found.start <= first <= start
        assert end <= last <= found.end, f"bit {bit}: less than what is lost is told as lost"
        assert lost_spans(found) == [(Metric.SPO2, (first, last))]


@pytest.mark.parametrize(
    "times", ["start_us = 'rot'", "end_us = x'00'", "end_us = 1.5", "start_us = start_us + 600000001"]
)
def test_a_time_that_is_none_or_after_the_end_stands_for_the_session(times: str, over: Path, tmp_path: Path) -> None:
    shutil.copytree(over, tmp_path, dirs_exist_ok=True)
    sql(tmp_path, f"UPDATE chunk SET {times} WHERE start_us = (SELECT min(start_us) FROM chunk)")  # noqa: S608
    found = read(tmp_path, at(200))
    ((first, last),) = found.series[Metric.SPO2].lost
    assert found.start <= first < last <= found.end


@pytest.mark.parametrize("bit", [44, 50, 62])
def test_every_form_is_of_the_session_when_a_time_has_rotted(bit: int, over: Path, tmp_path: Path) -> None:
    flipped(over, tmp_path, "end_us", bit)
    found = read(tmp_path, at(200))
    with RecordReader(tmp_path) as reader:
        files = {kind: files_of(found, kind, reader) for kind in Format}
    minutes = [
        each["resource"]["effectivePeriod"]["start"]
        for each in json.loads(files[Format.FHIR]["fhir.json"])["entry"]
        if each["resource"].get("code", {}).get("text") == "SpO₂" and "effectivePeriod" in each["resource"]
    ]
    assert len(minutes) <= (found.end - found.start) // MINUTE + 2
    assert files[Format.PDF]["chart.pdf"].startswith(b"%PDF")
    assert b"2027" in files[Format.CSV]["measurements.csv"].splitlines()[-1][:4]
