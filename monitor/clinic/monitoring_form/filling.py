"""The monitoring form, filled from what happened in a session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from devices.readings import MINUTE, Micros, Numeric
from monitor.clinic.event import Phase
from monitor.clinic.events import AnyEvent
from monitor.clinic.happened import whole_minutes
from monitor.clinic.monitoring_form.fields import (
    Dose,
    Effect,
    Effects,
    Lot,
    Medicines,
    MonitoringForm,
    Patient,
    Provider,
    SeriousEvent,
    SeriousEvents,
    Site,
    Times,
    with_missing,
)
from monitor.clinic.monitoring_form.measured import oximetry, pressures, vitals
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session, folded
from monitor.clinic.treatment.ending import AGAINST_ADVICE, DISCHARGE
from monitor.clinic.treatment.episodes import Course, episodes
from monitor.clinic.treatment.events import Amended, Episode, InfusionStarted, ReadinessLost, Signed, Stage
from monitor.clinic.treatment.intake import MedicineClass
from monitor.clinic.treatment.scales import Scale

BOXES = {56.0: "56", 84.0: "84"}
"""The doses that the form has a box for, in mg."""
ASSESSED_BY = {Episode.SEDATION: {Scale.MOAAS}, Episode.DISSOCIATION: {Scale.CADSS6, Scale.CADSS}}
"""The scales that tell of an effect; of respiratory depression only a person tells."""


class Surroundings(msgspec.Struct, frozen=True):
    """What the events alone do not say: names of places, the protocol as the clinic has it now, the date of a time
    there, how many parts of the record could not be read, and whether the session is simulated.
    """

    clinic: str
    room: str
    protocol: Protocol | None
    date_of: Callable[[Micros], str]
    damaged: int = 0
    simulated: bool = False


def monitoring_form(
    events: Sequence[AnyEvent], around: Surroundings, saturation: Sequence[Numeric] | None = None
) -> MonitoringForm | None:
    """The form of the session with these events, all of them in order; ``None`` when the first does not open it.

    ``saturation`` are its SpO2 values, ``None`` when they were not or not wholly read.
    """
    session = folded(events)
    if session is None:
        return None
    protocol = around.protocol
    return with_missing(
        MonitoringForm(
            session=session.id,
            protocol=session.protocol if protocol is None else protocol.title,
            required=None if protocol is None else protocol.monitoring_form and session.first_dose_at is not None,
            simulated=around.simulated,
            finished=session.ended_at is not None,
            ended=None if session.ended_at is None else session.phase,
            signature_hash=None if (signed := _signature(session)) is None else signed.digest,
            patient=_patient(session),
            site=Site(name=around.clinic, room=around.room),
            provider=Provider() if signed is None else Provider(name=signed.by, role=signed.role),
            times=_times(session, around),
            dose=_dose(session, events, protocol),
            medicines=_medicines(session),
            vitals=vitals(events, session, protocol, saturation),
            pressures=pressures(session),
            oximetry=oximetry(session, saturation),
            effects=_effects(session),
            serious=_serious(session),
            remarks=tuple(_remarks(events, session, around)),
        )
    )


def _signature(session: Session) -> Signed | None:
    """That of the end of the session."""
    ends = [each for each in session.treatment.signatures if each.meaning in (DISCHARGE, AGAINST_ADVICE)]
    return ends[-1] if ends else None


def _minutes(session: Session, at: Micros | None) -> int | None:
    """Whole minutes since the first dose."""
    zero = session.first_dose_at
    return None if at is None or zero is None else whole_minutes((at - zero) / MINUTE)


def _at_minute(session: Session, at: Micros) -> str:
    """In words; nothing without a dose to count from."""
    minutes = _minutes(session, at)
    return "" if minutes is None else f", at {minutes} min"


def _patient(session: Session) -> Patient:
    intake = session.treatment.intake
    return Patient(
        code=session.patient,
        name=intake.name.strip() or None,
        birth_date=intake.birth_date or None,
        first_treatment=None if intake.session_number is None else intake.session_number == 1,
    )


def _times(session: Session, around: Surroundings) -> Times:
    return Times(
        treatment_date=None if session.first_dose_at is None else around.date_of(session.first_dose_at),
        total_min=_minutes(session, session.ended_at),
        ready_min=_minutes(session, session.treatment.reached.get(Stage.STABLE)),
    )


def _dose(session: Session, events: Sequence[AnyEvent], protocol: Protocol | None) -> Dose:
    drug = None if protocol is None else protocol.drug
    dosing = session.treatment.dosing
    if not dosing.begun:
        return Dose(drug=drug, planned_mg=session.dose_mg)
    ended = session.ended_at
    if dosing.ended is not None:
        given: float | None = dosing.ended.mg
    else:
        given = None if ended is None else round(dosing.mg_at(ended), 2)
    return Dose(
        drug=drug,
        planned_mg=session.dose_mg,
        given_mg=given,
        box=None if given is None else BOXES.get(given, "other"),
        lots=tuple(_lots(session, events)) or None,
    )


def _lots(session: Session, events: Sequence[AnyEvent]) -> Iterable[Lot]:
    for each in session.treatment.dosing.devices:
        minutes = _minutes(session, each.given_at) or 0
        yield Lot(what=f"Device {each.number}", mg=each.mg, lot=each.lot, expiry=each.expiry, minutes=minutes)
    for event in events:
        if isinstance(event, InfusionStarted):
            minutes = _minutes(session, event.happened_at) or 0
            yield Lot(what="Infusion", mg=event.dose_mg, lot=event.lot, expiry=None, minutes=minutes)


def _medicines(session: Session) -> Medicines:
    taken = session.treatment.intake.medicines
    return Medicines() if taken is None else Medicines(**{each.value: each in taken for each in MedicineClass})


def _effects(session: Session) -> Effects:
    courses = episodes(session.treatment, session.first_dose_at)
    return Effects(**{episode.value: _effect(session, episode, course) for episode, course in courses.items()})


def _effect(session: Session, episode: Episode, course: Course) -> Effect:
    if course.onset_at is not None:
        return Effect(
            present=True,
            onset_min=_minutes(session, course.onset_at),
            resolution_min=_minutes(session, course.resolved_at),
        )
    zero, scales = session.first_dose_at, ASSESSED_BY.get(episode, set())
    assessed = any(
        each.scale in scales and zero is not None and each.given_at >= zero for each in session.treatment.assessments
    )
    return Effect(present=False if course.set_by or assessed else None)


def _serious(session: Session) -> SeriousEvents:
    """Who signs the end of a session in which none was reported says that there was none."""
    reported = tuple(
        SeriousEvent(
            narrative=each.text, outcomes=each.outcomes, minutes=_minutes(session, each.at), reported_by=each.by
        )
        for each in session.treatment.serious
    )
    none = False if _signature(session) is not None else None
    return SeriousEvents(occurred=True if reported else none, events=reported)


def _remarks(events: Sequence[AnyEvent], session: Session, around: Surroundings) -> Iterable[str]:
    treatment = session.treatment
    if session.ended_at is None:
        yield "Not finished: the session goes on."
    elif session.phase is not Phase.DISCHARGED:
        yield f"The session did not end with a discharge: {session.phase}."
    if around.damaged:
        parts = "A part of the record is" if around.damaged == 1 else f"{around.damaged} parts of the record are"
        yield f"{parts} damaged and left out: run app.py verify."
    if around.protocol is None:
        yield f"The protocol {session.protocol} is not configured any more."
    if treatment.override is not None:
        found = " ".join(treatment.override.findings.values())
        yield f"A clinician released the dose: {treatment.override.reason}. Found: {found}"
    for given in treatment.medicines:
        yield f"Given in the session: {given.medicine} {given.dose}{_at_minute(session, given.given_at)}."
    lost = [each for each in events if isinstance(each, ReadinessLost) and each.stage is Stage.STABLE]
    if lost and Stage.STABLE in treatment.reached:
        items = "; ".join(lost[-1].items)
        yield f"After ready to leave, not any more at {_minutes(session, lost[-1].at)} min: {items}."
    if treatment.overridden is not None:
        items = "; ".join(treatment.overridden.items)
        yield f"A clinician let the patient go with open items: {treatment.overridden.reason}. Open: {items}."
    yield from (_correction(each) for each in events if isinstance(each, Amended))


def _correction(fix: Amended) -> str:
    """The form is filled from the corrected entries: what is put in already must not be put in by hand once more."""
    what = f"Entry {fix.corrects} withdrawn" if fix.withdrawn else f"Correction of entry {fix.corrects}"
    done = ", already left out here" if fix.withdrawn else ", already put in here" if fix.changes else ""
    return f"{what}{done}: {fix.text}. Why: {fix.reason} ({fix.by})."
