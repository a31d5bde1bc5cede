"""Simulated patients and their devices: what a tester sees must be what the story says."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.adapter import ProtocolInfo, Vitals
from devices.readings import METRICS, SECOND, Condition, ConditionKind, Metric, Numeric, Quality, Reading, Waveform
from devices.registry import PROTOCOLS
from devices.simulation.patient import DESATURATION_FROM_S, PEAK_S, STORIES, Patient, Trouble
from devices.simulation.scenario import ImpossibleStep, Scenario, ScriptedPatient, Step, check
from monitor.shaping import Misshapen, shape
from tests.devices.captures import AT, numerics, samples

SEEDS = range(20)
OXIMETERS = [info for info in PROTOCOLS.values() if info.kind == "oximeter"]
WAVES = [info for info in OXIMETERS if info.name != "nonin_df8"]


def dosed(seed: int, story: str = "calm", at: float = 0.0) -> Patient:
    patient = Patient(seed, story)
    patient.dose_at = at
    return patient


def mean_of(patient: Patient, name: str, start: float, seconds: float = 240) -> float:
    """The mean over so long that drift and breath cancel out."""
    values: list[float] = [getattr(patient.vitals(start + second), name) for second in range(int(seconds))]
    return sum(values) / len(values)


def beats(wave: Sequence[float], rate_hz: float) -> int:
    """Systolic peaks: the highest points that are well above the wave's middle and 0.25 s apart."""
    middle = (max(wave) + min(wave)) / 2
    apart = int(rate_hz / 4)
    found, last = 0, -apart
    for place, value in enumerate(wave):
        around = wave[max(0, place - apart // 2) : place + apart // 2 + 1]
        if value > middle and value == max(around) and place - last >= apart:
            found, last = found + 1, place
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_the_pulse_wave_beats_at_the_pulse_rate(seed: int) -> None:
    patient = Patient(seed)
    vitals = [patient.vitals(place / 75) for place in range(75 * 60)]
    assert all(0 <= each.pleth <= 1 for each in vitals)
    rate = sum(each.pr for each in vitals) / len(vitals)
    assert beats([each.pleth for each in vitals], 75) == pytest.approx(rate, abs=1.5)


@pytest.mark.parametrize("info", WAVES, ids=lambda info: info.name)
def test_the_wave_that_a_device_sends_beats_at_the_rate_that_it_shows(info: ProtocolInfo) -> None:
    patient = Patient(3)
    readings = over(info, patient.vitals, seconds=60)
    shown = [value for value in numerics(readings, Metric.PR) if value is not None]
    rate = next(each.rate_hz for each in readings if isinstance(each, Waveform))
    assert len(samples(readings)) == pytest.approx(60 * rate, rel=0.02)
    assert beats(samples(readings), rate) == pytest.approx(sum(shown) / len(shown), abs=2)


def test_several_devices_on_one_patient_do_not_make_the_heart_beat_faster() -> None:
    patient = Patient(1)
    wave = []
    for place in range(75 * 60):
        wave.append(patient.vitals(place / 75).pleth)
        patient.vitals(place / 75)
        patient.vitals(place / 75 - 0.04)
    assert beats(wave, 75) == pytest.approx(mean_of(Patient(1), "pr", 0, 60), abs=2)


@pytest.mark.parametrize("story", STORIES)
@pytest.mark.parametrize("seed", SEEDS)
def test_pressure_rises_to_its_peak_at_forty_minutes_and_comes_back(seed: int, story: str) -> None:
    rises = {at: mean_of(dosed(seed, story), "sys", at) - mean_of(Patient(seed, story), "sys", at) for at in AFTER_DOSE}
    before, early, peak, late, over_ = rises.values()
    assert before == pytest.approx(0, abs=0.01)
    assert abs(early) < abs(peak)
    assert abs(late) < abs(peak)
    assert abs(over_) < 0.2 * abs(peak)
    if story == "reactive":
        assert peak > 15


AFTER_DOSE = (0, 10 * 60, 4 * 60 + PEAK_S, 80 * 60, 120 * 60)


def test_without_a_dose_nothing_rises() -> None:
    patient = Patient(5, "reactive")
    assert mean_of(patient, "sys", 0) == pytest.approx(mean_of(patient, "sys", 3600), abs=3)


def test_pressures_are_those_of_a_heart() -> None:
    for seed in SEEDS:
        for story in STORIES:
            patient = dosed(seed, story)
            for at in range(0, 7200, 60):
                vitals = patient.vitals(at)
                assert 40 < vitals.dia < vitals.map < vitals.sys < 220
                assert vitals.map == pytest.approx(vitals.dia + (vitals.sys - vitals.dia) / 3)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_desaturation_story_falls_below_ninety_for_long_enough_to_alarm_and_recovers(seed: int) -> None:
    patient = dosed(seed, "desaturation")
    spo2 = [patient.vitals(float(second)).spo2 for second in range(int(DESATURATION_FROM_S) + 300)]
    low = [second for second, value in enumerate(spo2) if value < 90]
    assert min(spo2[: int(DESATURATION_FROM_S)]) > 93
    assert len(low) > 30
    assert low == list(range(low[0], low[-1] + 1)), "saturation wavered around the limit"
    assert min(spo2) > 78
    assert spo2[-1] > 93


@pytest.mark.parametrize("seed", SEEDS)
def test_a_calm_patient_gives_no_alarm_of_saturation(seed: int) -> None:
    patient = dosed(seed)
    assert min(patient.vitals(float(second)).spo2 for second in range(0, 7200, 5)) > 92


@pytest.mark.parametrize(
    ("trouble", "name", "least", "most"),
    [
        (Trouble.TACHYCARDIA, "pr", 121, 200),
        (Trouble.BRADYCARDIA, "pr", 20, 49.9),
        (Trouble.HYPERTENSION, "sys", 161, 260),
        (Trouble.WEAK_PULSE, "pi", 0.01, 0.29),
    ],
)
def test_a_trouble_takes_a_value_beyond_its_alarm_limit_until_it_is_ended(
    trouble: Trouble, name: str, least: float, most: float
) -> None:
    patient = Patient(1)
    well = getattr(patient.vitals(0.0), name)
    patient.trouble(trouble, True, 0.0)
    assert all(least <= getattr(patient.vitals(float(second)), name) <= most for second in range(120))
    patient.trouble(trouble, False, 120.0)
    assert getattr(patient.vitals(0.0), name) == pytest.approx(well, abs=3)


def test_stuck_numbers_stand_still_while_the_pulse_goes_on() -> None:
    patient = Patient(1)
    patient.trouble(Trouble.STUCK, True, 0.0)
    felt = [patient.vitals(second / 10) for second in range(600)]
    assert len({(each.spo2, each.pr, each.pi) for each in felt}) == 1
    assert len({each.pleth for each in felt}) > 100
    patient.trouble(Trouble.STUCK, False, 60.0)
    assert len({patient.vitals(60.0 + second).pr for second in range(60)}) > 10


def test_a_fall_can_be_set_off_by_hand_and_taken_back() -> None:
    patient = Patient(1)
    well = patient.vitals(0).spo2
    patient.trouble(Trouble.DESATURATION, True, 0.0)
    assert patient.vitals(60).spo2 < well - 8
    patient.trouble(Trouble.DESATURATION, False, 0.0)
    assert patient.vitals(61).spo2 > 93


def test_the_same_seed_is_the_same_patient_and_another_one_is_not() -> None:
    def hour(seed: int) -> list[Vitals]:
        patient = dosed(seed, "desaturation")
        return [patient.vitals(at / 3) for at in range(600)]

    assert hour(7) == hour(7)
    assert hour(7) != hour(8)


@given(seed=st.integers(), story=st.sampled_from(list(STORIES)), at=st.floats(0, 1e6), dose=st.floats(0, 1e6))
@settings(max_examples=200)
def test_at_any_time_every_patient_is_alive(seed: int, story: str, at: float, dose: float) -> None:
    vitals = dosed(seed, story, dose).vitals(at)
    assert all(math.isfinite(value) for value in (vitals.pr, vitals.sys, vitals.dia, vitals.pleth))
    assert METRICS[Metric.PR].lowest < vitals.pr < METRICS[Metric.PR].highest
    assert 60 < vitals.spo2 <= 100
    assert vitals.pi > 0


def over(info: ProtocolInfo, vitals_at: object, seconds: float, start: float = 0.0) -> list[Reading]:
    """What the real decoder reads from the protocol's emulator on a patient."""
    assert callable(vitals_at)
    emulator, decoder = info.emulator(), info.decoder("device", Quality.SIMULATED)
    readings: list[Reading] = []
    for step in range(int(seconds * emulator.rate_hz)):
        at = start + step / emulator.rate_hz
        now = AT + round(at * SECOND)
        readings += decoder.feed(emulator.receive(decoder.due(now)) + emulator.step(vitals_at(at)), now)
    return readings


@pytest.mark.parametrize("info", OXIMETERS, ids=lambda info: info.name)
def test_a_sensor_that_falls_off_is_told_and_shows_no_number_as_of_now(info: ProtocolInfo) -> None:
    patient = Patient(1)
    emulator, decoder = info.emulator(), info.decoder("device", Quality.SIMULATED)

    def second(number: int) -> list[Reading]:
        readings: list[Reading] = []
        for step in range(round(emulator.rate_hz)):
            at = number + step / emulator.rate_hz
            now = AT + round(at * SECOND)
            readings += decoder.feed(emulator.receive(decoder.due(now)) + emulator.step(patient.vitals(at)), now)
        return readings

    on = [reading for number in range(5) for reading in second(number)]
    patient.attached = False
    off = [reading for number in range(5, 10) for reading in second(number)]
    patient.attached = True
    again = [reading for number in range(10, 15) for reading in second(number)]
    assert live_values(on, Metric.SPO2)
    assert state(on, ConditionKind.SENSOR_OFF) is False
    assert state(off, ConditionKind.SENSOR_OFF) is True
    after_the_fall = off[len(off) // 4 :]
    assert live_values(after_the_fall, Metric.SPO2) == live_values(after_the_fall, Metric.PR) == []
    assert state(again, ConditionKind.SENSOR_OFF) is False
    assert live_values(again, Metric.SPO2)


def live_values(readings: Sequence[Reading], metric: Metric) -> list[float]:
    old = Quality.HELD | Quality.STORED | Quality.PARTIAL
    return [
        each.value
        for each in readings
        if isinstance(each, Numeric) and each.metric is metric and each.value is not None and not each.quality & old
    ]


def state(readings: Sequence[Reading], kind: ConditionKind) -> bool:
    return [each.active for each in readings if isinstance(each, Condition) and each.kind is kind][-1]


def test_a_scenario_sets_values_from_its_times_on_and_gives_them_back() -> None:
    steps = [Step(10, spo2=86, sys=180), Step(20, attached=False), Step(30, release=True, pr=40)]
    patient, free = ScriptedPatient(Scenario(step=steps), 1), ScriptedPatient(Scenario(), 1)
    played = {at: (patient.vitals(1000 + at), free.vitals(1000 + at)) for at in (0, 9.9, 10, 25, 30)}
    assert played[0][0] == played[0][1]
    assert played[9.9][0].spo2 == played[9.9][1].spo2
    forced, own = played[10]
    assert (forced.spo2, forced.sys, forced.dia) == (86, 180, own.dia)
    assert forced.map == pytest.approx(own.dia + (180 - own.dia) / 3)
    assert (played[25][0].attached, played[25][0].spo2) == (False, 86)
    released, own = played[30]
    assert (released.attached, released.spo2, released.sys, released.pr) == (True, own.spo2, own.sys, 40)


def test_steps_act_in_the_order_of_their_times_not_of_their_lines() -> None:
    patient = ScriptedPatient(Scenario(step=[Step(20, spo2=80), Step(10, spo2=90)]), 1)
    patient.vitals(0)
    assert (patient.vitals(15).spo2, patient.vitals(25).spo2) == (90, 80)


def test_the_dose_of_a_scenario_acts_from_its_time() -> None:
    patient = ScriptedPatient(Scenario("reactive", dose_at_s=60), 1)
    plain = ScriptedPatient(Scenario("reactive"), 1)
    assert patient.vitals(500).sys == plain.vitals(500).sys
    assert patient.vitals(500 + 60 + 44 * 60).sys > plain.vitals(500 + 60 + 44 * 60).sys + 15


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('story = "exciting"', "story"),
        ("storry = 1", "storry"),
        ('dose_at_s = "soon"', "dose_at_s"),
        ("step = 5", "step"),
        ("[[step]]\nspo2 = 86", "step[0].at_s"),
        ("[[step]]\nat_s = 1\n[[step]]\nat_s = 2\nspo2 = 'low'", "step[1].spo2"),
        ("[[step]]\nat_s = 1\nsp02 = 86", "step[0].sp02"),
        ("[[step]]\nat_s = 1\nattached = 0", "step[0].attached"),
    ],
)
def test_a_mistake_in_a_scenario_is_named_by_its_key(text: str, key: str) -> None:
    with pytest.raises(Misshapen) as problem:
        shape(tomllib.loads(text), Scenario)
    assert problem.value.key == key


@pytest.mark.parametrize(
    ("name", "value"), [("spo2", 300), ("spo2", -1), ("sys", -20), ("pr", 1000), ("dia", math.nan)]
)
def test_a_scenario_that_no_body_can_play_is_named_by_its_key(name: str, value: float) -> None:
    with pytest.raises(ImpossibleStep, match=rf"step\[1\]\.{name}: .* allowed is"):
        check(Scenario(step=[Step(0, spo2=90), msgspec.structs.replace(Step(1), **{name: value})]))


@pytest.mark.parametrize("info", PROTOCOLS.values(), ids=PROTOCOLS)
@pytest.mark.parametrize("side", ["lowest", "highest"])
def test_an_emulator_can_send_all_that_a_scenario_may_ask_for(info: ProtocolInfo, side: str) -> None:
    spo2, pr, pi, sys, dia, mean = (
        getattr(METRICS[metric], side)
        for metric in (Metric.SPO2, Metric.PR, Metric.PI, Metric.SYS, Metric.DIA, Metric.MAP)
    )
    emulator = info.emulator()
    for attached in (True, False, True):
        for _ in range(round(3 * emulator.rate_hz)):
            emulator.step(Vitals(spo2, pr, pi, sys, dia, mean, attached=attached))


@pytest.mark.parametrize("info", OXIMETERS, ids=lambda info: info.name)
def test_a_probe_that_no_pulse_reaches_searches_and_gives_no_value_of_now(info: ProtocolInfo) -> None:
    """Below a squeezing cuff the sensor is on the finger, and there is nothing for it to measure."""
    emulator, decoder = info.emulator(), info.decoder("oximeter", Quality.OK)
    emulator.receive(decoder.due(AT))
    steps = round(12 * emulator.rate_hz)
    list(decoder.feed(b"".join(emulator.step(Vitals()) for _ in range(steps)), AT))
    none = list(decoder.feed(b"".join(emulator.step(Vitals(pulse=False, pleth=0)) for _ in range(steps)), AT + SECOND))
    states = {(each.kind, each.active) for each in none if isinstance(each, Condition)}
    assert (ConditionKind.SEARCHING, True) in states
    assert (ConditionKind.SENSOR_OFF, True) not in states
    last = [each for each in none if isinstance(each, Numeric) and each.metric is Metric.SPO2][-1]
    assert last.value is None
