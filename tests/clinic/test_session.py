"""A session as the fold of its events, and what may happen next."""

from __future__ import annotations

import pytest

from devices.readings import Metric
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmRaised,
    CuffFailed,
    CuffMeasured,
    CuffStarted,
    EscalationStep,
    Phase,
)
from monitor.clinic.priority import Priority
from monitor.clinic.protocol import STEPS, Dose, Protocol
from monitor.clinic.refusal import Refused
from monitor.clinic.session import (
    Session,
    abort_session,
    enter_phase,
    open_session,
    set_cuff_interval,
    write_note,
)
from monitor.clinic.treatment.ending import sign_discharge
from tests.clinic import treatments
from tests.clinic.treatments import ENDINGS, MINUTE, SIGNED, TWO_HOURS, USUAL_GATE, ending

SPRAY = Protocol(
    "spray",
    "Spray",
    "Esketamine",
    Dose("nasal", fixed_mg=[56, 84], highest_mg=84),
    {Phase.DOSING: 20, Phase.MONITORING: 20, Phase.RECOVERY: 30},
    {},
    [],
    USUAL_GATE,
    TWO_HOURS,
)
INFUSION = Protocol(
    "infusion", "Infusion", "Ketamine", Dose("iv", mg_per_kg=0.5), {Phase.BASELINE: 5}, {}, [], USUAL_GATE, TWO_HOURS
)


def opened(protocol: Protocol = SPRAY, dose_mg: float = 56) -> Session:
    return Session.opened(open_session("a", "1", "K-1042", 70, protocol, dose_mg, "nurse", 0))


def entered(session: Session, phase: Phase, at: int, protocol: Protocol = SPRAY) -> Session:
    return treatments.entered(session, phase, protocol, at)


def in_phase(phase: Phase) -> Session:
    """A session in this phase; it entered each phase ten minutes after the one before."""
    session = opened()
    for number, step in enumerate(STEPS[1:-1], 1):
        if session.phase is not phase:
            session = entered(session, step, number * 10 * MINUTE)
    if phase in ENDINGS:
        session = treatments.after(session, *ending(session, phase, 60 * MINUTE))
    assert session.phase is phase
    return session


def reading(at: int, sys: float = 120) -> CuffMeasured:
    return CuffMeasured(
        at=at, by="service", measured_at=at, sys=sys, dia=75, map=90, pr=70, source="cuff", simulated=False
    )


def alarm(condition: str = "SpO2.low") -> AlarmRaised:
    return AlarmRaised(
        at=0, by="service", condition=condition, priority=Priority.HIGH, text="SpO₂ 86 < 90", since=0, onset=0
    )


def test_a_session_runs_from_baseline_to_discharge() -> None:
    session = opened()
    assert (session.phase, session.first_dose_at) == (Phase.BASELINE, None)
    for minute, phase in enumerate(STEPS[1:-1], 1):
        session = entered(session, phase, minute * MINUTE)
        assert (session.phase, session.phase_since) == (phase, minute * MINUTE)
    assert session.first_dose_at == MINUTE
    session = treatments.after(session, *ending(session, Phase.DISCHARGED, 150 * MINUTE))
    assert (session.phase, session.ended_at, session.next_phase) == (Phase.DISCHARGED, 150 * MINUTE, None)


@pytest.mark.parametrize("start", list(Phase))
@pytest.mark.parametrize("phase", list(Phase))
def test_no_phase_can_be_skipped_repeated_or_gone_back_to(start: Phase, phase: Phase) -> None:
    session = in_phase(start)
    if (start, phase) == (Phase.MONITORING, Phase.RECOVERY):
        assert entered(session, phase, MINUTE).phase is phase
        return
    made_by_what_is_charted = {(Phase.BASELINE, Phase.DOSING), (Phase.DOSING, Phase.MONITORING)}
    with pytest.raises(Refused, match="is charted" if (start, phase) in made_by_what_is_charted else start):
        enter_phase(session, phase, SPRAY, "nurse", MINUTE)


@pytest.mark.parametrize("start", [phase for phase in STEPS[:-1] if phase is not Phase.RECOVERY])
def test_a_patient_is_discharged_from_recovery_only(start: Phase) -> None:
    with pytest.raises(Refused, match="recovery"):
        sign_discharge(in_phase(start), [], "", SIGNED, MINUTE)


