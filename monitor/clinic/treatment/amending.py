"""The record as it should have been told: events with their corrections put in.

The events themselves are never changed. Whatever counts, draws or sends on takes the amended ones; what is shown as
said then takes those of the record.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import msgspec

from devices.readings import Metric, Micros
from monitor.clinic.events import AnyEvent, BaselineLocked, DoseStarted, PressureReading, PressureTaken
from monitor.clinic.session import pressure_baseline
from monitor.clinic.treatment.dosing import Dosing
from monitor.clinic.treatment.events import (
    Amended,
    AssessmentRecorded,
    BolusGiven,
    DeviceGiven,
    DoseEvent,
    DosingEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    MedicineGiven,
    RateChanged,
)

Value = float | int | str | None

AMENDABLE: dict[type[AnyEvent], tuple[str, ...]] = {
    DeviceGiven: ("mg", "lot", "expiry", "given_at"),
    InfusionStarted: ("dose_mg", "volume_ml", "rate_ml_h", "lot", "given_at"),
    RateChanged: ("rate_ml_h", "given_at"),
    InfusionPaused: ("given_at",),
    InfusionResumed: ("given_at",),
    BolusGiven: ("mg", "given_at"),
    DosingEnded: ("mg", "given_at"),
    MedicineGiven: ("medicine", "dose", "given_at"),
    PressureTaken: ("sys", "dia", "pr", "measured_at"),
}
"""What a correction can put another value in for; of all else it tells in words."""
WITHDRAWABLE = (DeviceGiven, RateChanged, BolusGiven, MedicineGiven, PressureTaken, AssessmentRecorded)
"""What can be taken back whole: entered for another patient, or twice."""
PRESSURES = (Metric.SYS, Metric.DIA, Metric.MAP)
TIMES = ("given_at", "measured_at")


def as_amended(told: Sequence[AnyEvent]) -> list[AnyEvent]:
    """The events of a session with their corrections put in, in the same order; without what was withdrawn.

    Time zero and the milligrams given follow from the corrected doses, unless they were corrected themselves; a locked
    baseline follows from corrected readings and, before the first dose, from its corrected time.
    """
    fixes: dict[int, list[Amended]] = defaultdict(list)
    for event in told:
        if isinstance(event, Amended) and (event.changes or event.withdrawn):
            fixes[event.corrects].append(event)
    if not fixes:
        return list(told)
    kept = [_fixed(event, fixes[event.seq]) for event in told if not any(fix.withdrawn for fix in fixes[event.seq])]
    total_was_told = {seq for seq, each in fixes.items() if any("mg" in fix.changes for fix in each)}
    doses_fixed = any(isinstance(each, DoseEvent) and fixes.get(each.seq) for each in told)
    return _with_what_follows(kept, total_was_told, _fixed_readings(told, fixes), doses_fixed=doses_fixed)


def _fixed(event: AnyEvent, fixes: Sequence[Amended]) -> AnyEvent:
    changes = {name: value for fix in fixes for name, value in fix.changes.items()}
    return changed_entry(event, changes) if changes else event


def changed_entry(event: AnyEvent, changes: Mapping[str, Value]) -> AnyEvent:
    """The entry with these values in it.

    Raises: msgspec.ValidationError for a value of another kind.
    """
    changed: AnyEvent = msgspec.convert({**msgspec.structs.asdict(event), **changes}, type(event))
    return changed


def _fixed_readings(told: Sequence[AnyEvent], fixes: Mapping[int, Sequence[Amended]]) -> list[int]:
    return [each.seq for each in told if isinstance(each, PressureTaken) and fixes.get(each.seq)]


def _with_what_follows(
    events: Sequence[AnyEvent], total_was_told: set[int], fixed_readings: Sequence[int], *, doses_fixed: bool
) -> list[AnyEvent]:
    doses = sorted((each for each in events if isinstance(each, DoseEvent)), key=lambda each: each.happened_at)
    first = next((each.happened_at for each in doses if isinstance(each, DeviceGiven | InfusionStarted)), None)
    started = next((each for each in events if isinstance(each, DoseStarted)), None)
    first = first if doses_fixed or started is None else started.zero
    moved = started is not None and started.zero != first
    told: list[AnyEvent] = []
    for event in events:
        match event:
            case DoseStarted() | DosingEnded() if not doses_fixed:
                told.append(event)  # What of it is damaged would be missing in a new sum.
            case DoseStarted() if first is None:
                continue
            case DoseStarted():
                told.append(msgspec.structs.replace(event, given_at=first))
            case BaselineLocked() if started is None or event.seq < started.seq:
                if moved or any(seq < event.seq for seq in fixed_readings):
                    event = _locked_again(event, events, first)
                told.append(event)
            case BaselineLocked() if any(seq < event.seq for seq in fixed_readings):
                told.append(_locked_again(event, events, None))
            case DosingEnded() if event.seq not in total_was_told:
                given = given_mg(doses, event.happened_at)
                told.append(msgspec.structs.replace(event, mg=given, complete=event.complete and given >= event.mg))
            case _:
                told.append(event)
    return told


def _locked_again(locked: BaselineLocked, events: Sequence[AnyEvent], zero: Micros | None) -> BaselineLocked:
    """From the readings before it, as they should have been: of a first dose at ``zero`` the last two before that, of
    one that was locked later as many of the newest as it was of.
    """
    before = [each for each in events if isinstance(each, PressureReading) and each.seq < locked.seq]
    of_dose = [each for each in before if zero is None or each.measured_at <= zero]
    count = locked.readings if zero is None else 2
    readings = sorted(of_dose, key=lambda each: each.measured_at)[-count:]
    others = {metric: value for metric, value in locked.values.items() if metric not in PRESSURES}
    values = {metric: value for metric, value in pressure_baseline(readings).items() if metric in locked.values}
    return msgspec.structs.replace(locked, values=others | values, readings=len(readings))


def given_mg(doses: Sequence[DoseEvent], until: Micros) -> float:
    """The milligrams that these doses, in their order, make up to a time; to the hundredth, as they are charted."""
    dosing = Dosing()
    for each in doses:
        if not isinstance(each, DosingEnded) and each.happened_at <= until:
            dosing = dosing.apply(each)
    return round(dosing.mg_at(until), 2)
