"""What people ask for over the local bus, and what they are answered."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from devices.readings import Micros
from monitor.clinic.alarms.auto_limits import Formula
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.events import FASTEST as FASTEST
from monitor.clinic.events import Phase
from monitor.clinic.treatment.intake import Intake
from monitor.service.treatment_messages import AnyAfterwards, AnyTreatmentCommand
from monitor.service.treatment_messages import Command as Command


class StartSession(Command, frozen=True, kw_only=True):
    """Begin a patient's treatment in a free room."""

    room: str
    patient: str
    weight_kg: float
    protocol: str
    dose_mg: float
    intake: Intake = Intake()
    confirmed: tuple[str, ...] = ()


class EnterPhase(Command, frozen=True, kw_only=True):
    """Move the session on to recovery."""

    room: str
    session: str
    phase: Phase


class AbortSession(Command, frozen=True, kw_only=True):
    """Stop the session."""

    room: str
    session: str
    reason: str


class TakeCuffReading(Command, frozen=True, kw_only=True):
    """Measure the blood pressure now."""

    room: str
    session: str


class CancelCuff(Command, frozen=True, kw_only=True):
    """Deflate the cuff now."""

    room: str


class SetCuffInterval(Command, frozen=True, kw_only=True):
    """Measure every ``minutes``; ``None`` is by hand only."""

    room: str
    session: str
    minutes: int | None


class WriteNote(Command, frozen=True, kw_only=True):
    """Add a line to the session's timeline."""

    room: str
    session: str
    text: str


class Acknowledge(Command, frozen=True, kw_only=True):
    """Take notice of these alarms of a room: those that the person had before them, and no other."""

    room: str
    session: str | None
    """Whose alarms they are; Chairside's own are nobody's."""
    conditions: list[str]


class SetLimits(Command, frozen=True, kw_only=True):
    """Give the session alarm limits of its own. ``settings`` by key, such as ``SpO2.low``, ``SpO2.low.delay`` and
    ``SpO2.low.area``; ``null`` is none.
    """

    room: str
    session: str
    settings: dict[str, float | None]


class ReturnToProfile(Command, frozen=True, kw_only=True):
    """Go back to the alarm limits of the protocol."""

    room: str
    session: str


class TakeOfferedLimits(Command, frozen=True, kw_only=True):
    """Take the limits that a formula makes of the patient's baseline."""

    room: str
    session: str
    formula: Formula


class LockBaseline(Command, frozen=True, kw_only=True):
    """Lock the patient's own values, or lock them anew with a reason."""

    room: str
    session: str
    reason: str = ""


class MarkSymptom(Command, frozen=True, kw_only=True):
    """A sign that raises the emergency is there (``present``), or gone."""

    room: str
    session: str
    symptom: Symptom
    present: bool


class PauseAlarms(Command, frozen=True, kw_only=True):
    """Pause all alarms of a room, with sound and sight, for 120 s."""

    room: str
    session: str


class SwitchAlarmsOff(Command, frozen=True, kw_only=True):
    """Switch off one alarm condition of a room, or with ``None`` all that can be; needs a role and a reason."""

    room: str
    session: str
    condition: Annotated[str, msgspec.Meta(min_length=1)] | None
    reason: str


class ResumeAlarms(Command, frozen=True, kw_only=True):
    """Watch again what was paused or switched off; ``None`` is the whole room."""

    room: str
    session: str
    condition: Annotated[str, msgspec.Meta(min_length=1)] | None


class PauseAudio(Command, frozen=True, kw_only=True):
    """Silence alarm sounds for 120 s."""


class SwitchAudioOff(Command, frozen=True, kw_only=True):
    """Silence alarm sounds until somebody ends that; needs a role and a reason."""

    reason: str


class ResumeAudio(Command, frozen=True, kw_only=True):
    """End the pause, or switch sound on, now."""


class TestAlarmChain(Command, frozen=True, kw_only=True):
    """Make up a violation, to see that it reaches a screen."""


class ChainSeen(Command, frozen=True, kw_only=True):
    """A screen has shown the made-up alarm ``test``; ``ms`` after its values were made up."""

    test: str
    ms: int


class SetSpeed(Command, frozen=True, kw_only=True):
    """Let the clinic's time run ``speed`` times as fast; 1 is ordinary, ``FASTEST`` as fast as the machine can. Only
    where every room is simulated.
    """

    speed: Annotated[float, msgspec.Meta(ge=1, le=FASTEST)]


class GetSnapshot(Command, frozen=True, kw_only=True):
    """Ask for the whole present state."""


AnyCommand = (
    StartSession
    | EnterPhase
    | AbortSession
    | TakeCuffReading
    | CancelCuff
    | SetCuffInterval
    | WriteNote
    | Acknowledge
    | SetLimits
    | ReturnToProfile
    | TakeOfferedLimits
    | LockBaseline
    | MarkSymptom
    | PauseAlarms
    | SwitchAlarmsOff
    | ResumeAlarms
    | PauseAudio
    | SwitchAudioOff
    | ResumeAudio
    | TestAlarmChain
    | ChainSeen
    | SetSpeed
    | GetSnapshot
    | AnyTreatmentCommand
    | AnyAfterwards
)


class SetFault(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """Asked of the simulator, not of the service: switch a fault of a simulated device or patient on or off.

    ``fault``: ``unplug`` (the port vanishes), ``silence`` (it sends nothing), ``sensor_off``, or a trouble of the
    patient (``devices.simulation.patient.Trouble``).
    """

    room: str
    device: str
    fault: str
    active: bool


class Play(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """Asked of the simulator by the service, never by a person: let the devices live up to this time of the clinic and
    wait there; ``None``: let them live by themselves again.
    """

    until: Micros | None
    join: bool
    """This is where fast time begins: nothing has passed until then."""
    given: int
    """Grows from order to order; one that comes after a newer one counts no more."""


class Request(msgspec.Struct, frozen=True):
    """A command and who asks, in which role. ``signed``: they have just given their PIN for it."""

    by: str
    command: AnyCommand | SetFault | Play
    role: str = "nurse"
    signed: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """The answer: ``done`` means that it is in the record. ``text`` tells the person what happened or what to do;
    ``field`` names the form's field that is wrong; ``warnings`` are what they may confirm.
    """

    done: bool
    text: str = ""
    field: str | None = None
    warnings: tuple[str, ...] = ()
    snapshot: dict[str, Any] | None = None
