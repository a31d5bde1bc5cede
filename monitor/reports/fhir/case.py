"""What all resources of a session have in common: who and where, their ids, and how sure they are."""

from __future__ import annotations

from functools import cached_property
from uuid import UUID, uuid5

from msgspec.structs import replace

from devices.readings import Micros
from monitor.clinic.events import AnyEvent
from monitor.clinic.session import Session, folded
from monitor.clinic.treatment.amending import as_amended
from monitor.clinic.treatment.events import Amended
from monitor.reports.fhir.elements import Element, coding, filled, person
from monitor.reports.session_record import SessionRecord

NAMESPACE = UUID("6d0e2f3c-7d43-5a57-9f0e-3b6f1d1f6a11")
"""Of all ids that Chairside gives; made once, for this."""
TEST_DATA = coding("http://terminology.hl7.org/CodeSystem/v3-ActReason", "HTEST")
INCOMPLETE = {
    **coding(f"urn:uuid:{uuid5(NAMESPACE, 'tags')}", "incomplete-record"),
    "display": "Parts of the record are damaged and left out",
}
SERVICE = "service"
"""By whom what Chairside does by itself is done."""


class Case:
    """A session whose opening is known. ``session`` is it with its corrections put in."""

    def __init__(self, found: SessionRecord, session: Session) -> None:
        self.found = found
        self.session = session

    @property
    def open(self) -> bool:
        """Whether it goes on."""
        return self.session.ended_at is None

    @property
    def final(self) -> str:
        """The status of what is found: more may come, or may have been there, unless it is over and whole."""
        return "preliminary" if self.open or self.found.damaged else "final"

    @property
    def entries_lost(self) -> bool:
        """Whether an entry may be missing, and not only measurements."""
        measured = {text for series in self.found.series.values() for text in series.damaged}
        return not measured.issuperset(self.found.damaged)

    @property
    def corrected(self) -> str:
        """The status of what a person has put right."""
        return "corrected" if self.final == "final" else self.final

    def status_of(self, event: AnyEvent, *fields: str) -> str:
        """The status of what these fields of an entry tell: whether any of them was put right since."""
        fixed = any(each.corrects == event.seq and each.changes.keys() & set(fields) for each in self.corrections)
        return self.corrected if fixed else self.final

    @cached_property
    def corrections(self) -> list[Amended]:
        """All corrections, also those in words alone."""
        return [each for each in self.found.told if isinstance(each, Amended)]

    def as_of(self, count: int, at: Micros) -> Case:
        """The case at a time at which so many of its events had been told."""
        told = self.found.told[:count]
        events = as_amended(told)
        session = folded(events)
        assert session is not None  # noqa: S101 - the event that opened it stays the first
        row = replace(self.found.row, ended_us=session.ended_at)
        then = replace(self.found, row=row, told=told, events=events, session=session, read_at=at)
        return Case(then, session)

    @cached_property
    def simulated(self) -> bool:
        """Whether any of it is: then none of it may count as a patient's."""
        return self.found.simulated

    def place(self, kind: str) -> str:
        """A name for something that outlasts the session, such as a device: the same in each session of a room."""
        return str(uuid5(NAMESPACE, f"{self.found.clinic}/{self._played}{self.session.room}/{kind}"))

    def system(self, kind: str) -> str:
        """The namespace of identifiers that only this clinic gives. Those of played patients are not among them."""
        return f"urn:uuid:{uuid5(NAMESPACE, f'{self.found.clinic}/{self._played}{kind}')}"

    @property
    def _played(self) -> str:
        """Keeps what is played apart from what is real, also where both have the same name."""
        return "simulated " if self.simulated else ""

    def id(self, kind: str, which: object = "") -> str:
        """The id of a resource of this session, the same whenever it is sent."""
        return str(uuid5(NAMESPACE, f"{self.session.id}/{kind}/{which}"))

    def to(self, kind: str, which: object = "") -> Element:
        """A reference to a resource of this session."""
        return {"reference": f"urn:uuid:{self.id(kind, which)}"}

    @property
    def patient(self) -> Element:
        """A reference to who is treated."""
        return self.to("patient")

    @property
    def encounter(self) -> Element:
        """A reference to the session."""
        return self.to("encounter")

    @property
    def chairside(self) -> Element:
        """A reference to the software itself."""
        return {"reference": f"urn:uuid:{self.place('chairside')}"}

    def source(self, name: str) -> Element:
        """A reference to a device."""
        return {"reference": f"urn:uuid:{self.place(f'device/{name}')}"}

    def actor(self, by: str) -> Element:
        """Who did something: Chairside by itself, or a person."""
        return self.chairside if by == SERVICE else person(by)

    def resource(self, kind: str, id: str, fields: Element, profile: str = "") -> Element:
        """A resource with what says how far it may be trusted."""
        meta = filled(
            profile=[profile] if profile else [],
            security=[TEST_DATA] if self.simulated else [],
            tag=[INCOMPLETE] if self.found.damaged else [],
        )
        return {"resourceType": kind, "id": id, **filled(meta=meta), **filled(**fields)}

    def observation(self, kind: str, which: object, fields: Element, profile: str = "") -> Element:
        """An observation of the patient in this session."""
        about = {"subject": self.patient, "encounter": self.encounter}
        return self.resource("Observation", self.id(kind, which), {**about, **fields}, profile)

    @property
    def until(self) -> Micros:
        """The end, or now; as the events tell it, which are proved, unlike the line in the list of sessions."""
        return self.found.end if self.session.ended_at is None else self.session.ended_at
