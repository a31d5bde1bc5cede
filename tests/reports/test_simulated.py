"""What was played leaves the house marked as simulated in every form, whatever was measured or can still be read."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import msgspec
import pandas as pd
import pytest
from pyarrow import parquet
from pypdf import PdfReader

from devices.readings import Quality
from monitor.clinic.events import AnyEvent, DoseStarted, Phase, PhaseEntered, PressureTaken, SessionOpened
from monitor.config import Config, load
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.reports.comparing import read_compared
from monitor.reports.formats import files_of
from monitor.reports.kinds import Format
from monitor.reports.session_record import SessionRecord, read_session
from tests.record.examples import sql
from tests.reports.recorded import record
from tests.reports.scripted import CONFIG, SESSION, at, device, ended, opened, saturation, whole

PLAYED_NOW = load(CONFIG)
"""A clinic in which every room is simulated."""
REAL_NOW = msgspec.structs.replace(
    PLAYED_NOW, rooms=[msgspec.structs.replace(room, simulation=None) for room in PLAYED_NOW.rooms]
)
HAND = PressureTaken(at=at(-10), by="nurse 1", measured_at=at(-10), sys=128, dia=79, pr=70)


def by_hand(simulated: bool | None) -> list[AnyEvent]:
    """Opened, a pressure by hand, one device, stopped: no device sent a value."""
    return [
        opened(simulated=simulated),
        HAND,
        device(1, 0),
        PhaseEntered(at=at(0), by="nurse 1", phase=Phase.DOSING),
        DoseStarted(at=at(0), by="nurse 1", given_at=at(0)),
        ended(10, Phase.ABORTED),
    ]


def read(folder: Path, config: Config) -> tuple[SessionRecord, dict[Format, dict[str, bytes]]]:
    """The session, and its files in every form."""
    with RecordReader(folder) as reader:
        found = read_session(reader, config, SESSION, at(200))
        assert found is not None
        return found, {kind: dict(files_of(found, kind, reader)) for kind in Format}


def pdf_is_marked(content: bytes) -> bool:
    return "SIMULATED" in PdfReader(BytesIO(content)).pages[0].extract_text()


def fhir_is_marked(content: bytes) -> bool:
    bundle = json.loads(content)
    tagged = [bundle, *(each["resource"] for each in bundle["entry"])]
    marked = {"HTEST" in [label["code"] for label in each.get("meta", {}).get("security", [])] for each in tagged}
    assert len(marked) == 1, "some resources are marked and some are not"
    return marked.pop()


def hl7_is_marked(content: bytes) -> bool:
    lines = content.decode().split("\r")
    training = {line.split("|")[10] for line in lines if line.startswith("MSH")}
    assert len(training) == 1
    assert ("SIMULATED" in content.decode()) == (training == {"T"})
    return training == {"T"}


def parquet_is_marked(content: bytes) -> bool:
    about: dict[bytes, bytes] = parquet.read_schema(BytesIO(content)).metadata
    return about[b"simulated"] == b"true"


def is_marked(files: dict[Format, dict[str, bytes]]) -> dict[str, bool]:
    """By form whether it says that the session is simulated."""
    first = {kind: next(iter(each.values())) for kind, each in files.items()}
    headers = [content for name, content in files[Format.WFDB].items() if name.endswith(".hea")]
    events = pd.read_csv(BytesIO(files[Format.CSV]["events.csv"]))
    return {
        "pdf": pdf_is_marked(first[Format.PDF]),
        "csv": bool(events[events.kind == "SessionOpened"].text.str.startswith("SIMULATED").all()),
        "parquet": parquet_is_marked(first[Format.PARQUET]),
        "wfdb": all(b"SIMULATED" in each for each in headers),
        "fhir": fhir_is_marked(first[Format.FHIR]),
        "hl7": hl7_is_marked(first[Format.HL7]),
        "form": pdf_is_marked(first[Format.FORM]),
        "form-json": json.loads(first[Format.FORM_JSON])["simulated"],
    }


def measured_and_all_of_it_rots(folder: Path) -> None:
    with RecordWriter(folder) as writer:
        values = saturation((1, 97), (2, 96), quality=Quality.SIMULATED)
        writer.append_second(at(3), [("1", SESSION, each) for each in values])
        writer.seal_room("1")
    sql(
        folder,
        "UPDATE chunk SET body = rotten(body)",
        "UPDATE event SET body = replace(body, 'sys', 'sy_') WHERE kind = 'CuffMeasured'",
    )


def nothing(_: Path) -> None:
    """The record is sound."""


CASES: dict[str, tuple[list[AnyEvent], Callable[[Path], None], Config, bool]] = {
    "told at its opening": (by_hand(True), nothing, REAL_NOW, True),
    "an older record of a room that is simulated": (by_hand(None), nothing, PLAYED_NOW, True),
    "a real session": (by_hand(False), nothing, REAL_NOW, False),
    "a real session in a room that is simulated by now": (by_hand(False), nothing, PLAYED_NOW, False),
    "an older record of a real room": (by_hand(None), nothing, REAL_NOW, False),
    "told at its opening, and all that was measured is damaged": (
        [opened(simulated=True), *whole()[1:]],
        measured_and_all_of_it_rots,
        REAL_NOW,
        True,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_form_says_whether_the_session_is_simulated(name: str, tmp_path: Path) -> None:
    events, happens, config, simulated = CASES[name]
    record(tmp_path, events)
    happens(tmp_path)
    found, files = read(tmp_path, config)
    assert found.simulated is simulated
    assert is_marked(files) == dict.fromkeys(map(str, Format), simulated)


@pytest.mark.parametrize("simulated", [True, False])
def test_a_pressure_by_hand_stands_in_the_table_as_what_it_is(simulated: bool, tmp_path: Path) -> None:
    record(tmp_path, by_hand(simulated))
    _, files = read(tmp_path, REAL_NOW)
    table = pd.read_csv(BytesIO(files[Format.CSV]["measurements.csv"]))
    assert set(table.quality) == {"simulated" if simulated else "ok"}
    assert table.value.tolist() == [128, 79, 70]


@pytest.mark.parametrize(("events", "simulated"), [(by_hand(True), True), (by_hand(False), False)])
def test_a_comparison_says_it_too(events: list[AnyEvent], simulated: bool, tmp_path: Path) -> None:
    record(tmp_path, events)
    with RecordReader(tmp_path) as reader:
        row = reader.session(SESSION)
        assert row is not None
        assert read_compared(reader, REAL_NOW, 1, row, at(200)).simulated is simulated


def test_a_session_whose_opening_is_damaged_counts_as_its_room(tmp_path: Path) -> None:
    record(tmp_path, by_hand(True))
    sql(tmp_path, "UPDATE event SET body = replace(body, 'K-117', 'K-118') WHERE seq = 1")
    with RecordReader(tmp_path) as reader:
        found = read_session(reader, PLAYED_NOW, SESSION, at(200))
    assert found is not None
    assert not [each for each in found.told if isinstance(each, SessionOpened)]
    assert found.simulated
