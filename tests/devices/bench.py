"""A test bench for links: emulated devices on real ports, a clock that needs no waiting, and an ear for readings."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from devices.adapter import Emulator, Vitals
from devices.link import Link
from devices.readings import SECOND, Condition, ConditionKind, Metric, Micros, Numeric, Quality, Reading
from devices.registry import PROTOCOLS
from devices.simulation.host import DeviceHost
from tests.devices.captures import AT

T = TypeVar("T")
DEADLINE_S = 8.0


def until(true: Callable[[], T], what: str, deadline_s: float = DEADLINE_S) -> T:
    """Wait until something is true, and give it back."""
    end = time.monotonic() + deadline_s
    while not (found := true()):
        assert time.monotonic() < end, f"waited {deadline_s:g} s in vain until {what}"
        time.sleep(0.005)
    return found


class Clock:
    """Goes on by a step whenever it is asked, so that three seconds of silence take no three seconds."""

    def __init__(self, step: Micros = SECOND // 5) -> None:
        self.at = AT
        self._step = step

    def __call__(self) -> Micros:
        self.at += self._step
        return self.at


class Ear:
    """Takes what a link tells, in order; ``hold_up`` makes the link wait in the middle of telling."""

    def __init__(self) -> None:
        self.heard: list[Reading] = []
        self.threads: set[str] = set()
        self._free = threading.Event()
        self._free.set()

    def __call__(self, _: Link, readings: list[Reading]) -> None:
        self.threads.add(threading.current_thread().name)
        self.heard += readings
        self._free.wait(DEADLINE_S)

    @contextmanager
    def hold_up(self) -> Iterator[None]:
        self._free.clear()
        try:
            yield
        finally:
            self._free.set()

    def numbers(self, metric: Metric = Metric.SPO2, since: int = 0) -> list[float]:
        return [
            each.value
            for each in self.heard[since:]
            if isinstance(each, Numeric) and each.metric is metric and each.value is not None
        ]

    def states(self, kind: ConditionKind) -> list[bool]:
        return [each.active for each in self.heard if isinstance(each, Condition) and each.kind is kind]

    def is_now(self, kind: ConditionKind) -> bool:
        return self.states(kind)[-1:] == [True]


@contextmanager
def running(link: Link) -> Iterator[Link]:
    link.start()
    try:
        yield link
    finally:
        link.stop()
        link.join()


def link_to(port: str, ear: Ear, protocol: str = "nonin_df2", now: Callable[[], Micros] | None = None) -> Link:
    info = PROTOCOLS[protocol]
    return Link("device", port, info.port, lambda: info.decoder("device", Quality.OK), ear, now or Clock())


class Loop:
    """An event loop in a thread of its own, for emulators."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="emulators", daemon=True)
        self._thread.start()

    def run(self, what: Coroutine[None, None, T]) -> T:
        return asyncio.run_coroutine_threadsafe(what, self.loop).result(DEADLINE_S)

    def close(self) -> None:
        self.run(self._end_all())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    @staticmethod
    async def _end_all() -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


class Device:
    """An emulated device on a loopback port."""

    def __init__(self, loop: Loop, protocol: str = "nonin_df2") -> None:
        self.vitals = Vitals(spo2=97, pr=70)
        self.felt = 0
        """How often a sensor asked what it feels."""
        self.emulators: list[Emulator] = []
        self._loop = loop
        self._new_emulator = PROTOCOLS[protocol].emulator
        self.host = DeviceHost(self._made, self._feel)
        self.port = f"socket://127.0.0.1:{loop.run(self.host.listen(0))}"

    def _made(self) -> Emulator:
        self.emulators.append(self._new_emulator())
        return self.emulators[-1]

    def _feel(self, _: float) -> Vitals:
        self.felt += 1
        return self.vitals

    def unplug(self) -> None:
        self._loop.run(self.host.unplug())

    def plug_in(self) -> None:
        self._loop.run(self.host.plug_in())


class RawPort:
    """A TCP port that a test speaks on byte by byte."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.settimeout(DEADLINE_S)
        self.port = f"socket://127.0.0.1:{self._listener.getsockname()[1]}"
        self._callers: list[socket.socket] = []

    def accept(self) -> socket.socket:
        caller, _ = self._listener.accept()
        caller.settimeout(DEADLINE_S)
        self._callers.append(caller)
        return caller

    def close(self) -> None:
        for each in (*self._callers, self._listener):
            each.close()


def received(caller: socket.socket, wanted: bytes) -> bytes:
    """What the host sends, up to and with the wanted bytes."""
    data = b""
    while wanted not in data:
        more = caller.recv(4096)
        assert more, f"the host hung up after {data!r}"
        data += more
    return data


def of_kind(readings: Iterable[Reading], kind: ConditionKind) -> list[Condition]:
    return [each for each in readings if isinstance(each, Condition) and each.kind is kind]
