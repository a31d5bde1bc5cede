"""What people may change about how a patient is watched, and what they are told when they may not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from devices.readings import SECOND, Metric, Micros
from monitor.clinic.alarms.auto_limits import Formula
from monitor.clinic.alarms.limits import MetricLimits, SideLimit
from monitor.clinic.alarms.overrides import setting_of
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.events import LimitChange, LimitsChanged, Phase
from monitor.clinic.protocol import Dose, Protocol
from monitor.clinic.refusal import Refused
from monitor.clinic.session import Session, open_session
from monitor.clinic.watching import (
    BY_HAND,
    changed_profile,
    limits_in_force,
    lock_baseline,
    mark_symptom,
    offered_limits,
    pause_alarms,
    resolve_symptom,
    resume_alarms,
    return_to_profile,
    set_limits,
    switch_alarms_off,
    take_offered_limits,
    without_unfit,
)
from tests.clinic.treatments import SHIPPED, TWO_HOURS, USUAL_GATE, after, entered
from tests.clinic.treatments import pressure as reading

MINUTE: Micros = 60 * SECOND
LIMITS = {
    Metric.SPO2: MetricLimits(low=SideLimit(limit=90, delay_s=15, hysteresis=1, severe=85, guard=(84, 95))),
    Metric.PR: MetricLimits(low=SideLimit(limit=50), high=SideLimit(limit=120)),
    Metric.SYS: MetricLimits(low=SideLimit(limit=90), high=SideLimit(limit=160, guard=(130, 179))),
}
PROTOCOL = Protocol("spray", "Spray", "Esketamine", Dose("nasal", fixed_mg=[56]), {}, LIMITS, [], USUAL_GATE, TWO_HOURS)


def opened(protocol: Protocol = PROTOCOL) -> Session:
    dose_mg = protocol.dose.fixed_mg[0] if protocol.dose.fixed_mg else 35
    return Session.opened(open_session("a", "1", "K-1", 70, protocol, dose_mg, "nurse", 0))


def dosed(session: Session, at: Micros) -> Session:
    return entered(session, Phase.DOSING, PROTOCOL, at)


def moved(session: Session, settings: dict[str, float | None], at: Micros = MINUTE) -> LimitsChanged:
    return set_limits(session, PROTOCOL, settings, BY_HAND, "nurse 1", at)


def in_force(session: Session, key: str, protocol: Protocol = PROTOCOL) -> float | None:
    return setting_of(limits_in_force(session, protocol), key)


# ---- limits


def test_a_limit_set_for_one_session_is_told_with_the_old_and_the_new_value_and_by_whom() -> None:
    session = opened()
    event = moved(session, {"SpO2.low": 88, "PR.high": 130})
    assert event.changes == [LimitChange("SpO2.low", 90, 88), LimitChange("PR.high", 120, 130)]
    assert (event.by, event.why, event.room, event.session) == ("nurse 1", BY_HAND, "1", "a")
    session = after(session, event)
    assert (in_force(session, "SpO2.low"), in_force(session, "SpO2.low.delay"), in_force(session, "PR.low")) == (
        88,
        15,
        50,
    )


def test_a_start_with_other_limits_of_the_protocol_is_told_once() -> None:
    session = opened()
    assert changed_profile(session, PROTOCOL, MINUTE) is None
    changed = replace(PROTOCOL, limits=LIMITS | {Metric.PR: MetricLimits(low=SideLimit(limit=55))})
    event = changed_profile(session, changed, MINUTE)
    assert event is not None
    assert {limit.key: limit.limit for limit in event.limits if limit.metric is Metric.PR} == {"PR.low": 55}
    assert changed_profile(after(session, event), changed, MINUTE) is None


def test_a_changed_protocol_takes_away_only_what_has_no_place_in_it_any_more_and_says_so() -> None:
    session = after(opened(), moved(opened(), {"SpO2.low": 88, "PR.low": 45, "PR.high": 130}))
    changed = replace(PROTOCOL, limits=LIMITS | {Metric.PR: MetricLimits(low=SideLimit(limit=55, severe=48))})
    assert [in_force(session, key, changed) for key in ("SpO2.low", "PR.low", "PR.high")] == [88, 55, 130]
    event = without_unfit(session, changed, MINUTE)
    assert event is not None
    assert event.changes == [LimitChange("PR.low", 45, 55)]
    assert without_unfit(after(session, event), changed, MINUTE) is None
    assert without_unfit(session, PROTOCOL, MINUTE) is None


def test_an_area_takes_the_place_of_the_delay_and_that_is_told_too() -> None:
    event = moved(opened(), {"SpO2.low.area": 50})
    assert event.changes == [LimitChange("SpO2.low.delay", 15, 0), LimitChange("SpO2.low.area", None, 50)]


@pytest.mark.parametrize(
    ("settings", "field", "words"),
    [
        ({"PR.low": 125}, "PR.low.limit", "crosses the high limit 120"),
        ({"PR.low": 110, "PR.high": 100}, "PR.low.limit", "crosses"),
        ({"SpO2.low": 83}, "SpO2.low", "outside the guard limits 84 to 95 %"),
        ({"SpO2.low": 96}, "SpO2.low", "outside the guard"),
        ({"SpO2.low": float("nan")}, "SpO2.low", "outside the guard"),
        ({"PR.low": float("nan")}, "PR.low.limit", "is not possible"),
        ({"PR.high": float("inf")}, "PR.high.limit", "is not possible"),
        ({"SpO2.low": 84.5}, "SpO2.low.severe", "85 must lie below"),
        ({"SpO2.low.delay": 61}, "SpO2.low.delay_s", "0 to 60 s"),
        ({"SpO2.low.delay": None}, "SpO2.low.delay", "annot be left out"),
        ({"SpO2.low": None}, "SpO2.low", "switch the alarm off"),
        ({"SpO2.low.area": 40}, "SpO2.low.area", "10, 25, 50, 100"),
        ({"SYS.high.area": 50}, "SYS.high.area", "streamed"),
        ({"SpO2.low.severe": 80}, "SpO2.low.severe", "belongs to the protocol"),
        ({"SpO2.low.hysteresis": 2}, "SpO2.low.hysteresis", "belongs to the protocol"),
        ({"SpO2.low.priority": 1}, "SpO2.low.priority", "belongs to the protocol"),
        ({"SpO2.high": 99}, "SpO2.high", "belongs to the protocol"),
        ({"SpO3.low": 90}, "SpO3.low", "metrics are"),
        ({"SpO2.low.colour": 1}, "SpO2.low.colour", "not known"),
        ({"PR.high": 130, "SpO2.low": 83}, "SpO2.low", "guard"),
    ],
)
def test_a_limit_that_cannot_be_is_refused_in_one_sentence_at_its_field(
    settings: dict[str, float | None], field: str, words: str
) -> None:
    with pytest.raises(Refused) as refusal:
        moved(opened(), settings)
    assert refusal.value.field == field
    assert words in refusal.value.text
    assert refusal.value.text.endswith(".")


@pytest.mark.parametrize("settings", [{}, {"SpO2.low": 90.0}, {"SpO2.low": 90.0, "SpO2.low.delay": 15.0}])
def test_limits_that_stay_as_they_are_make_no_event(settings: dict[str, float | None]) -> None:
    with pytest.raises(Refused, match="already"):
        moved(opened(), settings)


@given(st.lists(st.dictionaries(st.sampled_from(["SpO2.low", "PR.low", "PR.high", "SYS.high"]), st.floats(20, 250))))
def test_whatever_is_asked_for_no_limit_leaves_its_guard_or_crosses(wishes: list[dict[str, float | None]]) -> None:
    session = opened()
    for wish in wishes:
        try:
            session = after(session, moved(session, wish))
        except Refused:
            continue
    spo2, sys = in_force(session, "SpO2.low"), in_force(session, "SYS.high")
    low, high = in_force(session, "PR.low"), in_force(session, "PR.high")
    assert spo2 is not None
    assert sys is not None
    assert low is not None
    assert high is not None
    assert 85 < spo2 <= 95
    assert 130 <= sys <= 179
    assert low < high


def test_going_back_to_the_profile_takes_back_what_was_set_and_says_so() -> None:
    session = after(opened(), moved(opened(), {"SpO2.low": 88, "SpO2.low.area": 25}))
    event = return_to_profile(session, PROTOCOL, "nurse 2", 2 * MINUTE)
    assert event.why == "profile"
    assert sorted((each.key, each.before, each.after) for each in event.changes) == [
        ("SpO2.low", 88, 90),
        ("SpO2.low.area", 25, None),
        ("SpO2.low.delay", 0, 15),
    ]
    session = after(session, event)
    assert limits_in_force(session, PROTOCOL) == LIMITS
    with pytest.raises(Refused, match="already"):
        return_to_profile(session, PROTOCOL, "nurse 2", 3 * MINUTE)


def test_a_profile_that_no_longer_fits_the_sessions_own_limits_is_followed_as_it_is() -> None:
    session = after(opened(), moved(opened(), {"PR.high": 130}))
    changed = {Metric.PR: MetricLimits(low=SideLimit(limit=135), high=SideLimit(limit=150))}
    other = replace(PROTOCOL, limits=changed)
    assert limits_in_force(session, other) == changed


# ---- limits from the baseline


def test_a_formula_offers_whole_numbers_within_the_guard_for_the_limits_that_there_are() -> None:
    session = after(opened(), reading(1, sys=130, dia=80))
    session = after(session, lock_baseline(session, {Metric.PR: 72}, "", "nurse", 2))
    assert offered_limits(session, PROTOCOL, Formula.MINDRAY) == {
        "PR.low": 58,
        "PR.high": 90,
        "SYS.low": 98,
        "SYS.high": 150,
    }


def test_what_a_formula_would_move_out_of_its_guard_is_offered_at_the_guard() -> None:
    session = after(opened(), reading(1, sys=190))
    assert offered_limits(session, PROTOCOL, Formula.DRAEGER)["SYS.high"] == 179


def test_taking_an_offer_is_an_event_that_names_its_formula() -> None:
    session = after(opened(), reading(1, sys=130))
    event = take_offered_limits(session, PROTOCOL, Formula.MINDRAY, "nurse", MINUTE)
    assert event.why == "formula Mindray"
    assert {each.key: each.after for each in event.changes} == {"SYS.low": 98, "SYS.high": 150}
    with pytest.raises(Refused, match="already"):
        take_offered_limits(after(session, event), PROTOCOL, Formula.MINDRAY, "nurse", 2 * MINUTE)


def test_without_a_reading_nothing_is_offered() -> None:
    with pytest.raises(Refused, match="blood pressure"):
        take_offered_limits(opened(), PROTOCOL, Formula.MINDRAY, "nurse", MINUTE)


@given(
    protocol=st.sampled_from(sorted(SHIPPED)),
    formula=st.sampled_from(Formula),
    sys=st.integers(75, 230),
    dia=st.integers(35, 130),
    pulse=st.integers(35, 170),
    saturation=st.integers(80, 100),
)
def test_whatever_the_baseline_an_offer_can_be_taken(
    protocol: str, formula: Formula, sys: int, dia: int, pulse: int, saturation: int
) -> None:
    shipped = SHIPPED[protocol]
    session = after(opened(shipped), reading(1, sys=sys, dia=dia))
    session = after(session, lock_baseline(session, {Metric.PR: pulse, Metric.SPO2: saturation}, "", "nurse", 2))
    offered = offered_limits(session, shipped, formula)
    if any(in_force(session, key, shipped) != value for key, value in offered.items()):
        session = after(session, take_offered_limits(session, shipped, formula, "nurse", 3))
    assert {key: in_force(session, key, shipped) for key in offered} == offered


# ---- the baseline


def test_the_baseline_is_the_median_of_the_last_two_readings_and_of_the_oximeter() -> None:
    session = after(opened(), reading(1, sys=160), reading(2, sys=128, dia=80), reading(3, sys=132, dia=76))
    event = lock_baseline(session, {Metric.SPO2: 97, Metric.PR: 71}, "", "nurse", 4)
    assert event.values == {Metric.SYS: 130, Metric.DIA: 78, Metric.MAP: 90, Metric.SPO2: 97, Metric.PR: 71}
    assert (event.readings, event.reason) == (2, "")
    assert after(session, event).baseline == event


def test_one_reading_is_a_baseline_too() -> None:
    event = lock_baseline(after(opened(), reading(1, sys=128)), {}, "", "nurse", 4)
    assert (event.values[Metric.SYS], event.readings) == (128, 1)


def test_without_a_reading_there_is_no_baseline() -> None:
    with pytest.raises(Refused, match="blood pressure"):
        lock_baseline(opened(), {Metric.SPO2: 97}, "", "nurse", 4)


@pytest.mark.parametrize("reason", ["", "  "])
def test_locking_the_baseline_anew_needs_a_reason(reason: str) -> None:
    session = after(opened(), reading(1))
    session = after(session, lock_baseline(session, {}, "", "nurse", 2))
    with pytest.raises(Refused) as refusal:
        lock_baseline(session, {}, reason, "nurse", 3)
    assert refusal.value.field == "reason"
    assert lock_baseline(session, {}, " she was anxious ", "nurse", 3).reason == "she was anxious"


def test_a_baseline_locked_anew_after_the_dose_is_the_newest_reading() -> None:
    session = after(opened(), reading(1, sys=120), reading(2, sys=130))
    session = dosed(after(session, lock_baseline(session, {}, "", "nurse", 3)), 4)
    session = after(session, reading(5, sys=150))
    assert session.baseline_values[Metric.SYS] == 125
    event = lock_baseline(session, {}, "settled late", "nurse", 6)
    assert (event.values[Metric.SYS], event.readings) == (150, 1)


def test_a_baseline_first_locked_after_the_dose_is_still_the_one_before_it() -> None:
    session = after(dosed(after(opened(), reading(1, sys=120)), 4), reading(5, sys=150))
    assert lock_baseline(session, {}, "", "nurse", 6).values[Metric.SYS] == 120


# ---- symptoms


def test_a_symptom_is_marked_once_and_resolved_once() -> None:
    session = after(opened(), mark_symptom(opened(), Symptom.SEIZURE, "nurse", 5))
    assert session.symptoms == {Symptom.SEIZURE: 5}
    with pytest.raises(Refused, match="marked already"):
        mark_symptom(session, Symptom.SEIZURE, "nurse", 6)
    session = after(session, resolve_symptom(session, Symptom.SEIZURE, "nurse", 7))
    assert session.symptoms == {}
    with pytest.raises(Refused, match="not marked"):
        resolve_symptom(session, Symptom.SEIZURE, "nurse", 8)


# ---- paused and off


def test_a_pause_lasts_two_minutes_and_is_not_made_longer_by_another() -> None:
    event = pause_alarms(opened(), "nurse", MINUTE)
    assert event.until == MINUTE + 120 * SECOND
    paused = after(opened(), event)
    assert paused.alarms_off[None].until == event.until
    with pytest.raises(Refused, match="already"):
        pause_alarms(paused, "nurse", 2 * MINUTE)
    assert after(paused, resume_alarms(paused, None, "the pause is over", "service", 3 * MINUTE)).alarms_off == {}


def switched_off(
    session: Session, condition: str | None, reason: str = "probe site sore", role: str = "clinician"
) -> Session:
    return after(session, switch_alarms_off(session, condition, reason, "doctor", role, ["clinician"], MINUTE))


def test_alarms_are_switched_off_with_a_reason_by_somebody_who_may() -> None:
    session = switched_off(opened(), "SpO2.low")
    off = session.alarms_off["SpO2.low"]
    assert (off.by, off.reason, off.until) == ("doctor", "probe site sore", None)


@pytest.mark.parametrize(
    ("condition", "reason", "role", "words"),
    [
        (None, "why", "nurse", "Only clinician may"),
        (None, "  ", "clinician", "Say why"),
        ("symptom.seizure", "why", "clinician", "not switched off"),
    ],
)
def test_alarms_are_not_switched_off_otherwise(condition: str | None, reason: str, role: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        switched_off(opened(), condition, reason, role)


def test_nobody_can_switch_off_where_no_role_may() -> None:
    with pytest.raises(Refused, match="Only nobody"):
        switch_alarms_off(opened(), None, "why", "doctor", "clinician", [], MINUTE)


def test_what_is_off_is_not_switched_off_again_but_a_pause_can_become_off() -> None:
    with pytest.raises(Refused, match="off already"):
        switched_off(switched_off(opened(), None), None)
    paused = after(opened(), pause_alarms(opened(), "nurse", MINUTE))
    assert switched_off(paused, None).alarms_off[None].until is None


def test_only_what_is_off_can_be_resumed() -> None:
    session = switched_off(opened(), "SpO2.low")
    with pytest.raises(Refused, match="watched already"):
        resume_alarms(session, None, "", "nurse", 2 * MINUTE)
    assert after(session, resume_alarms(session, "SpO2.low", "", "nurse", 2 * MINUTE)).alarms_off == {}
