"""A slow reading of the area rule to hold the alarm engine against: it adds up hundredths of seconds."""

from __future__ import annotations

from monitor.clinic.alarms.rules import LimitRule
from tests.clinic.series import HOLD_S, Series

STEPS = 100
"""A second in steps; an alarm's start is found to one of these."""
REPEATS, REPEATS_WITHIN_S = 3, 60
ROUNDING = 1e-9
TOO_CLOSE = 0.99
"""An index that ends between this share of the area and the whole is too close to call with steps of this size."""


class TooClose(Exception):
    """Whether the area was reached cannot be told by adding up steps."""


class AreaReading:
    """The index of one series, second by second. ``spans`` are onset and end of its alarms, in seconds.

    In a violation the index grows by the depth of the value in every second. In range it falls by its mean rate of
    growth, so that it is empty after as long as it took to fill. A hole in the values leaves it as it is; a longer one
    than the hold empties it. It alarms when it has reached the area, or with the third violation within a minute, also
    across such holes.
    """

    def __init__(self, values: Series, rule: LimitRule) -> None:
        assert rule.area is not None
        self.spans: list[tuple[float, float]] = []
        self._rule, self._full = rule, rule.area
        self._index, self._steps = 0.0, 0.0
        self._begins: list[int] = []
        self._beyond = False
        self._onset: float | None = None
        for second, value in enumerate(values):
            if value is not None:
                self._take(value, second, _known_until(values[:second]))
            elif _begins_long_hole(values, second):
                self._leave(second)
                self._index, self._steps = 0.0, 0.0
        self._leave(_known_until(values))

    def _take(self, value: float, second: int, known_until: int) -> None:
        violates = self._rule.violates(value)
        if self._beyond and (self._rule.clears(value) if self._onset is not None else not violates):
            self._leave(known_until)
        if violates:
            self._enter(second)
        depth = self._rule.depth(value) if violates else 0.0
        for step in range(1, STEPS + 1):
            self._step(depth)
            if self._onset is None and depth and self._index >= self._full * (1 - ROUNDING):
                self._onset = second + step / STEPS

    def _enter(self, second: int) -> None:
        if not self._beyond:
            self._beyond = True
            self._begins.append(second)
            latest = self._begins[-REPEATS:]
            if len(latest) == REPEATS and latest[-1] - latest[0] <= REPEATS_WITHIN_S:
                self._onset = second

    def _step(self, depth: float) -> None:
        if depth:
            grown = min(depth / STEPS, self._full - self._index)
            self._index, self._steps = self._index + grown, self._steps + grown * STEPS / depth
        elif self._steps > 1:
            self._index, self._steps = self._index - self._index / self._steps, self._steps - 1
        else:
            self._index, self._steps = 0.0, 0.0

    def _leave(self, second: int) -> None:
        if self._onset is not None and self._onset not in self._begins and second - self._onset < 2 / STEPS:
            raise TooClose
        if self._onset is not None:
            self.spans.append((self._onset, second))
        elif self._beyond and TOO_CLOSE * self._full <= self._index:
            raise TooClose
        self._beyond, self._onset = False, None


def _begins_long_hole(values: Series, second: int) -> bool:
    hole = values[second : second + HOLD_S + 1]
    first = second == 0 or values[second - 1] is not None
    return first and len(hole) > HOLD_S and all(value is None for value in hole)


def _known_until(values: Series) -> int:
    """When the values at the end began to be missing, or the end."""
    until = len(values)
    while until and values[until - 1] is None:
        until -= 1
    return until
