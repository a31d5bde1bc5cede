"""Contec's communication protocol V7.0: CMS50D+ from firmware 4.6, CMS50E, CMS50F, CMS50I and their other brands.

A package is ``type high data...``. Only the type byte is below 80 (hex); bit i of ``high`` is bit 7 of ``data[i]``.
There is no checksum: a package is good when its length is that of its type, and a value is ``QUESTIONABLE`` until the
next package in a row repeats it. 115200 baud, 8N1, 60 live packages a second, kept alive by the host (protocol V7.0,
tables of package types and of commands).
"""

from __future__ import annotations

from devices.adapter import Vitals
from devices.framing import FramedDecoder
from devices.readings import (
    SECOND,
    ConditionKind,
    Metric,
    Micros,
    Numeric,
    Quality,
    Reading,
    Reply,
    ReplyKind,
    plausible,
)
from devices.waves import Segments

LIVE = 0x01
COMMAND_FEEDBACK = 0x0B
FREE_FEEDBACK = 0x0C
DISCONNECT = 0x0D
LENGTHS = {
    LIVE: 9,
    0x04: 9,
    0x05: 9,
    0x07: 8,
    0x08: 8,
    0x09: 6,
    0x0A: 4,
    COMMAND_FEEDBACK: 4,
    FREE_FEEDBACK: 2,
    DISCONNECT: 3,
    0x0E: 3,
    0x0F: 8,
    0x10: 3,
    0x11: 9,
    0x12: 8,
    0x15: 9,
}
"""Bytes of a package by its type. 09 and 0F hold stored values: they are passed over, never shown as live."""
UNDOCUMENTED = frozenset({0x02, 0x03, 0x06, 0x13, 0x14})
"""Types that devices send and no document lists; each ends where the next type byte begins."""

START_LIVE, STOP_LIVE, STOP_STORAGE, KEEP_ALIVE = 0xA1, 0xA2, 0xA7, 0xAF
REASONS = {
    0x01: "the oximeter was switched off",
    0x02: "the user was changed on the oximeter",
    0x03: "the oximeter is recording",
    0x04: "it could not delete",
    0x05: "the oximeter does not know this command",
}

FINGER_OUT = 0x80
SEARCHING_TOO_LONG = 0x10
SEARCHING = 0x80
PI_INVALID = 0x10
MISSING_PR = 0xFF
MISSING_SPO2 = 0x7F
MISSING_PI = 0xFFFF

PACKAGES_PER_SECOND = 60
SAMPLES_PER_SEGMENT = 12
REPEAT_AFTER = 30
"""Packages after which unchanged values are told again: half a second."""


def command(code: int) -> bytes:
    """A command to the oximeter; all are 9 bytes long."""
    return bytes([0x7D, 0x81, code | 0x80, *[0x80] * 6])


BEGIN = command(STOP_STORAGE) + command(STOP_LIVE) + command(START_LIVE)
"""Stopping first brings the device into a known state: live and stored data exclude each other."""


class ContecV7Decoder(FramedDecoder):
    """SpO2, PR and PI when they change and twice a second, PLETH 0..127 at 60 Hz."""

    def __init__(self, source: str = "", mark: Quality = Quality.OK, keep_alive: Micros = 5 * SECOND) -> None:
        super().__init__(source, mark)
        self._passing_over = False
        self._previous: dict[Metric, float | None] = {}
        self._told: dict[Metric, tuple[float | None, Quality]] = {}
        self._packages_since_told = 0
        self._wave = Segments(Metric.PLETH, PACKAGES_PER_SECOND, SAMPLES_PER_SEGMENT, 127, source, mark)
        self._keep_alive = keep_alive
        self._next_keep_alive: Micros | None = None
        self._silent_turns = 0

    def due(self, at: Micros) -> bytes:
        """The start of live data, then a keep-alive every few seconds; the start again when nothing comes."""
        if self._next_keep_alive is None:
            self._next_keep_alive = at + self._keep_alive
            return BEGIN
        if at < self._next_keep_alive:
            return b""
        self._next_keep_alive = at + self._keep_alive
        self._silent_turns += 1
        # Two turns without a live package: the device was off or unplugged behind a port that stayed open.
        if self._silent_turns > 2:
            self._silent_turns = 0
            return BEGIN
        return command(KEEP_ALIVE)

    def closing(self) -> bytes:
        """Stop the live data."""
        return command(STOP_LIVE)

    def _consume(self, start: int, at: Micros, readings: list[Reading]) -> int:
        """Use the bytes at ``start``; how many were used, 0 when more are needed to tell."""
        kind = self._buffer[start]
        length = LENGTHS.get(kind)
        if length is None:
            if kind < 0x80:
                self._passing_over = kind in UNDOCUMENTED
            return self._skip(1)
        self._passing_over = False
        rest = bytes(self._buffer[start + 1 : start + length])
        cut = next((place for place, byte in enumerate(rest) if byte < 0x80), None)
        if cut is not None:
            return self._skip(cut + 1)
        if len(rest) < length - 1:
            return 0
        data = [byte & 0x7F | (rest[0] >> bit & 1) << 7 for bit, byte in enumerate(rest[1:])]
        readings += self._take(kind, data, at)
        self._locked = True
        self.counters.frames += 1
        return length

    def _skip(self, count: int) -> int:
        self.counters.skipped += count
        if self._locked and not self._passing_over:
            self._locked = False
            self.counters.resyncs += 1
            self._previous.clear()
            self._wave.interrupt()
        return count

    def _take(self, kind: int, data: list[int], at: Micros) -> list[Reading]:
        if kind == LIVE:
            self._silent_turns = 0
            return self._live(data, at)
        if kind == COMMAND_FEEDBACK:
            return [self._feedback(data[1], at)]
        if kind == FREE_FEEDBACK:
            return [Reply(ReplyKind.ACCEPTED, at, self._source)]
        if kind == DISCONNECT:
            reason = REASONS.get(data[0], "it gave no reason")
            text = f"The oximeter ended the connection: {reason}. Switch it on to go on."
            return [Reply(ReplyKind.FAILED, at, self._source, text)]
        return []

    def _feedback(self, reason: int, at: Micros) -> Reply:
        if reason == 0:
            return Reply(ReplyKind.ACCEPTED, at, self._source)
        text = f"The oximeter refused a command: {REASONS.get(reason, 'it gave no reason')}."
        return Reply(ReplyKind.REFUSED, at, self._source, text)

    def _live(self, data: list[int], at: Micros) -> list[Reading]:
        finger_out = bool(data[0] & FINGER_OUT)
        searching = bool(data[0] & SEARCHING_TOO_LONG or data[1] & SEARCHING)
        readings: list[Reading] = [
            *self._conditions.update(ConditionKind.SENSOR_OFF, finger_out, at),
            *self._conditions.update(ConditionKind.SEARCHING, searching, at),
        ]
        values: dict[Metric, float | None] = {Metric.PI: None, Metric.SPO2: None, Metric.PR: None}
        if not (finger_out or searching):
            values = _values(data)
        readings += self._changed_or_due(values, at)
        if finger_out:
            self._wave.interrupt()
        else:
            readings += self._wave.add(data[1] & 0x7F, at)
        return readings

    def _changed_or_due(self, values: dict[Metric, float | None], at: Micros) -> list[Reading]:
        latest = {metric: (value, self._trust(metric, value)) for metric, value in values.items()}
        self._previous = values
        self._packages_since_told += 1
        if latest == self._told and self._packages_since_told < REPEAT_AFTER:
            return []
        self._told = latest
        self._packages_since_told = 0
        return [
            Numeric(metric, value, at, at, self._source, self._mark | quality)
            for metric, (value, quality) in latest.items()
        ]

    def _trust(self, metric: Metric, value: float | None) -> Quality:
        confirmed = value is None or self._previous.get(metric) == value
        return Quality.OK if confirmed else Quality.QUESTIONABLE


