"""A curve with a value every second on paper that has fewer columns than that, without losing a fall of a moment."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from devices.readings import Micros
from monitor.clinic.figures.curves import STANDS, Curve


def stretches(curve: Curve, longest_gap: Micros = STANDS) -> Iterator[Curve]:
    """The parts of a curve within which no value is missing. Between two of them nothing is known."""
    if not len(curve):
        return
    breaks = np.flatnonzero(np.diff(curve.at) > longest_gap) + 1
    for places in np.split(np.arange(len(curve)), breaks):
        yield curve.at_places(places)


def thinned(curve: Curve, start: Micros, column: Micros) -> Curve:
    """The first, lowest, highest and last value of each column of time: drawn as lines it looks like the whole."""
    columns = (curve.at - start) // column
    edges = np.flatnonzero(np.diff(columns)) + 1
    kept = sorted({place for part in np.split(np.arange(len(curve)), edges) for place in _telling(curve, part)})
    return curve.at_places(np.array(kept, np.intp))


def _telling(curve: Curve, part: NDArray[np.intp]) -> tuple[int, int, int, int]:
    values = curve.value[part]
    return int(part[0]), int(part[np.argmin(values)]), int(part[np.argmax(values)]), int(part[-1])
