"""Figures of the alarms of a time: how many an hour, how soon they are answered, and which are the most.

Two definitions hold everywhere here. An alarm counts when it was raised within the time that is looked at, however it
ended. A *room-hour* is an hour of one open session within that time; an empty room counts for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from statistics import median

import msgspec

from devices.readings import SECOND, Metric, Micros
from monitor.clinic.alarms.episodes import Episode
from monitor.clinic.alarms.limits import Side
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.priority import Priority

HOUR: Micros = 3600 * SECOND
MOST_ARE = 0.9
"""The share of alarms that ``most_within_s`` speaks of."""

_METRICS, _SIDES = frozenset(Metric), frozenset(Side)
_SYMPTOMS = frozenset(symptom.condition for symptom in Symptom)


class Answers(msgspec.Struct, frozen=True):
    """How long alarms waited for somebody, in seconds from raise to acknowledgement, those never answered left out.

    ``median_s`` is the middle one, of an even number the mean of the two in the middle. ``most_within_s`` is the
    shortest of these times within which at least 90 % of them were answered (nearest rank).
    """

    median_s: float
    most_within_s: float


class ConditionFigures(msgspec.Struct, frozen=True):
    """One condition, such as ``SpO2.low``. ``median_s`` is the median of how long its alarms lasted, from onset until
    the condition was last known to hold; those whose condition still holds are left out, ``None`` when all do.
    """

    condition: str
    count: int
    per_room_hour: float | None
    median_s: float | None


class Statistics(msgspec.Struct, frozen=True):
    """``acknowledged`` counts the alarms that somebody answered, while they were on or latched. Shares and rates are
    ``None`` where there is nothing to divide by. ``conditions`` stand with the most frequent first.
    """

    alarms: int
    room_hours: float
    acknowledged: int
    answers: Answers | None
    priorities: Mapping[Priority, int]
    conditions: Sequence[ConditionFigures]

    @property
    def per_room_hour(self) -> float | None:
        """Alarms per room-hour."""
        return _ratio(self.alarms, self.room_hours)

    @property
    def share_acknowledged(self) -> float | None:
        """The acknowledged alarms' share of all, 0 to 1."""
        return _ratio(self.acknowledged, self.alarms)


def statistics(episodes: Sequence[Episode], room_hours: float) -> Statistics:
    """The figures of these alarms, raised while so many room-hours passed."""
    waits = [wait for each in episodes if (wait := each.seconds_to_acknowledge) is not None]
    by_condition: dict[str, list[Episode]] = {}
    for each in episodes:
        by_condition.setdefault(each.raised.condition, []).append(each)
    conditions = [_condition_figures(name, alarms, room_hours) for name, alarms in by_condition.items()]
    return Statistics(
        alarms=len(episodes),
        room_hours=room_hours,
        acknowledged=len(waits),
        answers=Answers(median(waits), nearest_rank(waits, MOST_ARE)) if waits else None,
        priorities={priority: sum(each.raised.priority is priority for each in episodes) for priority in Priority},
        conditions=sorted(conditions, key=lambda figures: (-figures.count, figures.condition)),
    )


def room_hours(sessions: Iterable[tuple[Micros, Micros | None]], since: Micros, until: Micros) -> float:
    """The hours of sessions, given as opening and end, within ``since`` to ``until``; without an end one is open."""
    within = (
        min(until if ended is None else ended, until) - max(opened, since)  # negative when it lies outside
        for opened, ended in sessions
    )
    return sum(max(span, 0) for span in within) / HOUR


def nearest_rank(values: Sequence[float], share: float) -> float:
    """The smallest of the values that at least this share (above 0, at most 1) of them does not exceed."""
    return sorted(values)[ceil(share * len(values)) - 1]


def is_physiological(condition: str) -> bool:
    """Whether an alarm is about the patient: a value beyond a limit, or a sign that a person saw.

    All others are technical: a device, a value that stands still, a measurement that is overdue.
    """
    metric, _, rest = condition.partition(".")
    return condition in _SYMPTOMS or (metric in _METRICS and rest.split(".")[0] in _SIDES)


def _condition_figures(condition: str, alarms: Sequence[Episode], room_hours: float) -> ConditionFigures:
    lasted = [(over.ended - each.raised.onset) / SECOND for each in alarms if (over := each.ended or each.latched)]
    return ConditionFigures(
        condition=condition,
        count=len(alarms),
        per_room_hour=_ratio(len(alarms), room_hours),
        median_s=median(lasted) if lasted else None,
    )


def _ratio(count: int, of: float) -> float | None:
    return count / of if of else None
