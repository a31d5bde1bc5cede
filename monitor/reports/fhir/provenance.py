"""Where it all comes from: the record itself, signatures, corrections with what was told before, and artefacts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from devices.readings import MINUTE, SECOND, Micros
from monitor.clinic.events import AnyEvent, PressureReading
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    AssessmentRecorded,
    Signed,
)
from monitor.reports.fhir.case import Case
from monitor.reports.fhir.corrections import Correction
from monitor.reports.fhir.elements import Element, clean, coding, concept, filled, instant, named, person
from monitor.reports.fhir.medication import GIVEN, INFUSION, Running, Single
from monitor.reports.fhir.pressures import PRESSURE, PULSE, of_reading, spoilt
from monitor.reports.fhir.scales import ASSESSMENT
from monitor.reports.fhir.vital_signs import minute_kind, stream_kind

AGENT = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
OPERATION = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
COMPLETION = "http://terminology.hl7.org/CodeSystem/v3-DocumentCompletion"
UPDATE, NULLIFY = coding(OPERATION, "UPDATE"), coding(OPERATION, "NULLIFY")
AUTHENTICATED = coding(COMPLETION, "AU")


def provenance(case: Case, made: Collection[Correction], sent: Collection[str]) -> Iterator[Element]:
    """With the corrections that were ``made``. ``sent`` are the ids of what is sent: targets are chosen among them."""
    yield _record(case)
    by_fix = {each.fix.seq: each for each in made}
    for event in case.found.told:
        match event:
            case Signed():
                yield _signature(case, event)
            case Amended():
                yield _correction(case, event, by_fix.get(event.seq), sent)
            case ArtefactMarked():
                yield _artefact(case, event, sent)
            case ArtefactWithdrawn():
                activity = concept("Mark of an artefact withdrawn: its values count again", [UPDATE])
                who = _agent("author", person(event.by), event.role)
                yield _provenance(case, event, [], activity, who, reason=event.reason)


def _provenance(
    case: Case,
    event: AnyEvent,
    targets: Sequence[str],
    activity: Element,
    who: Element,
    *,
    reason: str = "",
    before: Sequence[Element] = (),
    sources: Sequence[Element] = (),
) -> Element:
    """What an event did to the resources with the ids ``targets``, by itself to the whole session. ``before`` are those
    that stood in their place.
    """
    names = [f"before-{number}" for number in range(1, len(before) + 1)]
    fields = {
        "contained": [part for name, each in zip(names, before, strict=True) for part in _within(each, name)],
        "target": [{"reference": f"urn:uuid:{id}"} for id in targets] or [case.encounter],
        "occurredDateTime": instant(event.at),
        "recorded": instant(event.at),
        "activity": activity,
        "reason": [concept(reason)] if clean(reason) else [],
        "agent": [who],
        "entity": [*({"role": "revision", "what": {"reference": f"#{name}"}} for name in names), *sources],
    }
    return case.resource("Provenance", case.id("provenance", event.seq), fields)


def _within(resource: Element, name: str) -> list[Element]:
    """The resource as a part of another one, which may hold no parts of its own and no labels (R4, dom-2 and dom-5)."""
    bare = {each: value for each, value in resource.items() if each not in {"contained", "meta"}}
    drugs = [{**drug, "id": f"{name}-{drug['id']}"} for drug in resource.get("contained", [])]
    if drugs:
        bare["medicationReference"] = {"reference": f"#{drugs[0]['id']}"}
    return [*drugs, {**bare, "id": name}]


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
        [],
        concept(text, [AUTHENTICATED]),
        _agent("attester", person(event.by), event.role),
        sources=[_chain(case, event.digest, f"The record up to its event {event.covers}, SHA-256 of its chain")],
    )


def _correction(case: Case, event: Amended, made: Correction | None, sent: Collection[str]) -> Element:
    """What a person put right, or said of it in words alone. What it was before stands within, whole."""
    entry = next((each for each in case.found.told if each.seq == event.corrects), None)
    spoken_of = [case.id(*place) for place in ([] if entry is None else _places(entry))]
    changed = [] if made is None else made.changed
    operation = [NULLIFY] if event.withdrawn else [UPDATE] if event.changes else []
    return _provenance(
        case,
        event,
        changed or [id for id in spoken_of if id in sent],
        concept(f"Corrected: {event.text}", operation),
        _agent("author", person(event.by), event.role),
        reason=event.reason,
        before=[] if made is None else [*made.before.values()],
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


def _artefact(case: Case, mark: ArtefactMarked, sent: Collection[str]) -> Element:
    """That what was measured for a while is not the patient's; readings of a cuff stand within as they were."""
    voided = {
        each["id"]: each
        for reading in case.session.treatment.readings
        for kind, each in of_reading(case, reading).items()
        if kind in spoilt(reading, mark)
    }
    streamed = [
        *(case.id(minute_kind(metric), start // SECOND) for metric in mark.metrics for start in _minutes(mark)),
        *(case.id(stream_kind(metric)) for metric in mark.metrics),
    ]
    words = ", ".join(mark.metrics)
    stands = any(each.seq == mark.seq for each in case.session.treatment.artefacts)
    since = "" if stands else " (withdrawn since)"
    return _provenance(
        case,
        mark,
        [*voided, *(id for id in streamed if id in sent)],
        concept(f"Marked as an artefact{since}: {words} from {instant(mark.start)} to {instant(mark.end)}", [UPDATE]),
        _agent("author", person(mark.by), mark.role),
        reason=mark.reason,
        before=[*voided.values()],
    )


def _minutes(mark: ArtefactMarked) -> range:
    first: Micros = mark.start // MINUTE * MINUTE
    return range(first, mark.end + 1, MINUTE)
