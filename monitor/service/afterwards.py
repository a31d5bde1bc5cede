"""What a person's command leads to in a session of the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol as TypingProtocol

from devices.readings import Micros
from monitor.clinic.events import AnyEvent
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused
from monitor.clinic.session import folded
from monitor.clinic.treatment.amending import as_amended
from monitor.clinic.treatment.ending import submit_form
from monitor.clinic.treatment.reviewing import (
    Correction,
    amend,
    mark_artefact,
    review,
    sign_again,
    withdraw_artefact,
)
from monitor.service.actor import Actor
from monitor.service.treatment_commands import Anchor, demand_signature, month_of, signature_of
from monitor.service.treatment_messages import (
    Amend,
    AnyAfterwards,
    MarkArtefact,
    Review,
    SignAgain,
    SubmitForm,
    WithdrawArtefact,
)


class Recorded(TypingProtocol):
    """What the record has of a session."""

    def anchor(self) -> Anchor:
        """The record's newest event."""

    def events(self, session: str) -> list[AnyEvent]:
        """All that happened in a session, in order."""


def decide_afterwards(
    command: AnyAfterwards, actor: Actor, recorded: Recorded, protocols: Mapping[str, Protocol], now: Micros
) -> AnyEvent:
    """Judge a command. ``protocols`` are those that the clinic has now.

    Raises: Refused, with a sentence for the person.
    """
    told = recorded.events(command.session)
    session = folded(as_amended(told))
    if session is None:
        raise Refused("There is no such session.")
    by, role = actor.by, actor.role
    match command:
        case SubmitForm():
            return submit_form(session, command.seen, by, role, now)
        case Review(text=text):
            return review(session, text, by, role, now)
        case MarkArtefact(start=start, end=end, metrics=metrics, reason=reason):
            return mark_artefact(session, (start, end), metrics, reason, by, role, now)
        case WithdrawArtefact(marked=marked, reason=reason):
            return withdraw_artefact(session, marked, reason, by, role, now)
        case SignAgain():
            return sign_again(session, command.seen, signature_of(actor, recorded.anchor), now)
        case Amend():
            demand_signature(actor)
            correction = Correction(
                command.corrects,
                command.text,
                command.reason,
                command.changes,
                withdrawn=command.withdrawn,
                confirmed=command.confirmed,
            )
            return amend(session, protocols.get(session.protocol), told, correction, month_of, by, role, now)
