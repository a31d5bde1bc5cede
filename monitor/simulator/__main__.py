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
from monitor.config import load
from monitor.lifeline import follow_parent
from monitor.record.reader import RecordReader
from monitor.service.bus import FRAME_TOPIC, BusAddress, Frames, bind, read_request
from monitor.service.messages import Outcome, Play, SetFault
from monitor.simulator.clinic import SimulatedClinic
from monitor.simulator.staff import LOOK_EVERY_S, Staff


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
    staff = Staff(address, clinic.clock)
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    tasks = [
        asyncio.create_task(_take_faults(clinic, address)),
        asyncio.create_task(_follow_doses(clinic, staff, address)),
        asyncio.create_task(_open_first_sessions(clinic, staff, data)),
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


async def _follow_doses(clinic: SimulatedClinic, staff: Staff, address: BusAddress) -> None:
    """Tell the patients of the doses that the clinic records, as a drug would."""
    async with Frames(address) as frames:
        _follow(clinic, await staff.snapshot())
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


async def _open_first_sessions(clinic: SimulatedClinic, staff: Staff, data: Path) -> None:
    """On an empty record, treat the patients of the demonstration as a nurse would."""
    while not await _all_connected(clinic, staff):
        await asyncio.sleep(LOOK_EVERY_S)
    if await asyncio.to_thread(RecordReader(data).sessions, 1, 0):
        return
    rooms = [room for room in clinic.rooms.values() if room.script.patient and room.script.protocol]
    await asyncio.gather(*(staff.treat(room) for room in rooms))


async def _all_connected(clinic: SimulatedClinic, staff: Staff) -> bool:
    rooms = [room for room in (await staff.snapshot())["rooms"] if room["id"] in clinic.rooms]
    return bool(rooms) and all(device["state"] == "ok" for room in rooms for device in room["devices"])


if __name__ == "__main__":
    main()
