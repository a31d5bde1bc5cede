"""A session in even steps of time, as an anaesthesia record has it under its chart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec
import numpy as np

from devices.readings import MINUTE, Metric, Micros
from monitor.clinic.events import AnyEvent, Phase, PhaseEntered, PressureReading, SessionEnded
from monitor.clinic.figures.curves import Curve
from monitor.clinic.treatment.episodes import standing
from monitor.clinic.treatment.events import AssessmentRecorded

STEPS_MIN = (1, 5, 15)


class Middle(msgspec.Struct, frozen=True):
    """The median of a metric's values in a step, the lowest and the highest, and how many there are."""

    median: float
    lowest: float
    highest: float
    count: int


class Step(msgspec.Struct, frozen=True):
    """What there was from ``start`` on, for the length of a step. A metric without a value there has no entry."""

    start: Micros
    phase: Phase
    """In which the step begins."""
    middles: dict[Metric, Middle]
    readings: tuple[PressureReading, ...]
    assessments: tuple[AssessmentRecorded, ...]


def steps(
    events: Sequence[AnyEvent],
    curves: Mapping[Metric, Curve],
    readings: Sequence[PressureReading],
    span: tuple[Micros, Micros],
    minutes: int,
) -> Iterator[Step]:
    """The steps of a session from the beginning of ``span`` to its end, at whole multiples of ``minutes`` of the clock
    (zones of the earth differ by multiples of 15 minutes). Questioned values are left out, and assessments that were
    told anew for the same moment.
    """
    length = minutes * MINUTE
    sure = {metric: curve.undoubted() for metric, curve in curves.items()}
    assessed = standing(each for each in events if isinstance(each, AssessmentRecorded))
    entered = [each for each in events if isinstance(each, PhaseEntered | SessionEnded)]
    for start in range(span[0] // length * length, span[1], length):
        end = start + length
        yield Step(
            start=start,
            phase=_phase_at(entered, max(start, span[0])),
            middles={metric: found for metric, curve in sure.items() if (found := _middle(curve.between(start, end)))},
            readings=tuple(each for each in readings if start <= each.measured_at < end),
            assessments=tuple(each for each in assessed if start <= each.given_at < end),
        )


def lowest_by_minute(curve: Curve, span: tuple[Micros, Micros]) -> list[float | None]:
    """The lowest value of each minute, counted from the beginning of ``span``, to its end: of ``steps`` of one minute
    the lowest alone, many times faster. ``None`` for a minute without a value; questioned values are left out.
    """
    start, end = span
    found: list[float | None] = [None] * max(0, -((start - end) // MINUTE))
    sure = curve.undoubted().between(start, start + len(found) * MINUTE)
    if len(sure):
        minutes, starts = np.unique((sure.at - start) // MINUTE, return_index=True)
        for minute, lowest in zip(minutes.tolist(), np.minimum.reduceat(sure.value, starts).tolist(), strict=True):
            found[minute] = lowest
    return found


def _middle(curve: Curve) -> Middle | None:
    if not len(curve):
        return None
    return Middle(float(np.median(curve.value)), float(curve.value.min()), float(curve.value.max()), len(curve))


def _phase_at(entered: Sequence[PhaseEntered | SessionEnded], at: Micros) -> Phase:
    phase = Phase.BASELINE
    for event in entered:
        if event.at <= at:
            phase = event.phase
    return phase
