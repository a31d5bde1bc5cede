"""Whether limits can work together, told with the place and what is allowed."""

from __future__ import annotations

from collections.abc import Mapping

from devices.readings import METRICS, Metric
from monitor.clinic.alarms.limits import MetricLimits, RateLimit, RelativeLimit, Side, SideLimit

LONGEST_DELAY_S = 60.0
AREAS = (10.0, 25.0, 50.0, 100.0)
"""Unit-seconds that are offered (reference: SatSeconds settings)."""
MOST_READINGS = 3
NEVER_JUDGED = frozenset({Metric.CUFF, Metric.PLETH})
"""A wave, and the pressure while the cuff squeezes: limits on them would never alarm."""
SHORTEST_STUCK_S, LONGEST_STUCK_S = 60.0, 3600.0


class LimitProblem(ValueError):
    """Limits that cannot work together. ``key`` is the place below the limits, such as ``SpO2.low.severe``."""

    def __init__(self, key: str, problem: str) -> None:
        super().__init__(f"{key}: {problem}")
        self.key = key
        self.problem = problem

    @property
    def sentence(self) -> str:
        """The problem as a person reads it beside the field that it is about."""
        return f"{self.problem[:1].upper()}{self.problem[1:]}."


def check(limits: Mapping[Metric, MetricLimits]) -> None:
    """Raise ``LimitProblem`` where a limit is impossible, crosses its other side, or a severe limit lies inside."""
    for metric, sides in limits.items():
        if metric in NEVER_JUDGED:
            raise LimitProblem(str(metric), "has no alarms; leave its limits out")
        if sides.low is not None and sides.high is not None and sides.low.limit >= sides.high.limit:
            low, high = sides.low.limit, sides.high.limit
            raise LimitProblem(
                f"{metric}.low.limit", f"{low:g} crosses the high limit {high:g}; low must be below high"
            )
        for side in Side:
            given = sides.side(side)
            if given is not None:
                other = sides.side(Side.HIGH if side is Side.LOW else Side.LOW)
                _check_side(metric, side, given, other)
        if sides.stuck_s is not None:
            _demand_between(f"{metric}.stuck_s", sides.stuck_s, SHORTEST_STUCK_S, LONGEST_STUCK_S, "s")
            if METRICS[metric].episodic:
                raise LimitProblem(f"{metric}.stuck_s", "a cuff reading stands still by nature; leave this out")


def _check_side(metric: Metric, side: Side, given: SideLimit, other: SideLimit | None) -> None:
    key = f"{metric}.{side}"
    _demand_possible(metric, f"{key}.limit", given.limit)
    _demand_between(f"{key}.delay_s", given.delay_s, 0, LONGEST_DELAY_S, "s")
    _check_confirmation(metric, key, given)
    if given.comparator is not None and (given.comparator[0] == "<") != (side is Side.LOW):
        allowed = "< or <=" if side is Side.LOW else "> or >="
        raise LimitProblem(f"{key}.comparator", f'"{given.comparator}" is not allowed; allowed is {allowed}')
    _check_hysteresis(metric, side, f"{key}.hysteresis", given.limit, given.hysteresis, other)
    _check_severe(metric, side, given)
    if given.guard is not None:
        _check_guard(metric, key, given.guard, given.limit)
    if given.baseline is not None:
        _check_relative(metric, f"{key}.baseline", given.baseline)
    if given.rate is not None:
        _check_rate(metric, f"{key}.rate", given.rate)


def _check_confirmation(metric: Metric, key: str, given: SideLimit) -> None:
    """At most one of delay, area and readings says when the alarm starts."""
    if given.area is not None:
        if given.area not in AREAS:
            allowed = ", ".join(f"{area:g}" for area in AREAS)
            raise LimitProblem(f"{key}.area", f"{given.area:g} is not allowed; allowed are {allowed}")
        if given.delay_s or given.readings > 1 or METRICS[metric].episodic:
            raise LimitProblem(
                f"{key}.area", "takes the place of delay_s and readings, of streamed values; give one of them"
            )
    _check_readings(metric, f"{key}.readings", given.readings)


