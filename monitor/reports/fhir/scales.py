"""Assessments, and what else a person saw of the patient: oxygen that flows, and serious adverse events."""

from __future__ import annotations

from collections.abc import Iterator

from monitor.clinic.treatment.episodes import standing
from monitor.clinic.treatment.events import AssessmentRecorded, OxygenSet, SeriousEventReported
from monitor.clinic.treatment.scales import SCALES, Item
from monitor.reports.fhir.case import Case
from monitor.reports.fhir.codes import OXYGEN_FLOW, category
from monitor.reports.fhir.elements import Element, concept, instant, person, quantity, voided

ASSESSMENT = "assessment"
"""The kind of an assessment; each is known by the number of its event."""
TOLD_AGAIN = "Told again by another assessment of the same time"


def assessments(case: Case) -> Iterator[Element]:
    """All assessments. Of two by one scale for one moment the one told last is the correction of the other."""
    told = [each for each in case.found.events if isinstance(each, AssessmentRecorded)]
    valid = {(each.scale, each.given_at): each for each in standing(told)}
    for event in told:
        made, newest = _assessment(case, event), valid[event.scale, event.given_at]
        yield made if event is newest else voided(made, TOLD_AGAIN, TOLD_AGAIN, newest.by, newest.at)


def _assessment(case: Case, event: AssessmentRecorded) -> Element:
    info = SCALES[event.scale]
    single = len(info.items) == 1
    parts = [] if single else [_item(item, event.values[item.id]) for item in info.items if item.id in event.values]
    words = info.items[0].words.get(event.result, "") if single else ""
    fields = {
        "status": case.final,
        "category": category("survey"),
        "code": concept(info.label),
        "effectiveDateTime": instant(event.given_at),
        "performer": [person(event.by)],
        "valueInteger": event.result,
        "interpretation": [concept(words)] if words else [],
        "referenceRange": [{"text": f"Possible results: {info.lowest} to {info.highest}"}],
        "component": parts,
    }
    return case.observation(ASSESSMENT, event.seq, fields)


def _item(item: Item, value: int) -> Element:
    words = item.words.get(value, "")
    meant = {"interpretation": [concept(words)]} if words else {}
    return {"code": concept(item.label), "valueInteger": value, **meant}


def oxygen(case: Case) -> Iterator[Element]:
    """Each setting of the oxygen: without it, nobody can read a saturation."""
    for event in case.found.events:
        if isinstance(event, OxygenSet):
            fields = {
                "status": case.final,
                "category": category("vital-signs"),
                "code": concept("Oxygen flow from this time on", [OXYGEN_FLOW]),
                "effectiveDateTime": instant(event.at),
                "performer": [person(event.by)],
                "valueQuantity": quantity(event.litres_min, "L/min", "L/min"),
            }
            yield case.observation("oxygen", event.seq, fields)


def adverse_events(case: Case) -> Iterator[Element]:
    """What was reported as serious."""
    for event in case.found.events:
        if isinstance(event, SeriousEventReported):
            why = ", ".join(each.replace("_", " ") for each in event.outcomes)
            fields = {
                "actuality": "actual",
                "event": concept(event.text),
                "subject": case.patient,
                "encounter": case.encounter,
                "recordedDate": instant(event.at),
                "seriousness": concept(f"Serious: {why}"),
                "recorder": person(event.by),
            }
            yield case.resource("AdverseEvent", case.id("serious", event.seq), fields)
