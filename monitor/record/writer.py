"""The only way into the record: one writer, in the service. What a method has returned from is kept."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
from sqlalchemy import Connection, delete, insert, or_, select, text, true, update

from devices.readings import Micros
from monitor.clinic.events import AnyEvent
from monitor.clinic.treatment.events import Amended
from monitor.record import queries, schema
from monitor.record.buffers import Buffers
from monitor.record.chain import FIRST_LINK, event_text, intact, link
from monitor.record.chunk import ChunkKey, protected
from monitor.record.database import failures, migrate, move_log_into_file, writing_engine
from monitor.record.errors import Damaged, EventsDamaged
from monitor.record.glance import glance, material
from monitor.record.journal import Entry, decode_second, encode_second
from monitor.record.lock import FolderLock
from monitor.record.sessions import SessionRow, session_row, summary_after, with_corrections

log = logging.getLogger(__name__)


class RecordWriter:
    """Keeps measurements and events in ``folder``, which it makes and holds locked against a second writer.

    Every method commits before it returns, or raises and leaves the record as it was: ``RecordUnavailable`` when the
    disk is full or fails (call again later), ``RecordRefused`` for what contradicts the record. Opening also raises
    ``FolderInUse`` and ``NewerSchema``. Methods may be called from any thread; they take turns.

    ``damaged`` names the journal rows that could not be read when the record was opened. They stay where they are.
    """

    def __init__(self, folder: Path) -> None:
        self._alone = threading.RLock()
        self._buffers = Buffers()
        self.damaged: tuple[str, ...] = ()
        with ExitStack() as opened, failures():
            opened.enter_context(FolderLock(folder, "writer.lock"))
            engine = writing_engine(folder)
            opened.callback(engine.dispose)
            self._connection = opened.enter_context(engine.connect())
            with self._connection.begin():
                migrate(self._connection, folder)
                self._last_event, self._head = _chain_head(self._connection)
                self._rebuild_buffers()
                self._uncounted = _sessions_without_glance(self._connection)
            self._opened = opened.pop_all()

    def append_second(self, at: Micros, entries: Sequence[Entry]) -> None:
        """Keep what the whole clinic measured in the second that ended at ``at``; nothing is written for nothing."""
        self.append_seconds([(at, entries)])

    def append_seconds(self, seconds: Sequence[tuple[Micros, Sequence[Entry]]]) -> None:
        """Keep several seconds, each as ``append_second`` does, all or none."""
        bodies = [(at, entries, encode_second(at, entries)) for at, entries in seconds if entries]
        if not bodies:
            return
        with self._alone:
            with self._transaction() as connection:
                rows = [
                    (connection.execute(insert(schema.journal).values(at_us=at, body=body)).lastrowid, at, entries)
                    for at, entries, body in bodies
                ]
            for seq, at, entries in rows:
                self._buffers.add(int(seq), at, entries)

    def append_events(self, events: Sequence[AnyEvent]) -> list[AnyEvent]:
        """Keep events, all or none, and the summaries of their sessions; returned with their ``seq``."""
        if not events:
            return []
        with self._alone:
            head, kept, rows = self._head, [], []
            for seq, event in enumerate(events, self._last_event + 1):
                kept.append(msgspec.structs.replace(event, seq=seq))
                body = event_text(kept[-1])
                head = link(head, body)
                rows.append(_event_row(kept[-1], body, head))
            with self._transaction() as connection:
                connection.execute(insert(schema.event), rows)
                summaries = [_update_summary(connection, event) for event in kept]
                newest = {row.id: row for row in summaries if row is not None}
                for row in newest.values():
                    if row.ended_us is not None and not self._buffers.holds(row.room, row.id):
                        _count_anew(connection, row, over=True)
            self._last_event, self._head = kept[-1].seq, head
            return kept

    def seal_due(self, now: Micros) -> None:
        """Move what rooms have journalled in a five-minute window that is over into chunks, room by room."""
        with self._alone:
            for room, upto in self._buffers.due(now):
                self._seal(room, upto)

    def seal_room(self, room: str) -> None:
        """Move all that a room has journalled into chunks; for the end of a session."""
        with self._alone:
            upto = self._buffers.newest(room)
            if upto is not None:
                self._seal(room, upto)

    def count_uncounted(self, most: int) -> None:
        """Count what lists show of at most so many sessions of which it is not there: those from before there were
        such figures, the newest first, and those whose end was the last thing before a crash.
        """
        with self._alone:
            waiting = self._uncounted[:most]
            if not waiting:
                return
            with self._transaction() as connection:
                for session in waiting:
                    row = _summary(connection, session)
                    if row is not None and not self._buffers.holds(row.room, row.id):
                        _count_anew(connection, row, over=True)
            del self._uncounted[:most]

    def checkpoint(self) -> int:
        """Move the write-ahead log into the file, about once a minute; returns how many of its pages are left.

        They grow while some reader holds an old view, and with them the log on the disk.
        """
        with self._alone, failures():
            return move_log_into_file(self._connection)

    def close(self) -> None:
        """Let go of the file and the folder. What is unsealed is in the journal."""
        with self._alone:
            self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with failures(), self._connection.begin():
            yield self._connection

    def _rebuild_buffers(self) -> None:
        sealed = {row.room: row.seq for row in self._connection.execute(select(schema.sealed))}
        damaged: dict[int, str] = {}
        for seq, at, body in self._connection.execute(select(schema.journal).order_by(schema.journal.c.seq)):
            try:
                entries = decode_second(at, body)
            except Damaged as error:
                damaged[seq] = f"journal {seq}: {error}"
            else:
                self._buffers.add(seq, at, [entry for entry in entries if seq > sealed.get(entry[0], 0)])
        self._damaged_rows = tuple(damaged)
        self.damaged = tuple(damaged.values())

    def _seal(self, room: str, upto: int) -> None:
        needed_from = self._buffers.oldest_without(room, upto)
        gone = true() if needed_from is None else schema.journal.c.seq < needed_from
        with self._transaction() as connection:
            sessions = set()
            for key, content in self._buffers.chunks(room, upto):
                _insert_chunk(connection, key, content)
                sessions.add(key.session)
            for row in filter(None, [_summary(connection, session) for session in sorted(sessions)]):
                whole = row.ended_us is not None and not self._buffers.holds(room, row.id, upto)
                _count_anew(connection, row, over=whole)
            connection.execute(delete(schema.sealed).where(schema.sealed.c.room == room))
            connection.execute(insert(schema.sealed).values(room=room, seq=upto))
            connection.execute(delete(schema.journal).where(gone, schema.journal.c.seq.not_in(self._damaged_rows)))
        self._buffers.drop(room, upto)


def _chain_head(connection: Connection) -> tuple[int, str]:
    """The last number ever given to an event and the last link; a cut tail stays visible as missing numbers."""
    given = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'event'"))
    last = connection.scalar(select(schema.event.c.hash).order_by(schema.event.c.seq.desc()).limit(1))
    return given or 0, last or FIRST_LINK


def _event_row(event: AnyEvent, body: str, link_after: str) -> dict[str, object]:
    return {
        "seq": event.seq,
        "at_us": event.at,
        "session": event.session,
        "room": event.room,
        "kind": type(event).__name__,
        "body": body,
        "hash": link_after,
    }


def _summary(connection: Connection, session: str | None) -> SessionRow | None:
    found = connection.execute(select(schema.session).where(schema.session.c.id == session)).one_or_none()
    return None if found is None else session_row(found)


def _update_summary(connection: Connection, event: AnyEvent) -> SessionRow | None:
    """The summary of the event's session after it."""
    table = schema.session
    before = _summary(connection, event.session)
    after = summary_after(event, before)
    if after is not None and isinstance(event, Amended):
        after = _with_corrections(connection, after)
    if after is None or after == before:
        return after
    if before is None:
        connection.execute(insert(table).values(msgspec.structs.asdict(after)))
    else:
        connection.execute(update(table).where(table.c.id == after.id).values(msgspec.structs.asdict(after)))
    return after


