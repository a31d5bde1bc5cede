from __future__ import annotations

import pytest

from devices.readings import SECOND
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnd,
    AlarmEnded,
    AlarmRaised,
    AnyEvent,
    CuffFailed,
    CuffIntervalSet,
    CuffMeasured,
    CuffStarted,
    DoseStarted,
    LinkLost,
    NoteWritten,
    Phase,
    PhaseEntered,
    SessionEnded,
)
from monitor.clinic.priority import Priority
from monitor.web.charts import TrendRequest
from monitor.web.timeline import lines

AT = 1_800_000_000 * SECOND
CLOCK = TrendRequest("1", AT, 0).clock


def said(*events: AnyEvent) -> list[str]:
    return [line.strong + line.rest for line in lines(events, CLOCK)]


RAISED = AlarmRaised(
    at=AT, by="service", condition="SpO2.low", priority=Priority.HIGH, text="SpO₂ 86 < 90", since=AT, onset=AT
)
ANSWERED = AlarmAcknowledged(at=AT + 60 * SECOND, by="nurse 1", condition="SpO2.low")


def test_an_alarm_and_what_came_of_it_is_one_line() -> None:
    ended = AlarmEnded(
        at=AT + 130 * SECOND, by="service", condition="SpO2.low", how=AlarmEnd.CLEARED, ended=AT + 120 * SECOND
    )
    assert said(RAISED) == ["SpO₂ 86 < 90 raised"]
    assert said(RAISED, ANSWERED) == ["SpO₂ 86 < 90 · acknowledged by nurse 1, 08:01"]
    assert said(RAISED, ANSWERED, ended) == ["SpO₂ 86 < 90 · acknowledged by nurse 1, 08:01 · ended 08:02"]
    assert [line.tone for line in lines([RAISED], CLOCK)] == ["high"]


def test_an_alarm_whose_data_stopped_is_not_said_to_be_over() -> None:
    lost = AlarmEnded(at=AT + 60 * SECOND, by="service", condition="SpO2.low", how=AlarmEnd.INDETERMINATE, ended=AT)
    (text,) = said(RAISED, lost)
    assert "unknown whether it ended" in text


def test_the_same_alarm_twice_is_two_lines() -> None:
    ended = AlarmEnded(at=AT, by="service", condition="SpO2.low", how=AlarmEnd.CLEARED, ended=AT)
    assert said(RAISED, ANSWERED, ended, RAISED) == [
        "SpO₂ 86 < 90 raised",
        "SpO₂ 86 < 90 · acknowledged by nurse 1, 08:01 · ended 08:00",
    ]


def test_the_newest_stands_first() -> None:
    first = NoteWritten(at=AT, by="nurse 1", text="one")
    second = NoteWritten(at=AT + SECOND, by="nurse 1", text="two")
    assert said(first, second) == ["two · nurse 1", "one · nurse 1"]


CUFF = CuffMeasured(at=AT, by="service", measured_at=AT, sys=128, dia=78, map=95, pr=74, source="cuff", simulated=True)


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (CUFF, ["NIBP 128/78 (95), pulse 74"]),
        (CuffFailed(at=AT, by="service", reason="cuff leak", source="cuff"), ["No cuff reading · cuff leak"]),
        (CuffStarted(at=AT, by="nurse 1"), ["Cuff started by nurse 1"]),
        (CuffStarted(at=AT, by="service"), []),
        (CuffIntervalSet(at=AT, by="nurse 1", interval_s=150), ["Cuff every 2.5 min · nurse 1"]),
        (CuffIntervalSet(at=AT, by="nurse 1", interval_s=None), ["Cuff by hand only · nurse 1"]),
        (DoseStarted(at=AT, by="nurse 1"), ["Dose started · nurse 1"]),
        (PhaseEntered(at=AT, by="nurse 1", phase=Phase.DOSING), []),
        (PhaseEntered(at=AT, by="nurse 1", phase=Phase.RECOVERY), ["Recovery · nurse 1"]),
        (
            SessionEnded(at=AT, by="nurse 1", phase=Phase.ABORTED, reason="vomiting"),
            ["Session aborted · vomiting · nurse 1"],
        ),
        (LinkLost(at=AT, by="service", source="oximeter", reason="unplugged"), ["oximeter lost · unplugged"]),
    ],
)
def test_events_are_told_in_plain_words(event: AnyEvent, words: list[str]) -> None:
    assert said(event) == words


def test_times_follow_the_browsers_zone() -> None:
    assert TrendRequest("1", AT, -300).clock(AT) == "03:00"
    assert TrendRequest("1", AT, 345).clock(AT) == "13:45"
