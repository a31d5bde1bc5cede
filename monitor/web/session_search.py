"""What the list of sessions can be asked, as it stands in the query of the page's address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Annotated
from urllib.parse import urlencode

import msgspec

from monitor.config import Config
from monitor.record.finding import (
    SORT_KEYS,
    AlarmChoice,
    FormChoice,
    FormTerms,
    Order,
    SignatureChoice,
    SortKey,
    Wanted,
)
from monitor.reports.clinic_time import midnight
from monitor.web.form_clock import DAYS

FIRST_YEAR, LAST_YEAR = 2000, 2200
Code = Annotated[str, msgspec.Meta(max_length=32)]
Id = Annotated[str, msgspec.Meta(max_length=64)]
DRUG = "drug:"
"""In front of a drug's name: all protocols that give it."""


class Search(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The members of the query. ``sort`` is a column, with a minus in front of it downwards."""

    patient: Code = ""
    since: date | None = msgspec.field(default=None, name="from")
    until: date | None = msgspec.field(default=None, name="to")
    """The last day, included."""
    protocol: Id = ""
    room: Id = ""
    alarms: AlarmChoice | None = None
    form: FormChoice | None = None
    signature: SignatureChoice | None = None
    sort: Id = ""
    page: Annotated[int, msgspec.Meta(ge=1, le=1_000_000)] = 1

    def __post_init__(self) -> None:
        """Raises: ValueError for what is no column, and a day that no session can be of."""
        if self.sort.removeprefix("-") not in ("", *SORT_KEYS) or self.sort == "-":
            raise ValueError(f"{self.sort!r} is no column")
        for day in (self.since, self.until):
            if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
                raise ValueError(f"{day} is out of reach")

    @property
    def order(self) -> Order:
        """The order that is asked for."""
        key = next((each for each in SORT_KEYS if each == self.sort.removeprefix("-")), None)
        return Order(key, self.sort.startswith("-"))

    def sorted_by(self, key: SortKey, first: str) -> str:
        """What a press on a column's heading sorts by: the other way around, or at first as ``first`` says."""
        if self.order.key != key:
            return first
        return key if self.order.descending else f"-{key}"

    def query(self) -> str:
        """The same as a query, without the page."""
        members = msgspec.to_builtins(msgspec.structs.replace(self, page=1))
        return urlencode(members)


def search_of(members: object) -> Search | None:
    """The search in the members of a query; ``None`` when anything is not known. Empty members ask for nothing."""
    if not isinstance(members, Mapping):
        return None
    try:
        return msgspec.convert({name: each for name, each in members.items() if each != ""}, Search, strict=False)
    except msgspec.ValidationError:
        return None


def wanted(search: Search, config: Config, today: date) -> Wanted:
    """What the record is asked for on a day."""
    drug = search.protocol.removeprefix(DRUG) if search.protocol.startswith(DRUG) else None
    of_drug = tuple(each.id for each in config.protocols.values() if each.drug == drug)
    return Wanted(
        forms=form_terms(config, today),
        patient=search.patient.strip(),
        since=None if search.since is None else midnight(search.since),
        until=None if search.until is None else midnight(search.until + timedelta(days=1)),
        protocols=(of_drug or (search.protocol,)) if search.protocol else (),
        room=search.room,
        alarms=search.alarms,
        form=search.form,
        signature=search.signature,
    )


def form_terms(config: Config, today: date) -> FormTerms:
    """Whose forms are due on a day, and which are overdue."""
    asking = tuple(each.id for each in config.protocols.values() if each.monitoring_form)
    return FormTerms(asking, midnight(today - timedelta(days=DAYS)))
