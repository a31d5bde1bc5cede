"""What lists keep of a session follows its corrections: whether anything was given, and whether its form is owed."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from devices.readings import Metric
from monitor.clinic.events import AnyEvent, NoteWritten
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    DeviceGiven,
    DosingEnded,
    FormSubmitted,
)
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.sessions import SessionRow
from monitor.record.verify import verify
from monitor.record.writer import RecordWriter
from monitor.reports.clinic_past import ClinicPast
from tests.record.examples import sql
from tests.reports.recorded import record
from tests.reports.scripted import CONFIG, SESSION, at, beginning, cuff, ended, whole

ONE_DOSE = [
    *beginning(),
    DosingEnded(at=at(6), by="nurse 1", complete=False, mg=28, reason="sick"),
    cuff(20, 150, 92),
    ended(125.9),
]
MARK = ArtefactMarked(
    at=at(200), by="nurse 1", start=at(1), end=at(2), metrics=(Metric.SPO2,), reason="moved", role="nurse"
)
OLDER = (
    "ALTER TABLE session DROP COLUMN form_changed",
    "ALTER TABLE glance DROP COLUMN simulated",
    "UPDATE alembic_version SET version_num = '0004'",
)


def append(folder: Path, *events: AnyEvent) -> None:
    with RecordWriter(folder) as writer:
        writer.append_events([msgspec.structs.replace(each, session=SESSION, room="1") for each in events])


def row_of(folder: Path) -> SessionRow:
    with RecordReader(folder) as reader:
        row = reader.session(SESSION)
    assert row is not None
    return row


def wrong_summaries(folder: Path) -> list[str]:
    """What the check names of them; the signatures here were made up and are named, too."""
    return [line for line in verify(folder).problems if line.startswith("session")]


def fix(folder: Path, place: int, **changes: object) -> Amended:
    """A correction of a device."""
    with RecordReader(folder) as reader:
        devices = [each.seq for each in reader.events(session=SESSION) if isinstance(each, DeviceGiven)]
    given = Amended(at=at(200), by="nurse 1", corrects=devices[place], text="-", reason="-", role="nurse")
    return msgspec.structs.replace(given, **changes)


# ---- the first dose


def test_a_session_whose_only_dose_was_withdrawn_was_not_dosed(tmp_path: Path) -> None:
    record(tmp_path, ONE_DOSE)
    past = ClinicPast(RecordReader(tmp_path), load(CONFIG))
    assert past.of("esketamine_us", at(300), simulated=False).first is not None
    append(tmp_path, fix(tmp_path, 0, withdrawn=True))
    assert row_of(tmp_path).first_dose_us is None
    assert past.of("esketamine_us", at(300), simulated=False).first is None, "it is counted among those treated"
    assert wrong_summaries(tmp_path) == []


def test_with_another_dose_left_that_one_is_the_first(tmp_path: Path) -> None:
    record(tmp_path, whole())
    append(tmp_path, fix(tmp_path, 0, withdrawn=True))
    assert row_of(tmp_path).first_dose_us == at(5)
    append(tmp_path, fix(tmp_path, 1, changes={"given_at": at(4)}))
    assert row_of(tmp_path).first_dose_us == at(4)
    assert wrong_summaries(tmp_path) == []


def test_a_correction_in_words_leaves_the_first_dose(tmp_path: Path) -> None:
    record(tmp_path, ONE_DOSE)
    append(tmp_path, fix(tmp_path, 0), NoteWritten(at=at(201), by="nurse 1", text="-"))
    assert row_of(tmp_path).first_dose_us == at(0)


def test_a_correction_that_cannot_be_put_in_is_kept_and_changes_nothing(tmp_path: Path) -> None:
    record(tmp_path, ONE_DOSE)
    append(tmp_path, fix(tmp_path, 0, changes={"mg": "much"}))
    assert row_of(tmp_path).first_dose_us == at(0)
    assert wrong_summaries(tmp_path) == []


def test_of_a_damaged_session_the_first_dose_stays_as_it_was_told(tmp_path: Path) -> None:
    record(tmp_path, whole())
    later = fix(tmp_path, 0, withdrawn=True)
    sql(tmp_path, "UPDATE event SET body = replace(body, '22KG2', '22KH2') WHERE kind = 'DeviceGiven'")
    append(tmp_path, later)
    assert row_of(tmp_path).first_dose_us == at(0)


def test_an_older_record_learns_what_its_corrections_say(tmp_path: Path) -> None:
    record(tmp_path, ONE_DOSE)
    append(tmp_path, FormSubmitted(at=at(190), by="nurse 1"), fix(tmp_path, 0, withdrawn=True))
    corrected = row_of(tmp_path)
    sql(tmp_path, "UPDATE session SET first_dose_us = opened_us", *OLDER, with_triggers=True)
    RecordWriter(tmp_path).close()
    assert row_of(tmp_path) == corrected
    assert (corrected.first_dose_us, corrected.form_changed) == (None, True)
    assert wrong_summaries(tmp_path) == []


def test_an_older_record_without_corrections_stays_as_it_was(tmp_path: Path) -> None:
    record(tmp_path, [each for each in ONE_DOSE if not isinstance(each, DeviceGiven)])
    append(tmp_path, MARK, FormSubmitted(at=at(210), by="nurse 1"))
    before = row_of(tmp_path)
    sql(tmp_path, *OLDER, with_triggers=True)
    RecordWriter(tmp_path).close()
    assert row_of(tmp_path) == before
    assert (before.first_dose_us, before.form_changed) == (at(0), False)


# ---- the form


@pytest.mark.parametrize("kind", ["words", "mark", "mark withdrawn"])
def test_a_form_that_was_sent_is_owed_again_after_a_change_and_until_it_was_sent_again(
    tmp_path: Path, kind: str
) -> None:
    record(tmp_path, whole())
    changes: dict[str, AnyEvent] = {
        "words": fix(tmp_path, 0),
        "mark": MARK,
        "mark withdrawn": ArtefactWithdrawn(at=at(200), by="nurse 1", marked=99, reason="-", role="nurse"),
    }
    append(tmp_path, changes[kind])
    assert not row_of(tmp_path).form_changed, "nothing was sent yet"
    append(tmp_path, FormSubmitted(at=at(210), by="nurse 1"))
    assert not row_of(tmp_path).form_changed, "it was sent as it is"
    append(tmp_path, changes[kind])
    changed = row_of(tmp_path)
    assert (changed.form_sent_us, changed.form_changed) == (at(210), True)
    append(tmp_path, FormSubmitted(at=at(220), by="nurse 1"))
    again = row_of(tmp_path)
    assert (again.form_sent_us, again.form_changed) == (at(220), False)
    assert wrong_summaries(tmp_path) == []
