"""What goes over the local bus: commands and their outcomes, live frames, waves.

Browsers get frames as the service encoded them, so the names here are also what the page's script reads. Times are UTC
microseconds. A frame holds only what changed since the frame before; the first a screen gets is a snapshot of all.
"""

from __future__ import annotations

from typing import Any

import msgspec

from devices.readings import Metric, Micros
from monitor.clinic.alarms.engine import AlarmView
from monitor.clinic.events import Phase


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """Something a person asks for.

    What changes a session names the ``session`` that the person had before them, so that a dialog that was left open
    does nothing to the next patient in the room. Acknowledging, silencing and deflating are for whoever is there.
    """


class StartSession(Command, frozen=True, kw_only=True):
    """Begin a patient's treatment in a free room."""

    room: str
    patient: str
    weight_kg: float
    protocol: str
    dose_mg: float


class EnterPhase(Command, frozen=True, kw_only=True):
    """Move the session on to its next phase; entering ``dosing`` starts the dose clock."""

    room: str
    session: str
    phase: Phase


class EndSession(Command, frozen=True, kw_only=True):
    """Close the session as ``discharged`` or ``aborted`` (then with a reason)."""

    room: str
    session: str
    phase: Phase
    reason: str = ""


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
    """Take notice of one alarm of a room, or with ``condition=None`` of all that are active there."""

    room: str
    condition: str | None = None


class PauseAudio(Command, frozen=True, kw_only=True):
    """Silence alarm sounds for 120 s."""


class ResumeAudio(Command, frozen=True, kw_only=True):
    """End the pause now."""


class GetSnapshot(Command, frozen=True, kw_only=True):
    """Ask for the whole present state."""


AnyCommand = (
    StartSession
    | EnterPhase
    | EndSession
    | TakeCuffReading
    | CancelCuff
    | SetCuffInterval
    | WriteNote
    | Acknowledge
    | PauseAudio
    | ResumeAudio
    | GetSnapshot
)


class SetFault(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """Asked of the simulator, not of the service: switch a fault of a simulated device or patient on or off.

    ``fault``: ``unplug`` (the port vanishes), ``silence`` (it sends nothing), ``sensor_off``, ``desaturate``.
    """

    room: str
    device: str
    fault: str
    active: bool


class Request(msgspec.Struct, frozen=True):
    """A command and who asks."""

    by: str
    command: AnyCommand | SetFault


class Outcome(msgspec.Struct, frozen=True):
    """The answer: ``done`` means that it is in the record. ``text`` tells the person what happened or what to do;
    ``field`` names the form's field that is wrong.
    """

    done: bool
    text: str = ""
    field: str | None = None
    snapshot: dict[str, Any] | None = None


class SessionView(msgspec.Struct, frozen=True):
    """The open session of a room. ``next_phase`` is what the main button leads to, ``next_label`` what it says."""

    id: str
    patient: str
    weight_kg: float
    protocol: str
    title: str
    dose: str
    phase: Phase
    phase_label: str
    next_phase: Phase | None
    next_label: str
    opened_at: Micros
    first_dose_at: Micros | None
    open_items: int
    all_items: int


class NumberView(msgspec.Struct, frozen=True):
    """The newest value of a metric. ``quality`` is the flag sum of ``devices.readings.Quality``; ``low`` and ``high``
    are the alarm limits in force.
    """

    value: float | None
    at: Micros
    quality: int
    source: str
    low: float | None
    high: float | None


class CuffView(msgspec.Struct, frozen=True):
    """The cuff: its last whole reading, what it does now, and when it is due."""

    present: bool
    measuring: bool
    pressure: float | None
    sys: float | None
    dia: float | None
    map: float | None
    pr: float | None
    measured_at: Micros | None
    baseline_sys: float | None
    baseline_dia: float | None
    interval_s: int | None
    next_at: Micros | None
    problem: str
    sys_low: float | None
    sys_high: float | None
    dia_low: float | None
    dia_high: float | None


class DeviceView(msgspec.Struct, frozen=True):
    """A device's link. ``state``: ``ok``, ``waiting`` (opening), ``lost``, ``silent``; ``problem`` in plain words."""

    name: str
    protocol: str
    state: str
    problem: str


class RoomView(msgspec.Struct, frozen=True):
    """Everything that a tile and a room page show of one room, apart from waves."""

    id: str
    name: str
    simulated: bool
    session: SessionView | None
    numbers: dict[Metric, NumberView]
    cuff: CuffView
    alarms: list[AlarmView]
    devices: list[DeviceView]
    last_event: int
    """Grows with every event of the room: a page that shows a timeline reloads it when this changes."""


class RecordingView(msgspec.Struct, frozen=True):
    """Whether the record takes writes; ``problem`` says why not and since when."""

    working: bool
    problem: str


class Frame(msgspec.Struct, frozen=True):
    """One tick of the live channel. ``rooms`` holds, per changed room, its id and the changed members of its
    ``RoomView``; ``boot`` changes when the service was restarted, which asks every screen for a new snapshot.
    """

    boot: str
    seq: int
    at: Micros
    rooms: list[dict[str, Any]]
    audio_paused_until: Micros | None
    recording: RecordingView
    notice: str
    """A standing message for every screen, such as a changed clock; empty when there is none."""


class WaveView(msgspec.Struct, frozen=True):
    """A stretch of a room's wave for the screen; ``samples`` count 0..``full_scale``."""

    room: str
    start: Micros
    rate_hz: float
    full_scale: int
    samples: tuple[int, ...]
