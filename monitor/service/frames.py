"""What screens are told over the local bus: live frames and waves.

Browsers get frames as the service encoded them, so the names here are also what the page's script reads. Times are UTC
microseconds. A frame holds only what changed since the frame before; the first a screen gets is a snapshot of all.
"""

from __future__ import annotations

from typing import Any

import msgspec

from devices.readings import Metric, Micros
from monitor.clinic.alarms.auto_limits import Formula
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.alarms.views import AlarmView
from monitor.clinic.events import Phase
from monitor.service.treatment_frames import TreatmentView


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
    """The last blood pressure, by cuff or ``by_hand``, and the cuff: what it does now, and when it is due."""

    present: bool
    measuring: bool
    pressure: float | None
    sys: float | None
    dia: float | None
    map: float | None
    pr: float | None
    measured_at: Micros | None
    by_hand: bool
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


class LimitView(msgspec.Struct, frozen=True):
    """One alarm limit that is in force. ``delay_s`` or ``area`` (unit-seconds) says when it alarms; the ``profile``
    members are the protocol's; nobody moves it out of ``lowest`` to ``highest``.
    """

    key: str
    label: str
    unit: str
    limit: float
    delay_s: float
    area: float | None
    profile_limit: float
    profile_delay_s: float
    profile_area: float | None
    lowest: float
    highest: float
    episodic: bool


class OfferView(msgspec.Struct, frozen=True):
    """The limits that a formula makes of the baseline, by key."""

    formula: Formula
    settings: dict[str, float | None]


class BaselineView(msgspec.Struct, frozen=True):
    """The patient's own values. Until ``locked`` they follow each new reading and no limit refers to them."""

    values: dict[Metric, float]
    locked: bool
    readings: int
    at: Micros | None


class WatchingView(msgspec.Struct, frozen=True):
    """How a patient is watched: what the dialogs of a room page show. Changes only with the session's events."""

    limits: list[LimitView]
    offers: list[OfferView]
    baseline: BaselineView
    symptoms: dict[Symptom, Micros]
    """The signs of an emergency that are present, and since when."""


class OffView(msgspec.Struct, frozen=True):
    """Alarms or sounds that are paused (``until``) or switched off. ``condition`` ``None`` is the whole room."""

    condition: str | None
    by: str
    reason: str
    since: Micros
    until: Micros | None


class RoomView(msgspec.Struct, frozen=True):
    """Everything that a tile and a room page show of one room, apart from waves."""

    id: str
    name: str
    simulated: bool
    session: SessionView | None
    numbers: dict[Metric, NumberView]
    cuff: CuffView
    alarms: list[AlarmView]
    alarms_off: list[OffView]
    watching: WatchingView | None
    treatment: TreatmentView | None
    devices: list[DeviceView]
    last_event: int
    """Grows with every event of the room: a page that shows a timeline reloads it when this changes."""


class RecordingView(msgspec.Struct, frozen=True):
    """Whether the record takes writes; ``problem`` says why not and since when."""

    working: bool
    problem: str


class ChainView(msgspec.Struct, frozen=True):
    """The newest test of the way from a violation to a screen. ``test`` names it while it waits for a screen;
    ``since`` is when the values were made up, ``ms`` how long it took, ``None`` while it runs or when it ``failed``.
    """

    test: str
    since: Micros
    ms: int | None
    failed: bool


class Frame(msgspec.Struct, frozen=True):
    """One tick of the live channel. ``rooms`` holds, per changed room, its id and the changed members of its
    ``RoomView``; ``boot`` changes when the service was restarted, which asks every screen for a new snapshot.
    """

    boot: str
    seq: int
    at: Micros
    rooms: list[dict[str, Any]]
    audio_paused_until: Micros | None
    audio_off: OffView | None
    reminder_s: int
    """How often screens remind of sounds that are off."""
    chain: ChainView | None
    recording: RecordingView
    notice: str
    """A standing message for every screen, such as a changed clock; empty when there is none."""
    speed: float = 1.0
    """How many times as fast as real the clinic's time runs; ``at`` and all times here are of the clinic."""


class WaveView(msgspec.Struct, frozen=True):
    """A stretch of a room's wave for the screen; ``samples`` count 0..``full_scale``."""

    room: str
    start: Micros
    rate_hz: float
    full_scale: int
    samples: tuple[int, ...]
