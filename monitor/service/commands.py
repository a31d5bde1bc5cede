"""What a person's command leads to, judged against the rooms as they are."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from devices.readings import SECOND, Micros
from monitor.clinic.events import AnyEvent, AudioPaused, AudioResumed, CuffFailed
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import (
    Refused,
    Session,
    end_session,
    enter_phase,
    open_session,
    set_cuff_interval,
    write_note,
)
from monitor.service.messages import (
    Acknowledge,
    AnyCommand,
    CancelCuff,
    EndSession,
    EnterPhase,
    PauseAudio,
    ResumeAudio,
    SetCuffInterval,
    StartSession,
    TakeCuffReading,
    WriteNote,
)
from monitor.service.room import Room

AUDIO_PAUSE: Micros = 120 * SECOND


@dataclass(frozen=True)
class Decision:
    """The events that a command leads to. ``at_once``: they hold even while the disk takes nothing, because a nurse
    must be able to silence, acknowledge and measure; the others hold only once they are in the record.
    """

    events: list[AnyEvent]
    at_once: bool = False


def decide(
    command: AnyCommand, by: str, rooms: Mapping[str, Room], protocols: Mapping[str, Protocol], now: Micros
) -> Decision:
    """Judge a command.

    Raises: Refused, with a sentence for the person, for what may not be done now.
    """
    match command:
        case PauseAudio():
            return Decision([AudioPaused(at=now, by=by, until=now + AUDIO_PAUSE)], at_once=True)
        case ResumeAudio():
            return Decision([AudioResumed(at=now, by=by, reason="ended by hand")], at_once=True)
        case StartSession():
            return Decision(_start(command, by, rooms, protocols, now))
        case Acknowledge():
            return Decision(_room(command.room, rooms).acknowledge(command.condition, by, now), at_once=True)
        case TakeCuffReading():
            return Decision(_measure(command, by, rooms, now), at_once=True)
        case CancelCuff():
            if not _room(command.room, rooms).cancel_cuff():
                raise Refused("The cuff is not connected. Deflate it at the device.")
            return Decision([], at_once=True)
        case EnterPhase():
            session, protocol = _open(command, rooms)
            return Decision(enter_phase(session, command.phase, protocol, by, now))
        case EndSession():
            session, _ = _open(command, rooms)
            return Decision([end_session(session, command.phase, command.reason, by, now)])
        case SetCuffInterval():
            session, _ = _open(command, rooms)
            return Decision([set_cuff_interval(session, command.minutes, by, now)])
        case WriteNote():
            session, _ = _open(command, rooms)
            return Decision([write_note(session, command.text, by, now)])
    raise Refused("This command is not known here.")


def _start(
    command: StartSession, by: str, rooms: Mapping[str, Room], protocols: Mapping[str, Protocol], now: Micros
) -> list[AnyEvent]:
    room = _room(command.room, rooms)
    if room.session is not None:
        raise Refused(f"{room.config.name} is taken by {room.session.patient}.")
    protocol = protocols.get(command.protocol)
    if protocol is None:
        raise Refused(f"There is no protocol {command.protocol}; known are {', '.join(protocols)}.", "protocol")
    for other in rooms.values():
        if other.session is not None and other.session.patient == command.patient.strip():
            raise Refused(f"{other.session.patient} is in {other.config.name} already.", "patient")
    opened = open_session(
        uuid.uuid4().hex, command.room, command.patient, command.weight_kg, protocol, command.dose_mg, by, now
    )
    return [opened]


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


def _open(
    command: EnterPhase | EndSession | TakeCuffReading | SetCuffInterval | WriteNote, rooms: Mapping[str, Room]
) -> tuple[Session, Protocol]:
    room = _room(command.room, rooms)
    if room.session is None or room.protocol is None:
        raise Refused(f"{room.config.name} has no session.")
    if room.session.id != command.session:
        raise Refused(f"{room.config.name} has another patient by now, {room.session.patient}. Nothing was changed.")
    return room.session, room.protocol
