"""For how long values lay beyond the alarm limits, as these stood at each moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from devices.readings import METRICS, Metric, Micros
from monitor.clinic.alarms.checks import LimitProblem
from monitor.clinic.alarms.limits import MetricLimits
from monitor.clinic.alarms.overrides import with_overrides
from monitor.clinic.alarms.rules import LimitRule, RuleKind, rules
from monitor.clinic.events import AnyEvent, LimitsChanged, PressureReading
from monitor.clinic.figures.curves import Curve

Limits = Mapping[Metric, MetricLimits]


class Stretch(msgspec.Struct, frozen=True):
    """The plain limits from ``start`` to just before ``end``."""

    start: Micros
    end: Micros
    rules: tuple[LimitRule, ...]


def stretches(events: Sequence[AnyEvent], limits: Limits, start: Micros, end: Micros) -> Iterator[Stretch]:
    """The limits of a session over its time: those of its protocol, then with each change that was made in it."""
    settings: dict[str, float | None] = {}
    since = start
    for event in events:
        if isinstance(event, LimitsChanged) and event.at < end:
            yield Stretch(since, max(since, event.at), _plain(limits, settings))
            settings |= {change.key: change.after for change in event.changes}
            since = max(since, event.at)
    yield Stretch(since, end, _plain(limits, settings))


def _plain(limits: Limits, settings: Mapping[str, float | None]) -> tuple[LimitRule, ...]:
    try:
        effective: Limits = with_overrides(limits, settings)
    except LimitProblem:
        # The protocol was changed since, so that the session's own settings do not fit it any more.
        effective = limits
    return tuple(rule for rule in rules(effective) if isinstance(rule, LimitRule) and rule.kind is RuleKind.PLAIN)


def outside_s(parts: Sequence[Stretch], curves: Mapping[Metric, Curve]) -> dict[Metric, float]:
    """For how many seconds each streamed metric that has limits lay beyond one of them."""
    found: dict[Metric, float] = {}
    for part in parts:
        for metric in {rule.metric for rule in part.rules if not METRICS[rule.metric].episodic} & set(curves):
            curve = curves[metric].undoubted().between(part.start, part.end)
            beyond = np.zeros(len(curve), np.bool_)
            # Of the few values that there are, each is asked about once.
            values, places = np.unique(curve.value, return_inverse=True)
            for rule in part.rules:
                if rule.metric is metric:
                    beyond |= np.array([rule.violates(value) for value in values.tolist()], np.bool_)[places]
            found[metric] = found.get(metric, 0.0) + float(curve.seconds[beyond].sum())
    return found


def readings_outside(parts: Sequence[Stretch], readings: Sequence[PressureReading]) -> int:
    """How many blood pressures lay beyond a limit."""
    return sum(
        any(_beyond(reading, rule) for rule in part.rules)
        for part in parts
        for reading in readings
        if part.start <= reading.measured_at < part.end
    )


def _beyond(reading: PressureReading, rule: LimitRule) -> bool:
    values = {Metric.SYS: reading.sys, Metric.DIA: reading.dia, Metric.MAP: reading.map}
    value = values.get(rule.metric)
    return value is not None and rule.violates(value)
