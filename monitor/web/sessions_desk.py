"""Answers what the list of sessions asks for; whatever a browser sent, the answer is something to show."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

import msgspec

from monitor.config import Config
from monitor.record.errors import RecordError
from monitor.record.finding import Found
from monitor.record.reader import RecordReader
from monitor.reports.clinic_time import day
from monitor.web.alarm_tables import trouble
from monitor.web.questions import UNREADABLE, Moment, Run, Word, checked
from monitor.web.session_search import Search, search_of, wanted
from monitor.web.session_tables import sessions_table

PAGE_LENGTH = 50
UNKNOWN = "This address asks for something that the list does not know. Clear the filter and choose again."


class ListRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sessions: the members of the query in the page's address. ``now`` is the service's time."""

    run: Run
    now: Moment
    query: Annotated[dict[Word, str], msgspec.Meta(max_length=20)] = {}


class SessionsDesk:
    """Takes the requests of the list. Blocking: to be called from a thread."""

    def __init__(self, reader: RecordReader, config: Config) -> None:
        self._reader = reader
        self._config = config

    def list_sessions(self, data: Any, *, may_know: bool) -> Any:
        """A page of the list; ``may_know`` who the patients are."""
        request = checked(ListRequest, data)
        if request is None:
            return trouble("This cannot be listed.")
        if not may_know:
            return trouble("Sign in to see the sessions.", request.run)
        search = search_of(request.query)
        if search is None:
            return trouble(UNKNOWN, request.run)
        today = day(request.now)
        try:
            found, there, pages = self._page(search, today)
        except RecordError as error:
            return trouble(UNREADABLE.format(error), request.run)
        return sessions_table(found, there, pages, request.run, today, self._config)

    def _page(self, search: Search, today: date) -> tuple[Found, Search, int]:
        """What is found, the search for the page that there is, and of how many; beyond the last that is the last."""
        asked = wanted(search, self._config, today)
        found = self._reader.found_sessions(asked, search.order, PAGE_LENGTH, (search.page - 1) * PAGE_LENGTH)
        pages = max(1, -(-found.total // PAGE_LENGTH))
        if search.page <= pages:
            return found, search, pages
        return self._page(msgspec.structs.replace(search, page=pages), today)
