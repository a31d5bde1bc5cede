"""Alarm limits as a site writes them: what is configured for one metric of one protocol or session."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

import msgspec

from devices.readings import Metric
from monitor.clinic.priority import Priority


class Side(StrEnum):
    """Which way a value violates a limit."""

    LOW = "low"
    HIGH = "high"

    def beyond(self, value: float, limit: float, *, inclusive: bool = False) -> bool:
        """Whether the value lies beyond the limit on this side, without rounding; ``inclusive``: also at it."""
        return (value < limit if self is Side.LOW else value > limit) or (inclusive and value == limit)

    def outward(self, value: float, by: float) -> float:
        """The value moved ``by`` away from normal on this side."""
        return value - by if self is Side.LOW else value + by


class RelativeLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A limit that follows the patient's locked baseline: ``percent`` of it, or ``points`` (the metric's unit), beyond.

    With both given the ``stricter`` limit counts, or the ``looser`` one. Starts after so many ``readings`` in a row.
    """

    percent: float | None = None
    points: float | None = None
    choose: Literal["stricter", "looser"] = "stricter"
    readings: int = 1
    delay_s: float = 0.0
    priority: Priority = Priority.LOW


class RateLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A change of ``points`` (the metric's unit) towards this side within ``within_s`` seconds."""

    points: float
    within_s: float
    delay_s: float = 0.0
    priority: Priority = Priority.MEDIUM


class SideLimit(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One side of a metric. ``limit``, ``hysteresis``, ``severe`` and ``guard`` are in the metric's unit.

    The alarm starts when the value was beyond ``limit`` for ``delay_s``; or, with ``area``, when depth times duration
    reached so many unit-seconds or three violations came within a minute; or, with ``readings``, after so many readings
    in a row. It ends when the value is back inside by ``hysteresis``. A value *at* the limit counts as beyond only with
    the comparator ``<=`` or ``>=``.

    Beyond ``severe``, or ``severe_points`` below or above the limit, a high-priority alarm starts after
    ``severe_delay_s``. It lasts until the value is back inside the severe limit by ``hysteresis``, or, with
    ``severe_until = "limit"``, until the ordinary alarm would end, for which it then speaks as well. Nobody can move
    the limit of a session out of ``guard`` (lowest, highest).
    """

    limit: float
    delay_s: float = 0.0
    area: float | None = None
    readings: int = 1
    hysteresis: float = 0.0
    priority: Priority = Priority.MEDIUM
    comparator: Literal["<", "<=", ">", ">="] | None = None
    severe: float | None = None
    severe_points: float | None = None
    severe_delay_s: float = 0.0
    severe_until: Literal["severe", "limit"] = "severe"
    baseline: RelativeLimit | None = None
    rate: RateLimit | None = None
    guard: tuple[float, float] | None = None

    @property
    def inclusive(self) -> bool:
        """Whether a value at the limit counts as beyond."""
        return self.comparator in ("<=", ">=")

    def severe_limit(self, side: Side) -> float | None:
        """The severe limit as a value, however it is written."""
        if self.severe_points is not None:
            return side.outward(self.limit, self.severe_points)
        return self.severe


class MetricLimits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Both sides of a metric; a side that is ``None`` never alarms. A value that has not changed at all for ``stuck_s``
    seconds asks to check the sensor.
    """

    low: SideLimit | None = None
    high: SideLimit | None = None
    stuck_s: float | None = None

    def side(self, side: Side) -> SideLimit | None:
        """The limit of one side."""
        return self.low if side is Side.LOW else self.high


class PlainLimit(msgspec.Struct, frozen=True):
    """The value on one side of a metric, in its unit, beyond which an alarm starts sooner or later; ``inclusive``: the
    value at it counts as beyond.
    """

    metric: Metric
    side: Side
    limit: float
    inclusive: bool = False

    @property
    def key(self) -> str:
        """How a change of it is named: ``SpO2.low``."""
        return f"{self.metric}.{self.side}"

    def is_violated_by(self, value: float) -> bool:
        """Whether the value is beyond it, without rounding."""
        return self.side.beyond(value, self.limit, inclusive=self.inclusive)


def plain_limits(limits: Mapping[Metric, MetricLimits]) -> tuple[PlainLimit, ...]:
    """The values of these limits, without everything that says how soon."""
    return tuple(
        PlainLimit(metric, side, given.limit, given.inclusive)
        for metric, sides in limits.items()
        for side in Side
        if (given := sides.side(side)) is not None
    )
