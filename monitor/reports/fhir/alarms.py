"""Alarms: what was wrong, how urgent it was, from when to when, and who took notice."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.clinic.alarms.episodes import Episode, episodes
from monitor.clinic.events import AlarmEnd, EscalationStep
from monitor.clinic.priority import Priority
from monitor.reports.fhir.case import Case
from monitor.reports.fhir.elements import Element, clean, concept, instant, number, period, person

ALARM = "alarm"
"""The kind of an alarm; each is known by the number of the event that raised it."""
SEVERITY = {Priority.HIGH: "high", Priority.MEDIUM: "moderate", Priority.LOW: "low"}
ENDS = {
    AlarmEnd.CLEARED: "over",
    AlarmEnd.INDETERMINATE: "data stopped: nobody knows whether it is over",
    AlarmEnd.SESSION_ENDED: "open when the session ended",
    AlarmEnd.SWITCHED_OFF: "paused or switched off by a person",
    AlarmEnd.RESOLVED: "a person saw that it is over",
    AlarmEnd.LIMITS_CHANGED: "limits were changed",
}
STEPS = {
    EscalationStep.LOUDER: "got louder",
    EscalationStep.BANNER: "stood in a banner on every screen",
    EscalationStep.MESSAGE: "was told to another system",
}


def alarms(case: Case) -> Iterator[Element]:
    """All alarms of the session."""
    for each in episodes(case.found.events):
        yield _alarm(case, each)


def _alarm(case: Case, alarm: Episode) -> Element:
    raised, over = alarm.raised, alarm.ended or alarm.latched
    fields = {
        "status": "preliminary" if alarm.ended is None else case.final,
        "code": concept(f"Alarm {raised.condition}"),
        "severity": SEVERITY[raised.priority],
        "patient": case.patient,
        "identifiedPeriod": period(raised.onset, None if over is None else over.ended),
        "author": case.chairside,
        "implicated": [case.encounter],
        "evidence": _evidence(alarm),
        "detail": _detail(alarm),
        "mitigation": _answers(alarm),
    }
    return case.resource("DetectedIssue", case.id(ALARM, raised.seq), fields)


def _evidence(alarm: Episode) -> list[Element]:
    value, limit = alarm.raised.value, alarm.raised.limit
    words = [
        *([] if value is None else [f"Value {number(value)}"]),
        *([] if limit is None else [f"Limit {number(limit)}"]),
    ]
    return [{"code": [concept(each) for each in words]}] if words else []


def _detail(alarm: Episode) -> str:
    how = alarm.ended or alarm.latched
    told = [
        alarm.raised.text,
        *(STEPS[step] for step in alarm.steps),
        *([ENDS[how.how]] if how is not None else ["goes on"]),
        *(["nobody acknowledged it"] if alarm.acknowledged is None else []),
    ]
    return clean("; ".join(told))


def _answers(alarm: Episode) -> list[Element]:
    taken = alarm.acknowledged
    if taken is None:
        return []
    return [{"action": concept("Acknowledged"), "date": instant(taken.at), "author": person(taken.by)}]