def _with_corrections(connection: Connection, row: SessionRow) -> SessionRow:
    """Of a session of which an event is damaged the summary stays as it was told: a dose might be missing."""
    try:
        told = intact(queries.linked_events(connection, row.id, None, 0, None))
    except EventsDamaged:
        return row
    return with_corrections(row, told)


def _sessions_without_glance(connection: Connection) -> list[str]:
    """Those that are over, the newest first."""
    session, known = schema.session.c, schema.glance.c
    joined = schema.session.outerjoin(schema.glance, known.session == session.id)
    lacking = or_(known.session.is_(None), known.over.is_(False))
    query = select(session.id).select_from(joined).where(session.ended_us.is_not(None), lacking)
    return list(connection.scalars(query.order_by(session.opened_us.desc())))


def _count_anew(connection: Connection, row: SessionRow, *, over: bool) -> None:
    """Put what lists show of a session beside its summary."""
    found = material(connection, row.id)
    try:
        counted = glance(row.id, found, over=over)
    except Exception:
        # What happened and was measured must be kept, whatever is wrong with counting it: lists show no figures then.
        log.exception("session %s: fault in counting its figures", row.id)
        counted = None
    connection.execute(delete(schema.glance).where(schema.glance.c.session == row.id))
    if counted is not None:
        connection.execute(insert(schema.glance).values(msgspec.structs.asdict(counted)))


def _insert_chunk(connection: Connection, key: ChunkKey, content: bytes) -> None:
    table = schema.chunk
    same = select(table.c.start_us).where(
        table.c.session == key.session, table.c.metric == key.metric, table.c.source == key.source
    )
    # Two chunks begin at the same microsecond when one packet's readings are journalled in two windows.
    while connection.scalar(same.where(table.c.start_us == key.start_us)) is not None:
        key = msgspec.structs.replace(key, start_us=key.start_us + 1)
    connection.execute(insert(table).values(**msgspec.structs.asdict(key), body=protected(key, content)))
