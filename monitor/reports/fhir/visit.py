"""Who was treated, where, in which encounter, and with which devices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from monitor import VERSION
from monitor.clinic.event import Phase
from monitor.clinic.events import CuffMeasured, SessionEnded
from monitor.reports.fhir.case import Case
from monitor.reports.fhir.codes import WEIGHT, category, profile
from monitor.reports.fhir.elements import (
    Element,
    absent,
    clean,
    coding,
    concept,
    filled,
    instant,
    named,
    notes,
    period,
    person,
    quantity,
)

ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
IDENTIFIER_TYPE = "http://terminology.hl7.org/CodeSystem/v2-0203"
DISPOSITION = "http://terminology.hl7.org/CodeSystem/discharge-disposition"
LEFTS = {
    Phase.DISCHARGED: "Discharged",
    Phase.LEFT: "Left against advice",
    Phase.TRANSFERRED: "Transferred",
    Phase.ABORTED: "Stopped early",
}
COMPLETENESS = "Completeness of the record"


def patient_identifier(case: Case) -> Element:
    """The clinic's code of the patient."""
    return {
        "type": concept("Patient code", [coding(IDENTIFIER_TYPE, "PI")]),
        "system": case.system("patient"),
        "value": clean(case.session.patient) or "not coded",
        "assigner": named(case.found.clinic),
    }


def patient(case: Case) -> Element:
    """Who was treated, as far as the intake knows."""
    intake = case.session.treatment.intake
    name = clean(intake.name)
    fields = {
        "identifier": [patient_identifier(case)],
        "name": [{"text": name}] if name else [],
        "birthDate": _day(intake.birth_date),
    }
    return case.resource("Patient", case.id("patient"), fields)


def _day(text: str) -> str:
    """A day of the calendar, or nothing: ``2026-02-30`` is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        return ""


def encounter(case: Case) -> Element:
    """The session."""
    session, protocol = case.session, case.found.protocol
    fields = {
        "identifier": [{"system": case.system("session"), "value": session.id}],
        "status": "in-progress" if case.open else "finished",
        "class": coding(ACT, "AMB"),
        "type": [concept(session.protocol if protocol is None else protocol.title)],
        "subject": case.patient,
        "period": period(session.opened_at, session.ended_at),
        "hospitalization": _leaving(case),
        "location": [{"location": named(case.found.room)}],
        "serviceProvider": named(case.found.clinic),
    }
    return case.resource("Encounter", case.id("encounter"), fields)


def _leaving(case: Case) -> Element | None:
    ended = next((each for each in case.found.events if isinstance(each, SessionEnded)), None)
    if ended is None:
        return None
    told = f" to {ended.told}" if ended.told and ended.phase is Phase.TRANSFERRED else ""
    text = f"{LEFTS.get(ended.phase, ended.phase)}{told}" + (f": {ended.reason}" if ended.reason else "")
    codes = [coding(DISPOSITION, "aadvice")] if ended.phase is Phase.LEFT else []
    return {"dischargeDisposition": concept(text, codes)}


def devices(case: Case) -> Iterator[Element]:
    """Chairside itself, and each source of values."""
    yield case.resource(
        "Device",
        case.place("chairside"),
        {
            "identifier": [{"system": case.system("device"), "value": "chairside"}],
            "deviceName": [{"name": "Chairside", "type": "user-friendly-name"}],
            "type": concept("Monitoring and recording software; no medical device"),
            "version": [{"value": VERSION}],
            "owner": named(case.found.clinic),
        },
    )
    for name in sources(case):
        yield case.resource(
            "Device",
            case.place(f"device/{name}"),
            {
                "identifier": [
                    {"system": case.system("device"), "value": f"{case.session.room}/{clean(name) or 'unnamed'}"}
                ],
                "deviceName": [
                    {"name": f"{clean(name) or 'unnamed'}, {case.found.room}", "type": "user-friendly-name"}
                ],
                "owner": named(case.found.clinic),
                "location": named(case.found.room),
            },
        )


def sources(case: Case) -> list[str]:
    """The names of the devices that anything came from."""
    cuffs = (each.source for each in case.found.events if isinstance(each, CuffMeasured))
    series = (name for each in case.found.series.values() for name in each.sources)
    return sorted({*cuffs, *series})


def weight(case: Case) -> Element:
    """As it was given when the session was opened."""
    fields = {
        "status": case.final,
        "category": category("vital-signs"),
        "code": concept("Body weight", [WEIGHT]),
        "effectiveDateTime": instant(case.session.opened_at),
        "performer": [person(case.found.events[0].by)],
        "valueQuantity": quantity(case.session.weight_kg, "kg", "kg"),
    }
    return case.observation("weight", "", fields, profile("bodyweight"))


def completeness(case: Case) -> Element:
    """Whether everything could be read from the record: the one observation that a receiver must not miss."""
    damaged = case.found.damaged
    whole = None if damaged else concept("All of the record could be read")
    fields = filled(
        status=case.final,
        category=category("survey"),
        code=concept(COMPLETENESS),
        effectivePeriod=period(case.session.opened_at, case.until),
        device=case.chairside,
        valueCodeableConcept=whole,
        dataAbsentReason=absent("Parts of the record are damaged and left out", "error") if damaged else None,
        note=notes(*damaged),
    )
    return case.observation("completeness", "", fields)
