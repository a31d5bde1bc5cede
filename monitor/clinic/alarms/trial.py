"""Recorded values through the very engine that watches patients, to see what other limits would have done."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from devices.readings import Metric, Micros, Quality
from monitor.clinic.alarms.engine import AlarmEngine, AlarmEvent
from monitor.clinic.alarms.episodes import Episode, episodes
from monitor.clinic.alarms.policy import NOTHING_SPECIAL, AlarmPolicy
from monitor.clinic.alarms.rules import Rule

TRIAL = "trial"
"""The room and session of a trial, in its events."""


class Recorded(NamedTuple):
    """A value as it was recorded; ``measured_at`` where a cuff measured it."""

    at: Micros
    metric: Metric
    value: float | None
    quality: Quality = Quality.OK
    measured_at: Micros | None = None


def trial(
    values: Iterable[Recorded], until: Micros, rules: Iterable[Rule], policy: AlarmPolicy = NOTHING_SPECIAL
) -> list[Episode]:
    """The alarms that these rules make of recorded values, which come in order of time; in the order of onsets."""
    engine = AlarmEngine(TRIAL, TRIAL, rules, policy)
    events: list[AlarmEvent] = []
    for each in values:
        events += engine.observe(each.metric, each.value, each.quality, each.at, each.measured_at)
    events += engine.tick(until)
    events += engine.end_all(until)
    return sorted(episodes(events), key=lambda episode: (episode.raised.onset, episode.raised.condition))
