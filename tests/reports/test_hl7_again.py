"""A session that is sent again: the receiver holds what it is now, and nothing twice."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from monitor.clinic.events import AnyEvent, PressureTaken
from monitor.clinic.treatment.events import Amended, InfusionPaused, InfusionResumed, MedicineGiven, RateChanged
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.reports.hl7 import oru_messages
from monitor.reports.session_record import read_session
from tests.hl7.reading import Message, held_after
from tests.reports.exported import amended
from tests.reports.lifelike import infusion
from tests.reports.recorded import record
from tests.reports.scripted import CONFIG, SESSION, at, beginning, device, ended, in_order

TOLD: list[AnyEvent] = [
    *beginning(),
    MedicineGiven(at=at(5.1), by="nurse 1", medicine="Ondansetron", dose="4 mg IV", given_at=at(5.1)),
    device(2, 5.5),
    PressureTaken(at=at(5.8), by="nurse 1", measured_at=at(5.8), sys=140, dia=80, pr=144),
    ended(30),
]
"""A medicine, a device and a pressure within one minute."""


def number_of(kind: type[AnyEvent], events: list[AnyEvent] = TOLD) -> int:
    return [each.seq for each in in_order(events) if isinstance(each, kind)][-1]


DEVICE, MEDICINE, PRESSURE = (number_of(each) for each in (type(device(2, 5.5)), MedicineGiven, PressureTaken))


def sent(folder: Path, *more: AnyEvent) -> list[Message]:
    """The session once more was told of it."""
    with RecordWriter(folder) as writer:
        writer.append_events([msgspec.structs.replace(each, seq=0, room="1", session=SESSION) for each in more])
    with RecordReader(folder) as reader:
        found = read_session(reader, load(CONFIG), SESSION, at(200))
    assert found is not None
    return [Message.of(each) for each in oru_messages(found)]


CORRECTIONS: dict[str, list[Amended]] = {
    "an entry is withdrawn": [amended(40, MEDICINE, withdrawn=True)],
    "a pressure is withdrawn": [amended(40, PRESSURE, withdrawn=True)],
    "a pulse was not counted": [amended(40, PRESSURE, {"pr": None})],
    "an entry is moved to another minute": [amended(40, DEVICE, {"given_at": at(7)})],
    "a lot is told and taken back": [amended(40, DEVICE, {"lot": "22KG9"}), amended(41, DEVICE, {"lot": ""})],
    "a dose is corrected and withdrawn": [amended(40, DEVICE, {"mg": 56}), amended(41, DEVICE, withdrawn=True)],
}


@pytest.mark.parametrize("corrections", CORRECTIONS.values(), ids=CORRECTIONS)
@pytest.mark.parametrize("lot", ["22KG", ""])
def test_after_each_correction_the_receiver_holds_the_session_as_it_is_now(
    tmp_path: Path, corrections: list[Amended], lot: str
) -> None:
    record(tmp_path, [msgspec.structs.replace(each, lot=lot) if each == device(2, 5.5) else each for each in TOLD])
    files = [sent(tmp_path), *(sent(tmp_path, each) for each in corrections)]
    assert held_after(message for file in files for message in file) == held_after(files[-1])


def test_what_was_withdrawn_is_deleted_where_it_stood_and_no_neighbour_takes_its_place(tmp_path: Path) -> None:
    record(tmp_path, TOLD)
    before = held_after(sent(tmp_path))
    after = sent(tmp_path, amended(40, MEDICINE, withdrawn=True))
    deleted = [row.key for message in after for row in message.observations if row[11] == "D"]
    (key,) = deleted
    assert before[key] == "Ondansetron 4 mg IV"
    assert held_after(after) == {each: value for each, value in before.items() if each != key}


def test_a_rate_that_follows_from_a_withdrawn_change_is_told_as_corrected(tmp_path: Path) -> None:
    """Who holds a final rate changes it only for a correction."""
    told = [
        *infusion(),
        RateChanged(at=at(10), by="nurse 1", rate_ml_h=100),
        InfusionPaused(at=at(15), by="nurse 1", reason="pump"),
        InfusionResumed(at=at(17), by="nurse 1"),
    ]
    record(tmp_path, told)
    after = sent(tmp_path, amended(130, number_of(RateChanged, told), withdrawn=True))
    (resumed,) = [row for message in after for row in message.of_code("157784") if row.at == at(17)]
    assert (resumed[5], resumed[11]) == ("75", "C")
