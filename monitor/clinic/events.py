"""Everything that happens, as facts in the past tense. State is a fold over these; none is ever edited.

``at`` is UTC in microseconds; ``seq`` is given by the record when the event is committed; ``by`` is who or what did it
(a person's name, or ``service``). ``session`` is ``None`` for what belongs to the whole clinic.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from devices.readings import Micros


class Phase(StrEnum):
    """Where a session stands."""

    BASELINE = "baseline"
    DOSING = "dosing"
    MONITORING = "monitoring"
    RECOVERY = "recovery"
    DISCHARGED = "discharged"
    ABORTED = "aborted"


class Priority(StrEnum):
    """Alarm priority after IEC 60601-1-8."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlarmEnd(StrEnum):
    """How an alarm condition ended."""

    CLEARED = "cleared"
    INDETERMINATE = "indeterminate"
    """The data stopped, so nobody knows whether the condition is over."""
    SESSION_ENDED = "session_ended"


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What every event carries."""

    seq: int = 0
    at: Micros
    by: str
    room: str | None = None
    session: str | None = None


class SessionOpened(Event, frozen=True, kw_only=True):
    """A patient's treatment began in a room. ``dose_mg`` is the planned dose; ``protocol`` a protocol's id."""

    patient: str
    weight_kg: float
    protocol: str
    dose_mg: float
    cuff_interval_s: int | None


class DoseStarted(Event, frozen=True, kw_only=True):
    """The first device was used or the infusion was started: the session's time zero."""


class PhaseEntered(Event, frozen=True, kw_only=True):
    """The session moved on to a phase."""

    phase: Phase


class SessionEnded(Event, frozen=True, kw_only=True):
    """The session is over and the room free. ``phase`` is ``discharged`` or ``aborted``."""

    phase: Phase
    reason: str = ""


class NoteWritten(Event, frozen=True, kw_only=True):
    """A person wrote something down."""

    text: str


class CuffIntervalSet(Event, frozen=True, kw_only=True):
    """The time between automatic cuff readings was changed; ``None`` is by hand only."""

    interval_s: int | None


class CuffStarted(Event, frozen=True, kw_only=True):
    """A cuff was told to measure: by a person, or by ``service`` when the interval was up."""


class CuffMeasured(Event, frozen=True, kw_only=True):
    """A cuff reading, whole: the values of one inflation, in mmHg; ``pr`` per minute."""

    measured_at: Micros
    sys: float
    dia: float
    map: float | None
    pr: float | None
    source: str
    simulated: bool


class CuffFailed(Event, frozen=True, kw_only=True):
    """A cuff gave no reading; ``reason`` in plain words. ``stopped`` when a person wanted it to end."""

    reason: str
    source: str
    stopped: bool = False


class AlarmRaised(Event, frozen=True, kw_only=True):
    """An alarm became active. ``condition`` such as ``SpO2.low``; ``since`` when the condition began, ``onset`` when
    its delay had passed; ``value`` and ``limit`` are ``None`` for technical alarms.
    """

    condition: str
    priority: Priority
    text: str
    since: Micros
    onset: Micros
    value: float | None = None
    limit: float | None = None


class AlarmAcknowledged(Event, frozen=True, kw_only=True):
    """A person took notice of an active alarm."""

    condition: str


class AlarmEnded(Event, frozen=True, kw_only=True):
    """An alarm is over. ``ended`` is when the condition was last known to hold."""

    condition: str
    how: AlarmEnd
    ended: Micros


class AudioPaused(Event, frozen=True, kw_only=True):
    """Alarm sounds are silenced everywhere until ``until``."""

    until: Micros


class AudioResumed(Event, frozen=True, kw_only=True):
    """Alarm sounds are back before the pause was over; ``reason`` says why."""

    reason: str


class LinkLost(Event, frozen=True, kw_only=True):
    """A device is unplugged, silent or away."""

    source: str
    reason: str


class LinkRestored(Event, frozen=True, kw_only=True):
    """A device that was lost sends again."""

    source: str


class ServiceStarted(Event, frozen=True, kw_only=True):
    """The service came up."""

    version: str
    sqlite: str


class ClockStepped(Event, frozen=True, kw_only=True):
    """The computer's clock was changed by ``seconds`` while the service ran; times go on without the jump."""

    seconds: float


class RecordingStopped(Event, frozen=True, kw_only=True):
    """Nothing could be written from ``since`` on."""

    since: Micros
    reason: str


class RecordingResumed(Event, frozen=True, kw_only=True):
    """Writing works again; ``lost_seconds`` of measurements are missing from the record."""

    since: Micros
    lost_seconds: int


AnyEvent = (
    SessionOpened
    | DoseStarted
    | PhaseEntered
    | SessionEnded
    | NoteWritten
    | CuffIntervalSet
    | CuffStarted
    | CuffMeasured
    | CuffFailed
    | AlarmRaised
    | AlarmAcknowledged
    | AlarmEnded
    | AudioPaused
    | AudioResumed
    | LinkLost
    | LinkRestored
    | ServiceStarted
    | ClockStepped
    | RecordingStopped
    | RecordingResumed
)
