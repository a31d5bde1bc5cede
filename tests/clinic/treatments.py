"""Brings a session from one step to the next as a nurse would: by charting what makes the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from devices.readings import SECOND, Micros
from monitor.clinic.event import Event
from monitor.clinic.events import AnyEvent, CuffMeasured, Phase
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session, abort_session, enter_phase
from monitor.clinic.treatment.charting import record_assessment
from monitor.clinic.treatment.ending import Signature, leave_against_advice, sign_discharge, transfer
from monitor.clinic.treatment.events import AssessmentRecorded
from monitor.clinic.treatment.giving import Nasal, Ordered, end_dosing, give_device, start_infusion
from monitor.clinic.treatment.plan import Gate, Observation
from monitor.clinic.treatment.scales import SCALES, Scale
from monitor.config import SHIPPED_PROTOCOLS, load

E = TypeVar("E", bound=Event)

MINUTE: Micros = 60 * SECOND
SHIPPED: Mapping[str, Protocol] = load(SHIPPED_PROTOCOLS.parent.parent / "config.toml").protocols
USUAL_GATE = Gate(sys=140, dia=90)
TWO_HOURS = Observation(minutes=120, anchor="first_dose")
NURSE = "nurse 1"
SIGNED = Signature(NURSE, "nurse", covers=1, digest="d1")
BY_CLINICIAN = Signature("Dr. 1", "clinician", covers=1, digest="d1")
MONTH = "2026-11"
SPRAY_DEVICE = Nasal(lot="A1-77", expiry="2027-03", observed_by=NURSE)
ENDINGS = (Phase.DISCHARGED, Phase.LEFT, Phase.TRANSFERRED, Phase.ABORTED)


def after(session: Session, *events: AnyEvent) -> Session:
    for event in events:
        session = session.apply(event)
    return session


def of(kind: type[E], events: list[AnyEvent]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def first_dose(session: Session, protocol: Protocol, at: Micros) -> list[AnyEvent]:
    """The first device, or the start of the infusion in 50 mL over 40 minutes."""
    if protocol.dose.route == "iv":
        order = Ordered(dose_mg=session.dose_mg, volume_ml=50, minutes=40, lot="B2")
        return start_infusion(session, protocol, order, {}, (), NURSE, at)
    return give_device(session, protocol, SPRAY_DEVICE, MONTH, {}, (), NURSE, at)


def entered(session: Session, phase: Phase, protocol: Protocol, at: Micros) -> Session:
    """The session one step further."""
    match phase:
        case Phase.DOSING:
            return after(session, *first_dose(session, protocol, at))
        case Phase.MONITORING:
            return after(session, *end_dosing(session, protocol, "enough for today", NURSE, at))
    return after(session, *enter_phase(session, phase, protocol, NURSE, at))


def ending(session: Session, phase: Phase, at: Micros) -> list[AnyEvent]:
    """The end of the session, with whatever it needs."""
    match phase:
        case Phase.DISCHARGED:
            return sign_discharge(session, [], "", SIGNED, at)
        case Phase.LEFT:
            return leave_against_advice(session, "a bus to catch", "Dr. 1", SIGNED, at)
        case Phase.TRANSFERRED:
            return [transfer(session, "chest pain", "ambulance", NURSE, at)]
    return [abort_session(session, "vomiting", NURSE, at)]


def pressure(at: Micros, sys: float = 120, dia: float = 75) -> CuffMeasured:
    """A cuff reading."""
    return CuffMeasured(
        at=at, by="service", measured_at=at, sys=sys, dia=dia, map=90, pr=70, source="cuff", simulated=False
    )


def assessed(session: Session, scale: Scale, result: int, at: Micros, told: Micros | None = None) -> AssessmentRecorded:
    """An assessment of ``at`` with that result, told at once or later."""
    values, left = {}, result
    for item in SCALES[scale].items:
        values[item.id] = min(left, item.highest)
        left -= values[item.id]
    return record_assessment(session, scale, values, at, NURSE, at if told is None else told)