def _check_readings(metric: Metric, key: str, readings: int) -> None:
    if not 1 <= readings <= MOST_READINGS:
        raise LimitProblem(key, f"{readings} is not allowed; allowed is 1 to {MOST_READINGS}")
    if readings > 1 and not METRICS[metric].episodic:
        raise LimitProblem(key, "is for cuff readings; use delay_s or area for streamed values")


def _check_hysteresis(
    metric: Metric, side: Side, key: str, limit: float, hysteresis: float, other: SideLimit | None
) -> None:
    """An alarm must be able to end: at a value that exists and does not violate the other side."""
    info = METRICS[metric]
    low = side is Side.LOW
    furthest = (info.highest if low else info.lowest) if other is None else other.limit
    room = furthest - limit if low else limit - furthest
    if not 0 <= hysteresis <= max(room, 0):
        allowed = f"0 or a few {info.unit}, so that the alarm can end before {furthest:g}"
        raise LimitProblem(key, f"{hysteresis:g} is not allowed; give {allowed}")


def _check_severe(metric: Metric, side: Side, given: SideLimit) -> None:
    key = f"{metric}.{side}"
    _demand_between(f"{key}.severe_delay_s", given.severe_delay_s, 0, LONGEST_DELAY_S, "s")
    if given.severe is not None and given.severe_points is not None:
        raise LimitProblem(f"{key}.severe", "is given twice; use either severe or severe_points")
    severe = given.severe_limit(side)
    if severe is None:
        return
    name = f"{key}.severe" if given.severe_points is None else f"{key}.severe_points"
    if not side.beyond(severe, given.limit):
        word = "below" if side is Side.LOW else "above"
        raise LimitProblem(name, f"{severe:g} must lie {word} the limit {given.limit:g}")
    _demand_possible(metric, name, severe)


def _check_guard(metric: Metric, key: str, guard: tuple[float, float], limit: float) -> None:
    lowest, highest = guard
    if not lowest <= limit <= highest:
        raise LimitProblem(f"{key}.guard", f"{lowest:g} to {highest:g} must hold the limit {limit:g}")
    for end in guard:
        _demand_possible(metric, f"{key}.guard", end)


def _check_relative(metric: Metric, key: str, given: RelativeLimit) -> None:
    if given.percent is None and given.points is None:
        raise LimitProblem(key, "give percent, points, or both")
    if given.percent is not None:
        _demand_between(f"{key}.percent", given.percent, 1, 100, "%")
    if given.points is not None:
        _demand_between(f"{key}.points", given.points, 1, METRICS[metric].highest, METRICS[metric].unit)
    _demand_between(f"{key}.delay_s", given.delay_s, 0, LONGEST_DELAY_S, "s")
    _check_readings(metric, f"{key}.readings", given.readings)


def _check_rate(metric: Metric, key: str, given: RateLimit) -> None:
    if METRICS[metric].episodic:
        raise LimitProblem(key, "is for streamed values; a cuff reading has no rate of change")
    _demand_between(f"{key}.points", given.points, 0.1, METRICS[metric].highest, METRICS[metric].unit)
    _demand_between(f"{key}.within_s", given.within_s, 1, 600, "s")
    _demand_between(f"{key}.delay_s", given.delay_s, 0, LONGEST_DELAY_S, "s")


def _demand_possible(metric: Metric, key: str, value: float) -> None:
    info = METRICS[metric]
    if not info.lowest <= value <= info.highest:
        allowed = f"{info.lowest:g} to {info.highest:g} {info.unit}"
        raise LimitProblem(key, f"{value:g} is not possible; allowed is {allowed}")


def _demand_between(key: str, value: float, lowest: float, highest: float, unit: str) -> None:
    if not lowest <= value <= highest:
        raise LimitProblem(key, f"{value:g} is not allowed; allowed is {lowest:g} to {highest:g} {unit}")
