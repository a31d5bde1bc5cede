"""A treatment protocol as data: what a session must do. A site copies one of the shipped ones and edits it."""

from __future__ import annotations

from typing import Literal

import msgspec

from devices.readings import SECOND, Metric
from monitor.clinic.alarms.limits import MetricLimits
from monitor.clinic.alarms.policy import AlarmPolicy
from monitor.clinic.events import Phase
from monitor.clinic.priority import Priority
from monitor.clinic.treatment.plan import ChecklistItem, DoseChecks, Due, Gate, MedicineChoice, Observation
from monitor.clinic.treatment.scales import Scale

STEPS: tuple[Phase, ...] = (Phase.BASELINE, Phase.DOSING, Phase.MONITORING, Phase.RECOVERY, Phase.DISCHARGED)
"""The phases of a session that runs to its end, in order."""


class Dose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the drug is given. Fixed doses are offered as they are; otherwise the dose follows the weight."""

    route: Literal["nasal", "iv"]
    fixed_mg: list[float] = []
    mg_per_kg: float | None = None
    minutes: float | None = None
    """Duration of an infusion."""
    highest_mg: float = 200.0
    """A planned dose above this is refused as a slip of the keyboard."""
    device_mg: float | None = None
    """What a nasal device holds."""
    device_wait_min: float = 5.0
    """How long to wait after a device before the next."""
    checks: DoseChecks = DoseChecks()


class AlarmRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How alarms of a protocol are dealt with. ``latch``: priorities that stay on the screen until somebody answers; a
    perfusion index below ``weak_pi`` (%) is weak evidence, and a violation of nothing else must last ``weak_wait_s``;
    ``overdue_min``: how late a cuff reading may be before that is an alarm.
    """

    latch: tuple[Priority, ...] = (Priority.HIGH,)
    weak_pi: float = 0.3
    weak_wait_s: float = 6.0
    overdue_min: float = 5.0

    def policy(self) -> AlarmPolicy:
        """The part of the alarm policy that is the protocol's."""
        return AlarmPolicy(
            latch=frozenset(self.latch),
            weak_pi=self.weak_pi,
            weak_wait=round(self.weak_wait_s * SECOND),
            overdue=round(self.overdue_min * 60 * SECOND),
        )


class Protocol(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a session of this protocol is made of. ``cuff_minutes`` is the interval on entering a phase; a phase that
    is not named leaves the cuff to the nurse.
    """

    id: str
    title: str
    drug: str
    dose: Dose
    cuff_minutes: dict[Phase, int]
    limits: dict[Metric, MetricLimits]
    checklist: list[ChecklistItem]
    gate: Gate
    observation: Observation
    due: tuple[Due, ...] = ()
    assessments: tuple[Scale, ...] = tuple(Scale)
    """The scales that are offered, the usual ones first."""
    medicines: tuple[MedicineChoice, ...] = ()
    monitoring_form: bool = False
    """Whether a monitoring form is due within a week of each session."""
    alarms: AlarmRules = AlarmRules()

    def dose_text(self, dose_mg: float) -> str:
        """The dose as it stands on tile and page, such as ``Esketamine 84 mg``; 0 is one that nobody knows."""
        return f"{self.drug} {dose_mg:g} mg" if dose_mg else f"{self.drug}, dose unknown"
