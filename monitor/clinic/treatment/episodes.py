"""When sedation and dissociation began and were over: from the assessments, unless a person set it otherwise."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

import msgspec

from devices.readings import Micros
from monitor.clinic.treatment.course import Treatment
from monitor.clinic.treatment.events import AssessmentRecorded, Episode
from monitor.clinic.treatment.scales import Scale

AWAKE = 5
"""MOAA/S below this is sedation."""
DISSOCIATED_ABOVE = 4
"""A CADSS total above this counts as dissociation in the trials; CADSS-6 has no validated limit and uses the same."""

SHOWN_BY: dict[Episode, dict[Scale, Callable[[int], bool]]] = {
    Episode.SEDATION: {Scale.MOAAS: lambda result: result < AWAKE},
    Episode.DISSOCIATION: {
        Scale.CADSS6: lambda result: result > DISSOCIATED_ABOVE,
        Scale.CADSS: lambda result: result > DISSOCIATED_ABOVE,
    },
    Episode.RESPIRATORY_DEPRESSION: {},
}
"""Which results show an effect."""


class Course(msgspec.Struct, frozen=True):
    """An effect: without ``onset_at`` there was none, without ``resolved_at`` it goes on. ``set_by`` names the person
    who set it; empty when the assessments say so.
    """

    onset_at: Micros | None = None
    resolved_at: Micros | None = None
    set_by: str = ""
    assessed: bool = False
    """Whether anybody looked for it since the first dose."""


def episodes(treatment: Treatment, zero: Micros | None) -> dict[Episode, Course]:
    """The course of each effect after the first dose at ``zero``: as a person set it, and as assessed after that."""
    return {episode: _course(treatment, zero, episode) for episode in Episode}


def _course(treatment: Treatment, zero: Micros | None, episode: Episode) -> Course:
    """From the first assessment that shows the effect to the one without it after which it never came back."""
    by_hand = treatment.episodes_set.get(episode)
    course = Course()
    if by_hand is not None:
        course = Course(by_hand.onset_at, by_hand.resolved_at, by_hand.by, assessed=True)
    for each in assessed_since(treatment, zero, SHOWN_BY[episode]):
        if by_hand is not None and each.given_at <= by_hand.at:
            continue
        course = _after(course, SHOWN_BY[episode][each.scale](each.result), each.given_at)
    return course


def _after(course: Course, present: bool, at: Micros) -> Course:
    """The course once an assessment has looked for it."""
    if present:
        onset = at if course.onset_at is None else course.onset_at
        return Course(onset, None, course.set_by, assessed=True)
    over = course.onset_at is not None and course.resolved_at is None
    return Course(course.onset_at, at if over else course.resolved_at, course.set_by, assessed=True)


def assessed_since(treatment: Treatment, zero: Micros | None, scales: Collection[Scale]) -> list[AssessmentRecorded]:
    """The assessments by these scales since the first dose that hold, in order."""
    made = [each for each in treatment.assessments if zero is not None and each.given_at >= zero]
    return standing(each for each in made if each.scale in scales)


def standing(told: Iterable[AssessmentRecorded]) -> list[AssessmentRecorded]:
    """Those of the assessments that hold, in the order of their time. Of two by the same scale for the same moment, the
    one told last is the correction of the other.
    """
    valid = {(each.scale, each.given_at): each for each in told}
    return sorted(valid.values(), key=lambda each: each.given_at)
