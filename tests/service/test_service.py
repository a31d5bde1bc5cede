"""One service process, real devices on loopback ports, commands over the bus."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
import zmq

from monitor.clinic.events import AlarmEnd, AlarmEnded, AlarmRaised, AnyEvent, CuffMeasured, Phase
from monitor.config import SHIPPED_PROTOCOLS
from monitor.record.reader import RecordReader
from monitor.service.bus import BusAddress
from monitor.service.messages import (
    AbortSession,
    Acknowledge,
    EnterPhase,
    Outcome,
    PauseAudio,
    SetCuffInterval,
    StartSession,
    TakeCuffReading,
    WriteNote,
)
from monitor.service.treatment_messages import EndDosing, SignDischarge
from tests.service.bedside import Bedside
from tests.service.clinic import (
    alarm,
    as_clinician,
    ask_now,
    give_device,
    measures,
    room_when,
    running_service,
    session_in,
    snapshot,
    start_session,
    write_config,
)


def events(folder: Path) -> list[AnyEvent]:
    return RecordReader(folder).events()


def test_an_unplugged_oximeter_blanks_its_numbers_and_alarms_until_it_is_back(
    bedside: Bedside, config: Path, address: BusAddress, tmp_path: Path
) -> None:
    with running_service(config, tmp_path):
        room_when(address, measures)
        assert ask_now(address, start_session("1", "K-1")).done
        bedside.unplug("oximeter")
        room = room_when(address, lambda room: alarm(room, "oximeter.link_down"), within_s=2.0)
        assert room["numbers"]["SpO2"]["value"] is None, "a number of a device that is gone is still shown"
        assert room["devices"][0]["state"] == "lost"
        bedside.plug_in("oximeter")
        room_when(address, lambda room: measures(room) and not alarm(room, "oximeter.link_down"))


def test_a_severe_fall_alarms_at_once_and_survives_a_kill_as_it_was(
    bedside: Bedside, config: Path, address: BusAddress, tmp_path: Path
) -> None:
    with running_service(config, tmp_path) as service:
        room_when(address, measures)
        assert ask_now(address, start_session("1", "K-1")).done
        assert ask_now(address, PauseAudio()).done
        bedside.vitals.spo2 = 80
        before = alarm(room_when(address, lambda room: alarm(room, "SpO2.low.severe")), "SpO2.low.severe")
        acknowledge = Acknowledge(room="1", session=session_in(address, "1"), conditions=["SpO2.low.severe"])
        assert ask_now(address, acknowledge).done
        service.kill()
        service.wait()
    with running_service(config, tmp_path):
        after = alarm(snapshot(address)["1"], "SpO2.low.severe")
        assert before is not None
        assert after is not None, "the alarm is gone after the restart"
        assert after["since"] == before["since"]
        assert after["acknowledged_by"] == "nurse 1"
        bedside.vitals.spo2 = 97
        room_when(address, lambda room: not alarm(room, "SpO2.low.severe"))
    raised = [
        event for event in events(tmp_path) if isinstance(event, AlarmRaised) and event.condition == "SpO2.low.severe"
    ]
    ended = [
        event.how
        for event in events(tmp_path)
        if isinstance(event, AlarmEnded) and event.condition == "SpO2.low.severe"
    ]
    assert len(raised) == 1, "the restart raised the same alarm anew"
    assert ended == [AlarmEnd.CLEARED]


def test_a_cuff_reading_comes_whole_with_its_time_and_its_alarm(
    bedside: Bedside, config: Path, address: BusAddress, tmp_path: Path
) -> None:
    bedside.vitals.sys, bedside.vitals.dia, bedside.vitals.map = 172, 96, 121
    with running_service(config, tmp_path):
        room_when(address, measures)
        assert ask_now(address, start_session("1", "K-1")).done
        began = time.time() * 1e6
        room_when(address, lambda room: all(device["state"] == "ok" for device in room["devices"]))
        take = TakeCuffReading(room="1", session=session_in(address, "1"))
        assert ask_now(address, take).done
        assert not ask_now(address, take).done, "a second inflation began over the first"
        cuff = room_when(address, lambda room: room["cuff"]["sys"])["cuff"]
        assert (cuff["sys"], cuff["dia"], cuff["map"]) == (172, 96, 121)
        assert began - 5e6 < cuff["measured_at"] < time.time() * 1e6
        assert alarm(snapshot(address)["1"], "SYS.high"), "a pressure above the limit raised no alarm at once"
    assert [event.sys for event in events(tmp_path) if isinstance(event, CuffMeasured)] == [172]


def test_a_session_goes_through_its_phases_and_frees_the_room(
    config: Path, address: BusAddress, tmp_path: Path
) -> None:
    with running_service(config, tmp_path):
        snapshot(address)
        assert ask_now(address, start_session("1", "K-1")).done
        assert not ask_now(address, start_session("1", "K-2")).done, "two patients in one room"
        assert ask_now(address, start_session("2", "K-1")).field == "patient", "one patient in two rooms"
        session = session_in(address, "1")
        assert not ask_now(address, EnterPhase(room="1", session=session, phase=Phase.RECOVERY)).done, (
            "a phase was skipped"
        )
        assert give_device(address, "1", session).done
        assert ask_now(address, EndDosing(room="1", session=session)).field == "reason", "half a dose without a word"
        assert ask_now(address, EndDosing(room="1", session=session, reason="dizzy")).done
        assert ask_now(address, EnterPhase(room="1", session=session, phase=Phase.RECOVERY)).done
        assert snapshot(address)["1"]["session"]["first_dose_at"], "the dose clock does not run"
        assert ask_now(address, SetCuffInterval(room="1", session=session, minutes=5)).done
        assert ask_now(address, SetCuffInterval(room="1", session=session, minutes=1)).field == "minutes"
        assert ask_now(address, WriteNote(room="1", session=session, text="calm")).done
        assert ask_now(address, WriteNote(room="1", session=session, text="  ")).field == "text"
        assert ask_now(address, SignDischarge(room="1", session=session), signed=True).field == "override"
        checklist = snapshot(address)["1"]["treatment"]["checklist"]
        seen = tuple(item["text"] for item in checklist if not item["holds"])
        override = SignDischarge(room="1", session=session, override="seen and well", seen=seen)
        assert as_clinician(address, override).done
        assert snapshot(address)["1"]["session"] is None
    (row,) = RecordReader(tmp_path).sessions(10)
    assert (row.patient, row.phase) == ("K-1", Phase.DISCHARGED)


def test_a_dialog_left_open_does_nothing_to_the_next_patient(config: Path, address: BusAddress, tmp_path: Path) -> None:
    with running_service(config, tmp_path):
        snapshot(address)
        assert ask_now(address, start_session("1", "K-1")).done
        before = session_in(address, "1")
        assert ask_now(address, AbortSession(room="1", session=before, reason="ill")).done
        assert ask_now(address, start_session("1", "K-2")).done
        outcome = ask_now(address, AbortSession(room="1", session=before, reason="ill"))
        assert not outcome.done
        assert "K-2" in outcome.text
        assert snapshot(address)["1"]["session"]["patient"] == "K-2"


@pytest.mark.parametrize(
    ("command", "field"),
    [
        (StartSession(room="1", patient="<b>", weight_kg=70, protocol="esketamine_us", dose_mg=56), "patient"),
        (StartSession(room="1", patient="K-1", weight_kg=700, protocol="esketamine_us", dose_mg=56), "weight_kg"),
        (StartSession(room="1", patient="K-1", weight_kg=70, protocol="aspirin", dose_mg=56), "protocol"),
        (StartSession(room="1", patient="K-1", weight_kg=70, protocol="esketamine_us", dose_mg=560), "dose_mg"),
        (StartSession(room="9", patient="K-1", weight_kg=70, protocol="esketamine_us", dose_mg=56), "room"),
    ],
)
def test_a_slip_of_the_keyboard_is_refused_at_its_field(
    shared_clinic: BusAddress, command: StartSession, field: str
) -> None:
    outcome = ask_now(shared_clinic, command)
    assert not outcome.done
    assert outcome.field == field
    assert outcome.text.endswith("."), outcome.text


@pytest.fixture(scope="module")
def shared_clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BusAddress]:
    folder = tmp_path_factory.mktemp("clinic")
    address = BusAddress.create(folder)
    with running_service(write_config(folder, {"1": ""}), folder):
        snapshot(address)
        yield address


def test_garbage_on_the_bus_is_refused_and_stops_nobody(shared_clinic: BusAddress) -> None:
    answers = [_sent(shared_clinic, parts) for parts in ([b"{}"], [b"\xff\xfe"], [b"{", b"}"], [b""])]
    assert all(not answer.done and "cannot be read" in answer.text for answer in answers)
    assert snapshot(shared_clinic)["1"]["name"] == "Room 1"


def _sent(address: BusAddress, parts: list[bytes]) -> Outcome:
    with zmq.Context() as context, context.socket(zmq.DEALER) as end:
        end.curve_publickey, end.curve_secretkey = zmq.curve_keypair()
        end.curve_serverkey = address.public_key.encode()
        end.linger = 0
        end.connect(f"tcp://127.0.0.1:{address.commands_port}")
        end.send_multipart(parts)
        assert end.poll(5000), "no answer to what cannot be read"
        return msgspec.json.decode(end.recv(), type=Outcome)


def test_a_session_whose_protocol_was_taken_away_keeps_its_room_and_says_so(
    config: Path, address: BusAddress, tmp_path: Path
) -> None:
    own = tmp_path / "own"
    own.mkdir()
    shipped = (SHIPPED_PROTOCOLS / "esketamine_us.toml").read_text()
    (own / "ours.toml").write_text(shipped.replace('id = "esketamine_us"', 'id = "ours"'))
    config.write_text('protocols = "own"\n' + config.read_text())
    with running_service(config, tmp_path):
        snapshot(address)
        start = StartSession(room="1", patient="K-1", weight_kg=70, protocol="ours", dose_mg=56)
        assert ask_now(address, start).done
    (own / "ours.toml").unlink()
    with running_service(config, tmp_path):
        assert snapshot(address)["1"]["session"]["title"] == "ours (missing)"
        assert not ask_now(address, start_session("1", "K-2")).done, "the room was given to somebody else"
