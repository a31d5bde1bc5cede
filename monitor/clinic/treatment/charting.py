"""Rules of what else is charted: assessments, effects, other medicines, oxygen, attestations, serious events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from devices.readings import MINUTE, Micros
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused
from monitor.clinic.session import Session, plain_text, required_text
from monitor.clinic.treatment.events import (
    AssessmentRecorded,
    AttestationWithdrawn,
    ChecklistAttested,
    Episode,
    EpisodeSet,
    MedicineGiven,
    OxygenSet,
    SeriousEventReported,
    SeriousOutcome,
)
from monitor.clinic.treatment.plan import Attested
from monitor.clinic.treatment.scales import SCALES, Scale
from monitor.clinic.treatment.times import time_of

HIGHEST_OXYGEN = 15.0


def record_assessment(
    session: Session, scale: Scale, values: Mapping[str, int], given_at: Micros | None, by: str, at: Micros
) -> AssessmentRecorded:
    """Take down an assessment: every item of the scale, within its range."""
    info = SCALES[scale]
    known = {item.id for item in info.items}
    for name in values:
        if name not in known:
            raise Refused(f"{info.label} has no item {name}.")
    for item in info.items:
        if item.id not in values:
            raise Refused(f"{info.label}: {item.label} is missing.", f"values.{item.id}")
        if not item.lowest <= values[item.id] <= item.highest:
            allowed = f"allowed is {item.lowest} to {item.highest}"
            raise Refused(f"{values[item.id]} is not on {info.label}; {allowed}.", f"values.{item.id}")
    return AssessmentRecorded(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        scale=scale,
        values=dict(values),
        result=sum(values.values()),
        given_at=time_of(session, given_at, at),
    )


def set_episode(
    session: Session,
    episode: Episode,
    onset_at: Micros | None,
    resolved_at: Micros | None,
    reason: str,
    by: str,
    at: Micros,
) -> EpisodeSet:
    """Set when an effect began and was over, or that there was none."""
    if not reason.strip():
        raise Refused("Say on what this rests.", "reason")
    onset = None if onset_at is None else _since_dose(session, onset_at, at, "onset_at")
    resolved = None if resolved_at is None else _since_dose(session, resolved_at, at, "resolved_at")
    if resolved is not None and onset is None:
        raise Refused("Give the onset, too.", "onset_at")
    if resolved is not None and onset is not None and resolved < onset:
        raise Refused("It cannot be over before it began.", "resolved_at")
    return EpisodeSet(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        episode=episode,
        onset_at=onset,
        resolved_at=resolved,
        reason=plain_text(reason, "reason"),
    )


def _since_dose(session: Session, told: Micros, now: Micros, field: str) -> Micros:
    """A time that a person gave, after the first dose: what was there before is no effect of it."""
    when, zero = time_of(session, told, now, field), session.first_dose_at
    if zero is None or when < zero // MINUTE * MINUTE:
        raise Refused("That is before the first dose.", field)
    return max(when, zero)


def give_medicine(
    session: Session, medicine: str, dose: str, given_at: Micros | None, by: str, at: Micros
) -> MedicineGiven:
    """Chart another medicine."""
    return MedicineGiven(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        medicine=medicine_text(medicine, "medicine"),
        dose=medicine_text(dose, "dose"),
        given_at=time_of(session, given_at, at),
    )


def medicine_text(text: str, field: Literal["medicine", "dose"]) -> str:
    """What is told of another medicine in a field; refuses one that is empty."""
    return required_text(text, field, "Name the medicine." if field == "medicine" else "Give the dose.")


def set_oxygen(session: Session, litres_min: float, by: str, at: Micros) -> OxygenSet:
    """Oxygen flows, or the patient breathes room air (0)."""
    if not 0 <= litres_min <= HIGHEST_OXYGEN:
        raise Refused(f"{litres_min:g} L/min cannot be right; allowed is 0 to {HIGHEST_OXYGEN:g} L/min.", "litres_min")
    return OxygenSet(at=at, by=by, room=session.room, session=session.id, litres_min=litres_min)


def attest(session: Session, protocol: Protocol, item: str, remark: str, by: str, at: Micros) -> ChecklistAttested:
    """Attest an item of the checklist."""
    wanted = _attested_item(protocol, item)
    if session.first_dose_at is None:
        raise Refused("The checklist begins with the first dose.")
    if wanted.asks and not remark.strip():
        raise Refused(f"{wanted.asks} is missing.", "remark")
    return ChecklistAttested(
        at=at, by=by, room=session.room, session=session.id, item=item, remark=plain_text(remark, "remark")
    )


def withdraw_attestation(
    session: Session, protocol: Protocol, item: str, reason: str, by: str, at: Micros
) -> AttestationWithdrawn:
    """Take an attestation back."""
    _attested_item(protocol, item)
    if item not in session.treatment.attested:
        raise Refused("This is not attested.")
    return AttestationWithdrawn(
        at=at, by=by, room=session.room, session=session.id, item=item, reason=plain_text(reason, "reason")
    )


def _attested_item(protocol: Protocol, item: str) -> Attested:
    for each in protocol.checklist:
        if each.id == item and isinstance(each, Attested):
            return each
    raise Refused(f"{protocol.title} has no item {item} that a person attests.")


def report_serious_event(
    session: Session, text: str, outcomes: tuple[SeriousOutcome, ...], by: str, at: Micros
) -> SeriousEventReported:
    """Report a serious adverse event."""
    if not text.strip():
        raise Refused("Say what happened.", "text")
    if not outcomes:
        raise Refused("Say what makes it serious.", "outcomes")
    return SeriousEventReported(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        text=plain_text(text, "text"),
        outcomes=tuple(dict.fromkeys(outcomes)),
    )
