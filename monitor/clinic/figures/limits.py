"""For how long values lay beyond the alarm limits, as these stood at each moment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from devices.readings import METRICS, Metric, Micros
from monitor.clinic.alarms.limits import PlainLimit
from monitor.clinic.alarms.overrides import LIMIT, place_of
from monitor.clinic.events import AnyEvent, LimitsChanged, PressureReading, ProfileChanged
from monitor.clinic.figures.curves import Curve


class Stretch(msgspec.Struct, frozen=True):
    """The limits from ``start`` to just before ``end``."""

    start: Micros
    end: Micros
    limits: tuple[PlainLimit, ...]


def stretches(
    events: Sequence[AnyEvent], profile: Sequence[PlainLimit], start: Micros, end: Micros
) -> Iterator[Stretch]:
    """The limits of a session over its time: ``profile`` of its protocol, then with each change that was made in it."""
    settings: dict[str, float | None] = {}
    since = start
    for event in events:
        if isinstance(event, LimitsChanged | ProfileChanged) and event.at < end:
            yield Stretch(since, max(since, event.at), _in_force(profile, settings))
            since = max(since, event.at)
            if isinstance(event, ProfileChanged):
                profile = event.limits
            else:
                settings |= {change.key: change.after for change in event.changes}
    yield Stretch(since, end, _in_force(profile, settings))


def _in_force(profile: Sequence[PlainLimit], settings: Mapping[str, float | None]) -> tuple[PlainLimit, ...]:
    """Settings that say how soon an alarm starts have no place here."""
    found = {limit.key: limit for limit in profile}
    for key, value in settings.items():
        metric, side, field = place_of(key)
        if field != LIMIT:
            continue
        if value is None:
            found.pop(key, None)
        else:
            inclusive = key in found and found[key].inclusive
            found[key] = PlainLimit(metric, side, value, inclusive)
    return tuple(found.values())


def outside_s(parts: Sequence[Stretch], curves: Mapping[Metric, Curve]) -> dict[Metric, float]:
    """For how many seconds each streamed metric that has limits lay beyond one of them."""
    found: dict[Metric, float] = {}
    for part in parts:
        limited = {each.metric for each in part.limits if not METRICS[each.metric].episodic}
        for metric in (each for each in curves if each in limited):
            curve = curves[metric].undoubted().between(part.start, part.end)
            beyond = np.zeros(len(curve), np.bool_)
            # Of the few values that there are, each is asked about once.
            values, places = np.unique(curve.value, return_inverse=True)
            for limit in part.limits:
                if limit.metric is metric:
                    beyond |= np.array([limit.is_violated_by(value) for value in values.tolist()], np.bool_)[places]
            found[metric] = found.get(metric, 0.0) + float(curve.seconds[beyond].sum())
    return found


def readings_outside(parts: Sequence[Stretch], readings: Sequence[PressureReading]) -> int:
    """How many blood pressures lay beyond a limit."""
    return sum(
        any(_beyond(reading, limit) for limit in part.limits)
        for part in parts
        for reading in readings
        if part.start <= reading.measured_at < part.end
    )


def _beyond(reading: PressureReading, limit: PlainLimit) -> bool:
    values = {Metric.SYS: reading.sys, Metric.DIA: reading.dia, Metric.MAP: reading.map}
    value = values.get(limit.metric)
    return value is not None and limit.is_violated_by(value)
