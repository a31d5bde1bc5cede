"""Runs the service as its own process on a clinic of a few rooms, and talks to it over its bus."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from monitor.clinic.treatment.giving import Nasal
from monitor.service import __main__ as service_process
from monitor.service.bus import BusAddress, BusUnavailable, ask
from monitor.service.messages import AnyCommand, GetSnapshot, Outcome, Request, StartSession
from monitor.service.treatment_messages import GiveDevice, OverrideGate
from tests.ports import free_port

ROOT = Path(__file__).parent.parent.parent
_WARM = multiprocessing.get_context("forkserver")
_WARM.set_forkserver_preload(["monitor.service.__main__"])

ROOM = """
[[rooms]]
id = "{id}"
name = "Room {id}"
devices = [{devices}]
"""


def write_config(folder: Path, devices: dict[str, str], more: str = "") -> Path:
    """A configuration with one room per entry; the value is the text of its devices. ``more`` is other TOML."""
    rooms = "".join(ROOM.format(id=room, devices=text) for room, text in devices.items())
    path = folder / "config.toml"
    path.write_text('[clinic]\nname = "Test clinic"\nstation = "nurse 1"\n' + more + rooms)
    return path


def write_simulated_config(folder: Path, simulation: str = 'seed = 1, story = "calm"') -> Path:
    """A clinic of one simulated room whose time can run fast: its devices send no wave."""
    devices = {"oximeter": "nonin_df8", "cuff": "suntech_advantage"}
    lines = [
        f'{{ name = "{name}", protocol = "{protocol}", port = "socket://127.0.0.1:{free_port()}" }}'
        for name, protocol in devices.items()
    ]
    path = write_config(folder, {"1": ", ".join(lines)})
    path.write_text(f"{path.read_text()}simulation = {{ {simulation} }}\n")
    return path


def running_service(config: Path, data: Path) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """A service process; at the end it is stopped as Ctrl+C would, so that what it showed is in the record."""
    return _running("monitor.service", config, data)


@contextmanager
def running_warm_service(config: Path, data: Path) -> Iterator[BaseProcess]:
    """As ``running_service``, without the second that Python needs to begin: for a test that starts hundreds."""
    process = _WARM.Process(target=_serve, args=(config, data), daemon=True)
    process.start()
    try:
        yield process
    finally:
        process.kill()
        process.join()


def _serve(config: Path, data: Path) -> None:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, sys.stderr.fileno())
    sys.argv = ["monitor.service", "--config", str(config), "--data", str(data)]
    service_process.main()


def running_simulator(config: Path, data: Path) -> AbstractContextManager[subprocess.Popen[bytes]]:
    """The process that plays the simulated rooms."""
    return _running("monitor.simulator", config, data)


@contextmanager
def _running(module: str, config: Path, data: Path) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--config", str(config), "--data", str(data)],
        cwd=ROOT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
        stderr=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(15)


def ask_now(
    address: BusAddress,
    command: AnyCommand,
    by: str = "nurse 1",
    timeout_s: float = 5.0,
    role: str = "nurse",
    *,
    signed: bool = False,
) -> Outcome:
    """Ask once."""
    return asyncio.run(ask(address, Request(by, command, role, signed), timeout_s))


def as_clinician(address: BusAddress, command: AnyCommand) -> Outcome:
    """Ask once, as a clinician who signs with the PIN."""
    return ask_now(address, command, "Dr. 1", role="clinician", signed=True)


def release_dose(address: BusAddress, room: str, session: str) -> Outcome:
    """Have a clinician decide on all that the first dose waits for."""
    room_when(address, lambda view: view["treatment"] and view["treatment"]["gate"]["findings"], room=room)
    seen = tuple(snapshot(address)[room]["treatment"]["gate"]["findings"].values())
    return as_clinician(address, OverrideGate(room=room, session=session, seen=seen, reason="seen and well"))


def give_device(address: BusAddress, room: str, session: str) -> Outcome:
    """Chart a nasal device that was used just now; before the first, a clinician decides on whatever it waits for."""
    release_dose(address, room, session)
    device = Nasal(lot="A1-77", expiry="2099-12", observed_by="nurse 1")
    return ask_now(address, GiveDevice(room=room, session=session, device=device))


def ask_until_there(address: BusAddress, command: AnyCommand, deadline_s: float = 15.0) -> Outcome:
    """Ask until the service answers."""
    until = time.monotonic() + deadline_s
    while True:
        try:
            return ask_now(address, command, timeout_s=0.5)
        except BusUnavailable:
            if time.monotonic() > until:
                raise


def snapshot(address: BusAddress) -> dict[str, dict[str, Any]]:
    """The rooms of a whole snapshot, by id."""
    outcome = ask_until_there(address, GetSnapshot())
    assert outcome.snapshot is not None
    return {room["id"]: room for room in outcome.snapshot["rooms"]}


def session_in(address: BusAddress, room: str) -> str:
    """The id of the session that is open in a room."""
    session: str = snapshot(address)[room]["session"]["id"]
    return session


def start_session(room: str, patient: str) -> StartSession:
    """A session of the usual kind."""
    return StartSession(room=room, patient=patient, weight_kg=70, protocol="esketamine_us", dose_mg=56)


def room_when(
    address: BusAddress, true: Callable[[dict[str, Any]], object], within_s: float = 30.0, room: str = "1"
) -> dict[str, Any]:
    """A room as soon as it is as wanted."""
    until = time.monotonic() + within_s
    while True:
        view = snapshot(address)[room]
        if true(view):
            return view
        assert time.monotonic() < until, f"the room never became as wanted: {view}"
        time.sleep(0.05)


def measures(room: dict[str, Any]) -> bool:
    """Whether the oximeter gives a saturation."""
    return bool(room["numbers"].get("SpO2", {}).get("value"))


def alarm(room: dict[str, Any], condition: str) -> dict[str, Any] | None:
    """The active alarm of this condition."""
    return next((each for each in room["alarms"] if each["condition"] == condition and each["state"] == "active"), None)
