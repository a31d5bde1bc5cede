"""Limits that cannot work are refused at their place: by the check, in a protocol file, and in a nurse's form."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from devices.readings import METRICS, Metric
from monitor.clinic.alarms.checks import LimitProblem, check
from monitor.clinic.alarms.limits import MetricLimits, RateLimit, RelativeLimit, Side, SideLimit
from monitor.clinic.alarms.overrides import setting_of, with_overrides, written
from monitor.clinic.alarms.rules import LimitRule, rules
from monitor.clinic.priority import Priority
from monitor.config import SHIPPED_PROTOCOLS, ConfigError, load


def problem_with(metric: Metric, sides: MetricLimits) -> LimitProblem:
    with pytest.raises(LimitProblem) as problem:
        check({metric: sides})
    assert str(problem.value) == f"{problem.value.key}: {problem.value.problem}"
    return problem.value


@pytest.mark.parametrize(
    ("metric", "low", "high", "key"),
    [
        (Metric.SPO2, SideLimit(limit=101), None, "SpO2.low.limit"),
        (Metric.SPO2, SideLimit(limit=math.nan), None, "SpO2.low.limit"),
        (Metric.SPO2, SideLimit(limit=-math.inf), None, "SpO2.low.limit"),
        (Metric.SPO2, SideLimit(limit=90, delay_s=61), None, "SpO2.low.delay_s"),
        (Metric.SPO2, SideLimit(limit=90, delay_s=-1), None, "SpO2.low.delay_s"),
        (Metric.SPO2, SideLimit(limit=90, delay_s=math.nan), None, "SpO2.low.delay_s"),
        (Metric.SPO2, SideLimit(limit=90, hysteresis=-1), None, "SpO2.low.hysteresis"),
        (Metric.SPO2, SideLimit(limit=90, hysteresis=math.inf), None, "SpO2.low.hysteresis"),
        (Metric.SPO2, SideLimit(limit=90, severe=90), None, "SpO2.low.severe"),
        (Metric.SPO2, SideLimit(limit=90, severe=95), None, "SpO2.low.severe"),
        (Metric.SPO2, SideLimit(limit=90, severe=math.nan), None, "SpO2.low.severe"),
        (Metric.SYS, None, SideLimit(limit=160, severe=150), "SYS.high.severe"),
        (Metric.PR, SideLimit(limit=120), SideLimit(limit=50), "PR.low.limit"),
        (Metric.PR, SideLimit(limit=50), SideLimit(limit=50), "PR.low.limit"),
        (Metric.PR, SideLimit(limit=120, hysteresis=2), SideLimit(limit=50, hysteresis=2), "PR.low.limit"),
        (Metric.SPO2, SideLimit(limit=90, severe=85, severe_points=5), None, "SpO2.low.severe"),
        (Metric.SPO2, SideLimit(limit=90, severe_points=0), None, "SpO2.low.severe_points"),
        (Metric.SPO2, SideLimit(limit=90, severe_points=-5), None, "SpO2.low.severe_points"),
        (Metric.SPO2, SideLimit(limit=90, severe_points=95), None, "SpO2.low.severe_points"),
        (Metric.SPO2, SideLimit(limit=90, severe=85, severe_delay_s=61), None, "SpO2.low.severe_delay_s"),
        (Metric.SPO2, SideLimit(limit=90, comparator=">"), None, "SpO2.low.comparator"),
        (Metric.SPO2, SideLimit(limit=90, comparator=">="), None, "SpO2.low.comparator"),
        (Metric.PR, None, SideLimit(limit=120, comparator="<="), "PR.high.comparator"),
        (Metric.SPO2, SideLimit(limit=90, area=40), None, "SpO2.low.area"),
        (Metric.SPO2, SideLimit(limit=90, area=0), None, "SpO2.low.area"),
        (Metric.SPO2, SideLimit(limit=90, area=math.nan), None, "SpO2.low.area"),
        (Metric.SPO2, SideLimit(limit=90, area=50, delay_s=15), None, "SpO2.low.area"),
        (Metric.SYS, None, SideLimit(limit=160, area=50), "SYS.high.area"),
        (Metric.SYS, None, SideLimit(limit=160, readings=0), "SYS.high.readings"),
        (Metric.SYS, None, SideLimit(limit=160, readings=4), "SYS.high.readings"),
        (Metric.SPO2, SideLimit(limit=90, readings=2), None, "SpO2.low.readings"),
        (Metric.SPO2, SideLimit(limit=90, guard=(91, 95)), None, "SpO2.low.guard"),
        (Metric.SPO2, SideLimit(limit=90, guard=(95, 85)), None, "SpO2.low.guard"),
        (Metric.SPO2, SideLimit(limit=90, guard=(85, 101)), None, "SpO2.low.guard"),
        (Metric.SYS, None, SideLimit(limit=160, baseline=RelativeLimit()), "SYS.high.baseline"),
        (Metric.SYS, None, SideLimit(limit=160, baseline=RelativeLimit(percent=0)), "SYS.high.baseline.percent"),
        (Metric.SYS, None, SideLimit(limit=160, baseline=RelativeLimit(percent=101)), "SYS.high.baseline.percent"),
        (Metric.SYS, None, SideLimit(limit=160, baseline=RelativeLimit(points=-20)), "SYS.high.baseline.points"),
        (Metric.SYS, None, SideLimit(limit=160, baseline=RelativeLimit(points=math.inf)), "SYS.high.baseline.points"),
        (
            Metric.SYS,
            None,
            SideLimit(limit=160, baseline=RelativeLimit(points=20, readings=4)),
            "SYS.high.baseline.readings",
        ),
        (
            Metric.SPO2,
            SideLimit(limit=90, baseline=RelativeLimit(points=4, readings=2)),
            None,
            "SpO2.low.baseline.readings",
        ),
        (
            Metric.SPO2,
            SideLimit(limit=90, baseline=RelativeLimit(points=4, delay_s=61)),
            None,
            "SpO2.low.baseline.delay_s",
        ),
        (Metric.SYS, None, SideLimit(limit=160, rate=RateLimit(points=20, within_s=60)), "SYS.high.rate"),
        (Metric.PR, None, SideLimit(limit=120, rate=RateLimit(points=0, within_s=60)), "PR.high.rate.points"),
        (Metric.PR, None, SideLimit(limit=120, rate=RateLimit(points=20, within_s=0)), "PR.high.rate.within_s"),
        (Metric.PR, None, SideLimit(limit=120, rate=RateLimit(points=20, within_s=601)), "PR.high.rate.within_s"),
        (
            Metric.PR,
            None,
            SideLimit(limit=120, rate=RateLimit(points=20, within_s=60, delay_s=61)),
            "PR.high.rate.delay_s",
        ),
    ],
)
def test_limits_that_cannot_work_are_refused_by_their_key(
    metric: Metric, low: SideLimit | None, high: SideLimit | None, key: str
) -> None:
    assert problem_with(metric, MetricLimits(low, high)).key == key


@pytest.mark.parametrize("severe", [-math.inf, 0.5, -85])
def test_a_severe_limit_that_no_patient_can_reach_is_refused(severe: float) -> None:
    limits = MetricLimits(SideLimit(limit=90, severe=severe))
    assert problem_with(Metric.SPO2, limits).key == "SpO2.low.severe"


@pytest.mark.parametrize(
    ("metric", "sides"),
    [
        (Metric.SPO2, MetricLimits(low=SideLimit(limit=90, hysteresis=11))),
        (Metric.PR, MetricLimits(high=SideLimit(limit=120, hysteresis=110))),
        (Metric.PR, MetricLimits(low=SideLimit(limit=50, hysteresis=80), high=SideLimit(limit=120))),
    ],
)
def test_a_hysteresis_that_leaves_no_value_to_clear_the_alarm_is_refused(metric: Metric, sides: MetricLimits) -> None:
    assert problem_with(metric, sides).key.endswith(".hysteresis")


@pytest.mark.parametrize(
    ("metric", "stuck_s"),
    [(Metric.PR, 59), (Metric.PR, 3601), (Metric.PR, math.nan), (Metric.SYS, 600)],
)
def test_a_time_after_which_a_value_is_stuck_must_be_one(metric: Metric, stuck_s: float) -> None:
    assert problem_with(metric, MetricLimits(stuck_s=stuck_s)).key == f"{metric}.stuck_s"


@pytest.mark.parametrize(
    ("sides", "words"),
    [
        (MetricLimits(SideLimit(limit=95), SideLimit(limit=90)), ["95", "crosses the high limit 90", "below high"]),
        (MetricLimits(SideLimit(limit=90, delay_s=90)), ["90 is not allowed", "0 to 60 s"]),
        (MetricLimits(SideLimit(limit=90, severe=92)), ["92 must lie below the limit 90"]),
        (MetricLimits(SideLimit(limit=90, comparator=">")), ['">" is not allowed', "< or <="]),
        (MetricLimits(SideLimit(limit=90, area=40)), ["40 is not allowed", "10, 25, 50, 100"]),
        (MetricLimits(SideLimit(limit=90, guard=(91, 95))), ["91 to 95 must hold the limit 90"]),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_is_allowed(sides: MetricLimits, words: list[str]) -> None:
    problem = problem_with(Metric.SPO2, sides).problem
    assert [word for word in words if word not in problem] == []


@given(
    limit=st.integers(60, 100),
    hysteresis=st.floats(0, 60),
    high=st.none() | st.integers(80, 100),
    severe_points=st.none() | st.integers(1, 20),
)
def test_every_alarm_that_the_check_lets_through_can_end(
    limit: int, hysteresis: float, high: int | None, severe_points: int | None
) -> None:
    low_side = SideLimit(limit=limit, hysteresis=hysteresis, severe_points=severe_points)
    limits = {Metric.SPO2: MetricLimits(low_side, None if high is None else SideLimit(limit=high))}
    try:
        check(limits)
    except LimitProblem:
        assume(False)
    well = METRICS[Metric.SPO2].highest if high is None else high
    for rule in rules(limits):
        assert isinstance(rule, LimitRule)
        assert rule.side is Side.HIGH or rule.clears(well)


# ---- in a protocol file

PROTOCOL = (SHIPPED_PROTOCOLS / "esketamine_us.toml").read_text("utf-8").replace('"esketamine_us"', '"ours"', 1)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("[limits.SpO2]", "[limits.SpO3]", ["limits.SpO3: ", "SpO2"]),
        (
            'severe_until = "limit"',
            'severe_untill = "limit"',
            ["limits.SpO2.low.severe_untill: ", "did you mean severe_until?"],
        ),
        (
            'severe_until = "limit"',
            'severe_until = "well"',
            ["limits.SpO2.low.severe_until: ", '"well"', "severe, limit"],
        ),
        ("readings = 2", "reading = 2", ["limits.SYS.high.baseline.reading: ", "did you mean readings?"]),
        ("stuck_s = 600", "stuck = 600", ["limits.PR.stuck: ", "did you mean stuck_s?"]),
        ("stuck_s = 600", "stuck_s = 6", ["limits.PR.stuck_s: ", "60 to 3600 s"]),
        ("area = 50", "area = 40", ["limits.SpO2.low.area: ", "10, 25, 50, 100"]),
        ("area = 50", "area = 50, delay_s = 15", ["limits.SpO2.low.area: ", "takes the place of delay_s"]),
        ("area = 50", 'area = 50, comparator = "=<"', ["limits.SpO2.low.comparator: ", '"=<"']),
        ("area = 50", 'area = 50, comparator = ">="', ["limits.SpO2.low.comparator: ", "< or <="]),
        ("guard = [86, 95]", "guard = [91, 95]", ["limits.SpO2.low.guard: ", "must hold the limit 90"]),
        ("guard = [86, 95]", "guard = [86]", ["limits.SpO2.low.guard: "]),
        ("percent = 30, points = 40", "", ["limits.SYS.high.baseline: "]),
        ("severe = 180", "severe = 150", ["limits.SYS.high.severe: ", "above the limit 160"]),
    ],
)
def test_a_mistake_in_a_protocol_is_told_with_its_file_and_its_place(
    tmp_path: Path, old: str, new: str, told: list[str]
) -> None:
    assert old in PROTOCOL
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "ours.toml").write_text(PROTOCOL.replace(old, new, 1).replace("{ , ", "{ "), "utf-8")
    config = tmp_path / "clinic.toml"
    rooms = '[[rooms]]\nid = "1"\nname = "Room 1"\ndevices = []\n'
    config.write_text(f'protocols = "ours"\n[clinic]\nname = "North"\n{rooms}', "utf-8")
    with pytest.raises(ConfigError) as error:
        load(config)
    assert str(error.value).startswith(f"{folder / 'ours.toml'}: ")
    assert [word for word in told if word not in str(error.value)] == []


# ---- single settings, as typed or from a form

LIMITS = {
    Metric.SPO2: MetricLimits(low=SideLimit(limit=90, delay_s=15, severe=85, hysteresis=1)),
    Metric.SYS: MetricLimits(high=SideLimit(limit=160)),
}


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("SpO3.low=90", "SpO3.low"),
        ("SpO2=90", "SpO2"),
        ("SpO2.left=90", "SpO2.left"),
        ("SpO2.low.colour=1", "SpO2.low.colour"),
        ("SpO2.low.delay.s=1", "SpO2.low.delay.s"),
        ("", ""),
        ("SpO2.low=ninety", "SpO2.low"),
        ("SpO2.low=", "SpO2.low"),
        ("SpO2.low.delay=61", "SpO2.low.delay_s"),
        ("SpO2.low.priority=urgent", "SpO2.low.priority"),
        ("SpO2.low.comparator=>", "SpO2.low.comparator"),
        ("SpO2.low.comparator==<", "SpO2.low.comparator"),
        ("SpO2.low=nan", "SpO2.low.limit"),
        ("SpO2.low=80", "SpO2.low.severe"),
        ("SYS.high.readings=1.5", "SYS.high.readings"),
        ("PR.low.delay=5", "PR.low.delay"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_its_key(typed: str, key: str) -> None:
    with pytest.raises(LimitProblem) as problem:
        with_overrides(LIMITS, written([typed]))
    assert problem.value.key == key


def test_settings_are_put_in_together_and_the_rest_stays() -> None:
    typed = ["SpO2.low=92", "SpO2.low.priority=low", "SYS.high.readings=2", "SpO2.low.comparator=<=", "PR.low=45"]
    found = with_overrides(LIMITS, written(typed))
    low = found[Metric.SPO2].low
    assert low is not None
    assert (low.limit, low.priority, low.comparator, low.delay_s, low.severe) == (92, Priority.LOW, "<=", 15, 85)
    assert (setting_of(found, "SYS.high.readings"), setting_of(found, "PR.low")) == (2, 45)
    assert setting_of(LIMITS, "SpO2.low") == 90, "the profile itself was changed"


@pytest.mark.parametrize(
    ("settings", "delay", "area"),
    [
        ({"SpO2.low.area": 50.0}, 0, 50),
        ({"SpO2.low.area": 50.0, "SpO2.low.delay": 0.0}, 0, 50),
        ({"SpO2.low.delay": 0.0, "SpO2.low.area": 50.0}, 0, 50),
        ({"SpO2.low.area": None}, 15, None),
    ],
)
def test_an_area_and_a_delay_take_each_others_place(
    settings: dict[str, float | str | None], delay: float, area: float | None
) -> None:
    found = with_overrides(LIMITS, settings)
    assert (setting_of(found, "SpO2.low.delay"), setting_of(found, "SpO2.low.area")) == (delay, area)


@pytest.mark.parametrize("delay", [0.0, 10.0])
def test_a_delay_that_is_given_alone_takes_an_area_away_also_one_of_nothing(delay: float) -> None:
    by_area = with_overrides(LIMITS, {"SpO2.low.area": 50.0})
    found = with_overrides(by_area, {"SpO2.low.delay": delay})
    assert (setting_of(found, "SpO2.low.delay"), setting_of(found, "SpO2.low.area")) == (delay, None)


def test_a_delay_and_an_area_at_once_are_refused() -> None:
    with pytest.raises(LimitProblem, match="give one of them"):
        with_overrides(LIMITS, {"SpO2.low.area": 50.0, "SpO2.low.delay": 10.0})


@pytest.mark.parametrize("metric", [Metric.CUFF, Metric.PLETH])
def test_a_limit_that_would_never_alarm_is_refused(metric: Metric) -> None:
    with pytest.raises(LimitProblem, match="has no alarms"):
        check({metric: MetricLimits(high=SideLimit(limit=100))})


def test_a_limit_cannot_be_taken_away_by_leaving_it_out() -> None:
    with pytest.raises(LimitProblem, match="switch the alarm off"):
        with_overrides(LIMITS, {"SpO2.low": None})


def test_a_word_is_no_number_to_read() -> None:
    with pytest.raises(LimitProblem) as problem:
        setting_of(LIMITS, "SpO2.low.priority")
    assert problem.value.key == "SpO2.low.priority"
    assert setting_of(LIMITS, "PR.low") is None
