"""Everything that happens, as facts in the past tense. State is a fold over these; none is ever edited.

Those of a treatment, from intake to discharge, are in ``monitor.clinic.treatment.events``.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from devices.readings import Metric, Micros
from monitor.clinic.alarms.limits import PlainLimit
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.event import Event as Event
from monitor.clinic.event import Phase as Phase
from monitor.clinic.priority import Priority
from monitor.clinic.treatment.events import TreatmentEvent
from monitor.clinic.treatment.intake import Intake


class AlarmEnd(StrEnum):
    """How an alarm condition ended."""

    CLEARED = "cleared"
    INDETERMINATE = "indeterminate"
    """The data stopped, so nobody knows whether the condition is over."""
    SESSION_ENDED = "session_ended"
    SWITCHED_OFF = "switched_off"
    """A person paused or switched off the alarm."""
    RESOLVED = "resolved"
    """A person saw that it is over."""
    LIMITS_CHANGED = "limits_changed"
    """The limit was moved so that the value is within it."""


class EscalationStep(StrEnum):
    """What is done next when nobody answers an alarm, in this order."""

    LOUDER = "louder"
    BANNER = "banner"
    """It stands in a banner of its own on every screen."""
    MESSAGE = "message"
    """It is told to another system by a web request."""


class SessionOpened(Event, frozen=True, kw_only=True):
    """A patient's treatment began in a room. ``dose_mg`` is the planned dose; ``protocol`` a protocol's id.
    A weight or dose of 0 is one that nobody knows, as of a replayed recording;
    ``warnings`` are what the person was asked about and confirmed; ``limits`` the protocol's alarm limits as they
    were configured then; ``simulated``: whether the patient is played. Older records do not say the last two.
    """

    patient: str
    weight_kg: float
    protocol: str
    dose_mg: float
    cuff_interval_s: int | None
    intake: Intake = Intake()
    warnings: tuple[str, ...] = ()
    limits: tuple[PlainLimit, ...] | None = None
    simulated: bool | None = None


class DoseStarted(Event, frozen=True, kw_only=True):
    """The first device was used or the infusion was started: the session's time zero is ``given_at``, or ``at`` where
    that is not set.
    """

    given_at: Micros | None = None

    @property
    def zero(self) -> Micros:
        """The session's time zero."""
        return self.at if self.given_at is None else self.given_at


class PhaseEntered(Event, frozen=True, kw_only=True):
    """The session moved on to a phase."""

    phase: Phase


class SessionEnded(Event, frozen=True, kw_only=True):
    """The session is over and the room free. ``phase`` is how it ended; ``told`` whom: the prescriber of a patient who
    leaves against advice, or who takes over a patient.
    """

    phase: Phase
    reason: str = ""
    told: str = ""


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


class PressureTaken(Event, frozen=True, kw_only=True):
    """A person measured the pressure by hand at ``measured_at``, in mmHg; ``pr`` per minute, ``None`` where it was not
    counted.
    """

    measured_at: Micros
    sys: float
    dia: float
    pr: float | None
    warnings: tuple[str, ...] = ()

    @property
    def map(self) -> None:
        """Nobody reads a mean pressure off by ear."""


PressureReading = CuffMeasured | PressureTaken
"""A blood pressure, by whatever it was measured."""


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


class AlarmLatched(Event, frozen=True, kw_only=True):
    """The condition of an alarm is over that nobody has answered: it stays on the screens, silently, until somebody
    does. ``ended`` is when the condition was last known to hold, ``text`` what it said at its worst.
    """

    condition: str
    how: AlarmEnd
    ended: Micros
    text: str = ""


class AlarmEscalated(Event, frozen=True, kw_only=True):
    """Nobody has answered an alarm for so long that the next step was taken."""

    condition: str
    step: EscalationStep


class AlarmMessaged(Event, frozen=True, kw_only=True):
    """Another system was told of an unanswered alarm; ``problem`` says why that failed, empty when it did not."""

    condition: str
    problem: str = ""


class SymptomMarked(Event, frozen=True, kw_only=True):
    """A person saw a sign that is an emergency at any pressure."""

    symptom: Symptom


class SymptomResolved(Event, frozen=True, kw_only=True):
    """A person saw that the sign is gone."""

    symptom: Symptom


class BaselineLocked(Event, frozen=True, kw_only=True):
    """The patient's own values that relative limits refer to, from now on: the median of so many cuff ``readings``, and
    of a minute of the oximeter. ``reason`` says why it was locked anew.
    """

    values: dict[Metric, float]
    readings: int
    reason: str = ""


class LimitChange(Struct, frozen=True):
    """One setting of the alarm limits before and after, ``None`` for none; ``key`` such as ``SpO2.low.delay``, or
    ``SpO2.low`` for the limit itself.
    """

    key: str
    before: float | None
    after: float | None


class ProfileChanged(Event, frozen=True, kw_only=True):
    """The service started with other alarm limits for the session's protocol than those before."""

    limits: tuple[PlainLimit, ...]


class LimitsChanged(Event, frozen=True, kw_only=True):
    """A session's own alarm limits. ``why``: ``by hand``, ``profile``, or the name of a formula."""

    changes: list[LimitChange]
    why: str


class AlarmsPaused(Event, frozen=True, kw_only=True):
    """The alarms of a room are paused, with sound and sight, until ``until``."""

    until: Micros


class AlarmsSwitchedOff(Event, frozen=True, kw_only=True):
    """An alarm condition of a room, or with ``None`` all that can be, was switched off by somebody who may."""

    condition: str | None
    role: str
    reason: str


class AlarmsResumed(Event, frozen=True, kw_only=True):
    """What was paused or switched off is watched again; ``reason`` says why."""

    condition: str | None
    reason: str


class AudioSwitchedOff(Event, frozen=True, kw_only=True):
    """Alarm sounds are off everywhere until somebody switches them on."""

    role: str
    reason: str


class AudioPaused(Event, frozen=True, kw_only=True):
    """Alarm sounds are silenced everywhere until ``until``."""

    until: Micros


class AudioResumed(Event, frozen=True, kw_only=True):
    """Alarm sounds are back, after a pause that was cut short or after they were off; ``reason`` says why."""

    reason: str


class AlarmChainTested(Event, frozen=True, kw_only=True):
    """A violation was made up to see that alarms reach a screen. ``ms`` is how long it took until a browser showed it;
    ``None`` when none did in time.
    """

    ms: int | None


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


FASTEST = 1000
"""The speed of time that stands for as fast as the machine can."""


class SpeedSet(Event, frozen=True, kw_only=True):
    """Time runs ``speed`` times as fast in a clinic of simulated rooms; 1 is ordinary, ``FASTEST`` the most."""

    speed: float


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
    | PressureTaken
    | CuffFailed
    | AlarmRaised
    | AlarmAcknowledged
    | AlarmEnded
    | AlarmLatched
    | AlarmEscalated
    | AlarmMessaged
    | AlarmChainTested
    | AlarmsPaused
    | AlarmsSwitchedOff
    | AlarmsResumed
    | SymptomMarked
    | SymptomResolved
    | BaselineLocked
    | LimitsChanged
    | ProfileChanged
    | AudioSwitchedOff
    | AudioPaused
    | AudioResumed
    | LinkLost
    | LinkRestored
    | ServiceStarted
    | ClockStepped
    | SpeedSet
    | RecordingStopped
    | RecordingResumed
    | TreatmentEvent
)
