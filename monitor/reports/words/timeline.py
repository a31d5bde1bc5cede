"""Events in plain words: those of a session, an alarm and what came of it as one line; and the whole clinic's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from devices.readings import METRICS, SECOND, Metric, Micros
from monitor.clinic.alarms.overrides import LIMIT, place_of
from monitor.clinic.events import (
    FASTEST,
    AlarmAcknowledged,
    AlarmChainTested,
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmMessaged,
    AlarmRaised,
    AlarmsPaused,
    AlarmsResumed,
    AlarmsSwitchedOff,
    AnyEvent,
    AudioPaused,
    AudioResumed,
    AudioSwitchedOff,
    BaselineLocked,
    ClockStepped,
    CuffFailed,
    CuffIntervalSet,
    CuffMeasured,
    CuffStarted,
    EscalationStep,
    LimitChange,
    LimitsChanged,
    LinkLost,
    LinkRestored,
    NoteWritten,
    Phase,
    PhaseEntered,
    ProfileChanged,
    RecordingResumed,
    RecordingStopped,
    ServiceStarted,
    SessionEnded,
    SessionOpened,
    SpeedSet,
    SymptomMarked,
    SymptomResolved,
)
from monitor.reports.words.alarm_words import condition_words
from monitor.reports.words.line import Line as Line
from monitor.reports.words.treatment_lines import pressure_words, treatment_line

Clock = Callable[[Micros], str]
"""Turns a time into what the reader's clock showed, such as ``14:28``."""
SERVICE = "service"
AlarmAnswer = AlarmAcknowledged | AlarmEscalated | AlarmMessaged | AlarmLatched | AlarmEnded
"""What comes of an alarm."""


class _AlarmLine:
    """The line of an alarm that is not over, and whether its cause is."""

    def __init__(self, raised: AlarmRaised) -> None:
        self.line = Line(raised.at, raised.text, " raised", raised.priority, raised.seq)
        self._latched = False

    def add(self, event: AlarmAnswer, clock: Clock) -> None:
        """Tell what came of the alarm."""
        words = "" if self._latched and isinstance(event, AlarmEnded) else _answer_words(event, clock)
        self._latched = self._latched or isinstance(event, AlarmLatched)
        if words:
            self.line.rest = self.line.rest.removesuffix(" raised") + " · " + words


ENDINGS = {
    AlarmEnd.CLEARED: "ended {}",
    AlarmEnd.INDETERMINATE: "no data after {}, so unknown whether it ended",
    AlarmEnd.SESSION_ENDED: "until the session ended",
    AlarmEnd.SWITCHED_OFF: "paused or switched off {}",
    AlarmEnd.RESOLVED: "gone {}",
    AlarmEnd.LIMITS_CHANGED: "within its new limit {}",
}
ENDS = {
    Phase.DISCHARGED: "Discharged",
    Phase.LEFT: "Left against advice",
    Phase.TRANSFERRED: "Transferred",
    Phase.ABORTED: "Session aborted",
}
ESCALATIONS = {
    EscalationStep.LOUDER: "louder {}",
    EscalationStep.BANNER: "on every screen {}",
    EscalationStep.MESSAGE: "message sent {}",
}


def lines(events: Sequence[AnyEvent], clock: Clock) -> list[Line]:
    """The lines, newest first. ``events`` come in the order in which they happened."""
    told: list[Line] = []
    alarms: dict[str, _AlarmLine] = {}
    for event in events:
        match event:
            case AlarmRaised():
                alarms[event.condition] = _AlarmLine(event)
                told.append(alarms[event.condition].line)
            case AlarmAcknowledged() | AlarmEscalated() | AlarmMessaged() | AlarmLatched() | AlarmEnded():
                if event.condition in alarms:
                    alarms[event.condition].add(event, clock)
            case _ if (line := line_of(event, clock)) is not None:
                told.append(line)
    return told[::-1]


def line_of(event: AnyEvent, clock: Clock) -> Line | None:
    """The line of an event by itself; ``None`` for one that is not told, or only with what it belongs to."""
    line = treatment_line(event, clock) or _plain(event)
    if line is not None:
        line.seq = event.seq
    return line


