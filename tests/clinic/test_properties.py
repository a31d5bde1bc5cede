"""What must hold of the alarm engine whatever happens to it, with rules of all kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from devices.readings import SECOND, Micros
from monitor.clinic.alarms.engine import AlarmEngine, AlarmEvent
from monitor.clinic.alarms.policy import AlarmPolicy
from monitor.clinic.alarms.rules import Rule
from monitor.clinic.alarms.technical import LONGEST_CUFF_HOLD
from monitor.clinic.alarms.views import AlarmState, AlarmView
from monitor.clinic.priority import URGENCY
from tests.clinic.actions import Action, Record, carry_out, courses, policies, some_rules
from tests.clinic.series import ended, raised

DAY: Micros = 24 * 3600 * SECOND

whatever = settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])


def run(course: list[Action], rules: list[Rule], policy: AlarmPolicy) -> list[AlarmEvent]:
    watched, now = AlarmEngine("1", "a", rules, policy), 0
    events: list[AlarmEvent] = []
    for later, what in course:
        now += later
        events += carry_out(watched, what, now)
    return [*events, *watched.end_all(now)]


@given(course=courses, rules=some_rules(), policy=policies)
@whatever
def test_at_every_moment_the_screen_is_right_and_every_alarm_ends_exactly_once(
    course: list[Action], rules: list[Rule], policy: AlarmPolicy
) -> None:
    """In one, because it takes longer to make up what happens than to look at it."""
    watched, record, now = AlarmEngine("1", "a", rules, policy), Record(), 0
    for later, what in course:
        now += later
        record.take(carry_out(watched, what, now))
        views = watched.alarms()
        record.agrees_with(views)
        _none_is_shown_twice_or_hides_a_worse_one(views)
        assert all(_held_shortly(view, now) for view in views if view.state is AlarmState.HELD), "a cuff holds it back"
    record.take(watched.end_all(now))
    assert record.alarms == {}
    raises, ends = raised(record.events), ended(record.events)
    assert Counter(each.condition for each in raises) == Counter(each.condition for each in ends)
    assert watched.alarms() == []
    assert watched.tick(now + DAY) == []
    assert watched.end_all(now + DAY) == []


def _none_is_shown_twice_or_hides_a_worse_one(views: Sequence[AlarmView]) -> None:
    assert len({view.condition for view in views}) == len(views)
    active = [view.state is AlarmState.ACTIVE for view in views]
    urgencies = [URGENCY[view.priority] for view in views if view.state is AlarmState.ACTIVE]
    assert urgencies == sorted(urgencies), "an alarm stands above a worse one"
    assert active == sorted(active, reverse=True), "what is no alarm stands above one that is"


def _held_shortly(view: AlarmView, now: Micros) -> bool:
    return view.until is not None and now < view.until <= view.since + LONGEST_CUFF_HOLD


@given(course=courses, rules=some_rules(), policy=policies, data=st.data())
@whatever
def test_taking_notice_of_one_alarm_leaves_every_other_as_it_was(
    course: list[Action], rules: list[Rule], policy: AlarmPolicy, data: st.DataObject
) -> None:
    watched, now = AlarmEngine("1", "a", rules, policy), 0
    for later, what in course:
        now += later
        carry_out(watched, what, now)
    before = {view.condition: view for view in watched.alarms()}
    condition = data.draw(st.sampled_from(sorted(before) or ["SpO2.low"]))
    watched.acknowledge([condition], "nurse", now)
    after = {view.condition: view for view in watched.alarms()}
    before.pop(condition, None)
    assert {name: after[name] for name in before} == before
    assert set(after) - {condition} == set(before)


@given(course=courses, rules=some_rules(), policy=policies)
@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow])
def test_the_same_input_gives_the_same_events_in_whatever_order_the_rules_are_written(
    course: list[Action], rules: list[Rule], policy: AlarmPolicy
) -> None:
    assert in_order(run(course, rules, policy)) == in_order(run(course, rules[::-1], policy))


def in_order(events: list[AlarmEvent]) -> list[AlarmEvent]:
    return sorted(events, key=lambda event: (event.at, event.condition, type(event).__name__))
