"""Runs the simulator: ``python -m monitor.simulator --config FILE --data FOLDER``; ``app.py serve`` starts it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
from pathlib import Path
from typing import Any

import msgspec
import zmq
import zmq.asyncio

from devices.readings import SECOND
from monitor.clinic.events import Phase
from monitor.clinic.protocol import Protocol
from monitor.clinic.treatment.giving import Nasal, Ordered
from monitor.clinic.treatment.intake import Intake, Pregnancy
from monitor.clinic.treatment.scales import Scale
from monitor.config import load
from monitor.lifeline import follow_parent
from monitor.record.reader import RecordReader
from monitor.service.bus import FRAME_TOPIC, BusAddress, BusUnavailable, Frames, ask, bind, read_request
from monitor.service.messages import (
    AnyCommand,
    EnterPhase,
    GetSnapshot,
    Outcome,
    Request,
    SetFault,
    StartSession,
    TakeCuffReading,
)
from monitor.service.treatment_messages import EndDosing, GiveDevice, RecordAssessment, StartInfusion
from monitor.simulator.clinic import SimulatedClinic, SimulatedRoom

STAFF = "simulation"
CUFF_CYCLE_S = 40.0
VOLUME_ML, INFUSION_MIN = 50.0, 40.0
LOT, EXPIRY = "SIM-1", "2099-12"
ARRIVED = Intake(
    age=42,
    allergies="none known",
    medicines=(),
    fasting=True,
    pregnancy=Pregnancy.TEST_NEGATIVE,
    escort="simulated escort",
    consent=True,
)
"""What every simulated patient answers."""

log = logging.getLogger(__name__)


def main() -> None:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m monitor.simulator", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="simulator: %(message)s")
    follow_parent()
    asyncio.run(_run(arguments.config, arguments.data))


async def _run(config: Path, data: Path) -> None:
    address = BusAddress.load(data)
    clinic = SimulatedClinic(load(config))
    await clinic.plug_in()
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    tasks = [
        asyncio.create_task(_take_faults(clinic, address)),
        asyncio.create_task(_follow_doses(clinic, address)),
        asyncio.create_task(_open_first_sessions(clinic, address, data)),
    ]
    await stopping.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _take_faults(clinic: SimulatedClinic, address: BusAddress) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
    end = zmq.asyncio.Socket.from_socket(bind(context, zmq.ROUTER, address.simulator_port, address))
    while True:
        caller, *rest = await end.recv_multipart()
        request = read_request(rest)
        if isinstance(request, Outcome):
            outcome = request
        elif isinstance(request.command, SetFault):
            outcome = await clinic.set_fault(request.command)
        else:
            outcome = Outcome(False, "The simulator takes only faults.")
        await end.send_multipart([caller, msgspec.json.encode(outcome)])


async def _follow_doses(clinic: SimulatedClinic, address: BusAddress) -> None:
    """Tell the patients of the doses that the clinic records, as a drug would."""
    async with Frames(address) as frames:
        _follow(clinic, await _snapshot(address))
        async for topic, body in frames:
            if topic == FRAME_TOPIC:
                _follow(clinic, msgspec.json.decode(body))


def _follow(clinic: SimulatedClinic, frame: dict[str, Any]) -> None:
    for room in frame["rooms"]:
        if room["id"] in clinic.rooms and "session" in room:
            session = room["session"]
            first_dose_at = session["first_dose_at"] if session else None
            lag_s = (frame["at"] - first_dose_at) / SECOND if first_dose_at else None
            clinic.rooms[room["id"]].follow(lag_s)


async def _open_first_sessions(clinic: SimulatedClinic, address: BusAddress, data: Path) -> None:
    """On an empty record, open the sessions of the demonstration as a nurse would."""
    while not await _all_connected(clinic, address):
        await asyncio.sleep(0.2)
    if await asyncio.to_thread(RecordReader(data).sessions, 1, 0):
        return
    rooms = [room for room in clinic.rooms.values() if room.script.patient and room.script.protocol]
    await asyncio.gather(*(_open(room, address) for room in rooms))


async def _all_connected(clinic: SimulatedClinic, address: BusAddress) -> bool:
    rooms = [room for room in (await _snapshot(address))["rooms"] if room["id"] in clinic.rooms]
    return bool(rooms) and all(device["state"] == "ok" for room in rooms for device in room["devices"])


async def _open(room: SimulatedRoom, address: BusAddress) -> None:
    """Treat the room's patient as far as the script says."""
    script, name = room.script, room.config.id
    assert script.patient is not None and script.protocol is not None  # noqa: S101, PT018 - chosen by the caller
    protocol = room.protocols[script.protocol]
    await _ask(
        address,
        StartSession(
            room=name,
            patient=script.patient,
            weight_kg=script.weight_kg,
            protocol=script.protocol,
            dose_mg=script.dose_mg or 0.0,
            intake=ARRIVED,
        ),
    )
    (session,) = [each["session"]["id"] for each in (await _snapshot(address))["rooms"] if each["id"] == name]
    await _ask(address, TakeCuffReading(room=name, session=session))
    await _ask(address, RecordAssessment(room=name, session=session, scale=Scale.MOAAS, values={"value": 5}))
    await asyncio.sleep(CUFF_CYCLE_S)
    phase = Phase(script.phase)
    if phase is Phase.BASELINE:
        return
    await _dose(name, session, protocol, script.dose_mg or 0.0, address)
    if phase is Phase.DOSING:
        return
    await _ask(address, EndDosing(room=name, session=session))
    if phase is Phase.RECOVERY:
        await _ask(address, EnterPhase(room=name, session=session, phase=Phase.RECOVERY))


async def _dose(room: str, session: str, protocol: Protocol, dose_mg: float, address: BusAddress) -> None:
    """Start the infusion, or give the devices one after the other as the protocol wants them apart."""
    dose = protocol.dose
    if dose.route == "iv":
        order = Ordered(dose_mg=dose_mg, volume_ml=VOLUME_ML, minutes=dose.minutes or INFUSION_MIN, lot=LOT)
        await _ask(address, StartInfusion(room=room, session=session, order=order))
        return
    devices = max(1, round(dose_mg / (dose.device_mg or dose_mg)))
    for number in range(devices):
        if number:
            await asyncio.sleep(dose.device_wait_min * 60 + 1)
        device = Nasal(lot=LOT, expiry=EXPIRY, observed_by=STAFF)
        await _ask(address, GiveDevice(room=room, session=session, device=device))


async def _snapshot(address: BusAddress) -> dict[str, Any]:
    snapshot = (await _ask(address, GetSnapshot())).snapshot
    assert snapshot is not None  # noqa: S101 - that is what was asked for
    return snapshot


async def _ask(address: BusAddress, command: AnyCommand) -> Outcome:
    """Ask until the service is there."""
    while True:
        try:
            outcome = await ask(address, Request(STAFF, command))
        except BusUnavailable:
            continue
        if not outcome.done:
            log.info("%s: %s %s", type(command).__name__, outcome.text, " ".join(outcome.warnings))
        return outcome


if __name__ == "__main__":
    main()
