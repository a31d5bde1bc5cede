from __future__ import annotations

import queue
import time
from collections.abc import Callable
from typing import TypeVar

import pytest
from msgspec.structs import replace

from devices.readings import (
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
)
from monitor import config
from monitor.clinic.alarms.limits import MetricLimits, SideLimit
from monitor.clinic.alarms.policy import NOTHING_SPECIAL, AlarmPolicy
from monitor.clinic.alarms.views import AlarmState
from monitor.clinic.events import (
    AlarmEnd,
    AlarmEnded,
    AlarmLatched,
    AlarmRaised,
    AlarmsPaused,
    AlarmsResumed,
    AnyEvent,
    CuffFailed,
    CuffMeasured,
    CuffStarted,
    Event,
    Phase,
    SessionEnded,
    SessionOpened,
)
from monitor.clinic.priority import Priority
from monitor.service.room import Room
from tests.service.bedside import Bedside

AT = 1_700_000_000 * SECOND
PROTOCOL = config.load(config.SHIPPED_PROTOCOLS.parent.parent / "config.toml").protocols["esketamine_us"]
PROTOCOL_LATE: Micros = 5 * 60 * SECOND
"""How late a reading may be when nothing else is said."""


E = TypeVar("E", bound=Event)


class Ward:
    """A room with its links' readings in a queue, as the service keeps them."""

    def __init__(self, devices: list[config.DeviceConfig]) -> None:
        self._arrived: queue.SimpleQueue[list[Reading]] = queue.SimpleQueue()
        self.room = Room(
            config.Room("1", "Room 1", devices), lambda: time.time_ns() // 1000, lambda _, some: self._arrived.put(some)
        )
        self.open_session("s")

    def open_session(self, session: str) -> None:
        opened = SessionOpened(
            at=AT, by="nurse 1", room="1", session=session, patient="K-1", weight_kg=70, protocol="esketamine_us",
            dose_mg=56, cuff_interval_s=600,
        )  # fmt: skip
        self.room.apply(opened, AT)
        self.room.begin_watch(PROTOCOL, NOTHING_SPECIAL, AT)

    def wait_until(self, true: Callable[[], bool]) -> None:
        until = time.monotonic() + 10
        while not true():
            assert time.monotonic() < until, "the devices never came to the state that was waited for"
            self.room.take(self._arrived.get(timeout=10), AT)


@pytest.fixture
def ward() -> Ward:
    oximeter = config.DeviceConfig("oximeter", "nonin_df7", "/dev/no-such-port")
    return Ward([oximeter, config.DeviceConfig("cuff", "suntech_advantage", "/dev/no-such-port-either")])


def spo2(value: float | None, at: Micros, quality: Quality = Quality.OK) -> Numeric:
    return Numeric(Metric.SPO2, value, at, at, "oximeter", quality)


def inflation(sys: float | None, dia: float | None, at: Micros) -> list[Reading]:
    values = {Metric.SYS: sys, Metric.DIA: dia, Metric.MAP: 90.0, Metric.PR_NIBP: 70.0}
    return [Numeric(metric, value, at, at, "cuff") for metric, value in values.items()]


