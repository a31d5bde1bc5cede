"""Where times and values stand on paper."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from devices.readings import MINUTE, Micros
from monitor.reports.clinic_time import ahead, clock, local, midnights

GRIDS_MIN = ((5, 15), (15, 60), (60, 240), (240, 1440), (1440, 10_080))
"""Thin and bold lines; an anaesthesia record has the first."""
MOST_BOLD = 64
"""With more bold lines than this, the next grid is taken."""
LABEL = 30.0
"""Points from one clock time to the next, at least."""


class Tick(NamedTuple):
    """A line of the grid; ``label`` is its clock time where that is written."""

    x: float
    bold: bool
    label: str


class TimeAxis(NamedTuple):
    """Times from ``start`` to ``end`` between ``left`` and ``right``."""

    start: Micros
    end: Micros
    left: float
    right: float

    def x(self, at: Micros) -> float:
        """Where a time stands; one beyond the axis stands at its end."""
        within = min(max(at, self.start), self.end)
        return self.left + (within - self.start) / (self.end - self.start) * (self.right - self.left)

    def holds(self, at: Micros) -> bool:
        """Whether a time lies on the axis."""
        return self.start <= at <= self.end

    def span(self, start: Micros, end: Micros, least: float = 0.0) -> tuple[float, float] | None:
        """From where to where a stretch reaches, at least so wide; ``None`` when it lies beyond the axis."""
        if end < self.start or start > self.end:
            return None
        left = self.x(start)
        return left, max(self.x(end), left + least)

    def ticks(self) -> Iterator[Tick]:
        """The grid, at whole multiples of the clinic's clock."""
        thin, bold = _grid(self.end - self.start)
        offset = ahead(self.start)
        every = max(1, math.ceil(LABEL / (bold / (self.end - self.start) * (self.right - self.left)))) * bold
        first = -(-(self.start + offset) // thin) * thin
        for shifted in range(first, self.end + offset + 1, thin):
            at = shifted - offset
            yield Tick(self.x(at), shifted % bold == 0, clock(at) if shifted % every == 0 else "")

    def days(self) -> Iterator[tuple[float, str]]:
        """The midnights within, and the day that begins there."""
        for at in midnights(self.start, self.end):
            yield self.x(at), f"{local(at).day} {local(at):%b}"


class ValueAxis(NamedTuple):
    """Values from ``low`` to ``high`` between ``bottom`` and ``top``."""

    low: float
    high: float
    step: float
    bottom: float
    top: float

    def y(self, value: float) -> float:
        """Where a value stands; one beyond the axis stands at its end."""
        within = min(max(value, self.low), self.high)
        return self.bottom + (within - self.low) / (self.high - self.low) * (self.top - self.bottom)

    def marks(self) -> Iterator[float]:
        """The values that are written beside it."""
        value = self.low
        while value <= self.high:
            yield value
            value += self.step


def _grid(span: Micros) -> tuple[Micros, Micros]:
    """The finest grid that has few enough lines for so long a time."""
    thin, bold = next((each for each in GRIDS_MIN if span <= each[1] * MINUTE * MOST_BOLD), GRIDS_MIN[-1])
    return thin * MINUTE, bold * MINUTE


def reaching(values: Iterable[float], low: float, high: float, step: float, bottom: float, top: float) -> ValueAxis:
    """From ``low`` to ``high``, or further by whole steps where a value asks for that."""
    found = [low, high, *values]
    first, last = math.floor(min(found) / step) * step, math.ceil(max(found) / step) * step
    shown = step * max(1, math.ceil((last - first) / step / 7))
    return ValueAxis(first, first + math.ceil((last - first) / shown) * shown, shown, bottom, top)
