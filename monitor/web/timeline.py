"""The session's events in plain words, an alarm and what came of it as one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from devices.readings import Micros
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnd,
    AlarmEnded,
    AlarmRaised,
    AnyEvent,
    AudioPaused,
    AudioResumed,
    ClockStepped,
    CuffFailed,
    CuffIntervalSet,
    CuffMeasured,
    CuffStarted,
    DoseStarted,
    LinkLost,
    LinkRestored,
    NoteWritten,
    Phase,
    PhaseEntered,
    RecordingResumed,
    RecordingStopped,
    ServiceStarted,
    SessionEnded,
    SessionOpened,
)

Clock = Callable[[Micros], str]
"""Turns a time into what the reader's clock showed, such as ``14:28``."""
SERVICE = "service"


class Line(msgspec.Struct):
    """A line of the timeline. ``strong`` is the part that stands out, in the colour of ``tone``."""

    at: Micros
    strong: str
    rest: str = ""
    tone: str = ""


def lines(events: Sequence[AnyEvent], clock: Clock) -> list[Line]:
    """The lines, newest first. ``events`` come in the order in which they happened."""
    told: list[Line] = []
    open_alarms: dict[str, Line] = {}
    for event in events:
        if isinstance(event, AlarmRaised):
            line = Line(event.at, event.text, " raised", event.priority)
            open_alarms[event.condition] = line
            told.append(line)
        elif isinstance(event, AlarmAcknowledged):
            _add(open_alarms.get(event.condition), f" · acknowledged by {event.by}, {clock(event.at)}")
        elif isinstance(event, AlarmEnded):
            _add(open_alarms.pop(event.condition, None), _ending(event, clock))
        elif (line_or_none := _plain(event)) is not None:
            told.append(line_or_none)
    return told[::-1]


def _add(line: Line | None, words: str) -> None:
    if line is not None:
        line.rest = line.rest.removesuffix(" raised") + words if line.rest == " raised" else line.rest + words


def _ending(event: AlarmEnded, clock: Clock) -> str:
    match event.how:
        case AlarmEnd.CLEARED:
            return f" · ended {clock(event.ended)}"
        case AlarmEnd.INDETERMINATE:
            return f" · no data after {clock(event.ended)}, so unknown whether it ended"
        case AlarmEnd.SESSION_ENDED:
            return " · until the session ended"


def _plain(event: AnyEvent) -> Line | None:
    at = event.at
    match event:
        case SessionOpened(by=by, patient=patient, weight_kg=weight, dose_mg=dose):
            return Line(at, "Session opened", f" · {patient}, {weight:g} kg, {dose:g} mg planned · {by}")
        case DoseStarted(by=by):
            return Line(at, "Dose started", f" · {by}")
        case PhaseEntered(by=by, phase=phase):
            return None if phase is Phase.DOSING else Line(at, phase.capitalize(), f" · {by}")
        case SessionEnded(by=by, phase=phase, reason=reason):
            return Line(at, f"Session {phase}", f" · {reason} · {by}" if reason else f" · {by}")
        case NoteWritten(by=by, text=text):
            return Line(at, "", f"{text} · {by}")
        case CuffMeasured():
            return Line(at, "", _reading(event))
        case CuffFailed(reason=reason):
            return Line(at, "No cuff reading", f" · {reason}")
        case CuffStarted(by=by):
            return None if by == SERVICE else Line(at, "", f"Cuff started by {by}")
        case CuffIntervalSet(by=by, interval_s=seconds):
            often = "by hand only" if seconds is None else f"every {seconds / 60:g} min"
            return Line(at, "", f"Cuff {often} · {by}")
    return _technical(event)


def _technical(event: AnyEvent) -> Line | None:
    at = event.at
    match event:
        case LinkLost(source=source, reason=reason):
            return Line(at, f"{source} lost", f" · {reason}" if reason else "", "low")
        case LinkRestored(source=source):
            return Line(at, "", f"{source} is back")
        case AudioPaused(by=by):
            return Line(at, "", f"Audio paused by {by}")
        case AudioResumed(by=by, reason=reason):
            return Line(at, "", f"Audio resumed · {reason or by}")
        case ServiceStarted(version=version):
            return Line(at, "", f"Chairside {version} started")
        case ClockStepped(seconds=seconds):
            return Line(at, "Clock changed", f" by {seconds:+.0f} s", "low")
        case RecordingStopped(reason=reason):
            return Line(at, "Recording stopped", f" · {reason}", "high")
        case RecordingResumed(lost_seconds=lost):
            return Line(at, "Recording again", f" · {lost} s of measurements are missing", "low")
    return None


def _reading(cuff: CuffMeasured) -> str:
    mean = "" if cuff.map is None else f" ({cuff.map:.0f})"
    pulse = "" if cuff.pr is None else f", pulse {cuff.pr:.0f}"
    return f"NIBP {cuff.sys:.0f}/{cuff.dia:.0f}{mean}{pulse}"
