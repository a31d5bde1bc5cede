"""What a person's command leads to in a treatment, judged against the room's session as it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime

import msgspec

from devices.readings import MINUTE, SECOND, Micros
from monitor.clinic.events import AnyEvent
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused
from monitor.clinic.session import Session
from monitor.clinic.treatment.arriving import hold_dose, override_gate, record_intake
from monitor.clinic.treatment.charting import (
    attest,
    give_medicine,
    record_assessment,
    report_serious_event,
    set_episode,
    set_oxygen,
    withdraw_attestation,
)
from monitor.clinic.treatment.ending import Signature, demand_seen, leave_against_advice, sign_discharge, transfer
from monitor.clinic.treatment.gate import open_findings
from monitor.clinic.treatment.giving import (
    change_rate,
    end_dosing,
    give_bolus,
    give_device,
    pause_infusion,
    resume_infusion,
    start_infusion,
)
from monitor.clinic.treatment.intake import Intake
from monitor.clinic.treatment.pressure import take_pressure
from monitor.clinic.watching import lock_baseline
from monitor.service.actor import Actor
from monitor.service.room import Room
from monitor.service.treatment_messages import (
    AnyTreatmentCommand,
    Attest,
    ChangeRate,
    EndDosing,
    GiveBolus,
    GiveDevice,
    GiveMedicine,
    HoldDose,
    LeaveAgainstAdvice,
    OverrideGate,
    PauseInfusion,
    RecordAssessment,
    RecordIntake,
    ReportSeriousEvent,
    ResumeInfusion,
    SetEpisode,
    SetOxygen,
    SignDischarge,
    StartInfusion,
    TakePressure,
    Transfer,
    WithdrawAttestation,
)


class Anchor(msgspec.Struct, frozen=True):
    """The newest event of the record and the hash of its chain there: everything up to it."""

    seq: int
    digest: str


def decide_on_treatment(
    command: AnyTreatmentCommand, actor: Actor, room: Room, anchor: Callable[[], Anchor], now: Micros
) -> Sequence[AnyEvent]:
    """Judge a command of a room whose session is open.

    Raises: Refused, with a sentence for the person.
    """
    session, protocol = room.treated()
    by = actor.by
    match command:
        case RecordIntake():
            intake = with_age(command.intake, now)
            return [record_intake(session, intake, command.seen, command.confirmed, by, now)]
        case HoldDose():
            return [hold_dose(session, command.minutes, room.evidence.gate(session, protocol, now), by, now)]
        case OverrideGate():
            demand_signature(actor)
            found = room.evidence.gate(session, protocol, now)
            return [override_gate(session, found, command.seen, command.reason, by, actor.role, now)]
        case TakePressure(sys=sys, dia=dia, pr=pr, given_at=given_at, confirmed=confirmed):
            return [take_pressure(session, sys, dia, pr, given_at, confirmed, by, now)]
        case GiveMedicine():
            return [give_medicine(session, command.medicine, command.dose, command.given_at, by, now)]
        case SetOxygen():
            return [set_oxygen(session, command.litres_min, by, now)]
        case RecordAssessment():
            return [record_assessment(session, command.scale, command.values, command.given_at, by, now)]
        case SetEpisode():
            given = (command.episode, command.onset_at, command.resolved_at, command.reason)
            return [set_episode(session, *given, by, now)]
        case Attest():
            return [attest(session, protocol, command.item, command.remark, by, now)]
        case WithdrawAttestation():
            return [withdraw_attestation(session, protocol, command.item, command.reason, by, now)]
        case ReportSeriousEvent():
            return [report_serious_event(session, command.text, command.outcomes, by, now)]
        case SignDischarge():
            states = room.evidence.checklist(session, protocol, now)
            events = sign_discharge(session, states, command.override, signature_of(actor, anchor), now)
            if command.override.strip():
                demand_seen(states, command.seen)
            return events
        case LeaveAgainstAdvice():
            return leave_against_advice(session, command.reason, command.told, signature_of(actor, anchor), now)
        case Transfer():
            return [transfer(session, command.reason, command.told, by, now)]
    return _dose(command, actor, room, session, protocol, now)


def _dose(
    command: GiveDevice | StartInfusion | ChangeRate | PauseInfusion | ResumeInfusion | GiveBolus | EndDosing,
    actor: Actor,
    room: Room,
    session: Session,
    protocol: Protocol,
    now: Micros,
) -> Sequence[AnyEvent]:
    """What gives the drug. The first dose also locks the baseline, when there was a reading to lock."""
    by = actor.by
    match command:
        case GiveDevice():
            found = open_findings(session, room.evidence.gate(session, protocol, now, command.device.given_at))
            events = give_device(session, protocol, command.device, month_of(now), found, command.confirmed, by, now)
            return [*_baseline(room, session, protocol, command.device.given_at, now), *events]
        case StartInfusion():
            found = open_findings(session, room.evidence.gate(session, protocol, now, command.order.given_at))
            events = start_infusion(session, protocol, command.order, found, command.confirmed, by, now)
            return [*_baseline(room, session, protocol, command.order.given_at, now), *events]
        case ChangeRate(rate_ml_h=rate, given_at=given_at, confirmed=confirmed):
            return [change_rate(session, protocol, rate, confirmed, by, now, given_at)]
        case PauseInfusion(reason=reason, given_at=given_at):
            return [pause_infusion(session, reason, by, now, given_at)]
        case ResumeInfusion(given_at=given_at):
            return [resume_infusion(session, by, now, given_at)]
        case GiveBolus(mg=mg, given_at=given_at, confirmed=confirmed):
            return [give_bolus(session, protocol, mg, confirmed, by, now, given_at)]
        case EndDosing(reason=reason, given_at=given_at):
            return end_dosing(session, protocol, reason, by, now, given_at)


def _baseline(room: Room, session: Session, protocol: Protocol, dose_at: Micros | None, now: Micros) -> list[AnyEvent]:
    given_at = now if dose_at is None else dose_at
    # What was measured after a dose that is told later is no baseline.
    if session.baseline is not None or session.first_dose_at is not None or not session.readings_before(given_at):
        return []
    steady = room.evidence.steady_values(now) if now - given_at < MINUTE else {}
    return [lock_baseline(session, steady, "first dose", f"protocol {protocol.id}", now, given_at)]


def month_of(at: Micros) -> str:
    """The month of a time in the clinic, ``2026-11``."""
    return f"{datetime.fromtimestamp(at / SECOND).astimezone():%Y-%m}"


def demand_signature(actor: Actor) -> None:
    """Refuse what was not signed with the PIN."""
    if not actor.signed:
        raise Refused("Sign with your PIN.", "pin")


def signature_of(actor: Actor, anchor: Callable[[], Anchor]) -> Signature:
    """The signature of a person whose PIN was checked, on the record as it is."""
    demand_signature(actor)
    newest = anchor()
    return Signature(actor.by, actor.role, newest.seq, newest.digest)


def with_age(intake: Intake, now: Micros) -> Intake:
    """The intake with the age that its birth date makes today.

    Raises: Refused for a date that is none.
    """
    if not intake.birth_date:
        return intake
    try:
        born = date.fromisoformat(intake.birth_date)
    except ValueError as error:
        raise Refused(f"{intake.birth_date} is not a date.", "intake.birth_date") from error
    today = datetime.fromtimestamp(now / SECOND).astimezone().date()
    if born > today:
        raise Refused(f"{intake.birth_date} is still to come.", "intake.birth_date")
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    if intake.age not in (None, age):
        raise Refused(f"Born {intake.birth_date} is {age} years old, not {intake.age}.", "intake.age")
    return msgspec.structs.replace(intake, age=age)
