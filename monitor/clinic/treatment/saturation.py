"""The saturation of the last half hour, from which the checklist takes its evidence."""

from __future__ import annotations

from collections import deque

import msgspec

from devices.readings import SECOND, Micros

LONGEST: Micros = 30 * 60 * SECOND


class Window(msgspec.Struct, frozen=True):
    """A stretch of time: its lowest saturation (%), when the last value below the limit was, and for which share of its
    seconds there was a value.
    """

    lowest: float | None
    low_at: Micros | None
    share: float


class SaturationCourse:
    """One value a second, for as long as a checklist looks back."""

    def __init__(self) -> None:
        self._values: deque[tuple[Micros, float]] = deque()

    def add(self, at: Micros, value: float) -> None:
        """Take a value; of values within the same second, the lowest counts."""
        if self._values and at - self._values[-1][0] < SECOND // 2:
            first_at, before = self._values[-1]
            self._values[-1] = (first_at, min(before, value))
            return
        self._values.append((at, value))
        while self._values[0][0] < at - LONGEST:
            self._values.popleft()

    def clear(self) -> None:
        """Forget everything: another patient."""
        self._values.clear()

    def window(self, since: Micros, until: Micros, limit: float) -> Window:
        """What there was after ``since``, up to ``until``."""
        inside = [(at, value) for at, value in self._values if since < at <= until]
        lowest = min((value for _, value in inside), default=None)
        low_at = max((at for at, value in inside if value < limit), default=None)
        seconds = max(1, (until - since) // SECOND)
        return Window(lowest, low_at, share=min(1.0, len(inside) / seconds))
