"""The module's side of the SunTech Advantage protocol, with a cuff on an arm."""

from __future__ import annotations

from typing import ClassVar

from devices.adapter import Vitals
from devices.cuffs.suntech_frames import (
    ABORT,
    ABORTED,
    ASK_PRESSURE,
    ASK_RESULT,
    BUSY,
    ERROR,
    EXECUTED,
    HOST,
    LEAK,
    MODULE,
    RECEIVED,
    RESULT_LENGTH,
    UNRECOGNISED,
    framed,
)


class SunTechEmulator:
    """An Advantage module with a cuff on an arm. The attributes are faults that a test or a scenario may set."""

    rate_hz: float = 5.0
    INFLATE_PER_S, DEFLATE_PER_S, DUMP_PER_S = 25.0, 6.0, 100.0
    LEAKING_AT, LEAK_AFTER_S = 30.0, 10.0
    COMMAND_LENGTHS: ClassVar[dict[int, int]] = {0x20: 3, 0x28: 3, 0x87: 3, 0x79: 5, 0x17: 5, 0x0C: 6}
    START_COMMANDS = (0x20, 0x28, 0x87)

    def __init__(self, speed: float = 1.0) -> None:
        self.speed = speed
        self.error = 0
        """Error code of the next results; 0 is a good reading."""
        self.refuse = 0
        """Letter that answers a start instead of ``O``, such as ``BUSY``; 0 is none."""
        self.silent = False
        self.forgets_completion = False
        """Sends no ``K`` at the end."""
        self.bad_checksum_every = 0
        self.pressure = 0.0
        self._frames = 0
        self._received = bytearray()
        self._running = False
        self._target: float | None = None
        self._inflating_s = 0.0
        self._result = self._encode(0, 0, 0, 0, 0)

    @property
    def running(self) -> bool:
        """True while a measurement runs."""
        return self._running

    def receive(self, data: bytes) -> bytes:
        """Obey or refuse each whole command."""
        self._received += data
        answers = bytearray()
        while (begin := self._received.find(HOST)) >= 0:
            del self._received[:begin]
            if len(self._received) < 2:
                break
            length = self.COMMAND_LENGTHS.get(self._received[1], 3)
            if len(self._received) < length:
                break
            command = bytes(self._received[:length])
            if sum(command) & 0xFF:
                del self._received[0]
                answers += self._send(MODULE, 4, ERROR)
                continue
            del self._received[:length]
            answers += self._obey(command)
        else:
            self._received.clear()
        return b"" if self.silent else bytes(answers)

    def _obey(self, command: bytes) -> bytes:
        if command[1] in self.START_COMMANDS:
            return self._send(MODULE, 4, self._start())
        if command == ABORT:
            self._finish(self._encode(0, 0, 0, 0, 86))
            return self._send(MODULE, 4, ABORTED)
        if command == ASK_PRESSURE:
            return self._send(MODULE, 5, *round(self.pressure).to_bytes(2, "little"))
        if command == ASK_RESULT:
            return self._send(MODULE, 4, BUSY) if self._running else self._send(*self._result)
        return self._send(MODULE, 4, RECEIVED if command[1] in self.COMMAND_LENGTHS else UNRECOGNISED)

    def _start(self) -> int:
        if self.refuse or self._running:
            return self.refuse or BUSY
        self._running = True
        self._target = None
        self._inflating_s = 0.0
        return RECEIVED

    def step(self, vitals: Vitals) -> bytes:
        """Go on with the measurement; ``K`` when it ends."""
        seconds = self.speed / self.rate_hz
        if not self._running:
            self.pressure = max(0.0, self.pressure - self.DUMP_PER_S * seconds)
            return b""
        finished = self._inflate_or_deflate(vitals, seconds)
        if not finished:
            return b""
        leak = not vitals.attached
        self._finish(self._measure(vitals, self.error or (LEAK if leak else 0)))
        return b"" if self.silent or self.forgets_completion else self._send(MODULE, 4, EXECUTED)

    def _inflate_or_deflate(self, vitals: Vitals, seconds: float) -> bool:
        """Move the pressure; true when the measurement is over."""
        if not vitals.attached:
            self._inflating_s += seconds
            self.pressure = self.LEAKING_AT
            return self._inflating_s >= self.LEAK_AFTER_S
        if self._target is None:
            self.pressure += self.INFLATE_PER_S * seconds
            target = max(160.0, vitals.sys + 40)
            if self.pressure >= target:
                self._target = self.pressure = target
            return False
        self.pressure -= self.DEFLATE_PER_S * seconds
        return self.pressure <= vitals.dia - 10

    def _measure(self, vitals: Vitals, error: int) -> bytes:
        if error:
            return self._encode(0, 0, 0, 0, error)
        return self._encode(round(vitals.sys), round(vitals.dia), round(vitals.map), min(round(vitals.pr), 255), 0)

    def _finish(self, result: bytes) -> None:
        if self._running:
            self._running = False
            self._result = result

    @staticmethod
    def _encode(sys: int, dia: int, mean: int, pr: int, error: int) -> bytes:
        """The data frame without its checksum."""
        pressures = sys.to_bytes(2, "little") + dia.to_bytes(2, "little")
        beats = bytes([0 if error else 18])
        return (
            bytes([MODULE, RESULT_LENGTH])
            + pressures
            + beats
            + bytes(9)
            + bytes([pr, 0])
            + mean.to_bytes(2, "little")
            + bytes([error, 0, 0])
        )

    def _send(self, *body: int) -> bytes:
        self._frames += 1
        frame = framed(*body)
        if self.bad_checksum_every and self._frames % self.bad_checksum_every == 0:
            return frame[:-1] + bytes([frame[-1] ^ 0x55])
        return frame
