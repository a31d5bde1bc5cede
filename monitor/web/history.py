"""Two minutes of one value a second, for the small curves on the board."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any

from devices.readings import NOT_LIVE, SECOND, Metric, Micros

LENGTH = 120
FRESH: Micros = 3 * SECOND
CURVES = (Metric.SPO2, Metric.PR)


def fresh_value(number: Mapping[str, Any] | None, now: Micros) -> float | None:
    """The value of a ``NumberView`` as JSON if it was measured just now, else ``None``."""
    if number is None or number["quality"] & NOT_LIVE or now - number["at"] > FRESH:
        return None
    value: float | None = number["value"]
    return value


class History:
    """The last two minutes of a room. A second without a value is a gap."""

    def __init__(self) -> None:
        self._second = 0
        self._curves: dict[str, deque[float | None]] = {
            metric: deque([None] * LENGTH, maxlen=LENGTH) for metric in CURVES
        }

    def put(self, at: Micros, values: Mapping[str, float | None]) -> None:
        """Keep the values of this second; seconds that were left out since the last one become gaps."""
        second = at // SECOND
        if second < self._second - LENGTH:
            return
        for _ in range(min(second - self._second, LENGTH)):
            for curve in self._curves.values():
                curve.append(None)
        self._second = max(second, self._second)
        place = LENGTH - 1 - (self._second - second)
        for metric, curve in self._curves.items():
            value = values.get(metric)
            if value is not None and place >= 0:
                curve[place] = value

    def view(self) -> dict[str, Any]:
        """``end`` is the second of the last value; each curve holds one value a second, oldest first."""
        return {"end": self._second, **{metric: list(curve) for metric, curve in self._curves.items()}}
