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
from monitor.clinic.protocol import STEPS
from monitor.config import load
from monitor.lifeline import follow_parent
from monitor.record.reader import RecordReader
from monitor.service.bus import FRAME_TOPIC, BusAddress, BusUnavailable, Frames, ask, bind, read_request
from monitor.service.messages import (
    AnyCommand,
    EnterPhase,
    GetSnapshot,
    Outcome,
    Play,
    Request,
    SetFault,
    StartSession,
    TakeCuffReading,
)
from monitor.simulator.clinic import SimulatedClinic, SimulatedRoom
from monitor.simulator.clock import SimulatedClock

STAFF = "simulation"
CUFF_CYCLE_S = 40.0
LOOK_EVERY_S = 0.2
"""How often what is waited for is looked at; time may run fast."""

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
        elif isinstance(request.command, Play):
            outcome = await _play(clinic, request.command)
        else:
            outcome = Outcome(False, "The simulator takes only faults.")
        await end.send_multipart([caller, msgspec.json.encode(outcome)])


async def _play(clinic: SimulatedClinic, play: Play) -> Outcome:
    # What the clinic asked the devices before this came is answered first, as they would have by then.
    await asyncio.sleep(0)
    clinic.play(play)
    return Outcome(True)


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
            # A frame may be seconds of the clinic's time old where that runs fast.
            now = clinic.clock.played_to or frame["at"]
            lag_s = (now - first_dose_at) / SECOND if first_dose_at else None
            clinic.rooms[room["id"]].follow(lag_s)


async def _open_first_sessions(clinic: SimulatedClinic, address: BusAddress, data: Path) -> None:
    """On an empty record, open the sessions of the demonstration as a nurse would."""
    while not await _all_connected(clinic, address):
        await asyncio.sleep(LOOK_EVERY_S)
    if await asyncio.to_thread(RecordReader(data).sessions, 1, 0):
        return
    rooms = [room for room in clinic.rooms.values() if room.script.patient and room.script.protocol]
    await asyncio.gather(*(_open(room, clinic.clock, address) for room in rooms))


async def _all_connected(clinic: SimulatedClinic, address: BusAddress) -> bool:
    rooms = [room for room in (await _snapshot(address))["rooms"] if room["id"] in clinic.rooms]
    return bool(rooms) and all(device["state"] == "ok" for room in rooms for device in room["devices"])


async def _open(room: SimulatedRoom, clock: SimulatedClock, address: BusAddress) -> None:
    script, name = room.script, room.config.id
    assert script.patient is not None and script.protocol is not None  # noqa: S101, PT018 - chosen by the caller
    await _ask(
        address,
        StartSession(
            room=name,
            patient=script.patient,
            weight_kg=script.weight_kg,
            protocol=script.protocol,
            dose_mg=script.dose_mg or 0.0,
        ),
    )
    (session,) = [each["session"]["id"] for each in (await _snapshot(address))["rooms"] if each["id"] == name]
    await _ask(address, TakeCuffReading(room=name, session=session))
    measured = clock.now() + CUFF_CYCLE_S
    while (left := measured - clock.now()) > 0:
        await asyncio.sleep(min(left, LOOK_EVERY_S))
    for phase in STEPS[1 : STEPS.index(Phase(script.phase)) + 1]:
        await _ask(address, EnterPhase(room=name, session=session, phase=phase))


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
            log.info("%s: %s", type(command).__name__, outcome.text)
        return outcome


if __name__ == "__main__":
    main()