def event_words(event: AnyEvent, clock: Clock) -> str:
    """One event by itself; nothing for those that a timeline leaves out."""
    if isinstance(event, AlarmRaised):
        return f"{event.text} raised"
    if isinstance(event, AlarmAnswer):
        return f"{_alarm(event.condition)} {_answer_words(event, clock)}"
    line = line_of(event, clock)
    return "" if line is None else line.strong + line.rest


def clinic_lines(events: Iterable[AnyEvent], patients: Mapping[str | None, str]) -> list[Line]:
    """What happened to sound, alarm chain, service, clock and record of the whole clinic, and whose alarms were paused
    or off, newest first. ``patients`` are codes by session; others are left out. Tests that the chain passed one after
    another are one line.
    """
    told: list[Line] = []
    in_a_row: list[int] = []
    for event in events:
        if isinstance(event, AlarmChainTested) and event.ms is not None:
            if in_a_row:
                del told[-1]
            in_a_row.append(event.ms)
            told.append(_passed(event.at, in_a_row))
        elif (line := _clinic_wide(event) or _silenced_of(event, patients)) is not None:
            in_a_row.clear()
            told.append(line)
    return told[::-1]


def _answer_words(event: AlarmAnswer, clock: Clock) -> str:
    match event:
        case AlarmAcknowledged(by=by, at=at):
            return f"acknowledged by {by}, {clock(at)}"
        case AlarmEscalated(step=step, at=at):
            return ESCALATIONS[step].format(clock(at))
        case AlarmMessaged(problem=problem, at=at):
            return f"message not delivered: {problem}" if problem else f"message delivered {clock(at)}"
        case AlarmLatched(how=how, ended=ended):
            return f"{ENDINGS[how].format(clock(ended))}, not answered"
        case AlarmEnded(how=how, ended=ended):
            return ENDINGS[how].format(clock(ended))


def _silenced_of(event: AnyEvent, patients: Mapping[str | None, str]) -> Line | None:
    patient = patients.get(event.session)
    return None if patient is None else _silenced(event, f" of {patient}")


def _passed(at: Micros, took_ms: Sequence[int]) -> Line:
    words = f"Alarm chain tested: {took_ms[-1]} ms"
    if len(took_ms) > 1:
        words += f" · passed {len(took_ms)} times in a row, {max(took_ms)} ms at most"
    return Line(at, "", words)


def _plain(event: AnyEvent) -> Line | None:
    at = event.at
    match event:
        case SessionOpened(by=by, patient=patient, weight_kg=weight, dose_mg=dose, warnings=warnings):
            known = [f"{weight:g} kg"] if weight else []
            planned = ", ".join([patient, *known, *([f"{dose:g} mg planned"] if dose else [])])
            return Line(at, "Session opened", "".join(f" · {part}" for part in (planned, *warnings, by)))
        case PhaseEntered(by=by, phase=phase):
            return None if phase is Phase.DOSING else Line(at, phase.capitalize(), f" · {by}")
        case SessionEnded(by=by, phase=phase, reason=reason, told=told):
            return Line(at, ENDS[phase], "".join(f" · {part}" for part in (reason, told, by) if part))
        case NoteWritten(by=by, text=text):
            return Line(at, "", f"{text} · {by}")
        case CuffMeasured():
            return Line(at, "", pressure_words(event))
        case CuffFailed(reason=reason):
            return Line(at, "No cuff reading", f" · {reason}")
        case CuffStarted(by=by):
            return None if by == SERVICE else Line(at, "", f"Cuff started by {by}")
        case CuffIntervalSet(by=by, interval_s=seconds):
            often = "only when asked" if seconds is None else f"every {seconds / 60:g} min"
            return Line(at, "", f"Cuff {often} · {by}")
    return _watching(event) or _silenced(event) or _technical(event)


def _watching(event: AnyEvent) -> Line | None:
    """What people changed about how the patient is watched."""
    at = event.at
    match event:
        case LimitsChanged(by=by, changes=changes, why=why):
            return Line(at, ", ".join(map(_change, changes)), f" by {by} ({why})")
        case ProfileChanged(limits=limits):
            told = ", ".join(f"{METRICS[each.metric].label} {each.side} {each.limit:g}" for each in limits)
            return Line(at, "Alarm limits of the protocol changed", f" since a restart: {told or 'none'}")
        case BaselineLocked(by=by):
            return Line(at, "Baseline locked", f" {_baseline(event)} · {by}")
        case SymptomMarked(by=by, symptom=symptom):
            return Line(at, symptom.label, f" marked by {by}", "high")
        case SymptomResolved(by=by, symptom=symptom):
            return Line(at, "", f"{symptom.label} gone · {by}")
    return None


