"""The service: one thread that owns all state, ten times a second.

Links put readings into a queue; the loop takes them, lets the rooms judge them, gives events and measurements to the
recorder, answers commands, and publishes what changed. The disk is only ever touched by the recorder.
"""

from __future__ import annotations

import queue
import sqlite3
import uuid
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import zmq

from devices.readings import SECOND, Metric, Micros, Numeric, Reading, Waveform
from monitor import VERSION
from monitor.clinic.alarms.trial import Recorded
from monitor.clinic.events import (
    AlarmEscalated,
    AlarmMessaged,
    AlarmRaised,
    AnyEvent,
    AudioPaused,
    AudioResumed,
    AudioSwitchedOff,
    ClockStepped,
    EscalationStep,
    ServiceStarted,
    SessionEnded,
    SessionOpened,
    SpeedSet,
)
from monitor.clinic.priority import Priority
from monitor.clinic.refusal import Refused, Unconfirmed
from monitor.config import HOUSE, Config
from monitor.record.errors import EventsDamaged, RecordError
from monitor.record.journal import Entry, Measurement
from monitor.record.reader import RecordReader
from monitor.record.sessions import SessionRow
from monitor.record.writer import RecordWriter
from monitor.service.actor import Actor
from monitor.service.bus import BusAddress, CommandServer
from monitor.service.clock import SteadyClock
from monitor.service.commands import Ward, decide
from monitor.service.evidence import longest_evidence
from monitor.service.fast_time import FastTime, SimulatorLine
from monitor.service.frames import OffView, RecordingView
from monitor.service.hl7_feed import Hl7Feed
from monitor.service.house import House
from monitor.service.house_commands import decide_for_house
from monitor.service.messages import AnyCommand, GetSnapshot, Outcome, Play, SetFault
from monitor.service.notices import Notices
from monitor.service.past import RecordedPast
from monitor.service.policy import policy_for
from monitor.service.publisher import Head, Publisher
from monitor.service.recorder import Recorder
from monitor.service.restore import recorded, unsent_messages, with_opening, without_rules
from monitor.service.room import Room
from monitor.service.session_watch import look_back
from monitor.service.webhook import UnansweredAlarm, Webhook

TICK: Micros = SECOND // 10
FAST_FRAME: Micros = SECOND // 5
"""How often, in real time, screens hear of fast time: everything on them changes each time."""
PLACES = ("room", "patient", "session")
"""What of a command says where it acts."""
MOST_BEHIND = 4
"""Fast time waits when the disk has more seconds and events than this before it."""


