"""Rules of giving the drug: each returns the events that follow, or raises ``Refused`` or ``Unconfirmed``."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TypeVar

import msgspec

from devices.readings import MINUTE, SECOND, Micros
from monitor.clinic.event import Phase
from monitor.clinic.events import AnyEvent
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused, confirmed_warnings
from monitor.clinic.session import Session, begin_dosing, enter_monitoring, plain_text, required_text
from monitor.clinic.treatment.dosing import Dosing, Infusion
from monitor.clinic.treatment.events import (
    BolusGiven,
    DeviceGiven,
    DoseEvent,
    DosingEnded,
    Finding,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    RateChanged,
)
from monitor.clinic.treatment.plan import exceeds
from monitor.clinic.treatment.times import time_of

LOT = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,19}")
EXPIRY = re.compile(r"20\d\d-(0[1-9]|1[0-2])")
DOSE_MG = 0.1
"""The least that anybody gives."""
RATE_ML_H = (0.1, 1000.0)
INFUSION_MIN = (1.0, 600.0)
VOLUME_ML = (1.0, 1000.0)
ROUNDING_MG = 0.05

_Made = TypeVar("_Made", bound=AnyEvent)


class Nasal(msgspec.Struct, frozen=True):
    """What is told of a nasal device."""

    lot: str
    expiry: str
    observed_by: str
    self_administered: bool = True
    given_at: Micros | None = None


class Ordered(msgspec.Struct, frozen=True):
    """An infusion as it is set up, and when it was started."""

    dose_mg: float
    volume_ml: float
    minutes: float
    lot: str
    checked_by: str = ""
    given_at: Micros | None = None

    @property
    def rate_ml_h(self) -> float:
        """Volume per time."""
        return self.volume_ml * 60 / self.minutes


def give_device(
    session: Session,
    protocol: Protocol,
    device: Nasal,
    month: str,
    found: Mapping[Finding, str],
    confirmed: Collection[str],
    by: str,
    at: Micros,
) -> list[AnyEvent]:
    """Chart a nasal device. ``month`` is the present one, ``2026-11``; ``found`` what the gate finds, which is asked
    only before the first. What speaks against a device is refused; of one that was given, and is told afterwards with
    its time, it is asked about, because the record must say what happened.
    """
    _demand_route(protocol, "nasal")
    given = session.treatment.dosing.devices
    mg = protocol.dose.device_mg or session.dose_mg
    asked = [] if given else list(found.values())
    _demand_dosing(session, found if asked and device.given_at is None else {})
    if sum(each.mg for each in given) + mg > session.dose_mg + ROUNDING_MG:
        raise Refused(f"All {session.dose_mg:g} mg were given.")
    used_at = _in_order(session, device.given_at, at)
    early = _early(given[-1].given_at, used_at, protocol.dose.device_wait_min) if given else ""
    if early and device.given_at is None:
        raise Refused(early, "given_at")
    event = _of(
        DeviceGiven(
            at=at,
            by=by,
            number=len(given) + 1,
            mg=mg,
            lot=lot_as_printed(device.lot),
            expiry=expiry_month(device.expiry),
            self_administered=device.self_administered,
            observed_by=required_text(device.observed_by, "observed_by", "Say who observed it."),
            given_at=used_at,
            warnings=confirmed_warnings(
                [*expired(device.expiry, month), *_unmeasured(session, used_at), *asked, *filter(None, [early])],
                confirmed,
            ),
        ),
        session,
    )
    return [event] if given else [event, *begin_dosing(session, protocol, used_at, by, at)]


def start_infusion(
    session: Session,
    protocol: Protocol,
    order: Ordered,
    found: Mapping[Finding, str],
    confirmed: Collection[str],
    by: str,
    at: Micros,
) -> list[AnyEvent]:
    """Start the pump, or chart that it was started: then what speaks against it is asked about, as of a device."""
    _demand_route(protocol, "iv")
    _demand_dosing(session, found if order.given_at is None else {})
    if session.treatment.dosing.infusion is not None:
        raise Refused("The infusion was started already.")
    _demand_within(order.dose_mg, (DOSE_MG, protocol.dose.highest_mg), "mg", "dose_mg")
    _demand_within(order.volume_ml, VOLUME_ML, "mL", "volume_ml")
    _demand_within(order.minutes, INFUSION_MIN, "min", "minutes")
    _demand_within(order.rate_ml_h, RATE_ML_H, "mL/h", "minutes")
    warnings = unusual_infusion(session, protocol, order.dose_mg, order.volume_ml, order.minutes, order.rate_ml_h)
    started_at = _in_order(session, order.given_at, at)
    event = _of(
        InfusionStarted(
            at=at,
            by=by,
            dose_mg=order.dose_mg,
            volume_ml=order.volume_ml,
            minutes=order.minutes,
            rate_ml_h=order.rate_ml_h,
            lot=lot_as_printed(order.lot),
            checked_by=plain_text(order.checked_by, "checked_by"),
            given_at=started_at,
            warnings=confirmed_warnings(
                [*warnings, *_unmeasured(session, started_at), *found.values()],
                confirmed,
            ),
        ),
        session,
    )
    return [event, *begin_dosing(session, protocol, started_at, by, at)]


def change_rate(
    session: Session,
    protocol: Protocol,
    rate_ml_h: float,
    confirmed: Collection[str],
    by: str,
    at: Micros,
    given_at: Micros | None = None,
) -> RateChanged:
    """Run the infusion at another rate, from ``given_at`` on or from now."""
    infusion = _infusion(session)
    _demand_within(rate_ml_h, RATE_ML_H, "mL/h", "rate_ml_h")
    warnings = unusual_rate(session, protocol, infusion, rate_ml_h)
    changed_at = _in_order(session, given_at, at)
    warned = confirmed_warnings(warnings, confirmed)
    return _of(RateChanged(at=at, by=by, rate_ml_h=rate_ml_h, given_at=changed_at, warnings=warned), session)


def pause_infusion(
    session: Session, reason: str, by: str, at: Micros, given_at: Micros | None = None
) -> InfusionPaused:
    """Stop the pump for a while."""
    if not _infusion(session).running:
        raise Refused("The infusion is paused already.")
    why = required_text(reason, "reason", "Say why it is paused.")
    return _of(InfusionPaused(at=at, by=by, reason=why, given_at=_in_order(session, given_at, at)), session)


def resume_infusion(session: Session, by: str, at: Micros, given_at: Micros | None = None) -> InfusionResumed:
    """Let the pump run again."""
    if _infusion(session).running:
        raise Refused("The infusion is running.")
    return _of(InfusionResumed(at=at, by=by, given_at=_in_order(session, given_at, at)), session)


def give_bolus(
    session: Session,
    protocol: Protocol,
    mg: float,
    confirmed: Collection[str],
    by: str,
    at: Micros,
    given_at: Micros | None = None,
) -> BolusGiven:
    """Chart an extra dose."""
    _demand_within(mg, (DOSE_MG, protocol.dose.highest_mg), "mg", "mg")
    _infusion(session)
    warnings = unusual_bolus(session, protocol, session.treatment.dosing, mg)
    when, warned = _in_order(session, given_at, at), confirmed_warnings(warnings, confirmed)
    return _of(BolusGiven(at=at, by=by, mg=mg, given_at=when, warnings=warned), session)


def end_dosing(
    session: Session, protocol: Protocol, reason: str, by: str, at: Micros, given_at: Micros | None = None
) -> list[AnyEvent]:
    """No more is given: the planned dose is in, or it is stopped early with a reason."""
    dosing = session.treatment.dosing
    if session.phase is not Phase.DOSING or not dosing.begun:
        raise Refused("Nothing is being given.")
    ended_at = _in_order(session, given_at, at)
    mg = dosing.mg_at(ended_at)
    infusion = dosing.infusion
    planned = session.dose_mg if infusion is None else infusion.dose_mg
    given = mg if infusion is None else infusion.mg_at(ended_at)  # A bolus is beside the planned dose.
    complete = given >= planned - ROUNDING_MG
    if not complete and not reason.strip():
        raise Refused(f"Only {given:.3g} of {planned:g} mg were given. Say why it ends early.", "reason")
    ended = DosingEnded(
        at=at,
        by=by,
        complete=complete,
        mg=round(mg, 2),
        reason=plain_text(reason, "reason"),
        given_at=ended_at,
    )
    return [_of(ended, session), *enter_monitoring(session, protocol, by, at)]


def unusual_infusion(
    session: Session, protocol: Protocol, dose_mg: float, volume_ml: float, minutes: float, rate_ml_h: float
) -> list[str]:
    """What a person is asked about an infusion as it begins."""
    checks, warnings = protocol.dose.checks, []
    if abs(dose_mg - session.dose_mg) > ROUNDING_MG:
        warnings.append(f"{dose_mg:g} mg, but {session.dose_mg:g} mg were planned.")
    if checks.mg_per_kg is not None and exceeds(dose_mg, checks.mg_per_kg * session.weight_kg):
        warnings.append(f"{dose_mg:g} mg are more than {checks.mg_per_kg:g} mg/kg.")
    if checks.shortest_min is not None and minutes < checks.shortest_min:
        warnings.append(f"{minutes:g} min are shorter than {checks.shortest_min:g} min.")
    return [*warnings, *_fast(rate_ml_h * dose_mg / volume_ml, session, protocol)]


def unusual_rate(session: Session, protocol: Protocol, infusion: Infusion, rate_ml_h: float) -> list[str]:
    """What a person is asked about another rate of an infusion that runs as told."""
    warnings = _fast(rate_ml_h * infusion.mg_per_ml, session, protocol)
    if exceeds(rate_ml_h, 2 * infusion.rate_ml_h):
        warnings.append(f"{rate_ml_h:g} mL/h is more than twice {infusion.rate_ml_h:g} mL/h.")
    return warnings


def unusual_bolus(session: Session, protocol: Protocol, before: Dosing, mg: float) -> list[str]:
    """What a person is asked about an extra dose beside what was given ``before``."""
    # All that is in the bag: what is in by now would be another sentence at each try.
    bag = 0.0 if before.infusion is None else before.infusion.dose_mg
    total, most = bag + sum(bolus.mg for bolus in before.boluses) + mg, protocol.dose.checks.mg_per_kg
    warnings = []
    if exceeds(mg, session.dose_mg / 2):
        warnings.append(f"{mg:g} mg are more than half of the planned {session.dose_mg:g} mg.")
    if most is not None and exceeds(total, most * session.weight_kg):
        warnings.append(f"With the infusion {total:.4g} mg in all, more than {most:g} mg/kg.")
    return warnings


def _of(event: _Made, session: Session) -> _Made:
    return msgspec.structs.replace(event, room=session.room, session=session.id)


def _demand_route(protocol: Protocol, route: str) -> None:
    if protocol.dose.route != route:
        given = "a nasal spray" if protocol.dose.route == "nasal" else "an infusion"
        raise Refused(f"{protocol.title} is given as {given}.")


def _demand_dosing(session: Session, found: Mapping[Finding, str]) -> None:
    if session.treatment.dosing.ended is not None or session.phase not in (Phase.BASELINE, Phase.DOSING):
        raise Refused("Dosing is over in this session.")
    if found:
        text = " ".join(found.values())
        raise Refused(f"The dose waits. {text} Wait and repeat, or let a clinician decide.")


def _in_order(session: Session, given_at: Micros | None, now: Micros) -> Micros:
    """When it was: not before what was charted last of the dose. Of the same minute, it came right after that."""
    when, newest = time_of(session, given_at, now), session.treatment.dosing.newest
    if newest is None:
        return when
    if when < newest.happened_at // MINUTE * MINUTE:
        raise Refused(f"{_told(newest)} after that: give the times in their order.", "given_at")
    return max(when, newest.happened_at)


def _told(event: DoseEvent) -> str:
    match event:
        case DeviceGiven(number=number):
            return f"Device {number} was used"
        case InfusionStarted():
            return "The infusion was started"
        case RateChanged():
            return "The rate was changed"
        case InfusionPaused():
            return "The infusion was paused"
        case InfusionResumed():
            return "The infusion was resumed"
    return "A bolus was given"


def _early(last: Micros, used_at: Micros, wait_min: float) -> str:
    """What is wrong about a device so soon after the last; empty when nothing is."""
    early = last + round(wait_min * MINUTE) - used_at
    if early <= 0:
        return ""
    left = f"{-(-early // MINUTE)} min" if early > MINUTE else f"{-(-early // SECOND)} s"
    return f"Devices are {wait_min:g} min apart: {left} too early."


def _infusion(session: Session) -> Infusion:
    infusion = session.treatment.dosing.infusion
    if infusion is None or session.treatment.dosing.ended is not None:
        raise Refused("No infusion is running.")
    return infusion


def _fast(mg_per_h: float, session: Session, protocol: Protocol) -> list[str]:
    most, rate = protocol.dose.checks.mg_per_kg_h, mg_per_h / session.weight_kg
    if most is None or not exceeds(rate, most):
        return []
    return [f"{rate:.4g} mg/kg/h is more than {most:g} mg/kg/h."]


def _demand_within(value: float, allowed: tuple[float, float], unit: str, field: str) -> None:
    lowest, highest = allowed
    if not lowest <= value <= highest:
        raise Refused(f"{value:g} {unit} cannot be right; allowed is {lowest:g} to {highest:g} {unit}.", field)


def lot_as_printed(lot: str) -> str:
    """A lot without space around it. Refuses what is printed on no package."""
    if not LOT.fullmatch(lot.strip()):
        raise Refused("Give the lot as it is printed: up to 20 letters, digits and dashes.", "lot")
    return lot.strip()


def expiry_month(expiry: str) -> str:
    """An expiry without space around it. Refuses what is no month."""
    if not EXPIRY.fullmatch(expiry.strip()):
        raise Refused("Give the expiry as year and month, such as 2027-03.", "expiry")
    return expiry.strip()


def expired(expiry: str, month: str) -> list[str]:
    """What a person is asked about a device that was used in ``month``."""
    return [f"This device expired in {expiry.strip()}."] if expiry.strip() < month else []


def _unmeasured(session: Session, used_at: Micros) -> list[str]:
    """The gate looks at the pressure of now; a first dose that is told later may have come before it."""
    if session.first_dose_at is not None or not session.treatment.readings or session.readings_before(used_at):
        return []
    return ["The first blood pressure was measured after this dose."]
