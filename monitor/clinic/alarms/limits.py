"""Alarm limits as a site writes them, and the rules that follow from them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from devices.readings import METRICS, SECOND, Metric, Micros
from monitor.clinic.events import Priority

LONGEST_DELAY_S = 60.0


class Side(StrEnum):
    """Which way a value violates a limit."""

    LOW = "low"
    HIGH = "high"

    @property
    def sign(self) -> str:
        """The comparator as shown: a value *at* the limit does not violate it."""
        return "<" if self is Side.LOW else ">"


class SideLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One side of a metric. ``limit``, ``hysteresis`` and ``severe`` are in the metric's unit.

    The alarm starts when the value was beyond ``limit`` for ``delay_s`` and ends when it is back inside by
    ``hysteresis``. Beyond ``severe`` a high-priority alarm starts at once.
    """

    limit: float
    delay_s: float = 0.0
    hysteresis: float = 0.0
    priority: Priority = Priority.MEDIUM
    severe: float | None = None


class MetricLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Both sides of a metric; a side that is ``None`` never alarms."""

    low: SideLimit | None = None
    high: SideLimit | None = None


class LimitRule(msgspec.Struct, frozen=True):
    """One alarm condition on a metric."""

    metric: Metric
    side: Side
    limit: float
    delay: Micros
    hysteresis: float
    priority: Priority
    severe: bool = False

    @property
    def condition(self) -> str:
        """The condition's name in the record: ``SpO2.low``, ``SpO2.low.severe``."""
        return f"{self.metric}.{self.side}" + (".severe" if self.severe else "")

    def violates(self, value: float) -> bool:
        """Whether the value is beyond the limit; strictly, without rounding."""
        return value < self.limit if self.side is Side.LOW else value > self.limit

    def clears(self, value: float) -> bool:
        """Whether the value is far enough back inside to end an active alarm."""
        if self.side is Side.LOW:
            return value >= self.limit + self.hysteresis
        return value <= self.limit - self.hysteresis

    def text(self, value: float | None) -> str:
        """What the alarm says, such as ``SpO₂ 86 < 90``."""
        info = METRICS[self.metric]
        number = "–" if value is None else f"{value:.{info.decimals}f}"
        if value is not None and not self.violates(float(number)):
            number = f"{value:g}"
        return f"{info.label} {number} {self.side.sign} {self.limit:g}"


class LimitProblem(ValueError):
    """Limits that cannot work together. ``key`` is the place below the limits, such as ``SpO2.low.severe``."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem


def check(limits: Mapping[Metric, MetricLimits]) -> None:
    """Raise ``LimitProblem`` where a limit is impossible, crosses its other side, or a severe limit lies inside."""
    for metric, sides in limits.items():
        if sides.low is not None and sides.high is not None and sides.low.limit >= sides.high.limit:
            low, high = sides.low.limit, sides.high.limit
            raise LimitProblem(
                f"{metric}.low.limit", f"{low:g} crosses the high limit {high:g}; low must be below high"
            )
        info = METRICS[metric]
        for side, given in ((Side.LOW, sides.low), (Side.HIGH, sides.high)):
            if given is None:
                continue
            key = f"{metric}.{side}"
            if not info.lowest <= given.limit <= info.highest:
                allowed = f"{info.lowest:g} to {info.highest:g} {info.unit}"
                raise LimitProblem(f"{key}.limit", f"{given.limit:g} is not possible; allowed is {allowed}")
            if not 0 <= given.delay_s <= LONGEST_DELAY_S:
                allowed = f"0 to {LONGEST_DELAY_S:g} s"
                raise LimitProblem(f"{key}.delay_s", f"{given.delay_s:g} is not allowed; allowed is {allowed}")
            _check_hysteresis(metric, side, given, sides.high if side is Side.LOW else sides.low)
            if given.severe is not None:
                _check_severe(metric, side, given.severe, given.limit)


def _check_hysteresis(metric: Metric, side: Side, given: SideLimit, other: SideLimit | None) -> None:
    """An alarm must be able to end: at a value that exists and does not violate the other side."""
    info = METRICS[metric]
    low = side is Side.LOW
    furthest = (info.highest if low else info.lowest) if other is None else other.limit
    room = furthest - given.limit if low else given.limit - furthest
    if not 0 <= given.hysteresis <= max(room, 0):
        allowed = f"0 or a few {info.unit}, so that the alarm can end before {furthest:g}"
        raise LimitProblem(f"{metric}.{side}.hysteresis", f"{given.hysteresis:g} is not allowed; give {allowed}")


def _check_severe(metric: Metric, side: Side, severe: float, limit: float) -> None:
    info = METRICS[metric]
    low = side is Side.LOW
    if not (severe < limit if low else severe > limit):
        word = "below" if low else "above"
        raise LimitProblem(f"{metric}.{side}.severe", f"{severe:g} must lie {word} the limit {limit:g}")
    if not info.lowest <= severe <= info.highest:
        allowed = f"{info.lowest:g} to {info.highest:g} {info.unit}"
        raise LimitProblem(f"{metric}.{side}.severe", f"{severe:g} is not possible; allowed is {allowed}")


def rules(limits: Mapping[Metric, MetricLimits]) -> list[LimitRule]:
    """The alarm conditions of these limits."""
    found = []
    for metric, sides in limits.items():
        for side, given in ((Side.LOW, sides.low), (Side.HIGH, sides.high)):
            if given is None:
                continue
            delay = round(given.delay_s * SECOND)
            found.append(LimitRule(metric, side, given.limit, delay, given.hysteresis, given.priority))
            if given.severe is not None:
                rule = LimitRule(metric, side, given.severe, 0, given.hysteresis, Priority.HIGH, severe=True)
                found.append(rule)
    return found
