"""Nonin data format 8: one frame of 4 bytes a second (Nonin 9560 and 3150 manuals, data format 8).

Bytes: ``1 r track low marginal artifact HR8 HR7``, ``0 HR6..HR0``, ``0 SpO2``, ``0 r smartpoint r alarm r r battery``.
There is no checksum: only bit 7 of the four bytes (1,0,0,0) and what a body can have tell a frame. The numbers are
those of the device's display, which stay for 10 s after the finger left; only the alarm bit tells.
"""

from __future__ import annotations

from devices.adapter import Vitals
from devices.oximeters.nonin import MISSING_PR, MISSING_SPO2, NoninDecoder, NoninEmulator
from devices.readings import ConditionKind, Metric, Micros, Quality, Reading, plausible

START = 0x80
OUT_OF_TRACK = 0x20
LOW_PERFUSION = 0x10
MARGINAL_PERFUSION = 0x08
ARTIFACT = 0x04
SENSOR_ALARM = 0x08
LOW_BATTERY = 0x01


def _pulse_rate(frame: bytes) -> int:
    return (frame[0] & 3) << 7 | frame[1]


class NoninDf8Decoder(NoninDecoder):
    """SpO2 and PR once a second. A frame is ``QUESTIONABLE`` when the one before it does not confirm it, because there
    was none in a row with it or it was far away: a body changes within seconds, a damaged byte jumps and jumps back.
    """

    data_format = 8
    frame_length = 4
    frames_to_lock = 1
    FAR_SPO2, FAR_PR = 4, 20

    def __init__(self, source: str = "", mark: Quality = Quality.OK, select: bool = False) -> None:
        super().__init__(source, mark, select)
        self._previous: tuple[int, int] | None = None

    def _is_legal(self, frame: bytes) -> bool:
        if not (frame[0] & START) or (frame[1] | frame[2] | frame[3]) & START:
            return False
        pr, spo2 = _pulse_rate(frame), frame[2]
        pr_known = pr == MISSING_PR or plausible(Metric.PR, pr) is not None
        return pr_known and (spo2 == MISSING_SPO2 or plausible(Metric.SPO2, spo2) is not None)

    def _lose_lock(self, frame: bytes) -> None:  # noqa: ARG002
        self._previous = None

    def _confirmed(self, spo2: int, pr: int) -> bool:
        before, self._previous = self._previous, (spo2, pr)
        if before is None:
            return False
        return abs(spo2 - before[0]) <= self.FAR_SPO2 and abs(pr - before[1]) <= self.FAR_PR

    def _take(self, frame: bytes, at: Micros) -> list[Reading]:
        signal, state = frame[0], frame[3]
        off = bool(state & SENSOR_ALARM)
        low_perfusion = bool(signal & LOW_PERFUSION) and not off
        quality = self._mark
        if off:
            quality |= Quality.HELD
        if low_perfusion:
            quality |= Quality.LOW_PERFUSION
        if not self._confirmed(frame[2], _pulse_rate(frame)) or signal & (OUT_OF_TRACK | ARTIFACT):
            quality |= Quality.QUESTIONABLE
        update = self._conditions.update
        return [
            *update(ConditionKind.SENSOR_OFF, off, at),
            *update(ConditionKind.SEARCHING, bool(signal & OUT_OF_TRACK), at),
            *update(ConditionKind.LOW_PERFUSION, low_perfusion, at),
            *update(ConditionKind.LOW_BATTERY, bool(state & LOW_BATTERY), at),
            *self._numerics(frame[2], _pulse_rate(frame), at, quality),
        ]


class NoninDf8Emulator(NoninEmulator):
    """A 9560 or 3150 that was told to send format 8."""

    rate_hz: float = 1.0
    data_format = 8

    def step(self, vitals: Vitals) -> bytes:
        """The frame of this second."""
        self._display.pass_time(1 / self.rate_hz, vitals, self.connected)
        felt = vitals.attached and self.connected
        pr = self._display.pr
        signal = START | pr >> 7
        signal |= OUT_OF_TRACK if self.out_of_track or not felt or not vitals.pulse else 0
        signal |= ARTIFACT if self.artifact else 0
        if felt and vitals.pi < self.FAIR_PI:
            signal |= LOW_PERFUSION if vitals.pi < self.LOW_PI else MARGINAL_PERFUSION
        state = (0 if felt else SENSOR_ALARM) | (LOW_BATTERY if self.low_battery else 0)
        return bytes([signal, pr & 0x7F, self._display.spo2, state])
