"""Limits made from the patient's own baseline by published formulas. They are offered, never taken by themselves.

Source: adult rules of the makers' manuals, as collected in the reference "Alarm defaults and algorithms", section 4.4.
Where a formula is published for part of the range only, nothing is offered for the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from devices.readings import Metric

Pair = tuple[float, float]
"""A low and a high limit."""


class Formula(StrEnum):
    """A published way to make limits from a baseline; named after the monitor it comes from."""

    MINDRAY = "Mindray"
    DRAEGER = "Dräger"
    LIFEPAK_WIDE = "LIFEPAK wide"
    LIFEPAK_NARROW = "LIFEPAK narrow"


def _mindray_pressure(low_offset: float, high_offset: float, lowest: float, highest: float) -> Callable[[float], Pair]:
    def limits(value: float) -> Pair:
        return max(0.68 * value + low_offset, lowest), min(0.86 * value + high_offset, highest)

    return limits


def _shares(low: float, high: float) -> Callable[[float], Pair]:
    return lambda value: (value * low, value * high)


def _points(low: float, high: float, lowest: float, highest: float) -> Callable[[float], Pair | None]:
    return lambda value: (value - low, value + high) if lowest <= value <= highest else None


RULES: dict[Formula, dict[Metric, Callable[[float], Pair | None]]] = {
    Formula.MINDRAY: {
        Metric.PR: lambda value: (max(0.8 * value, 40), min(1.25 * value, 240)),
        Metric.SYS: _mindray_pressure(10, 38, 45, 270),
        Metric.DIA: _mindray_pressure(6, 32, 25, 225),
        Metric.MAP: _mindray_pressure(8, 35, 30, 230),
        Metric.RR: lambda value: (max(0.5 * value, 6), min(1.5 * value, 30)),
    },
    Formula.DRAEGER: {
        Metric.PR: _shares(0.8, 1.25),
        Metric.SYS: _shares(0.8, 1.25),
        Metric.DIA: _shares(0.8, 1.25),
        Metric.MAP: _shares(0.8, 1.25),
        Metric.RR: _shares(0.8, 1.25),
        Metric.SPO2: lambda value: (value * 0.95, 100),
    },
    Formula.LIFEPAK_WIDE: {
        Metric.PR: _points(25, 40, 60, 79),
        Metric.SYS: _points(25, 35, 115, 140),
        Metric.DIA: _points(15, 15, 65, 90),
        Metric.SPO2: lambda value: (value - 5, min(value + 3, 100)),
    },
    Formula.LIFEPAK_NARROW: {
        Metric.PR: _points(20, 30, 60, 79),
        Metric.SYS: _points(10, 20, 115, 140),
        Metric.DIA: _points(15, 10, 65, 90),
        Metric.SPO2: lambda value: (value - 5, min(value + 3, 100)),
    },
}


def auto_limits(formula: Formula, baseline: Mapping[Metric, float]) -> dict[Metric, tuple[int, int]]:
    """Low and high limit of every metric that the formula covers at this baseline, in whole units."""
    offered: dict[Metric, tuple[int, int]] = {}
    for metric, rule in RULES[formula].items():
        pair = rule(baseline[metric]) if metric in baseline else None
        if pair is not None:
            offered[metric] = (round(pair[0]), round(pair[1]))
    return offered
