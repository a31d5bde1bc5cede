"""A session as one transaction that a server of FHIR R4 can take, again and again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

import msgspec

from monitor.reports.fhir.alarms import alarms
from monitor.reports.fhir.case import Case
from monitor.reports.fhir.corrections import charted, corrections, taken_back
from monitor.reports.fhir.elements import Element, instant
from monitor.reports.fhir.provenance import provenance
from monitor.reports.fhir.scales import adverse_events, oxygen
from monitor.reports.fhir.visit import completeness, devices, encounter, patient, patient_identifier, weight
from monitor.reports.fhir.vital_signs import vital_signs
from monitor.reports.session_record import SessionRecord

SEARCH_SIGNS = re.compile(r"([\\,$|])")
"""What has a meaning of its own in a search parameter (R4, 3.1.1.5.7)."""


class OpeningDamaged(Exception):
    """The event that opened a session cannot be read, so nobody knows whose it is: nothing of it is sent."""

    def __init__(self, session: str) -> None:
        super().__init__(f"The beginning of session {session} is damaged: run app.py verify.")


def fhir_bundle(found: SessionRecord) -> bytes:
    """The session as a Bundle of type ``transaction``, JSON in UTF-8.

    Raises: OpeningDamaged.
    """
    if found.session is None:
        raise OpeningDamaged(found.row.id)
    case = Case(found, found.session)
    made = list(corrections(case))
    resources = list(_resources(case))
    resources += taken_back(made, {each["id"] for each in resources})
    resources += provenance(case, made, {each["id"] for each in resources})
    envelope = case.resource("Bundle", case.id("bundle"), {"type": "transaction", "timestamp": instant(found.read_at)})
    return msgspec.json.encode({**envelope, "entry": [_entry(case, each) for each in resources]}) + b"\n"


def _resources(case: Case) -> Iterator[Element]:
    yield patient(case)
    yield from devices(case)
    yield encounter(case)
    yield completeness(case)
    if case.session.weight_kg:
        yield weight(case)
    yield from charted(case)
    yield from oxygen(case)
    yield from adverse_events(case)
    yield from alarms(case)
    yield from vital_signs(case)


def _entry(case: Case, resource: Element) -> Element:
    """What the server is asked to do: to put the resource there, whether it has it or not. A patient is made only where
    there is none with this code: whose name is changed is not for us to say.
    """
    kind, id = resource["resourceType"], resource["id"]
    if kind != "Patient":
        request = {"method": "PUT", "url": f"{kind}/{id}"}
        return {"fullUrl": f"urn:uuid:{id}", "resource": resource, "request": request}
    identifier = patient_identifier(case)
    code = quote(SEARCH_SIGNS.sub(r"\\\1", identifier["value"]), safe="")
    unless = f"identifier={identifier['system']}|{code}"
    unknown = {name: each for name, each in resource.items() if name != "id"}
    request = {"method": "POST", "url": kind, "ifNoneExist": unless}
    return {"fullUrl": f"urn:uuid:{id}", "resource": unknown, "request": request}
