"""The alarm conditions that follow from limits and a baseline."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

import msgspec

from devices.readings import METRICS, SECOND, Metric, Micros
from monitor.clinic.alarms.limits import MetricLimits, RelativeLimit, Side, SideLimit
from monitor.clinic.priority import Priority

Baseline = Mapping[Metric, float]
"""The patient's own values before the first dose, as locked."""


class RuleKind(StrEnum):
    """What a limit is for. The value is the last part of the condition's name; plain limits have none."""

    PLAIN = ""
    SEVERE = "severe"
    BASELINE = "baseline"


class LimitRule(msgspec.Struct, frozen=True):
    """One alarm condition of a metric against a limit.

    It is confirmed after ``delay`` microseconds, or, if given, by ``area`` (unit-seconds) or so many ``readings`` in a
    row. ``inclusive``: a value at the limit is beyond it. ``note`` explains the limit in the alarm's text. An alarm
    with ``ends_with`` lasts until one of that rule would end.
    """

    metric: Metric
    side: Side
    limit: float
    delay: Micros
    hysteresis: float
    priority: Priority
    kind: RuleKind = RuleKind.PLAIN
    area: float | None = None
    readings: int = 1
    inclusive: bool = False
    note: str = ""
    ends_with: LimitRule | None = None

    @property
    def condition(self) -> str:
        """The condition's name in the record: ``SpO2.low``, ``SpO2.low.severe``."""
        return f"{self.metric}.{self.side}" + (f".{self.kind}" if self.kind else "")

    @property
    def sign(self) -> str:
        """The comparator as shown."""
        return ("<" if self.side is Side.LOW else ">") + ("=" if self.inclusive else "")

    def violates(self, value: float) -> bool:
        """Whether the value is beyond the limit, without rounding."""
        return self.side.beyond(value, self.limit, inclusive=self.inclusive)

    def clears(self, value: float) -> bool:
        """Whether the value is far enough back inside to end an active alarm."""
        return self.is_back(value) if self.ends_with is None else self.ends_with.clears(value)

    def is_back(self, value: float) -> bool:
        """Whether the value is back inside this limit by the hysteresis."""
        return not self.violates(value) and not self.side.beyond(value, self._back_at)

    @property
    def clears_at(self) -> float:
        """Where an active alarm ends."""
        return self._back_at if self.ends_with is None else self.ends_with.clears_at

    @property
    def _back_at(self) -> float:
        return self.side.outward(self.limit, -self.hysteresis)

    def speaks_for(self, other: LimitRule) -> bool:
        """Whether an alarm of this rule makes one of the other needless: a severe one that lasts as long as the
        ordinary one would, and any against a fixed limit for the advice that the value is far from the baseline.
        """
        if (self.metric, self.side) != (other.metric, other.side) or self.kind is RuleKind.BASELINE:
            return False
        return other.kind is RuleKind.BASELINE or (self.ends_with is not None and other.kind is RuleKind.PLAIN)

    def depth(self, value: float) -> float:
        """How far beyond the limit a violating value lies: the height of the area.

        An inclusive limit counts the value at it as one point deep (reference: SatSeconds as two vendors define it).
        """
        return abs(value - self.limit) + (1.0 if self.inclusive else 0.0)

    def text(self, value: float | None) -> str:
        """What the alarm says, such as ``SpO₂ 86 < 90``."""
        number = "–" if value is None else self._written(value, self.violates)
        return f"{METRICS[self.metric].label} {number} {self.sign} {self.limit:g}{self.note}"

    def text_in_between(self, value: float) -> str:
        """What an active alarm says of a value that violates no more and does not end it yet."""
        return f"{METRICS[self.metric].label} {self._written(value, self.clears)}, clears at {self.clears_at:g}"

    def _written(self, value: float, is_so: Callable[[float], bool]) -> str:
        """The value as it is shown everywhere, unless rounding would make it read as what it is not."""
        number = f"{value:.{METRICS[self.metric].decimals}f}"
        return number if is_so(float(number)) == is_so(value) else f"{value:g}"


class RateRule(msgspec.Struct, frozen=True):
    """A change of a metric by ``points`` towards ``side`` within ``within``."""

    metric: Metric
    side: Side
    points: float
    within: Micros
    delay: Micros
    priority: Priority

    @property
    def condition(self) -> str:
        """The condition's name in the record: ``SpO2.low.rate``."""
        return f"{self.metric}.{self.side}.rate"


class StuckRule(msgspec.Struct, frozen=True):
    """A metric whose value has not changed at all for ``after``."""

    metric: Metric
    after: Micros

    @property
    def condition(self) -> str:
        """The condition's name in the record: ``PR.stuck``."""
        return f"{self.metric}.stuck"


Rule = LimitRule | RateRule | StuckRule


def rules(limits: Mapping[Metric, MetricLimits], baseline: Baseline | None = None) -> list[Rule]:
    """The alarm conditions of these limits for a patient with this baseline; relative ones wait for a baseline."""
    return [
        rule
        for metric, sides in limits.items()
        for rule in _rules_of_metric(metric, sides, (baseline or {}).get(metric))
    ]


def _rules_of_metric(metric: Metric, sides: MetricLimits, baseline: float | None) -> Iterator[Rule]:
    for side in Side:
        given = sides.side(side)
        if given is not None:
            yield from _rules_of_side(metric, side, given, baseline)
    if sides.stuck_s is not None:
        yield StuckRule(metric, _micros(sides.stuck_s))


def _rules_of_side(metric: Metric, side: Side, given: SideLimit, baseline: float | None) -> Iterator[Rule]:
    plain = LimitRule(
        metric,
        side,
        given.limit,
        _micros(given.delay_s),
        given.hysteresis,
        given.priority,
        area=given.area,
        readings=given.readings,
        inclusive=given.inclusive,
    )
    yield plain
    severe = given.severe_limit(side)
    if severe is not None:
        yield LimitRule(
            metric,
            side,
            severe,
            _micros(given.severe_delay_s),
            given.hysteresis,
            Priority.HIGH,
            RuleKind.SEVERE,
            inclusive=given.inclusive,
            ends_with=plain if given.severe_until == "limit" else None,
        )
    if given.rate is not None:
        rate = given.rate
        yield RateRule(metric, side, rate.points, _micros(rate.within_s), _micros(rate.delay_s), rate.priority)
    if given.baseline is not None and baseline is not None:
        yield _relative_rule(metric, side, given.baseline, baseline, given.hysteresis)


def _relative_rule(
    metric: Metric, side: Side, relative: RelativeLimit, baseline: float, hysteresis: float
) -> LimitRule:
    candidates = {}
    if relative.percent is not None:
        candidates[f"{relative.percent:g} %"] = side.outward(baseline, baseline * relative.percent / 100)
    if relative.points is not None:
        candidates[f"{relative.points:g}"] = side.outward(baseline, relative.points)
    nearest = min(candidates, key=lambda each: abs(candidates[each] - baseline))
    furthest = max(candidates, key=lambda each: abs(candidates[each] - baseline))
    chosen = nearest if relative.choose == "stricter" else furthest
    sign = "−" if side is Side.LOW else "+"
    return LimitRule(
        metric,
        side,
        round(candidates[chosen], 1),
        _micros(relative.delay_s),
        hysteresis,
        relative.priority,
        RuleKind.BASELINE,
        readings=relative.readings,
        note=f" (baseline {baseline:g} {sign} {chosen})",
    )


def _micros(seconds: float) -> Micros:
    return round(seconds * SECOND)
