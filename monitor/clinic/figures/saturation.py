"""The figures of the oxygen saturation."""

from __future__ import annotations

import msgspec
import numpy as np

from devices.readings import Micros
from monitor.clinic.figures.curves import Curve

BELOW = (94, 90, 88)
"""Limits (%) whose undershooting is told: the first is what a gate or checklist may ask for, 90 where a limit alarm
stands, 88 where monitors are set that alarm less (Alarm fatigue evidence, Johns Hopkins step-down).
"""


class SaturationFigures(msgspec.Struct, frozen=True):
    """Of the values that nobody and nothing questions. Times in seconds; ``None`` without any value."""

    lowest: float | None = None
    lowest_at: Micros | None = None
    """When it was first that low."""
    lowest_s: float = 0.0
    """For how long the value was the lowest, all together."""
    below_s: dict[int, float] = {}
    """For how long it was below each limit, all together."""
    first_below: dict[int, Micros] = {}
    """When it was first below each limit."""
    seen_s: float = 0.0
    """For how long there was a value."""
    doubtful_s: float = 0.0
    """For how long there was one that the device itself questioned; it is left out of all others."""


def saturation_figures(curve: Curve) -> SaturationFigures:
    """The figures of a saturation curve, without artefacts, over the time that they are about."""
    sure = curve.undoubted()
    doubtful_s = float(curve.seconds[curve.doubtful].sum())
    if not len(sure):
        return SaturationFigures(doubtful_s=doubtful_s)
    lasted = sure.seconds
    place = int(np.argmin(sure.value))
    lowest = float(sure.value[place])
    below = {limit: sure.value < limit for limit in BELOW}
    return SaturationFigures(
        lowest=lowest,
        lowest_at=int(sure.at[place]),
        lowest_s=float(lasted[sure.value == lowest].sum()),
        below_s={limit: float(lasted[places].sum()) for limit, places in below.items()},
        first_below={limit: int(sure.at[np.argmax(places)]) for limit, places in below.items() if places.any()},
        seen_s=float(lasted.sum()),
        doubtful_s=doubtful_s,
    )
