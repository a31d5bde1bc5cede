"""The values of one metric over a session, and how long each of them stood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from devices.readings import SECOND, Micros

STANDS: Micros = 2 * SECOND
"""A value stands until the next one, at most so long: monitors tick every 1.024 s, so a second without one is no gap
(recordings, note 3); what comes later is unknown.
"""
LAST_STANDS: Micros = SECOND
"""For how long the last value counts."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Values that were measurements of their moment, in the order of time: ``at`` in microseconds, ``value`` in the
    metric's unit, ``doubtful`` where the device itself questioned it, ``seconds`` for how long it stood: until the
    device said anything else, also that it has no value. Missing values are left out, not drawn.
    """

    at: NDArray[np.int64]
    value: NDArray[np.float64]
    doubtful: NDArray[np.bool_]
    seconds: NDArray[np.float64]

    @classmethod
    def of(cls, points: Iterable[tuple[Micros, float]], doubtful: Iterable[Micros] = ()) -> Self:
        """From single values, in order; ``doubtful`` are the times of those that are in doubt."""
        rows = list(points)
        doubts = set(doubtful)
        at = np.array([at for at, _ in rows], np.int64)
        return cls(
            at,
            np.array([value for _, value in rows], np.float64),
            np.array([each in doubts for each, _ in rows], np.bool_),
            seconds_stood(at),
        )

    def __len__(self) -> int:
        return len(self.at)

    def between(self, start: Micros, end: Micros) -> Self:
        """The values from ``start`` to just before ``end``."""
        first, last = np.searchsorted(self.at, [start, end])
        return self.at_places(np.arange(first, max(first, last)))

    def undoubted(self) -> Self:
        """Without the values in doubt."""
        return self.at_places(np.flatnonzero(~self.doubtful))

    def without(self, stretches: Iterable[tuple[Micros, Micros]]) -> Self:
        """Without what lies in the stretches, both ends included."""
        kept = np.ones(len(self), np.bool_)
        for start, end in stretches:
            kept &= (self.at < start) | (self.at > end)
        return self.at_places(np.flatnonzero(kept))

    def at_places(self, places: NDArray[np.intp]) -> Self:
        """The values at these places."""
        return replace(
            self,
            at=self.at[places],
            value=self.value[places],
            doubtful=self.doubtful[places],
            seconds=self.seconds[places],
        )


def seconds_stood(at: NDArray[np.int64]) -> NDArray[np.float64]:
    """For how many seconds each of the words that a device said at these times stood."""
    if not len(at):
        return np.empty(0)
    lasted = np.minimum(np.append(np.diff(at), LAST_STANDS), STANDS)
    return np.asarray(lasted / SECOND, np.float64)


NOTHING = Curve.of([])