@pytest.mark.parametrize("start", STEPS[:-1])
def test_a_session_can_be_stopped_early_from_anywhere_with_a_reason(start: Phase) -> None:
    session = in_phase(start)
    for nothing in ("", "  \n"):
        with pytest.raises(Refused) as refusal:
            abort_session(session, nothing, "nurse", MINUTE)
        assert refusal.value.field == "reason"
    ended = session.apply(abort_session(session, " vomiting ", "nurse", 90 * MINUTE))
    assert (ended.phase, ended.ended_at) == (Phase.ABORTED, 90 * MINUTE)


@pytest.mark.parametrize("over", ENDINGS)
@pytest.mark.parametrize("phase", ENDINGS)
def test_a_session_that_is_over_does_not_end_again(over: Phase, phase: Phase) -> None:
    with pytest.raises(Refused):
        ending(in_phase(over), phase, 200 * MINUTE)


@pytest.mark.parametrize("code", ["", "   ", "-1", ".", "K" * 33, "K\n1", "Ä1", "K;1", "<b>", "K\u00a01"])
def test_a_patient_code_that_cannot_be_one_is_refused(code: str) -> None:
    with pytest.raises(Refused) as refusal:
        open_session("a", "1", code, 70, SPRAY, 56, "nurse", 0)
    assert refusal.value.field == "patient"


@pytest.mark.parametrize(
    ("code", "kept"), [(" K-1042 ", "K-1042"), ("7", "7"), ("A b/c._-", "A b/c._-"), ("K" * 32,) * 2]
)
def test_a_patient_code_is_kept_without_the_blanks_around_it(code: str, kept: str) -> None:
    assert open_session("a", "1", code, 70, SPRAY, 56, "nurse", 0).patient == kept


@pytest.mark.parametrize("weight", [0, -70, 19.9, 300.1, 700, float("nan"), float("inf")])
def test_a_weight_that_can_only_be_a_slip_is_refused(weight: float) -> None:
    with pytest.raises(Refused) as refusal:
        open_session("a", "1", "K-1", weight, SPRAY, 56, "nurse", 0)
    assert refusal.value.field == "weight_kg"


@pytest.mark.parametrize("weight", [20, 300])
def test_the_lightest_and_the_heaviest_patient_are_taken(weight: float) -> None:
    assert open_session("a", "1", "K-1", weight, SPRAY, 56, "nurse", 0).weight_kg == weight


@pytest.mark.parametrize(
    ("protocol", "dose"),
    [
        *[(SPRAY, dose) for dose in (0, -56, 28, 85, 560, float("nan"), float("inf"))],
        *[(INFUSION, dose) for dose in (0, 200.1, float("nan"))],
    ],
)
def test_a_dose_that_the_protocol_does_not_give_is_refused(protocol: Protocol, dose: float) -> None:
    with pytest.raises(Refused) as refusal:
        open_session("a", "1", "K-1", 70, protocol, dose, "nurse", 0)
    assert refusal.value.field == "dose_mg"


def test_an_infusion_takes_any_dose_up_to_its_highest() -> None:
    assert open_session("a", "1", "K-1", 70, INFUSION, 34.5, "nurse", 0).dose_mg == 34.5
    assert open_session("a", "1", "K-1", 70, INFUSION, 200, "nurse", 0).dose_mg == 200


def test_a_new_cuff_interval_counts_from_now() -> None:
    session = in_phase(Phase.DOSING)
    assert session.next_cuff_at == (10 + 20) * MINUTE
    session = session.apply(set_cuff_interval(session, 5, "nurse", 28 * MINUTE))
    assert session.next_cuff_at == 33 * MINUTE
    session = session.apply(set_cuff_interval(session, None, "nurse", 29 * MINUTE))
    assert session.next_cuff_at is None


@pytest.mark.parametrize("minutes", [-5, 0, 1, 121])
def test_a_cuff_interval_that_would_hurt_or_forget_the_patient_is_refused(minutes: int) -> None:
    with pytest.raises(Refused) as refusal:
        set_cuff_interval(in_phase(Phase.DOSING), minutes, "nurse", 0)
    assert refusal.value.field == "minutes"


def test_the_cuff_follows_the_protocol_from_phase_to_phase() -> None:
    assert opened().next_cuff_at is None
    assert opened(INFUSION, 35).next_cuff_at == 5 * MINUTE
    session = in_phase(Phase.RECOVERY)
    assert (session.cuff_interval_s, session.next_cuff_at) == (1800, (30 + 30) * MINUTE)
    assert entered(opened(INFUSION, 35), Phase.DOSING, MINUTE, INFUSION).next_cuff_at is None


