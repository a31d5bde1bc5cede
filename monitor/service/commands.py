"""What a person's command leads to, judged against the rooms as they are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol as TypingProtocol

from msgspec.structs import replace

from devices.readings import SECOND, Micros
from monitor.clinic.alarms.policy import LONGEST_PAUSE_S
from monitor.clinic.events import AnyEvent, AudioPaused, AudioResumed, AudioSwitchedOff, CuffFailed
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused, confirmed_warnings
from monitor.clinic.session import (
    Session,
    abort_session,
    enter_phase,
    open_session,
    plain_text,
    set_cuff_interval,
    write_note,
)
from monitor.clinic.treatment.arriving import LastVisit, check_intake, unusual_dose, unusual_weight
from monitor.clinic.watching import (
    BY_HAND,
    demand_role,
    lock_baseline,
    mark_symptom,
    pause_alarms,
    resolve_symptom,
    resume_alarms,
    return_to_profile,
    set_limits,
    switch_alarms_off,
    take_offered_limits,
)
from monitor.config import AlarmSettings
from monitor.service.actor import Actor
from monitor.service.afterwards import decide_afterwards
from monitor.service.messages import (
    AbortSession,
    Acknowledge,
    AnyCommand,
    CancelCuff,
    EnterPhase,
    LockBaseline,
    MarkSymptom,
    PauseAlarms,
    PauseAudio,
    ResumeAlarms,
    ResumeAudio,
    ReturnToProfile,
    SetCuffInterval,
    SetLimits,
    StartSession,
    SwitchAlarmsOff,
    SwitchAudioOff,
    TakeCuffReading,
    TakeOfferedLimits,
    WriteNote,
)
from monitor.service.room import Room
from monitor.service.treatment_commands import Anchor, decide_on_treatment, with_age
from monitor.service.treatment_messages import AnyAfterwards, AnyTreatmentCommand

AUDIO_PAUSE: Micros = LONGEST_PAUSE_S * SECOND


class Past(TypingProtocol):
    """What the record has of times before."""

    def anchor(self) -> Anchor:
        """Its newest event."""

    def last_visit(self, patient: str) -> LastVisit | None:
        """A patient's last session."""

    def events(self, session: str) -> list[AnyEvent]:
        """All that happened in a session, in order."""


@dataclass(frozen=True)
class Ward:
    """The clinic as it is: its rooms, what may be treated there, its policy, and its past."""

    rooms: Mapping[str, Room]
    protocols: Mapping[str, Protocol]
    alarms: AlarmSettings
    past: Past


@dataclass(frozen=True)
class Decision:
    """The events that a command leads to. ``at_once``: they hold even while the disk takes nothing, because a nurse
    must be able to silence, acknowledge, measure and raise an emergency; the others hold only once they are in the
    record.
    """

    events: Sequence[AnyEvent]
    at_once: bool = False


def decide(command: AnyCommand, actor: Actor, ward: Ward, now: Micros) -> Decision:
    """Judge a command.

    Raises: Refused, with a sentence for the person, for what may not be done now.
    """
    by, rooms = actor.by, ward.rooms
    match command:
        case StartSession():
            return Decision([_start(command, by, ward, now)])
        case TakeCuffReading():
            return Decision(_measure(command, by, rooms, now), at_once=True)
        case CancelCuff():
            if not _room(command.room, rooms).cancel_cuff():
                raise Refused("The cuff is not connected. Deflate it at the device.")
            return Decision([], at_once=True)
        case EnterPhase():
            session, protocol = _open(command, rooms)
            return Decision(enter_phase(session, command.phase, protocol, by, now))
        case AbortSession():
            session, _ = _open(command, rooms)
            return Decision([abort_session(session, command.reason, by, now)])
        case SetCuffInterval():
            session, _ = _open(command, rooms)
            return Decision([set_cuff_interval(session, command.minutes, by, now)])
        case WriteNote():
            session, _ = _open(command, rooms)
            return Decision([write_note(session, command.text, by, now)])
    if isinstance(command, AnyAfterwards):
        return Decision([decide_afterwards(command, actor, ward.past, ward.protocols, now)])
    if isinstance(command, AnyTreatmentCommand):
        _open(command, rooms)
        return Decision(decide_on_treatment(command, actor, rooms[command.room], ward.past.anchor, now))
    return _decide_on_alarms(command, actor, ward, now)


