"""What people ask for in a treatment: part of ``monitor.service.messages``."""

from __future__ import annotations

from typing import Annotated

import msgspec

from devices.readings import Metric, Micros
from monitor.clinic.treatment.events import Episode, SeriousOutcome
from monitor.clinic.treatment.giving import Nasal, Ordered
from monitor.clinic.treatment.intake import Intake
from monitor.clinic.treatment.scales import Scale


class Command(msgspec.Struct, frozen=True, kw_only=True, tag=True, forbid_unknown_fields=True):
    """Something a person asks for.

    What changes a session names the ``session`` that the person had before them, so that a dialog that was left open
    does nothing to the next patient in the room. Silencing and deflating are for whoever is there. ``confirmed`` are
    warnings, word for word, of which the person has said that they are right.
    """


class OfSession(Command, frozen=True, kw_only=True):
    """Concerns the session in a room."""

    room: str
    session: str


class RecordIntake(OfSession, frozen=True, kw_only=True):
    """Take down the answers of the intake, all of them; ``seen`` are those that the person had before them."""

    intake: Intake = Intake()
    seen: Intake | None = None
    confirmed: tuple[str, ...] = ()


class HoldDose(OfSession, frozen=True, kw_only=True):
    """Let the first dose wait, and measure again in ``minutes``."""

    minutes: int


class OverrideGate(OfSession, frozen=True, kw_only=True):
    """Give the dose although the gate found something: ``seen``, word for word. Signed by a clinician."""

    seen: tuple[str, ...]
    reason: str


class GiveDevice(OfSession, frozen=True, kw_only=True):
    """Chart the next nasal device."""

    device: Nasal
    confirmed: tuple[str, ...] = ()


class StartInfusion(OfSession, frozen=True, kw_only=True):
    """Start the infusion."""

    order: Ordered
    confirmed: tuple[str, ...] = ()


class ChangeRate(OfSession, frozen=True, kw_only=True):
    """Run the infusion at another rate."""

    rate_ml_h: float
    given_at: Micros | None = None
    confirmed: tuple[str, ...] = ()


class PauseInfusion(OfSession, frozen=True, kw_only=True):
    """Stop the pump for a while."""

    reason: str
    given_at: Micros | None = None


class ResumeInfusion(OfSession, frozen=True, kw_only=True):
    """Let the pump run again."""

    given_at: Micros | None = None


class GiveBolus(OfSession, frozen=True, kw_only=True):
    """Chart an extra dose."""

    mg: float
    given_at: Micros | None = None
    confirmed: tuple[str, ...] = ()


class EndDosing(OfSession, frozen=True, kw_only=True):
    """No more is given; before the planned dose is in, with a reason."""

    reason: str = ""
    given_at: Micros | None = None


class TakePressure(OfSession, frozen=True, kw_only=True):
    """Chart a blood pressure that was measured by hand."""

    sys: float
    dia: float
    pr: float | None = None
    given_at: Micros | None = None
    confirmed: tuple[str, ...] = ()


class GiveMedicine(OfSession, frozen=True, kw_only=True):
    """Chart another medicine."""

    medicine: str
    dose: str
    given_at: Micros | None = None


class SetOxygen(OfSession, frozen=True, kw_only=True):
    """Oxygen in litres a minute; 0 is room air."""

    litres_min: float


class RecordAssessment(OfSession, frozen=True, kw_only=True):
    """Take down an assessment, each item of its scale."""

    scale: Scale
    values: dict[str, int] = {}
    given_at: Micros | None = None


class SetEpisode(OfSession, frozen=True, kw_only=True):
    """Set when an effect began and was over; without an onset there was none."""

    episode: Episode
    onset_at: Micros | None = None
    resolved_at: Micros | None = None
    reason: str


class Attest(OfSession, frozen=True, kw_only=True):
    """Attest an item of the checklist."""

    item: str
    remark: str = ""


class WithdrawAttestation(OfSession, frozen=True, kw_only=True):
    """Take an attestation back."""

    item: str
    reason: str = ""


class ReportSeriousEvent(OfSession, frozen=True, kw_only=True):
    """Report a serious adverse event."""

    text: str
    outcomes: tuple[SeriousOutcome, ...]


class SignDischarge(OfSession, frozen=True, kw_only=True):
    """Sign the discharge. A clinician may give a reason (``override``) to let a patient go although items are open:
    those that they have ``seen``.
    """

    override: str = ""
    seen: tuple[str, ...] = ()


class LeaveAgainstAdvice(OfSession, frozen=True, kw_only=True):
    """The patient leaves too early. Signed."""

    reason: str
    told: str


class Transfer(OfSession, frozen=True, kw_only=True):
    """The patient is taken over elsewhere."""

    reason: str
    told: str


class Amend(Command, frozen=True, kw_only=True):
    """Correct the record of a session that is over: ``corrects`` is the number of the event that is wrong, ``changes``
    its fields as they should have been. ``confirmed`` as in every command. Signed.
    """

    session: str
    corrects: Annotated[int, msgspec.Meta(ge=1)]
    text: str
    reason: str
    changes: dict[str, float | int | str | None] = {}
    withdrawn: bool = False
    confirmed: tuple[str, ...] = ()


class MarkArtefact(Command, frozen=True, kw_only=True):
    """What was measured of ``metrics`` from ``start`` to ``end`` is not the patient's."""

    session: str
    start: Micros
    end: Micros
    metrics: tuple[Metric, ...]
    reason: str


class WithdrawArtefact(Command, frozen=True, kw_only=True):
    """The mark that is event ``marked`` was wrong."""

    session: str
    marked: int
    reason: str


class Review(Command, frozen=True, kw_only=True):
    """A clinician's note on a session."""

    session: str
    text: str


class SignAgain(Command, frozen=True, kw_only=True):
    """Sign the record of a session that is over as the person sees it: ``seen`` is the number of the newest event that
    they had before them. Signed.
    """

    session: str
    seen: int


class SubmitForm(Command, frozen=True, kw_only=True):
    """The monitoring form of a session that is over was sent, filled from its events up to the number ``seen``."""

    session: str
    seen: int


AnyTreatmentCommand = (
    RecordIntake
    | HoldDose
    | OverrideGate
    | GiveDevice
    | StartInfusion
    | ChangeRate
    | PauseInfusion
    | ResumeInfusion
    | GiveBolus
    | EndDosing
    | TakePressure
    | GiveMedicine
    | SetOxygen
    | RecordAssessment
    | SetEpisode
    | Attest
    | WithdrawAttestation
    | ReportSeriousEvent
    | SignDischarge
    | LeaveAgainstAdvice
    | Transfer
)
"""What concerns the open session of a room."""
AnyAfterwards = Amend | MarkArtefact | WithdrawArtefact | Review | SignAgain | SubmitForm
"""What concerns a session of the record, most often one that is over."""
