"""Open sessions are told to another system while they go on, and nobody waits for it."""

from __future__ import annotations

import queue
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
import pytest

from devices.readings import SECOND, Metric, Micros, Numeric, Quality
from monitor.clinic.events import AnyEvent, PressureTaken
from monitor.clinic.session import Session
from monitor.clinic.treatment.events import (
    ArtefactMarked,
    BolusGiven,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    MedicineGiven,
)
from monitor.config import HOUSE, Config, load
from monitor.hl7.mllp import Patience
from monitor.record.reader import RecordReader
from monitor.reports.hl7 import oru_messages
from monitor.reports.session_record import read_session
from monitor.service.bus import BusAddress
from monitor.service.hl7_feed import Hl7Feed
from monitor.service.house import House
from monitor.service.messages import AbortSession, TakeCuffReading
from monitor.service.treatment_messages import TakePressure
from tests.hl7.reading import Message, held_after
from tests.hl7.receiver import Receiver, accept, answer, close
from tests.ports import free_port
from tests.reports.scripted import MINUTE, SESSION, at, cuff, ended, opened
from tests.service.bedside import Bedside
from tests.service.clinic import (
    ask_now,
    measures,
    room_when,
    running_service,
    session_in,
    snapshot,
    start_session,
    write_config,
)

BRIEF = Patience(pauses_s=(0.0,))
SPO2, SYS, RATE = "150456", "150021", "157784"


def config_for(folder: Path, port: int, every_s: int = 60) -> Config:
    more = f'[hl7]\naddress = "127.0.0.1:{port}"\nevery_s = {every_s}\n'
    return load(write_config(folder, {"1": "", "2": ""}, more))


@contextmanager
def running(feed: Hl7Feed) -> Iterator[Hl7Feed]:
    feed.start()
    try:
        yield feed
    finally:
        feed.stop()


def told(event: AnyEvent) -> AnyEvent:
    return msgspec.structs.replace(event, session=SESSION, room="1")


def begin(feed: Hl7Feed, config: Config, minutes: float = 0) -> None:
    """A session is opened in room 1."""
    event = msgspec.structs.replace(opened(), session=SESSION, room="1", at=at(minutes))
    feed.opened(config.rooms[0], Session.opened(event), event.at)


