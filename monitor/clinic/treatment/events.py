"""What happens in a treatment, as facts: part of ``monitor.clinic.events``.

``at`` is when it was told; where a person may tell later, ``given_at`` is when it was. ``warnings`` are the sentences
that the person was shown and confirmed.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from devices.readings import Metric, Micros
from monitor.clinic.event import Event
from monitor.clinic.treatment.intake import Intake
from monitor.clinic.treatment.scales import Scale


class Finding(StrEnum):
    """What the pre-dose gate may find."""

    NO_PRESSURE = "no_pressure"
    PRESSURE = "pressure"
    SATURATION = "saturation"
    ASSESSMENT = "assessment"
    INTAKE = "intake"


class Episode(StrEnum):
    """Effects with an onset and a resolution, which the monitoring form asks for."""

    SEDATION = "sedation"
    DISSOCIATION = "dissociation"
    RESPIRATORY_DEPRESSION = "respiratory_depression"


class Stage(StrEnum):
    """How far the checklist is."""

    STABLE = "stable"
    """All items hold but the minimum observation: when the patient could have left without it."""
    READY = "ready"
    """All items hold: clinically ready."""


class SeriousOutcome(StrEnum):
    """What makes an adverse event a serious one."""

    DEATH = "death"
    LIFE_THREATENING = "life_threatening"
    HOSPITALISATION = "hospitalisation"
    DISABILITY = "disability"
    INTERVENTION = "intervention"
    """It needed a medical intervention, or was an important medical event."""


class IntakeRecorded(Event, frozen=True, kw_only=True):
    """The answers of the intake, whole, as they are from now on."""

    intake: Intake
    warnings: tuple[str, ...] = ()


class DoseHeld(Event, frozen=True, kw_only=True):
    """The first dose waits; the cuff measures again at ``until``. ``findings`` say what it waits for."""

    until: Micros
    findings: tuple[str, ...]


class GateOverridden(Event, frozen=True, kw_only=True):
    """A clinician decided that the dose is given although the gate found something."""

    findings: dict[Finding, str]
    """What was found, with the sentence; the same finding with another sentence is a new one."""
    reason: str
    role: str


class DoseEvent(Event, frozen=True, kw_only=True):
    """Something of the drug itself, at ``given_at``, or at ``at`` where that is not set."""

    given_at: Micros | None = None

    @property
    def happened_at(self) -> Micros:
        """When it was."""
        return self.at if self.given_at is None else self.given_at


class DeviceGiven(DoseEvent, frozen=True, kw_only=True):
    """A nasal device was used, the ``number``-th of the session."""

    number: int
    mg: float
    lot: str
    expiry: str
    """Year and month, ``2027-03``."""
    self_administered: bool
    observed_by: str
    given_at: Micros
    warnings: tuple[str, ...] = ()


class DosingEnded(DoseEvent, frozen=True, kw_only=True):
    """No more is given: the planned dose is in (``complete``), or ``reason`` says why not. ``mg`` is what was given."""

    complete: bool
    mg: float
    reason: str = ""


class InfusionStarted(DoseEvent, frozen=True, kw_only=True):
    """An infusion runs: ``dose_mg`` in ``volume_ml``, over ``minutes``."""

    dose_mg: float
    volume_ml: float
    minutes: float
    rate_ml_h: float
    lot: str
    checked_by: str = ""
    """Who checked drug, dose and rate independently."""
    warnings: tuple[str, ...] = ()


class RateChanged(DoseEvent, frozen=True, kw_only=True):
    """The infusion runs at another rate."""

    rate_ml_h: float
    warnings: tuple[str, ...] = ()


class InfusionPaused(DoseEvent, frozen=True, kw_only=True):
    """The infusion stands still."""

    reason: str


class InfusionResumed(DoseEvent, frozen=True, kw_only=True):
    """The infusion runs again, at the rate that it had."""


class BolusGiven(DoseEvent, frozen=True, kw_only=True):
    """An extra dose at once, beside the infusion."""

    mg: float
    warnings: tuple[str, ...] = ()


class MedicineGiven(Event, frozen=True, kw_only=True):
    """Another medicine was given: an entry in the chart."""

    medicine: str
    dose: str
    given_at: Micros


class OxygenSet(Event, frozen=True, kw_only=True):
    """Oxygen flows at so many litres a minute; 0 is room air."""

    litres_min: float


class AssessmentRecorded(Event, frozen=True, kw_only=True):
    """The patient was assessed. ``values`` by item of the scale; ``result`` is their sum."""

    scale: Scale
    values: dict[str, int]
    result: int
    given_at: Micros


class EpisodeSet(Event, frozen=True, kw_only=True):
    """A person set when an effect began and was over, in place of what the assessments say; without an onset there was
    none.
    """

    episode: Episode
    onset_at: Micros | None
    resolved_at: Micros | None
    reason: str


class ChecklistAttested(Event, frozen=True, kw_only=True):
    """A person attests an item of the checklist."""

    item: str
    remark: str = ""


class AttestationWithdrawn(Event, frozen=True, kw_only=True):
    """An attested item does not hold any more."""

    item: str
    reason: str


class ReadinessReached(Event, frozen=True, kw_only=True):
    """The checklist holds as far as ``stage`` says."""

    stage: Stage


class ReadinessLost(Event, frozen=True, kw_only=True):
    """Something turned bad again after the checklist had held; ``items`` say what."""

    stage: Stage
    items: tuple[str, ...]


class ChecklistOverridden(Event, frozen=True, kw_only=True):
    """A clinician decided that the patient leaves although items do not hold."""

    items: tuple[str, ...]
    reason: str
    role: str


class SeriousEventReported(Event, frozen=True, kw_only=True):
    """A serious adverse event in this session."""

    text: str
    outcomes: tuple[SeriousOutcome, ...]


class Signed(Event, frozen=True, kw_only=True):
    """``by``, whose PIN was checked, signs the record as it was. ``digest`` is the hash of the record's chain at its
    event ``covers``, which stands for everything up to there.
    """

    meaning: str
    role: str
    covers: int
    digest: str


class Amended(Event, frozen=True, kw_only=True):
    """A correction of a closed record. The event ``corrects`` stays as it is; ``text`` says what is right.

    ``changes`` are the event's fields as they should have been, by name; ``withdrawn``: it should not be there at all.
    What is figured out from the record takes these (``monitor.clinic.treatment.amending``).
    """

    corrects: int
    text: str
    reason: str
    role: str
    changes: dict[str, float | int | str | None] = msgspec.field(default_factory=dict)
    withdrawn: bool = False
    warnings: tuple[str, ...] = ()


class ArtefactMarked(Event, frozen=True, kw_only=True):
    """A person says that what was measured of ``metrics`` from ``start`` to ``end`` is not the patient's. It stays in
    the record, and no figure counts it.
    """

    start: Micros
    end: Micros
    metrics: tuple[Metric, ...]
    reason: str
    role: str


class ArtefactWithdrawn(Event, frozen=True, kw_only=True):
    """The mark with the number ``marked`` was wrong: what it covers counts again."""

    marked: int
    reason: str
    role: str


class Reviewed(Event, frozen=True, kw_only=True):
    """A clinician's note on the session as a whole."""

    text: str
    role: str


class FormSubmitted(Event, frozen=True, kw_only=True):
    """The monitoring form was sent by the site."""


TreatmentEvent = (
    IntakeRecorded
    | DoseHeld
    | GateOverridden
    | DeviceGiven
    | DosingEnded
    | InfusionStarted
    | RateChanged
    | InfusionPaused
    | InfusionResumed
    | BolusGiven
    | MedicineGiven
    | OxygenSet
    | AssessmentRecorded
    | EpisodeSet
    | ChecklistAttested
    | AttestationWithdrawn
    | ReadinessReached
    | ReadinessLost
    | ChecklistOverridden
    | SeriousEventReported
    | Signed
    | Amended
    | ArtefactMarked
    | ArtefactWithdrawn
    | Reviewed
    | FormSubmitted
)
