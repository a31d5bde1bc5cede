"""What other limits would have made of recorded sessions: how many alarms, and which severe episodes without one.

Limits are judged by severe episodes, which are found here by looking at the values alone, not by the alarm engine: the
judge of a rule must not be that rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec

from devices.readings import METRICS, NOT_LIVE, SECOND, Metric, Micros
from monitor.clinic.alarms.episodes import Episode
from monitor.clinic.alarms.limits import MetricLimits, Side
from monitor.clinic.alarms.overrides import Setting, place_of, with_overrides
from monitor.clinic.alarms.policy import AlarmPolicy
from monitor.clinic.alarms.rules import Baseline, rules
from monitor.clinic.alarms.trial import Recorded, trial
from monitor.clinic.alarms.watches import STREAM_HOLD

SEVERE_FOR: Micros = 10 * SECOND
"""A streamed value must lie beyond the severe limit for so long; a cuff reading counts alone."""

Limits = Mapping[Metric, MetricLimits]


class SevereEpisode(msgspec.Struct, frozen=True):
    """A time in which a value lay beyond the profile's severe limit. A cuff reading begins and ends one. ``worst`` is
    the value furthest beyond.
    """

    metric: Metric
    side: Side
    limit: float
    start: Micros
    end: Micros
    worst: float


class Trial(msgspec.Struct, frozen=True):
    """What one session would have been with the limits as they are, and with others."""

    before: Sequence[Episode]
    after: Sequence[Episode]
    severe: Sequence[SevereEpisode]
    missed_before: Sequence[SevereEpisode]
    missed_after: Sequence[SevereEpisode]


class Change(msgspec.Struct, frozen=True):
    """How often a condition would have alarmed."""

    condition: str
    before: int
    after: int


def try_limits(
    values: Sequence[Recorded],
    until: Micros,
    profile: Limits,
    others: Limits,
    baseline: Baseline | None,
    policy: AlarmPolicy,
) -> Trial:
    """Play a session's values, in order of time, through the alarm engine with both limits."""
    before = trial(values, until, rules(profile, baseline), policy)
    after = trial(values, until, rules(others, baseline), policy)
    severe = severe_episodes(values, profile)
    return Trial(before, after, severe, missed(severe, before), missed(severe, after))


def changes(trials: Iterable[Trial]) -> list[Change]:
    """The alarms of all conditions that came with the one or the other limits, the most frequent first."""
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    for each in trials:
        before.update(episode.raised.condition for episode in each.before)
        after.update(episode.raised.condition for episode in each.after)
    found = [Change(condition, before[condition], after[condition]) for condition in before | after]
    return sorted(found, key=lambda each: (-each.before, -each.after, each.condition))


def with_trial(limits: Limits, settings: Mapping[str, Setting]) -> dict[Metric, MetricLimits]:
    """The limits with those settings whose side they have; another protocol may lack it.

    Raises: LimitProblem for a key or value that is not possible, and for a delay and an area at once.
    """
    places = {key: place_of(key) for key in settings}
    has = {
        key for key, (metric, side, _) in places.items() if limits.get(metric, MetricLimits()).side(side) is not None
    }
    return with_overrides(limits, {key: value for key, value in settings.items() if key in has})


def severe_episodes(values: Iterable[Recorded], profile: Limits) -> list[SevereEpisode]:
    """The severe episodes in values that come in order of time, in the order of their starts.

    A streamed value stands until the next one; missing ones interrupt nothing for at most 5 s and then end the episode
    where they began. A value at the limit is not beyond it.
    """
    by_metric: dict[Metric, list[Recorded]] = {}
    for each in values:
        by_metric.setdefault(each.metric, []).append(each)
    found = [
        episode
        for metric, limits in profile.items()
        for side in Side
        if (given := limits.side(side)) is not None and (limit := given.severe_limit(side)) is not None
        for episode in _beyond(by_metric.get(metric, ()), metric, side, limit)
    ]
    return sorted(found, key=lambda episode: (episode.start, episode.metric, episode.side))


def missed(severe: Iterable[SevereEpisode], alarms: Iterable[Episode]) -> list[SevereEpisode]:
    """The severe episodes without an alarm: none about that metric and side was raised from its start to its end, and
    none was on already.
    """
    raised = list(alarms)
    return [each for each in severe if not any(_tells_of(alarm, each) for alarm in raised)]


def _tells_of(alarm: Episode, severe: SevereEpisode) -> bool:
    about = f"{alarm.raised.condition}.".startswith(f"{severe.metric}.{severe.side}.")
    over_before = alarm.ended is not None and alarm.ended.ended < severe.start
    return about and alarm.raised.onset <= severe.end and not over_before


def _beyond(values: Iterable[Recorded], metric: Metric, side: Side, limit: float) -> Iterator[SevereEpisode]:
    if METRICS[metric].episodic:
        yield from _severe_readings(values, metric, side, limit)
        return
    for start, end, worst in _stretches(values, side, limit):
        if end - start >= SEVERE_FOR:
            yield SevereEpisode(metric, side, limit, start, end, worst)


def _severe_readings(values: Iterable[Recorded], metric: Metric, side: Side, limit: float) -> Iterator[SevereEpisode]:
    newest: Micros | None = None
    for each in values:
        sent_again = newest is not None and each.measured_at is not None and each.measured_at <= newest
        newest = newest if sent_again else each.measured_at
        if not sent_again and (value := _live(each)) is not None and side.beyond(value, limit):
            yield SevereEpisode(metric, side, limit, each.at, each.at, value)


def _stretches(values: Iterable[Recorded], side: Side, limit: float) -> Iterator[tuple[Micros, Micros, float]]:
    """Start, end and worst value of each time beyond the limit, however short."""
    start: Micros | None = None
    known_until: Micros = 0
    worst, missing = limit, False
    for each in values:
        value = _live(each)
        if start is not None and each.at - known_until > STREAM_HOLD:
            yield start, known_until, worst
            start = None
        if not missing:
            known_until = each.at
        missing = value is None
        if value is None:
            continue
        if side.beyond(value, limit):
            worst = value if start is None or side.beyond(value, worst) else worst
            start, known_until = each.at if start is None else start, each.at
        elif start is not None:
            yield start, known_until, worst
            start = None
    if start is not None:
        yield start, known_until, worst


def _live(each: Recorded) -> float | None:
    return None if each.quality & NOT_LIVE else each.value
