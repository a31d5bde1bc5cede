"""What the alarm log says in words: conditions, spans of time, how alarms ended."""

from __future__ import annotations

from devices.readings import METRICS, SECOND, Metric, Micros
from monitor.clinic.alarms.episodes import Episode
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.events import AlarmEnd, EscalationStep
from monitor.clinic.priority import Priority

PRIORITIES = {Priority.HIGH: ("▲▲▲", "High"), Priority.MEDIUM: ("▲▲", "Medium"), Priority.LOW: ("▲", "Low")}
"""Sign and word; colour comes on top."""
STEPS = {
    EscalationStep.LOUDER: "louder",
    EscalationStep.BANNER: "on every screen",
    EscalationStep.MESSAGE: "message sent",
}
ENDS = {
    AlarmEnd.CLEARED: "cleared",
    AlarmEnd.INDETERMINATE: "unknown, data stopped",
    AlarmEnd.SESSION_ENDED: "session ended",
    AlarmEnd.SWITCHED_OFF: "paused or switched off",
    AlarmEnd.RESOLVED: "resolved",
    AlarmEnd.LIMITS_CHANGED: "limits changed",
}
_SYMPTOMS = {symptom.condition: symptom.label for symptom in Symptom}
_METRICS = frozenset(Metric)


def condition_words(condition: str) -> str:
    """An alarm condition as a person calls it: ``SpO₂ low severe``, ``Oximeter sensor off``."""
    if condition in _SYMPTOMS:
        return _SYMPTOMS[condition]
    first, *rest = condition.split(".")
    rest = [each.removeprefix(f"{first}_") for each in rest]
    label = METRICS[Metric(first)].label if first in _METRICS else first[:1].upper() + first[1:]
    return " ".join([label, *rest]).replace("_", " ")


def end_words(alarm: Episode, *, watched: bool) -> str:
    """How an alarm ended, or that it has not; once nobody watches for it, that is not known."""
    if alarm.ended is None:
        if not watched:
            return "end not recorded"
        return "still on" if alarm.latched is None else "over, waits for an answer"
    if alarm.latched is None:
        return ENDS[alarm.ended.how]
    kept = "answered after that" if alarm.acknowledged else "never answered"
    return f"{ENDS[alarm.ended.how]}, {kept}"


def lasted_words(alarm: Episode, now: Micros, *, watched: bool) -> str:
    """How long its condition held; a dash when the record does not say."""
    known = alarm.ended or alarm.latched or watched
    return span_words(max(alarm.lasted(now), 0)) if known else "–"


def span_words(span: Micros) -> str:
    """How long, to the second: ``48 s``, ``1 min 12 s``, ``2 h 05 min``."""
    seconds = round(span / SECOND)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} min {seconds:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def seconds_words(seconds: float | None) -> str:
    """The same for seconds; a dash for none."""
    return "–" if seconds is None else span_words(round(seconds * SECOND))


def rate_words(rate: float | None) -> str:
    """A number of alarms per room-hour; a dash for none."""
    return "–" if rate is None else f"{rate:.2f}"


def count_words(count: int, thing: str) -> str:
    """So many things: ``1 session``, ``12 sessions``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
