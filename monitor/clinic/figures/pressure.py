"""The figures of the blood pressure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from devices.readings import Metric
from monitor.clinic.events import BaselineLocked, CuffMeasured, PressureReading
from monitor.clinic.session import Session, pressure_baseline
from monitor.clinic.treatment.events import ArtefactMarked

PRESSURES = (Metric.SYS, Metric.DIA, Metric.MAP)


class PressureFigures(msgspec.Struct, frozen=True):
    """``highest_sys`` and ``highest_dia`` are the readings with these after the first dose, the first of equals;
    baseline and rises in mmHg. ``None`` where there is no reading to say it from.
    """

    baseline_sys: float | None = None
    baseline_dia: float | None = None
    highest_sys: PressureReading | None = None
    highest_dia: PressureReading | None = None
    readings: int = 0
    """How many count, after the first dose; of a session without one, all."""

    @property
    def rise_sys(self) -> float | None:
        """The highest systolic pressure over the baseline."""
        return _rise(None if self.highest_sys is None else self.highest_sys.sys, self.baseline_sys)

    @property
    def rise_dia(self) -> float | None:
        """The highest diastolic pressure over the baseline."""
        return _rise(None if self.highest_dia is None else self.highest_dia.dia, self.baseline_dia)


def valid_readings(session: Session) -> tuple[PressureReading, ...]:
    """The readings in the order of their time, without those that a person marked as artefacts."""
    return tuple(each for each in session.treatment.readings if not is_artefact(each, session.treatment.artefacts))


def readings_after_dose(session: Session) -> tuple[PressureReading, ...]:
    """Those after the first dose; of a session without one, all."""
    zero = session.first_dose_at
    return tuple(each for each in valid_readings(session) if zero is None or each.measured_at > zero)


def is_artefact(reading: PressureReading, marks: Sequence[ArtefactMarked]) -> bool:
    """Whether a person marked any of its pressures: a cuff finds all of them by one measurement. What a person measured
    by hand is withdrawn instead.
    """
    return isinstance(reading, CuffMeasured) and any(
        marks_reading(mark) and mark.start <= reading.measured_at <= mark.end for mark in marks
    )


def marks_reading(mark: ArtefactMarked) -> bool:
    """Whether a mark covers the readings of a cuff in its stretch, each whole."""
    return any(metric in mark.metrics for metric in PRESSURES)


def pressure_figures(session: Session) -> PressureFigures:
    """The figures of a session; of one without a dose, from all of its readings and without a baseline."""
    after, baseline = readings_after_dose(session), _baseline(session)
    return PressureFigures(
        baseline_sys=baseline.get(Metric.SYS),
        baseline_dia=baseline.get(Metric.DIA),
        highest_sys=max(after, key=lambda each: each.sys, default=None),
        highest_dia=max(after, key=lambda each: each.dia, default=None),
        readings=len(after),
    )


def baseline_readings(session: Session) -> tuple[PressureReading, ...]:
    """The readings that the baseline is of; empty without a dose."""
    locked = _locked_readings(session)
    return locked if locked and _holds(session, locked) else _last_before_dose(session)


def _baseline(session: Session) -> Mapping[Metric, float]:
    """As it was locked when the first dose was charted, unless one of its readings was after that dose or turned out
    to be an artefact. What alarms refer to since it was locked anew is no baseline of the session.
    """
    locked = _locked(session)
    if locked is not None and _holds(session, _locked_readings(session)):
        return locked.values
    return pressure_baseline(_last_before_dose(session))


def _locked(session: Session) -> BaselineLocked | None:
    """The baseline as it was locked; ``None`` also when all the readings that it was of were withdrawn."""
    locked = session.baseline_at_dose
    return locked if locked is not None and locked.readings else None


def _locked_readings(session: Session) -> tuple[PressureReading, ...]:
    locked = _locked(session)
    if locked is None:
        return ()
    return tuple(each for each in session.treatment.readings if each.seq < locked.seq)[-locked.readings :]


def _holds(session: Session, locked: Sequence[PressureReading]) -> bool:
    zero, marks = session.first_dose_at, session.treatment.artefacts
    return not any(is_artefact(each, marks) or zero is None or each.measured_at > zero for each in locked)


def _last_before_dose(session: Session) -> tuple[PressureReading, ...]:
    zero = session.first_dose_at
    return tuple(each for each in valid_readings(session) if zero is not None and each.measured_at <= zero)[-2:]


def percent_of_baseline(value: float, baseline: float | None) -> int | None:
    """The share of the baseline that a value is, in whole percent."""
    return None if not baseline else round(100 * value / baseline)


def _rise(value: float | None, baseline: float | None) -> float | None:
    return None if value is None or baseline is None else value - baseline
