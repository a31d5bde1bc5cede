"""The questions that are put to the tables. Rows come back as they are stored, so that a read is over quickly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from devices.readings import SECOND, Metric, Micros
from monitor.record import schema
from monitor.record.chain import FIRST_LINK
from monitor.record.chunk import ChunkKey
from monitor.record.series import MILLI

_chunk, _event, _journal, _session = schema.chunk.c, schema.event.c, schema.journal.c, schema.session.c

_LATE: Micros = 60 * SECOND
"""By then at the latest the journal has what was measured; it takes a second or two."""


class JournalRow(NamedTuple):
    """A second of the whole clinic, packed."""

    seq: int
    at: Micros
    body: bytes


class Stored(NamedTuple):
    """What one moment of the file holds for a question, and the time that the question is about."""

    chunks: list[tuple[ChunkKey, bytes]]
    journal: list[JournalRow]
    sealed: dict[str, int]
    since: Micros | None
    until: Micros | None

    def concerns(self, at: Micros) -> bool:
        """Whether a journal row of that time could hold some of the answer."""
        return (self.since is None or at >= self.since) and (self.until is None or at <= self.until)


def linked_events(
    connection: Connection, session: str | None, room: str | None, after_seq: int, limit: int | None
) -> Sequence[Row[int, str, str, str]]:
    """The events of a session, a room or all, in order."""
    wanted: list[ColumnElement[bool]] = [_event.seq > after_seq]
    if session is not None:
        wanted.append(_event.session == session)
    if room is not None:
        wanted.append(_event.room == room)
    return connection.execute(_linked().where(*wanted).order_by(_event.seq).limit(limit)).all()


def newest_link(connection: Connection) -> tuple[int, str]:
    """The newest event's number and hash; before the first one, 0 and what the chain begins with."""
    row = connection.execute(select(_event.seq, _event.hash).order_by(_event.seq.desc()).limit(1)).first()
    return (0, FIRST_LINK) if row is None else (row.seq, row.hash)


def linked_events_of_kinds(
    connection: Connection, kinds: Collection[str], since: Micros, after_seq: int, most: int
) -> Sequence[Row[int, str, str, str]]:
    """The newest ``most`` events of these kinds that happened from ``since`` on, in order."""
    wanted = (_event.kind.in_(kinds), _event.at_us >= since, _event.seq > after_seq)
    newest_first = _linked().where(*wanted).order_by(_event.seq.desc()).limit(most)
    return connection.execute(newest_first).all()[::-1]


def linked_events_of_sessions(
    connection: Connection, sessions: Collection[str], kinds: Collection[str]
) -> list[tuple[str, tuple[int, str, str, str]]]:
    """The events of these kinds of several sessions, in order, each with its session."""
    # Not the bare column: SQLite would take the index by kind, and so read the events of every session there is.
    wanted = (_event.session.in_(sessions), _event.kind.concat("").in_(kinds))
    rows = connection.execute(_linked().add_columns(_event.session).where(*wanted).order_by(_event.seq))
    return [(session, (seq, body, written, previous)) for seq, body, written, previous, session in rows]


def ended_sessions(connection: Connection, protocol: str, since: Micros, most: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """The newest dosed and ended sessions of a protocol that opened since then, with the number of the newest event."""
    newest = select(func.max(_event.seq)).where(_event.session == _session.id).scalar_subquery()
    wanted = (_session.protocol == protocol, _session.opened_us >= since)
    over = (_session.ended_us.is_not(None), _session.first_dose_us.is_not(None))
    newest_first = (_session.opened_us.desc(), _session.id.desc())
    return connection.execute(
        select(schema.session, newest).where(*wanted, *over).order_by(*newest_first).limit(most)
    ).all()


def _linked() -> Select[int, str, str, str]:
    """``seq``, body, hash and the hash of the event before it, whatever session that one belongs to."""
    before = schema.event.alias("before")
    previous = (
        select(before.c.hash).where(before.c.seq < _event.seq).order_by(before.c.seq.desc()).limit(1).scalar_subquery()
    )
    return select(_event.seq, _event.body, _event.hash, func.coalesce(previous, FIRST_LINK))


def newest_of_open_sessions(connection: Connection) -> Micros | None:
    """The newest time of their events, and of the journal while one is open."""
    open_sessions = select(_session.id).where(_session.ended_us.is_(None))
    happened = connection.scalar(select(func.max(_event.at_us)).where(_event.session.in_(open_sessions)))
    if happened is None:
        return None
    measured = connection.scalar(select(_journal.at_us).order_by(_journal.seq.desc()).limit(1))
    newest: Micros = max(happened, measured or 0)
    return newest


def stored_of_session(
    connection: Connection, session: str, metrics: Collection[Metric], start: Micros | None, end: Micros | None
) -> Stored:
    """The chunks of these metrics of a session between two times, and the journal while it may hold any of it."""
    span = connection.execute(select(_session.opened_us, _session.ended_us).where(_session.id == session)).one_or_none()
    opened, ended = span or (None, None)
    closed = None if ended is None else ended + _LATE
    since = max((time for time in (opened, start) if time is not None), default=None)
    until = min((time for time in (closed, None if end is None else end + _LATE) if time is not None), default=None)
    rows = _journal_rows(connection, None, closed)
    return Stored(chunks(connection, session, metrics, start, end), rows, _sealed(connection), since, until)


def stored_of_room(connection: Connection, room: str, since: Micros) -> tuple[str | None, Stored]:
    """The session that is open in a room, its chunks, and the journal since then."""
    newest_first = _session.opened_us.desc()
    is_open = select(_session.id).where(_session.room == room, _session.ended_us.is_(None)).order_by(newest_first)
    owner = connection.scalar(is_open.limit(1))
    sealed = [] if owner is None else chunks(connection, owner, None, since)
    rows = _journal_rows(connection, since, None)
    return owner, Stored(sealed, rows, _sealed(connection), since, None)


def chunks(
    connection: Connection,
    session: str,
    metrics: Collection[Metric] | None,
    start: Micros | None = None,
    end: Micros | None = None,
) -> list[tuple[ChunkKey, bytes]]:
    """The chunks of a session, of these metrics or all, that hold anything between two times."""
    wanted = [_chunk.session == session]
    if metrics is not None:
        wanted.append(_chunk.metric.in_([metric.value for metric in metrics]))
    if start is not None:
        wanted.append(_chunk.end_us >= start - MILLI)
    if end is not None:
        wanted.append(_chunk.start_us <= end + MILLI)
    rows = connection.execute(select(schema.chunk).where(*wanted).order_by(_chunk.start_us))
    return [(ChunkKey(*key), body) for *key, body in rows]


def _journal_rows(connection: Connection, since: Micros | None, until: Micros | None) -> list[JournalRow]:
    query = select(_journal.seq, _journal.at_us, _journal.body).order_by(_journal.seq)
    if since is not None:
        query = query.where(_journal.at_us >= since)
    if until is not None:
        query = query.where(_journal.at_us <= until)
    return [JournalRow(*row) for row in connection.execute(query)]


def _sealed(connection: Connection) -> dict[str, int]:
    return {row.room: row.seq for row in connection.execute(select(schema.sealed))}
