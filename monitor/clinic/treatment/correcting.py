"""Which values a correction puts in: as in charting, what cannot be is refused, what is unusual is asked about."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from devices.readings import Micros
from monitor.clinic.events import AnyEvent, PressureTaken
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused
from monitor.clinic.session import Session
from monitor.clinic.treatment.amending import (
    AMENDABLE,
    TIMES,
    WITHDRAWABLE,
    Value,
    as_amended,
    changed_entry,
    given_mg,
)
from monitor.clinic.treatment.charting import medicine_text
from monitor.clinic.treatment.dosing import Dosing
from monitor.clinic.treatment.events import (
    Amended,
    BolusGiven,
    DeviceGiven,
    DoseEvent,
    DosingEnded,
    InfusionStarted,
    RateChanged,
)
from monitor.clinic.treatment.giving import (
    DOSE_MG,
    RATE_ML_H,
    ROUNDING_MG,
    VOLUME_ML,
    expired,
    expiry_month,
    lot_as_printed,
    unusual_bolus,
    unusual_infusion,
    unusual_rate,
)
from monitor.clinic.treatment.pressure import POSSIBLE, demand_over, unusual_pressure

MOST_MG = 1000.0
"""Beyond it a total, and without its protocol any dose, can only be a slip of the keyboard."""
_TEXTS: dict[str, Callable[[str], str]] = {
    "lot": lot_as_printed,
    "expiry": expiry_month,
    "medicine": lambda text: medicine_text(text, "medicine"),
    "dose": lambda text: medicine_text(text, "dose"),
}


def possible_changes(
    session: Session,
    protocol: Protocol | None,
    told: Sequence[AnyEvent],
    corrects: int,
    changes: Mapping[str, Value],
    *,
    withdrawn: bool,
) -> dict[str, Value]:
    """The changes as they are kept. ``told`` are the session's events as they are in the record; what was corrected
    before counts.

    Raises: Refused for what cannot be.
    """
    entry = next((each for each in as_amended(told) if each.seq == corrects), None)
    if entry is None:
        raise Refused("This entry was withdrawn. Say in words what is right.", "corrects")
    if withdrawn and not isinstance(entry, WITHDRAWABLE):
        raise Refused("This entry cannot be withdrawn. Say in words what is right.", "withdrawn")
    if withdrawn and changes:
        raise Refused("An entry is withdrawn or corrected, not both.", "withdrawn")
    for name in changes:
        if name not in AMENDABLE.get(type(entry), ()):
            raise Refused("Another value cannot be put in here. Say in words what is right.", name)
    kept = {name: _possible(session, protocol, entry, name, value) for name, value in changes.items()}
    try:
        changed = changed_entry(entry, kept)
    except msgspec.ValidationError as error:
        raise Refused("This is not a value that can stand here.", next(iter(changes))) from error
    if isinstance(changed, PressureTaken):
        demand_over(changed.sys, changed.dia, "sys")
    if any(name in TIMES for name in changes) and isinstance(changed, DoseEvent):
        _demand_order(told, changed)
    return kept


def _possible(session: Session, protocol: Protocol | None, entry: AnyEvent, name: str, value: Value) -> Value:
    if name in TIMES:
        until = session.ended_at or session.opened_at
        if not isinstance(value, int) or not session.opened_at <= value <= until:
            raise Refused("The time must lie within the session.", name)
        return value
    if name in _TEXTS:
        return _TEXTS[name](value) if isinstance(value, str) else value
    lowest, highest = _range(protocol, entry, name)
    if value is not None and not (isinstance(value, int | float) and lowest <= value <= highest):
        raise Refused(f"{value} cannot be right; allowed is {lowest:g} to {highest:g}.", name)
    return value


def _range(protocol: Protocol | None, entry: AnyEvent, name: str) -> tuple[float, float]:
    most = MOST_MG if protocol is None else protocol.dose.highest_mg
    if isinstance(entry, DosingEnded):
        return 0, MOST_MG
    if isinstance(entry, DeviceGiven):
        return 0, most  # Of a device all can be lost.
    ranges = {"mg": (DOSE_MG, most), "dose_mg": (DOSE_MG, most), "volume_ml": VOLUME_ML, "rate_ml_h": RATE_ML_H}
    return (ranges | POSSIBLE)[name]


def _demand_order(told: Sequence[AnyEvent], changed: DoseEvent) -> None:
    """What was given came in the order in which it was charted."""
    doses = [each for each in as_amended(told) if isinstance(each, DoseEvent)]
    before = max((each.happened_at for each in doses if each.seq < changed.seq), default=None)
    after = min((each.happened_at for each in doses if each.seq > changed.seq), default=None)
    if (before is not None and changed.happened_at < before) or (after is not None and changed.happened_at > after):
        raise Refused("At that time it would not stand in the order of what was given.", "given_at")


def unusual(
    session: Session,
    protocol: Protocol | None,
    told: Sequence[AnyEvent],
    fix: Amended,
    month_of: Callable[[Micros], str],
) -> list[str]:
    """What a person is asked about a correction that could be. ``month_of`` is the month of a time, ``2026-11``."""
    after = as_amended([*told, fix])
    entry = next((each for each in after if each.seq == fix.corrects), None)
    own = [] if entry is None else _unusual_entry(session, protocol, after, entry, fix.changes, month_of)
    return [*own, *_unusual_total(session, as_amended(told), after)]


def _unusual_entry(
    session: Session,
    protocol: Protocol | None,
    events: Sequence[AnyEvent],
    entry: AnyEvent,
    changes: Mapping[str, Value],
    month_of: Callable[[Micros], str],
) -> list[str]:
    """Of the values that are put in anew, beside those that the entry has."""
    if isinstance(entry, PressureTaken):
        return unusual_pressure({name: getattr(entry, name) for name in POSSIBLE if changes.get(name) is not None})
    if isinstance(entry, DeviceGiven):
        late = expired(entry.expiry, month_of(entry.given_at)) if "expiry" in changes else []
        return [*(_unusual_device(entry, protocol) if "mg" in changes else []), *late]
    # Limits by weight can be asked about only where both are known.
    if protocol is None or not session.weight_kg or changes.keys() <= {*TIMES, "lot"}:
        return []
    before = _dosing_before(events, entry)
    match entry:
        case InfusionStarted(dose_mg=mg, volume_ml=ml, rate_ml_h=rate):
            return unusual_infusion(session, protocol, mg, ml, round(ml * 60 / rate, 1), rate)
        case RateChanged(rate_ml_h=rate) if before.infusion is not None:
            return unusual_rate(session, protocol, before.infusion, rate)
        case BolusGiven(mg=mg) if before.infusion is not None:
            return unusual_bolus(session, protocol, before, mg)
    return []


def _unusual_device(device: DeviceGiven, protocol: Protocol | None) -> list[str]:
    holds = None if protocol is None else protocol.dose.device_mg
    if holds is None or abs(device.mg - holds) <= ROUNDING_MG:
        return []
    return [f"{device.mg:g} mg, but a device holds {holds:g} mg."]


def _dosing_before(events: Sequence[AnyEvent], entry: AnyEvent) -> Dosing:
    dosing = Dosing()
    for each in events:
        if isinstance(each, DoseEvent) and each.seq < entry.seq:
            dosing = dosing.apply(each)
    return dosing


def _unusual_total(session: Session, before: Sequence[AnyEvent], after: Sequence[AnyEvent]) -> list[str]:
    """Of a total that the correction changes: more than was planned, or not what the doses make. An infusion with its
    boluses is asked about by the weight.
    """
    told, made = _totals(session, after)
    if (told, made) == _totals(session, before):
        return []
    warnings = []
    planned, sprayed = session.dose_mg, any(isinstance(each, DeviceGiven) for each in after)
    if sprayed and planned and told > planned + ROUNDING_MG:
        warnings.append(f"{told:g} mg in all are more than the planned {planned:g} mg.")
    if abs(told - made) > ROUNDING_MG:
        warnings.append(f"The total is told as {told:g} mg, but the doses make {made:g} mg.")
    return warnings


def _totals(session: Session, events: Sequence[AnyEvent]) -> tuple[float, float]:
    """The milligrams that are told as given, and those that the doses make."""
    ended = next((each for each in events if isinstance(each, DosingEnded)), None)
    until = ended.happened_at if ended is not None else session.ended_at or session.opened_at
    doses = sorted((each for each in events if isinstance(each, DoseEvent)), key=lambda each: each.happened_at)
    made = given_mg(doses, until)
    return made if ended is None else ended.mg, made