def _decide_on_alarms(command: AnyCommand, actor: Actor, ward: Ward, now: Micros) -> Decision:
    """What silences, and what changes how a patient is watched."""
    by, rooms = actor.by, ward.rooms
    match command:
        case Acknowledge():
            _open(command, rooms)
            return Decision(rooms[command.room].acknowledge(command.conditions, by, now), at_once=True)
        case PauseAudio():
            return Decision([AudioPaused(at=now, by=by, until=now + AUDIO_PAUSE)], at_once=True)
        case ResumeAudio():
            return Decision([AudioResumed(at=now, by=by, reason="ended by hand")], at_once=True)
        case SwitchAudioOff():
            demand_role(actor.role, ward.alarms.off_roles)
            if not command.reason.strip():
                raise Refused("Say why the sound is switched off.", "reason")
            reason = plain_text(command.reason, "reason")
            return Decision([AudioSwitchedOff(at=now, by=by, role=actor.role, reason=reason)])
        case MarkSymptom():
            session, _ = _open(command, rooms)
            mark = mark_symptom if command.present else resolve_symptom
            return Decision([mark(session, command.symptom, by, now)], at_once=True)
        case PauseAlarms():
            session, _ = _open(command, rooms)
            return Decision([pause_alarms(session, by, now)], at_once=True)
        case ResumeAlarms():
            session, _ = _open(command, rooms)
            return Decision([resume_alarms(session, command.condition, "ended by hand", by, now)], at_once=True)
        case SwitchAlarmsOff():
            session, _ = _open(command, rooms)
            allowed = ward.alarms.off_roles
            off = switch_alarms_off(session, command.condition, command.reason, by, actor.role, allowed, now)
            return Decision([off])
        case SetLimits() | ReturnToProfile() | TakeOfferedLimits() | LockBaseline():
            return Decision([_change_limits(command, by, rooms, now)])
    raise Refused("This command is not known here.")


def _change_limits(
    command: SetLimits | ReturnToProfile | TakeOfferedLimits | LockBaseline,
    by: str,
    rooms: Mapping[str, Room],
    now: Micros,
) -> AnyEvent:
    session, protocol = _open(command, rooms)
    match command:
        case SetLimits():
            return set_limits(session, protocol, command.settings, BY_HAND, by, now)
        case ReturnToProfile():
            return return_to_profile(session, protocol, by, now)
        case TakeOfferedLimits():
            return take_offered_limits(session, protocol, command.formula, by, now)
        case LockBaseline():
            return lock_baseline(session, rooms[command.room].evidence.steady_values(now), command.reason, by, now)


def _start(command: StartSession, by: str, ward: Ward, now: Micros) -> AnyEvent:
    room = _room(command.room, ward.rooms)
    if room.session is not None:
        raise Refused(f"{room.config.name} is taken by {room.session.patient}.")
    protocol = ward.protocols.get(command.protocol)
    if protocol is None:
        raise Refused(f"There is no protocol {command.protocol}; known are {', '.join(ward.protocols)}.", "protocol")
    patient = command.patient.strip()
    for other in ward.rooms.values():
        if other.session is not None and other.session.patient == patient:
            raise Refused(f"{patient} is in {other.config.name} already.", "patient")
    intake = with_age(command.intake, now)
    check_intake(intake)
    opened = open_session(
        uuid.uuid4().hex, command.room, patient, command.weight_kg, protocol, command.dose_mg, by, now, intake
    )
    warnings = unusual_weight(command.weight_kg, protocol, ward.past.last_visit(patient))
    warnings += unusual_dose(command.dose_mg, command.weight_kg, protocol)
    confirmed = confirmed_warnings(warnings, command.confirmed)
    return replace(opened, warnings=confirmed, simulated=room.config.simulated)


def _measure(command: TakeCuffReading, by: str, rooms: Mapping[str, Room], now: Micros) -> list[AnyEvent]:
    _open(command, rooms)
    room = rooms[command.room]
    if room.measuring:
        raise Refused("The cuff is measuring already.")
    events = room.start_cuff(by, now)
    for event in events:
        if isinstance(event, CuffFailed):
            raise Refused(f"No reading: {event.reason}. Check its cable and power, or measure by hand.")
    return events


def _room(room: str, rooms: Mapping[str, Room]) -> Room:
    if room not in rooms:
        raise Refused(f"There is no room {room}.", "room")
    return rooms[room]


class OfSession(TypingProtocol):
    """A command that is meant for the session that the person had before them."""

    @property
    def room(self) -> str:
        """Where."""

    @property
    def session(self) -> str | None:
        """Whose."""


def _open(command: OfSession, rooms: Mapping[str, Room]) -> tuple[Session, Protocol]:
    room = _room(command.room, rooms)
    if room.session is None or room.protocol is None:
        raise Refused(f"{room.config.name} has no session.")
    if room.session.id != command.session:
        raise Refused(f"{room.config.name} has another patient by now, {room.session.patient}. Nothing was changed.")
    return room.session, room.protocol
