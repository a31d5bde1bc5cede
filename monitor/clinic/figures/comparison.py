"""A session's course by the minutes from its first dose, so that several can be laid over each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from devices.readings import MINUTE, Micros
from monitor.clinic.events import PressureTaken
from monitor.clinic.figures.curves import Curve
from monitor.clinic.figures.pressure import PressureFigures, pressure_figures, valid_readings
from monitor.clinic.figures.table import lowest_by_minute
from monitor.clinic.session import Session
from monitor.clinic.treatment.episodes import assessed_since
from monitor.clinic.treatment.scales import Scale

JOINED_MIN = 45
"""Two readings further apart are not joined: nobody knows what was between them. Protocols ask for one every 10 to 20
minutes, the label for one at 40.
"""
COMPARED = (Scale.CADSS6, Scale.CADSS, Scale.MOAAS)
"""The scales of dissociation and sedation."""


class Pressure(msgspec.Struct, frozen=True):
    """A reading in mmHg; ``minute`` is negative before the first dose. Without a baseline there is no rise."""

    minute: float
    sys: float
    dia: float
    by_hand: bool
    rise_sys: float | None
    rise_dia: float | None


class Result(msgspec.Struct, frozen=True):
    """The result of an assessment."""

    minute: float
    value: int


class SessionCourse(msgspec.Struct, frozen=True):
    """What was measured and assessed. Artefacts and values in doubt are left out."""

    pressures: tuple[Pressure, ...]
    lowest_spo2: tuple[float | None, ...]
    """By whole minutes, the first one begins with the dose; ``None`` where there was no value."""
    results: dict[Scale, tuple[Result, ...]]
    """By scale, in the order of time; a scale that was not used has no entry."""

    def highest(self, scale: Scale) -> Result | None:
        """The highest result by a scale, the first of equals."""
        return max(self.results.get(scale, ()), key=lambda each: each.value, default=None)

    def lowest(self, scale: Scale) -> Result | None:
        """The lowest result by a scale, the first of equals."""
        return min(self.results.get(scale, ()), key=lambda each: each.value, default=None)


def session_course(session: Session, saturation: Curve, until: Micros) -> SessionCourse | None:
    """The course of a session whose corrections are put in, with its saturation without artefacts, to its end or
    ``until`` now; ``None`` without a dose.
    """
    zero = session.first_dose_at
    if zero is None:
        return None
    end = (until if session.ended_at is None else session.ended_at) + 1
    results: dict[Scale, list[Result]] = {}
    for each in assessed_since(session.treatment, zero, COMPARED):
        results.setdefault(each.scale, []).append(Result((each.given_at - zero) / MINUTE, each.result))
    return SessionCourse(
        pressures=pressures(session, pressure_figures(session)),
        lowest_spo2=_lowest_spo2(saturation.undoubted().between(zero, end), zero),
        results={scale: tuple(found) for scale, found in results.items()},
    )


def pressures(session: Session, figures: PressureFigures) -> tuple[Pressure, ...]:
    """The readings of a session with a dose, in the order of time, with the baseline that is among its figures."""
    zero = session.first_dose_at
    if zero is None:
        return ()
    return tuple(
        Pressure(
            minute=(each.measured_at - zero) / MINUTE,
            sys=each.sys,
            dia=each.dia,
            by_hand=isinstance(each, PressureTaken),
            rise_sys=None if figures.baseline_sys is None else each.sys - figures.baseline_sys,
            rise_dia=None if figures.baseline_dia is None else each.dia - figures.baseline_dia,
        )
        for each in valid_readings(session)
    )


def _lowest_spo2(sure: Curve, zero: Micros) -> tuple[float | None, ...]:
    """To the minute of the last value."""
    return tuple(lowest_by_minute(sure, (zero, int(sure.at[-1]) + 1))) if len(sure) else ()


def stretches(minutes: Sequence[float]) -> Iterable[tuple[int, int]]:
    """The places of values that are joined: from which to just before which, at most ``JOINED_MIN`` between two."""
    first = 0
    for place in range(1, len(minutes) + 1):
        if place == len(minutes) or minutes[place] - minutes[place - 1] > JOINED_MIN:
            yield first, place
            first = place
