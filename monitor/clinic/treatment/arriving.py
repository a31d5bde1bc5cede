"""Before the first dose: the intake, and what is decided about a gate that found something."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from devices.readings import SECOND, Micros
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused, confirmed_warnings
from monitor.clinic.session import Session, plain_text
from monitor.clinic.treatment.events import DoseHeld, Finding, GateOverridden, IntakeRecorded
from monitor.clinic.treatment.gate import open_findings
from monitor.clinic.treatment.intake import OLDEST, YOUNGEST, Intake
from monitor.clinic.treatment.plan import exceeds

CLINICIAN = "clinician"
LB_PER_KG = 2.2046
LONGEST_HOLD_MIN = 120


class LastVisit(msgspec.Struct, frozen=True):
    """What a patient's last session says of them."""

    weight_kg: float
    intake: Intake
    at: Micros


def check_intake(intake: Intake) -> None:
    """Refuses answers that can only be a slip of the keyboard."""
    if intake.age is not None and not YOUNGEST <= intake.age <= OLDEST:
        allowed = f"allowed is {YOUNGEST} to {OLDEST} years"
        raise Refused(f"{intake.age} years cannot be right; {allowed}.", "intake.age")
    if intake.session_number is not None and not 1 <= intake.session_number <= 999:
        raise Refused("The number of the session is 1 to 999.", "intake.session_number")


def unusual_weight(weight_kg: float, protocol: Protocol, last: LastVisit | None) -> list[str]:
    """What a person is asked about a weight."""
    checks, warnings = protocol.dose.checks, []
    if not checks.lightest <= weight_kg <= checks.heaviest:
        in_kg = f"in pounds it would be {weight_kg / LB_PER_KG:.0f} kg"
        warnings.append(f"{weight_kg:g} kg is unusual; {in_kg}.")
    if last is not None and abs(weight_kg - last.weight_kg) > last.weight_kg * checks.weight_change / 100:
        warnings.append(f"{weight_kg:g} kg, but {last.weight_kg:g} kg at the last visit.")
    return warnings


def unusual_dose(dose_mg: float, weight_kg: float, protocol: Protocol) -> list[str]:
    """What a person is asked about a planned dose."""
    most = protocol.dose.checks.mg_per_kg
    if most is None or not exceeds(dose_mg, most * weight_kg):
        return []
    return [f"{dose_mg:g} mg are {dose_mg / weight_kg:.4g} mg/kg, more than {most:g} mg/kg."]


def record_intake(
    session: Session, intake: Intake, seen: Intake | None, confirmed: Collection[str], by: str, at: Micros
) -> IntakeRecorded:
    """Take down the answers; those that were there before are replaced, and stay in the record. Of an answer that
    somebody else has given since the person looked (``seen``) it is asked whether it shall be replaced.
    """
    check_intake(intake)
    replaced = confirmed_warnings(list(_replaced(session.treatment.intake, seen, intake)), confirmed)
    return IntakeRecorded(at=at, by=by, room=session.room, session=session.id, intake=intake, warnings=replaced)


def _replaced(known: Intake, seen: Intake | None, new: Intake) -> Iterator[str]:
    for name, answer in msgspec.to_builtins(known).items():
        before = answer if seen is None else msgspec.to_builtins(seen)[name]
        if answer not in (before, msgspec.to_builtins(new)[name]):
            yield f"Changed meanwhile: {name.replace('_', ' ')}, now {_words(answer)}."


def _words(answer: object) -> str:
    match answer:
        case True | False:
            return "yes" if answer else "no"
        case []:
            return "none"
        case [*several]:
            return ", ".join(map(str, several)).replace("_", " ")
    return str(answer or "not asked").replace("_", " ")


def hold_dose(session: Session, minutes: int, found: Mapping[Finding, str], by: str, at: Micros) -> DoseHeld:
    """Wait, and let the cuff measure again."""
    _demand_before_dose(session)
    if not 1 <= minutes <= LONGEST_HOLD_MIN:
        raise Refused(f"Wait 1 to {LONGEST_HOLD_MIN} min.", "minutes")
    until = at + minutes * 60 * SECOND
    return DoseHeld(at=at, by=by, room=session.room, session=session.id, until=until, findings=tuple(found.values()))


def override_gate(
    session: Session, found: Mapping[Finding, str], seen: Collection[str], reason: str, by: str, role: str, at: Micros
) -> GateOverridden:
    """A clinician decides that the dose is given in spite of what was found; ``seen`` is what they have read of it."""
    _demand_before_dose(session)
    demand(role, {CLINICIAN}, "A clinician decides this.")
    if not found:
        raise Refused("Nothing speaks against the dose.")
    unseen = [text for text in open_findings(session, found).values() if text not in seen]
    if unseen:
        raise Refused(f"Found meanwhile: {' '.join(unseen)} Close this, and decide on all of it.")
    if not reason.strip():
        raise Refused("Say why the dose is given all the same.", "reason")
    return GateOverridden(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        findings=dict(found),
        reason=plain_text(reason, "reason"),
        role=role,
    )


def demand(role: str, allowed: Collection[str], text: str) -> None:
    """Refuse what another role does."""
    if role not in allowed:
        raise Refused(f"{text} You are signed in as {role}.")


def _demand_before_dose(session: Session) -> None:
    if session.first_dose_at is not None:
        raise Refused("The first dose was given already.")
