"""What Nonin's formats 2 and 7 share: frames with one slot each, 25 of them a packet (Nonin OEM III specification).

Both send 75 frames a second of 5 bytes; each frame carries one status byte, one pleth sample and one slot. Frame 1
alone has the sync bit. A slot's meaning is nothing but its place, so a packet with a lost, doubled or damaged frame
gives no numbers at all.

Only the slots that go blank as soon as the finger leaves are read. The display slots ("-D") keep the last number for
10 s after that.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar

from devices.adapter import Vitals
from devices.oximeters.nonin import LOW_BATTERY, MISSING_PR, MISSING_SPO2, NoninDecoder, NoninEmulator
from devices.readings import ConditionKind, Metric, Micros, Quality, Reading
from devices.waves import Segments

ALWAYS = 0x80
DISCONNECTED = 0x40
ARTIFACT = 0x20
OUT_OF_TRACK = 0x10
SENSOR_ALARM = 0x08
PERFUSION = 0x06
RED = 0x04
GREEN = 0x02
SYNC = 0x01

FRAMES_PER_PACKET = 25
FRAMES_PER_SECOND = 75
SAMPLES_PER_SEGMENT = 15
TIMER_PERIOD = 1 << 14


def checksum(body: bytes) -> int:
    """The last byte of a frame in formats 2 and 7: the low byte of the sum of the others."""
    return sum(body) & 0xFF


class PacketDecoder(NoninDecoder):
    """Formats 2 and 7: pleth at 75 Hz, SpO2 and pulse rate three times a second."""

    frame_length = 5
    frames_to_lock = 2
    full_scale: ClassVar[int]

    def __init__(self, source: str = "", mark: Quality = Quality.OK, select: bool = False) -> None:
        super().__init__(source, mark, select)
        self._slots = bytearray()
        self._status_seen = 0
        self._perfusion_was_low = False
        self._wave = Segments(Metric.PLETH, FRAMES_PER_SECOND, SAMPLES_PER_SEGMENT, self.full_scale, source, mark)
        self._low_perfusion = False
        self._timer: int | None = None
        self._timer_counts = False

    @abstractmethod
    def _has_fixed_bits(self, frame: bytes) -> bool:
        """True when the bits that never change are as they must be."""

    @abstractmethod
    def _parts(self, frame: bytes) -> tuple[int, int, int]:
        """Status, pleth sample and slot."""

    def _is_legal(self, frame: bytes) -> bool:
        return self._has_fixed_bits(frame) and checksum(frame[:-1]) == frame[-1]

    def _lose_lock(self, frame: bytes) -> None:
        self.counters.bad_checksums += checksum(frame[:-1]) != frame[-1]
        self._wave.interrupt()
        self._abandon_packet()

    def _abandon_packet(self) -> None:
        self._slots.clear()
        self._timer = None

    def _take(self, frame: bytes, at: Micros) -> list[Reading]:
        status, sample, slot = self._parts(frame)
        readings: list[Reading] = []
        self._tell_conditions(status, at, readings)
        self._add_sample(status, sample, at, readings)
        self._add_slot(status, slot, at, readings)
        return readings

    def _tell_conditions(self, status: int, at: Micros, readings: list[Reading]) -> None:
        no_finger = bool(status & (SENSOR_ALARM | DISCONNECTED))
        if no_finger:
            self._low_perfusion = False
        elif status & PERFUSION:
            # Both bits mean yellow. No bit says nothing: they show only for 160 ms at each beat.
            self._low_perfusion = status & PERFUSION == RED
        update = self._conditions.update
        readings += update(ConditionKind.SENSOR_OFF, bool(status & SENSOR_ALARM), at)
        readings += update(ConditionKind.NO_SENSOR, bool(status & DISCONNECTED), at)
        readings += update(ConditionKind.SEARCHING, bool(status & OUT_OF_TRACK), at)
        readings += update(ConditionKind.LOW_PERFUSION, self._low_perfusion, at)

    def _add_sample(self, status: int, sample: int, at: Micros, readings: list[Reading]) -> None:
        if status & (SENSOR_ALARM | DISCONNECTED):
            self._wave.interrupt()
            return
        readings += self._wave.add(sample, at)

    def _add_slot(self, status: int, slot: int, at: Micros, readings: list[Reading]) -> None:
        starts_packet = bool(status & SYNC)
        if starts_packet == bool(self._slots):
            # Sync inside a packet, or none where a packet must begin: frames were lost or added.
            self._abandon_packet()
            if not starts_packet:
                return
        if starts_packet:
            self._status_seen = 0
            self._perfusion_was_low = False
        self._slots.append(slot)
        self._status_seen |= status
        self._perfusion_was_low |= self._low_perfusion
        if len(self._slots) == FRAMES_PER_PACKET:
            slots = bytes(self._slots)
            self._slots.clear()
            if self._follows(slots):
                self._read_packet(slots, at, readings)

    def _follows(self, slots: bytes) -> bool:
        """False when the packet's timer, which counts packets, shows that it was pieced together from two."""
        timer = (slots[5] & 0x7F) << 7 | slots[6] & 0x7F
        before, self._timer = self._timer, timer
        if before is None:
            return True
        in_step = timer == (before + 1) % TIMER_PERIOD
        believed, self._timer_counts = self._timer_counts, in_step
        return in_step or not believed

    def _read_packet(self, slots: bytes, at: Micros, readings: list[Reading]) -> None:
        quality = self._mark
        if self._status_seen & (ARTIFACT | OUT_OF_TRACK):
            quality |= Quality.QUESTIONABLE
        if self._perfusion_was_low:
            quality |= Quality.LOW_PERFUSION
        readings += self._conditions.update(ConditionKind.LOW_BATTERY, bool(slots[7] & LOW_BATTERY), at)
        if self._status_seen & (SENSOR_ALARM | DISCONNECTED):
            readings += self._numerics(None, None, at, quality)
        else:
            readings += self._numerics(slots[2] & 0x7F, (slots[0] & 3) << 7 | slots[1] & 0x7F, at, quality)


