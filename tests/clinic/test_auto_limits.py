"""Limits made from a patient's baseline: the published formulas, to the digit."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.readings import Metric
from monitor.clinic.alarms.auto_limits import Formula, auto_limits


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


PUBLISHED_SHARES = [(Metric.PR, 72), (Metric.SYS, 130), (Metric.DIA, 80), (Metric.MAP, 97), (Metric.RR, 16)]


@pytest.mark.parametrize(("metric", "value"), PUBLISHED_SHARES)
def test_one_maker_offers_a_fifth_below_and_a_quarter_above_of_everything(metric: Metric, value: float) -> None:
    assert auto_limits(Formula.DRAEGER, {metric: value}) == {metric: (round(value * 0.8), round(value * 1.25))}


@pytest.mark.parametrize(
    ("metric", "value", "expected"),
    [
        (Metric.PR, 50, (40, 62)),
        (Metric.PR, 49, (40, 61)),
        (Metric.PR, 192, (154, 240)),
        (Metric.PR, 193, (154, 240)),
        (Metric.SYS, 52, (45, 83)),
        (Metric.SYS, 270, (194, 270)),
        (Metric.DIA, 27, (25, 55)),
        (Metric.DIA, 230, (162, 225)),
        (Metric.MAP, 30, (30, 61)),
        (Metric.MAP, 240, (171, 230)),
        (Metric.RR, 11, (6, 16)),
        (Metric.RR, 20, (10, 30)),
        (Metric.RR, 21, (10, 30)),
    ],
)
def test_a_formula_stops_at_its_published_bounds(metric: Metric, value: float, expected: tuple[int, int]) -> None:
    assert auto_limits(Formula.MINDRAY, {metric: value}) == {metric: expected}


@pytest.mark.parametrize(
    ("metric", "lowest", "highest", "wide", "narrow"),
    [
        (Metric.PR, 60, 79, (-25, 40), (-20, 30)),
        (Metric.SYS, 115, 140, (-25, 35), (-10, 20)),
        (Metric.DIA, 65, 90, (-15, 15), (-15, 10)),
    ],
)
def test_points_are_offered_only_where_they_are_published(
    metric: Metric, lowest: int, highest: int, wide: tuple[int, int], narrow: tuple[int, int]
) -> None:
    for formula, (low, high) in ((Formula.LIFEPAK_WIDE, wide), (Formula.LIFEPAK_NARROW, narrow)):
        for value in (lowest, highest):
            assert auto_limits(formula, {metric: value}) == {metric: (value + low, value + high)}
        for value in (lowest - 1, highest + 1):
            assert auto_limits(formula, {metric: value}) == {}


@pytest.mark.parametrize("formula", [Formula.LIFEPAK_WIDE, Formula.LIFEPAK_NARROW])
@pytest.mark.parametrize(("value", "high"), [(90, 93), (97, 100), (99, 100)])
def test_saturation_is_five_below_and_three_above_but_never_above_a_hundred(
    formula: Formula, value: float, high: int
) -> None:
    assert auto_limits(formula, {Metric.SPO2: value}) == {Metric.SPO2: (round(value) - 5, high)}


@pytest.mark.parametrize("formula", Formula)
def test_nothing_is_offered_without_a_baseline(formula: Formula) -> None:
    assert auto_limits(formula, {}) == {}


@given(
    formula=st.sampled_from(Formula),
    pressure=st.floats(80, 200),
    pulse=st.floats(45, 140),
    saturation=st.floats(88, 100),
)
def test_the_patients_own_values_lie_between_the_limits_that_are_offered(
    formula: Formula, pressure: float, pulse: float, saturation: float
) -> None:
    baseline = {Metric.SYS: pressure, Metric.DIA: pressure * 0.6, Metric.PR: pulse, Metric.SPO2: saturation}
    for metric, (low, high) in auto_limits(formula, baseline).items():
        assert low < baseline[metric] <= high
