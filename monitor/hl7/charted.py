"""What a person gives and finds, as observations: doses, other medicines, oxygen, assessments, pressures by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from devices.readings import Metric, Micros
from monitor.clinic.events import AnyEvent, PressureTaken
from monitor.clinic.happened import happened_at
from monitor.clinic.treatment.dosing import Dosing, Infusion
from monitor.clinic.treatment.events import (
    AssessmentRecorded,
    BolusGiven,
    DeviceGiven,
    DoseEvent,
    DosingEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    MedicineGiven,
    OxygenSet,
    RateChanged,
)
from monitor.hl7 import codes
from monitor.hl7.codes import Code

CHARTED = (
    DeviceGiven,
    InfusionStarted,
    RateChanged,
    InfusionPaused,
    InfusionResumed,
    BolusGiven,
    DosingEnded,
    MedicineGiven,
    OxygenSet,
    AssessmentRecorded,
    PressureTaken,
)
"""The events that are told to others."""


NOTHING_GIVEN = Dosing()


class Charted(msgspec.Struct, frozen=True, kw_only=True):
    """An entry of a person. ``rate_ml_h`` is how fast an infusion ran from then on, ``None`` where there is none;
    ``corrected``: it was charted otherwise before; ``withdrawn``: there is no such entry any more.
    """

    event: AnyEvent
    rate_ml_h: float | None = None
    corrected: bool = False
    withdrawn: bool = False

    @property
    def at(self) -> Micros:
        """When it was, which may be before it was told."""
        return happened_at(self.event)


class Finding(msgspec.Struct, frozen=True):
    """One value of an entry: a number of ``unit``, or a text; ``None`` where the entry has no such value."""

    code: Code
    value: float | str | None
    unit: Code | None = None
    method: Code | None = None


def charted(events: Iterable[AnyEvent], dosing: Dosing = NOTHING_GIVEN) -> Iterator[Charted]:
    """The entries among events; ``dosing`` is what was given before them."""
    for event in events:
        if isinstance(event, DoseEvent):
            dosing = dosing.apply(event)
        if isinstance(event, CHARTED):
            yield Charted(event=event, rate_ml_h=None if dosing.infusion is None else _rate(dosing.infusion))


def _rate(infusion: Infusion) -> float:
    return infusion.rate_ml_h if infusion.running else 0.0


def findings(entry: Charted) -> list[Finding]:
    """The values that an entry has or can come to have by a correction, always in the same order."""
    match entry.event:
        case DeviceGiven(mg=mg, lot=lot):
            return [Finding(codes.NASAL_DOSE, mg, codes.MG), _lot(lot)]
        case BolusGiven(mg=mg):
            return [Finding(codes.BOLUS, mg, codes.MG)]
        case DosingEnded(mg=mg, complete=complete, reason=reason):
            how = Finding(codes.DOSING_END, "complete" if complete else f"stopped early: {reason}")
            return [Finding(codes.TOTAL_DOSE, mg, codes.MG), how, *_rate_of(entry)]
        case MedicineGiven(medicine=medicine, dose=dose):
            return [Finding(codes.MEDICINE, f"{medicine} {dose}")]
        case OxygenSet(litres_min=litres):
            return [Finding(codes.OXYGEN, litres, codes.LITRES_PER_MIN, codes.SET_BY_HAND)]
        case AssessmentRecorded(scale=scale, result=result):
            return [Finding(codes.assessment(scale), result, codes.SCORE, codes.BY_HAND)]
        case PressureTaken():
            return _pressure(entry.event)
    return _infusion(entry)


def _infusion(entry: Charted) -> list[Finding]:
    rate = _rate_of(entry)
    match entry.event:
        case InfusionStarted(dose_mg=mg, volume_ml=ml, lot=lot):
            dose, volume = Finding(codes.INFUSION_DOSE, mg, codes.MG), Finding(codes.INFUSION_VOLUME, ml, codes.ML)
            return [dose, volume, *rate, _lot(lot)]
        case InfusionPaused(reason=reason):
            return [*rate, Finding(codes.INFUSION_STATE, f"paused: {reason}")]
        case InfusionResumed():
            return [*rate, Finding(codes.INFUSION_STATE, "resumed")]
    return rate


def _rate_of(entry: Charted) -> list[Finding]:
    if entry.rate_ml_h is None or not isinstance(entry.event, DoseEvent):
        return []
    return [Finding(codes.RATE, entry.rate_ml_h, codes.ML_PER_H, codes.SET_BY_HAND)]


def _lot(lot: str) -> Finding:
    return Finding(codes.LOT, lot or None)


def _pressure(taken: PressureTaken) -> list[Finding]:
    values = {Metric.SYS: taken.sys, Metric.DIA: taken.dia}
    pressures = [
        Finding(codes.MEASURED[metric], value, codes.UNITS[metric], codes.BY_HAND) for metric, value in values.items()
    ]
    return [*pressures, Finding(codes.PULSE_BY_HAND, taken.pr, codes.BEATS, codes.BY_HAND)]