class Service:
    """Runs the clinic of ``config`` on the record in ``folder`` until ``stop`` is called from a signal."""

    def __init__(self, config: Config, folder: Path, address: BusAddress) -> None:
        self._config = config
        writer, self._reader = RecordWriter(folder), RecordReader(folder)
        newest = self._reader.newest_of_open_sessions() or 0
        self._clock = SteadyClock(newest, can_run_fast=not config.why_never_fast)
        self._incoming: queue.SimpleQueue[tuple[Room, list[Reading]]] = queue.SimpleQueue()
        self._rooms = {
            room.id: Room(room, self._clock.now, lambda of, readings: self._incoming.put((of, readings)))
            for room in config.rooms
        }
        self._recorder = Recorder(writer, self._clock.now, self._clock.unhurried)
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
        self._commands = CommandServer(context, address.commands_port, address)
        self._publisher = Publisher(context, address, boot=uuid.uuid4().hex)
        self._links = [link for room in self._rooms.values() for link in room.links]
        self._fast = FastTime(self._clock, self._links, SimulatorLine(context, address), config.why_never_fast)
        self._saving: set[str] = set()
        """Rooms, patients and sessions whose change is on its way to the disk; another one waits for it."""
        self._ward = Ward(self._rooms, config.protocols, config.alarms, RecordedPast(self._reader))
        self._house = House()
        self._webhook = None if config.alarms.webhook is None else Webhook(config.alarms.webhook)
        self._hl7 = Hl7Feed(config)
        self._audio_paused_until: Micros | None = None
        self._audio_off: OffView | None = None
        self._notices = Notices()
        self._running = True
        self._next_tick: Micros = 0
        self._next_second: Micros = 0
        self._next_frame: Micros = 0
        """In real time, while the clinic's runs fast."""

    def stop(self) -> None:
        """End the loop after the present tick."""
        self._running = False

    def run(self, speed: float = 1.0) -> None:
        """Restore what was open, connect the devices, and go on until stopped; ``speed`` as in ``SetSpeed``."""
        if speed > 1 and self._fast.why_never:
            raise ValueError(self._fast.why_never)
        self._recorder.start()
        if self._webhook is not None:
            self._webhook.start()
        self._hl7.start()
        self._restore()
        for link in self._links:
            link.start()
        if not self._fast.why_never:
            self._fast.release_devices()
            self._tell_lead()
        if speed > 1:
            self._keep([SpeedSet(at=self._clock.now(), by="service", speed=speed)])
        self._next_tick = self._next_second = self._clock.now()
        while self._running:
            if self._fast.runs:
                self._fast_turn()
            else:
                self._turn()
        self._fast.set_speed(1)
        for link in self._links:
            link.stop()
        for link in self._links:
            link.join()
        self._fast.close()
        if self._webhook is not None:
            self._webhook.stop()
        self._hl7.stop()
        self._recorder.stop()
        self._commands.close()
        self._publisher.close()

    def _turn(self) -> None:
        now = self._clock.now()
        if now >= self._next_tick:
            self._next_tick = max(self._next_tick + TICK, now)
            self._judge(now)
            self._publish(now)
        self._second_if_due(now)
        self._answer(max(0, self._next_tick - self._clock.now()) // 1000)

    def _fast_turn(self) -> None:
        """A step of time, when devices, links and disk are through with those before."""
        passed = self._recorder.behind <= MOST_BEHIND and self._fast.step()
        now = self._clock.now()
        if passed:
            self._judge(now)
            self._second_if_due(now)
        real = self._clock.unhurried()
        if real >= self._next_frame:
            self._complete()
            self._next_frame = real + FAST_FRAME
            self._publish(now)
        self._answer(self._fast.rest_ms() if passed else 1)

    def _restore(self) -> None:
        """Sessions and alarms as the record has them. Pauses do not come back: after a restart there is sound."""
        now = self._clock.now()
        self._keep(self._house.restore(self._events_of(room=HOUSE), now))
        for row in self._reader.open_sessions():
            self._restore_session(row, now)
        self._keep([ServiceStarted(at=now, by="service", version=VERSION, sqlite=sqlite3.sqlite_version)])

    def _restore_session(self, row: SessionRow, now: Micros) -> None:
        room = self._rooms.get(row.room)
        if room is None:
            self._notices.room_is_missing(row)
            return
        protocol = self._config.protocols.get(row.protocol)
        if protocol is None:
            self._notices.protocol_is_missing(row, room.config.name)
            protocol = without_rules(row.protocol)
        past = with_opening(self._events_of(session=row.id), row)
        for event in past:
            room.apply(event, now)
            room.last_event = event.seq
        if room.session is not None:
            self._hl7.restored(room.config, room.session, now)
        policy = policy_for(self._config.alarms, protocol.alarms, room.config.same_arm)
        since = min([now - look_back(protocol.limits), *room.limits_violated_since])
        known = self._recorded(room, past, min(since, now - longest_evidence(protocol)))
        self._keep(room.begin_watch(protocol, policy, now, known, since))
        for unsent in unsent_messages(past):
            self._send_message(room, unsent)

    def _recorded(self, room: Room, past: Sequence[AnyEvent], since: Micros) -> list[Recorded]:
        """What was measured in the last minutes before the start. What cannot be read has been told already."""
        measured: list[Measurement] = []
        with suppress(RecordError):
            measured = self._reader.tail(room.config.id, since)
        return recorded(measured, past)

    def _events_of(self, session: str | None = None, room: str | None = None) -> list[AnyEvent]:
        """What the record holds of one of them. Damage is told on every screen and stops nobody's monitoring."""
        try:
            return self._reader.events(session=session, room=room)
        except EventsDamaged as error:
            self._notices.record_is_damaged(session or room or "", error)
            return error.intact

    def _judge(self, now: Micros) -> None:
        while not self._incoming.empty():
            room, readings = self._incoming.get()
            self._keep(room.take(readings, now))
        for room in self._rooms.values():
            self._keep(room.tick(now))
        self._keep(self._house.tick(now))
        self._hear_of_messages(now)
        while not self._hl7.news.empty():
            self._keep(self._house.tell_of_hl7(self._hl7.news.get(), now))
        self._complete()
        if self._audio_paused_until is not None and now >= self._audio_paused_until:
            self._audio_paused_until = None

    def _publish(self, now: Micros) -> None:
        if not self._recorder.running:
            raise RuntimeError("The recorder has died; the service ends so that it is started again.")
        recording = RecordingView(not self._recorder.problem, self._recorder.problem)
        reminder_s, speed = self._config.alarms.reminder_s, self._fast.speed
        head = Head(self._audio_paused_until, self._audio_off, reminder_s, recording, self._notices.text, speed)
        self._publisher.publish(self._rooms.values(), self._house, head, now)

    def _second_if_due(self, now: Micros) -> None:
        if now >= self._next_second:
            self._next_second = max(self._next_second + SECOND, now)
            self._second(now)

    def _second(self, now: Micros) -> None:
        entries = [entry for room in self._rooms.values() for entry in _newest_of_second(room)]
        self._recorder.measured(now, entries)
        self._hl7.second(now, entries)
        for room in self._rooms.values():
            self._keep(room.second(now))
        every = self._config.alarms.chain_test_min
        if not self._fast.runs and self._house.test_is_due(None if every is None else every * 60 * SECOND, now):
            self._house.test_chain(now)
        step = self._clock.new_step()
        if step is not None:
            self._keep([ClockStepped(at=now, by="service", seconds=step)])
            self._notices.clock_is_away(self._clock.away_s)

    def _set_speed(self, speed: float) -> None:
        self._fast.set_speed(speed)
        self._tell_lead()

    def _tell_lead(self) -> None:
        """While time runs fast, the bar of every screen says how fast."""
        self._notices.time_is_ahead(0 if self._fast.runs else self._clock.gained_s)

    def _keep(self, events: Sequence[AnyEvent]) -> None:
        """Events that have happened, whatever the disk says: they show at once and are recorded when possible."""
        if not events:
            return
        self._recorder.happened(events, self._committed)
        self._apply(events)

    def _apply(self, events: Sequence[AnyEvent]) -> None:
        for event in events:
            room = self._rooms.get(event.room or "")
            if room is not None:
                self._keep(room.apply(event, self._clock.now()))
            match event:
                case SpeedSet(speed=speed):
                    self._set_speed(speed)
                case AudioPaused():
                    self._audio_paused_until = event.until
                case AudioSwitchedOff():
                    self._audio_off = OffView(None, event.by, event.reason, event.at, None)
                case AudioResumed():
                    self._audio_paused_until = self._audio_off = None
                case SessionOpened() if room is not None:
                    self._begin_watch(room, event)
                case SessionEnded() if event.room is not None:
                    self._recorder.seal(event.room)
                case AlarmRaised(priority=Priority.HIGH) if self._audio_paused_until is not None:
                    reason = f"a new alarm of high priority: {event.text}"
                    self._keep([AudioResumed(at=event.at, by="service", reason=reason)])
                case AlarmEscalated(step=EscalationStep.MESSAGE) if room is not None:
                    self._send_message(room, event)

    def _begin_watch(self, room: Room, opened: SessionOpened) -> None:
        protocol = self._config.protocols[opened.protocol]
        policy = policy_for(self._config.alarms, protocol.alarms, room.config.same_arm)
        if room.session is not None:
            self._hl7.opened(room.config, room.session, opened.at)
        self._keep(room.begin_watch(protocol, policy, self._clock.now()))

    def _send_message(self, room: Room, event: AlarmEscalated) -> None:
        for alarm in room.alarms():
            if self._webhook is not None and alarm.condition == event.condition:
                clinic, name = self._config.clinic.name, room.config.name
                message = UnansweredAlarm(clinic, name, alarm.condition, alarm.priority, alarm.text, alarm.since)
                self._webhook.send(event.session, room.config.id, message)

    def _hear_of_messages(self, now: Micros) -> None:
        while self._webhook is not None and not self._webhook.results.empty():
            sent = self._webhook.results.get()
            told = AlarmMessaged(
                at=now,
                by="service",
                room=sent.room,
                session=sent.session,
                condition=sent.condition,
                problem=sent.problem,
            )
            self._keep([told, *self._house.tell_of_message(sent.problem, now)])

    def _committed(self, events: list[AnyEvent] | None) -> None:
        for event in events or ():
            self._hl7.happened(event)
            if event.room in self._rooms:
                self._rooms[event.room].last_event = event.seq

    def _answer(self, patience_ms: int) -> None:
        """Carry out the commands that come until the next tick."""
        waiting = self._commands.waiting(patience_ms)
        if waiting is None:
            return
        caller, request = waiting
        if isinstance(request.command, (SetFault, Play)):
            self._commands.answer(caller, Outcome(False, "Faults are asked of the simulator."))
        elif isinstance(request.command, GetSnapshot):
            self._commands.answer(caller, Outcome(True, snapshot=self._publisher.snapshot()))
        else:
            self._carry_out(caller, request.command, Actor(request.by, request.role, request.signed))

    def _carry_out(self, caller: bytes, command: AnyCommand, actor: Actor) -> None:
        now = self._clock.now()
        places = {f"{name} {getattr(command, name)}" for name in PLACES if getattr(command, name, None) is not None}
        try:
            of_house = decide_for_house(command, actor, self._house, self._fast, now)
            decision = of_house or decide(command, actor, self._ward, now)
            if not decision.at_once and places & self._saving:
                raise Refused("The step before this one is still being saved. Try again.")
        except Unconfirmed as refused:
            self._commands.answer(caller, Outcome(False, refused.text, warnings=refused.warnings))
            return
        except Refused as refused:
            self._commands.answer(caller, Outcome(False, refused.text, refused.field))
            return
        if not decision.events:
            self._commands.answer(caller, Outcome(True))
        elif decision.at_once:
            self._recorder.happened(decision.events, lambda events: self._answer_at_once(caller, events))
            self._apply(decision.events)
        else:
            self._saving |= places
            self._recorder.ask(decision.events, lambda events: self._answer_when_saved(caller, places, events))

    def _answer_at_once(self, caller: bytes, events: list[AnyEvent] | None) -> None:
        self._committed(events)
        problem = f"Done on all screens, but not saved yet: {self._recorder.problem}."
        self._commands.answer(caller, Outcome(True) if events else Outcome(False, problem))

    def _answer_when_saved(self, caller: bytes, places: set[str], events: list[AnyEvent] | None) -> None:
        self._saving -= places
        if events is None:
            why = self._recorder.problem or "the record refused it"
            problem = f"Not saved, so nothing was changed: {why}. Try again."
            self._commands.answer(caller, Outcome(False, problem))
            return
        self._apply(events)
        self._committed(events)
        self._commands.answer(caller, Outcome(True))

    def _complete(self) -> None:
        while not self._recorder.completions.empty():
            then, events = self._recorder.completions.get()
            then(events)
            # Who has been told "done" finds it in the next frame, however seldom those of fast time are.
            self._next_frame = 0


def _newest_of_second(room: Room) -> list[Entry]:
    """What the record keeps of a second: each metric's newest value, and every wave."""
    arrived, room.arrived = room.arrived, []
    session = room.session.id if room.session else None
    newest: dict[tuple[Metric, str], Numeric] = {}
    waves: list[Waveform] = []
    for reading in arrived:
        if isinstance(reading, Numeric):
            newest[reading.metric, reading.source] = reading
        else:
            waves.append(reading)
    kept: list[Numeric | Waveform] = [*newest.values(), *waves]
    return [(room.config.id, session, reading) for reading in kept]
