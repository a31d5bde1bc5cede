"""The one-row summary of a session, as a fold over its events: for lists, never the source of what happened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from devices.readings import Micros
from monitor.clinic.events import AnyEvent, DoseStarted, Phase, PhaseEntered, SessionEnded, SessionOpened
from monitor.clinic.treatment.amending import as_amended
from monitor.clinic.treatment.events import Amended, ArtefactMarked, ArtefactWithdrawn, FormSubmitted
from monitor.record.errors import RecordRefused


class SessionRow(msgspec.Struct, frozen=True):
    """A line in the list of sessions. ``dose_mg`` is the planned dose; times are ``None`` until they come.
    ``form_changed``: the record was corrected after the monitoring form was sent.
    """

    id: str
    room: str
    patient: str
    protocol: str
    dose_mg: float
    weight_kg: float
    opened_us: Micros
    first_dose_us: Micros | None
    ended_us: Micros | None
    phase: str
    form_sent_us: Micros | None = None
    form_changed: bool = False


def session_row(row: Row[*tuple[Any, ...]]) -> SessionRow:
    """A row of the table ``session``, all columns."""
    return SessionRow(*row)


def summary_after(event: AnyEvent, before: SessionRow | None) -> SessionRow | None:
    """The summary once ``event`` has happened, but for what ``with_corrections`` puts in.

    Raises: RecordRefused for an event that its session cannot have.
    """
    match event:
        case SessionOpened():
            return _opened(event, before)
        case DoseStarted(zero=at):
            known = _known(event, before)
            return known if known.first_dose_us is not None else msgspec.structs.replace(known, first_dose_us=at)
        case PhaseEntered(phase=phase):
            return msgspec.structs.replace(_known(event, before), phase=phase.value)
        case SessionEnded(at=at, phase=phase):
            return msgspec.structs.replace(_known(event, before), phase=phase.value, ended_us=at)
        case FormSubmitted(at=at):
            return msgspec.structs.replace(_known(event, before), form_sent_us=at, form_changed=False)
        case Amended() | ArtefactMarked() | ArtefactWithdrawn():
            known = _known(event, before)
            return msgspec.structs.replace(known, form_changed=known.form_sent_us is not None)
    return before


def with_corrections(row: SessionRow, told: Sequence[AnyEvent]) -> SessionRow:
    """The summary of a session that was corrected. ``told`` are all its events."""
    return msgspec.structs.replace(row, first_dose_us=first_dose(told))


def first_dose(told: Sequence[AnyEvent]) -> Micros | None:
    """When the first dose was, as the corrected record has it; ``None`` when nothing was given. A correction that
    cannot be put in changes nothing.
    """
    try:
        events = as_amended(told)
    except msgspec.ValidationError:
        events = list(told)
    return next((each.zero for each in events if isinstance(each, DoseStarted)), None)


def _opened(event: SessionOpened, before: SessionRow | None) -> SessionRow:
    if before is not None:
        raise RecordRefused(f"Session {event.session} is in the record already")
    if event.session is None or event.room is None:
        raise RecordRefused("A session needs an id and a room")
    return SessionRow(
        id=event.session,
        room=event.room,
        patient=event.patient,
        protocol=event.protocol,
        dose_mg=event.dose_mg,
        weight_kg=event.weight_kg,
        opened_us=event.at,
        first_dose_us=None,
        ended_us=None,
        phase=Phase.BASELINE.value,
    )


def _known(event: AnyEvent, before: SessionRow | None) -> SessionRow:
    if before is None:
        raise RecordRefused(f"{type(event).__name__} for session {event.session}, which is not in the record")
    return before
