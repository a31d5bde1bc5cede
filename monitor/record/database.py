"""Connections to the record's file.

Exactly one connection writes, in the service, and it alone moves the write-ahead log into the file: SQLite from 3.7.0
to 3.51.2 can lose pages when two connections do so at the same moment (https://sqlite.org/wal.html, the WAL-reset bug).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.pool import NullPool, Pool, QueuePool

from monitor.record.errors import NewerSchema, RecordRefused, RecordUnavailable
from monitor.record.schema import SCHEMA

FILE = "record.sqlite"

_BOTH = ("PRAGMA foreign_keys=ON", "PRAGMA trusted_schema=OFF", "PRAGMA busy_timeout=2000")
_WRITER = (
    "PRAGMA synchronous=FULL",
    "PRAGMA wal_autocheckpoint=0",
    "PRAGMA journal_size_limit=16777216",
)
_READER = ("PRAGMA query_only=ON",)


def writing_engine(folder: Path) -> Engine:
    """For the service's only connection; makes the file when there is none. Transactions lock out others at once."""
    return _engine(partial(_connect_writer, folder), NullPool, "BEGIN IMMEDIATE")


def reading_engine(folder: Path) -> Engine:
    """For everybody else, from any thread. A transaction sees one moment of the record; keep it short."""
    return _engine(partial(_connect_reader, folder), QueuePool, "BEGIN")


@contextmanager
def failures() -> Iterator[None]:
    """Turn what the database says into ``RecordRefused`` or ``RecordUnavailable``."""
    try:
        yield
    except IntegrityError as error:
        raise RecordRefused(str(error.orig)) from error
    except DBAPIError as error:
        raise RecordUnavailable(str(error.orig)) from error
    except (sqlite3.Error, OSError) as error:
        raise RecordUnavailable(str(error)) from error


def migrate(connection: Connection, folder: Path) -> None:
    """Bring the file to this Chairside's schema, in the connection's transaction; raises ``NewerSchema``."""
    found = _schema_of(_driver(connection))
    if found == SCHEMA:
        return
    if found is not None and found > SCHEMA:
        raise NewerSchema(folder, found, SCHEMA)
    # Takes a quarter of a second, which a start after a crash has no time for.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def move_log_into_file(connection: Connection) -> int:
    """Checkpoint what no reader needs; returns how many pages of the log are left. Not within a transaction."""
    _, pages, moved = _driver(connection).execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages) - int(moved)


def _engine(connect: partial[sqlite3.Connection], pool: type[Pool], begin: str) -> Engine:
    engine = create_engine("sqlite+pysqlite://", creator=connect, poolclass=pool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _connect(folder: Path, mode: str, pragmas: tuple[str, ...]) -> sqlite3.Connection:
    location = f"{(folder / FILE).absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(location, uri=True, isolation_level=None, check_same_thread=False)
    # Text that rotted must not stop the reading of the rows around it; its checksum names it.
    connection.text_factory = partial(str, encoding="utf-8", errors="replace")
    for pragma in pragmas:
        connection.execute(pragma)
    return connection


def _connect_writer(folder: Path) -> sqlite3.Connection:
    connection = _connect(folder, "rwc", (*_BOTH, *_WRITER))
    mode = connection.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    if mode != "wal":
        connection.close()
        raise RecordUnavailable(f"{folder} cannot hold the record: its file system allows no shared memory")
    return connection


def _connect_reader(folder: Path) -> sqlite3.Connection:
    connection = _connect(folder, "ro", (*_BOTH, *_READER))
    found = _schema_of(connection)
    if found == SCHEMA:
        return connection
    connection.close()
    if found is not None and found > SCHEMA:
        raise NewerSchema(folder, found, SCHEMA)
    raise RecordUnavailable(f"The record in {folder} is not set up yet; the service does that when it starts")


def _schema_of(connection: sqlite3.Connection) -> str | None:
    tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if tables[0] else None
    return None if row is None else str(row[0])


def _driver(connection: Connection) -> sqlite3.Connection:
    return cast(sqlite3.Connection, connection.connection.driver_connection)
