"""The alarm engine: when an alarm starts and ends, what keeps it alive, who has taken notice of it."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from devices.readings import SECOND, ConditionKind, Metric, Quality
from monitor.clinic.alarms.engine import AlarmEngine, AlarmEvent
from monitor.clinic.alarms.limits import MetricLimits, Side, SideLimit
from monitor.clinic.alarms.rules import LimitRule, rules
from monitor.clinic.alarms.technical import TECHNICAL
from monitor.clinic.events import AlarmEnd, AlarmEnded, AlarmRaised
from monitor.clinic.priority import Priority
from tests.clinic.series import (
    Series,
    acknowledged,
    ended,
    engine,
    expected_spans,
    low_spo2,
    play,
    raised,
    runs,
    severe_spo2,
    spans,
    spread,
)

LOW, WELL, GONE = 88.0, 97.0, None
HIGH_SYS = LimitRule(Metric.SYS, Side.HIGH, 160, 0, 0, Priority.MEDIUM)


def test_an_alarm_waits_for_its_delay_and_tells_when_it_began() -> None:
    watched = engine(low_spo2(delay_s=15))
    assert play(watched, [WELL, *[LOW] * 14]) == []
    (alarm,) = raised(watched.tick(16 * SECOND))
    assert (alarm.since, alarm.onset, alarm.value, alarm.limit) == (SECOND, 16 * SECOND, LOW, 90)
    assert alarm.text == "SpO₂ 88 < 90"


def test_a_violation_one_second_too_short_raises_nothing() -> None:
    assert play(engine(low_spo2(delay_s=15)), [*[LOW] * 14, WELL, *[LOW] * 14, WELL]) == []


def test_a_value_at_the_limit_starts_no_delay() -> None:
    watched = engine(low_spo2(limit=90, delay_s=0))
    assert play(watched, [90.0] * 60) == []
    assert watched.alarms() == []


def test_a_pending_alarm_is_shown_before_it_is_raised() -> None:
    watched = engine(low_spo2(delay_s=15))
    play(watched, [LOW] * 3)
    (view,) = watched.alarms()
    assert (view.condition, view.active, view.since) == ("SpO2.low", False, 0)


def test_a_value_back_at_the_limit_ends_a_pending_alarm_without_hysteresis() -> None:
    watched = engine(low_spo2(delay_s=15, hysteresis=2))
    play(watched, [*[LOW] * 10, 90.0])
    assert watched.alarms() == []


def test_an_active_alarm_ends_only_where_the_hysteresis_does() -> None:
    watched = engine(low_spo2(delay_s=0, hysteresis=2))
    assert ended(play(watched, [LOW, 90.0, 91.9, 91.9])) == []
    (view,) = watched.alarms()
    assert view.active
    (end,) = ended(play(watched, [92.0], start_s=4))
    assert (end.how, end.ended) == (AlarmEnd.CLEARED, 4 * SECOND)


def test_a_severe_value_alarms_at_once_while_the_plain_limit_waits() -> None:
    watched = engine(low_spo2(delay_s=15), severe_spo2(85))
    (alarm,) = raised(play(watched, [84.0]))
    assert (alarm.condition, alarm.priority, alarm.onset) == ("SpO2.low.severe", Priority.HIGH, 0)
    assert [view.condition for view in watched.alarms()] == ["SpO2.low.severe", "SpO2.low"]


def test_a_severe_value_within_the_delay_is_not_lost_in_the_plain_alarm() -> None:
    events = play(engine(low_spo2(delay_s=15), severe_spo2(85)), [*[LOW] * 5, 84.0, *[LOW] * 12])
    assert [alarm.condition for alarm in raised(events)] == ["SpO2.low.severe", "SpO2.low"]
    assert [end.condition for end in ended(events)] == ["SpO2.low.severe"]


def test_a_cuff_reading_alarms_at_once_and_stands_for_minutes() -> None:
    watched = engine(HIGH_SYS)
    (alarm,) = raised(watched.observe(Metric.SYS, 171, Quality.OK, 0))
    assert alarm.text == "SYS 171 > 160"
    assert watched.tick(20 * 60 * SECOND) == []
    (end,) = ended(watched.observe(Metric.SYS, 150, Quality.OK, 20 * 60 * SECOND))
    assert end.how is AlarmEnd.CLEARED


def test_a_cuff_alarm_does_not_stand_for_ever() -> None:
    watched = engine(HIGH_SYS)
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    assert watched.tick(30 * 60 * SECOND) == []
    (end,) = ended(watched.tick(30 * 60 * SECOND + 1))
    assert (end.how, end.ended) == (AlarmEnd.INDETERMINATE, 0)


def test_five_missing_seconds_inside_a_violation_keep_it_alive_and_count() -> None:
    events = play(engine(low_spo2(delay_s=15)), [*[LOW] * 5, *[GONE] * 5, *[LOW] * 5, WELL])
    assert spans(events) == [(15.0, 15.0)]


def test_six_missing_seconds_forget_a_pending_alarm() -> None:
    watched = engine(low_spo2(delay_s=15))
    assert play(watched, [*[LOW] * 10, *[GONE] * 6, *[LOW] * 14, WELL]) == []


def test_six_missing_seconds_end_an_active_alarm_as_unknown_since_the_last_value() -> None:
    watched = engine(low_spo2(delay_s=15))
    events = play(watched, [*[LOW] * 20, *[GONE] * 7])
    (end,) = ended(events)
    assert (end.how, end.ended, end.at) == (AlarmEnd.INDETERMINATE, 20 * SECOND, 26 * SECOND)


def test_an_active_alarm_lives_through_five_missing_seconds() -> None:
    watched = engine(low_spo2(delay_s=15))
    assert ended(play(watched, [*[LOW] * 20, *[GONE] * 5, LOW])) == []


def test_a_stream_that_just_stops_counts_as_missing() -> None:
    watched = engine(low_spo2(delay_s=0))
    play(watched, [LOW])
    assert watched.tick(5 * SECOND) == []
    (end,) = ended(watched.tick(5 * SECOND + 1))
    assert end.how is AlarmEnd.INDETERMINATE


def test_missing_seconds_alone_never_complete_a_delay() -> None:
    watched = engine(low_spo2(delay_s=15))
    assert play(watched, [*[LOW] * 13, *[GONE] * 5, WELL]) == []


def test_the_delay_passed_during_a_hole_counts_from_its_start_once_the_violation_is_confirmed() -> None:
    events = play(engine(low_spo2(delay_s=15)), [*[LOW] * 12, *[GONE] * 5, LOW])
    (alarm,) = raised(events)
    assert (alarm.onset, alarm.at) == (15 * SECOND, 17 * SECOND)


def test_missing_values_alone_raise_nothing() -> None:
    watched = engine(low_spo2(delay_s=0), severe_spo2(), HIGH_SYS)
    assert play(watched, [GONE] * 100) == []
    assert watched.alarms() == []


@pytest.mark.parametrize("flag", [Quality.HELD, Quality.STORED, Quality.PARTIAL, Quality.HELD | Quality.SIMULATED])
def test_a_value_that_is_not_of_now_raises_no_alarm(flag: Quality) -> None:
    watched = engine(low_spo2(delay_s=0), severe_spo2())
    assert [event for second in range(30) for event in watched.observe(Metric.SPO2, 70, flag, second * SECOND)] == []


@pytest.mark.parametrize("flag", [Quality.HELD, Quality.STORED, Quality.PARTIAL])
def test_a_value_that_is_not_of_now_does_not_show_that_the_patient_is_well_again(flag: Quality) -> None:
    watched = engine(low_spo2(delay_s=0))
    play(watched, [LOW])
    events = [event for second in range(1, 8) for event in watched.observe(Metric.SPO2, 99, flag, second * SECOND)]
    assert [end.how for end in ended(events)] == [AlarmEnd.INDETERMINATE]


def test_one_questionable_value_never_raises_a_severe_alarm() -> None:
    watched = engine(severe_spo2())
    assert watched.observe(Metric.SPO2, 70, Quality.QUESTIONABLE, 0) == []
    assert watched.tick(4 * SECOND) == []
    assert watched.observe(Metric.SPO2, 97, Quality.OK, 4 * SECOND) == []


@pytest.mark.parametrize("second", [Quality.QUESTIONABLE, Quality.OK])
def test_a_second_violating_value_confirms_a_questionable_one(second: Quality) -> None:
    watched = engine(severe_spo2())
    watched.observe(Metric.SPO2, 70, Quality.QUESTIONABLE, 0)
    (alarm,) = raised(watched.observe(Metric.SPO2, 71, second, SECOND))
    assert alarm.onset == 0


def test_every_lone_questionable_value_is_doubted_not_just_the_first() -> None:
    watched = engine(severe_spo2())
    events: list[AlarmEvent] = []
    for second in range(40):
        value, quality = (70, Quality.QUESTIONABLE) if second % 2 else (97, Quality.OK)
        events += watched.observe(Metric.SPO2, value, quality, second * SECOND)
    assert events == []


def test_low_perfusion_does_not_silence_an_alarm() -> None:
    (alarm,) = raised(engine(severe_spo2()).observe(Metric.SPO2, 70, Quality.LOW_PERFUSION, 0))
    assert alarm.value == 70


@pytest.mark.parametrize("kind", TECHNICAL)
def test_a_technical_alarm_waits_for_its_delay_and_ends_with_its_cause(kind: ConditionKind) -> None:
    watched, rule = engine(), TECHNICAL[kind]
    began = watched.device("oximeter", kind, True, 0)
    began += watched.tick(rule.delay - 1) if rule.delay else []
    assert len(raised(began)) == (0 if rule.delay else 1)
    began += watched.tick(rule.delay)
    (alarm,) = raised(began)
    assert (alarm.condition, alarm.priority, alarm.limit) == (f"oximeter.{kind}", rule.priority, None)
    assert alarm.text.startswith("Oximeter: ")
    assert watched.device("oximeter", kind, True, 60 * SECOND) == []
    (end,) = ended(watched.device("oximeter", kind, False, 61 * SECOND))
    assert (end.how, end.ended) == (AlarmEnd.CLEARED, 61 * SECOND)


def test_a_technical_state_shorter_than_its_delay_raises_nothing() -> None:
    watched = engine()
    events = watched.device("oximeter", ConditionKind.SENSOR_OFF, True, 0)
    events += watched.device("oximeter", ConditionKind.SENSOR_OFF, False, 4 * SECOND)
    assert [*events, *watched.tick(60 * SECOND)] == []


def test_a_state_that_only_marks_the_number_does_not_alarm() -> None:
    watched = engine()
    assert watched.device("oximeter", ConditionKind.LOW_PERFUSION, True, 0) == []
    assert watched.tick(600 * SECOND) == []


def test_the_same_state_of_two_devices_is_two_alarms() -> None:
    watched = engine()
    watched.device("oximeter", ConditionKind.LINK_DOWN, True, 0)
    watched.device("cuff", ConditionKind.LINK_DOWN, True, 0)
    (end,) = ended(watched.device("cuff", ConditionKind.LINK_DOWN, False, SECOND))
    assert end.condition == "cuff.link_down"
    assert [view.condition for view in watched.alarms()] == ["oximeter.link_down"]


def everything(watched: AlarmEngine) -> list[str]:
    return [view.condition for view in watched.alarms()]


def three_alarms() -> AlarmEngine:
    watched = engine(severe_spo2(), HIGH_SYS)
    watched.observe(Metric.SPO2, 70, Quality.OK, 0)
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    watched.device("cuff", ConditionKind.LINK_DOWN, True, 0)
    return watched


def test_acknowledging_one_alarm_leaves_the_others_open() -> None:
    watched = three_alarms()
    (event,) = watched.acknowledge(["SYS.high"], "nurse 1", SECOND)
    assert (event.by, event.session, event.room) == ("nurse 1", "a", "1")
    assert {view.condition: view.acknowledged_by for view in watched.alarms()} == {
        "SpO2.low.severe": None,
        "SYS.high": "nurse 1",
        "cuff.link_down": None,
    }


def test_acknowledging_all_takes_the_open_ones_and_acknowledging_twice_does_nothing() -> None:
    watched = three_alarms()
    watched.acknowledge(["SYS.high"], "nurse 1", SECOND)
    assert sorted(acknowledged(watched.acknowledge(everything(watched), "nurse 2", SECOND))) == [
        "SpO2.low.severe",
        "cuff.link_down",
    ]
    assert watched.acknowledge(everything(watched), "nurse 3", SECOND) == []
    assert watched.acknowledge(["SYS.high"], "nurse 3", SECOND) == []
    assert {view.acknowledged_by for view in watched.alarms()} == {"nurse 1", "nurse 2"}


def test_an_alarm_that_is_only_pending_or_unknown_cannot_be_acknowledged() -> None:
    watched = engine(low_spo2(delay_s=15))
    play(watched, [LOW])
    assert watched.acknowledge(everything(watched), "nurse", 0) == watched.acknowledge(["SpO2.low"], "nurse", 0) == []
    assert watched.acknowledge(["nonsense"], "nurse", 0) == []
    (alarm,) = raised(play(watched, [LOW] * 15, start_s=1))
    assert alarm.condition == "SpO2.low"
    assert [view.acknowledged_by for view in watched.alarms()] == [None]


def test_an_alarm_that_comes_again_is_not_acknowledged_by_the_last_time() -> None:
    watched = engine(severe_spo2())
    play(watched, [70.0])
    watched.acknowledge(everything(watched), "nurse", 0)
    play(watched, [97.0, 70.0], start_s=1)
    assert [view.acknowledged_by for view in watched.alarms()] == [None]


def test_the_board_lists_active_before_pending_then_by_priority_then_the_newest() -> None:
    watched = engine(low_spo2(delay_s=15), HIGH_SYS, LimitRule(Metric.DIA, Side.HIGH, 100, 0, 0, Priority.MEDIUM))
    watched.observe(Metric.SYS, 171, Quality.OK, 0)
    watched.observe(Metric.DIA, 111, Quality.OK, SECOND)
    watched.device("oximeter", ConditionKind.LOW_BATTERY, True, 2 * SECOND)
    watched.observe(Metric.SPO2, LOW, Quality.OK, 3 * SECOND)
    assert [view.condition for view in watched.alarms()] == ["DIA.high", "SYS.high", "oximeter.low_battery", "SpO2.low"]


def test_the_end_of_a_session_ends_its_alarms_and_forgets_the_pending_ones() -> None:
    watched = three_alarms()
    watched.device("oximeter", ConditionKind.SENSOR_OFF, True, 0)
    ends = ended(watched.end_all(SECOND))
    assert sorted(end.condition for end in ends) == ["SYS.high", "SpO2.low.severe", "cuff.link_down"]
    assert {end.how for end in ends} == {AlarmEnd.SESSION_ENDED}
    assert watched.alarms() == []
    assert watched.end_all(2 * SECOND) == []


def restarted(acknowledged_by: str | None = None) -> AlarmEngine:
    """An engine that goes on at second 100 with an alarm that began at 2."""
    before = engine(low_spo2(delay_s=15))
    (alarm,) = raised(play(before, [WELL, WELL, *[LOW] * 16]))
    watched = engine(low_spo2(delay_s=15))
    assert watched.restore(alarm, acknowledged_by, 100 * SECOND) == []
    return watched


def test_a_restart_goes_on_with_the_alarm_and_its_acknowledgement() -> None:
    watched = restarted("nurse 1")
    (view,) = watched.alarms()
    assert (view.since, view.active, view.acknowledged_by) == (2 * SECOND, True, "nurse 1")
    assert play(watched, [LOW] * 30, start_s=101) == []
    assert watched.acknowledge(everything(watched), "nurse 2", 131 * SECOND) == []


def test_an_alarm_not_acknowledged_before_a_restart_can_be_acknowledged_after_it() -> None:
    assert acknowledged(restarted().acknowledge(["SpO2.low"], "nurse", 101 * SECOND)) == ["SpO2.low"]


def test_a_restored_alarm_ends_when_values_come_back_in_range() -> None:
    (end,) = ended(play(restarted(), [WELL], start_s=103))
    assert (end.how, end.condition) == (AlarmEnd.CLEARED, "SpO2.low")


def test_a_restored_alarm_ends_as_unknown_when_values_never_come() -> None:
    watched = restarted()
    assert watched.tick(105 * SECOND) == []
    (end,) = ended(watched.tick(106 * SECOND))
    assert end.how is AlarmEnd.INDETERMINATE
    assert watched.alarms() == []


def test_a_restored_alarm_whose_limit_is_gone_ends_as_unknown() -> None:
    (alarm,) = raised(play(engine(severe_spo2()), [70.0]))
    watched = engine(HIGH_SYS)
    (end,) = ended(watched.restore(alarm, None, SECOND))
    assert end.how is AlarmEnd.INDETERMINATE
    assert watched.alarms() == []


def restored_sensor_alarm() -> AlarmEngine:
    before = engine()
    before.device("oximeter", ConditionKind.SENSOR_OFF, True, 0)
    (alarm,) = raised(before.tick(5 * SECOND))
    watched = engine()
    watched.restore(alarm, "nurse", 100 * SECOND)
    return watched


def test_a_restored_technical_alarm_stays_until_its_device_reports() -> None:
    watched = restored_sensor_alarm()
    assert watched.tick(400 * SECOND) == []
    assert watched.device("oximeter", ConditionKind.SENSOR_OFF, True, 401 * SECOND) == []
    (end,) = ended(watched.device("oximeter", ConditionKind.SENSOR_OFF, False, 402 * SECOND))
    assert end.how is AlarmEnd.CLEARED


def test_a_technical_alarm_keeps_its_delay_after_a_restart() -> None:
    watched = restored_sensor_alarm()
    watched.device("oximeter", ConditionKind.SENSOR_OFF, False, 101 * SECOND)
    assert watched.device("oximeter", ConditionKind.SENSOR_OFF, True, 110 * SECOND) == []
    (alarm,) = raised(watched.tick(115 * SECOND))
    assert alarm.onset == 115 * SECOND


@given(stretches=runs, delay_s=st.sampled_from([0, 1, 4, 5, 6, 10, 15, 30]), hysteresis=st.sampled_from([0, 0.5, 1]))
@settings(max_examples=300)
@example(stretches=[(88.0, 1), (None, 5), (88.0, 9)], delay_s=15, hysteresis=0)
@example(stretches=[(88.0, 1), (None, 6), (88.0, 15)], delay_s=15, hysteresis=0)
def test_alarms_are_those_of_the_rule_as_written_down(
    stretches: list[tuple[float | None, int]], delay_s: int, hysteresis: float
) -> None:
    values, rule = spread(stretches), low_spo2(90, delay_s, hysteresis)
    assert _spans_of(values, rule) == expected_spans(values, rule)


@given(stretches=runs, delay_s=st.sampled_from([0, 5, 15]))
@settings(max_examples=100)
def test_a_high_limit_is_the_mirror_of_a_low_one(stretches: list[tuple[float | None, int]], delay_s: int) -> None:
    values = [None if value is None else 180 - value for value in spread(stretches)]
    rule = LimitRule(Metric.PR, Side.HIGH, 90, delay_s * SECOND, 1, Priority.MEDIUM)
    assert _spans_of(values, rule) == expected_spans(values, rule)


def _spans_of(values: Series, rule: LimitRule) -> list[tuple[float, float]]:
    watched = engine(rule)
    events = play(watched, values, rule.metric)
    end = len(values) * SECOND
    return spans([*events, *watched.tick(end), *watched.end_all(end)]) if values else spans(events)


LIMITS = rules(
    {
        Metric.SPO2: MetricLimits(low=SideLimit(limit=90, delay_s=15, hysteresis=1, severe=85)),
        Metric.PR: MetricLimits(low=SideLimit(limit=50, delay_s=5), high=SideLimit(limit=120, delay_s=15)),
        Metric.SYS: MetricLimits(high=SideLimit(limit=160, severe=180)),
    }
)

steps = st.tuples(
    st.sampled_from([0, SECOND // 3, SECOND, 3 * SECOND, 20 * SECOND]),
    st.one_of(
        st.tuples(
            st.just("observe"),
            st.sampled_from([Metric.SPO2, Metric.PR, Metric.SYS]),
            st.sampled_from([None, 45.0, 84.0, 88.0, 90.5, 97.0, 130.0, 170.0, 190.0]),
            st.sampled_from([Quality.OK, Quality.QUESTIONABLE, Quality.HELD, Quality.LOW_PERFUSION]),
        ),
        st.tuples(
            st.just("device"),
            st.sampled_from(["oximeter", "cuff"]),
            st.sampled_from([ConditionKind.LINK_DOWN, ConditionKind.SENSOR_OFF, ConditionKind.INTERFERENCE]),
            st.booleans(),
        ),
        st.tuples(st.just("acknowledge"), st.sampled_from([None, "SpO2.low", "SYS.high", "cuff.link_down"])),
        st.tuples(st.just("tick")),
    ),
)


def carry_out(watched: AlarmEngine, what: tuple[object, ...], now: int) -> list[AlarmEvent]:
    match what:
        case "observe", Metric() as metric, (float() | None) as value, Quality() as quality:
            return watched.observe(metric, value, quality, now)
        case "device", str(name), ConditionKind() as kind, bool(active):
            return watched.device(name, kind, active, now)
        case "acknowledge", (str() | None) as condition:
            return watched.acknowledge(everything(watched) if condition is None else [condition], "nurse", now)
    return watched.tick(now)


def carried_out(actions: list[tuple[int, tuple[object, ...]]], restart_after: int | None = None) -> list[AlarmEvent]:
    """All events of the actions, with an end of the session; checks after each what must always hold."""
    watched, now = engine(*LIMITS), 0
    events: list[AlarmEvent] = []
    for number, (later, what) in enumerate(actions):
        now += later
        events += carry_out(watched, what, now)
        active = [view.condition for view in watched.alarms() if view.active]
        assert sorted(active) == sorted(still_open(events)), "the screen and the record disagree"
        if number == restart_after:
            before, watched = watched.alarms(), engine(*LIMITS)
            for condition, alarm in still_open(events).items():
                (view,) = (each for each in before if each.condition == condition)
                events += watched.restore(alarm, view.acknowledged_by, now)
    return [*events, *watched.end_all(now)]


def still_open(events: list[AlarmEvent]) -> dict[str, AlarmRaised]:
    found: dict[str, AlarmRaised] = {}
    for event in events:
        if isinstance(event, AlarmRaised):
            assert event.condition not in found, "two alarms of one condition"
            assert event.since <= event.onset <= event.at
            found[event.condition] = event
        else:
            assert event.condition in found, "an alarm that was not active was acknowledged or ended"
            if isinstance(event, AlarmEnded):
                assert found.pop(event.condition).since <= event.ended <= event.at
    return found


@given(actions=st.lists(steps, max_size=60))
@settings(max_examples=200)
def test_every_alarm_ends_exactly_once_and_none_is_active_twice(actions: list[tuple[int, tuple[object, ...]]]) -> None:
    events = carried_out(actions)
    assert still_open(events) == {}
    assert Counter(e.condition for e in raised(events)) == Counter(e.condition for e in ended(events))


@given(actions=st.lists(steps, min_size=1, max_size=60), data=st.data())
@settings(max_examples=100)
def test_a_restart_at_any_moment_loses_and_doubles_no_alarm(
    actions: list[tuple[int, tuple[object, ...]]], data: st.DataObject
) -> None:
    assert still_open(carried_out(actions, data.draw(st.integers(0, len(actions) - 1)))) == {}


@given(actions=st.lists(steps, max_size=60))
@settings(max_examples=50)
def test_the_same_input_gives_the_same_events(actions: list[tuple[int, tuple[object, ...]]]) -> None:
    assert carried_out(actions) == carried_out(actions)
