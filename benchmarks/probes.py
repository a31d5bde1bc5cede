"""Oximeters whose SpO2 changes on a known schedule, and who note when they wrote each change."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import cycle

from benchmarks.delays import Change
from devices.adapter import Vitals
from devices.oximeters.nonin_df7 import NoninDf7Emulator
from devices.oximeters.nonin_packet import FRAMES_PER_PACKET, FRAMES_PER_SECOND

STEPS = (95, 96, 97, 98, 99)
PACKETS_A_STEP = 2
CRISES = (83, 97)
"""Below the severe limit of every shipped protocol, and well again."""
PACKETS_A_CRISIS = 4


class Probe:
    """A Nonin OEM III in data format 7 on a port of its own. ``drift`` is by how much its crystal runs fast: without,
    its packets would keep their place between the ticks of the service for the whole run.
    """

    def __init__(self, room: str, port: int, drift: float) -> None:
        self.room = room
        self.port = port
        self.written: list[Change] = []
        self._frame_s = 1 / (FRAMES_PER_SECOND * (1 + drift))
        self._plan: Iterator[int] = cycle([97])

    def follow(self, values: Sequence[int], packets_each: int) -> None:
        """Send these values over and over, each in so many packets; three packets a second. ``written`` begins anew,
        with what stands now.
        """
        self._plan = cycle([value for value in values for _ in range(packets_each)])
        self.written = self.written[-1:]

    async def converse(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send to one caller until it hangs up."""
        with suppress(ConnectionError):
            await self._send(writer)
        writer.close()

    async def _send(self, writer: asyncio.StreamWriter) -> None:
        """Write frame by frame. A packet's numbers are known with the last byte of its last frame, and not before."""
        emulator, vitals = NoninDf7Emulator(), Vitals()
        loop = asyncio.get_running_loop()
        due = loop.time()
        while not writer.is_closing():
            vitals.spo2 = next(self._plan)
            for place in range(FRAMES_PER_PACKET):
                frame = emulator.step(vitals)
                due += self._frame_s
                await asyncio.sleep(due - loop.time())
                if place == FRAMES_PER_PACKET - 1:
                    self.written.append(Change(self.room, f"{vitals.spo2:.0f}", time.time()))
                writer.write(frame)
                await writer.drain()


@contextmanager
def plugged_in(probes: Sequence[Probe]) -> Iterator[None]:
    """Run the probes in a thread of their own."""
    ready = threading.Event()
    stop: list[Callable[[], object]] = []

    async def run() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        stop.append(lambda: loop.call_soon_threadsafe(stopping.set))
        for probe in probes:
            await asyncio.start_server(probe.converse, "127.0.0.1", probe.port)
        ready.set()
        await stopping.wait()

    thread = threading.Thread(target=lambda: asyncio.run(run()), name="probes", daemon=True)
    thread.start()
    ready.wait(10)
    try:
        yield
    finally:
        stop[0]()
        thread.join(10)
