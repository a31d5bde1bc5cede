"""What Nonin's serial data formats 2, 7 and 8 share (Nonin OEM III specification; 9560 and 3150 Bluetooth manuals).

Finding frames in a stream, the command that selects a format with its answers, and the display whose numbers stay for
10 s after the finger left.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from devices.adapter import Vitals
from devices.framing import FramedDecoder
from devices.readings import (
    SECOND,
    Metric,
    Micros,
    Numeric,
    Quality,
    Reading,
    Reply,
    ReplyKind,
    plausible,
)

LOW_BATTERY = 0x01
MISSING_PR = 511
MISSING_SPO2 = 127

ACK = 0x06
NAK = 0x15
SELECT_FOR: Micros = 5 * SECOND


def select_command(data_format: int) -> bytes:
    """The command that makes a 3150 or 9560 send this data format."""
    return bytes([0x02, 0x70, 0x02, 0x02, data_format, 0x03])


class Selection:
    """Asks for a data format once a second until the device agrees; it listens only 5 s after connecting."""

    def __init__(self, data_format: int, source: str) -> None:
        self._format = data_format
        self._source = source
        self._first: Micros | None = None
        self._next: Micros = 0
        self._accepted = False

    def due(self, at: Micros) -> bytes:
        """The command, when it is time for it."""
        if self._first is None:
            self._first = self._next = at
        if self._accepted or at < self._next or at - self._first > SELECT_FOR:
            return b""
        self._next = at + SECOND
        return select_command(self._format)

    def answer(self, byte: int, at: Micros) -> Reply:
        """What an ACK or NAK means."""
        if byte == ACK:
            self._accepted = True
            return Reply(ReplyKind.ACCEPTED, at, self._source, f"The oximeter sends data format {self._format}.")
        text = f"The oximeter refused data format {self._format}. Switch it off and on, then connect again."
        return Reply(ReplyKind.REFUSED, at, self._source, text)


class NoninDecoder(FramedDecoder):
    """Finds frames, tells answers from frames, and asks for the format where ``select`` says so."""

    data_format: ClassVar[int]
    frame_length: ClassVar[int]
    frames_to_lock: ClassVar[int]
    """How many good frames must stand in a row before the first of them is believed."""

    def __init__(self, source: str = "", mark: Quality = Quality.OK, select: bool = False) -> None:
        super().__init__(source, mark)
        self._selection = Selection(self.data_format, source)
        self._selecting = select

    def due(self, at: Micros) -> bytes:
        """The format selection while it is unanswered; nothing else is ever sent."""
        return self._selection.due(at) if self._selecting else b""

    def closing(self) -> bytes:
        """Nothing: the device just goes on sending."""
        return b""

    def _consume(self, start: int, at: Micros, readings: list[Reading]) -> int:
        if self._buffer[start] in (ACK, NAK) and self._answer_expected():
            answer_end = start + 1
            if self._locked and self.frames_to_lock > 1:
                # A damaged lead byte can look like an answer; the frame that follows a true one tells.
                following = self._frame(answer_end)
                if len(following) < self.frame_length:
                    return 0
                if not self._is_legal(following):
                    return self._skip(self._frame(start))
            readings.append(self._selection.answer(self._buffer[start], at))
            return 1
        ahead = 1 if self._locked else self.frames_to_lock
        for number in range(ahead):
            frame = self._frame(start + number * self.frame_length)
            if len(frame) < self.frame_length:
                return 0
            if not self._is_legal(frame):
                return self._skip(frame)
        readings += self._take(self._frame(start), at)
        self._locked = True
        self.counters.frames += 1
        return self.frame_length

    def _frame(self, start: int) -> bytes:
        return bytes(self._buffer[start : start + self.frame_length])

    def _answer_expected(self) -> bool:
        """True between frames, and before the first byte of a connection that asked for something."""
        nothing_yet = not self.counters.frames and not self.counters.skipped
        return self._locked or (self._selecting and nothing_yet)

    def _skip(self, frame: bytes) -> int:
        """Give up one byte, and the lock."""
        if self._locked:
            self._locked = False
            self.counters.resyncs += 1
            self._lose_lock(frame)
        self.counters.skipped += 1
        return 1

    @abstractmethod
    def _is_legal(self, frame: bytes) -> bool: ...

    @abstractmethod
    def _take(self, frame: bytes, at: Micros) -> list[Reading]: ...

    @abstractmethod
    def _lose_lock(self, frame: bytes) -> None:
        """Forget what is half done; ``frame`` is the one that failed."""

    def _numerics(self, spo2: float | None, pr: float | None, at: Micros, quality: Quality) -> list[Reading]:
        return [
            Numeric(metric, None if value is None else plausible(metric, value), at, at, self._source, quality)
            for metric, value in ((Metric.SPO2, spo2), (Metric.PR, pr))
        ]


class Display:
    """The numbers on the device's own screen: renewed every 1.5 s, kept for 10 s after the finger left."""

    REFRESH_S = 1.5
    HOLD_S = 10.0

    def __init__(self) -> None:
        self.spo2 = MISSING_SPO2
        self.pr = MISSING_PR
        self._age_s = self.HOLD_S

    def pass_time(self, seconds: float, vitals: Vitals, connected: bool) -> None:
        """Show what the sensor feels now, or go on with the last numbers."""
        self._age_s += seconds
        if vitals.attached and vitals.pulse and connected:
            if self._age_s >= self.REFRESH_S or self.spo2 == MISSING_SPO2:
                self.spo2, self.pr = round(vitals.spo2), round(vitals.pr)
                self._age_s = 0.0
        elif self._age_s >= self.HOLD_S:
            self.spo2, self.pr = MISSING_SPO2, MISSING_PR


class NoninEmulator:
    """A device that answers the format command. The attributes are faults that a test or a scenario may set."""

    data_format: ClassVar[int]
    LOW_PI = 0.5
    FAIR_PI = 1.0

    def __init__(self) -> None:
        self.connected = True
        self.artifact = False
        self.out_of_track = False
        self.low_battery = False
        self._display = Display()
        self._received = bytearray()

    def receive(self, data: bytes) -> bytes:
        """ACK for the format that this emulator sends, NAK for any other; other commands get no answer."""
        self._received += data
        answers = bytearray()
        while (begin := self._received.find(0x02)) >= 0:
            del self._received[:begin]
            end = self._received[2] + 4 if len(self._received) > 2 else 0
            if not end or len(self._received) < end:
                break
            if self._received[end - 1] != 0x03:
                del self._received[0]
                continue
            if self._received[1] == 0x70:
                answers.append(ACK if self._received[4] == self.data_format else NAK)
            del self._received[:end]
        else:
            self._received.clear()
        return bytes(answers)
