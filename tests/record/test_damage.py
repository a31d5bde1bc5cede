from __future__ import annotations

from pathlib import Path

import pytest

from devices.readings import SECOND, Metric
from monitor.clinic.events import NoteWritten
from monitor.record.database import FILE
from monitor.record.errors import EventsDamaged, NewerSchema, NoRecord, RecordUnavailable
from monitor.record.reader import RecordReader
from monitor.record.verify import verify
from monitor.record.writer import RecordWriter
from tests.record.examples import NOON, ROOM, SESSION, note, opened, record_seconds, sql, treatment


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A session with two sealed stretches of ten seconds and ten more in the journal."""
    with RecordWriter(tmp_path) as writer:
        writer.append_events([*treatment()[:4], note("five"), note("six"), note("of another", session=None)])
        for first in (0, 10):
            record_seconds(writer, first, first + 10, seal=False)
            writer.seal_room(ROOM)
        record_seconds(writer, 20, 30, seal=False)
    return tmp_path


def test_a_sound_record_is_called_sound_and_all_of_it_was_looked_at(folder: Path) -> None:
    report = verify(folder)
    assert report.sound, report.problems
    assert (report.events, report.sessions, report.chunks, report.journal_rows) == (7, 1, 4, 10)


def test_a_record_can_be_checked_while_the_service_writes_it(folder: Path) -> None:
    with RecordWriter(folder) as writer:
        writer.append_events([note("seen")])
        report = verify(folder)
        writer.append_events([note("still writing")])
    assert (report.problems, report.events) == ([], 8)


@pytest.mark.parametrize(
    "damage",
    [
        "body = rotten(body)",
        "body = CAST(body AS TEXT)",
        "body = x''",
        "source = 'oxi-2'",
        "count = 9",
        "end_us = end_us + 1",
    ],
)
def test_a_damaged_chunk_is_a_named_gap_and_never_a_number(damage: str, folder: Path) -> None:
    first = "metric = 'SpO2' AND start_us = (SELECT min(start_us) FROM chunk)"
    sql(folder, " ".join(("UPDATE chunk SET", damage, "WHERE", first)))
    with RecordReader(folder) as reader:
        series = reader.numerics(SESSION, Metric.SPO2)
        assert (series.value * 100).round().tolist() == list(range(10, 30))
        assert len(series.damaged) == 1
        assert series.damaged[0].startswith("chunk S1 SpO2 oxi-")
        assert "2026-05-28T20:26:40+00:00.." in series.damaged[0], "the name does not say when"
        assert reader.waveform(SESSION, Metric.PLETH).damaged == ()
        assert reader.numerics(SESSION, Metric.SPO2, start=NOON + 15 * SECOND).damaged == ()
    assert verify(folder).problems == list(series.damaged)


def test_a_damaged_second_of_the_journal_is_a_named_gap_and_stays_as_evidence(folder: Path) -> None:
    sql(folder, "UPDATE journal SET body = rotten(body) WHERE seq = 25")
    named = ("journal 25: checksum does not match",)
    with RecordWriter(folder) as writer, RecordReader(folder) as reader:
        for _ in "before and after the seal":
            series = reader.numerics(SESSION, Metric.SPO2)
            assert (series.value * 100).round().tolist() == [*range(24), *range(25, 30)]
            assert series.damaged == named
            writer.seal_room(ROOM)
        assert writer.damaged == named
        assert reader.numerics(SESSION, Metric.SPO2, start=NOON + 25 * SECOND).damaged == ()
        assert len(reader.tail(ROOM, NOON)) == 29 * 2
    assert verify(folder).problems == list(named)


TAMPERED = {
    "a dose changed": (
        ["UPDATE event SET body = replace(body, '56.0', '84.0') WHERE seq = 1"],
        ["event 1: was changed, or the event before it was"],
    ),
    "bytes where text was": (
        ["UPDATE event SET body = x'00' WHERE seq = 5"],
        ["event 5: was changed, or the event before it was"],
    ),
    "text that is no text": (
        ["UPDATE event SET body = CAST(x'7bff7d' AS TEXT) WHERE seq = 5"],
        ["event 5: was changed, or the event before it was"],
    ),
    "an event moved to another session": (
        ["UPDATE event SET session = 'S2' WHERE seq = 5"],
        ["event 5: its columns are not what its text says", "event 5: there is no session S2"],
    ),
    "an event removed": (
        ["DELETE FROM event WHERE seq = 5"],
        ["event 5: missing", "event 6: was changed, or the event before it was"],
    ),
    "two events swapped": (
        [
            "UPDATE event SET seq = -5 WHERE seq = 5",
            "UPDATE event SET seq = 5 WHERE seq = 6",
            "UPDATE event SET seq = 6 WHERE seq = -5",
        ],
        [f"event {seq}: was changed, or the event before it was" for seq in (5, 6, 7)],
    ),
    "the tail cut off": (["DELETE FROM event WHERE seq > 5"], ["event 6..7: missing"]),
    "a summary changed": (
        ["UPDATE session SET patient = 'P-8'"],
        ["session S1: is not what its events say"],
    ),
    "a session invented": (
        ["INSERT INTO session VALUES ('S2', 'Room 2', 'P', 'iv', 1, 1, 1, NULL, NULL, 'baseline', NULL, 0)"],
        ["session S2: is not what its events say"],
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_tampering_is_named_row_by_row(name: str, folder: Path) -> None:
    statements, problems = TAMPERED[name]
    sql(folder, *statements)
    assert verify(folder).problems == problems


def test_a_session_that_vanished_is_missed_by_its_events_and_its_measurements(folder: Path) -> None:
    sql(folder, "DELETE FROM session")
    problems = verify(folder).problems
    assert [line for line in problems if line.startswith("event")] == [
        f"event {seq}: there is no session S1" for seq in range(1, 7)
    ]
    assert len([line for line in problems if line.endswith("there is no such session")]) == 4


def test_a_cut_tail_still_shows_after_new_events(folder: Path) -> None:
    sql(folder, "DELETE FROM event WHERE seq > 5")
    with RecordWriter(folder) as writer:
        assert [event.seq for event in writer.append_events([note("after")])] == [8], "a number was given twice"
    assert verify(folder).problems == ["event 6..7: missing"]


def test_a_changed_event_is_never_read_as_true_and_the_others_are(folder: Path) -> None:
    sql(folder, "UPDATE event SET body = replace(body, 'five', 'four') WHERE seq = 5")
    with RecordReader(folder) as reader:
        with pytest.raises(EventsDamaged, match="event 5") as caught:
            reader.events(session=SESSION)
        assert [event.seq for event in caught.value.intact] == [1, 2, 3, 4, 6]
        notes = [event.text for event in reader.events(after_seq=5) if isinstance(event, NoteWritten)]
        assert notes == ["six", "of another"]


def test_pages_that_rotted_are_reported_and_the_check_goes_on(folder: Path) -> None:
    with (folder / FILE).open("r+b") as file:
        page = 4096
        file.seek(2 * page)
        file.write(b"\xff" * page)
    problems = verify(folder).problems
    assert any(line.startswith("file: ") for line in problems)


def test_a_folder_without_a_record_has_none(tmp_path: Path) -> None:
    with pytest.raises(NoRecord):
        verify(tmp_path)
    with RecordReader(tmp_path) as reader, pytest.raises(RecordUnavailable):
        reader.open_sessions()
    assert list(tmp_path.iterdir()) == [], "reading made a record"


def test_a_reader_that_was_there_before_the_record_finds_it(tmp_path: Path) -> None:
    with RecordReader(tmp_path) as reader:
        with pytest.raises(RecordUnavailable):
            reader.open_sessions()
        with RecordWriter(tmp_path) as writer:
            writer.append_events([opened()])
            assert len(reader.open_sessions()) == 1


def test_a_record_of_a_newer_chairside_is_refused_untouched(folder: Path) -> None:
    sql(folder, "UPDATE alembic_version SET version_num = '9999'")
    before = (folder / FILE).read_bytes()
    with pytest.raises(NewerSchema, match="update Chairside"):
        RecordWriter(folder)
    with RecordReader(folder) as reader, pytest.raises(NewerSchema):
        reader.open_sessions()
    with pytest.raises(NewerSchema):
        verify(folder)
    assert (folder / FILE).read_bytes() == before
