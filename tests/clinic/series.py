"""Series of values, one a second, and a slow reading of them to hold the alarm engine against."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from hypothesis import strategies as st

from devices.readings import SECOND, Metric, Quality
from monitor.clinic.alarms.engine import AlarmEngine, AlarmEvent
from monitor.clinic.alarms.limits import Side
from monitor.clinic.alarms.policy import NOTHING_SPECIAL, AlarmPolicy
from monitor.clinic.alarms.rules import LimitRule, Rule, RuleKind
from monitor.clinic.events import AlarmAcknowledged, AlarmEnded, AlarmRaised
from monitor.clinic.priority import Priority

HOLD_S = 5
"""The longest missing stretch that a violation survives, in seconds."""

Series = Sequence[float | None]

LOW, WELL, GONE = 88.0, 97.0, None
HIGH_SYS = LimitRule(Metric.SYS, Side.HIGH, 160, 0, 0, Priority.MEDIUM)


def low_spo2(limit: float = 90, delay_s: float = 15, hysteresis: float = 0) -> LimitRule:
    return LimitRule(Metric.SPO2, Side.LOW, limit, round(delay_s * SECOND), hysteresis, Priority.HIGH)


def severe_spo2(limit: float = 85) -> LimitRule:
    return LimitRule(Metric.SPO2, Side.LOW, limit, 0, 0, Priority.HIGH, kind=RuleKind.SEVERE)


def engine(*rules: Rule, policy: AlarmPolicy = NOTHING_SPECIAL) -> AlarmEngine:
    return AlarmEngine("1", "a", rules, policy)


def play(
    to: AlarmEngine,
    values: Series,
    metric: Metric = Metric.SPO2,
    start_s: int = 0,
    quality: Quality = Quality.OK,
) -> list[AlarmEvent]:
    """Feed one value a second."""
    events: list[AlarmEvent] = []
    for second, value in enumerate(values, start_s):
        events += to.observe(metric, value, quality, second * SECOND)
    return events


def shown(watched: AlarmEngine) -> list[str]:
    """The conditions on the screen, the first first."""
    return [view.condition for view in watched.alarms()]


def raised(events: Iterable[AlarmEvent]) -> list[AlarmRaised]:
    return [event for event in events if isinstance(event, AlarmRaised)]


def ended(events: Iterable[AlarmEvent]) -> list[AlarmEnded]:
    return [event for event in events if isinstance(event, AlarmEnded)]


def acknowledged(events: Iterable[AlarmEvent]) -> list[str]:
    return [event.condition for event in events if isinstance(event, AlarmAcknowledged)]


def spans(events: Iterable[AlarmEvent]) -> list[tuple[float, float]]:
    """Onset and end of each alarm of a single condition, in seconds."""
    found = list(events)
    return [(begin.onset / SECOND, end.ended / SECOND) for begin, end in zip(raised(found), ended(found), strict=True)]


def expected_spans(values: Series, rule: LimitRule) -> list[tuple[float, float]]:
    """What the rule means, by trying every second as the start of an alarm: slow, and without a memory of any kind.

    An alarm is the first stretch that begins and ends with a violating second, holds no good value and no hole longer
    than the hold, and is at least as long as the delay. It goes on until a value is back inside by the hysteresis or
    values are missing for longer than the hold.
    """
    delay_s = rule.delay / SECOND
    found = []
    second = 0
    while second < len(values):
        confirmed = _confirmed(values, rule, second, delay_s)
        if confirmed is None:
            second += 1
            continue
        last = _last_known(values, rule, confirmed)
        found.append((second + delay_s, last + 1.0))
        second = last + 1
    return found


def _violates(values: Series, rule: LimitRule, second: int) -> bool:
    value = values[second]
    return value is not None and rule.violates(value)


def _confirmed(values: Series, rule: LimitRule, start: int, delay_s: float) -> int | None:
    """The second whose violation makes a stretch from ``start`` long enough, if there is one."""
    if not _violates(values, rule, start):
        return None
    for end in range(start, len(values)):
        stretch = values[start : end + 1]
        if any(value is not None and not rule.violates(value) for value in stretch) or _longest_hole(stretch) > HOLD_S:
            return None
        if _violates(values, rule, end) and len(stretch) >= delay_s:
            return end
    return None


def _last_known(values: Series, rule: LimitRule, confirmed: int) -> int:
    """The last second with a value that keeps the alarm alive."""
    last = confirmed
    for second in range(confirmed + 1, len(values)):
        value = values[second]
        if value is None:
            if second - last > HOLD_S:
                break
            continue
        if rule.clears(value):
            break
        last = second
    return last


def _longest_hole(values: Series) -> int:
    longest = current = 0
    for value in values:
        current = current + 1 if value is None else 0
        longest = max(longest, current)
    return longest


runs = st.lists(
    st.tuples(st.sampled_from([None, 84.0, 88.0, 89.9, 90.0, 90.5, 91.0, 96.0]), st.integers(1, 20)), max_size=15
)
"""Stretches of one value, so that delays and holes have a chance to be passed."""


def spread(stretches: list[tuple[float | None, int]]) -> list[float | None]:
    return [value for value, seconds in stretches for _ in range(seconds)]