def test_a_phase_with_the_same_cuff_interval_does_not_put_off_the_next_reading() -> None:
    assert in_phase(Phase.MONITORING).next_cuff_at == in_phase(Phase.DOSING).next_cuff_at


def test_the_next_automatic_reading_counts_from_the_last_start() -> None:
    session = in_phase(Phase.DOSING).apply(CuffStarted(at=13 * MINUTE, by="nurse"))
    assert session.next_cuff_at == 33 * MINUTE


@pytest.mark.parametrize("over", ENDINGS)
def test_no_cuff_starts_by_itself_after_the_end(over: Phase) -> None:
    assert in_phase(over).next_cuff_at is None


def test_the_baseline_is_made_of_the_last_two_readings_before_the_first_dose() -> None:
    session = opened().apply(reading(1, sys=180)).apply(reading(2, sys=141)).apply(reading(3, sys=129))
    assert session.baseline_values[Metric.SYS] == 135
    session = entered(session, Phase.DOSING, 4).apply(reading(5, sys=170))
    assert session.baseline_values[Metric.SYS] == 135, "a reading after the dose moved the baseline"


def test_a_session_dosed_without_a_reading_never_takes_a_later_one_for_its_baseline() -> None:
    assert entered(opened(), Phase.DOSING, 3).apply(reading(4)).baseline_values == {}


def test_a_failed_reading_keeps_the_last_good_one_and_says_why_until_the_next() -> None:
    failed = opened().apply(reading(1)).apply(CuffFailed(at=2, by="service", reason="movement", source="cuff"))
    assert (failed.treatment.newest_reading, failed.cuff_problem) == (reading(1), "movement")
    assert failed.apply(reading(3)).cuff_problem == ""


def test_an_alarm_stands_from_raise_to_end_and_remembers_who_took_notice() -> None:
    session = opened().apply(alarm()).apply(alarm("PR.low"))
    session = session.apply(AlarmAcknowledged(at=1, by="nurse 2", condition="SpO2.low"))
    assert {name: each.acknowledged_by for name, each in session.alarms.items()} == {
        "SpO2.low": "nurse 2",
        "PR.low": None,
    }
    session = session.apply(AlarmEnded(at=2, by="service", condition="SpO2.low", how=AlarmEnd.CLEARED, ended=2))
    assert list(session.alarms) == ["PR.low"]
    again = session.apply(alarm())
    assert again.alarms["SpO2.low"].acknowledged_by is None


def test_notice_of_an_alarm_that_is_not_there_changes_nothing() -> None:
    session = opened()
    assert session.apply(AlarmAcknowledged(at=1, by="nurse", condition="SpO2.low")) == session
    end = AlarmEnded(at=1, by="service", condition="SpO2.low", how=AlarmEnd.CLEARED, ended=1)
    assert session.apply(end) == session


def test_the_steps_that_were_taken_and_a_cause_that_is_over_stand_beside_the_alarm() -> None:
    session = opened().apply(alarm())
    for step in (EscalationStep.LOUDER, EscalationStep.BANNER):
        session = session.apply(AlarmEscalated(at=1, by="service", condition="SpO2.low", step=step))
    over = AlarmLatched(at=2, by="service", condition="SpO2.low", how=AlarmEnd.CLEARED, ended=2)
    session = session.apply(over)
    assert (session.alarms["SpO2.low"].escalated, session.alarms["SpO2.low"].latched) == (2, over)


def test_the_end_of_a_session_leaves_no_alarm_open() -> None:
    session = in_phase(Phase.RECOVERY).apply(alarm())
    assert treatments.after(session, *ending(session, Phase.DISCHARGED, MINUTE)).alarms == {}


@pytest.mark.parametrize("text", ["", " \t", "x" * 2001])
def test_an_empty_or_endless_note_is_refused(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        write_note(opened(), text, "nurse", 0)
    assert refusal.value.field == "text"


def test_a_note_and_a_reason_of_full_length_are_kept() -> None:
    session = opened()
    assert write_note(session, "x" * 2000, "nurse", 0).text == "x" * 2000
    assert abort_session(session, "x" * 2000, "nurse", 0).reason == "x" * 2000
    with pytest.raises(Refused) as refusal:
        abort_session(session, "x" * 2001, "nurse", 0)
    assert refusal.value.field == "reason"
