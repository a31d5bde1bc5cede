"""Other limits over recorded values: what would have alarmed, and of which severe episode nobody would have heard."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given

from devices.readings import SECOND, Metric, Quality
from monitor.clinic.alarms.checks import LimitProblem
from monitor.clinic.alarms.limits import MetricLimits, Side, SideLimit
from monitor.clinic.alarms.overrides import Setting
from monitor.clinic.alarms.policy import NOTHING_SPECIAL
from monitor.clinic.alarms.trial import Recorded
from monitor.clinic.alarms.what_if import Limits, Trial, changes, severe_episodes, try_limits, with_trial
from monitor.clinic.priority import Priority
from tests.clinic.series import HOLD_S, runs, spread

LOW = SideLimit(limit=90, delay_s=15, severe=85, priority=Priority.HIGH)
PROFILE = {
    Metric.SPO2: MetricLimits(low=LOW),
    Metric.SYS: MetricLimits(low=SideLimit(limit=90), high=SideLimit(limit=160, severe=180)),
}


def streamed(values: Sequence[float | None]) -> list[Recorded]:
    return [Recorded(second * SECOND, Metric.SPO2, value) for second, value in enumerate(values)]


def readings(*values: float) -> list[Recorded]:
    """A systolic pressure every ten minutes, each measured a second before it came."""
    return [
        Recorded(at, Metric.SYS, value, measured_at=at - SECOND)
        for at, value in ((600 * SECOND * number, value) for number, value in enumerate(values, 1))
    ]


def tried(values: list[Recorded], **settings: Setting) -> Trial:
    others = with_trial(PROFILE, {key.replace("_", "."): value for key, value in settings.items()})
    return try_limits(values, 3600 * SECOND, PROFILE, others, None, NOTHING_SPECIAL)


def spans(values: Sequence[float | None], limits: Limits = PROFILE) -> list[tuple[float, float, float]]:
    return [(each.start / SECOND, each.end / SECOND, each.worst) for each in severe_episodes(streamed(values), limits)]


def test_ten_seconds_below_the_severe_limit_are_severe_and_nine_are_not() -> None:
    assert spans([97, *[84] * 9, 97]) == []
    assert spans([97, *[84] * 5, 83, *[84] * 4, 97]) == [(1, 11, 83)]


def test_a_value_at_the_severe_limit_is_not_beyond_it() -> None:
    assert spans([*[85.0] * 60]) == []


def test_a_short_hole_interrupts_no_severe_episode_and_a_long_one_ends_it_where_it_began() -> None:
    assert spans([*[84] * 6, *[None] * 5, *[84] * 6, 97]) == [(0, 17, 84)]
    assert spans([*[84] * 12, *[None] * 20, *[84] * 9, 97]) == [(0, 12, 84)]


def test_a_held_value_says_nothing_of_now() -> None:
    held = [Recorded(second * SECOND, Metric.SPO2, 80.0, Quality.HELD) for second in range(60)]
    assert severe_episodes(held, PROFILE) == []


def test_each_cuff_reading_beyond_the_severe_limit_is_severe_and_one_that_is_sent_again_is_not() -> None:
    values = readings(185, 150, 190)
    again = Recorded(values[2].at + SECOND, Metric.SYS, 190, measured_at=values[2].measured_at)
    found = severe_episodes([*values, again], PROFILE)
    assert [(each.start // (600 * SECOND), each.side, each.worst) for each in found] == [
        (1, Side.HIGH, 185),
        (3, Side.HIGH, 190),
    ]


def _seconds_beyond(values: Sequence[float | None], limit: float) -> list[tuple[int, int]]:
    """Severe episodes by trying every pair of seconds: slow, and without a memory."""
    found, start = [], 0
    while start < len(values):
        value = values[start]
        if value is None or value >= limit:
            start += 1
            continue
        last = start
        for second in range(start + 1, len(values)):
            value = values[second]
            if (value is not None and value >= limit) or (value is None and second - last > HOLD_S):
                break
            last = second if value is not None else last
        end = min(last + 1, len(values) - 1)
        if end - start >= 10:
            found.append((start, end))
        start = last + 1
    return found


@given(runs)
def test_severe_episodes_are_those_counted_by_hand(stretches: list[tuple[float | None, int]]) -> None:
    values = spread(stretches)
    found = [(each.start // SECOND, each.end // SECOND) for each in severe_episodes(streamed(values), PROFILE)]
    assert found == _seconds_beyond(values, 85)


def test_the_same_limits_make_the_same_alarms() -> None:
    found = tried(streamed([97, *[88] * 30, *[84] * 20, *[97] * 9]), SpO2_low=90)
    assert found.before == found.after
    assert found.severe
    assert list(found.missed_before) == list(found.missed_after) == []


def test_a_severe_episode_that_the_other_limits_are_silent_about_is_listed() -> None:
    found = tried(streamed([97, *[84] * 20, 97]), SpO2_low=86, SpO2_low_delay=30, SpO2_low_severe=80)
    assert list(found.missed_before) == []
    (missed,) = found.missed_after
    assert (missed.metric, missed.start, missed.end) == (Metric.SPO2, SECOND, 21 * SECOND)
    assert [(each.condition, each.before, each.after) for each in changes([found])] == [
        ("SpO2.low", 1, 0),
        ("SpO2.low.severe", 1, 0),
    ]


def test_an_alarm_that_was_on_already_tells_of_a_severe_episode() -> None:
    found = tried(streamed([*[88] * 60, *[84] * 20, 97]), SpO2_low_severe=70)
    assert found.severe
    assert list(found.missed_after) == [], "the ordinary alarm was on"


def test_an_alarm_that_comes_when_the_severe_episode_is_over_is_too_late() -> None:
    found = tried(streamed([*[84] * 12, *[88] * 60, 97]), SpO2_low_severe=70)
    assert [each.raised.condition for each in found.after] == ["SpO2.low"]
    assert len(found.missed_after) == 1


def test_an_alarm_of_the_other_side_tells_of_nothing() -> None:
    found = tried(readings(185), SYS_low=80, SYS_high=200, SYS_high_severe=210)
    assert len(found.missed_after) == 1


@given(runs)
def test_the_profile_misses_no_severe_episode(stretches: list[tuple[float | None, int]]) -> None:
    found = tried(streamed(spread(stretches)), SpO2_low=90)
    assert list(found.missed_before) == []


def low_spo2(limits: Limits, **settings: Setting) -> SideLimit:
    low = with_trial(limits, {f"SpO2.low.{part}": value for part, value in settings.items()})[Metric.SPO2].low
    assert low is not None
    return low


def test_an_area_takes_the_place_of_the_delay_and_a_delay_that_of_the_area() -> None:
    area = low_spo2(PROFILE, area=50.0)
    assert (area.area, area.delay_s) == (50.0, 0.0)
    with_area = {Metric.SPO2: MetricLimits(low=area)}
    for delay in (20.0, 0.0):
        low = low_spo2(with_area, delay=delay)
        assert (low.area, low.delay_s) == (None, delay)
    with pytest.raises(LimitProblem, match="give one"):
        low_spo2(PROFILE, area=50.0, delay=20.0)


def test_a_severe_limit_takes_the_place_of_one_in_points() -> None:
    points = {Metric.SPO2: MetricLimits(low=SideLimit(limit=90, severe_points=5))}
    assert low_spo2(points, severe=80.0).severe_limit(Side.LOW) == 80.0


def test_a_limit_that_another_protocol_lacks_leaves_it_as_it_is() -> None:
    assert with_trial(PROFILE, {"PR.high": 140.0}) == PROFILE


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"SYS.low": 170.0}, "SYS.low.limit"),
        ({"SpO2.low.delay": 61.0}, "SpO2.low.delay_s"),
        ({"SpO2.low": 84.0}, "SpO2.low.severe"),
        ({"SpO2.low.area": 60.0}, "SpO2.low.area"),
        ({"Sp.low": 84.0}, "Sp.low"),
    ],
)
def test_limits_that_cannot_be_are_refused_with_their_place(settings: dict[str, Setting], key: str) -> None:
    with pytest.raises(LimitProblem) as refused:
        with_trial(PROFILE, settings)
    assert refused.value.key == key
