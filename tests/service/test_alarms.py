"""The alarm system of a running service: what people change, what nobody answers, what a restart leaves."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, TypeVar

import pytest

from devices.readings import Metric
from monitor.clinic.alarms.auto_limits import Formula
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmChainTested,
    AlarmEscalated,
    AlarmMessaged,
    AlarmRaised,
    AlarmsResumed,
    BaselineLocked,
    EscalationStep,
    Event,
    LimitsChanged,
)
from monitor.config import HOUSE
from monitor.record.reader import RecordReader
from monitor.service import messages
from monitor.service.bus import BusAddress
from monitor.service.messages import (
    Acknowledge,
    ChainSeen,
    LockBaseline,
    MarkSymptom,
    PauseAlarms,
    ReturnToProfile,
    SetLimits,
    SwitchAlarmsOff,
    SwitchAudioOff,
    TakeCuffReading,
    TakeOfferedLimits,
)
from tests.service.bedside import Bedside
from tests.service.clinic import (
    alarm,
    ask_now,
    give_device,
    measures,
    room_when,
    running_service,
    running_warm_service,
    session_in,
    snapshot,
    start_session,
    write_config,
)

E = TypeVar("E", bound=Event)


def of(kind: type[E], folder: Path) -> list[E]:
    return [event for event in RecordReader(folder).events() if isinstance(event, kind)]


def begin(address: BusAddress) -> str:
    """A session whose oximeter measures; its id."""
    room_when(address, measures)
    assert ask_now(address, start_session("1", "K-1")).done
    return session_in(address, "1")


def limit(room: dict[str, Any], key: str) -> float:
    value: float = next(each["limit"] for each in room["watching"]["limits"] if each["key"] == key)
    return value


def test_a_limit_changed_for_one_session_counts_at_once_and_is_in_the_record_with_the_old_one(
    bedside: Bedside, config: Path, address: BusAddress, tmp_path: Path
) -> None:
    bedside.vitals.spo2 = 92
    with running_service(config, tmp_path) as service:
        session = begin(address)
        change = SetLimits(room="1", session=session, settings={"SpO2.low": 94, "SpO2.low.delay": 0.5})
        assert ask_now(address, change).done
        room_when(address, lambda room: alarm(room, "SpO2.low"))
        service.kill()
        service.wait()
    with running_service(config, tmp_path):
        room = snapshot(address)["1"]
        assert limit(room, "SpO2.low") == 94, "the patient's own limit is gone after a restart"
        assert room["numbers"] == {} or room["numbers"]["SpO2"]["low"] == 94
        assert ask_now(address, ReturnToProfile(room="1", session=session)).done
        room = room_when(address, lambda room: not alarm(room, "SpO2.low"))
        assert limit(room, "SpO2.low") == 90
    changes = [(each.key, each.before, each.after) for event in of(LimitsChanged, tmp_path) for each in event.changes]
    assert ("SpO2.low", 90, 94) in changes
    assert ("SpO2.low.area", 50, None) in changes, "the delay took the place of the area without a word"
    assert ("SpO2.low", 94, 90) in changes


@pytest.mark.parametrize(
    ("settings", "field", "reason"),
    [
        ({"PR.low": 60, "PR.high": 59}, "PR.high", "guard"),
        ({"SpO2.low": 70}, "SpO2.low", "guard limits 86 to 95"),
        ({"SpO2.low.delay": 61}, "SpO2.low.delay_s", "0 to 60 s"),
        ({"SpO2.low.area": 40}, "SpO2.low.area", "10, 25, 50, 100"),
        ({"SpO3.low": 90}, "SpO3.low", "metrics are"),
        ({"SpO2.low.severe": 80}, "SpO2.low.severe", "protocol"),
        ({"SpO2.low": 90}, None, "already"),
    ],
)
def test_limits_that_cannot_be_are_refused_at_their_field(
    config: Path, address: BusAddress, tmp_path: Path, settings: dict[str, float | None], field: str | None, reason: str
) -> None:  # fmt: skip
    with running_service(config, tmp_path):
        outcome = ask_now(address, SetLimits(room="1", session=begin(address), settings=settings))
    assert not outcome.done
    assert outcome.field == field
    assert reason in outcome.text
    assert of(LimitsChanged, tmp_path) == []


def test_the_first_dose_locks_the_baseline_and_formulas_offer_limits_from_it(
    bedside: Bedside, config: Path, address: BusAddress, tmp_path: Path
) -> None:
    bedside.vitals.sys, bedside.vitals.dia, bedside.vitals.map = 130, 80, 97
    with running_service(config, tmp_path):
        session = begin(address)
        assert not ask_now(address, LockBaseline(room="1", session=session)).done, "a baseline out of nothing"
        room_when(address, lambda room: all(device["state"] == "ok" for device in room["devices"]))
        assert ask_now(address, TakeCuffReading(room="1", session=session)).done
        room_when(address, lambda room: room["cuff"]["sys"])
        assert give_device(address, "1", session).done
        assert ask_now(address, LockBaseline(room="1", session=session)).field == "reason", "locked anew without a word"
        offers = {each["formula"]: each["settings"] for each in snapshot(address)["1"]["watching"]["offers"]}
        assert (offers["Mindray"]["SYS.low"], offers["Mindray"]["SYS.high"]) == (98, 150)
        assert ask_now(address, TakeOfferedLimits(room="1", session=session, formula=Formula.MINDRAY)).done
        assert limit(snapshot(address)["1"], "SYS.high") == 150
    (locked,) = of(BaselineLocked, tmp_path)
    assert {str(metric): value for metric, value in locked.values.items()} == {
        "SYS": 130, "DIA": 80, "MAP": 97, "SpO2": 97, "PR": 70,
    }  # fmt: skip


def test_a_symptom_is_an_emergency_whatever_is_off_until_a_person_says_that_it_is_gone(
    config: Path, address: BusAddress, tmp_path: Path
) -> None:
    with running_service(config, tmp_path):
        session = begin(address)
        assert ask_now(address, PauseAlarms(room="1", session=session)).done
        mark = MarkSymptom(room="1", session=session, symptom=Symptom.CHEST_PAIN, present=True)
        assert ask_now(address, mark).done
        raised = alarm(snapshot(address)["1"], "symptom.chest_pain") or alarm(
            room_when(address, lambda room: alarm(room, "symptom.chest_pain")), "symptom.chest_pain"
        )
        assert raised is not None
        assert raised["priority"] == "high"
        assert not ask_now(address, mark).done, "marked twice"
        gone = MarkSymptom(room="1", session=session, symptom=Symptom.CHEST_PAIN, present=False)
        assert ask_now(address, gone).done
        room_when(address, lambda room: not alarm(room, "symptom.chest_pain"))


def test_what_is_off_needs_a_role_and_a_reason_and_comes_back_with_a_restart(
    bedside: Bedside, config: Path, address: BusAddress, tmp_path: Path
) -> None:
    bedside.vitals.spo2 = 80
    with running_service(config, tmp_path) as service:
        session = begin(address)
        room_when(address, lambda room: alarm(room, "SpO2.low.severe"))
        assert "clinician" in ask_now(address, SwitchAudioOff(reason="quiet")).text, "a nurse switched the sound off"
        off = SwitchAlarmsOff(room="1", session=session, condition=None, reason="probe is moved")
        assert "clinician" in ask_now(address, off).text, "a nurse switched alarms off"
        empty = SwitchAlarmsOff(room="1", session=session, condition=None, reason=" ")
        assert ask_now(address, empty, role="clinician").field == "reason"
        assert ask_now(address, off, by="clinician 1", role="clinician").done
        room = room_when(address, lambda room: not alarm(room, "SpO2.low.severe"))
        assert [each["reason"] for each in room["alarms_off"]] == ["probe is moved"]
        service.kill()
        service.wait()
    with running_service(config, tmp_path):
        room = room_when(address, lambda room: alarm(room, "SpO2.low.severe"))
        assert room["alarms_off"] == [], "alarms are still off after a restart"
    assert [event.reason for event in of(AlarmsResumed, tmp_path)] == ["Chairside was restarted"]


def test_a_delay_goes_on_through_a_restart(bedside: Bedside, config: Path, address: BusAddress, tmp_path: Path) -> None:
    def pending(room: dict[str, Any]) -> dict[str, Any] | None:
        return next((each for each in room["alarms"] if each["condition"] == "PR.high"), None)

    with running_warm_service(config, tmp_path) as service:
        session = begin(address)
        bedside.vitals.pr = 140
        before = pending(room_when(address, pending))
        in_record = RecordReader(tmp_path)
        until = time.monotonic() + 10
        while max(in_record.numerics(session, Metric.PR).value, default=0) < 140:
            assert time.monotonic() < until, "what is measured does not come into the record"
        service.kill()
        service.join()
    with running_warm_service(config, tmp_path):
        after = pending(room_when(address, pending))
        assert before is not None
        assert after is not None
        assert abs(after["since"] - before["since"]) < 1.5e6, "the delay began anew with the restart"


def test_two_people_who_acknowledge_at_once_make_one_event(
    bedside: Bedside, config: Path, address: BusAddress, tmp_path: Path
) -> None:
    bedside.vitals.spo2 = 80
    with running_service(config, tmp_path):
        begin(address)
        room_when(address, lambda room: alarm(room, "SpO2.low.severe"))
        command = Acknowledge(room="1", session=session_in(address, "1"), conditions=["SpO2.low.severe"])
        asking = [
            threading.Thread(target=ask_now, args=(address, command), kwargs={"by": who})
            for who in ("nurse 1", "nurse 2")
        ]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        shown = alarm(snapshot(address)["1"], "SpO2.low.severe")
    (event,) = of(AlarmAcknowledged, tmp_path)
    assert shown is not None
    assert shown["acknowledged_by"] == event.by


class Receiver:
    """A web server that is told of alarms."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                receiver.bodies.append(json.loads(self.rfile.read(length)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}/alarm"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        """Answer nobody any more."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def escalating(folder: Path, bedside: Bedside, webhook: str) -> Path:
    steps = f'[alarms]\nlouder_s = 1\nbanner_s = 1\nmessage_s = 2\nwebhook = "{webhook}"\n'
    return write_config(folder, {"1": bedside.attach("nonin_df7")}, steps)


def wait_for(kind: type[E], folder: Path) -> E:
    until = time.monotonic() + 20
    while not (found := of(kind, folder)):
        assert time.monotonic() < until, f"{kind.__name__} never came into the record"
        time.sleep(0.1)
    return found[0]


def test_an_alarm_that_nobody_answers_is_told_to_another_system_without_the_patient(
    bedside: Bedside, receiver: Receiver, address: BusAddress, tmp_path: Path
) -> None:
    bedside.vitals.spo2 = 80
    with running_service(escalating(tmp_path, bedside, receiver.address), tmp_path):
        begin(address)
        assert wait_for(AlarmMessaged, tmp_path).problem == ""
        shown = alarm(snapshot(address)["1"], "SpO2.low.severe")
    assert [event.step for event in of(AlarmEscalated, tmp_path)] == list(EscalationStep)
    assert shown is not None
    assert shown["escalated"] == 3
    (body,) = receiver.bodies
    assert (body["room"], body["condition"], body["priority"]) == ("Room 1", "SpO2.low.severe", "high")
    assert "K-1" not in json.dumps(body), "a patient is named to another system"


def test_a_message_that_a_crash_cut_short_is_sent_after_it(
    bedside: Bedside, receiver: Receiver, address: BusAddress, tmp_path: Path
) -> None:
    bedside.vitals.spo2 = 80
    config = escalating(tmp_path, bedside, receiver.address)
    receiver.close()
    with running_service(config, tmp_path) as service:
        begin(address)
        while not [event for event in of(AlarmEscalated, tmp_path) if event.step is EscalationStep.MESSAGE]:
            time.sleep(0.05)
        service.kill()
        service.wait()
    assert of(AlarmMessaged, tmp_path) == []
    with running_service(config, tmp_path):
        assert "no answer" in wait_for(AlarmMessaged, tmp_path).problem


def test_a_message_that_does_not_arrive_is_an_alarm_of_its_own(
    bedside: Bedside, receiver: Receiver, address: BusAddress, tmp_path: Path
) -> None:
    bedside.vitals.spo2 = 80
    receiver.close()
    with running_service(escalating(tmp_path, bedside, receiver.address), tmp_path):
        begin(address)
        assert "no answer" in wait_for(AlarmMessaged, tmp_path).problem
        house = snapshot(address)[HOUSE]
        assert [each["condition"] for each in house["alarms"]] == ["message.failed"]
        assert ask_now(address, Acknowledge(room=HOUSE, session=None, conditions=["message.failed"])).done
        assert snapshot(address)[HOUSE]["alarms"][0]["acknowledged_by"] == "nurse 1"


def test_the_alarm_chain_is_tested_from_a_made_up_value_to_the_screen_that_tells(
    config: Path, address: BusAddress, tmp_path: Path
) -> None:
    with running_service(config, tmp_path):
        snapshot(address)
        assert ask_now(address, messages.TestAlarmChain()).done
        assert not ask_now(address, messages.TestAlarmChain()).done, "two tests at once"
        until = time.monotonic() + 5
        while not (house := snapshot(address).get(HOUSE, {})).get("alarms"):
            assert time.monotonic() < until, "the made-up alarm never came"
        assert "test" in house["alarms"][0]["text"]
        assert ask_now(address, ChainSeen(test="another", ms=1)).done
        assert of(AlarmChainTested, tmp_path) == [], "the answer of another test counted"
    raised = of(AlarmRaised, tmp_path)
    assert raised == [], "a made-up violation stands in the record as if it had happened"