def of(kind: type[E], events: list[AnyEvent]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def test_a_number_that_no_link_has_refreshed_is_blanked_and_its_alarm_is_in_doubt(ward: Ward) -> None:
    (raised,) = of(AlarmRaised, ward.room.take([spo2(80, AT)], AT))
    events = [event for second in range(1, 12) for event in ward.room.tick(AT + second * SECOND)]
    assert ward.room.numbers[Metric.SPO2].value is None
    (ended,) = of(AlarmEnded, events)
    assert (ended.condition, ended.how) == (raised.condition, AlarmEnd.INDETERMINATE)


def watched(ward: Ward, seconds: int, value_at: Callable[[int], float | None], start: int = 0) -> list[AnyEvent]:
    """What comes of a value a second, or none."""
    events: list[AnyEvent] = []
    for second in range(start, start + seconds):
        at = AT + second * SECOND
        events += ward.room.take([spo2(value_at(second), at)], at) + ward.room.tick(at)
    return events


def test_an_oximeter_that_sends_but_measures_nothing_is_an_alarm_until_it_measures_steadily(ward: Ward) -> None:
    ward.room.links[0].status.state = "ok"
    events = watched(ward, 12, lambda _: None)
    assert [each.condition for each in of(AlarmRaised, events)] == ["oximeter.no_value"]
    assert not of(AlarmEnded, watched(ward, 10, lambda _: 97, start=12))
    (ended,) = of(AlarmEnded, watched(ward, 1, lambda _: 97, start=22))
    assert ended.condition == "oximeter.no_value"


@pytest.mark.parametrize("there", [2, 4, 6])
def test_values_that_come_and_go_are_not_taken_for_a_patient_who_is_watched(ward: Ward, there: int) -> None:
    """Each hole is too short to be missed, and each run of low values too short, under a weak pulse, to alarm."""
    ward.room.take([Numeric(Metric.PI, 0.2, AT, AT, "oximeter")], AT)
    events = watched(ward, 120, lambda second: 80 if second % 10 < there else None)
    assert of(AlarmRaised, events)


def test_a_state_that_flickers_does_not_hide_an_oximeter_that_measures_nothing(ward: Ward) -> None:
    """It says again and again that it searches, but never for long enough to be an alarm."""
    events: list[AnyEvent] = []
    for second in range(60):
        at = AT + second * SECOND
        searching = Condition(ConditionKind.SEARCHING, second % 15 > 0, at, "oximeter")
        events += ward.room.take([searching], at) + ward.room.tick(at)
    assert [each.condition for each in of(AlarmRaised, events)] == ["oximeter.no_value"]


def test_a_probe_that_is_put_back_on_is_given_time_to_find_the_pulse(ward: Ward) -> None:
    def probe(off: bool, searching: bool, second: int) -> list[AnyEvent]:
        at = AT + second * SECOND
        states = {ConditionKind.SENSOR_OFF: off, ConditionKind.SEARCHING: searching}
        return ward.room.take([Condition(kind, active, at, "oximeter") for kind, active in states.items()], at)

    watched(ward, 20, lambda _: 97)
    events = probe(True, False, 20) + watched(ward, 60, lambda _: None, start=20)
    events += probe(False, True, 80) + watched(ward, 12, lambda _: None, start=80)
    events += probe(False, False, 92) + watched(ward, 30, lambda _: 97, start=92)
    assert [each.condition for each in of(AlarmRaised, events)] == ["oximeter.sensor_off"]


def test_a_device_that_falls_silent_ends_an_alarm_where_its_last_value_was(ward: Ward) -> None:
    watched(ward, 5, lambda _: 80)
    lost = Condition(ConditionKind.NO_DATA, True, AT + 7 * SECOND, "oximeter")
    events = ward.room.take([lost], AT + 7 * SECOND) + ward.room.tick(AT + 10 * SECOND)
    (ended,) = of(AlarmEnded, events)
    assert (ended.condition, ended.ended) == ("SpO2.low.severe", AT + 4 * SECOND)


def test_the_pulse_that_the_cuff_counts_can_have_limits(ward: Ward) -> None:
    limits = {Metric.PR_NIBP: MetricLimits(high=SideLimit(limit=60))}
    ward.room.begin_watch(replace(PROTOCOL, limits=limits), NOTHING_SPECIAL, AT)
    ward.room.measuring = True
    events = ward.room.take([*inflation(120, 80, AT), Reply(ReplyKind.DONE, AT, "cuff")], AT)
    assert [each.condition for each in of(AlarmRaised, events)] == ["PR_NIBP.high"]


def test_a_baseline_is_made_of_the_last_minute_only(ward: Ward) -> None:
    def seconds(value: float | None, first: int, count: int) -> Micros:
        for second in range(first, first + count):
            ward.room.take([spo2(value, AT + second * SECOND)], AT + second * SECOND)
            ward.room.second(AT + second * SECOND)
        return AT + (first + count - 1) * SECOND

    assert ward.room.evidence.steady_values(seconds(82, 0, 60)) == {Metric.SPO2: 82}
    assert ward.room.evidence.steady_values(seconds(None, 60, 3600)) == {}
    assert ward.room.evidence.steady_values(seconds(97, 3660, 9)) == {Metric.SPO2: 97}


def test_a_sensor_that_is_off_is_one_alarm_and_not_two(ward: Ward) -> None:
    ward.room.links[0].status.state = "ok"
    for kind in (ConditionKind.SENSOR_OFF, ConditionKind.SEARCHING):
        ward.room.take([Condition(kind, True, AT, "oximeter")], AT)
    events = [event for second in range(60) for event in ward.room.tick(AT + second * SECOND)]
    assert [each.condition for each in of(AlarmRaised, events)] == ["oximeter.sensor_off"]


def test_a_failed_reading_is_tried_again_twice_and_one_that_was_stopped_is_not(ward: Ward) -> None:
    waits = []
    for number in range(1, 4):
        at = AT + number * SECOND
        ward.room.measuring = True
        for event in ward.room.take([Reply(ReplyKind.FAILED, at, "cuff", "movement")], at):
            ward.room.apply(event, at)
        waits.append(seconds_to_next(ward, at))
    ward.room.measuring = True
    for event in ward.room.take([Reply(ReplyKind.CANCELLED, AT, "cuff", "stopped")], AT):
        ward.room.apply(event, AT)
    assert [*waits, seconds_to_next(ward, AT)] == [60, 60, 600, 600]


def seconds_to_next(ward: Ward, at: Micros) -> int:
    assert ward.room.session is not None
    assert ward.room.session.next_cuff_at is not None
    return (ward.room.session.next_cuff_at - at) // SECOND


def test_a_held_number_raises_nothing(ward: Ward) -> None:
    assert not of(AlarmRaised, ward.room.take([spo2(80, AT, Quality.HELD)], AT))


def test_a_lost_link_takes_its_numbers_along_at_once(ward: Ward) -> None:
    ward.room.take([spo2(97, AT)], AT)
    ward.room.take([Condition(ConditionKind.LINK_DOWN, True, AT, "oximeter", "unplugged")], AT)
    assert ward.room.numbers[Metric.SPO2].value is None


def test_parts_of_two_inflations_never_make_a_reading(ward: Ward) -> None:
    ward.room.measuring = True
    ward.room.take(inflation(120, 80, AT), AT)
    ward.room.take([Reply(ReplyKind.FAILED, AT, "cuff", "weak signal")], AT)
    ward.room.measuring = True
    lone = inflation(150, None, AT + SECOND)[:1]
    events = ward.room.take([*lone, Reply(ReplyKind.DONE, AT + SECOND, "cuff")], AT + SECOND)
    assert not of(CuffMeasured, events)


def test_the_reading_of_a_patient_who_left_is_not_the_next_ones(ward: Ward) -> None:
    ward.room.measuring = True
    ward.room.take(inflation(172, 96, AT)[:1], AT)
    ended = SessionEnded(at=AT, by="nurse 1", room="1", session="s", phase=Phase.ABORTED, reason="ill")
    ward.room.apply(ended, AT)
    ward.open_session("next")
    events = ward.room.take([*inflation(172, 96, AT)[1:], Reply(ReplyKind.DONE, AT, "cuff")], AT)
    assert not of(CuffMeasured, events)
    assert not of(AlarmRaised, events)


def test_an_inflation_that_a_restart_interrupted_is_told_as_failed(ward: Ward) -> None:
    ward.room.apply(CuffStarted(at=AT, by="service", room="1", session="s"), AT)
    assert [
        event.source for event in of(CuffFailed, ward.room.begin_watch(PROTOCOL, NOTHING_SPECIAL, AT + SECOND))
    ] == ["cuff"]


def test_a_cuff_that_is_tried_no_more_is_an_alarm_until_it_gives_a_reading(ward: Ward) -> None:
    for _ in range(3):
        ward.room.apply(CuffFailed(at=AT, by="service", room="1", session="s", reason="movement", source="cuff"), AT)
    assert [each.condition for each in of(AlarmRaised, ward.room.tick(AT))] == ["cuff.no_reading"]
    ward.room.measuring = True
    for event in ward.room.take([*inflation(120, 80, AT), Reply(ReplyKind.DONE, AT, "cuff")], AT):
        ward.room.apply(event, AT)
    assert [each.condition for each in of(AlarmEnded, ward.room.tick(AT))] == ["cuff.no_reading"]


@pytest.mark.parametrize("condition", ["oximeter.no_value", "a device that was taken away.link_down"])
def test_a_technical_alarm_from_before_a_restart_ends_when_its_cause_has(ward: Ward, condition: str) -> None:
    raised = AlarmRaised(
        at=AT, by="service", room="1", session="s", condition=condition, priority=Priority.MEDIUM, text="", since=AT,
        onset=AT,
    )  # fmt: skip
    ward.room.apply(raised, AT)
    events = ward.room.begin_watch(PROTOCOL, NOTHING_SPECIAL, AT) + watched(ward, 12, lambda _: 97)
    assert [each.condition for each in of(AlarmEnded, events)] == [condition]


def test_an_oximeter_that_measured_nothing_before_a_restart_is_the_same_alarm_after_it(ward: Ward) -> None:
    raised = AlarmRaised(
        at=AT, by="service", room="1", session="s", condition="oximeter.no_value", priority=Priority.MEDIUM, text="",
        since=AT, onset=AT,
    )  # fmt: skip
    ward.room.apply(raised, AT)
    events = ward.room.begin_watch(PROTOCOL, NOTHING_SPECIAL, AT) + watched(ward, 30, lambda _: None)
    assert not of(AlarmEnded, events)
    assert not of(AlarmRaised, events)


def test_a_technical_alarm_that_was_over_before_a_restart_does_not_come_back(ward: Ward) -> None:
    raised = AlarmRaised(
        at=AT, by="service", room="1", session="s", condition="oximeter.no_data", priority=Priority.MEDIUM, text="",
        since=AT, onset=AT,
    )  # fmt: skip
    over = AlarmLatched(
        at=AT, by="service", room="1", session="s", condition=raised.condition, how=AlarmEnd.CLEARED, ended=AT
    )
    ward.room.apply(raised, AT)
    ward.room.apply(over, AT)
    assert not of(AlarmRaised, ward.room.begin_watch(PROTOCOL, NOTHING_SPECIAL, AT))
    assert [alarm.state for alarm in ward.room.alarms()] == [AlarmState.LATCHED]


def test_a_failed_inflation_is_told_and_keeps_the_reading_before(ward: Ward) -> None:
    ward.room.measuring = True
    for event in ward.room.take([*inflation(120, 80, AT), Reply(ReplyKind.DONE, AT, "cuff")], AT):
        ward.room.apply(event, AT)
    ward.room.measuring = True
    (failed,) = of(CuffFailed, ward.room.take([Reply(ReplyKind.FAILED, AT, "cuff", "weak signal")], AT))
    ward.room.apply(failed, AT)
    session = ward.room.session
    assert session is not None
    newest = session.treatment.newest_reading
    assert newest is not None
    assert (newest.sys, session.cuff_problem) == (120, "weak signal")


def test_a_cuff_that_was_away_when_it_was_due_measures_when_it_is_back(bedside: Bedside) -> None:
    port = bedside.attach("suntech_advantage").rsplit('"', 2)[1]
    ward = Ward([config.DeviceConfig("cuff", "suntech_advantage", port)])
    (link,) = ward.room.links
    link.start()
    ward.wait_until(lambda: link.status.state == "ok")
    bedside.unplug("cuff")
    ward.wait_until(lambda: link.status.state == "lost")
    due = AT + 601 * SECOND
    assert not of(CuffStarted, ward.room.tick(due))
    bedside.plug_in("cuff")
    ward.wait_until(lambda: link.status.state == "ok")
    assert of(CuffStarted, ward.room.tick(due + SECOND))
    link.stop()
    link.join()


def test_a_cuff_on_the_arm_of_the_probe_excuses_a_lost_pulse_while_it_squeezes(ward: Ward) -> None:
    same_arm = AlarmPolicy(same_arm=True)
    ward.room.begin_watch(PROTOCOL, same_arm, AT)
    ward.room.apply(CuffStarted(at=AT, by="service", room="1", session="s"), AT)
    lost = Condition(ConditionKind.SEARCHING, True, AT, "oximeter")
    ward.room.take([lost], AT)
    events = [event for second in range(60) for event in ward.room.tick(AT + second * SECOND)]
    assert not of(AlarmRaised, events)
    assert [alarm.state for alarm in ward.room.alarms() if alarm.condition == "oximeter.searching"] == [AlarmState.HELD]
    late = ward.room.tick(AT + 60 * SECOND)
    assert [each.condition for each in of(AlarmRaised, late)] == ["oximeter.searching"]


def test_a_reading_that_is_late_is_an_alarm_until_it_is_taken(ward: Ward) -> None:
    due = AT + 600 * SECOND
    late = due + PROTOCOL_LATE
    assert "overdue.nibp" not in [each.condition for each in of(AlarmRaised, ward.room.tick(late - 1))]
    assert [each.condition for each in of(AlarmRaised, ward.room.tick(late))] == ["overdue.nibp"]
    ward.room.measuring = True
    for event in ward.room.take([*inflation(120, 80, late), Reply(ReplyKind.DONE, late, "cuff")], late):
        ward.room.apply(event, late)
    assert [each.condition for each in of(AlarmEnded, ward.room.tick(late))] == ["overdue.nibp"]


def test_a_pause_of_alarms_ends_by_itself_and_what_still_holds_alarms_again(ward: Ward) -> None:
    ward.room.take([spo2(80, AT)], AT)
    paused = AlarmsPaused(at=AT, by="nurse 1", room="1", session="s", until=AT + 120 * SECOND)
    assert [each.how for each in of(AlarmEnded, ward.room.apply(paused, AT))] == [AlarmEnd.SWITCHED_OFF]
    for second in range(1, 120):
        ward.room.take([spo2(80, AT + second * SECOND)], AT + second * SECOND)
        assert not of(AlarmRaised, ward.room.tick(AT + second * SECOND))
    over = AT + 120 * SECOND
    ward.room.take([spo2(80, over)], over)
    events = ward.room.tick(over)
    (resumed,) = of(AlarmsResumed, events)
    again = ward.room.apply(resumed, over)
    assert [each.condition for each in of(AlarmRaised, again)] == ["SpO2.low.severe"]
