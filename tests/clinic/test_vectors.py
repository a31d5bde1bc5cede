"""The published examples of the area rule and of limits from a baseline, to the digit."""

from __future__ import annotations

import pytest

from devices.readings import SECOND, Metric
from monitor.clinic.alarms.auto_limits import Formula, auto_limits
from monitor.clinic.alarms.limits import Side
from monitor.clinic.alarms.rules import LimitRule
from monitor.clinic.priority import Priority
from tests.clinic.series import Series, engine, play, raised, spans


def area_rule(area: float, *, inclusive: bool = False) -> LimitRule:
    return LimitRule(Metric.SPO2, Side.LOW, 90, 0, 0, Priority.HIGH, area=area, inclusive=inclusive)


@pytest.mark.parametrize(
    ("values", "area", "inclusive", "onset_s"),
    [
        ([88.0] * 2 + [86.0] * 3 + [84.0] * 6, 50, False, 10 + 2 / 3),
        ([80.0] * 3 + [78.0] * 2, 50, False, 4 + 2 / 3),
        ([92.0, 89.0, 87.0, 87.0, 80.0], 20, True, 4 + 10 / 11),
    ],
)
def test_depth_times_duration_alarms_when_the_published_examples_do(
    values: Series, area: float, inclusive: bool, onset_s: float
) -> None:
    watched = engine(area_rule(area, inclusive=inclusive))
    (alarm,) = raised(play(watched, values) + watched.tick(len(values) * SECOND))
    assert alarm.onset / SECOND == pytest.approx(onset_s, abs=1e-5)


def test_a_value_at_the_limit_counts_only_where_the_comparator_says_so() -> None:
    at_limit = [90.0] * 60
    assert raised(play(engine(area_rule(50)), at_limit)) == []
    (alarm,) = raised(play(engine(area_rule(50, inclusive=True)), at_limit))
    assert alarm.onset == 50 * SECOND
    assert raised(play(engine(area_rule(50, inclusive=True)), [91.0] * 60)) == []


def test_back_in_range_the_area_falls_as_fast_as_it_grew() -> None:
    fall, pause = [85.0] * 8, [95.0] * 4
    (alarm,) = raised(play(engine(area_rule(50)), [*fall, *pause, *[85.0] * 10]))
    assert alarm.onset == (8 + 4 + 6) * SECOND, "40 of 50 grew in 8 s, 20 of them were left after 4 s"
    (after_a_long_pause,) = raised(play(engine(area_rule(50)), [*fall, *[95.0] * 8, *[85.0] * 12]))
    assert after_a_long_pause.onset == (8 + 8 + 10) * SECOND, "the area was not empty after as long as it took to fill"


@pytest.mark.parametrize(("apart_s", "alarms"), [(30, 1), (31, 0)])
def test_the_third_dip_within_a_minute_alarms_whatever_the_area(apart_s: int, alarms: int) -> None:
    dip = [89.0] + [95.0] * (apart_s - 1)
    assert len(raised(play(engine(area_rule(100)), [*dip, *dip, 89.0]))) == alarms


def test_a_gap_longer_than_five_seconds_empties_the_area() -> None:
    assert raised(play(engine(area_rule(50)), [*[85.0] * 9, *[None] * 6, *[85.0] * 10])) == []
    assert len(spans(play(engine(area_rule(50)), [*[85.0] * 9, *[None] * 5, 85.0, 85.0, 95.0]))) == 1


@pytest.mark.parametrize(
    ("formula", "baseline", "expected"),
    [
        (
            Formula.MINDRAY,
            {Metric.SYS: 130, Metric.DIA: 80, Metric.PR: 72},
            {Metric.SYS: (98, 150), Metric.DIA: (60, 101), Metric.PR: (58, 90)},
        ),
        (Formula.MINDRAY, {Metric.PR: 45}, {Metric.PR: (40, 56)}),
        (Formula.MINDRAY, {Metric.PR: 210}, {Metric.PR: (168, 240)}),
        (Formula.MINDRAY, {Metric.SYS: 45}, {Metric.SYS: (45, 77)}),
        (Formula.MINDRAY, {Metric.MAP: 97}, {Metric.MAP: (74, 118)}),
        (Formula.MINDRAY, {Metric.RR: 16}, {Metric.RR: (8, 24)}),
        (Formula.MINDRAY, {Metric.RR: 24}, {Metric.RR: (12, 30)}),
        (Formula.MINDRAY, {Metric.SPO2: 97}, {}),
        (Formula.DRAEGER, {Metric.SYS: 120, Metric.SPO2: 100}, {Metric.SYS: (96, 150), Metric.SPO2: (95, 100)}),
        (Formula.LIFEPAK_WIDE, {Metric.PR: 70, Metric.SPO2: 98}, {Metric.PR: (45, 110), Metric.SPO2: (93, 100)}),
        (Formula.LIFEPAK_WIDE, {Metric.SYS: 120, Metric.DIA: 80}, {Metric.SYS: (95, 155), Metric.DIA: (65, 95)}),
        (Formula.LIFEPAK_NARROW, {Metric.PR: 70, Metric.SYS: 120}, {Metric.PR: (50, 100), Metric.SYS: (110, 140)}),
        (Formula.LIFEPAK_NARROW, {Metric.DIA: 80}, {Metric.DIA: (65, 90)}),
        (Formula.LIFEPAK_WIDE, {Metric.PR: 85, Metric.SYS: 150, Metric.DIA: 95}, {}),
    ],
)
def test_limits_from_a_baseline_are_those_of_the_published_formula(
    formula: Formula, baseline: dict[Metric, float], expected: dict[Metric, tuple[int, int]]
) -> None:
    assert auto_limits(formula, baseline) == expected
