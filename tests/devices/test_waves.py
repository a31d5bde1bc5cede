from __future__ import annotations

import random

from devices.readings import SECOND, Metric, Waveform
from devices.waves import Segments

AT = 1_700_000_000 * SECOND


def sent_in_bursts(seconds: float, rate_hz: float) -> list[Waveform]:
    """Segments of a device of 75 Hz whose clock runs at ``rate_hz`` and whose cable delivers late by up to 50 ms."""
    chance = random.Random(1)
    segments = Segments(Metric.PLETH, 75, 15, 255, "oximeter")
    waves = []
    for number in range(round(seconds * rate_hz)):
        delay = chance.randrange(50_000)
        waves += segments.add(number % 256, AT + round(number * SECOND / rate_hz) + delay)
    return waves


def seams(waves: list[Waveform]) -> list[float]:
    """Microseconds between the end of each segment and the start of the next."""
    ends = [wave.start + len(wave.samples) * SECOND / 75 for wave in waves]
    return [after.start - end for end, after in zip(ends, waves[1:], strict=False)]


def test_a_pulse_has_no_jags_where_the_cable_delivers_in_bursts() -> None:
    assert max(abs(seam) for seam in seams(sent_in_bursts(60, 75))) < SECOND / 75 / 4


def test_a_device_whose_clock_is_fast_is_followed() -> None:
    last = sent_in_bursts(600, 75.3)[-1]
    assert abs(last.start - (AT + 600 * SECOND)) < SECOND // 2


def test_lost_samples_leave_a_gap_and_no_stretched_pulse() -> None:
    segments = Segments(Metric.PLETH, 75, 15, 255, "oximeter")
    first = [wave for _ in range(15) for wave in segments.add(1, AT)]
    segments.add(2, AT)
    segments.interrupt()
    later = [wave for _ in range(15) for wave in segments.add(3, AT + 2 * SECOND)]
    assert later[0].samples == (3,) * 15
    assert later[0].start - first[0].start == 2 * SECOND
