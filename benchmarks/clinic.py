"""A clinic for a measurement: configuration, a record that has been running for a while, and the product's processes,
started as a person would start them.
"""

from __future__ import annotations

import json
import random
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import psutil

from benchmarks.figures import NotMeasured
from benchmarks.probes import Probe, plugged_in
from devices.readings import SECOND, Metric, Micros, Numeric
from devices.simulation.patient import Patient
from monitor.clinic.events import AnyEvent, CuffMeasured, SessionOpened
from monitor.people.sign_ins import LIFETIME, SignIns
from monitor.people.users import Users
from monitor.record.journal import Entry
from monitor.record.writer import RecordWriter
from monitor.web.people import COOKIE

ROOT = Path(__file__).parent.parent
START_S = 60.0
STOP_S = 15.0
PAST_S = 120
"""What the small curves show."""
PROTOCOL = "iv_ketamine"
PERSON = "benchmark"


class Clinic:
    """A running clinic. ``cookie`` is of a browser at which somebody is signed in: its viewers get what nurses get."""

    def __init__(
        self, url: str, cookie: str, rooms: Sequence[str], probes: Sequence[Probe], server: psutil.Process
    ) -> None:
        self.url = url
        self.cookie = cookie
        self.rooms = rooms
        self.probes = probes
        self._server = server

    def process(self, module: str) -> psutil.Process:
        """The process that runs this module, such as ``monitor.web``."""
        for child in self._server.children():
            if module in child.cmdline():
                return child
        raise NotMeasured(f"{module} does not run")

    def snapshot(self) -> dict[str, Any]:
        """What a new viewer is told first."""
        with urlopen(f"{self.url}/live", timeout=10) as stream:  # noqa: S310 - a loopback address of our own
            for line in stream:
                if line.startswith(b"data: ") and b'"rooms"' in line:
                    return dict(json.loads(line.removeprefix(b"data: ")))
        raise NotMeasured("the live stream ended before its first message")

    def _rooms_now(self) -> list[dict[str, Any]]:
        return [room for room in self.snapshot()["rooms"] if room["id"] in self.rooms]

    def measure_pressure(self, rooms: Sequence[str]) -> None:
        """Have the cuffs of these rooms measure, as at any time some do."""
        sessions = {room["id"]: room["session"]["id"] for room in self._rooms_now()}
        for room in rooms:
            command = json.dumps({"type": "TakeCuffReading", "room": room, "session": sessions[room]}).encode()
            headers = {"Content-Type": "application/json", "Origin": self.url, "Cookie": self.cookie}
            request = Request(f"{self.url}/command", command, headers)  # noqa: S310 - as above
            urlopen(request, timeout=10).close()  # noqa: S310 - as above

    def is_live(self) -> bool:
        """Whether every room shows a saturation."""
        try:
            rooms = self._rooms_now()
        except (URLError, OSError):
            return False
        return len(rooms) == len(self.rooms) and all(
            room["session"] and (room["numbers"].get("SpO2") or {}).get("value") is not None for room in rooms
        )


@contextmanager
def running_clinic(rooms: int, probed: Sequence[int]) -> Iterator[Clinic]:
    """Start a clinic in which every room has a session; the rooms ``probed`` (from 1) have our own oximeters.

    Raises: NotMeasured when it does not come up.
    """
    ids = [str(number) for number in range(1, rooms + 1)]
    ports = free_ports(2 * rooms + 1)
    probes = [
        Probe(ids[number - 1], ports[2 * number - 2], drift=0.002 + 0.001 * place)
        for place, number in enumerate(probed)
    ]
    with tempfile.TemporaryDirectory(prefix="chairside-benchmark-") as name, plugged_in(probes):
        folder = Path(name)
        config = folder / "config.toml"
        config.write_text(_config(ids, ports, {probe.room for probe in probes}), "utf-8")
        _give_past(folder / "data", ids)
        cookie = _signed_in(folder / "data")
        with _served(config, folder, ports[-1]) as server:
            clinic = Clinic(f"http://127.0.0.1:{ports[-1]}", cookie, ids, probes, psutil.Process(server.pid))
            deadline = time.monotonic() + START_S
            while not clinic.is_live():
                if server.poll() is not None or time.monotonic() > deadline:
                    raise NotMeasured(f"the clinic did not come up: {_last_line(folder / 'log')}")
                time.sleep(0.5)
            yield clinic


