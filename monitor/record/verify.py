"""Checks the whole record, row by row, while the service may be writing it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Row, select, text

from monitor.clinic.events import AnyEvent
from monitor.clinic.treatment.events import Amended, Signed
from monitor.record import schema
from monitor.record.chain import FIRST_LINK, event_from, intact, link
from monitor.record.chunk import ChunkKey, decode_chunk
from monitor.record.database import FILE, failures, reading_engine
from monitor.record.errors import Damaged, NoRecord, RecordRefused, RecordUnavailable
from monitor.record.glance import glance, kept_glance, material
from monitor.record.journal import decode_second
from monitor.record.queries import linked_events
from monitor.record.sessions import SessionRow, session_row, summary_after, with_corrections


@dataclass
class Report:
    """What was checked and what is wrong: one line each with table, key and trouble."""

    events: int = 0
    sessions: int = 0
    journal_rows: int = 0
    chunks: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """True when nothing is wrong."""
        return not self.problems


def verify(folder: Path) -> Report:
    """Check file structure, event chain, session summaries and figures, and every checksum of the record in ``folder``.

    Raises ``NoRecord`` when there is none, ``RecordUnavailable`` when it cannot be read, ``NewerSchema`` for one of a
    newer Chairside. The chain shows every change, swap and removal by somebody who did not write the rest of it anew,
    and a cut tail as long as the file still knows the last number it gave out.
    """
    if not (folder / FILE).exists():
        raise NoRecord(folder)
    report = Report()
    engine = reading_engine(folder)
    with failures(), engine.connect():
        pass
    for part, check in _CHECKS.items():
        try:
            with failures(), engine.begin() as connection:
                check(connection, report)
        except RecordUnavailable as error:
            report.problems.append(f"{part}: cannot be read to the end: {error}")
    engine.dispose()
    return report


def _check_structure(connection: Connection, report: Report) -> None:
    for (line,) in connection.exec_driver_sql("PRAGMA integrity_check"):
        if line != "ok":
            report.problems.append(f"file: {line}")


def _check_journal(connection: Connection, report: Report) -> None:
    for seq, at, body in connection.execute(select(schema.journal).order_by(schema.journal.c.seq)):
        report.journal_rows += 1
        try:
            decode_second(at, body)
        except Damaged as error:
            report.problems.append(f"journal {seq}: {error}")


def _check_chunks(connection: Connection, report: Report) -> None:
    known = set(connection.scalars(select(schema.session.c.id)))
    for *fields, body in connection.execute(select(schema.chunk)):
        report.chunks += 1
        key = ChunkKey(*fields)
        try:
            decode_chunk(key, body)
        except Damaged as error:
            report.problems.append(f"{key}: {error}")
        if key.session not in known:
            report.problems.append(f"{key}: there is no such session")


def _check_events(connection: Connection, report: Report) -> None:
    """The chain, and that every summary is what its session's events say."""
    found = {row.id: session_row(row) for row in connection.execute(select(schema.session))}
    report.sessions = len(found)
    told: dict[str, SessionRow] = {}
    doubtful: set[str | None] = set()
    corrected: set[str | None] = set()
    seq, head = 0, FIRST_LINK
    for row in connection.execute(select(schema.event).order_by(schema.event.c.seq)):
        report.events += 1
        _report_missing(seq + 1, row.seq, report)
        try:
            event = _checked(row, head)
            if isinstance(event, Signed) and not _stands(connection, event):
                report.problems.append(f"event {row.seq}: what {event.by} signed is not what the record holds")
            if isinstance(event, Amended):
                corrected.add(event.session)
            if event.session not in doubtful:
                _retell(event, told)
        except (Damaged, RecordRefused) as error:
            report.problems.append(f"event {row.seq}: {error}")
            doubtful.add(row.session)
        if row.session is not None and row.session not in found:
            report.problems.append(f"event {row.seq}: there is no session {row.session}")
        seq, head = row.seq, row.hash
    given = connection.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'event'")) or 0
    _report_missing(seq + 1, given + 1, report)
    for name, summary in found.items():
        if name in doubtful:
            continue
        retold = told.get(name)
        if retold is not None and name in corrected:
            retold = with_corrections(retold, intact(linked_events(connection, name, None, 0, None)))
        if summary != retold:
            report.problems.append(f"session {name}: is not what its events say")


def _check_glances(connection: Connection, report: Report) -> None:
    """That the figures for lists are what events and chunks say. What was damaged or lost since, these name."""
    for row in connection.execute(select(schema.glance)).all():
        kept = kept_glance(row)
        upto = None if kept.over else kept.last_seq
        told = glance(kept.session, material(connection, kept.session, upto), over=kept.over)
        rests_on_less = told is None or told.last_seq < kept.last_seq or (told.damaged and not kept.damaged)
        if told != kept and not rests_on_less:
            report.problems.append(f"glance {kept.session}: is not what its events and chunks say")


def _stands(connection: Connection, signature: Signed) -> bool:
    """Whether the record up to what was signed is still what was signed."""
    found = connection.scalar(select(schema.event.c.hash).where(schema.event.c.seq == signature.covers))
    return found == signature.digest


def _report_missing(first: int, beyond: int, report: Report) -> None:
    if first < beyond:
        last = beyond - 1
        report.problems.append(f"event {first}: missing" if first == last else f"event {first}..{last}: missing")


def _checked(row: Row[*tuple[Any, ...]], head: str) -> AnyEvent:
    if link(head, row.body) != row.hash:
        raise Damaged("was changed, or the event before it was")
    event = event_from(row.body)
    columns = (row.seq, row.at_us, row.session, row.room, row.kind)
    if columns != (event.seq, event.at, event.session, event.room, type(event).__name__):
        raise Damaged("its columns are not what its text says")
    return event


def _retell(event: AnyEvent, told: dict[str, SessionRow]) -> None:
    after = summary_after(event, told.get(event.session or ""))
    if after is not None:
        told[after.id] = after


_CHECKS = {
    "file": _check_structure,
    "event": _check_events,
    "journal": _check_journal,
    "chunk": _check_chunks,
    "glance": _check_glances,
}