def measure(feed: Hl7Feed, start: float, minutes: float, spo2: float, quality: Quality = Quality.OK) -> None:
    """So many minutes pass, with a value each second."""
    for second in range(round(minutes * 60)):
        now: Micros = at(start) + second * SECOND
        reading = Numeric(Metric.SPO2, spo2, now, now, "oximeter", quality)
        feed.second(now + SECOND // 2, [("1", SESSION, reading)])


def settle(feed: Hl7Feed, minutes: float) -> None:
    feed.second(at(minutes) + 2 * SECOND, [])


def messages_of(receiver: Receiver, count: int) -> list[Message]:
    return [Message.of(each.decode()) for each in receiver.wait_for(count)]


def minute_of(message: Message) -> float:
    """The minute that a message has streamed values of."""
    (order,) = [order for order in message.all("OBR") if "-e" not in order[3]]
    return (int(order[3].split("-")[1].split("^")[0]) * MINUTE - at(0)) / MINUTE


def values(message: Message, code: str) -> list[tuple[str, str]]:
    return [(row[5], row[11]) for row in message.of_code(code)]


def test_each_minute_is_sent_when_it_is_over_and_the_last_one_with_the_end(tmp_path: Path) -> None:
    with Receiver() as receiver:
        config = config_for(tmp_path, receiver.address[1])
        with running(Hl7Feed(config, BRIEF, retry_s=0.05)) as feed:
            begin(feed, config, -0.5)
            measure(feed, -0.5, 0.5, 95)
            measure(feed, 0, 1, 97)
            feed.happened(told(cuff(0.8, 141, 90)))
            measure(feed, 1, 0.5, 96)
            first, second = messages_of(receiver, 2)
            assert (minute_of(first), values(first, SPO2)) == (-1, [("95", "R")])
            assert (minute_of(second), values(second, SPO2), values(second, SYS)) == (0, [("97", "R")], [("141", "R")])
            feed.happened(told(ended(1.5)))
            assert values(messages_of(receiver, 3)[2], SPO2) == [("96", "R")]
            measure(feed, 1.5, 2, 99)
            feed.happened(told(cuff(2, 120, 80)))
    assert len(receiver.messages) == 3, "what came after the end was told of the patient"


def test_several_minutes_are_sent_at_once_where_that_is_wanted(tmp_path: Path) -> None:
    with Receiver() as receiver:
        config = config_for(tmp_path, receiver.address[1], every_s=180)
        with running(Hl7Feed(config, BRIEF, retry_s=0.05)) as feed:
            begin(feed, config)
            measure(feed, 0, 3, 97)
            assert receiver.messages == []
            settle(feed, 3)
            assert [minute_of(each) for each in messages_of(receiver, 3)] == [0, 1, 2]


def test_what_is_charted_late_is_sent_with_the_time_that_it_is_of(tmp_path: Path) -> None:
    with Receiver() as receiver:
        config = config_for(tmp_path, receiver.address[1])
        with running(Hl7Feed(config, BRIEF, retry_s=0.05)) as feed:
            begin(feed, config)
            measure(feed, 0, 5, 97)
            settle(feed, 5)
            feed.happened(told(PressureTaken(at=at(5.5), by="nurse 1", measured_at=at(2.25), sys=138, dia=84, pr=None)))
            measure(feed, 5, 1, 97)
            settle(feed, 6)
            message = messages_of(receiver, 6)[5]
    assert minute_of(message) == 5
    (row,) = message.of_code(SYS)
    assert (row[5], row.at, row[17].split("^")[0], row[18]) == ("138", at(2.25), "MMEAS", "")


def test_the_rate_of_an_infusion_is_known_in_a_later_minute(tmp_path: Path) -> None:
    start = InfusionStarted(at=at(0.2), by="nurse 1", dose_mg=34, volume_ml=50, minutes=40, rate_ml_h=75, lot="")
    course: list[AnyEvent] = [
        start,
        InfusionPaused(at=at(1.2), by="nurse 1", reason="line"),
        InfusionResumed(at=at(2.2), by="nurse 1"),
        BolusGiven(at=at(3.2), by="Dr. 1", mg=5),
    ]
    with Receiver() as receiver:
        config = config_for(tmp_path, receiver.address[1])
        with running(Hl7Feed(config, BRIEF, retry_s=0.05)) as feed:
            begin(feed, config)
            for number, event in enumerate(course, start=1):
                feed.happened(told(event))
                settle(feed, number)
            told_rates = [values(each, RATE) for each in messages_of(receiver, 4)]
    assert told_rates == [[("75", "R")], [("0", "R")], [("75", "R")], []]


def test_what_is_held_or_marked_before_it_is_sent_has_no_value(tmp_path: Path) -> None:
    mark = ArtefactMarked(
        at=at(1.9), by="nurse 1", start=at(1), end=at(1.99), metrics=(Metric.SPO2,), reason="moved", role="nurse"
    )
    with Receiver() as receiver:
        config = config_for(tmp_path, receiver.address[1])
        with running(Hl7Feed(config, BRIEF, retry_s=0.05)) as feed:
            begin(feed, config)
            measure(feed, 0, 1, 90, Quality.HELD)
            measure(feed, 1, 1, 71)
            feed.happened(told(mark))
            settle(feed, 2)
            first, second = messages_of(receiver, 2)
    assert [values(each, SPO2) for each in (first, second)] == [[("", "X")], [("", "X")]]
    assert [each.of_code(SPO2)[0][8] for each in (first, second)] == ["NAV", "INV"]


def test_after_a_restart_no_half_minute_replaces_what_was_sent_of_it(tmp_path: Path) -> None:
    with Receiver() as receiver:
        config = config_for(tmp_path, receiver.address[1])
        with running(Hl7Feed(config, BRIEF, retry_s=0.05)) as feed:
            event = msgspec.structs.replace(opened(), session=SESSION, room="1")
            feed.restored(config.rooms[0], Session.opened(event), at(3.4))
            measure(feed, 3.4, 1.6, 97)
            settle(feed, 5)
            assert minute_of(messages_of(receiver, 1)[0]) == 4


def test_a_receiver_that_is_away_is_told_of_once_and_gets_all_when_it_is_back(tmp_path: Path) -> None:
    port = free_port()
    config = config_for(tmp_path, port)
    with running(Hl7Feed(config, BRIEF, retry_s=0.05)) as feed:
        begin(feed, config)
        measure(feed, 0, 3, 97)
        settle(feed, 3)
        assert feed.news.get(timeout=10) == f"no connection to 127.0.0.1 port {port}: Connection refused"
        with Receiver(port=port) as receiver:
            assert [minute_of(each) for each in messages_of(receiver, 3)] == [0, 1, 2]
            assert feed.news.get(timeout=10) == ""
        assert feed.news.empty()


def test_when_too_much_waits_the_oldest_is_lost_and_counted(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    port = free_port()
    config = config_for(tmp_path, port)
    feed = Hl7Feed(config, BRIEF, retry_s=0.05, most=2)
    begin(feed, config)
    measure(feed, 0, 6, 97)
    settle(feed, 6)
    with running(feed):
        assert "no connection" in feed.news.get(timeout=10)
        with Receiver([close, close, accept], port) as receiver:
            receiver.wait_for(4)
            assert feed.news.get(timeout=10) == ""
    minutes = [minute_of(Message.of(each.decode())) for each in receiver.messages[2:]]
    assert minutes == [4, 5]
    assert "4 messages were too many to wait and are lost; export those sessions" in caplog.text


def test_a_message_that_is_refused_holds_up_no_other(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with Receiver([answer("AR", "ERR||||E||||unknown patient K-117"), accept]) as receiver:
        config = config_for(tmp_path, receiver.address[1])
        with running(Hl7Feed(config, BRIEF, retry_s=0.05)) as feed:
            begin(feed, config)
            measure(feed, 0, 2, 97)
            settle(feed, 2)
            assert [minute_of(each) for each in messages_of(receiver, 2)] == [0, 1]
            assert "unknown patient K-117" in feed.news.get(timeout=10)
            measure(feed, 2, 1, 97)
            settle(feed, 3)
            assert feed.news.get(timeout=10) == ""
    assert "the receiver answered AR" in caplog.text


def test_a_message_that_cannot_be_made_is_told_and_ends_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    in_no_calendar = MedicineGiven(
        at=at(0.5), by="nurse 1", medicine="Ondansetron", dose="4 mg IV", given_at=10**18 * SECOND
    )
    with Receiver() as receiver:
        config = config_for(tmp_path, receiver.address[1])
        with running(Hl7Feed(config, BRIEF, retry_s=0.05)) as feed:
            begin(feed, config)
            feed.happened(told(in_no_calendar))
            settle(feed, 1)
            assert feed.news.get(timeout=10) == "a message is left out by a fault of Chairside itself"
            measure(feed, 1, 1, 97)
            settle(feed, 2)
            assert [minute_of(each) for each in messages_of(receiver, 1)] == [1]
            assert feed.news.get(timeout=10) == ""
    assert f"a message of session {SESSION} is left out by this fault; export that session" in caplog.text
    assert "messages left out by a fault: 1; export those sessions" in caplog.text


def test_a_fault_in_sending_costs_one_message_and_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect, faults = socket.create_connection, [RuntimeError("a fault")]

    def faulty_once(*to: Any) -> socket.socket:
        if faults:
            raise faults.pop()
        return connect(*to)

    monkeypatch.setattr(socket, "create_connection", faulty_once)
    with Receiver() as receiver:
        config = config_for(tmp_path, receiver.address[1])
        with running(Hl7Feed(config, BRIEF, retry_s=0.05)) as feed:
            begin(feed, config)
            measure(feed, 0, 2, 97)
            settle(feed, 2)
            assert [minute_of(each) for each in messages_of(receiver, 1)] == [1]
            assert feed.news.get(timeout=10) == "a message is left out by a fault of Chairside itself"
            measure(feed, 2, 1, 97)
            settle(feed, 3)
            assert feed.news.get(timeout=10) == ""


def test_without_a_receiver_nothing_is_gathered(tmp_path: Path) -> None:
    config = load(write_config(tmp_path, {"1": ""}))
    feed = Hl7Feed(config)
    feed.start()
    begin(feed, config)
    measure(feed, 0, 2, 97)
    feed.happened(told(ended(2)))
    feed.stop()
    with pytest.raises(queue.Empty):
        feed.news.get_nowait()


def test_that_messages_do_not_get_through_is_a_low_alarm_that_names_nobody() -> None:
    house = House()
    (raised,) = house.tell_of_hl7("the receiver answered AR to X: unknown patient K-117", at(0))
    assert [(each.condition, each.priority) for each in house.alarms()] == [("hl7.failed", "low")]
    assert "K-117" not in str(raised)
    house.tell_of_hl7("", at(1))
    assert house.alarms() == []


# ---- with the whole service


def measured_for_a_while(room: dict[str, Any]) -> bool:
    newest, opened_at = room["numbers"]["SpO2"]["at"], room["session"]["opened_at"]
    return bool(newest > opened_at + 3 * SECOND)


def test_a_session_of_the_running_clinic_arrives_and_its_end_too(
    bedside: Bedside, address: BusAddress, tmp_path: Path
) -> None:
    with Receiver() as receiver:
        port = receiver.address[1]
        config = write_config(tmp_path, {"1": bedside.attach("nonin_df7")}, f'[hl7]\naddress = "127.0.0.1:{port}"\n')
        with running_service(config, tmp_path):
            room_when(address, measures, within_s=45)
            assert ask_now(address, start_session("1", "K-1042")).done
            session = session_in(address, "1")
            room_when(address, measured_for_a_while, within_s=30)
            assert ask_now(address, AbortSession(room="1", session=session, reason="enough")).done
            message = messages_of(receiver, 1)[-1]
    assert message.only("PID")[3] == "K-1042^^^CHAIRSIDE^PI"
    assert message.only("PV1")[19].startswith(session)
    assert [value for message in messages_of(receiver, 1) for value in values(message, SPO2)][-1] == ("97", "R")


def pressures(receiver: Receiver, messages: int) -> dict[tuple[str, str, str], str]:
    """The systolic ones that the first messages tell."""
    held = held_after(messages_of(receiver, messages)[:messages])
    return {key: value for key, value in held.items() if key[1].startswith(SYS)}


def test_a_pressure_of_the_running_clinic_is_known_again_in_the_file(
    bedside: Bedside, address: BusAddress, tmp_path: Path
) -> None:
    devices = ", ".join([bedside.attach("nonin_df7"), bedside.attach("suntech_advantage", speed=12)])
    with Receiver() as receiver:
        more = f'[hl7]\naddress = "127.0.0.1:{receiver.address[1]}"\n'
        config = write_config(tmp_path, {"1": devices}, more)
        with running_service(config, tmp_path):
            room_when(address, measures, within_s=45)
            assert ask_now(address, start_session("1", "K-1042")).done
            session = session_in(address, "1")
            assert ask_now(address, TakeCuffReading(room="1", session=session)).done
            room_when(address, lambda room: room["cuff"]["sys"], within_s=30)
            by_hand = TakePressure(room="1", session=session, sys=138, dia=84)
            assert ask_now(address, by_hand).done
            assert ask_now(address, AbortSession(room="1", session=session, reason="enough")).done
            feed = next(told for told in map(partial(pressures, receiver), count(1)) if len(told) == 2)
    with RecordReader(tmp_path) as reader:
        found = read_session(reader, load(config), session, 0)
    assert found is not None
    file = held_after(map(Message.of, oru_messages(found)))
    assert feed == {key: value for key, value in file.items() if key[1].startswith(SYS)}
    assert "138" in feed.values()


def test_a_receiver_that_is_away_is_an_alarm_on_the_screens_and_stops_nothing(
    bedside: Bedside, address: BusAddress, tmp_path: Path
) -> None:
    port = free_port()
    config = write_config(tmp_path, {"1": bedside.attach("nonin_df7")}, f'[hl7]\naddress = "127.0.0.1:{port}"\n')
    with running_service(config, tmp_path):
        room_when(address, measures, within_s=45)
        assert ask_now(address, start_session("1", "K-1042")).done
        session = session_in(address, "1")
        room_when(address, measured_for_a_while, within_s=30)
        assert ask_now(address, AbortSession(room="1", session=session, reason="enough")).done
        house = room_when(address, lambda house: house["alarms"], within_s=40, room=HOUSE)
        assert [each["condition"] for each in house["alarms"]] == ["hl7.failed"]
        assert measures(snapshot(address)["1"])
