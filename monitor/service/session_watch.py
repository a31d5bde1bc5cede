"""The alarms of a room's session: the engine, and what the session's events mean to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from devices.readings import SECOND, Metric, Micros, Quality
from monitor.clinic.alarms.engine import AlarmEngine
from monitor.clinic.alarms.limits import MetricLimits
from monitor.clinic.alarms.policy import AlarmPolicy
from monitor.clinic.alarms.resumption import go_on
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
    PressureTaken,
    SymptomMarked,
    SymptomResolved,
)
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session
from monitor.clinic.treatment.pressure import values_of
from monitor.clinic.treatment.scales import SCALES, Scale
from monitor.clinic.treatment.schedule import NIBP, due_items, next_cuff_at
from monitor.clinic.watching import changed_profile, limits_in_force, resume_alarms, without_unfit
from monitor.service.watching_view import watching_view

SHORTEST_LOOK_BACK: Micros = 120 * SECOND
"""Twice as long as any delay may be."""
OVERDUE_CUFF = "Blood pressure overdue, measure now"


def look_back(limits: Mapping[Metric, MetricLimits]) -> Micros:
    """How much of the record must be played again after a restart: as far back as a value may count for an alarm."""
    sides = [given for each in limits.values() for given in (each.low, each.high) if given is not None]
    rates = [given.rate.within_s for given in sides if given.rate is not None]
    stuck = [each.stuck_s for each in limits.values() if each.stuck_s is not None]
    return max(SHORTEST_LOOK_BACK, round(max([0, *rates, *stuck]) * SECOND))


class SessionWatch:
    """Watches one session. ``engine`` takes what its devices say; the methods here take what its events say."""

    def __init__(self, session: Session, protocol: Protocol, policy: AlarmPolicy) -> None:
        self.protocol = protocol
        self._overdue = policy.overdue
        self._scales = [Scale(due.what) for due in protocol.due if due.what != NIBP]
        self.next_cuff_at = next_cuff_at(session, protocol)
        """When the cuff measures by itself; made anew with the session's events."""
        self.due = due_items(session, protocol)
        self.limits = limits_in_force(session, protocol)
        self.shown = watching_view(session, protocol, self.limits)
        """What screens are told; made anew with the session's events, not with every frame."""
        self.engine = AlarmEngine(session.room, session.id, self._rules(session), policy)

    def resume(self, session: Session, recorded: Iterable[Recorded], now: Micros) -> list[AnyEvent]:
        """Go on after a restart: alarms as they were, delays as far as they had run; pauses do not come back."""
        for each in recorded:
            self.engine.observe(each.metric, each.value, each.quality, each.at, each.measured_at)
        events: list[AnyEvent] = list(go_on(self.engine, session.alarms, now))
        for symptom in session.symptoms:
            events += self.engine.symptom(symptom, True, now)
        changed = (changed_profile(session, self.protocol, now), without_unfit(session, self.protocol, now))
        events += [each for each in changed if each is not None]
        for condition in session.alarms_off:
            events.append(resume_alarms(session, condition, "Chairside was restarted", "service", now))
        return events

    def follow(self, event: AnyEvent, session: Session, now: Micros) -> list[AnyEvent]:
        """What an event means to the alarms; ``session`` is as the event left it."""
        self.next_cuff_at = next_cuff_at(session, self.protocol)
        self.due = due_items(session, self.protocol)
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
            case PressureTaken():
                return self._judge(event, now)
        return []

    def _judge(self, taken: PressureTaken, now: Micros) -> list[AnyEvent]:
        """A pressure by hand alarms as one of the cuff does."""
        events: list[AnyEvent] = []
        for metric, value in values_of(taken).items():
            events += self.engine.observe(metric, value, Quality.OK, now, taken.measured_at)
        return events

    def tick(self, session: Session, now: Micros) -> list[AnyEvent]:
        """Let time pass: a pause ends, a reading becomes overdue, delays run out."""
        events: list[AnyEvent] = list(self.engine.due(NIBP, OVERDUE_CUFF, session.reading_due_at, now))
        paused = session.alarms_off.get(None)
        if paused is not None and paused.until is not None and now >= paused.until:
            events.append(resume_alarms(session, None, "the pause is over", "service", now))
        return events

    def second(self, now: Micros) -> list[AnyEvent]:
        """A second has passed: an assessment may be overdue."""
        events: list[AnyEvent] = []
        overdue_at = {item.what: item.overdue_at for item in self.due}
        for scale in self._scales:
            late_at = overdue_at.get(scale)
            # The engine itself waits as long as anything may be late.
            due_at = None if late_at is None else late_at - self._overdue
            events += self.engine.due(scale, f"{SCALES[scale].label} overdue, assess now", due_at, now)
        return events

    def _rules(self, session: Session) -> list[Rule]:
        return rules(self.limits, session.baseline.values if session.baseline else None)
