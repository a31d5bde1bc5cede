"""A treatment in a real service that stops in the middle of it: what was given and what is known come back."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from devices.readings import SECOND, Metric, Micros, Numeric, Quality
from monitor.clinic.events import AnyEvent, Phase
from monitor.clinic.session import Session, abort_session, open_session
from monitor.clinic.treatment.events import DosingEnded, Signed
from monitor.clinic.treatment.giving import Ordered, pause_infusion, resume_infusion
from monitor.record.reader import RecordReader
from monitor.record.verify import verify
from monitor.record.writer import RecordWriter
from monitor.service.bus import BusAddress
from monitor.service.messages import StartSession
from monitor.service.treatment_messages import (
    EndDosing,
    LeaveAgainstAdvice,
    StartInfusion,
)
from tests.clinic.treatments import MINUTE, NURSE, SHIPPED, after, first_dose, of, pressure
from tests.service.clinic import ask_now, release_dose, room_when, running_service, session_in, snapshot, write_config

IV = SHIPPED["iv_ketamine"]


class Written:
    """A record as a service leaves it that was stopped just now."""

    def __init__(self, folder: Path) -> None:
        self.now: Micros = time.time_ns() // 1000
        self._writer = RecordWriter(folder)

    def minute(self, number: float) -> Micros:
        """So many minutes from now."""
        return self.now + round(number * MINUTE)

    def open(self, name: str, patient: str, at: float) -> Session:
        event = open_session(name, "1", patient, 70, IV, 35, NURSE, self.minute(at))
        self._writer.append_events([event])
        return Session.opened(event)

    def happen(self, session: Session, *events: AnyEvent) -> Session:
        kept = self._writer.append_events([replace(event, room="1", session=session.id) for event in events])
        return after(session, *kept)

    def measured(self, session: Session, first: float, last: float) -> None:
        """A saturation of 97 every second from one minute to another."""
        for at in range(self.minute(first), self.minute(last), SECOND):
            value = Numeric(Metric.SPO2, 97.0, at, at, "oximeter", Quality.OK)
            self._writer.append_second(at, [("1", session.id, value)])

    def close(self) -> None:
        self._writer.close()


def checklist_after_start(config: Path, data: Path, address: BusAddress) -> dict[str, Any]:
    """The room's treatment as the service shows it once it has looked at the checklist."""
    with running_service(config, data):
        snapshot(address)
        treatment: dict[str, Any] = room_when(address, lambda room: room["treatment"]["checklist"])["treatment"]
    return treatment


def holds(treatment: dict[str, Any], item: str) -> bool:
    (found,) = [each["holds"] for each in treatment["checklist"] if each["id"] == item]
    return bool(found)


@pytest.fixture
def chair(tmp_path: Path) -> Path:
    """A configuration of one room without devices."""
    return write_config(tmp_path, {"1": ""})


def test_an_infusion_goes_on_through_a_restart_with_its_milligrams_and_its_evidence(
    chair: Path, address: BusAddress, tmp_path: Path
) -> None:
    written = Written(tmp_path)
    session = written.open("a", "K-1", -45)
    session = written.happen(session, pressure(written.minute(-40)))
    session = written.happen(session, *first_dose(session, IV, written.minute(-30)))
    session = written.happen(session, pause_infusion(session, "nausea", NURSE, written.minute(-20)))
    written.happen(session, resume_infusion(session, NURSE, written.minute(-10)))
    written.measured(session, -11, 0)
    written.close()
    treatment = checklist_after_start(chair, tmp_path, address)
    infusion = treatment["dosing"]["infusion"]
    assert (infusion["mg"], infusion["since"]) == (8.75, written.minute(-10))
    assert (infusion["mg_per_h"], infusion["running"]) == (52.5, True)
    assert infusion["empty_at"] == written.minute(20)
    assert holds(treatment, "saturation"), "ten good minutes are forgotten"


def test_the_saturation_of_the_patient_before_does_not_come_back_for_the_next(
    chair: Path, address: BusAddress, tmp_path: Path
) -> None:
    written = Written(tmp_path)
    before = written.open("a", "K-1", -30)
    written.measured(before, -12, -5)
    written.happen(before, abort_session(before, "went home", NURSE, written.minute(-5)))
    session = written.open("b", "K-2", -4.5)
    session = written.happen(session, pressure(written.minute(-4.4)))
    written.happen(session, *first_dose(session, IV, written.minute(-4)))
    written.measured(session, -4.5, 0)
    written.close()
    treatment = checklist_after_start(chair, tmp_path, address)
    assert not holds(treatment, "saturation"), "another patient's saturation sends this one home"


def test_what_was_charted_is_there_after_a_kill_and_what_is_signed_stays_sound(
    chair: Path, address: BusAddress, tmp_path: Path
) -> None:
    with running_service(chair, tmp_path) as service:
        snapshot(address)
        start = StartSession(room="1", patient="K-1", weight_kg=70, protocol="iv_ketamine", dose_mg=35)
        assert ask_now(address, start).done
        session = session_in(address, "1")
        order = Ordered(dose_mg=40, volume_ml=50, minutes=40, lot="B2")
        infuse = StartInfusion(room="1", session=session, order=order)
        assert "The dose waits" in ask_now(address, infuse).text
        assert release_dose(address, "1", session).done
        asked = ask_now(address, infuse)
        assert (asked.done, asked.warnings) == (False, ("40 mg, but 35 mg were planned.",))
        assert ask_now(address, replace(infuse, confirmed=asked.warnings)).done
        before = snapshot(address)["1"]["treatment"]["dosing"]["infusion"]
        service.kill()
        service.wait()
    with running_service(chair, tmp_path):
        assert snapshot(address)["1"]["treatment"]["dosing"]["infusion"] == before
        assert ask_now(address, EndDosing(room="1", session=session)).field == "reason"
        assert ask_now(address, EndDosing(room="1", session=session, reason="vomiting")).done
        leave = LeaveAgainstAdvice(room="1", session=session, reason="bus", told="Dr. 1")
        assert ask_now(address, leave).field == "pin"
        assert ask_now(address, leave, signed=True).done
        assert snapshot(address)["1"]["session"] is None
    events = RecordReader(tmp_path).events()
    (ended,) = of(DosingEnded, events)
    assert 0 <= ended.mg < 5
    (signed,) = of(Signed, events)
    assert signed.covers == signed.seq - 1
    assert verify(tmp_path).sound
    (row,) = RecordReader(tmp_path).sessions(10)
    assert row.phase == Phase.LEFT
