"""What screens are told of a treatment: part of ``monitor.service.frames``. Times are UTC microseconds."""

from __future__ import annotations

import msgspec

from devices.readings import Micros
from monitor.clinic.treatment.checklist import ItemState
from monitor.clinic.treatment.events import Finding
from monitor.clinic.treatment.intake import Intake
from monitor.clinic.treatment.schedule import DueItem


class GateView(msgspec.Struct, frozen=True):
    """What the first dose waits for; ``held_until`` while it waits for another reading. ``overridden`` says by whom and
    why a clinician has decided otherwise.
    """

    findings: dict[Finding, str]
    held_until: Micros | None
    repeat_min: int
    overridden: str


class DeviceGivenView(msgspec.Struct, frozen=True):
    """A nasal device that was given."""

    number: int
    mg: float
    lot: str
    given_at: Micros


class InfusionView(msgspec.Struct, frozen=True):
    """The infusion: ``mg`` were in at ``since``, and ``mg_per_h`` flow from then on up to ``dose_mg``."""

    dose_mg: float
    volume_ml: float
    rate_ml_h: float
    mg: float
    since: Micros
    mg_per_h: float
    empty_at: Micros | None
    running: bool
    paused_for: str


class DosingView(msgspec.Struct, frozen=True):
    """What was given. ``next_device`` is the number of the next nasal device, not to be given before ``next_at``;
    ``None`` when all were. ``bolus_mg`` is the sum of extra doses.
    """

    route: str
    planned_mg: float
    devices: list[DeviceGivenView]
    device_mg: float | None
    next_device: int | None
    next_at: Micros | None
    infusion: InfusionView | None
    bolus_mg: float
    ended_at: Micros | None
    given_mg: float | None
    """What was given in all, once dosing has ended."""


class ResultView(msgspec.Struct, frozen=True):
    """The newest result on a scale."""

    scale: str
    result: int
    at: Micros


class EpisodeView(msgspec.Struct, frozen=True):
    """An effect; without an onset there was none so far."""

    episode: str
    onset_at: Micros | None
    resolved_at: Micros | None
    set_by: str
    assessed: bool


class TreatmentView(msgspec.Struct, frozen=True):
    """A treatment as the room page shows it."""

    intake: Intake
    gate: GateView | None
    """``None`` from the first dose on."""
    dosing: DosingView
    due: list[DueItem]
    results: list[ResultView]
    episodes: list[EpisodeView]
    oxygen_l_min: float
    checklist: list[ItemState]
    ready_at: Micros | None
    """When all items of the checklist first held."""
    ready: bool
    """Whether they hold now."""
    lost: list[str]
    """What turned bad after they had held."""
