"""Where it all comes from: the record itself, signatures, corrections with what was told before, and artefacts."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from devices.readings import MINUTE, SECOND, Micros
from monitor.clinic.events import AnyEvent, PressureReading
from monitor.clinic.figures.pressure import is_artefact
from monitor.clinic.session import folded
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    AssessmentRecorded,
    Signed,
)
from monitor.reports.fhir.case import Case
from monitor.reports.fhir.elements import Element, clean, coding, concept, filled, instant, named, person
from monitor.reports.fhir.medication import GIVEN, INFUSION, Running, Single, given_once, infusion
from monitor.reports.fhir.pressures import PRESSURE, PULSE, of_reading
from monitor.reports.fhir.scales import ASSESSMENT, assessment
from monitor.reports.fhir.vital_signs import minute_kind, stream_kind

AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
COMPLETION = "http://terminology.hl7.org/CodeSystem/v3-DocumentCompletion"
UPDATE, NULLIFY = coding(OPERATION, "UPDATE"), coding(OPERATION, "NULLIFY")
AUTHENTICATED = coding(COMPLETION, "AU")


def provenance(case: Case, sent: Collection[str]) -> Iterator[Element]:
    """``sent`` are the ids of what is sent: targets are chosen among them."""
    yield _record(case)
    for event in case.found.told:
        match event:
            case Signed():
                yield _signature(case, event)
            case Amended():
                yield _correction(case, event, sent)
            case ArtefactMarked():
                yield _artefact(case, event, sent)
            case ArtefactWithdrawn():
                activity = concept("Mark of an artefact withdrawn: its values count again", [UPDATE])
                who = _agent("author", person(event.by), event.role)
                yield _provenance(case, event, [case.encounter], activity, who, reason=event.reason)


def _provenance(
    case: Case, event: AnyEvent, targets: list[Element], activity: Element, who: Element, **more: Any
) -> Element:
    reason = clean(str(more.pop("reason", "")))
    fields = {
        "target": targets,
        "occurredDateTime": instant(event.at),
        "recorded": instant(event.at),
        "activity": activity,
        "reason": [concept(reason)] if reason else [],
        "agent": [who],
        **more,
    }
    return case.resource("Provenance", case.id("provenance", event.seq), fields)


def _agent(kind: str, who: Element, role: str = "") -> Element:
    roles = [concept(role)] if clean(role) else []
    return filled(type=concept(kind, [coding(AGENT, kind)]), role=roles, who=who)


def _chain(case: Case, digest: str, words: str) -> Element:
    """A state of the record, by the hash of its chain."""
    what = {"identifier": {"system": case.system("record chain"), "value": digest}, **named(words)}
    return {"role": "source", "what": what}


def _record(case: Case) -> Element:
    """What all of this was taken from."""
    newest = case.found.told[-1]
    fields = {
        "target": [case.encounter],
        "recorded": instant(newest.at),
        "activity": concept("Sent from the record of Chairside"),
        "agent": [_agent("assembler", case.chairside)],
        "entity": [_chain(case, case.found.anchor, f"The record up to its event {newest.seq}, SHA-256 of its chain")],
    }
    return case.resource("Provenance", case.id("provenance", "record"), fields)


def _signature(case: Case, event: Signed) -> Element:
    """That a person signed. It is no digital signature of these resources, so it does not stand as one."""
    treatment = case.session.treatment
    changed = treatment.changed_since_signed and event.seq == treatment.signatures[-1].seq
    text = f"Signed: {event.meaning}" + ("; the record was corrected after that" if changed else "")
    return _provenance(
        case,
        event,
        [case.encounter],
        concept(text, [AUTHENTICATED]),
        _agent("attester", person(event.by), event.role),
        entity=[_chain(case, event.digest, f"The record up to its event {event.covers}, SHA-256 of its chain")],
    )


def _correction(case: Case, event: Amended, sent: Collection[str]) -> Element:
    """What a person put right. What it was before stands within, whole."""
    entry = next((each for each in case.found.told if each.seq == event.corrects), None)
    places = [] if entry is None else _places(entry)
    targets = [case.to(*place) for place in places if case.id(*place) in sent]
    put_in = bool(event.changes) or event.withdrawn
    before = _before(case, entry) if put_in and targets and entry is not None else None
    operation = [NULLIFY] if event.withdrawn else [UPDATE] if event.changes else []
    return _provenance(
        case,
        event,
        targets or [case.encounter],
        concept(f"Corrected: {event.text}", operation),
        _agent("author", person(event.by), event.role),
        reason=event.reason,
        contained=[] if before is None else _within(before),
        entity=[] if before is None else [{"role": "revision", "what": {"reference": "#before"}}],
    )


def _places(entry: AnyEvent) -> list[tuple[str, object]]:
    """The kind and number of the resources that an entry became; none for what is not sent by itself."""
    match entry:
        case AssessmentRecorded():
            return [(ASSESSMENT, entry.seq)]
        case _ if isinstance(entry, PressureReading):
            return [(PRESSURE, entry.seq), (PULSE, entry.seq)]
        case _ if isinstance(entry, Single):
            return [(GIVEN, entry.seq)]
        case _ if isinstance(entry, Running):
            return [(INFUSION, "")]
    return []


def _before(case: Case, entry: AnyEvent) -> Element | None:
    """The resource of an entry as it was told."""
    match entry:
        case AssessmentRecorded():
            return assessment(case, entry)
        case _ if isinstance(entry, PressureReading):
            return next(of_reading(case, entry))
        case _ if isinstance(entry, Single):
            return given_once(case, entry)
    session = folded(case.found.told)
    return None if session is None else infusion(case, case.found.told, session)


def _within(resource: Element) -> list[Element]:
    """The resource as a part of another one, which may hold no parts of its own and no labels (R4, dom-2 and dom-5)."""
    parts = resource.get("contained", [])
    bare = {name: each for name, each in resource.items() if name not in {"contained", "meta"}}
    status = {"status": "final"} if resource["resourceType"] == "Observation" else {}
    return [*parts, {**bare, **status, "id": "before"}]


def _artefact(case: Case, mark: ArtefactMarked, sent: Collection[str]) -> Element:
    """That what was measured for a while is not the patient's; pressures stand within as they were."""
    readings = [each for each in case.session.treatment.readings if is_artefact(each, [mark])]
    places = [
        *(place for each in readings for place in _places(each)),
        *((minute_kind(metric), start // SECOND) for metric in mark.metrics for start in _minutes(mark)),
        *((stream_kind(metric), "") for metric in mark.metrics),
    ]
    before = [{**_within(next(of_reading(case, each)))[0], "id": f"before-{each.seq}"} for each in readings]
    words = ", ".join(mark.metrics)
    stands = any(each.seq == mark.seq for each in case.session.treatment.artefacts)
    since = "" if stands else " (withdrawn since)"
    return _provenance(
        case,
        mark,
        [case.to(*place) for place in places if case.id(*place) in sent] or [case.encounter],
        concept(f"Marked as an artefact{since}: {words} from {instant(mark.start)} to {instant(mark.end)}", [UPDATE]),
        _agent("author", person(mark.by), mark.role),
        reason=mark.reason,
        contained=before,
        entity=[{"role": "revision", "what": {"reference": f"#{each['id']}"}} for each in before],
    )


def _minutes(mark: ArtefactMarked) -> range:
    first: Micros = mark.start // MINUTE * MINUTE
    return range(first, mark.end + 1, MINUTE)
