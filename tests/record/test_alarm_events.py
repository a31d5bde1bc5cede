"""What the alarm log reads, and a record that was begun before it."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from devices.readings import SECOND, Micros
from monitor.clinic.events import AlarmAcknowledged, AlarmEnd, AlarmEnded, AlarmRaised, AnyEvent
from monitor.clinic.priority import Priority
from monitor.record.errors import EventsDamaged, RecordUnavailable
from monitor.record.reader import RecordReader
from monitor.record.schema import metadata
from monitor.record.verify import verify
from monitor.record.writer import RecordWriter
from tests.record.examples import NOON, ROOM, SESSION, note, opened, sql, treatment

MINUTE = 60 * SECOND


def alarm(at: Micros, session: str | None = SESSION, condition: str = "SpO2.low") -> list[AnyEvent]:
    """An alarm that is answered after 10 s and over after a minute."""
    raised = AlarmRaised(
        at=at,
        by="service",
        room=ROOM,
        session=session,
        condition=condition,
        priority=Priority.HIGH,
        text="SpO₂ 86 < 90",
        since=at,
        onset=at,
    )
    over = at + MINUTE
    return [
        raised,
        AlarmAcknowledged(at=at + 10 * SECOND, by="Ann", room=ROOM, session=session, condition=condition),
        AlarmEnded(
            at=over,
            by="service",
            room=ROOM,
            session=session,
            condition=condition,
            how=AlarmEnd.CLEARED,
            ended=over,
        ),
    ]


def test_only_what_happened_to_alarms_since_then_is_read(tmp_path: Path) -> None:
    old, new, of_nobody = alarm(NOON), alarm(NOON + 60 * MINUTE), alarm(NOON + 61 * MINUTE, session=None)
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        kept = writer.append_events([opened(), note("calm"), *old, note("still calm"), *new, *of_nobody])
        assert reader.alarm_events(0, 100) == [*kept[2:5], *kept[6:]]
        assert reader.alarm_events(NOON + 30 * MINUTE, 100) == kept[6:]
        assert reader.alarm_events(0, 100, after_seq=kept[6].seq) == kept[7:]


def test_of_too_many_events_the_newest_are_read_in_their_order(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        kept = writer.append_events([opened(), *alarm(NOON), *alarm(NOON + 5 * MINUTE)])
        assert reader.alarm_events(0, 4) == kept[-4:]


def test_a_damaged_alarm_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        kept = writer.append_events([opened(), *alarm(NOON)])
    sql(tmp_path, "UPDATE event SET body = replace(body, 'SpO₂ 86', 'SpO₂ 96') WHERE seq = 2")
    with RecordReader(tmp_path) as reader:
        with pytest.raises(EventsDamaged) as damaged:
            reader.alarm_events(0, 100)
        assert damaged.value.damaged == ("event 2: does not follow from the event before it",)
        assert damaged.value.intact == kept[2:]


def test_sessions_that_only_touch_the_time_asked_for_are_not_within_it(tmp_path: Path) -> None:
    two_hours = 7200 * SECOND
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        writer.append_events(treatment("over", "Room 1", NOON))
        writer.append_events([opened("open", "Room 2", NOON + two_hours)])

        def found(since: Micros, until: Micros) -> list[str]:
            return [row.id for row in reader.sessions_within(since, until)]

        assert found(NOON, NOON + 3 * two_hours) == ["open", "over"]
        assert found(NOON + two_hours, NOON + 3 * two_hours) == ["open"]
        assert found(NOON - two_hours, NOON) == []
        assert found(NOON + 9 * two_hours, NOON + 10 * two_hours) == ["open"], "it has not ended"


def test_a_record_from_before_the_alarm_log_keeps_all_and_can_be_asked(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        kept = writer.append_events([opened(), *alarm(NOON)])
    newer = ["DROP INDEX event_kind", "DROP INDEX session_patient", "ALTER TABLE session DROP COLUMN form_sent_us"]
    newer += ["DROP TABLE glance", "ALTER TABLE session DROP COLUMN form_changed"]
    sql(tmp_path, *newer, "UPDATE alembic_version SET version_num = '0001'", with_triggers=True)
    with RecordReader(tmp_path) as reader, pytest.raises(RecordUnavailable, match="not set up yet"):
        reader.alarm_events(0, 100)
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        kept += writer.append_events(alarm(NOON + 5 * MINUTE))
        assert reader.alarm_events(0, 100) == kept[1:]
        with writer._connection.begin():
            assert compare_metadata(MigrationContext.configure(writer._connection), metadata) == []
    assert verify(tmp_path).sound
