"""What is said of a session when it is looked at again: corrections, artefacts, a note, a new signature."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import msgspec

from devices.readings import METRICS, Metric, Micros
from monitor.clinic.events import AnyEvent
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused, confirmed_warnings
from monitor.clinic.session import Session, required_text
from monitor.clinic.treatment.amending import Value
from monitor.clinic.treatment.arriving import CLINICIAN, demand
from monitor.clinic.treatment.correcting import possible_changes, unusual
from monitor.clinic.treatment.ending import NURSE, Signature, demand_unchanged, signed
from monitor.clinic.treatment.events import Amended, ArtefactMarked, ArtefactWithdrawn, Reviewed, Signed

SIGNED_AGAIN = "record as it is now"


class Correction(msgspec.Struct, frozen=True):
    """What is right in place of the entry ``corrects``: in words, and where it can be put in, in values; or that the
    entry should not be there.
    """

    corrects: int
    text: str
    reason: str
    changes: Mapping[str, Value] = {}
    withdrawn: bool = False
    confirmed: Collection[str] = ()
    """The warnings, word for word, of which the person has said that they are right."""


def amend(
    session: Session,
    protocol: Protocol | None,
    told: Sequence[AnyEvent],
    correction: Correction,
    month_of: Callable[[Micros], str],
    by: str,
    role: str,
    at: Micros,
) -> Amended:
    """Correct the record of a session that is over. What it says stays readable. ``told`` are its events,
    ``protocol`` is ``None`` when it is not configured any more, ``month_of`` as in ``unusual``.

    Raises: Refused for what cannot be, Unconfirmed for what is unusual.
    """
    demand(role, {NURSE, CLINICIAN}, "A nurse or a clinician corrects the record.")
    if session.ended_at is None:
        raise Refused("The session goes on: chart what is right.")
    if all(each.seq != correction.corrects for each in told):
        raise Refused(f"This session has no entry {correction.corrects}.", "corrects")
    changes: dict[str, Value] = {}
    if correction.changes or correction.withdrawn:
        entry, withdrawn = correction.corrects, correction.withdrawn
        changes = possible_changes(session, protocol, told, entry, correction.changes, withdrawn=withdrawn)
    fix = Amended(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        corrects=correction.corrects,
        text=required_text(correction.text, "text", "Say what is right."),
        reason=required_text(correction.reason, "reason", "Say why it is corrected."),
        role=role,
        changes=changes,
        withdrawn=correction.withdrawn,
    )
    warnings = unusual(session, protocol, told, fix, month_of)
    return msgspec.structs.replace(fix, warnings=confirmed_warnings(warnings, correction.confirmed))


def mark_artefact(
    session: Session,
    span: tuple[Micros, Micros],
    metrics: Sequence[Metric],
    reason: str,
    by: str,
    role: str,
    at: Micros,
) -> ArtefactMarked:
    """Say that what was measured in a span of the session is not the patient's."""
    demand(role, {NURSE, CLINICIAN}, "A nurse or a clinician marks artefacts.")
    start, end = span
    if not session.opened_at <= start < end <= (at if session.ended_at is None else session.ended_at):
        raise Refused("Give a time within the session, from its beginning on to its end.", "start")
    unknown = [metric for metric in metrics if metric is Metric.PLETH]
    if not metrics or unknown:
        raise Refused("Name at least one of the numbers.", "metrics")
    return ArtefactMarked(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        start=start,
        end=end,
        metrics=tuple(metric for metric in METRICS if metric in metrics),
        reason=required_text(reason, "reason", "Say what disturbed the measurement."),
        role=role,
    )


def withdraw_artefact(session: Session, marked: int, reason: str, by: str, role: str, at: Micros) -> ArtefactWithdrawn:
    """Let what a mark covers count again."""
    demand(role, {NURSE, CLINICIAN}, "A nurse or a clinician marks artefacts.")
    if all(each.seq != marked for each in session.treatment.artefacts):
        raise Refused("This mark does not stand any more.")
    return ArtefactWithdrawn(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        marked=marked,
        reason=required_text(reason, "reason", "Say why it is no artefact."),
        role=role,
    )


def review(session: Session, text: str, by: str, role: str, at: Micros) -> Reviewed:
    """Add a clinician's note on the session as a whole."""
    demand(role, {CLINICIAN}, "A clinician reviews the session.")
    words = required_text(text, "text", "The note is empty.")
    return Reviewed(at=at, by=by, room=session.room, session=session.id, text=words, role=role)


def sign_again(session: Session, seen: int, signature: Signature, at: Micros) -> Signed:
    """Sign the record of a session that is over as it is now, corrections and all: those up to the event ``seen``."""
    demand(signature.role, {NURSE, CLINICIAN}, "A nurse or a clinician signs the record.")
    if session.ended_at is None:
        raise Refused("The session goes on: it is signed at its end.")
    demand_unchanged(session, seen)
    if session.treatment.is_signed:
        raise Refused("The record is signed as it is.")
    return signed(session, SIGNED_AGAIN, signature, at)
