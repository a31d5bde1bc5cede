"""Gathers a decoder's wave samples into segments that follow each other without the jitter of their arrival."""

from __future__ import annotations

from devices.readings import SECOND, Metric, Micros, Quality, Waveform

ASTRAY: Micros = SECOND // 2
"""Samples whose arrival is this far from where the last ones ended belong elsewhere: something is missing between."""

PULL = 32
"""Of the difference between arrival and expectation, one part in this many moves the next segment, so that the device's
clock is followed and the bursts of its cable are not."""


class Segments:
    """Samples come in one by one; every ``size`` of them make a segment."""

    def __init__(
        self, metric: Metric, rate_hz: int, size: int, full_scale: int, source: str, mark: Quality = Quality.OK
    ) -> None:
        self._metric = metric
        self._rate_hz = rate_hz
        self._length: Micros = size * SECOND // rate_hz
        self._size = size
        self._full_scale = full_scale
        self._source = source
        self._mark = mark
        self._samples: list[int] = []
        self._ended: Micros | None = None

    def add(self, sample: int, at: Micros) -> list[Waveform]:
        """Take the next sample, which arrived at ``at``; returns the segment that it completes, if it does."""
        self._samples.append(sample)
        if len(self._samples) < self._size:
            return []
        start = self._start(at - self._length)
        self._ended = start + self._length
        samples, self._samples = tuple(self._samples), []
        return [Waveform(self._metric, start, self._rate_hz, samples, self._full_scale, self._source, self._mark)]

    def interrupt(self) -> None:
        """Samples were lost: what is gathered is dropped and the next segment stands where it arrives."""
        self._samples.clear()
        self._ended = None

    def _start(self, arrived: Micros) -> Micros:
        if self._ended is None or abs(arrived - self._ended) > ASTRAY:
            return arrived
        return self._ended + (arrived - self._ended) // PULL
