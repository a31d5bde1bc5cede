"""What corrections did: which resources they changed, and which of those do not stand any more."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from monitor.clinic.treatment.events import Amended
from monitor.reports.fhir.case import Case
from monitor.reports.fhir.elements import Element, voided
from monitor.reports.fhir.medication import medication
from monitor.reports.fhir.pressures import pressures
from monitor.reports.fhir.scales import assessments


@dataclass(frozen=True)
class Correction:
    """A correction that put something in or took something back. ``before`` and ``after`` are the resources that it
    changed, by id, as they stood then: also those that follow from the entry, such as what was not given.
    """

    fix: Amended
    before: dict[str, Element]
    after: dict[str, Element]

    @property
    def changed(self) -> list[str]:
        """The ids of all that it changed, made or took away."""
        return [*self.before, *(id for id in self.after if id not in self.before)]


def charted(case: Case) -> Iterator[Element]:
    """All that a correction can change."""
    yield from pressures(case)
    yield from medication(case)
    yield from assessments(case)


def corrections(case: Case) -> Iterator[Correction]:
    """The corrections that changed anything, in their order; not those in words alone."""
    for place, fix in enumerate(case.found.told):
        if isinstance(fix, Amended) and (fix.changes or fix.withdrawn):
            before, after = (
                {each["id"]: each for each in charted(case.as_of(count, fix.at))} for count in (place, place + 1)
            )
            yield Correction(
                fix,
                {id: each for id, each in before.items() if after.get(id) != each},
                {id: each for id, each in after.items() if before.get(id) != each},
            )


def taken_back(made: Collection[Correction], standing: Collection[str]) -> Iterator[Element]:
    """What stood before a correction and does not stand now, by the ids of what does: a receiver may still have it."""
    gone = {id: (each, one.fix) for one in made for id, each in one.before.items() if id not in standing}
    for each, fix in gone.values():
        why = "Withdrawn" if fix.withdrawn else "Corrected: there was none"
        yield voided(each, why, fix.reason, fix.by, fix.at)
