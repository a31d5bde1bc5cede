"""What the live feed tells of a session is what its file tells: who gets both holds every entry once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from devices.readings import SECOND, Metric, Micros, Numeric, Quality
from monitor.clinic.events import AnyEvent, CuffMeasured, PressureTaken, SessionEnded
from monitor.clinic.session import Session
from monitor.clinic.treatment.events import AssessmentRecorded, InfusionPaused, InfusionResumed, MedicineGiven
from monitor.clinic.treatment.scales import Scale
from monitor.config import load
from monitor.hl7.charted import CHARTED
from monitor.hl7.oru import Visit
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.reports.hl7 import oru_messages
from monitor.reports.session_record import SessionRecord, read_session
from monitor.service.hl7_minutes import OpenSession
from tests.hl7.reading import Message, held_after
from tests.reports.lifelike import infusion
from tests.reports.scripted import CONFIG, MINUTE, SESSION, assessed, at, cuff, device, ended, in_order, opened


def second(minutes: float, seconds: float) -> float:
    return minutes + seconds / 60


def told_at(event: AnyEvent, minutes: float) -> AnyEvent:
    return msgspec.structs.replace(event, at=at(minutes))


NASAL: list[AnyEvent] = [
    opened(),
    cuff(-10, 128, 79),
    device(1, second(0, 20)),
    device(2, 5),
    device(3, second(10, 1)),
    cuff(second(12, 1), 141, 90),
    told_at(cuff(second(13, 58), 142, 91), second(14, 1)),
    assessed(15, Scale.MOAAS, 4),
    assessed(second(16, 1.9), Scale.MOAAS, 4),
    assessed(6, Scale.CADSS6, 11, told=second(18, 1)),
    MedicineGiven(at=at(20), by="nurse 1", medicine="Ondansetron", dose="4 mg IV", given_at=at(6)),
    PressureTaken(at=at(25.3), by="nurse 1", measured_at=at(18), sys=171, dia=99, pr=None),
    PressureTaken(at=at(second(26, 59.9)), by="nurse 1", measured_at=at(second(26, 59.9)), sys=172, dia=98, pr=70),
    told_at(cuff(29.9, 140, 88), 30),
    ended(30),
]
"""Charted at full minutes, within the seconds in which a minute settles, and late."""
IV = [
    *infusion(),
    InfusionPaused(at=at(second(15, 1)), by="nurse 1", reason="line"),
    InfusionResumed(at=at(second(17, 0)), by="nurse 1"),
]


def recorded(folder: Path, events: list[AnyEvent], values: list[Numeric]) -> SessionRecord:
    with RecordWriter(folder) as writer:
        writer.append_events([msgspec.structs.replace(each, seq=0) for each in in_order(events)])
        writer.append_seconds([(each.at, [("1", SESSION, each)]) for each in values])
    with RecordReader(folder) as reader:
        found = read_session(reader, load(CONFIG), SESSION, at(300))
    assert found is not None
    return found


def measured(events: list[AnyEvent]) -> list[Numeric]:
    """A saturation for each second of the session."""
    first, last = events[0].at, max(each.at for each in events)
    return [
        Numeric(Metric.SPO2, 90 + (moment // SECOND) % 9, moment, moment, "oximeter", Quality.OK)
        for moment in range(first, last, SECOND)
    ]


def fed(found: SessionRecord, values: list[Numeric], late: Micros) -> Iterator[Message]:
    """The messages of the feed while the session goes on, second by second; each event is told of so much late."""
    start, *events = found.told
    room = {"room": "1", "room_name": found.room, "clinic": found.clinic, "simulated": found.simulated}
    visit = Visit(session=SESSION, patient=found.row.patient, **room)  # type: ignore[arg-type]
    session = OpenSession(visit, Session.opened(start).treatment, start.at)  # type: ignore[arg-type]
    waiting = {each.at: each for each in values}
    now = start.at
    while True:
        while events and events[0].at + late <= now:
            event = events.pop(0)
            session.happened(event)
            if isinstance(event, SessionEnded):
                yield from map(Message.of, session.take_rest(event.at).messages(now))
                return
        if now in waiting:
            session.measured(waiting[now])
        if session.due(now, MINUTE):
            yield from map(Message.of, session.take_whole_minutes(now).messages(now))
        now += SECOND


@pytest.mark.parametrize("late", [0, SECOND, 3 * SECOND, 70 * SECOND])
@pytest.mark.parametrize("events", [NASAL, IV], ids=["nasal", "infusion"])
def test_who_gets_the_feed_and_then_the_file_holds_each_value_once(
    tmp_path: Path, events: list[AnyEvent], late: Micros
) -> None:
    values = measured(events)
    found = recorded(tmp_path, events, values)
    feed, file = list(fed(found, values, late)), [Message.of(each) for each in oru_messages(found)]
    of_entries = {key: value for key, value in held_after(feed).items() if "-e" in key[0]}
    assert of_entries == {key: value for key, value in held_after(file).items() if "-e" in key[0]}
    assert held_after([*feed, *file]) == held_after(file), "a value that was told live stays beside that of the file"
    kept = [each for each in found.told if isinstance(each, (*CHARTED, CuffMeasured))]
    assert {order for order, *_ in of_entries} == {f"{SESSION}-e{each.seq}^CHAIRSIDE" for each in kept}


def test_what_is_told_after_a_minute_waits_for_its_own(tmp_path: Path) -> None:
    values = measured(NASAL)
    found = recorded(tmp_path, NASAL, values)
    of_minute = {
        order[3]: message.all("OBR")[0][3] for message in fed(found, values, 0) for order in message.all("OBR")
    }
    told = {each.at: each.seq for each in found.told if isinstance(each, AssessmentRecorded)}
    for moment in (at(15), at(second(16, 1.9))):
        order = f"{SESSION}-e{told[moment]}^CHAIRSIDE"
        assert of_minute[order] == f"{SESSION}-{moment // MINUTE}^CHAIRSIDE"
