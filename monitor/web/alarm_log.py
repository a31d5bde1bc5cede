"""The alarm log: which alarms a person asks for, and what the record tells of them."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Annotated, Literal

import msgspec

from devices.readings import Micros
from monitor.clinic.alarms.episodes import Episode, episodes
from monitor.clinic.alarms.statistics import Statistics, is_physiological, room_hours, statistics
from monitor.clinic.events import AnyEvent
from monitor.config import HOUSE
from monitor.record.errors import EventsDamaged
from monitor.record.reader import RecordReader
from monitor.record.sessions import SessionRow
from monitor.reports.words.timeline import Line, clinic_lines
from monitor.web.questions import Moment, Word

PAGE_LENGTH = 50
MOST_EVENTS = 100_000
"""So many events are read at most, the newest ones: some thirty thousand alarms."""


class LogRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the page's script asks for: alarms raised from ``since`` to the service's time ``now``. An empty word means
    any; ``condition`` also stands for all that begin with it, ``SpO2`` for ``SpO2.low``; ``patient`` is a code.

    ``run`` numbers the page's questions. ``only_list`` turns a page and leaves the figures as they stand.
    """

    run: Moment
    now: Moment
    since: Moment
    room: Word = ""
    patient: Word = ""
    condition: Word = ""
    priority: Literal["", "high", "medium", "low"] = ""
    kind: Literal["", "physiological", "technical"] = ""
    unanswered: bool = False
    page: Annotated[int, msgspec.Meta(ge=0, lt=2**31)] = 0
    only_list: bool = False

    @property
    def wants_chairside(self) -> bool:
        """Whether the alarms of Chairside itself are asked for, which are no patient's."""
        return self.room in ("", HOUSE) and not self.patient.strip()

    def wants_session(self, session: SessionRow) -> bool:
        """Whether a session is one of those asked for."""
        code = self.patient.strip().casefold()
        return self.room in ("", session.room) and code in ("", session.patient.casefold())

    def wants(self, alarm: Episode) -> bool:
        """Whether an alarm of such a session, or of Chairside itself, is one of those asked for."""
        raised = alarm.raised
        if raised.at > self.now:
            return False
        if self.kind and is_physiological(raised.condition) != (self.kind == "physiological"):
            return False
        return (
            self.priority in ("", raised.priority)
            and (not self.condition or f"{raised.condition}.".startswith(f"{self.condition}."))
            and not (self.unanswered and alarm.acknowledged)
        )


class LoggedAlarm(msgspec.Struct, frozen=True):
    """A line of the log. An alarm of Chairside itself is of no session. ``watched``: its end would still be noticed."""

    episode: Episode
    session: SessionRow | None
    watched: bool


class LogPage(msgspec.Struct, frozen=True):
    """What was asked for. ``lines`` are those of one page, the newest first, of all ``alarms``; ``figures`` are those
    of patients' alarms alone. ``clinic`` tells what happened to the whole clinic and whose alarms were silenced, and
    ``sessions`` were open within the time, both with the newest first. ``since`` is later than asked for when there was
    too much to read (``cut``).
    """

    lines: Sequence[LoggedAlarm]
    alarms: int
    page: int
    pages: int
    figures: Statistics
    clinic: Sequence[Line]
    sessions: Sequence[SessionRow]
    since: Micros
    cut: bool
    damaged: Sequence[str]


class AlarmLog:
    """Reads the alarms of sessions and of Chairside itself. Blocking: to be called from a thread."""

    def __init__(self, reader: RecordReader, most_events: int = MOST_EVENTS) -> None:
        self._reader = reader
        self._events = _AlarmEvents(reader, most_events)

    def read(self, request: LogRequest) -> LogPage:
        """The alarms and figures of a request. A page beyond the last one is the last one.

        Raises: RecordError while the record cannot be read.
        """
        events, since, damaged = self._events.from_time(request.since)
        open_then = self._reader.sessions_within(since, request.now)
        sessions: dict[str | None, SessionRow] = {row.id: row for row in open_then if request.wants_session(row)}
        patients: dict[str | None, str] = {row.id: row.patient for row in sessions.values()}
        wanted = [alarm for alarm in episodes(events) if request.wants(alarm)]
        of_patients = [alarm for alarm in wanted if alarm.raised.session in sessions]
        of_chairside = [alarm for alarm in wanted if alarm.raised.room == HOUSE and request.wants_chairside]
        found = [*of_patients, *of_chairside]
        found.sort(key=lambda alarm: (alarm.raised.onset, alarm.raised.seq), reverse=True)
        pages = max(1, -(-len(found) // PAGE_LENGTH))
        page = min(request.page, pages - 1)
        shown = found[page * PAGE_LENGTH : (page + 1) * PAGE_LENGTH]
        hours = room_hours(((row.opened_us, row.ended_us) for row in sessions.values()), since, request.now)
        return LogPage(
            lines=[_line(alarm, sessions.get(alarm.raised.session)) for alarm in shown],
            alarms=len(found),
            page=page,
            pages=pages,
            figures=statistics(of_patients, hours),
            clinic=clinic_lines((event for event in events if event.at <= request.now), patients),
            sessions=list(sessions.values()),
            since=since,
            cut=since > request.since,
            damaged=damaged,
        )


def _line(alarm: Episode, session: SessionRow | None) -> LoggedAlarm:
    """A session is watched until it ends, Chairside itself always."""
    return LoggedAlarm(alarm, session, watched=session is None or session.ended_us is None)


class _AlarmEvents:
    """The alarm events of the record, each read and checked once: what is in the record does not change."""

    def __init__(self, reader: RecordReader, most: int) -> None:
        self._reader = reader
        self._most = most
        self._alone = Lock()
        self._asked_from: Micros | None = None
        self._whole_from: Micros = 0
        self._events: list[AnyEvent] = []
        self._damaged: dict[str, None] = {}

    def from_time(self, since: Micros) -> tuple[list[AnyEvent], Micros, tuple[str, ...]]:
        """The events from a time on, from when on there are all of them, and what is damaged."""
        with self._alone:
            if self._asked_from is None or since < self._asked_from:
                self._asked_from = self._whole_from = since
                self._events, self._damaged = [], {}
            self._read_on(self._asked_from)
            if len(self._events) > self._most:
                self._events = self._events[-self._most :]
                self._whole_from = self._events[0].at
            whole_from = max(since, self._whole_from)
            return [event for event in self._events if event.at >= whole_from], whole_from, tuple(self._damaged)

    def _read_on(self, since: Micros) -> None:
        newest = self._events[-1].seq if self._events else 0
        try:
            self._events += self._reader.alarm_events(since, self._most + 1, newest)
        except EventsDamaged as error:
            self._events += error.intact
            self._damaged |= dict.fromkeys(error.damaged)
