"""Puts an emulated device on a TCP port or a pty, as a real one hangs on a serial server or a USB adapter."""

from __future__ import annotations

import asyncio
import os
import time
import tty
from collections.abc import Callable
from contextlib import suppress

from devices.adapter import Emulator, Vitals

BURST_S = 0.05
"""Devices behind USB adapters deliver in bursts of about this length."""

LONGEST_NAP_S = 0.2
"""The clock may have stood when the nap began."""

READ_SIZE = 4096


class DeviceHost:
    """Runs one emulator for one caller at a time and lets it be unplugged and silenced.

    ``vitals`` gives what the sensor feels at a time of the clock ``now``, in seconds.
    """

    def __init__(
        self,
        emulator: Callable[[], Emulator],
        vitals: Callable[[float], Vitals],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._new_emulator = emulator
        self._vitals = vitals
        self._now = now
        self._server: asyncio.Server | None = None
        self._port = 0
        self._conversations: dict[asyncio.Task[None], _Caller] = {}
        self.silent = False
        """While set, the device sends and answers nothing although it is plugged in."""
        self.emulator: Emulator | None = None
        """The device as its newest caller has it."""

    async def listen(self, port: int) -> int:
        """Plug the device in: accept callers on a loopback port (0: any free one). Returns the port."""
        self._server = await asyncio.start_server(self._converse, "127.0.0.1", port)
        self._port = self._server.sockets[0].getsockname()[1]
        return self._port

    async def unplug(self) -> None:
        """Pull the plug: the port vanishes and whoever was connected is cut off."""
        if self._server is None:
            return
        self._server.close()
        self._server = None
        for conversation in list(self._conversations):
            conversation.cancel()
        await asyncio.gather(*self._conversations, return_exceptions=True)

    async def plug_in(self) -> None:
        """Plug the device in again where it was."""
        if self._server is None:
            await self.listen(self._port)

    @property
    def plugged_in(self) -> bool:
        """Whether callers can reach the device."""
        return self._server is not None

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - start_server runs every caller in a task
        emulator = self.emulator = self._new_emulator()
        caller = self._conversations[task] = _Caller(emulator, writer, self._now())
        listening = asyncio.create_task(self._listen(emulator, reader, writer))
        try:
            while not listening.done():
                self._play_to(caller)
                await writer.drain()
                await asyncio.sleep(min(max(BURST_S, caller.next_step - self._now()), LONGEST_NAP_S))
        except (ConnectionError, asyncio.CancelledError):
            # The caller hung up, or the plug was pulled: both end the conversation and nothing else.
            pass
        finally:
            listening.cancel()
            del self._conversations[task]
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def _listen(self, emulator: Emulator, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(READ_SIZE):
            answer = emulator.receive(data)
            if answer and not self.silent:
                writer.write(answer)

    def play(self) -> None:
        """Send at once what is due by now; otherwise that is done in bursts by itself."""
        for caller in self._conversations.values():
            self._play_to(caller)

    def _play_to(self, caller: _Caller) -> None:
        burst = bytearray()
        while caller.next_step <= self._now():
            burst += caller.emulator.step(self._vitals(caller.next_step))
            caller.next_step += caller.step
        if burst and not self.silent and not caller.writer.is_closing():
            caller.writer.write(burst)


class _Caller:
    """Who is connected, and up to when the device was played to them."""

    def __init__(self, emulator: Emulator, writer: asyncio.StreamWriter, now: float) -> None:
        self.emulator = emulator
        self.writer = writer
        self.step = 1 / emulator.rate_hz
        self.next_step = now


async def serve_pty(emulator: Emulator, vitals: Callable[[float], Vitals], announce: Callable[[str], None]) -> None:
    """Run an emulator on a pseudo terminal until cancelled; ``announce`` is told the name to open."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.set_blocking(ours, False)
    announce(os.ttyname(theirs))
    loop = asyncio.get_running_loop()

    def answer() -> None:
        with suppress(BlockingIOError):
            os.write(ours, emulator.receive(os.read(ours, READ_SIZE)))

    loop.add_reader(ours, answer)
    step, next_step = 1 / emulator.rate_hz, loop.time()
    try:
        while True:
            while next_step <= loop.time():
                with suppress(BlockingIOError):
                    # Nobody reads: the terminal's buffer is full, and a real device's bytes would be lost, too.
                    os.write(ours, emulator.step(vitals(next_step)))
                next_step += step
            await asyncio.sleep(max(BURST_S, next_step - loop.time()))
    finally:
        loop.remove_reader(ours)
        os.close(ours)
        os.close(theirs)
