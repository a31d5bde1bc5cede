"""What every decoder of a framed byte stream shares: the buffer, the walk through it, and what it counts."""

from __future__ import annotations

from abc import ABC, abstractmethod

from devices.adapter import Counters
from devices.conditions import Conditions
from devices.readings import Micros, Quality, Reading


class FramedDecoder(ABC):
    """Goes through what has arrived, frame by frame; a byte that begins none is given up alone, never the buffer."""

    def __init__(self, source: str = "", mark: Quality = Quality.OK) -> None:
        self.counters = Counters()
        self._source = source
        self._mark = mark
        self._conditions = Conditions(source)
        self._buffer = bytearray()
        self._locked = False

    @property
    def pending(self) -> int:
        """How many bytes are kept because they may yet become a frame."""
        return len(self._buffer)

    def feed(self, data: bytes, at: Micros) -> list[Reading]:
        """Take bytes that arrived at ``at``; a reading's time is that of the call that completed its frame."""
        self._buffer += data
        readings: list[Reading] = []
        start = 0
        while start < len(self._buffer) and (used := self._consume(start, at, readings)):
            start += used
        del self._buffer[:start]
        return readings

    @abstractmethod
    def _consume(self, start: int, at: Micros, readings: list[Reading]) -> int:
        """Use the bytes at ``start``; how many were used, 0 when more are needed to tell."""
