"""Everything that can happen to the alarm engine, at random, and the record that is kept beside it."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from devices.readings import SECOND, ConditionKind, Metric, Micros, Quality
from monitor.clinic.alarms.checks import LimitProblem, check
from monitor.clinic.alarms.engine import AlarmEngine, AlarmEvent
from monitor.clinic.alarms.limits import MetricLimits, RateLimit, RelativeLimit, SideLimit
from monitor.clinic.alarms.policy import AlarmPolicy, Escalation
from monitor.clinic.alarms.rules import Rule, rules
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.alarms.views import AlarmState, AlarmView
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmRaised,
    EscalationStep,
)
from monitor.clinic.priority import Priority
from monitor.clinic.session import OpenAlarm, after_alarm_event

BASELINE = {Metric.SPO2: 97.0, Metric.PR: 72.0, Metric.SYS: 130.0}
BASELINE_AGAIN = {Metric.SPO2: 95.0, Metric.PR: 80.0, Metric.SYS: 150.0}

saturation = st.builds(
    SideLimit,
    limit=st.sampled_from([88.0, 90.0]),
    delay_s=st.sampled_from([0.0, 4.0, 15.0]),
    area=st.sampled_from([None, None, 10.0, 25.0]),
    hysteresis=st.sampled_from([0.0, 1.0]),
    priority=st.just(Priority.HIGH),
    comparator=st.sampled_from([None, "<", "<="]),
    severe_points=st.sampled_from([None, 3.0, 5.0]),
    severe_until=st.sampled_from(["severe", "limit"]),
    baseline=st.sampled_from([None, RelativeLimit(points=4, percent=5, choose="looser", delay_s=4)]),
    rate=st.sampled_from([None, RateLimit(points=6, within_s=20, delay_s=2)]),
)
pulse = st.builds(
    SideLimit,
    limit=st.just(120.0),
    delay_s=st.sampled_from([0.0, 5.0]),
    hysteresis=st.just(2.0),
    severe=st.sampled_from([None, 140.0]),
    severe_delay_s=st.sampled_from([0.0, 3.0]),
    baseline=st.sampled_from([None, RelativeLimit(percent=30, delay_s=4, priority=Priority.MEDIUM)]),
    rate=st.sampled_from([None, RateLimit(points=40, within_s=10)]),
)
pressure = st.builds(
    SideLimit,
    limit=st.sampled_from([155.0, 160.0]),
    readings=st.integers(1, 3),
    comparator=st.sampled_from([None, ">="]),
    severe=st.sampled_from([None, 180.0]),
    baseline=st.sampled_from([None, RelativeLimit(percent=20, points=20, readings=2)]),
)


@st.composite
def some_rules(draw: st.DrawFn) -> list[Rule]:
    """The rules of limits that pass the check, with a baseline or without."""
    limits = {
        Metric.SPO2: MetricLimits(low=draw(saturation)),
        Metric.PR: MetricLimits(high=draw(pulse), stuck_s=draw(st.sampled_from([None, 60.0]))),
        Metric.SYS: MetricLimits(high=draw(pressure)),
    }
    try:
        check(limits)
    except LimitProblem:
        assume(False)
    return rules(limits, draw(st.sampled_from([None, BASELINE, BASELINE_AGAIN])))


policies = st.builds(
    AlarmPolicy,
    latch=st.frozensets(st.sampled_from(Priority)),
    escalation=st.sampled_from(
        [
            (),
            (
                Escalation(EscalationStep.LOUDER, 5 * SECOND),
                Escalation(EscalationStep.BANNER, 20 * SECOND),
                Escalation(EscalationStep.MESSAGE, 60 * SECOND),
            ),
        ]
    ),
    same_arm=st.booleans(),
    overdue=st.sampled_from([0, 30 * SECOND]),
)

VALUES: dict[Metric, list[float | None]] = {
    Metric.SPO2: [None, 78.0, 84.0, 88.0, 89.5, 90.0, 91.0, 97.0],
    Metric.PR: [None, 70.0, 99.0, 119.0, 130.0, 150.0],
    Metric.PI: [None, 0.1, 1.5],
    Metric.SYS: [None, 120.0, 153.0, 165.0, 190.0],
}
CONDITIONS = ["SpO2.low", "SpO2.low.severe", "SpO2.low.rate", "PR.high", "SYS.high", "SYS.high.baseline", "PR.stuck"]
QUALITIES = [Quality.OK, Quality.OK, Quality.OK, Quality.QUESTIONABLE, Quality.HELD, Quality.LOW_PERFUSION]
KINDS = [ConditionKind.LINK_DOWN, ConditionKind.SENSOR_OFF, ConditionKind.SEARCHING, ConditionKind.LOW_BATTERY]
SYMPTOMS = [Symptom.SEIZURE, Symptom.CHEST_PAIN]

What = tuple[object, ...]
Action = tuple[Micros, What]
"""How long after the action before, and what."""

changing = st.one_of(
    st.tuples(st.just("device"), st.sampled_from(["oximeter", "cuff"]), st.sampled_from(KINDS), st.booleans()),
    st.tuples(st.just("symptom"), st.sampled_from(SYMPTOMS), st.booleans()),
    st.tuples(st.just("due"), st.sampled_from([None, 5 * SECOND, 60 * SECOND])),
    st.tuples(st.just("cuff"), st.booleans()),
    st.tuples(st.just("off"), st.sampled_from([None, *CONDITIONS])),
    st.tuples(st.just("on"), st.sampled_from([None, *CONDITIONS])),
    st.tuples(st.just("tick")),
)
pauses = st.sampled_from([0, SECOND // 3, SECOND, 3 * SECOND, 5 * SECOND, 20 * SECOND, 70 * SECOND])


measurements: st.SearchStrategy[What] = st.tuples(
    st.just("observe"),
    st.just(Metric.SYS),
    st.sampled_from(VALUES[Metric.SYS]),
    st.sampled_from(QUALITIES),
    st.sampled_from([None, 1, 2, 3]),
)


@st.composite
def stretches(draw: st.DrawFn) -> list[Action]:
    """Seconds in which an oximeter gives the same values: delays, areas and holes have a chance to be passed."""
    quality = draw(st.sampled_from(QUALITIES))
    values = {metric: draw(st.sampled_from(VALUES[metric])) for metric in (Metric.SPO2, Metric.PR, Metric.PI)}
    frame: list[Action] = [(0, ("observe", metric, value, quality, None)) for metric, value in values.items()]
    return [(SECOND, ("tick",)), *frame] * draw(st.integers(1, 20))


@st.composite
def squeezes(draw: st.DrawFn) -> list[Action]:
    """A cuff reading: meanwhile the oximeter may lose its pulse, and at the end there may be a value."""
    lost: What = ("device", "oximeter", draw(st.sampled_from(KINDS)), True)
    return [
        (SECOND, ("cuff", True)),
        (draw(pauses), draw(st.sampled_from([lost, ("tick",)]))),
        (draw(pauses), ("cuff", False)),
        (0, draw(measurements)),
    ]


answers: st.SearchStrategy[What] = st.tuples(
    st.just("acknowledge"), st.sampled_from([None, *CONDITIONS, "oximeter.sensor_off"])
)
moved_limits: st.SearchStrategy[What] = st.tuples(st.just("rules"), some_rules())


def alone(what: st.SearchStrategy[What]) -> st.SearchStrategy[list[Action]]:
    return st.tuples(pauses, what).map(lambda action: [action])


courses: st.SearchStrategy[list[Action]] = st.lists(
    st.one_of(stretches(), stretches(), squeezes(), alone(changing), alone(answers), alone(moved_limits)),
    min_size=5,
    max_size=20,
).map(lambda parts: [action for part in parts for action in part])


def carry_out(watched: AlarmEngine, what: What, now: Micros) -> list[AlarmEvent]:
    match what:
        case "observe", Metric() as metric, (float() | None) as value, Quality() as quality, (int() | None) as measured:
            return watched.observe(metric, value, quality, now, measured)
        case "device", str(name), ConditionKind() as kind, bool(active):
            return watched.device(name, kind, active, now)
        case "symptom", Symptom() as symptom, bool(present):
            return watched.symptom(symptom, present, now)
        case "due", (int() | None) as before:
            return watched.due("nibp", "Blood pressure overdue", None if before is None else now - before, now)
        case "cuff", bool(running):
            return watched.cuff(running, now)
        case "rules", list() as others:
            return watched.set_rules(others, now)
        case "acknowledge", (str() | None) as condition:
            passed = watched.tick(now)
            shown = [view.condition for view in watched.alarms()]
            return [*passed, *watched.acknowledge(shown if condition is None else [condition], "nurse", now)]
        case "off", str(condition):
            return watched.switch_off(condition, now)
        case "on", str(condition):
            return watched.switch_on(condition, now)
    return watched.tick(now)


class Record:
    """The open alarms as the record has them; refuses an event that cannot follow the ones before."""

    def __init__(self) -> None:
        self.alarms: dict[str, OpenAlarm] = {}
        self.events: list[AlarmEvent] = []

    def take(self, events: list[AlarmEvent]) -> None:
        for event in events:
            assert (event.room, event.session) == ("1", "a")
            self._check(event)
            self.alarms = after_alarm_event(self.alarms, event)
            self.events.append(event)

    def _check(self, event: AlarmEvent) -> None:
        before = self.alarms.get(event.condition)
        if isinstance(event, AlarmRaised):
            assert before is None, "two alarms of one condition"
            assert event.since <= event.onset <= event.at
            return
        assert before is not None, "an alarm that was not open was acknowledged, escalated, latched or ended"
        match event:
            case AlarmAcknowledged():
                assert before.acknowledged_by is None, "acknowledged twice"
            case AlarmEscalated():
                assert before.acknowledged_by is None, "escalated although somebody had answered"
                assert before.latched is None, "escalated although its cause was over"
            case AlarmLatched():
                assert before.acknowledged_by is None, "latched although somebody had answered"
                assert before.latched is None, "latched twice"
                assert before.raised.since <= event.ended <= event.at
            case AlarmEnded():
                assert before.raised.since <= event.ended <= event.at
                if before.latched is not None:
                    assert (event.how, event.ended) == (before.latched.how, before.latched.ended)
                elif event.how is AlarmEnd.RESOLVED:
                    assert event.condition.startswith("symptom."), "only a person sees that a symptom is gone"

    def agrees_with(self, views: list[AlarmView]) -> None:
        """What screens show as an alarm is what the record has open; a latched one is silent, so not escalated."""
        shown = {
            view.condition: (view.priority, view.since, view.acknowledged_by, view.escalated, view.until)
            for view in views
            if view.state in (AlarmState.ACTIVE, AlarmState.LATCHED)
        }
        recorded = {
            condition: (alarm.raised.priority, alarm.raised.since, alarm.acknowledged_by, *_standing(alarm))
            for condition, alarm in self.alarms.items()
        }
        assert shown == recorded, "the screen and the record disagree"


def _standing(alarm: OpenAlarm) -> tuple[int, Micros | None]:
    return (alarm.escalated, None) if alarm.latched is None else (0, alarm.latched.ended)
