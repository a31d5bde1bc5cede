from __future__ import annotations

import pytest
from msgspec.structs import replace

from devices.readings import SECOND, Metric
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmChainTested,
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmMessaged,
    AlarmRaised,
    AlarmsPaused,
    AlarmsResumed,
    AlarmsSwitchedOff,
    AnyEvent,
    AudioPaused,
    AudioResumed,
    AudioSwitchedOff,
    BaselineLocked,
    ClockStepped,
    CuffFailed,
    CuffIntervalSet,
    CuffMeasured,
    CuffStarted,
    DoseStarted,
    EscalationStep,
    LimitChange,
    LimitsChanged,
    LinkLost,
    NoteWritten,
    Phase,
    PhaseEntered,
    RecordingResumed,
    RecordingStopped,
    ServiceStarted,
    SessionEnded,
    SpeedSet,
    SymptomMarked,
    SymptomResolved,
)
from monitor.clinic.priority import Priority
from monitor.clinic.treatment.events import (
    BolusGiven,
    DosingEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    RateChanged,
)
from monitor.reports.words.timeline import clinic_lines, lines
from monitor.service.messages import FASTEST
from monitor.web.charts import TrendRequest

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


def ended(how: AlarmEnd) -> AlarmEnded:
    return AlarmEnded(at=AT + 180 * SECOND, by="service", condition="SpO2.low", how=how, ended=AT + 120 * SECOND)


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (AlarmEnd.SESSION_ENDED, "until the session ended"),
        (AlarmEnd.SWITCHED_OFF, "paused or switched off 08:02"),
        (AlarmEnd.RESOLVED, "gone 08:02"),
        (AlarmEnd.LIMITS_CHANGED, "within its new limit 08:02"),
    ],
)
def test_an_alarm_says_why_it_is_over(how: AlarmEnd, words: str) -> None:
    assert said(RAISED, ended(how)) == [f"SpO₂ 86 < 90 · {words}"]


def test_an_alarm_that_was_over_before_anybody_came_says_so_once() -> None:
    over = AlarmLatched(at=AT, by="service", condition="SpO2.low", how=AlarmEnd.CLEARED, ended=AT + 30 * SECOND)
    answered = AlarmAcknowledged(at=AT + 120 * SECOND, by="nurse 1", condition="SpO2.low")
    assert said(RAISED, over) == ["SpO₂ 86 < 90 · ended 08:00, not answered"]
    assert said(RAISED, over, answered, ended(AlarmEnd.CLEARED)) == [
        "SpO₂ 86 < 90 · ended 08:00, not answered · acknowledged by nurse 1, 08:02"
    ]


def test_an_alarm_that_nobody_answered_tells_every_step_that_was_taken() -> None:
    steps = [
        AlarmEscalated(at=AT + 60 * SECOND * minute, by="service", condition="SpO2.low", step=step)
        for minute, step in enumerate(EscalationStep, 1)
    ]
    lost = AlarmMessaged(at=AT, by="service", condition="SpO2.low", problem="no route to the host")
    kept = AlarmMessaged(at=AT, by="service", condition="SpO2.low")
    course = "SpO₂ 86 < 90 · louder 08:01 · on every screen 08:02 · message sent 08:03"
    assert said(RAISED, *steps, lost) == [f"{course} · message not delivered: no route to the host"]
    assert said(RAISED, *steps, kept) == [f"{course} · message delivered 08:00"]


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
        (CuffIntervalSet(at=AT, by="nurse 1", interval_s=None), ["Cuff only when asked · nurse 1"]),
        (DoseStarted(at=AT, by="nurse 1"), []),
        (PhaseEntered(at=AT, by="nurse 1", phase=Phase.DOSING), []),
        (PhaseEntered(at=AT, by="nurse 1", phase=Phase.RECOVERY), ["Recovery · nurse 1"]),
        (
            SessionEnded(at=AT, by="nurse 1", phase=Phase.ABORTED, reason="vomiting"),
            ["Session aborted · vomiting · nurse 1"],
        ),
        (LinkLost(at=AT, by="service", source="oximeter", reason="unplugged"), ["oximeter lost · unplugged"]),
        (
            LimitsChanged(at=AT, by="nurse 1", changes=[LimitChange("SpO2.low", 90, 88)], why="by hand"),
            ["SpO₂ low 90 → 88 by nurse 1 (by hand)"],
        ),
        (
            LimitsChanged(
                at=AT,
                by="nurse 1",
                changes=[LimitChange("SpO2.low.delay", 15, 0), LimitChange("SpO2.low.area", None, 50)],
                why="by hand",
            ),
            ["SpO₂ low delay 15 → 0 s, SpO₂ low area none → 50 by nurse 1 (by hand)"],
        ),
        (
            BaselineLocked(at=AT, by="nurse 1", values={Metric.SYS: 124.0, Metric.DIA: 78.0}, readings=1),
            ["Baseline locked 124/78 · 1 reading · nurse 1"],
        ),
        (
            BaselineLocked(
                at=AT,
                by="nurse 1",
                values={Metric.SYS: 124.0, Metric.DIA: 78.0, Metric.SPO2: 97.0, Metric.PR: 71.0},
                readings=2,
                reason="cuff was loose",
            ),
            ["Baseline locked 124/78, PR 71, SpO₂ 97 · 2 readings · cuff was loose · nurse 1"],
        ),
        (SymptomMarked(at=AT, by="nurse 1", symptom=Symptom.CHEST_PAIN), ["Chest pain marked by nurse 1"]),
        (SymptomResolved(at=AT, by="nurse 1", symptom=Symptom.CHEST_PAIN), ["Chest pain gone · nurse 1"]),
        (AlarmsPaused(at=AT, by="nurse 1", until=AT + 120 * SECOND), ["All alarms paused for 120 s · nurse 1"]),
        (
            AlarmsSwitchedOff(at=AT, by="dr 1", condition="oximeter.sensor_off", role="clinician", reason="cold hand"),
            ["Alarm “Oximeter sensor off” off · cold hand · dr 1"],
        ),
        (
            AlarmsResumed(at=AT, by="service", condition=None, reason="the pause is over"),
            ["All alarms on again · the pause is over"],
        ),
        (
            AlarmsResumed(at=AT, by="nurse 1", condition="SpO2.low", reason="ended by hand"),
            ["Alarm “SpO₂ low” on again · ended by hand · nurse 1"],
        ),
    ],
)
def test_events_are_told_in_plain_words(event: AnyEvent, words: list[str]) -> None:
    assert said(event) == words


