"""How rules are confirmed: here those by area and by readings in a row."""

from __future__ import annotations

from collections import deque

from devices.readings import SECOND, Micros
from monitor.clinic.alarms.course import RateWatch, StuckWatch
from monitor.clinic.alarms.rules import LimitRule, RateRule, Rule, StuckRule
from monitor.clinic.alarms.watches import LimitWatch, Sample, ValueWatch

REPEATS = 3
REPEATS_WITHIN: Micros = 60 * SECOND
"""So many violations within this time alarm whatever the area (reference: SatSeconds)."""


class AreaIndex:
    """Depth beyond a limit times duration, in unit-seconds, and when the latest violations began.

    Back in range it falls at the mean rate at which it grew: it is empty after as long as it took to fill. While values
    are missing it stands still. Full is full: it does not grow beyond that, so that a long alarm leaves no long shadow.
    """

    def __init__(self, full: float) -> None:
        self._full = full
        self._area = 0.0
        self._filled: Micros = 0
        self._depth: float | None = None
        """How deep the standing value lies: 0 in range, ``None`` while nothing is known."""
        self._at: Micros = 0
        self._violations: deque[Micros] = deque(maxlen=REPEATS)
        self._newest: Micros | None = None
        """The ``since`` of the violation that was counted last."""

    def advance(self, now: Micros) -> None:
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

    def stand(self, depth: float | None) -> None:
        """A value of this depth stands from now on, or none."""
        self._depth = depth

    def count(self, since: Micros, at: Micros) -> None:
        """A violation that began at ``since`` is believed at ``at``; it counts once."""
        if since != self._newest:
            self._newest = since
            self._violations.append(at)

    def empty(self) -> None:
        """Nothing of the area is left; when violations began is not forgotten."""
        self._area, self._filled = 0.0, 0

    def resized(self, full: float) -> AreaIndex:
        """What has come together, of another whole."""
        self._full, self._area = full, min(self._area, full)
        return self

    def reached(self, now: Micros) -> Micros | None:
        """When it was full, or when the violation began that was one too many; ``None`` before that."""
        repeated = len(self._violations) == REPEATS and self._violations[-1] - self._violations[0] <= REPEATS_WITHIN
        if repeated:
            return self._violations[-1]
        if self._area >= self._full:
            return self._at
        left = (self._full - self._area) * SECOND / self._depth if self._depth else None
        return None if left is None or self._at + left > now else round(self._at + left)


class AreaWatch(LimitWatch):
    """Depth beyond the limit times duration must reach the rule's area, or a third violation begin within a minute.

    After values were missing for longer than the hold the area begins again at nothing. Violations before and after
    count together: one that comes and goes with the values is one as well.
    """

    def __init__(self, rule: LimitRule) -> None:
        super().__init__(rule)
        assert rule.area is not None  # noqa: S101 - rules with an area come here
        self._full = rule.area
        self.index = AreaIndex(self._full)

    def take(self, sample: Sample) -> Micros | None:
        """As for every watch on values."""
        self.index.advance(sample.at if sample.value is not None else sample.lost_at)
        if sample.value is None:
            self.index.stand(None)
        return super().take(sample)

    def _judge(self, value: float, sample: Sample, stood_until: Micros, lost: bool) -> Micros | None:
        if lost:
            self.index.empty()
        ended = super()._judge(value, sample, stood_until, lost)
        if self.since is not None and self.rule.violates(value) and not self._doubted:
            self.index.count(self.since, sample.at)
        self.index.stand(self._depth(value))
        return ended

    def _depth(self, value: float) -> float:
        return self.rule.depth(value) if self.rule.violates(value) and not self._doubted else 0.0

    def adopt(self, before: LimitWatch, now: Micros) -> Micros | None:
        """As for every watch on a limit; the area goes on from where it was, with the depth below the new limit."""
        ended = super().adopt(before, now)
        if isinstance(before, AreaWatch):
            before.index.advance(now)
            self.index = before.index.resized(self._full)
        if self._newest is not None and self._newest.value is not None:
            self.index.stand(self._depth(self._newest.value))
        return ended

    def confirmed(self, now: Micros) -> Micros | None:
        """When the index was reached; as for every watch on a limit, not by a value that stands alone in doubt, and
        later by weak evidence.
        """
        reached = self.index.reached(now)
        if self.since is None or self._doubted or reached is None or now - self.since < self._wait:
            return None
        return max(reached, self.since + self._wait)


class ReadingsWatch(LimitWatch):
    """So many readings in a row beyond the limit, however far apart; for cuffs, where one reading may be the arm's
    movement.
    """

    def __init__(self, rule: LimitRule) -> None:
        super().__init__(rule)
        self._in_a_row = 0
        self._last: Micros = 0

    def _judge(self, value: float, sample: Sample, stood_until: Micros, lost: bool) -> Micros | None:
        self._in_a_row = self._in_a_row + 1 if self.rule.violates(value) else 0
        self._last = sample.at
        ended = super()._judge(value, sample, stood_until, lost)
        self._ask_for_more()
        return ended

    def adopt(self, before: LimitWatch, now: Micros) -> Micros | None:
        """As for every watch on a limit; the readings before the change count."""
        ended = super().adopt(before, now)
        counted = before._in_a_row if isinstance(before, ReadingsWatch) else 0  # noqa: SLF001 - one of its own kind
        self._in_a_row, self._last = max(counted, 1) if self._violated_by_newest() else 0, now
        self._ask_for_more()
        return ended

    def _ask_for_more(self) -> None:
        if 0 < self._in_a_row < self.rule.readings and not self.raised:
            self.text = f"{self.text}, {self._in_a_row} of {self.rule.readings} readings: repeat"

    def confirmed(self, now: Micros) -> Micros | None:  # noqa: ARG002 - readings count, not time
        """When the last of the readings came that make an alarm."""
        return self._last if self.since is not None and self._in_a_row >= self.rule.readings else None


def watch_on(rule: Rule) -> ValueWatch:
    """The watch that confirms a rule in its own way."""
    match rule:
        case RateRule():
            return RateWatch(rule)
        case StuckRule():
            return StuckWatch(rule)
    if rule.area is not None:
        return AreaWatch(rule)
    return ReadingsWatch(rule) if rule.readings > 1 else LimitWatch(rule)
