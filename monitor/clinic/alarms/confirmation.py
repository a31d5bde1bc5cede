"""Limits that are confirmed by something else than a delay: by area, or by readings in a row."""

from __future__ import annotations

from collections import deque

from devices.readings import SECOND, Micros
from monitor.clinic.alarms.rules import LimitRule
from monitor.clinic.alarms.watches import LimitWatch, Sample

REPEATS = 3
REPEATS_WITHIN: Micros = 60 * SECOND
"""So many violations within this time alarm whatever the area (reference: SatSeconds)."""


class AreaWatch(LimitWatch):
    """Depth beyond the limit times duration, in unit-seconds, must reach the rule's area.

    Back in range the index falls at the mean rate at which it grew: it is empty after as long as it took to fill. While
    values are missing it stands still; after a longer gap it begins again at nothing. Full is full: it does not grow
    beyond the rule's area, so that a long alarm leaves no long shadow.
    """

    def __init__(self, rule: LimitRule) -> None:
        super().__init__(rule)
        assert rule.area is not None  # noqa: S101 - rules with an area come here
        self._full = rule.area
        self._area = 0.0
        self._filled: Micros = 0
        self._depth: float | None = None
        """How deep the standing value lies: 0 in range, ``None`` while nothing is known."""
        self._at: Micros = 0
        self._violations: deque[Micros] = deque(maxlen=REPEATS)
        """When the latest violations began; one that only a questionable value speaks for is none yet."""
        self._counted: Micros | None = None

    def take(self, sample: Sample) -> Micros | None:
        """As for every watch on values."""
        self._advance(sample.at)
        if sample.value is None:
            self._depth = None
        return super().take(sample)

    def _judge(self, value: float, sample: Sample, stood_until: Micros, lost: bool) -> Micros | None:
        if lost:
            self._area, self._filled = 0.0, 0
            self._violations.clear()
        ended = super()._judge(value, sample, stood_until, lost)
        beyond = self.rule.violates(value)
        if beyond and not self._doubted and self._counted != self.since:
            self._violations.append(sample.at)
            self._counted = self.since
        self._depth = self.rule.depth(value) if beyond and not self._doubted else 0.0
        return ended

    def confirmed(self, now: Micros) -> Micros | None:
        """When the area was reached, or when the violation began that was one too many; as for every watch on a limit,
        not by a value that stands alone in doubt, and later by weak evidence.
        """
        reached = self._reached(now)
        if self.since is None or self._doubted or reached is None or now - self.since < self._wait:
            return None
        return max(reached, self.since + self._wait)

    def _reached(self, now: Micros) -> Micros | None:
        repeated = len(self._violations) == REPEATS and self._violations[-1] - self._violations[0] <= REPEATS_WITHIN
        if repeated:
            return self._violations[-1]
        if self._area >= self._full:
            return self._at
        left = (self._full - self._area) * SECOND / self._depth if self._depth else None
        return None if left is None or self._at + left > now else round(self._at + left)

    def _advance(self, now: Micros) -> None:
        """Let the standing value count up to now."""
        span, self._at = now - self._at, now
        if self._depth is None:
            return
        if self._depth > 0:
            grown = min(self._depth * span / SECOND, self._full - self._area)
            self._area += grown
            self._filled += round(grown * SECOND / self._depth)
        elif self._filled:
            left = max(0, self._filled - span)
            self._area *= left / self._filled
            self._filled = left


class ReadingsWatch(LimitWatch):
    """So many readings in a row beyond the limit; for cuffs, where one reading may be the arm's movement."""

    def __init__(self, rule: LimitRule) -> None:
        super().__init__(rule)
        self._in_a_row = 0
        self._last: Micros = 0

    def _judge(self, value: float, sample: Sample, stood_until: Micros, lost: bool) -> Micros | None:
        self._in_a_row = (0 if lost else self._in_a_row) + 1 if self.rule.violates(value) else 0
        self._last = sample.at
        ended = super()._judge(value, sample, stood_until, lost)
        self._ask_for_more()
        return ended

    def adopt(self, before: LimitWatch, now: Micros) -> Micros | None:
        """As for every watch on a limit; the readings before the change count."""
        ended = super().adopt(before, now)
        beyond = self._newest is not None and self._newest.value is not None and self.rule.violates(self._newest.value)
        counted = before._in_a_row if isinstance(before, ReadingsWatch) else 0  # noqa: SLF001 - one of its own kind
        self._in_a_row, self._last = max(counted, 1) if beyond else 0, now
        self._ask_for_more()
        return ended

    def _ask_for_more(self) -> None:
        if 0 < self._in_a_row < self.rule.readings and not self.raised:
            self.text = f"{self.text}, {self._in_a_row} of {self.rule.readings} readings: repeat"

    def confirmed(self, now: Micros) -> Micros | None:  # noqa: ARG002 - readings count, not time
        """When the last of the readings came that make an alarm."""
        return self._last if self.since is not None and self._in_a_row >= self.rule.readings else None


def watch_on(rule: LimitRule) -> LimitWatch:
    """The watch that confirms a rule in its own way."""
    if rule.area is not None:
        return AreaWatch(rule)
    return ReadingsWatch(rule) if rule.readings > 1 else LimitWatch(rule)
