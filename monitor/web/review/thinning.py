"""Curves with as few points as a picture needs. No dip, no peak and no gap is lost by it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MOST_POINTS = 2000
ASIDE_POINTS = 300
"""So many for each side of the stretch that is looked at: the curve is there at once when somebody moves along."""
LONGEST_STEP_MS = 3000
"""Longer without a value is a gap, as the live screens have it, unless the source itself is slower."""
SLOWER = 3

Times = NDArray[np.int64]
Values = NDArray[np.float64]


def longest_step(at: Times) -> int:
    """The longest time in milliseconds between two values that still belong together, from how often they come."""
    if len(at) < 2:
        return LONGEST_STEP_MS
    return max(LONGEST_STEP_MS, round(SLOWER * float(np.median(np.diff(at)))))


def thinned(
    at: Times, value: Values, broken: NDArray[np.bool_], step: int, view: tuple[int, int]
) -> tuple[Values, Values]:
    """At most ``MOST_POINTS`` points, most of them within ``view``; lowest and highest of each stretch are kept.

    ``broken`` says before which values the curve is interrupted anyway; so it is where ``step`` (ms) passed without
    one. NaN stands for an interruption.
    """
    first, last = np.searchsorted(at, view)
    number = np.cumsum(broken | (np.diff(at, prepend=at[:1]) > step))
    for share in (1, 2):
        # With an interruption after every point there are twice as many: then half the points are kept.
        aside, within = ASIDE_POINTS // share, (MOST_POINTS - 2 * ASIDE_POINTS) // share
        parts = ((0, first, aside), (first, last, within), (last, len(at), aside))
        kept = np.concatenate([begin + _kept(at[begin:end], value[begin:end], most) for begin, end, most in parts])
        places = np.flatnonzero(np.diff(number[kept])) + 1
        if len(kept) + len(places) <= MOST_POINTS:
            break
    x, y = at[kept].astype(np.float64), value[kept]
    return np.insert(x, places, x[places - 1] + 1), np.insert(y, places, np.nan)


def _kept(at: Times, value: Values, most: int) -> NDArray[np.intp]:
    """The places of the lowest and the highest value of each of so many even stretches of time."""
    if len(at) <= most:
        return np.arange(len(at))
    width = max(int(at[-1] - at[0]) // (most // 2) + 1, 1)
    bucket = (at - at[0]) // width
    order = np.lexsort((value, bucket))
    edges = np.flatnonzero(np.diff(bucket[order])) + 1
    lowest, highest = order[np.append(0, edges)], order[np.append(edges - 1, len(order) - 1)]
    return np.unique(np.concatenate([lowest, highest]))


def lone(y: Values) -> NDArray[np.bool_]:
    """Which points a line would not show, because it is interrupted before and after them."""
    missing: NDArray[np.bool_] = np.isnan(np.concatenate([[np.nan], y, [np.nan]]))
    return np.asarray(~missing[1:-1] & missing[:-2] & missing[2:], np.bool_)
