"""Conditions that lie in the course of a value rather than in its height: too fast a change, and none at all."""

from __future__ import annotations

from collections import deque

from devices.readings import METRICS, SECOND, Micros
from monitor.clinic.alarms.limits import Side
from monitor.clinic.alarms.rules import RateRule, StuckRule
from monitor.clinic.alarms.watches import Sample, ValueWatch
from monitor.clinic.priority import Priority


class RateWatch(ValueWatch):
    """A change by the rule's points within its time: the newest value against the extreme of the window before it.

    A value in doubt begins nothing and is no extreme: between two of them there may have been no change at all.
    """

    rule: RateRule

    def __init__(self, rule: RateRule) -> None:
        super().__init__(rule, rule.priority, rule.delay)
        self._window: deque[tuple[Micros, float]] = deque()

    def _judge(self, value: float, sample: Sample, stood_until: Micros, lost: bool) -> Micros | None:
        if lost:
            self._window.clear()
        while self._window and sample.at - self._window[0][0] > self.rule.within:
            self._window.popleft()
        low = self.rule.side is Side.LOW
        values = [each for _, each in self._window]
        change = (max(values) - value if low else value - min(values)) if values else 0.0
        if sample.questionable and self.since is None:
            return None
        self._window.append((sample.at, value))
        if change < self.rule.points:
            return stood_until if self.since is not None else None
        delay = max(self.rule.delay, sample.wait)
        self.delay = delay if self.since is None else min(self.delay, delay)
        self.since = sample.at if self.since is None else self.since
        info = METRICS[self.rule.metric]
        verb = "fell" if low else "rose"
        seconds = self.rule.within / SECOND
        self.value = value
        self.text = f"{info.label} {verb} {change:.{info.decimals}f} in {seconds:g} s to {value:.{info.decimals}f}"
        return None


class StuckWatch(ValueWatch):
    """A value that has been exactly the same for so long that the sensor may not measure any more.

    It is never pending: a value is the same for some time all day long.
    """

    rule: StuckRule

    def __init__(self, rule: StuckRule) -> None:
        super().__init__(rule, Priority.LOW, 0)
        self._same_since: Micros = 0

    def _judge(self, value: float, sample: Sample, stood_until: Micros, lost: bool) -> Micros | None:
        if value != self.value or lost:
            self._same_since, self.value = sample.at, value
            return stood_until if self.since is not None else None
        if self.since is None and sample.at - self._same_since >= self.rule.after:
            self.since = sample.at
            info = METRICS[self.rule.metric]
            minutes = self.rule.after / SECOND / 60
            self.text = f"{info.label} {value:.{info.decimals}f} unchanged for {minutes:g} min, check the sensor"
        return None
