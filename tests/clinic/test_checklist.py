"""The discharge checklist: each item holds on its evidence only, and says what it waits for."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from devices.readings import SECOND, Metric, Micros
from monitor.clinic.events import AlarmAcknowledged, AlarmEnd, AlarmEnded, AlarmLatched, AlarmRaised, Phase
from monitor.clinic.priority import Priority
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused
from monitor.clinic.session import Session, open_session
from monitor.clinic.treatment.charting import attest, set_oxygen, withdraw_attestation
from monitor.clinic.treatment.checklist import ItemState, checklist
from monitor.clinic.treatment.events import Stage
from monitor.clinic.treatment.plan import (
    Assessed,
    Attested,
    ChecklistItem,
    NoHighAlarm,
    Observation,
    Observed,
    PressureNearBaseline,
    Saturation,
)
from monitor.clinic.treatment.readiness import readiness
from monitor.clinic.treatment.saturation import SaturationCourse
from monitor.clinic.treatment.scales import Scale
from monitor.clinic.watching import lock_baseline, pause_alarms
from tests.clinic.treatments import MINUTE, NURSE, SHIPPED, after, assessed, entered, pressure

BASE = SHIPPED["esketamine_us"]
DOSED: Micros = 10 * MINUTE
NOTHING = SaturationCourse()

OBSERVED = Observed(id="observed", text="Observed")
PRESSURE = PressureNearBaseline(id="pressure", text="Pressure near baseline")
SATURATION = Saturation(id="saturation", text="Saturation", at_least=94, minutes=10)
ALARMS = NoHighAlarm(id="alarms", text="No alarm")
AWAKE = Assessed(id="awake", text="Awake", scale=Scale.MOAAS, at_least=5)
ESCORT = Attested(id="escort", text="Escort seen", asks="Who takes the patient home")


def protocol(*items: ChecklistItem) -> Protocol:
    return replace(BASE, checklist=list(items))


def minute(number: float) -> Micros:
    """So many minutes after the first dose."""
    return DOSED + round(number * MINUTE)


def dosed(base: tuple[float, float] | None = (120, 80)) -> Session:
    session = Session.opened(open_session("a", "1", "K-1", 70, BASE, 56, NURSE, 0))
    if base is not None:
        session = after(session, pressure(5 * MINUTE, *base))
        session = after(session, lock_baseline(session, {}, "", NURSE, 6 * MINUTE))
    return entered(session, Phase.DOSING, BASE, DOSED)


def state(item: ChecklistItem, session: Session, at: float, saturation: SaturationCourse = NOTHING) -> ItemState:
    (found,) = checklist(session, protocol(item), saturation, minute(at))
    assert found.holds is (found.missing == "" and found.holds_at is None) or not found.holds
    return found


# ---- observation


def test_the_observation_counts_from_the_first_dose_to_the_second() -> None:
    waiting = state(OBSERVED, dosed(), 119.99)
    assert (waiting.holds, waiting.said, waiting.holds_at) == (False, "119 of 120 min", minute(120))
    assert state(OBSERVED, dosed(), 120).holds


def test_an_observation_that_counts_from_the_end_of_dosing_has_not_begun_before_it() -> None:
    late = replace(protocol(OBSERVED), observation=Observation(minutes=60, anchor="end_of_dosing"))
    (waiting,) = checklist(dosed(), late, NOTHING, minute(500))
    assert (waiting.holds, waiting.missing) == (False, "counts from the end of dosing")
    ended = entered(dosed(), Phase.MONITORING, BASE, minute(40))
    (waiting,) = checklist(ended, late, NOTHING, minute(99))
    assert (waiting.holds, waiting.holds_at) == (False, minute(100))
    assert checklist(ended, late, NOTHING, minute(100))[0].holds


# ---- pressure


@pytest.mark.parametrize(
    ("readings", "holds"),
    [
        ([(120, 80), (120, 80)], True),
        ([(132, 88), (132, 88)], True),
        ([(133, 88), (120, 80)], False),
        ([(120, 89), (120, 80)], False),
        ([(96, 64), (96, 64)], True),
        ([(95, 64), (120, 80)], False),
        ([(120, 80), (120, 63)], False),
        ([(180, 100), (120, 80), (121, 80)], True),
        ([(120, 80), (121, 80), (140, 80)], False),
        ([(120, 80)], False),
        ([], False),
    ],
)
def test_the_last_two_pressures_are_near_the_patients_own(readings: list[tuple[float, float]], holds: bool) -> None:
    session = dosed()
    for number, (sys, dia) in enumerate(readings):
        session = after(session, pressure(minute(90 + number), sys, dia))
    assert state(PRESSURE, session, 95).holds is holds


@pytest.mark.parametrize(
    ("base", "highest", "lowest"), [((113, 77), (124, 84), (91, 62)), ((125, 75), (137, 82), (100, 60))]
)
def test_what_is_asked_for_is_what_holds_where_a_percentage_is_no_whole_number(
    base: tuple[float, float], highest: tuple[float, float], lowest: tuple[float, float]
) -> None:
    asked = state(PRESSURE, dosed(base), 60).missing
    assert asked == f"after 2 readings from {lowest[0]}/{lowest[1]} to {highest[0]}/{highest[1]}"
    for sys, dia in (highest, lowest):
        session = after(dosed(base), pressure(minute(60), sys, dia), pressure(minute(61), sys, dia))
        assert state(PRESSURE, session, 62).holds
    for sys in (highest[0] + 1, lowest[0] - 1):
        session = after(dosed(base), pressure(minute(60), sys, base[1]), pressure(minute(61), sys, base[1]))
        assert not state(PRESSURE, session, 62).holds


def test_nobody_goes_home_with_a_pressure_that_is_too_high_because_it_was_high_before() -> None:
    item = replace(PRESSURE, highest_sys=160, highest_dia=100)
    session = after(dosed((156, 96)), pressure(minute(60), 161, 96), pressure(minute(61), 158, 96))
    waiting = state(item, session, 62)
    assert (waiting.holds, waiting.missing) == (False, "after a reading from 125/77 to 160/100")
    session = after(session, pressure(minute(63), 160, 100))
    assert state(item, session, 64).holds


def test_a_pressure_that_fell_from_very_high_can_be_low_enough() -> None:
    item = replace(PRESSURE, highest_sys=160, highest_dia=100)
    session = after(dosed((215, 130)), pressure(minute(60), 160, 100), pressure(minute(61), 160, 100))
    assert state(item, session, 62).holds


def test_readings_before_the_dose_say_nothing_of_the_way_home() -> None:
    session = after(dosed(), pressure(minute(-1)), pressure(minute(0)))
    assert state(PRESSURE, session, 1).said == "none since the first dose, baseline 120/80"
    session = after(session, pressure(minute(20)))
    waiting = state(PRESSURE, session, 21)
    assert (waiting.holds, waiting.missing) == (False, "after a reading from 96/64 to 132/88")


def test_a_pressure_grows_old() -> None:
    session = after(dosed(), pressure(minute(60)), pressure(minute(61)))
    assert state(PRESSURE, session, 91).holds
    old = state(PRESSURE, session, 92)
    assert (old.holds, old.said) == (False, "120/75 31 min ago, baseline 120/80")


def test_without_a_baseline_nothing_is_near_it() -> None:
    session = after(dosed(None), pressure(minute(60)), pressure(minute(61)))
    assert state(PRESSURE, session, 62).said == "no baseline was measured"


# ---- saturation


def course(values: dict[tuple[float, float], float]) -> SaturationCourse:
    """One value a second in each stretch of minutes, from the first up to just before the second."""
    made = SaturationCourse()
    for (first, last), value in values.items():
        for second in range(round(first * 60), round(last * 60)):
            made.add(DOSED + second * SECOND, value)
    return made


def test_ten_minutes_without_a_low_value_hold() -> None:
    assert state(SATURATION, dosed(), 60, course({(49, 60): 96})).said == "lowest 96 %"
    assert state(SATURATION, dosed(), 60, course({(49, 60): 94})).holds
    assert not state(SATURATION, dosed(), 60, course({(49, 60): 93})).holds


def test_after_a_low_value_it_holds_ten_minutes_later_to_the_second() -> None:
    values = course({(40, 50): 97, (50, 50 + 1 / 60): 91, (50 + 1 / 60, 61): 97})
    waiting = state(SATURATION, dosed(), 55, values)
    assert (waiting.holds, waiting.said, waiting.holds_at) == (False, "lowest 91 %", minute(60))
    assert state(SATURATION, dosed(), 59.99, values).holds is False
    there = state(SATURATION, dosed(), 60, values)
    assert (there.holds, there.said) == (True, "lowest 97 %"), "it holds and shows a value at which it does not"


def test_of_two_values_that_come_almost_at_once_the_low_one_is_not_lost() -> None:
    values = course({(49, 60): 97})
    values.add(minute(60) - SECOND + SECOND // 4, 88)
    assert not state(SATURATION, dosed(), 60, values).holds


@pytest.mark.parametrize(("until", "holds"), [(58 + 1 / 60, True), (58, False), (51, False)])
def test_a_sensor_that_was_off_for_most_of_the_time_proves_nothing(until: float, holds: bool) -> None:
    gappy = state(SATURATION, dosed(), 60, course({(50 + 1 / 60, until): 97}))
    assert gappy.holds is holds
    assert holds or gappy.missing == "after more values"


def test_no_values_at_all_are_said_to_be_none() -> None:
    nothing = state(SATURATION, dosed(), 60)
    assert (nothing.holds, nothing.said) == (False, "no values, values for 0 of 10 min")


def test_on_oxygen_nothing_holds_and_room_air_counts_from_when_it_was_switched_off() -> None:
    values = course({(0, 60): 97})
    session = after(dosed(), set_oxygen(dosed(), 2.5, NURSE, minute(30)))
    assert state(SATURATION, session, 45, values).said == "lowest 97 %, on 2.5 L/min oxygen"
    session = after(session, set_oxygen(session, 0, NURSE, minute(46)))
    waiting = state(SATURATION, session, 50, values)
    assert (waiting.holds, waiting.holds_at) == (False, minute(56))
    assert state(SATURATION, session, 56, values).holds
    again = after(session, set_oxygen(session, 0, NURSE, minute(55)))
    assert state(SATURATION, again, 56, values).holds, "saying once more that there is no oxygen cost ten minutes"


def test_room_air_told_of_a_patient_who_never_had_oxygen_costs_no_time() -> None:
    session = after(dosed(), set_oxygen(dosed(), 0, NURSE, minute(55)))
    assert state(SATURATION, session, 56, course({(0, 60): 97})).holds


@pytest.mark.parametrize("litres", [-1, 15.1, float("nan"), float("inf")])
def test_a_flow_that_no_flask_gives_is_refused(litres: float) -> None:
    with pytest.raises(Refused) as refusal:
        set_oxygen(dosed(), litres, NURSE, minute(5))
    assert refusal.value.field == "litres_min"


# ---- alarms


def raised(priority: Priority = Priority.HIGH) -> AlarmRaised:
    at = minute(100)
    return AlarmRaised(
        at=at, by="service", condition="SpO2.low", priority=priority, text="SpO₂ 86 < 90", since=at, onset=at
    )


def test_an_alarm_of_high_priority_keeps_the_patient_until_it_is_over_and_answered() -> None:
    latched = AlarmLatched(at=minute(101), by="service", condition="SpO2.low", how=AlarmEnd.CLEARED, ended=minute(101))
    answered = AlarmAcknowledged(at=minute(102), by=NURSE, condition="SpO2.low")
    over = AlarmEnded(at=minute(103), by="service", condition="SpO2.low", how=AlarmEnd.CLEARED, ended=minute(101))
    held = [state(ALARMS, session, 104).holds for session in _each(dosed(), raised(), latched, answered, over)]
    assert held == [True, False, False, False, True]
    assert state(ALARMS, after(dosed(), raised(Priority.MEDIUM)), 104).holds


def test_no_alarm_is_no_evidence_while_alarms_are_off() -> None:
    paused = after(dosed(), pause_alarms(dosed(), NURSE, minute(20)))
    assert not state(ALARMS, paused, 21).holds


def _each(session: Session, *events: AlarmRaised | AlarmLatched | AlarmAcknowledged | AlarmEnded) -> list[Session]:
    return [after(session, *events[:count]) for count in range(len(events) + 1)]


# ---- assessments


def moaas(session: Session, result: int, at: float, told: float | None = None) -> Session:
    told_at = None if told is None else minute(told)
    return after(session, assessed(session, Scale.MOAAS, result, minute(at), told_at))


def test_the_newest_assessment_counts_whatever_was_told_last() -> None:
    session = moaas(moaas(dosed(), 5, 60), 3, 50, told=61)
    assert state(AWAKE, session, 62).said == "MOAA/S 5, 2 min ago"
    session = moaas(session, 3, 61.5, told=62)
    assert not state(AWAKE, session, 62).holds


def test_an_assessment_of_the_same_minute_corrects_the_one_before() -> None:
    session = moaas(moaas(dosed(), 5, 60), 4, 60, told=61)
    waiting = state(AWAKE, session, 62)
    assert (waiting.holds, waiting.said) == (False, "MOAA/S 4, 2 min ago")


def test_an_assessment_before_the_dose_or_long_ago_does_not_send_home() -> None:
    assert state(AWAKE, moaas(dosed(), 5, -1, told=5), 20).said == "not assessed since the first dose"
    assert state(AWAKE, moaas(dosed(), 5, 60), 90).holds
    old = state(AWAKE, moaas(dosed(), 5, 60), 91)
    assert (old.holds, old.missing) == (False, "assess MOAA/S again")


def test_the_highest_result_that_is_well_is_well() -> None:
    resolved = Assessed(id="d", text="Dissociation resolved", scale=Scale.CADSS6, at_most=4)
    for result, holds in ((0, True), (4, True), (5, False)):
        session = after(dosed(), assessed(dosed(), Scale.CADSS6, result, minute(60)))
        assert state(resolved, session, 61).holds is holds


# ---- attestations


def test_an_attestation_needs_what_it_asks_for_and_names_who_gave_it() -> None:
    with pytest.raises(Refused) as refusal:
        attest(dosed(), protocol(ESCORT), "escort", "  ", NURSE, minute(100))
    assert refusal.value.field == "remark"
    session = after(dosed(), attest(dosed(), protocol(ESCORT), "escort", " sister ", NURSE, minute(100)))
    assert state(ESCORT, session, 101).said == "nurse 1: sister"
    withdrawn = withdraw_attestation(session, protocol(ESCORT), "escort", "she left", NURSE, minute(102))
    assert not state(ESCORT, after(session, withdrawn), 103).holds
    with pytest.raises(Refused, match="not attested"):
        withdraw_attestation(dosed(), protocol(ESCORT), "escort", "", NURSE, minute(103))


@pytest.mark.parametrize("item", ["awake", "nothing"])
def test_what_is_found_or_assessed_is_not_attested(item: str) -> None:
    with pytest.raises(Refused, match="no item"):
        attest(dosed(), protocol(AWAKE, ESCORT), item, "sure", NURSE, minute(100))


def test_the_way_home_is_not_attested_before_the_dose() -> None:
    session = Session.opened(open_session("a", "1", "K-1", 70, BASE, 56, NURSE, 0))
    with pytest.raises(Refused, match="first dose"):
        attest(session, protocol(ESCORT), "escort", "sister", NURSE, MINUTE)


# ---- readiness


class Recovering:
    """A patient whose readiness is looked at as the service does."""

    def __init__(self) -> None:
        self.session = dosed()
        self.plan = protocol(OBSERVED, AWAKE)

    def look(self, at: float) -> list[tuple[str, Stage]]:
        states = checklist(self.session, self.plan, NOTHING, minute(at))
        edges = readiness(self.session, self.plan, states, minute(at))
        self.session = after(self.session, *edges)
        return [(type(edge).__name__, edge.stage) for edge in edges]


def test_ready_is_stamped_when_it_first_held_and_a_relapse_is_told_with_its_reason() -> None:
    patient = Recovering()
    assert patient.look(60) == []
    patient.session = moaas(patient.session, 5, 95)
    assert patient.look(95) == [("ReadinessReached", Stage.STABLE)], "when could it have been, without a minimum"
    assert patient.look(100) == []
    assert patient.look(120) == [("ReadinessReached", Stage.READY)]
    patient.session = moaas(patient.session, 3, 121)
    assert patient.look(121) == [("ReadinessLost", Stage.STABLE), ("ReadinessLost", Stage.READY)]
    assert patient.session.treatment.lost == ("Awake",)
    assert patient.session.treatment.holding == frozenset()
    patient.session = moaas(patient.session, 5, 130)
    assert len(patient.look(130)) == 2
    assert patient.session.treatment.lost == ()
    assert patient.session.treatment.reached == {Stage.STABLE: minute(95), Stage.READY: minute(120)}


def test_a_baseline_of_mean_arterial_pressure_alone_is_no_baseline() -> None:
    session = dosed()
    assert session.baseline is not None
    odd = replace(session.baseline, values={Metric.MAP: 90.0})
    session = after(session, odd, pressure(minute(60)), pressure(minute(61)))
    assert state(PRESSURE, session, 62).missing == "a clinician decides"