EARLIER = AT - 5 * 60 * SECOND


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (
            InfusionStarted(
                at=AT, by="nurse 1", dose_mg=35, volume_ml=50, minutes=40, rate_ml_h=75, lot="B2", given_at=EARLIER
            ),
            "Infusion started · at 07:55 · 35 mg in 50 mL over 40 min, 75 mL/h · lot B2 · nurse 1",
        ),
        (RateChanged(at=AT, by="nurse 1", rate_ml_h=50, given_at=EARLIER), "Rate 50 mL/h · at 07:55 · nurse 1"),
        (
            InfusionPaused(at=AT, by="nurse 1", reason="nausea", given_at=EARLIER),
            "Infusion paused · at 07:55 · nausea · nurse 1",
        ),
        (InfusionResumed(at=AT, by="nurse 1", given_at=EARLIER), "Infusion resumed · at 07:55 · nurse 1"),
        (BolusGiven(at=AT, by="nurse 1", mg=5, given_at=EARLIER), "Bolus 5 mg · at 07:55 · nurse 1"),
        (
            DosingEnded(at=AT, by="nurse 1", complete=True, mg=35, given_at=EARLIER),
            "Dosing complete · at 07:55 · 35 mg given · nurse 1",
        ),
    ],
)
def test_what_was_charted_later_says_when_it_was(event: AnyEvent, words: str) -> None:
    assert said(event) == [words]
    assert said(replace(event, given_at=AT)) == [words.replace(" · at 07:55", "")]
    assert said(replace(event, given_at=None)) == [words.replace(" · at 07:55", "")]


@pytest.mark.parametrize(
    ("event", "words"),
    [
        (AudioPaused(at=AT, by="nurse 1", until=AT + 120 * SECOND), "Audio paused by nurse 1"),
        (AudioSwitchedOff(at=AT, by="dr 1", role="clinician", reason="fire drill"), "Audio off · fire drill · dr 1"),
        (AudioResumed(at=AT, by="nurse 1", reason="ended by hand"), "Audio on again · ended by hand · nurse 1"),
        (AudioResumed(at=AT, by="service", reason="a high alarm"), "Audio on again · a high alarm"),
        (AlarmChainTested(at=AT, by="service", ms=143), "Alarm chain tested: 143 ms"),
        (
            AlarmChainTested(at=AT, by="service", ms=None),
            "Alarm chain tested: FAILED · no screen showed the test alarm",
        ),
        (
            ServiceStarted(at=AT, by="service", version="1.2", sqlite="3.46"),
            "Chairside 1.2 started; sound and alarms on",
        ),
        (ClockStepped(at=AT, by="service", seconds=-3600), "Clock changed by -3600 s"),
        (SpeedSet(at=AT, by="nurse 1", speed=60), "Time runs 60 times as fast · nurse 1"),
        (SpeedSet(at=AT, by="nurse 1", speed=FASTEST), "Time runs as fast as it can · nurse 1"),
        (SpeedSet(at=AT, by="nurse 1", speed=1), "Time runs at its ordinary speed · nurse 1"),
        (RecordingStopped(at=AT, by="service", since=AT, reason="disk full"), "Recording stopped · disk full"),
        (
            RecordingResumed(at=AT, by="service", since=AT, lost_seconds=12),
            "Recording again · 12 s of measurements are missing",
        ),
    ],
)
def test_what_happened_to_the_whole_clinic_is_told_in_plain_words(event: AnyEvent, words: str) -> None:
    assert [line.strong + line.rest for line in clinic_lines([CUFF, event], {})] == [words]
    assert said(event) == [], "no session has it of its own"


def test_tests_that_the_chain_passed_in_a_row_bury_nothing() -> None:
    results = (90, 210, 143, None, 80)
    tests = [AlarmChainTested(at=AT + number, by="service", ms=ms) for number, ms in enumerate(results)]
    assert [(line.at - AT, line.strong + line.rest) for line in clinic_lines([*tests[:2], CUFF, *tests[2:]], {})] == [
        (4, "Alarm chain tested: 80 ms"),
        (3, "Alarm chain tested: FAILED · no screen showed the test alarm"),
        (2, "Alarm chain tested: 143 ms · passed 3 times in a row, 210 ms at most"),
    ]


def test_times_follow_the_browsers_zone() -> None:
    assert TrendRequest("1", AT, -300).clock(AT) == "03:00"
    assert TrendRequest("1", AT, 345).clock(AT) == "13:45"