@contextmanager
def _served(config: Path, folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "app.py", "serve", "--config", str(config), "--data", str(folder / "data")]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*command, "--port", str(port)], cwd=ROOT, stdout=log, stderr=log)
        try:
            yield server
        finally:
            server.send_signal(signal.SIGTERM)
            try:
                server.wait(STOP_S)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _last_line(log: Path) -> str:
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"


def _config(rooms: Sequence[str], ports: Sequence[int], probed: set[str]) -> str:
    text = '[clinic]\nname = "Benchmark"\nlock_min = 120\n'
    for index, room in enumerate(rooms):
        oximeter = f'{{ name = "oximeter", protocol = "nonin_df7", port = "socket://127.0.0.1:{ports[2 * index]}" }}'
        cuff = (
            f'{{ name = "cuff", protocol = "suntech_advantage", port = "socket://127.0.0.1:{ports[2 * index + 1]}" }}'
        )
        simulated = room not in probed
        text += f'\n[[rooms]]\nid = "{room}"\nname = "Room {room}"\n'
        text += f"devices = [{oximeter}{f', {cuff}' if simulated else ''}]\n"
        text += f"simulation = {{ seed = {room} }}\n" if simulated else ""
    return text


def _signed_in(folder: Path) -> str:
    """The cookie of a nurse's browser."""
    at: Micros = time.time_ns() // 1000
    password = secrets.token_hex()
    Users(folder).add(PERSON, PERSON, "nurse", password, "2580", at)
    return f"{COOKIE}={SignIns(folder, LIFETIME, is_open=False).sign_in(PERSON, password, at)}"


def _give_past(folder: Path, rooms: Sequence[str]) -> None:
    """Open the sessions and fill the last two minutes, so that the curves on the board are full from the start."""
    now: Micros = time.time_ns() // 1000
    patients = {room: Patient(int(room)) for room in rooms}
    with RecordWriter(folder) as writer:
        for room in rooms:
            writer.append_events(_opening(room, now - (PAST_S + 5) * SECOND))
        for second in range(PAST_S):
            at = now - (PAST_S - second) * SECOND
            entries: list[Entry] = []
            for room, patient in patients.items():
                vitals = patient.vitals(second)
                for metric, value in ((Metric.SPO2, vitals.spo2), (Metric.PR, vitals.pr)):
                    entries.append((room, f"S{room}", Numeric(metric, round(value), at, at, "oximeter")))
            writer.append_second(at, entries)


def _opening(room: str, at: Micros) -> list[AnyEvent]:
    session = f"S{room}"
    opened = SessionOpened(
        at=at,
        by="benchmark",
        room=room,
        session=session,
        patient=f"K-{room}",
        weight_kg=70.0,
        protocol=PROTOCOL,
        dose_mg=35.0,
        cuff_interval_s=None,
    )
    measured = CuffMeasured(
        at=at,
        by="service",
        room=room,
        session=session,
        measured_at=at,
        sys=122.0,
        dia=76.0,
        map=91.0,
        pr=70.0,
        source="cuff",
        simulated=True,
    )
    return [opened, measured]


def free_ports(count: int) -> list[int]:
    """Ports below those that the system gives to outgoing connections, so that none is taken before it is used."""
    ports: list[int] = []
    candidate = random.randrange(12_000, 28_000)
    while len(ports) < count:
        candidate += 1
        try:
            socket.create_server(("127.0.0.1", candidate)).close()
        except OSError:
            continue
        ports.append(candidate)
    return ports
