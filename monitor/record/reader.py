"""Reading the record while the service writes it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Select, or_, select

from devices.readings import SECOND, Metric, Micros, Numeric, Waveform
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmChainTested,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmRaised,
    AlarmsPaused,
    AlarmsResumed,
    AlarmsSwitchedOff,
    AnyEvent,
    AudioPaused,
    AudioResumed,
    AudioSwitchedOff,
    ClockStepped,
    RecordingResumed,
    RecordingStopped,
    ServiceStarted,
    SpeedSet,
)
from monitor.record import queries, schema
from monitor.record.chain import intact
from monitor.record.chunk import decode_chunk
from monitor.record.database import failures, reading_engine
from monitor.record.errors import Damaged, EventsDamaged
from monitor.record.finding import Found, Order, Wanted, found_sessions
from monitor.record.journal import Measurement, stored_entries
from monitor.record.series import Damage, Series, WaveSeries
from monitor.record.sessions import SessionRow, session_row

_Columns = TypeVar("_Columns", Series, WaveSeries)

_ALARMS = (AlarmRaised, AlarmAcknowledged, AlarmEscalated, AlarmLatched, AlarmEnded)
"""What makes up the life of an alarm."""
_SILENCED = (AlarmsPaused, AlarmsSwitchedOff, AlarmsResumed)
_SOUND_AND_CHAIN = (AudioPaused, AudioSwitchedOff, AudioResumed, AlarmChainTested)
_CHAIRSIDE = (ServiceStarted, ClockStepped, SpeedSet, RecordingStopped, RecordingResumed)
_ALARM_KINDS = [kind.__name__ for kind in (*_ALARMS, *_SILENCED, *_SOUND_AND_CHAIN, *_CHAIRSIDE)]


class RecordReader:
    """Answers from the record in ``folder``, from any thread; it can change nothing.

    Every method raises ``RecordUnavailable`` while the file cannot be read or is not there yet, and ``NewerSchema``
    for one that a newer Chairside wrote.
    """

    def __init__(self, folder: Path) -> None:
        self._engine = reading_engine(folder)

    def open_sessions(self) -> list[SessionRow]:
        """Sessions that have not ended, the oldest first."""
        table = schema.session
        return self._session_rows(
            select(table).where(table.c.ended_us.is_(None)).order_by(table.c.opened_us, table.c.id)
        )

    def newest_of_open_sessions(self) -> Micros | None:
        """When the last thing happened to, or was measured of, a patient who is in treatment; ``None`` without one."""
        with self._moment() as connection:
            return queries.newest_of_open_sessions(connection)

    def session(self, session: str) -> SessionRow | None:
        """One session's summary; ``None`` when there is no such session."""
        rows = self._session_rows(select(schema.session).where(schema.session.c.id == session))
        return rows[0] if rows else None

    def last_session_of(self, patient: str) -> SessionRow | None:
        """The newest session of a patient, by their code."""
        table = schema.session
        theirs = select(table).where(table.c.patient == patient)
        rows = self._session_rows(theirs.order_by(table.c.opened_us.desc(), table.c.id.desc()).limit(1))
        return rows[0] if rows else None

    def sessions_of(self, patient: str) -> list[SessionRow]:
        """All sessions of a patient, by their code, the newest first."""
        table = schema.session
        theirs = select(table).where(table.c.patient == patient)
        return self._session_rows(theirs.order_by(table.c.opened_us.desc(), table.c.id.desc()))

    def ended_sessions(self, protocol: str, since: Micros, most: int) -> list[tuple[SessionRow, int]]:
        """The newest sessions of a protocol that were dosed, opened ``since`` then and are over, the newest first; each
        with the number of its newest event, which tells whether anything was corrected.
        """
        with self._moment() as connection:
            rows = queries.ended_sessions(connection, protocol, since, most)
        return [(SessionRow(*row), newest) for *row, newest in rows]

    def sessions(self, limit: int, offset: int = 0) -> list[SessionRow]:
        """A page of all sessions, the newest first."""
        table = schema.session
        newest_first = select(table).order_by(table.c.opened_us.desc(), table.c.id.desc())
        return self._session_rows(newest_first.limit(limit).offset(offset))

    def found_sessions(self, wanted: Wanted, order: Order, limit: int, offset: int = 0) -> Found:
        """A page of the sessions that are wanted, in this order, and how many there are."""
        with self._moment() as connection:
            return found_sessions(connection, wanted, order, limit, offset)

    def session_ids(self, since: Micros | None, until: Micros | None, patient: str | None) -> list[str]:
        """The sessions that were opened from ``since`` to just before ``until``, of a patient by their whole code, the
        oldest first.
        """
        table = schema.session.c
        wanted = [table.opened_us >= since] if since is not None else []
        wanted += [table.opened_us < until] if until is not None else []
        wanted += [table.patient == patient] if patient is not None else []
        with self._moment() as connection:
            return list(connection.scalars(select(table.id).where(*wanted).order_by(table.opened_us, table.id)))

    def sessions_within(self, since: Micros, until: Micros) -> list[SessionRow]:
        """All sessions that were open at some moment of that time, the newest first."""
        table = schema.session
        ended_later = or_(table.c.ended_us.is_(None), table.c.ended_us > since)
        within = select(table).where(table.c.opened_us < until, ended_later)
        return self._session_rows(within.order_by(table.c.opened_us.desc(), table.c.id.desc()))

    def events(
        self, session: str | None = None, room: str | None = None, after_seq: int = 0, limit: int | None = None
    ) -> list[AnyEvent]:
        """Events in the order they happened, each checked against the one before it.

        Raises ``EventsDamaged`` when any is not what was committed; it carries the others.
        """
        with self._moment() as connection:
            rows = queries.linked_events(connection, session, room, after_seq, limit)
        return intact(rows)

    def readable_events(self, session: str) -> tuple[list[AnyEvent], tuple[str, ...]]:
        """The events of a session that are as they were committed, and what is wrong with the others, one line each."""
        try:
            return self.events(session=session), ()
        except EventsDamaged as error:
            return error.intact, error.damaged

    def events_of(
        self, sessions: Collection[str], kinds: Collection[type[AnyEvent]]
    ) -> dict[str, list[AnyEvent] | EventsDamaged]:
        """The events of these kinds by session, each checked as by ``events``; of a session of which any is not what
        was committed, what is wrong with them.
        """
        with self._moment() as connection:
            rows = queries.linked_events_of_sessions(connection, sessions, [kind.__name__ for kind in kinds])
        by_session: dict[str, list[tuple[int, str, str, str]]] = defaultdict(list)
        for session, row in rows:
            by_session[session].append(row)
        found: dict[str, list[AnyEvent] | EventsDamaged] = {}
        for session, own in by_session.items():
            try:
                found[session] = intact(own)
            except EventsDamaged as error:
                found[session] = error
        return found

    def newest_link(self) -> tuple[int, str]:
        """The number of the newest event and the hash of the chain there: what a signature stands on."""
        with self._moment() as connection:
            return queries.newest_link(connection)

    def link_at(self, seq: int) -> str | None:
        """The hash of the chain at an event, which stands for all up to there; ``None`` without such an event."""
        with self._moment() as connection:
            found: str | None = connection.scalar(select(schema.event.c.hash).where(schema.event.c.seq == seq))
        return found

    def alarm_events(self, since: Micros, most: int, after_seq: int = 0) -> list[AnyEvent]:
        """What happened to alarms from ``since`` on, and in the whole clinic to what they need: sound, chain, service,
        clock and record. In order; at most the newest ``most`` events.

        Checked as by ``events``; raises ``EventsDamaged``.
        """
        with self._moment() as connection:
            rows = queries.linked_events_of_kinds(connection, _ALARM_KINDS, since, after_seq, most)
        return intact(rows)

    def numerics(self, session: str, metric: Metric, start: Micros | None = None, end: Micros | None = None) -> Series:
        """A session's values of one metric that arrived from ``start`` to just before ``end``."""
        return self.numerics_of(session, (metric,), start, end)[metric]

    def numerics_of(
        self,
        session: str,
        metrics: Collection[Metric],
        start: Micros | None = None,
        end: Micros | None = None,
    ) -> dict[Metric, Series]:
        """As ``numerics``, of several metrics at one moment of the record."""
        found: dict[Metric, Series] = {}
        for metric, (whole, tail, damaged) in self._measured(Series, session, metrics, start, end).items():
            latest = Series.of([reading for reading in tail if isinstance(reading, Numeric)])
            found[metric] = Series.joined([*whole, latest], damaged).within(start, end)
        return found

    def waveform(
        self, session: str, metric: Metric, start: Micros | None = None, end: Micros | None = None
    ) -> WaveSeries:
        """A session's segments of one waveform that begin from ``start`` to just before ``end``."""
        whole, tail, damaged = self._measured(WaveSeries, session, (metric,), start, end)[metric]
        latest = WaveSeries.of([reading for reading in tail if isinstance(reading, Waveform)])
        return WaveSeries.joined([*whole, latest], damaged).within(start, end)

    def tail(self, room: str, since: Micros) -> list[Measurement]:
        """What was measured in a room since then, in the order of time, for whoever is treated there now.

        With a session open only its readings, else only those of nobody: one patient's are never drawn as another's.
        Damaged stretches are left out.
        """
        with self._moment() as connection:
            owner, stored = queries.stored_of_room(connection, room, since)
        measured: list[Measurement] = []
        for key, body in stored.chunks:
            with suppress(Damaged):
                measured += decode_chunk(key, body).within(since, None).readings(Metric(key.metric))
        for row in stored.journal:
            with suppress(Damaged):
                measured += _journalled(row, stored, owner, room)
        return sorted((reading for reading in measured if _time(reading) >= since), key=_time)

    def close(self) -> None:
        """Let go of the file; a later call opens it again."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _moment(self) -> Iterator[Connection]:
        with failures(), self._engine.begin() as connection:
            yield connection

    def _session_rows(self, query: Select[*tuple[Any, ...]]) -> list[SessionRow]:
        with self._moment() as connection:
            return [session_row(row) for row in connection.execute(query)]

    def _measured(
        self, kind: type[_Columns], session: str, metrics: Collection[Metric], start: Micros | None, end: Micros | None
    ) -> dict[Metric, tuple[list[_Columns], list[Measurement], list[Damage]]]:
        """By metric the columns of sealed chunks, what is in the journal only, and what of both is damaged."""
        with self._moment() as connection:
            stored = queries.stored_of_session(connection, session, metrics, start, end)
        found: dict[Metric, tuple[list[_Columns], list[Measurement], list[Damage]]]
        found = {metric: ([], [], []) for metric in metrics}
        for key, body in stored.chunks:
            whole, _, damaged = found[Metric(key.metric)]
            try:
                columns = decode_chunk(key, body)
            except Damaged as error:
                damaged.append(Damage(f"{key}: {error}", key.start_us, key.end_us))
            else:
                whole += [columns] if isinstance(columns, kind) else []
        for row in stored.journal:
            try:
                for reading in _journalled(row, stored, session):
                    if reading.metric in found:
                        found[reading.metric][1].append(reading)
            except Damaged as error:
                lost = Damage(f"journal {row.seq}: {error}", row.at - SECOND, row.at)
                for _, _, damaged in found.values():
                    damaged += [lost] if stored.concerns(row.at) else []
        return found


def _journalled(
    row: queries.JournalRow, stored: queries.Stored, session: str | None, room: str | None = None
) -> list[Measurement]:
    """What a journal row alone holds of a session, or of nobody in a room; all of it or ``Damaged``."""
    return [
        entry.measurement()
        for entry in stored_entries(row.at, row.body)
        if entry.session == session
        and room in (None, entry.room)
        and (session is None or row.seq > stored.sealed.get(entry.room, 0))
    ]


def _time(reading: Measurement) -> Micros:
    return reading.at if isinstance(reading, Numeric) else reading.start
