"""The one-row summary of a session, as a fold over its events: for lists, never the source of what happened."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from devices.readings import Micros
from monitor.clinic.events import AnyEvent, DoseStarted, Phase, PhaseEntered, SessionEnded, SessionOpened
from monitor.clinic.treatment.events import FormSubmitted
from monitor.record.errors import RecordRefused


class SessionRow(msgspec.Struct, frozen=True):
    """A line in the list of sessions. ``dose_mg`` is the planned dose; times are ``None`` until they come."""

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


def session_row(row: Row[*tuple[Any, ...]]) -> SessionRow:
    """A row of the table ``session``, all columns."""
    return SessionRow(*row)


def summary_after(event: AnyEvent, before: SessionRow | None) -> SessionRow | None:
    """The summary once ``event`` has happened; raises ``RecordRefused`` for an event that its session cannot have."""
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
            return msgspec.structs.replace(_known(event, before), form_sent_us=at)
    return before


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
