"""A treatment as the fold of its events: what was asked, given, found, assessed, attested and signed so far."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from devices.readings import Micros
from monitor.clinic.events import AnyEvent, CuffMeasured, PressureReading, PressureTaken, SessionEnded
from monitor.clinic.treatment.dosing import Dosing
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    AssessmentRecorded,
    AttestationWithdrawn,
    BolusGiven,
    ChecklistAttested,
    ChecklistOverridden,
    DeviceGiven,
    DoseHeld,
    DosingEnded,
    Episode,
    EpisodeSet,
    FormSubmitted,
    GateOverridden,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    IntakeRecorded,
    MedicineGiven,
    OxygenSet,
    RateChanged,
    ReadinessLost,
    ReadinessReached,
    Reviewed,
    SeriousEventReported,
    Signed,
    Stage,
)
from monitor.clinic.treatment.intake import Intake
from monitor.clinic.treatment.scales import Scale


class Treatment(msgspec.Struct, frozen=True):
    """A treatment as it stands; of what happens more than once, all of it in order."""

    intake: Intake = Intake()
    readings: tuple[PressureReading, ...] = ()
    """In the order in which they were measured; of the same time the one told last comes last."""
    held_until: Micros | None = None
    """While the first dose waits: when the cuff measures again."""
    override: GateOverridden | None = None
    dosing: Dosing = Dosing()
    oxygen: OxygenSet | None = None
    """The newest setting; ``None`` is room air from the start."""
    medicines: tuple[MedicineGiven, ...] = ()
    assessments: tuple[AssessmentRecorded, ...] = ()
    episodes_set: dict[Episode, EpisodeSet] = {}
    attested: dict[str, ChecklistAttested] = {}
    reached: dict[Stage, Micros] = {}
    """When each stage was first reached."""
    holding: frozenset[Stage] = frozenset()
    """The stages that hold now."""
    lost: tuple[str, ...] = ()
    """What turned bad after the patient had been clinically ready; empty while that holds."""
    overridden: ChecklistOverridden | None = None
    serious: tuple[SeriousEventReported, ...] = ()
    signatures: tuple[Signed, ...] = ()
    newest_change: int = 0
    """The number of the newest correction, mark of an artefact or withdrawal of one; 0 without any."""
    changed_since_signed: bool = False
    """Whether anything was corrected that the newest signature does not cover."""
    artefacts: tuple[ArtefactMarked, ...] = ()
    """The marks that stand."""
    reviews: tuple[Reviewed, ...] = ()
    form_sent: bool = False
    changed_since_sent: bool = False
    """Whether the record was corrected after the monitoring form was sent."""

    def apply(self, event: AnyEvent) -> Treatment:
        """The treatment once the event has happened; most events change nothing here."""
        match event:
            case CuffMeasured() | PressureTaken():
                held = self.held_until if self.held_until is None or event.measured_at < self.held_until else None
                readings = sorted((*self.readings, event), key=lambda each: each.measured_at)
                return replace(self, readings=tuple(readings), held_until=held)
            case IntakeRecorded():
                return replace(self, intake=event.intake)
            case DoseHeld():
                return replace(self, held_until=event.until)
            case GateOverridden():
                return replace(self, override=event, held_until=None)
            case DeviceGiven() | InfusionStarted():
                return replace(self, dosing=self.dosing.apply(event), held_until=None)
            case RateChanged() | InfusionPaused() | InfusionResumed() | BolusGiven() | DosingEnded() | SessionEnded():
                return replace(self, dosing=self.dosing.apply(event))
            case OxygenSet():
                told_again = event.litres_min == 0 and self.room_air_since is not None
                return self if told_again else replace(self, oxygen=event)
            case MedicineGiven():
                return replace(self, medicines=(*self.medicines, event))
            case AssessmentRecorded():
                return replace(self, assessments=(*self.assessments, event))
            case EpisodeSet():
                return replace(self, episodes_set=self.episodes_set | {event.episode: event})
            case SeriousEventReported():
                return replace(self, serious=(*self.serious, event))
            case Signed():
                uncovered = self.newest_change > event.covers
                return replace(self, signatures=(*self.signatures, event), changed_since_signed=uncovered)
            case FormSubmitted():
                return replace(self, form_sent=True, changed_since_sent=False)
            case Reviewed():
                return replace(self, reviews=(*self.reviews, event))
        return self._checked(event)

    def _checked(self, event: AnyEvent) -> Treatment:
        """What happens to the checklist."""
        match event:
            case ChecklistAttested():
                return replace(self, attested=self.attested | {event.item: event})
            case AttestationWithdrawn():
                return replace(self, attested={item: by for item, by in self.attested.items() if item != event.item})
            case ReadinessReached():
                reached = {event.stage: event.at} | self.reached
                lost = () if event.stage is Stage.READY else self.lost
                return replace(self, reached=reached, holding=self.holding | {event.stage}, lost=lost)
            case ReadinessLost():
                lost = event.items if event.stage is Stage.READY else self.lost
                return replace(self, holding=self.holding - {event.stage}, lost=lost)
            case ChecklistOverridden():
                return replace(self, overridden=event)
        return self._corrected(event)

    def _corrected(self, event: AnyEvent) -> Treatment:
        """What is said afterwards of what is in the record."""
        match event:
            case Amended():
                kept = self.artefacts
            case ArtefactMarked():
                kept = (*self.artefacts, event)
            case ArtefactWithdrawn():
                kept = tuple(each for each in self.artefacts if each.seq != event.marked)
            case _:
                return self
        return replace(
            self,
            artefacts=kept,
            newest_change=event.seq,
            changed_since_signed=bool(self.signatures),
            changed_since_sent=self.form_sent,
        )

    @property
    def is_signed(self) -> bool:
        """Whether somebody signed the record as it is."""
        return bool(self.signatures) and not self.changed_since_signed

    def newest(self, scale: Scale) -> AssessmentRecorded | None:
        """The newest assessment by a scale: the one that was made last, not the one that was told last; of
        two of the same time the one told last, which corrects the other.
        """
        made = [each for each in reversed(self.assessments) if each.scale is scale]
        return max(made, key=lambda each: each.given_at, default=None)

    @property
    def newest_reading(self) -> PressureReading | None:
        """The blood pressure that was measured last."""
        return self.readings[-1] if self.readings else None

    @property
    def room_air_since(self) -> Micros | None:
        """Since when the patient breathes room air: 0 when always, ``None`` while oxygen flows."""
        if self.oxygen is None:
            return 0
        return self.oxygen.at if self.oxygen.litres_min == 0 else None