class PacketEmulator(NoninEmulator, ABC):
    """The device's side of formats 2 and 7: one frame a step."""

    rate_hz: float = FRAMES_PER_SECOND
    BEAT_FRAMES = 12
    RESERVED = 0x5E
    """What the slots without a meaning hold, and the firmware revision: 94, which would pass for an SpO2."""

    def __init__(self) -> None:
        super().__init__()
        self.bad_checksum_every = 0
        self._frames = 0
        self._timer = 0
        self._beat = 0.0
        self._slots = bytes(FRAMES_PER_PACKET)

    @abstractmethod
    def _body(self, status: int, pleth: float, slot: int) -> bytes:
        """The frame without its checksum."""

    def step(self, vitals: Vitals) -> bytes:
        """The next frame."""
        place = self._frames % FRAMES_PER_PACKET
        if place == 0:
            self._display.pass_time(FRAMES_PER_PACKET / FRAMES_PER_SECOND, vitals, self.connected)
            self._slots = self._fill_slots(vitals)
        self._frames += 1
        self._beat = (self._beat + vitals.pr / 60 / FRAMES_PER_SECOND) % 1
        status = self._status(vitals) | (SYNC if place == 0 else 0)
        pleth = min(max(vitals.pleth, 0.0), 1.0) if self._feels_pulse(vitals) else 0.0
        body = self._body(status, pleth, self._slots[place])
        spoiled = self.bad_checksum_every and self._frames % self.bad_checksum_every == 0
        return body + bytes([checksum(body) ^ (0x55 if spoiled else 0)])

    def _status(self, vitals: Vitals) -> int:
        status = ALWAYS
        if not self.connected:
            return status | DISCONNECTED | SENSOR_ALARM | OUT_OF_TRACK
        if not vitals.attached:
            return status | SENSOR_ALARM | OUT_OF_TRACK
        status |= ARTIFACT if self.artifact else 0
        status |= OUT_OF_TRACK if self.out_of_track or not vitals.pulse else 0
        if self._beat * 60 / max(vitals.pr, 1) * FRAMES_PER_SECOND < self.BEAT_FRAMES:
            status |= RED if vitals.pi < self.LOW_PI else PERFUSION if vitals.pi < self.FAIR_PI else GREEN
        return status

    def _feels_pulse(self, vitals: Vitals) -> bool:
        return vitals.attached and vitals.pulse and self.connected

    def _fill_slots(self, vitals: Vitals) -> bytes:
        spo2, pr = (round(vitals.spo2), round(vitals.pr)) if self._feels_pulse(vitals) else (MISSING_SPO2, MISSING_PR)
        shown_spo2, shown_pr = self._display.spo2, self._display.pr
        slots = bytearray([self.RESERVED] * FRAMES_PER_PACKET)
        for place, rate in ((0, pr), (13, pr), (19, shown_pr), (21, shown_pr)):
            slots[place : place + 2] = bytes([rate >> 7, rate & 0x7F])
        slots[2] = slots[9] = slots[10] = slots[15] = spo2
        slots[8] = slots[16] = shown_spo2
        slots[5:7] = bytes([self._timer >> 7, self._timer & 0x7F])
        slots[7] = 0x04 | (LOW_BATTERY if self.low_battery else 0)
        self._timer = (self._timer + 1) % TIMER_PERIOD
        return bytes(slots)
