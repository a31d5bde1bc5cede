"""A session whatever people ask for, in any order: what is refused changes nothing, and the rest stays in order."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.readings import Metric
from monitor.clinic.alarms.auto_limits import Formula
from monitor.clinic.alarms.checks import check
from monitor.clinic.alarms.limits import MetricLimits, SideLimit
from monitor.clinic.alarms.overrides import setting_of
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.events import (
    AlarmsPaused,
    AlarmsResumed,
    AlarmsSwitchedOff,
    AnyEvent,
    BaselineLocked,
    CuffIntervalSet,
    CuffMeasured,
    DoseStarted,
    LimitsChanged,
    Phase,
    SessionEnded,
    SymptomMarked,
    SymptomResolved,
)
from monitor.clinic.protocol import STEPS
from monitor.clinic.refusal import Refused
from monitor.clinic.session import Session, enter_phase, set_cuff_interval
from monitor.clinic.treatment.giving import end_dosing
from monitor.clinic.watching import (
    BY_HAND,
    limits_in_force,
    lock_baseline,
    mark_symptom,
    pause_alarms,
    resolve_symptom,
    resume_alarms,
    return_to_profile,
    set_limits,
    switch_alarms_off,
    take_offered_limits,
)
from tests.clinic.test_session import SPRAY, alarm, opened, reading
from tests.clinic.treatments import ENDINGS, NURSE, ending, first_dose, of

WATCHED = msgspec.structs.replace(
    SPRAY,
    limits={
        Metric.SPO2: MetricLimits(low=SideLimit(limit=90, area=50, guard=(86, 95))),
        Metric.PR: MetricLimits(low=SideLimit(limit=50), high=SideLimit(limit=120, delay_s=15)),
        Metric.SYS: MetricLimits(high=SideLimit(limit=160, guard=(130, 179))),
    },
)
LIMIT_WISHES = [
    {"SpO2.low": 88.0},
    {"SpO2.low": 80.0},
    {"SpO2.low.delay": 15.0},
    {"SpO2.low.area": 25.0},
    {"PR.low": 110.0, "PR.high": 100.0},
    {"PR.high": 130.0, "PR.high.delay": 61.0},
    {"PR.high": 130.0},
    {"Temp.high": 38.0},
]
EARLY_ENDS = {Phase.LEFT, Phase.TRANSFERRED, Phase.ABORTED}
wishes = st.one_of(
    st.tuples(st.just("enter"), st.sampled_from(list(Phase))),
    st.tuples(st.just("dose")),
    st.tuples(st.just("dosed"), st.sampled_from(["", "vomiting"])),
    st.tuples(st.just("end"), st.sampled_from(ENDINGS)),
    st.tuples(st.just("cuff"), st.one_of(st.none(), st.integers(-5, 130))),
    st.tuples(st.just("reading"), st.integers(80, 200)),
    st.tuples(st.just("alarm"), st.sampled_from(["SpO2.low", "PR.high"])),
    st.tuples(st.just("baseline"), st.sampled_from(["", "she was anxious"])),
    st.tuples(st.just("limits"), st.sampled_from(LIMIT_WISHES)),
    st.tuples(st.just("profile")),
    st.tuples(st.just("offer"), st.sampled_from(Formula)),
    st.tuples(st.just("mark"), st.sampled_from(Symptom)),
    st.tuples(st.just("resolve"), st.sampled_from(Symptom)),
    st.tuples(st.just("pause")),
    st.tuples(st.just("off"), st.sampled_from([None, "SpO2.low"]), st.sampled_from(["nurse", "clinician"])),
    st.tuples(st.just("resume"), st.sampled_from([None, "SpO2.low"])),
)


def judged(session: Session, wish: tuple[object, ...], at: int) -> list[AnyEvent]:
    match wish:
        case "enter", Phase() as phase:
            return enter_phase(session, phase, WATCHED, "nurse", at)
        case ("dose",):
            return first_dose(session, WATCHED, at)
        case "dosed", str(reason):
            return end_dosing(session, WATCHED, reason, "nurse", at)
        case "end", Phase() as phase:
            return ending(session, phase, at)
        case "cuff", (int() | None) as minutes:
            return [set_cuff_interval(session, minutes, "nurse", at)]
        case "reading", int(sys):
            return [reading(at, sys)]
        case "alarm", str(condition):
            return [alarm(condition)]
    return [judged_watching(session, wish, at)]


def judged_watching(session: Session, wish: tuple[object, ...], at: int) -> AnyEvent:
    match wish:
        case "baseline", str(reason):
            return lock_baseline(session, {}, reason, "nurse", at)
        case "limits", dict() as asked:
            return set_limits(session, WATCHED, asked, BY_HAND, "nurse", at)
        case ("profile",):
            return return_to_profile(session, WATCHED, "nurse", at)
        case "offer", Formula() as formula:
            return take_offered_limits(session, WATCHED, formula, "nurse", at)
        case "mark", Symptom() as symptom:
            return mark_symptom(session, symptom, "nurse", at)
        case "resolve", Symptom() as symptom:
            return resolve_symptom(session, symptom, "nurse", at)
        case ("pause",):
            return pause_alarms(session, "nurse", at)
        case "off", (str() | None) as condition, str(role):
            return switch_alarms_off(session, condition, "sore", "nurse", role, ["clinician"], at)
        case "resume", (str() | None) as condition:
            return resume_alarms(session, condition, "", "nurse", at)
    raise AssertionError(wish)


def lived(wanted: list[tuple[object, ...]]) -> tuple[Session, list[AnyEvent], list[Phase]]:
    """The session that carries out what may be carried out, its history, and the phases it was in."""
    session, history, said = opened(WATCHED), list[AnyEvent](), list[str]()
    phases = [session.phase]
    for at, wish in enumerate(wanted, 1):
        before = session
        try:
            events = judged(session, wish, at)
        except Refused as refusal:
            said.append(refusal.text)
            assert session == before, "a refused command changed something"
            continue
        for event in events:
            session = session.apply(event)
        history += events
        if session.phase is not phases[-1]:
            phases.append(session.phase)
    assert all(text.endswith(".") for text in said), "a refusal is no sentence"
    return session, history, phases


def switched_off(history: list[AnyEvent]) -> set[str | None]:
    off: set[str | None] = set()
    for event in history:
        match event:
            case AlarmsPaused():
                off.add(None)
            case AlarmsSwitchedOff():
                off.add(event.condition)
            case AlarmsResumed():
                off.remove(event.condition)
    return off


@given(wanted=st.lists(wishes, max_size=40))
@settings(max_examples=300)
def test_whatever_people_ask_for_a_session_stays_in_order(wanted: list[tuple[object, ...]]) -> None:
    session, history, phases = lived(wanted)
    steps = [phase for phase in phases if phase not in EARLY_ENDS]
    assert steps == list(STEPS[: len(steps)]), "a step was skipped"
    assert len(phases) - len(steps) <= 1, "a session ended twice"
    doses = of(DoseStarted, history)
    assert len(doses) <= 1
    assert (session.first_dose_at is None) is (not doses)
    assert (session.first_dose_at is None) is (Phase.DOSING not in phases)
    assert (session.ended_at is not None) is (session.phase in ENDINGS)
    assert len(of(SessionEnded, history)) == (session.ended_at is not None)
    intervals = [event.interval_s for event in of(CuffIntervalSet, history)]
    assert all(seconds is None or 120 <= seconds <= 7200 for seconds in intervals)
    readings = of(CuffMeasured, history)
    before_dose = [each for each in readings if not doses or each.at < doses[0].at]
    assert session.readings_before_dose == tuple(before_dose[-2:])
    assert session.treatment.newest_reading == (readings[-1] if readings else None)
    assert all(event.session == "a" and event.room == "1" for event in history if event.by in ("nurse", NURSE))


@given(wanted=st.lists(wishes, max_size=40))
@settings(max_examples=300)
def test_whatever_people_ask_for_the_way_a_patient_is_watched_follows_from_the_record(
    wanted: list[tuple[object, ...]],
) -> None:
    session, history, _ = lived(wanted)
    locked = of(BaselineLocked, history)
    assert session.baseline == (locked[-1] if locked else None)
    assert all(each.reason for each in locked[1:]), "a baseline was locked anew without a reason"
    limits = limits_in_force(session, WATCHED)
    check(limits)
    known = {change.key: change.before for event in reversed(of(LimitsChanged, history)) for change in event.changes}
    assert known == {key: setting_of(WATCHED.limits, key) for key in known}, "the first old value is not the profile's"
    assert session.limit_settings == {key: setting_of(limits, key) for key in known}
    marks, gone = of(SymptomMarked, history), of(SymptomResolved, history)
    assert len(session.symptoms) == len(marks) - len(gone)
    assert set(session.alarms_off) == switched_off(history)
    assert all(event.role == "clinician" for event in of(AlarmsSwitchedOff, history))
