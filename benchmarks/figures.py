"""What is measured, what it may cost, and how a measurement is told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple


class NotMeasured(Exception):
    """A figure could not be taken; the text says why."""


class What(StrEnum):
    """The figures with a budget."""

    PIXEL = "pixel"
    ALARM = "alarm"
    VIEWER = "viewer"
    MAIN_THREAD = "main thread"
    SERVICE = "service"
    COMMIT = "commit"
    COMMIT_WAVES = "commit with waves"
    DISK = "disk"
    ENGINE = "engine"
    SESSIONS = "sessions"
    PDF = "PDF"
    BULK = "bulk"


class Budget(NamedTuple):
    """What a figure may be at most, by the part of it that is meant (``""`` for the whole)."""

    title: str
    unit: str
    most: Mapping[str, float]


BUDGETS: dict[What, Budget] = {
    What.PIXEL: Budget("Sample written by the device → number on the page, 32 rooms", "ms", {"p50": 150, "p99": 300}),
    What.ALARM: Budget("Violation written by the device → alarm on the page, 32 rooms", "ms", {"p99": 400}),
    What.VIEWER: Budget("Server CPU per viewer, 16-room board", "ms/s", {"": 1}),
    What.MAIN_THREAD: Budget("Browser main thread, 16-room board with sparklines", "ms/s", {"": 40}),
    What.SERVICE: Budget("Service CPU, 32 rooms with waves, of one core", "%", {"": 25}),
    What.COMMIT: Budget("Commit of one second of 256 rooms, synchronous FULL", "ms", {"p99": 20}),
    What.COMMIT_WAVES: Budget("The same with every room's waves", "ms", {"p99": 20}),
    What.DISK: Budget("Disk per room-hour of numerics", "kB", {"": 40}),
    What.ENGINE: Budget("Alarm engine, 256 rooms with every kind of rule, CPU", "ms/s", {"": 100}),
    What.SESSIONS: Budget("A page of a list of 10,000 sessions, on the server", "ms", {"p50": 50}),
    What.PDF: Budget("PDF chart of a 2-hour session", "s", {"p50": 2}),
    What.BULK: Budget("Memory of an export of 1,000 sessions, over that after 100", "×", {"ratio": 1.1}),
}


@dataclass(frozen=True)
class Figure:
    """One result: the values by part as in its budget (others may be there, too), or why there are none."""

    what: What
    values: Mapping[str, float] = field(default_factory=dict)
    detail: str = ""
    missing: str = ""


@dataclass(frozen=True)
class Ratio:
    """Chairside beside a yardstick that was measured in the same run."""

    title: str
    unit: str
    chairside: float
    yardstick: float
    yardstick_is: str


@dataclass(frozen=True)
class Result:
    """What one measurement found."""

    figures: list[Figure] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def unmeasured(whats: Sequence[What], why: str) -> Result:
    """These figures are missing."""
    return Result([Figure(what, missing=why) for what in whats])


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least ``percent`` of the values do not exceed.

    Raises: NotMeasured when there are no values.
    """
    if not values:
        raise NotMeasured("nothing was seen")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


class Effort(NamedTuple):
    """How long to look."""

    pixel_s: float
    alarm_s: float
    idle_s: float
    viewers_s: float
    rounds: int
    commits: int
    hours: float
    engine_s: int


WHOLE = Effort(pixel_s=60, alarm_s=40, idle_s=12, viewers_s=16, rounds=2, commits=400, hours=1, engine_s=240)
QUICK = Effort(pixel_s=20, alarm_s=20, idle_s=8, viewers_s=12, rounds=1, commits=200, hours=0.25, engine_s=60)
