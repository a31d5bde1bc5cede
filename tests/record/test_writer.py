from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert

from devices.readings import SECOND, Metric
from monitor.clinic.events import AnyEvent, DoseStarted, NoteWritten
from monitor.record import schema
from monitor.record.database import FILE
from monitor.record.errors import FolderInUse, RecordRefused, RecordUnavailable
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from tests.record.examples import NOON, ROOM, SESSION, note, opened, record_seconds, spo2, sql, treatment


def pragma(writer: RecordWriter, name: str) -> object:
    return writer._connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_a_commit_is_on_the_disk_before_it_is_acknowledged(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        full = 2
        assert pragma(writer, "synchronous") == full, "a power cut would lose acknowledged rows"
        assert pragma(writer, "journal_mode") == "wal"
        assert pragma(writer, "wal_autocheckpoint") == 0, "the log would be moved at moments nobody chose"
        assert pragma(writer, "trusted_schema") == 0
        assert pragma(writer, "foreign_keys") == 1


def test_a_reader_can_change_nothing(tmp_path: Path) -> None:
    with RecordWriter(tmp_path), RecordReader(tmp_path) as reader:
        forbidden = insert(schema.sealed).values(room=ROOM, seq=1)
        with pytest.raises(RecordUnavailable, match="readonly"), reader._moment() as connection:
            connection.execute(forbidden)


def test_a_second_writer_on_the_folder_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        with pytest.raises(FolderInUse, match="Another Chairside is running on"):
            RecordWriter(tmp_path)
        assert [event.seq for event in writer.append_events([opened()])] == [1]
    with RecordWriter(tmp_path) as writer:
        assert [event.seq for event in writer.append_events([note("next")])] == [2], "the folder was not let go"


def test_a_second_without_measurements_writes_nothing(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        writer.append_second(NOON, [])
        with reader._moment() as connection:
            assert connection.execute(schema.journal.select()).all() == []


def test_events_come_back_with_their_numbers_as_they_were_given(tmp_path: Path) -> None:
    given = treatment()
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        kept = writer.append_events(given[:2]) + writer.append_events(given[2:])
        assert [event.seq for event in kept] == [1, 2, 3, 4, 5]
        assert [msgspec.structs.replace(event, seq=0) for event in kept] == given
        assert reader.events() == kept
        assert reader.events(session=SESSION, after_seq=2, limit=2) == kept[2:4]
        assert reader.events(room="Room 2") == []
        assert writer.append_events([]) == []


def test_the_summary_follows_the_events_of_its_session(tmp_path: Path) -> None:
    events = treatment()
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        writer.append_events(events[:1])
        before = reader.session(SESSION)
        assert before is not None
        assert (before.phase, before.first_dose_us, before.ended_us) == ("baseline", None, None)
        assert reader.open_sessions() == [before]
        writer.append_events(events[1:])
        after = reader.session(SESSION)
        assert after is not None
        assert (after.patient, after.dose_mg, after.weight_kg, after.room) == ("P-7", 56.0, 80.0, ROOM)
        assert (after.phase, after.ended_us) == ("discharged", NOON + 7200 * SECOND)
        assert after.first_dose_us == NOON + 60 * SECOND, "the second device moved the session's time zero"
        assert reader.open_sessions() == []


def test_sessions_are_listed_newest_first_in_pages(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        writer.append_events([opened(f"S{number}", at=NOON + number) for number in range(5)])
        assert [row.id for row in reader.sessions(limit=2)] == ["S4", "S3"]
        assert [row.id for row in reader.sessions(limit=2, offset=4)] == ["S0"]
        assert reader.session("S9") is None


REFUSED: dict[str, list[AnyEvent]] = {
    "a session that exists": [opened(), opened()],
    "a dose for nobody": [DoseStarted(at=NOON, by="Ann", room=ROOM, session="S9")],
    "a session without a room": [msgspec.structs.replace(opened(), room=None)],
    "a weight that is no number": [msgspec.structs.replace(opened(), weight_kg=float("nan"))],
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_contradicts_the_record_is_refused_whole(name: str, tmp_path: Path) -> None:
    events = [note("first"), *REFUSED[name]]
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        with pytest.raises(RecordRefused):
            writer.append_events(events)
        assert (reader.events(), reader.sessions(limit=9)) == ([], []), "half of a refused command was kept"
        assert [event.seq for event in writer.append_events([note("next")])] == [1]
        assert len(reader.events()) == 1


@pytest.mark.parametrize(
    "statement", ["UPDATE event SET body = '{}'", "DELETE FROM event", "DELETE FROM event WHERE 1"]
)
def test_an_event_is_never_changed_or_deleted(statement: str, tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        writer.append_events([note("kept")])
    with pytest.raises(sqlite3.IntegrityError, match="write an amendment"):
        sql(tmp_path, statement, with_triggers=True)
    with RecordReader(tmp_path) as reader:
        assert len(reader.events()) == 1


def test_a_busy_file_is_reported_and_the_writer_goes_on_after(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        writer._connection.exec_driver_sql("PRAGMA busy_timeout=1")
        writer._connection.rollback()
        intruder = sqlite3.connect(tmp_path / FILE, isolation_level=None)
        intruder.execute("BEGIN IMMEDIATE")
        with pytest.raises(RecordUnavailable, match="locked"):
            writer.append_events([note("not kept")])
        intruder.execute("ROLLBACK")
        intruder.close()
        writer.append_events([note("kept")])
        assert [event.text for event in reader.events() if isinstance(event, NoteWritten)] == ["kept"]


def test_the_log_is_moved_into_the_file_when_no_reader_holds_it(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        record_seconds(writer, 0, 5)
        with reader._moment() as connection:
            connection.execute(schema.journal.select()).all()
            record_seconds(writer, 5, 10)
            assert writer.checkpoint() > 0, "a reader's view was taken from under it"
        assert writer.checkpoint() == 0


def test_a_second_can_hold_any_number_of_rooms(tmp_path: Path) -> None:
    rooms = [f"Room {number}" for number in range(256)]
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        writer.append_second(NOON, [(room, f"S {room}", spo2(NOON, 97.0)) for room in rooms])
        assert [len(reader.numerics(f"S {room}", Metric.SPO2)) for room in rooms] == [1] * 256
