"""How a session ends: a signed discharge, leaving against advice, a transfer."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from devices.readings import Micros
from monitor.clinic.event import Phase
from monitor.clinic.events import AnyEvent, SessionEnded
from monitor.clinic.refusal import Refused
from monitor.clinic.session import Session, demand_open, plain_text, required_text
from monitor.clinic.treatment.arriving import CLINICIAN, demand
from monitor.clinic.treatment.checklist import ItemState, missing
from monitor.clinic.treatment.events import ChecklistOverridden, FormSubmitted, Signed

NURSE = "nurse"
DISCHARGE = "discharge"
AGAINST_ADVICE = "left against advice"


class Signature(msgspec.Struct, frozen=True):
    """Who signs, in which role, and what: the record's newest event and the hash of its chain there."""

    by: str
    role: str
    covers: int
    digest: str


def sign_discharge(
    session: Session, states: Sequence[ItemState], override: str, signature: Signature, at: Micros
) -> list[AnyEvent]:
    """Sign the discharge. ``override`` is the reason of a clinician who lets a patient go with open items."""
    demand(signature.role, {NURSE, CLINICIAN}, "A nurse or a clinician signs the discharge.")
    if session.phase is not Phase.RECOVERY:
        raise Refused(f"The session is in {session.phase}; discharge follows recovery.")
    waiting = missing(states)
    events: list[AnyEvent] = []
    if waiting:
        items = tuple(state.text for state in waiting)
        if not override.strip():
            raise Refused(
                f"{len(items)} items are open: {'; '.join(items)}. A clinician may decide with a reason.", "override"
            )
        demand(signature.role, {CLINICIAN}, "A clinician decides on open items.")
        reason = plain_text(override, "override")
        events.append(
            ChecklistOverridden(
                at=at,
                by=signature.by,
                room=session.room,
                session=session.id,
                items=items,
                reason=reason,
                role=signature.role,
            )
        )
    return [*events, signed(session, DISCHARGE, signature, at), _ended(session, Phase.DISCHARGED, signature.by, at)]


def demand_seen(states: Sequence[ItemState], seen: Collection[str]) -> None:
    """Refuse an override of what opened while the clinician was deciding."""
    unseen = [state.text for state in missing(states) if state.text not in seen]
    if unseen:
        raise Refused(f"Open meanwhile: {'; '.join(unseen)}. Close this, and decide on all of it.")


def demand_unchanged(session: Session, seen: int) -> None:
    """Refuse what a person says of a record that was corrected after its event ``seen``, the newest they have seen."""
    if session.treatment.newest_change > seen:
        raise Refused("Changed meanwhile. Look again.", "seen")


def leave_against_advice(session: Session, reason: str, told: str, signature: Signature, at: Micros) -> list[AnyEvent]:
    """The patient leaves although it is too early. ``told`` is the prescriber who knows of it."""
    demand(signature.role, {NURSE, CLINICIAN}, "A nurse or a clinician signs this.")
    ended = _ended(
        session,
        Phase.LEFT,
        signature.by,
        at,
        required_text(reason, "reason", "Say why the patient leaves."),
        required_text(told, "told", "Say which prescriber was told."),
    )
    return [signed(session, AGAINST_ADVICE, signature, at), ended]


def transfer(session: Session, reason: str, told: str, by: str, at: Micros) -> SessionEnded:
    """The patient is taken over elsewhere by ``told``. In an emergency nobody types a PIN."""
    return _ended(
        session,
        Phase.TRANSFERRED,
        by,
        at,
        required_text(reason, "reason", "Say why the patient is transferred."),
        required_text(told, "told", "Say who takes over the patient."),
    )


def submit_form(session: Session, seen: int, by: str, role: str, at: Micros) -> FormSubmitted:
    """The site has sent the monitoring form, filled from the events up to the number ``seen``; after a correction it is
    sent again.
    """
    demand(role, {NURSE, CLINICIAN}, "A nurse or a clinician marks the form as sent.")
    if session.ended_at is None:
        raise Refused("The session goes on: the form is sent when it is over.")
    demand_unchanged(session, seen)
    if session.treatment.form_sent and not session.treatment.changed_since_sent:
        raise Refused("The form was marked as sent already.")
    return FormSubmitted(at=at, by=by, room=session.room, session=session.id)


def signed(session: Session, meaning: str, signature: Signature, at: Micros) -> Signed:
    """A signature under the session."""
    return Signed(
        at=at,
        by=signature.by,
        room=session.room,
        session=session.id,
        meaning=meaning,
        role=signature.role,
        covers=signature.covers,
        digest=signature.digest,
    )


def _ended(session: Session, phase: Phase, by: str, at: Micros, reason: str = "", told: str = "") -> SessionEnded:
    demand_open(session)
    return SessionEnded(at=at, by=by, room=session.room, session=session.id, phase=phase, reason=reason, told=told)
