"""How the ended sessions of a protocol spread: what is usual in this clinic. Defined in ``docs/figures.md``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from devices.readings import MINUTE
from monitor.clinic.figures.comparison import pressures, stretches
from monitor.clinic.figures.pressure import pressure_figures
from monitor.clinic.session import Session
from monitor.clinic.treatment.events import Stage

FEWEST = 10
"""Of fewer sessions no quantile is told: it would say more of single patients than of the clinic."""
PERCENTS = (5, 10, 25, 50, 75, 90, 95)
LAST_MIN = 240
"""Up to this minute from the first dose the band reaches."""


class Ended(msgspec.Struct, frozen=True):
    """What an ended session adds: the highest rises over the baseline in mmHg, minutes from the first dose until the
    patient was clinically ready, and the systolic rises by minute. ``None`` where it has no such figure.
    """

    rise_sys: float | None
    rise_dia: float | None
    ready_min: float | None
    rises: tuple[tuple[float, float], ...]


class Spread(msgspec.Struct, frozen=True):
    """``count`` values and their quantiles by percent; none are told of fewer than ``FEWEST``."""

    count: int = 0
    at: dict[int, float] = {}

    @property
    def too_few(self) -> bool:
        """Whether there are too few values to tell quantiles of."""
        return self.count < FEWEST


class Distribution(msgspec.Struct, frozen=True):
    """Of so many ``sessions``; each figure counts those that have it."""

    sessions: int
    rise_sys: Spread
    rise_dia: Spread
    ready_min: Spread
    by_minute: tuple[Spread, ...]
    """The systolic rise at each whole minute from the first dose."""


def ended_figures(session: Session) -> Ended | None:
    """What a session whose corrections are put in adds; ``None`` without a dose."""
    zero = session.first_dose_at
    if zero is None:
        return None
    found, ready = pressure_figures(session), session.treatment.reached.get(Stage.READY)
    return Ended(
        rise_sys=found.rise_sys,
        rise_dia=found.rise_dia,
        ready_min=None if ready is None else (ready - zero) / MINUTE,
        rises=tuple((each.minute, each.rise_sys) for each in pressures(session, found) if each.rise_sys is not None),
    )


def distribution(ended: Sequence[Ended]) -> Distribution:
    """How these sessions spread."""
    lines = np.array([line(each.rises) for each in ended]).reshape(-1, LAST_MIN + 1)
    return Distribution(
        sessions=len(ended),
        rise_sys=spread(each.rise_sys for each in ended),
        rise_dia=spread(each.rise_dia for each in ended),
        ready_min=spread(each.ready_min for each in ended),
        by_minute=tuple(_spread(column[~np.isnan(column)]) for column in lines.T),
    )


def spread(values: Iterable[float | None]) -> Spread:
    """How those values spread that there are."""
    return _spread(np.array([value for value in values if value is not None], np.float64))


def line(rises: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """The value at each whole minute on the straight lines that join the readings; NaN where none joins them."""
    minutes, whole = [minute for minute, _ in rises], np.arange(LAST_MIN + 1)
    found = np.full(LAST_MIN + 1, np.nan)
    for first, last in stretches(minutes):
        part = np.array(rises[first:last])
        within = (whole >= part[0, 0]) & (whole <= part[-1, 0])
        found[within] = np.interp(whole[within], part[:, 0], part[:, 1])
    return found


def _spread(values: NDArray[np.float64]) -> Spread:
    if len(values) < FEWEST:
        return Spread(len(values))
    # Between the two values next to the place (n - 1) p of the ordered ones, in proportion: definition 7 of Hyndman and
    # Fan, Sample quantiles in statistical packages, The American Statistician 50 (1996).
    found = np.percentile(values, PERCENTS, method="linear")
    return Spread(len(values), dict(zip(PERCENTS, found.tolist(), strict=True)))
