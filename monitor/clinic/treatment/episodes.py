"""When sedation and dissociation began and were over: from the assessments, unless a person set it otherwise."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from devices.readings import Micros
from monitor.clinic.treatment.course import Treatment
from monitor.clinic.treatment.events import AssessmentRecorded, Episode
from monitor.clinic.treatment.scales import Scale

AWAKE = 5
"""MOAA/S below this is sedation."""
DISSOCIATED_ABOVE = 4
"""A CADSS total above this counts as dissociation in the trials; CADSS-6 has no validated limit and uses the same."""


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
    """The course of each effect after the first dose at ``zero``."""
    derived = {
        Episode.SEDATION: _course(treatment, zero, {Scale.MOAAS: lambda result: result < AWAKE}),
        Episode.DISSOCIATION: _course(
            treatment,
            zero,
            {scale: lambda result: result > DISSOCIATED_ABOVE for scale in (Scale.CADSS6, Scale.CADSS)},
        ),
        Episode.RESPIRATORY_DEPRESSION: Course(),
    }
    by_hand = {
        episode: Course(event.onset_at, event.resolved_at, event.by, assessed=True)
        for episode, event in treatment.episodes_set.items()
    }
    return derived | by_hand


def _course(treatment: Treatment, zero: Micros | None, present: dict[Scale, Callable[[int], bool]]) -> Course:
    """From the first assessment that shows the effect to the one without it after which it never came back."""
    onset: Micros | None = None
    resolved: Micros | None = None
    assessed = False
    for each in _after(treatment, zero):
        if each.scale not in present:
            continue
        assessed = True
        if present[each.scale](each.result):
            onset, resolved = (each.given_at if onset is None else onset), None
        elif onset is not None and resolved is None:
            resolved = each.given_at
    return Course(onset, resolved, assessed=assessed)


def _after(treatment: Treatment, zero: Micros | None) -> list[AssessmentRecorded]:
    made = [each for each in treatment.assessments if zero is not None and each.given_at >= zero]
    return sorted(made, key=lambda each: each.given_at)
