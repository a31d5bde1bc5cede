"""Alarm limits given on the command line, such as ``SpO2.low=90`` and ``SpO2.low.delay=15``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from devices.readings import Metric
from monitor.clinic.alarms.limits import LimitProblem, MetricLimits, Side, SideLimit, check
from monitor.clinic.events import Priority

PARTS = {"delay": "delay_s", "hysteresis": "hysteresis", "severe": "severe", "priority": "priority"}


def with_overrides(limits: Mapping[Metric, MetricLimits], given: Iterable[str]) -> dict[Metric, MetricLimits]:
    """The limits with each ``METRIC.SIDE[.PART]=VALUE`` put in, checked as a whole.

    Raises: LimitProblem for a key or value that is not possible.
    """
    found = dict(limits)
    for setting in given:
        key, _, value = setting.partition("=")
        metric, side, part = _place(key)
        sides = found.get(metric, MetricLimits())
        found[metric] = msgspec.structs.replace(sides, **{side: _changed(getattr(sides, side), part, value, key)})
    check(found)
    return found


def _place(key: str) -> tuple[Metric, Side, str]:
    words = key.split(".")
    if len(words) not in (2, 3) or words[0] not in set(Metric) or words[1] not in set(Side):
        metrics = ", ".join(Metric)
        raise LimitProblem(key, f"write METRIC.low=90 or METRIC.low.delay=15; metrics are {metrics}")
    part = words[2] if len(words) == 3 else ""
    if part and part not in PARTS:
        raise LimitProblem(key, f"{part} is not known; known are {', '.join(PARTS)}")
    return Metric(words[0]), Side(words[1]), part


def _changed(side: SideLimit | None, part: str, value: str, key: str) -> SideLimit:
    if part == "priority":
        if value not in set(Priority):
            raise LimitProblem(key, f'"{value}" is not allowed; allowed are {", ".join(Priority)}')
        new: float | Priority = Priority(value)
    else:
        try:
            new = float(value)
        except ValueError as error:
            raise LimitProblem(key, f'"{value}" is not a number') from error
    if part:
        if side is None:
            raise LimitProblem(key, f"give the limit first, such as --limit {key.rsplit('.', 1)[0]}=90")
        return msgspec.structs.replace(side, **{PARTS[part]: new})
    assert isinstance(new, float)  # noqa: S101 - only a priority is not a number
    return SideLimit(limit=new) if side is None else msgspec.structs.replace(side, limit=new)
