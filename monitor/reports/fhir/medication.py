"""What was given: nasal devices, an infusion, boluses and other medicines, and what of the plan was not given."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from devices.readings import MINUTE, Micros
from monitor.clinic.events import AnyEvent, SessionEnded
from monitor.clinic.happened import whole_minutes
from monitor.clinic.session import Session
from monitor.clinic.treatment.events import (
    BolusGiven,
    DeviceGiven,
    DosingEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    MedicineGiven,
    RateChanged,
)
from monitor.clinic.treatment.giving import EXPIRY
from monitor.reports.fhir.case import Case
from monitor.reports.fhir.codes import ESKETAMINE_NASAL_SPRAY, INTRAVENOUS, NASAL
from monitor.reports.fhir.elements import (
    Element,
    as_text,
    clean,
    coding,
    concept,
    filled,
    instant,
    milligrams,
    notes,
    number,
    period,
    person,
    quantity,
)

GIVEN, INFUSION, NOT_GIVEN = "given", "infusion", "not-given"
"""The kinds of what was given. What is given once is known by the number of its event; of the others there is one."""
FUNCTION = "http://terminology.hl7.org/CodeSystem/med-admin-perform-function"
IV_ROUTE, NASAL_ROUTE = concept("Into a vein", [INTRAVENOUS]), concept("Into the nose", [NASAL])
PLAIN_DOSE = re.compile(r"(\d{1,5}(?:\.\d{1,3})?) ?(mg|g|mL|mcg)(?: [A-Z]{2,3})?")
"""A dose whose number means one thing only, such as ``4 mg IV``."""
UNITS = {"mg": "mg", "g": "g", "mL": "mL", "mcg": "ug"}
LEAST_MG = 0.05
Single = DeviceGiven | BolusGiven | MedicineGiven
Running = InfusionStarted | RateChanged | InfusionPaused | InfusionResumed | DosingEnded


def medication(case: Case) -> Iterator[Element]:
    """All that was given, and what of the plan was not."""
    for event in case.found.events:
        if isinstance(event, Single):
            yield _given_once(case, event)
    running = _infusion(case)
    if running is not None:
        yield running
    missing = _not_given(case)
    if missing is not None:
        yield missing


def _given_once(case: Case, event: Single) -> Element:
    match event:
        case DeviceGiven():
            fields = _device(case, event)
        case BolusGiven():
            dose = {"text": f"{event.mg:g} mg at once", "route": IV_ROUTE, "dose": milligrams(event.mg)}
            fields = {**_drug(case, INFUSION), "dosage": dose, "performer": [_does("performer", event.by)]}
        case MedicineGiven():
            fields = {
                "medicationCodeableConcept": concept(clean(event.medicine) or "not named"),
                "dosage": _free_dose(event.dose),
                "performer": [_does("performer", event.by)],
            }
    at = event.given_at if event.given_at is not None else event.at
    common = {"status": "completed", "effectiveDateTime": instant(at)}
    return _administration(case, GIVEN, event.seq, {**common, **fields, "note": notes(*getattr(event, "warnings", ()))})


def _administration(case: Case, kind: str, which: object, fields: Element) -> Element:
    about = {"subject": case.patient, "context": case.encounter}
    return case.resource("MedicationAdministration", case.id(kind, which), {**about, **fields})


def _device(case: Case, event: DeviceGiven) -> Element:
    themselves = [{"actor": case.patient}] if event.self_administered else []
    text = f"Device {event.number} of the session, {event.mg:g} mg"
    return {
        **_drug(case, "nasal", event.lot, event.expiry),
        "performer": [*themselves, _does("witness", event.observed_by)],
        "dosage": {"text": text, "route": NASAL_ROUTE, "dose": milligrams(event.mg)},
    }


def _does(function: str, name: str) -> Element:
    return {"function": concept(function, [coding(FUNCTION, function)]), "actor": person(name)}


def _drug(case: Case, form: str, lot: str = "", expiry: str = "") -> Element:
    """The drug of the protocol; with its lot where that is known."""
    protocol = case.found.protocol
    text = f"Drug of protocol {case.session.protocol}" if protocol is None else protocol.drug
    sprayed = form == "nasal" and text.lower().startswith("esketamine")
    code = concept(text, [ESKETAMINE_NASAL_SPRAY] if sprayed else [])
    if not clean(lot):
        return {"medicationCodeableConcept": code}
    batch = filled(lotNumber=clean(lot), expirationDate=expiry if EXPIRY.fullmatch(expiry) else "")
    contained = {"resourceType": "Medication", "id": "drug", "code": code, "batch": batch}
    return {"contained": [contained], "medicationReference": {"reference": "#drug"}}


def _free_dose(text: str) -> Element:
    """What a person wrote. Its number is taken only where it can mean nothing else."""
    plain = PLAIN_DOSE.fullmatch(text.strip())
    words = clean(text) or "not charted"
    if plain is None:
        return {"text": words, "dose": as_text()}
    value, unit = plain.groups()
    return {"text": words, "dose": quantity(float(value), unit, UNITS[unit])}


def _infusion(case: Case) -> Element | None:
    events, session = case.found.events, case.session
    started = next((each for each in events if isinstance(each, InfusionStarted)), None)
    running = session.treatment.dosing.infusion
    if started is None or running is None:
        return None
    ended = session.treatment.dosing.ended
    end = session.ended_at if ended is None else ended.happened_at
    checks = [_does("verifier", started.checked_by)] if clean(started.checked_by) else []
    fields = {
        **_drug(case, INFUSION, started.lot),
        **_infusion_status(session, ended),
        "effectivePeriod": period(started.happened_at, end),
        "performer": [_does("performer", started.by), *checks],
        "dosage": _infusion_dosage(events, started, _infused(case, end or case.until)),
        "note": notes(*started.warnings),
    }
    return _administration(case, INFUSION, "", fields)


def _infusion_status(session: Session, ended: DosingEnded | None) -> Element:
    running = session.treatment.dosing.infusion
    if ended is not None and ended.complete:
        return {"status": "completed"}
    if ended is not None or session.ended_at is not None:
        why = "The session ended" if ended is None else ended.reason
        return {"status": "stopped", "statusReason": [concept(why)] if clean(why) else []}
    return {"status": "in-progress" if running is not None and running.running else "on-hold"}


def _infused(case: Case, until: Micros) -> float | None:
    """Milligrams, as far as the charted total leaves room for them beside the boluses. Nobody knows them where a bolus
    or a change of the rate may be missing.
    """
    dosing = case.session.treatment.dosing
    if case.entries_lost:
        return None
    boluses = sum(each.mg for each in dosing.boluses)
    total = dosing.mg_at(max(until, dosing.infusion.since)) if dosing.infusion else 0.0
    infused = round((total if dosing.ended is None else dosing.ended.mg) - boluses, 2)
    return infused if infused >= 0 else None


def _infusion_dosage(events: Sequence[AnyEvent], started: InfusionStarted, mg: float | None) -> Element:
    """The rate stands as a number only where it was the same from the beginning to the end and never stood still."""
    changes = [_change(each, started.happened_at) for each in events if isinstance(each, Running)]
    course = [each for each in changes if each]
    rate = f"{number(started.dose_mg)} mg in {number(started.volume_ml)} mL at {number(started.rate_ml_h)} mL/h"
    constant = {
        "numerator": quantity(started.rate_ml_h, "mL", "mL"),
        "denominator": quantity(1, "h", "h"),
    }
    return filled(
        text=clean("; ".join([rate, *course])),
        route=IV_ROUTE,
        dose=as_text() if mg is None else milligrams(mg),
        rateRatio=None if course else constant,
    )


def _change(event: Running, start: Micros) -> str:
    after = f"after {whole_minutes((event.happened_at - start) / MINUTE)} min"
    match event:
        case RateChanged():
            return f"{after} {number(event.rate_ml_h)} mL/h"
        case InfusionPaused():
            return f"{after} paused: {event.reason}"
        case InfusionResumed():
            return f"{after} resumed"
    return ""


def _not_given(case: Case) -> Element | None:
    """What was planned and is not given any more; of an infusion that was stopped its own status tells. Where an entry
    may be missing and nobody told the total, nobody knows how much it is.
    """
    dosing, events = case.session.treatment.dosing, case.found.events
    over = next((each for each in events if isinstance(each, SessionEnded)), None)
    if dosing.infusion is not None or (dosing.ended is None and over is None):
        return None
    given = sum(each.mg for each in dosing.devices) if dosing.ended is None else dosing.ended.mg
    left = round(case.session.dose_mg - given, 2)
    if left < LEAST_MG:
        return None
    told = dosing.ended or over
    why = told.reason if told is not None else ""
    at = dosing.ended.happened_at if dosing.ended is not None else case.until
    nasal = case.found.protocol is not None and case.found.protocol.dose.route == "nasal"
    planned, unknown = f"{case.session.dose_mg:g} mg", dosing.ended is None and case.entries_lost
    lost = f"What of {planned} was not given is unknown: parts of the record are damaged"
    fields = {
        "status": "unknown" if unknown else "not-done",
        "statusReason": [concept(why)] if clean(why) else [],
        **_drug(case, "nasal" if nasal else INFUSION),
        "effectiveDateTime": instant(at),
        "performer": [] if told is None else [{"actor": case.actor(told.by)}],
        "note": notes(lost if unknown else f"{left:g} mg of {planned} were planned and not given"),
    }
    return _administration(case, NOT_GIVEN, "", fields)
