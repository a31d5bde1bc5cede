"""A slow reading of a session's record, to hold the fold of the treatment and its checklist against.

It knows the events and the protocol's numbers, and none of the helpers that the fold is made of.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from devices.readings import SECOND, Metric, Micros
from monitor.clinic.events import (
    AlarmEnded,
    AlarmRaised,
    AnyEvent,
    BaselineLocked,
    PressureReading,
    SessionEnded,
)
from monitor.clinic.priority import Priority
from monitor.clinic.protocol import Protocol
from monitor.clinic.treatment.events import (
    AssessmentRecorded,
    AttestationWithdrawn,
    BolusGiven,
    ChecklistAttested,
    DeviceGiven,
    DoseEvent,
    DosingEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    OxygenSet,
    RateChanged,
)
from monitor.clinic.treatment.plan import (
    Assessed,
    Attested,
    ChecklistItem,
    NoHighAlarm,
    Observed,
    PressureNearBaseline,
    Saturation,
)

MINUTE = 60 * SECOND


def was_at(event: DoseEvent | SessionEnded) -> Micros:
    """When it was; records of old know only when it was told."""
    told = None if isinstance(event, SessionEnded) else event.given_at
    return event.at if told is None else told


def first_dose_at(events: Sequence[AnyEvent]) -> Micros | None:
    return min((was_at(event) for event in events if isinstance(event, DeviceGiven | InfusionStarted)), default=None)


def ended_at(events: Sequence[AnyEvent]) -> Micros | None:
    return next((was_at(event) for event in events if isinstance(event, DosingEnded)), None)


def mg_given(events: Sequence[AnyEvent], until: Micros) -> Fraction:
    """Devices and boluses, and what the pump gave in every stretch between two events, as exact fractions: in the order
    in which they happened, however they were told.
    """
    given, in_bag, bag_mg, bag_ml = Fraction(0), Fraction(0), Fraction(0), Fraction(1)
    rate, on, since = Fraction(0), False, 0
    dosed = sorted((each for each in events if isinstance(each, DoseEvent | SessionEnded)), key=was_at)
    for event in [*(each for each in dosed if was_at(each) <= until), None]:
        at = until if event is None else was_at(event)
        if on:
            flowed = rate * Fraction(at - since, 3600 * SECOND) * bag_mg / bag_ml
            in_bag = min(bag_mg, in_bag + flowed)
        since = at
        match event:
            case DeviceGiven() | BolusGiven():
                given += Fraction(event.mg)
            case InfusionStarted():
                bag_mg, bag_ml = Fraction(event.dose_mg), Fraction(event.volume_ml)
                rate, on = Fraction(event.rate_ml_h), True
            case RateChanged():
                rate = Fraction(event.rate_ml_h)
            case InfusionPaused() | DosingEnded() | SessionEnded():
                on = False
            case InfusionResumed():
                on = True
    return given + in_bag


def holding(
    events: Sequence[AnyEvent], values: Mapping[Micros, float], protocol: Protocol, now: Micros
) -> dict[str, bool]:
    """Which items of the checklist hold at a time after all the events. ``values`` are saturations, one a second."""
    return {item.id: _holds(item, events, values, protocol, now) for item in protocol.checklist}


def _holds(
    item: ChecklistItem, events: Sequence[AnyEvent], values: Mapping[Micros, float], protocol: Protocol, now: Micros
) -> bool:
    match item:
        case Observed():
            from_dose = protocol.observation.anchor == "first_dose"
            anchor = first_dose_at(events) if from_dose else ended_at(events)
            return anchor is not None and now - anchor >= protocol.observation.minutes * MINUTE
        case PressureNearBaseline():
            return _near_baseline(item, events, now)
        case Saturation():
            return _saturated(item, events, values, now)
        case NoHighAlarm():
            on: dict[str, bool] = {}
            for each in events:
                match each:
                    case AlarmRaised():
                        on[each.condition] = each.priority is Priority.HIGH
                    case AlarmEnded():
                        on[each.condition] = False
            over = any(isinstance(each, SessionEnded) for each in events)
            return over or not any(on.values())
        case Assessed():
            return _assessed(item, events, now)
        case Attested():
            said = [
                isinstance(each, ChecklistAttested)
                for each in events
                if isinstance(each, ChecklistAttested | AttestationWithdrawn) and each.item == item.id
            ]
            return bool(said) and said[-1]


def _near_baseline(item: PressureNearBaseline, events: Sequence[AnyEvent], now: Micros) -> bool:
    zero = first_dose_at(events)
    locked = [each.values for each in events if isinstance(each, BaselineLocked)]
    if zero is None or not locked:
        return False
    readings = [each for each in events if isinstance(each, PressureReading) and each.measured_at > zero]
    newest = sorted(readings, key=lambda each: each.measured_at)[-item.readings :]
    if len(newest) < item.readings or (now - newest[-1].measured_at) // MINUTE > item.within_min:
        return False
    return all(
        base * (100 - item.below_percent) <= value * 100 <= base * (100 + item.percent)
        for each in newest
        for value, base in ((each.sys, locked[-1][Metric.SYS]), (each.dia, locked[-1][Metric.DIA]))
    ) and not any(
        (item.highest_sys is not None and each.sys > item.highest_sys)
        or (item.highest_dia is not None and each.dia > item.highest_dia)
        for each in newest
    )


def _saturated(item: Saturation, events: Sequence[AnyEvent], values: Mapping[Micros, float], now: Micros) -> bool:
    seconds = round(item.minutes * 60)
    start = now - seconds * SECOND
    flows = [(event.at, event.litres_min) for event in events if isinstance(event, OxygenSet)]
    before = [flow for at, flow in flows if at <= start]
    if (before and before[-1] > 0) or any(flow > 0 for at, flow in flows if at > start):
        return False
    seen = [value for at, value in values.items() if start < at <= now]
    return all(value >= item.at_least for value in seen) and len(seen) * 10 >= seconds * 8


def _assessed(item: Assessed, events: Sequence[AnyEvent], now: Micros) -> bool:
    zero = first_dose_at(events)
    made = [each for each in events if isinstance(each, AssessmentRecorded) and each.scale is item.scale]
    if zero is None or not made:
        return False
    last = max(each.given_at for each in made)
    newest = [each for each in made if each.given_at == last][-1]
    if last < zero or (now - last) // MINUTE > item.within_min:
        return False
    result = sum(newest.values.values())
    return (item.at_least is None or result >= item.at_least) and (item.at_most is None or result <= item.at_most)
