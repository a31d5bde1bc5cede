"""Starts the clinic's processes and starts again what dies: the service, the web, and the simulator if it is needed."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from monitor.config import Config
from monitor.lifeline import SUPERVISED
from monitor.record.lock import FolderLock
from monitor.service.bus import BusAddress

LOOK_EVERY_S = 0.05
QUICK_DEATH_S = 3.0
PAUSES_S = (0.0, 0.0, 0.4, 0.8, 1.6, 3.2, 5.0)
"""Before the next start, by the number of quick deaths in a row."""
GRACE_S = 15.0
"""Longer than the service needs to close its links and to write what waits."""
ROOT = Path(__file__).parent.parent

log = logging.getLogger(__name__)


class PortTaken(Exception):
    """The address of the web page is in use."""


@dataclass
class _Child:
    """One process that should always run. After quick deaths in a row it is started with growing pauses."""

    module: str
    arguments: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    start_at: float = 0.0
    quick_deaths: int = field(default=0)

    def look(self) -> None:
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            log.warning("%s ended with code %s; it is started again", self.module, self.process.returncode)
            self.process = None
            self._wait(now, quick=now - self.started < QUICK_DEATH_S)
        if self.process is None and now >= self.start_at:
            self.started = now
            try:
                self.process = self._spawn()
            except OSError as error:
                # Out of processes or file handles: the other parts must go on, and this one may work later.
                log.error("%s cannot be started: %s", self.module, error)
                self._wait(now, quick=True)

    def _wait(self, now: float, quick: bool) -> None:
        """Start again at once after a long life, with growing pauses after short ones."""
        self.quick_deaths = self.quick_deaths + 1 if quick else 0
        pause = PAUSES_S[min(self.quick_deaths, len(PAUSES_S) - 1)]
        self.start_at = now + pause

    def _spawn(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", self.module, *self.arguments],
            stdin=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {SUPERVISED: "1"},
            start_new_session=True,
        )


def run(config: Config, folder: Path, host: str, port: int, speed: float = 1.0) -> None:
    """Run the clinic until interrupted, its time ``speed`` times as fast as real.

    Raises: FolderInUse if another Chairside runs on the folder, PortTaken if the web address is not free.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder):
        _check_port(host, port)
        BusAddress.create(folder)
        places = ["--config", str(config.path.resolve()), "--data", str(folder.resolve())]
        children = [
            _Child("monitor.service", [*places, "--speed", str(speed)]),
            _Child("monitor.web", [*places, "--host", host, "--port", str(port)]),
        ]
        if any(room.simulated for room in config.rooms):
            children.insert(0, _Child("monitor.simulator", places))
        _watch(children, host, port)


def _watch(children: list[_Child], host: str, port: int) -> None:
    stopping = False

    def stop(*_: object) -> None:
        nonlocal stopping
        stopping = True

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    announced = False
    while not stopping:
        for child in children:
            child.look()
        if not announced and _answers(host, port):
            announced = True
            print(f"Chairside runs at http://{host}:{port}  (Ctrl+C stops it)", flush=True)  # noqa: T201
        time.sleep(LOOK_EVERY_S)
    for child in reversed(children):
        if child.process is not None:
            child.process.terminate()
    for child in children:
        if child.process is not None:
            try:
                child.process.wait(GRACE_S)
            except subprocess.TimeoutExpired:
                child.process.kill()


def _check_port(host: str, port: int) -> None:
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise PortTaken(f"{host}:{port} cannot be used: {error.strerror}. Choose another with --port.") from error


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=0.2).close()
    except OSError:
        return False
    return True