def _values(data: list[int]) -> dict[Metric, float | None]:
    """The perfusion index first: it says how much the others count."""
    pr, spo2, pi = data[3], data[4], data[5] | data[6] << 8
    pi_known = pi != MISSING_PI and not data[2] & PI_INVALID
    return {
        Metric.PI: plausible(Metric.PI, pi / 100) if pi_known else None,
        Metric.SPO2: None if spo2 == MISSING_SPO2 else plausible(Metric.SPO2, spo2),
        Metric.PR: None if pr == MISSING_PR else plausible(Metric.PR, pr),
    }


def package(kind: int, *data: int) -> bytes:
    """A package as the oximeter sends it."""
    high = sum((byte >> 7) << bit for bit, byte in enumerate(data))
    return bytes([kind, 0x80 | high, *(byte | 0x80 for byte in data)])


class ContecV7Emulator:
    """A CMS50D+ that sends live data on request. The attributes are faults that a test or a scenario may set."""

    rate_hz: float = PACKAGES_PER_SECOND
    COMMAND_LENGTH = 9
    KNOWN = frozenset({START_LIVE, STOP_LIVE, STOP_STORAGE, KEEP_ALIVE})

    def __init__(self, keep_alive_s: float = 60.0) -> None:
        self.keep_alive_s = keep_alive_s
        self.pi_supported = True
        self.searching = False
        self._received = bytearray()
        self._packages_left = 0

    def receive(self, data: bytes) -> bytes:
        """Obey start, stop and keep-alive; refuse what it does not know."""
        self._received += data
        answers = bytearray()
        while (begin := self._received.find(0x7D)) >= 0:
            del self._received[:begin]
            if len(self._received) < self.COMMAND_LENGTH:
                return bytes(answers)
            answers += self._obey(self._received[2])
            del self._received[: self.COMMAND_LENGTH]
        self._received.clear()
        return bytes(answers)

    def _obey(self, code: int) -> bytes:
        if code not in self.KNOWN:
            return package(COMMAND_FEEDBACK, code, 0x05)
        if code in (STOP_LIVE, STOP_STORAGE):
            self._packages_left = 0
            return package(FREE_FEEDBACK)
        if code == START_LIVE or self._packages_left:
            self._packages_left = round(self.keep_alive_s * self.rate_hz)
        return b""

    def power_off(self) -> bytes:
        """What it sends last when somebody switches it off."""
        self._packages_left = 0
        return package(DISCONNECT, 0x01)

    def step(self, vitals: Vitals) -> bytes:
        """One live package, while the host keeps it alive."""
        if not self._packages_left:
            return b""
        self._packages_left -= 1
        if not vitals.attached:
            return package(LIVE, FINGER_OUT, 64, PI_INVALID, MISSING_PR, MISSING_SPO2, 0xFF, 0xFF)
        pleth = round(min(max(vitals.pleth, 0.0), 1.0) * 127)
        if self.searching or not vitals.pulse:
            return package(LIVE, 0, pleth | SEARCHING, PI_INVALID, MISSING_PR, MISSING_SPO2, 0xFF, 0xFF)
        pi = min(round(vitals.pi * 100), 2200) if self.pi_supported else MISSING_PI
        bar = round(pleth / 127 * 15) | (0 if self.pi_supported else PI_INVALID)
        return package(LIVE, 5, pleth, bar, min(round(vitals.pr), 254), round(vitals.spo2), pi & 0xFF, pi >> 8)