def _alarm(condition: str | None) -> str:
    """An alarm condition in words, such as ``Alarm “SpO₂ low”``; ``None`` stands for all of a room."""
    return "All alarms" if condition is None else f"Alarm “{condition_words(condition)}”"


def _change(change: LimitChange) -> str:
    metric, side, field = place_of(change.key)
    what = "" if field == LIMIT else f" {field.removesuffix('_s')}"
    before, after = ("none" if value is None else f"{value:g}" for value in (change.before, change.after))
    unit = " s" if field.endswith("_s") else ""
    return f"{METRICS[metric].label} {side}{what} {before} → {after}{unit}"


def _baseline(locked: BaselineLocked) -> str:
    values = {metric: f"{value:.0f}" for metric, value in locked.values.items()}
    pressure = f"{values.get(Metric.SYS, '–')}/{values.get(Metric.DIA, '–')}"
    others = [f"{METRICS[metric].label} {values[metric]}" for metric in (Metric.PR, Metric.SPO2) if metric in values]
    count = "1 reading" if locked.readings == 1 else f"{locked.readings} readings"
    return " · ".join([", ".join([pressure, *others]), count, *([locked.reason] if locked.reason else [])])


def _why(reason: str, by: str) -> str:
    return reason if by == SERVICE else f"{reason} · {by}"


def _technical(event: AnyEvent) -> Line | None:
    at = event.at
    match event:
        case LinkLost(source=source, reason=reason):
            return Line(at, f"{source} lost", f" · {reason}" if reason else "", "low")
        case LinkRestored(source=source):
            return Line(at, "", f"{source} is back")
    return None


def _silenced(event: AnyEvent, whose: str = "") -> Line | None:
    """What was paused or switched off, and of whom where that is not clear."""
    at = event.at
    match event:
        case AlarmsPaused(by=by, until=until):
            return Line(at, "All alarms paused", f"{whose} for {(until - at) / SECOND:g} s · {by}", "medium")
        case AlarmsSwitchedOff(by=by, condition=condition, reason=reason):
            return Line(at, f"{_alarm(condition)} off", f"{whose} · {reason} · {by}", "medium")
        case AlarmsResumed(by=by, condition=condition, reason=reason):
            return Line(at, "", f"{_alarm(condition)}{whose} on again · {_why(reason, by)}")
    return None


def _clinic_wide(event: AnyEvent) -> Line | None:
    """What no session has of its own."""
    at = event.at
    match event:
        case AudioPaused(by=by):
            return Line(at, "", f"Audio paused by {by}")
        case AudioSwitchedOff(by=by, reason=reason):
            return Line(at, "Audio off", f" · {reason} · {by}", "medium")
        case AudioResumed(by=by, reason=reason):
            return Line(at, "", f"Audio on again · {_why(reason, by)}")
        case AlarmChainTested(ms=None):
            return Line(at, "Alarm chain tested: FAILED", " · no screen showed the test alarm", "medium")
        case ServiceStarted(version=version):
            return Line(at, "", f"Chairside {version} started; sound and alarms on")
        case ClockStepped(seconds=seconds):
            return Line(at, "Clock changed", f" by {seconds:+.0f} s", "low")
        case SpeedSet(by=by, speed=speed):
            return Line(at, "", f"{_speed(speed)} · {by}")
        case RecordingStopped(reason=reason):
            return Line(at, "Recording stopped", f" · {reason}", "high")
        case RecordingResumed(lost_seconds=lost):
            return Line(at, "Recording again", f" · {lost} s of measurements are missing", "low")
    return None


def _speed(speed: float) -> str:
    if speed == 1:
        return "Time runs at its ordinary speed"
    return "Time runs as fast as it can" if speed == FASTEST else f"Time runs {speed:g} times as fast"
