"""The alarms of a room's session: the engine, and what the session's events mean to it."""

from __future__ import annotations

from collections.abc import Iterable

from devices.readings import SECOND, Micros
from monitor.clinic.alarms.engine import AlarmEngine
from monitor.clinic.alarms.policy import AlarmPolicy
from monitor.clinic.alarms.rules import Rule, rules
from monitor.clinic.alarms.trial import Recorded
from monitor.clinic.events import (
    AlarmsPaused,
    AlarmsResumed,
    AlarmsSwitchedOff,
    AnyEvent,
    BaselineLocked,
    CuffFailed,
    CuffMeasured,
    CuffStarted,
    LimitsChanged,
    SymptomMarked,
    SymptomResolved,
)
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session
from monitor.clinic.watching import limits_in_force, resume_alarms
from monitor.service.watching_view import watching_view

LOOK_BACK: Micros = 120 * SECOND
"""So much of the record is played again after a restart: twice as long as any delay may be."""
OVERDUE_CUFF = "Blood pressure overdue, measure now"


class SessionWatch:
    """Watches one session. ``engine`` takes what its devices say; the methods here take what its events say."""

    def __init__(self, session: Session, protocol: Protocol, policy: AlarmPolicy) -> None:
        self.protocol = protocol
        self.limits = limits_in_force(session, protocol)
        self.shown = watching_view(session, protocol, self.limits)
        """What screens are told; made anew with the session's events, not with every frame."""
        self.engine = AlarmEngine(session.room, session.id, self._rules(session), policy)

    def resume(self, session: Session, recorded: Iterable[Recorded], now: Micros) -> list[AnyEvent]:
        """Go on after a restart: alarms as they were, delays as far as they had run; pauses do not come back."""
        for each in recorded:
            self.engine.observe(each.metric, each.value, each.quality, each.at, each.measured_at)
        self.engine.unraise(session.alarms)
        events: list[AnyEvent] = []
        for alarm in session.alarms.values():
            if alarm.latched is not None:
                self.engine.restore_latched(alarm.raised, alarm.latched.how, alarm.latched.ended)
            else:
                events += self.engine.restore(alarm.raised, alarm.acknowledged_by, now, alarm.escalated)
        for symptom in session.symptoms:
            events += self.engine.symptom(symptom, True, now)
        for condition in session.alarms_off:
            events.append(resume_alarms(session, condition, "Chairside was restarted", "service", now))
        return events

    def follow(self, event: AnyEvent, session: Session, now: Micros) -> list[AnyEvent]:
        """What an event means to the alarms; ``session`` is as the event left it."""
        self.limits = limits_in_force(session, self.protocol)
        self.shown = watching_view(session, self.protocol, self.limits)
        match event:
            case LimitsChanged() | BaselineLocked():
                return list(self.engine.set_rules(self._rules(session), now))
            case SymptomMarked(symptom=symptom):
                return list(self.engine.symptom(symptom, True, now))
            case SymptomResolved(symptom=symptom):
                return list(self.engine.symptom(symptom, False, now))
            case AlarmsPaused():
                return list(self.engine.switch_off(None, now))
            case AlarmsSwitchedOff(condition=condition):
                return list(self.engine.switch_off(condition, now))
            case AlarmsResumed(condition=condition):
                return list(self.engine.switch_on(condition, now))
            case CuffStarted():
                return list(self.engine.cuff(True, now))
            case CuffMeasured() | CuffFailed():
                return list(self.engine.cuff(False, now))
        return []

    def tick(self, session: Session, now: Micros) -> list[AnyEvent]:
        """Let time pass: a pause ends, a reading becomes overdue, delays run out."""
        events: list[AnyEvent] = list(self.engine.due("nibp", OVERDUE_CUFF, session.reading_due_at, now))
        paused = session.alarms_off.get(None)
        if paused is not None and paused.until is not None and now >= paused.until:
            events.append(resume_alarms(session, None, "the pause is over", "service", now))
        return events

    def _rules(self, session: Session) -> list[Rule]:
        return rules(self.limits, session.baseline.values if session.baseline else None)
