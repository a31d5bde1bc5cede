"""The saturation of the last half hour, from which the checklist takes its evidence."""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from operator import itemgetter

import msgspec

from devices.readings import SECOND, Micros

LONGEST: Micros = 30 * 60 * SECOND

_at = itemgetter(0)


class Window(msgspec.Struct, frozen=True):
    """The time since something: its lowest saturation (%), when the last value below the limit was, and for which share
    of its seconds there was a value.
    """

    lowest: float | None
    low_at: Micros | None
    share: float


class SaturationCourse:
    """One value a second, for as long as a checklist looks back."""

    def __init__(self) -> None:
        self._values: deque[tuple[Micros, float]] = deque()
        self._lows: deque[tuple[Micros, float]] = deque()
        """The values after which none was as low. They are few, where a look at all of them every second is long."""

    def add(self, at: Micros, value: float) -> None:
        """Take a value; of values within the same second, the lowest counts."""
        if self._values and at - self._values[-1][0] < SECOND // 2:
            at, before = self._values.pop()
            value = min(before, value)
        self._values.append((at, value))
        while self._lows and self._lows[-1][1] >= value:
            self._lows.pop()
        self._lows.append((at, value))
        for values in (self._values, self._lows):
            while values[0][0] < at - LONGEST:
                values.popleft()

    def clear(self) -> None:
        """Forget everything: another patient."""
        self._values.clear()
        self._lows.clear()

    def window(self, since: Micros, now: Micros, limit: float) -> Window:
        """What there was after ``since``, up to the newest value."""
        count = len(self._values) - bisect_right(self._values, since, key=_at)
        lows = [(at, value) for at, value in self._lows if at > since]
        lowest = lows[0][1] if lows else None
        low_at = max((at for at, value in lows if value < limit), default=None)
        seconds = max(1, (now - since) // SECOND)
        return Window(lowest, low_at, share=min(1.0, count / seconds))
