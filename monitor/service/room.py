"""One room as the service knows it: its links, newest values, session and alarms.

Everything here runs in the service's own thread. What happens becomes events; the service keeps and publishes them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from msgspec.structs import replace

from devices.link import Link
from devices.readings import (
    NOT_LIVE,
    SECOND,
    Condition,
    ConditionKind,
    Metric,
    Micros,
    Numeric,
    Quality,
    Reading,
    Reply,
    ReplyKind,
    Waveform,
)
from devices.registry import PROTOCOLS
from monitor import config
from monitor.clinic.alarms.policy import AlarmPolicy
from monitor.clinic.alarms.presence import Presence, Reason
from monitor.clinic.alarms.trial import Recorded
from monitor.clinic.alarms.views import AlarmView
from monitor.clinic.events import (
    AlarmRaised,
    AnyEvent,
    CuffFailed,
    CuffMeasured,
    CuffStarted,
    LinkLost,
    LinkRestored,
    SessionEnded,
    SessionOpened,
)
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused
from monitor.clinic.session import Session
from monitor.service.evidence import Evidence
from monitor.service.session_watch import SessionWatch

INFLATION = (Metric.SYS, Metric.DIA, Metric.MAP, Metric.PR_NIBP)
LINK_STATES = {ConditionKind.LINK_DOWN, ConditionKind.NO_DATA}
STALE: Micros = 5 * SECOND
"""A streamed value older than this is no value, whatever its link says."""
VALUE_STANDS: Micros = 2 * SECOND
"""An oximeter that gives values gives one at least so often."""
EXPLAINS_NO_VALUE = LINK_STATES | {ConditionKind.SENSOR_OFF, ConditionKind.NO_SENSOR, ConditionKind.SEARCHING}

Sink = Callable[["Room", list[Reading]], None]


class Room:
    """A treatment place. ``sink`` receives the readings of its links, from their threads."""

    def __init__(self, room: config.Room, now: Callable[[], Micros], sink: Sink) -> None:
        self.config = room
        self.session: Session | None = None
        self.numbers: dict[Metric, Numeric] = {}
        self.measuring = False
        self.last_event = 0
        self.arrived: list[Numeric | Waveform] = []
        """Streamed readings since the service last took them for the record."""
        self.waves: list[Waveform] = []
        """Waves since the service last published them."""
        self.watch: SessionWatch | None = None
        """The alarms of the session; ``None`` while the room is free."""
        self.evidence = Evidence()
        self._states: dict[tuple[str, ConditionKind], bool] = {}
        self._inflation: dict[Metric, Numeric] = {}
        self._valued_at: dict[str, Micros] = {}
        """Per oximeter, when it last gave a saturation of now."""
        self._presence: dict[str, Presence] = {}
        self.links = [self._link(device, now, sink) for device in room.devices]
        cuffs = [device.name for device in room.devices if PROTOCOLS[device.protocol].kind == "cuff"]
        self.cuff_link = next((link for link in self.links if link.name in cuffs), None)
        """The link of the room's cuff, connected or not."""

    @property
    def protocol(self) -> Protocol | None:
        """The protocol of the session."""
        return None if self.watch is None else self.watch.protocol

    def _link(self, device: config.DeviceConfig, now: Callable[[], Micros], sink: Sink) -> Link:
        protocol = PROTOCOLS[device.protocol]
        make = protocol.select if device.select_format and protocol.select else protocol.decoder
        mark = Quality.SIMULATED if self.config.simulated else Quality.OK
        return Link(
            device.name,
            device.port,
            protocol.port,
            lambda: make(device.name, mark),
            lambda _, readings: sink(self, readings),
            now,
        )

    def treated(self) -> tuple[Session, Protocol]:
        """The session and its protocol.

        Raises: Refused while the room is free.
        """
        if self.session is None or self.watch is None:
            raise Refused(f"{self.config.name} has no session.")
        return self.session, self.watch.protocol

    def take(self, readings: Iterable[Reading], now: Micros) -> list[AnyEvent]:
        """Readings of one of the room's links, in order."""
        events: list[AnyEvent] = []
        for reading in readings:
            match reading:
                case Numeric():
                    events += self._numeric(reading, now)
                case Waveform():
                    self.waves.append(reading)
                    self.arrived.append(reading)
                case Condition():
                    events += self._condition(reading, now)
                case Reply():
                    events += self._reply(reading, now)
        return events

    def _numeric(self, reading: Numeric, now: Micros, lost_at: Micros | None = None) -> list[AnyEvent]:
        if reading.metric in INFLATION:
            self._inflation[reading.metric] = reading
            return []
        self.numbers[reading.metric] = reading
        if reading.metric is Metric.CUFF:
            return []
        if reading.metric is Metric.SPO2 and reading.value is not None and not reading.quality & NOT_LIVE:
            self._valued_at[reading.source] = now
        self.arrived.append(reading)
        return self._judge(reading, now, lost_at)

    def _condition(self, condition: Condition, now: Micros) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        place = (condition.source, condition.kind)
        was_active = self._states.get(place, False)
        self._states[place] = condition.active
        if condition.kind in LINK_STATES:
            events += self._link_changed(condition, was_active, now)
        if self.watch is not None:
            events += self.watch.engine.device(condition.source, condition.kind, condition.active, now)
        return events

    def _link_changed(self, condition: Condition, was_active: bool, now: Micros) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        if condition.active:
            events += self._blank(condition.source, now)
            if self.measuring and self._is_cuff(condition.source):
                events.append(self._cuff_failed("the cuff was disconnected", condition.source, now))
            if not was_active:
                events.append(LinkLost(at=now, by="service", source=condition.source, reason=condition.text))
        elif was_active and not self._link_is_lost(condition.source):
            events.append(LinkRestored(at=now, by="service", source=condition.source))
        return [self._stamped(event) for event in events]

    def _blank(self, source: str, now: Micros) -> list[AnyEvent]:
        """A lost device measures nothing: its values go now, not when they have aged."""
        events: list[AnyEvent] = []
        for metric, number in list(self.numbers.items()):
            if number.source == source and number.value is not None:
                gone = Numeric(metric, None, now, now, source, number.quality & Quality.SIMULATED)
                events += self._numeric(gone, now, lost_at=number.at)
        return events

    def _reply(self, reply: Reply, now: Micros) -> list[AnyEvent]:
        if not self._is_cuff(reply.source) or reply.kind in (ReplyKind.ACCEPTED, ReplyKind.STARTED):
            return []
        if not self.measuring:
            # Of an inflation that nobody waits for any more, perhaps on the arm of the patient before.
            self._inflation = {}
            return []
        if reply.kind is ReplyKind.DONE:
            return self._cuff_done(reply, now)
        stopped = reply.kind is ReplyKind.CANCELLED
        return [self._stamped(self._cuff_failed(reply.text or "stopped", reply.source, now, stopped))]

    def _cuff_done(self, reply: Reply, now: Micros) -> list[AnyEvent]:
        taken = self._whole_inflation()
        self.measuring = False
        values = {metric: number.value for metric, number in taken.items()}
        sys, dia = values.get(Metric.SYS), values.get(Metric.DIA)
        if sys is None or dia is None:
            return [self._stamped(self._cuff_failed("no reading", reply.source, now))]
        measured = CuffMeasured(
            at=now,
            by="service",
            measured_at=taken[Metric.SYS].measured_at,
            sys=sys,
            dia=dia,
            map=values.get(Metric.MAP),
            pr=values.get(Metric.PR_NIBP),
            source=reply.source,
            simulated=self.config.simulated,
        )
        events = [self._stamped(measured)]
        for metric in INFLATION:
            if metric in taken:
                events += self._judge(taken[metric], now)
        return events

    def _whole_inflation(self) -> dict[Metric, Numeric]:
        """The cuff's values that belong to its newest systolic one; a value of another inflation joins nothing."""
        taken, self._inflation = self._inflation, {}
        systolic = taken.get(Metric.SYS)
        if systolic is None:
            return {}
        return {metric: number for metric, number in taken.items() if number.measured_at == systolic.measured_at}

    def _cuff_failed(self, reason: str, source: str, now: Micros, stopped: bool = False) -> CuffFailed:
        self.measuring = False
        self._inflation = {}
        return CuffFailed(at=now, by="service", reason=reason, source=source, stopped=stopped)

    def _judge(self, number: Numeric, now: Micros, lost_at: Micros | None = None) -> list[AnyEvent]:
        if self.watch is None:
            return []
        observe = self.watch.engine.observe
        return list(observe(number.metric, number.value, number.quality, now, number.measured_at, lost_at))

    def tick(self, now: Micros) -> list[AnyEvent]:
        """Let time pass: stale values go, alarm delays run out, the cuff starts when its interval is up."""
        events: list[AnyEvent] = []
        for metric, number in list(self.numbers.items()):
            if number.value is not None and now - number.at > STALE:
                blank = Numeric(metric, None, number.at, number.measured_at, number.source, number.quality)
                self.numbers[metric] = blank
                events += self._judge(blank, now, lost_at=number.at)
        events += self._look_for_values(now) + self._look_at_cuff(now)
        if self.watch is not None and self.session is not None:
            events += self.watch.tick(self.session, now)
        if self._cuff_is_due(now):
            events += self.start_cuff("service", now)
        return events

    def _look_for_values(self, now: Micros) -> list[AnyEvent]:
        """Tell of an oximeter that sends but measures nothing: a patient whom nobody watches any more."""
        events: list[AnyEvent] = []
        for link in self.links:
            if self._is_cuff(link.name):
                continue
            valued_at = self._valued_at.get(link.name)
            presence = self._presence.setdefault(link.name, Presence(now))
            valued = valued_at is not None and now - valued_at <= VALUE_STANDS
            presence.look(valued, self._reason_for_no_value(link.name), now)
            if presence.missing != self._states.get((link.name, ConditionKind.NO_VALUE), False):
                events += self._condition(Condition(ConditionKind.NO_VALUE, presence.missing, now, link.name), now)
        return events

    def _reason_for_no_value(self, oximeter: str) -> Reason:
        told = [kind for kind in EXPLAINS_NO_VALUE if self._states.get((oximeter, kind))]
        if not told:
            return Reason.UNKNOWN
        engine = None if self.watch is None else self.watch.engine
        alarmed = engine is None or any(engine.tells_of(f"{oximeter}.{kind}") for kind in told)
        return Reason.ALARMED if alarmed else Reason.TOLD

    def _look_at_cuff(self, now: Micros) -> list[AnyEvent]:
        """Tell of a cuff that is tried no more."""
        link, session = self.cuff_link, self.session
        gives_up = session is not None and session.cuff_gives_up
        if link is None or gives_up == self._states.get((link.name, ConditionKind.NO_READING), False):
            return []
        return self._condition(Condition(ConditionKind.NO_READING, gives_up, now, link.name), now)

    def _cuff_is_due(self, now: Micros) -> bool:
        """Whether the interval is up. A cuff that is away then measures as soon as it is back."""
        if self.session is None or self.watch is None or self.measuring or self.cuff_link is None:
            return False
        due = self.watch.next_cuff_at
        if due is None:
            return False
        return self.cuff_link.status.state == "ok" and now >= due

    def start_cuff(self, by: str, now: Micros) -> list[AnyEvent]:
        """Tell the cuff to measure."""
        link = self.cuff_link
        started = self._stamped(CuffStarted(at=now, by=by))
        if link is None or not link.tell_cuff(lambda cuff: cuff.start()):
            source = link.name if link else "cuff"
            return [started, self._stamped(self._cuff_failed("the cuff is not connected", source, now))]
        self.measuring = True
        self._inflation = {}
        return [started]

    def cancel_cuff(self) -> bool:
        """Tell the cuff to deflate. False when none is connected."""
        link = self.cuff_link
        return link is not None and link.tell_cuff(lambda cuff: cuff.cancel())

    def second(self, now: Micros) -> list[AnyEvent]:
        """A second has passed: keep the values of now, and look at what is due and at the checklist."""
        self.evidence.remember_second(self.numbers, now)
        if self.session is None or self.watch is None:
            return []
        return [*self.watch.second(now), *self.evidence.look(self.session, self.watch.protocol, now)]

    def apply(self, event: AnyEvent, now: Micros) -> list[AnyEvent]:
        """Fold an event into the session. Returns the events that follow from it."""
        match event:
            case SessionOpened():
                self.session = Session.opened(event)
                self.evidence.forget()
            case SessionEnded() if self.session is not None:
                return self._end_session(now)
            case _ if self.session is not None and event.session == self.session.id:
                self.session = self.session.apply(event)
                return [] if self.watch is None else self.watch.follow(event, self.session, now)
        return []

    @property
    def limits_violated_since(self) -> list[Micros]:
        """When the violations began whose alarms are on, according to the record."""
        alarms = {} if self.session is None else self.session.alarms
        open_ones = [alarm.raised for alarm in alarms.values() if alarm.latched is None]
        return [raised.since for raised in open_ones if raised.limit is not None]

    def _end_session(self, now: Micros) -> list[AnyEvent]:
        """Free the room. What the cuff still measures belongs to nobody."""
        ended: list[AnyEvent] = [] if self.watch is None else list(self.watch.engine.end_all(now))
        if self.measuring:
            self.cancel_cuff()
        self.measuring, self._inflation = False, {}
        self.session = self.watch = None
        self.evidence.forget()
        return ended

    def begin_watch(
        self,
        protocol: Protocol,
        policy: AlarmPolicy,
        now: Micros,
        recorded: Sequence[Recorded] = (),
        watched_from: Micros = 0,
    ) -> list[AnyEvent]:
        """Begin to raise alarms for the present session; go on with those that were active before a restart.

        ``recorded`` are the values of the last minutes before it, in order; the alarms need those since
        ``watched_from``, the checklist all of them.
        """
        assert self.session is not None  # noqa: S101 - called when a session has been opened or restored
        self.watch = SessionWatch(self.session, protocol, policy)
        for each in recorded:
            self.evidence.remember(each.metric, each.value, each.quality, each.at)
        for alarm in self.session.alarms.values():
            if alarm.latched is None:
                self._remember_state(alarm.raised, now)
        events = self.watch.resume(self.session, [each for each in recorded if each.at >= watched_from], now)
        for (source, kind), active in self._states.items():
            own = any(link.name == source for link in self.links)
            events += self.watch.engine.device(source, kind, active and own, now)
        if self.session.cuff_running and self.cuff_link is not None:
            interrupted = self._cuff_failed("Chairside was restarted meanwhile", self.cuff_link.name, now)
            events.append(self._stamped(interrupted))
        return events

    def _remember_state(self, raised: AlarmRaised, now: Micros) -> None:
        """A technical alarm from before a restart says in what state its device was; only so is its end a change."""
        device, _, kind = raised.condition.rpartition(".")
        if raised.limit is None and kind in set(ConditionKind):
            self._states.setdefault((device, ConditionKind(kind)), True)
            if kind == ConditionKind.NO_VALUE:
                self._presence[device] = Presence(now, missing=True)

    def acknowledge(self, conditions: Collection[str], by: str, now: Micros) -> list[AnyEvent]:
        """Take notice of alarms."""
        return [] if self.watch is None else list(self.watch.engine.acknowledge(conditions, by, now))

    def alarms(self) -> list[AlarmView]:
        """What is pending, active or latched."""
        return [] if self.watch is None else self.watch.engine.alarms()

    def _stamped(self, event: AnyEvent) -> AnyEvent:
        return replace(event, room=self.config.id, session=self.session.id if self.session else None)

    def _is_cuff(self, device: str) -> bool:
        return self.cuff_link is not None and self.cuff_link.name == device

    def _link_is_lost(self, source: str) -> bool:
        return any(self._states.get((source, kind), False) for kind in LINK_STATES)
