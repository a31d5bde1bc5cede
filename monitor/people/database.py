"""The file of people. Two processes write it, the web and the command line, so it keeps a rollback journal: the
write-ahead log of SQLite before 3.51.3 can lose pages when two writers meet (https://sqlite.org/wal.html).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    create_engine,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from monitor.people.errors import PeopleUnavailable

FILE = "people.sqlite3"
SCHEMA = 2
_PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA journal_mode=DELETE",
    "PRAGMA synchronous=FULL",
)

metadata = MetaData()

user = Table(
    "user",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("login", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("password", Text),
    Column("pin", Text, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("open", Boolean, nullable=False, default=False),
    Column("added_us", Integer, nullable=False),
)
"""``open`` are those who sign in by one click where every room is simulated; they have no password."""

sign_in = Table(
    "sign_in",
    metadata,
    Column("token", Text, primary_key=True),
    Column("user", Integer, ForeignKey("user.id"), nullable=False, index=True),
    Column("began_us", Integer, nullable=False),
    Column("active_us", Integer, nullable=False),
    Column("locked", Boolean, nullable=False),
)
"""``token`` is the digest of what the browser holds."""

attempt = Table(
    "attempt",
    metadata,
    Column("key", Text, primary_key=True),
    Column("wrong", Integer, nullable=False),
    Column("at_us", Integer, nullable=False),
)
"""Wrong passwords and PINs in a row, and when the last one was given."""

saved_view = Table(
    "saved_view",
    metadata,
    Column("user", Integer, ForeignKey("user.id"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("query", Text, nullable=False),
)
"""What a person looks for in the list of sessions again and again, as the query of its address. Since schema 2."""


class PeopleDatabase:
    """The file in ``folder``; it is made when it is first used. From any thread."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._ready = False
        self._engine = create_engine("sqlite+pysqlite://", creator=self._connect, poolclass=NullPool)

    @contextmanager
    def transaction(self, *, writing: bool = False) -> Iterator[Connection]:
        """One moment of the file; ``writing`` locks out other writers from the start.

        Raises: PeopleUnavailable.
        """
        try:
            if not self._ready:
                self._prepare()
            with self._begun(writing) as connection:
                yield connection
        except DBAPIError as error:
            raise PeopleUnavailable(f"The file of people, {self._path}, cannot be used: {error.orig}") from error
        except (sqlite3.Error, OSError) as error:
            raise PeopleUnavailable(f"The file of people, {self._path}, cannot be used: {error}") from error

    @contextmanager
    def _begun(self, writing: bool) -> Iterator[Connection]:
        with self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
            yield connection
            connection.commit()

    def _prepare(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(mode=0o600)
        with self._begun(writing=True) as connection:
            found = connection.exec_driver_sql("PRAGMA user_version").scalar_one()
            if found > SCHEMA:
                raise PeopleUnavailable(f"The file of people, {self._path}, is of a newer Chairside; use that one")
            if found < SCHEMA:
                # Makes the tables that are not there yet: all of a new file, in an older one those that came since.
                metadata.create_all(connection)
                connection.exec_driver_sql(f"PRAGMA user_version={SCHEMA}")
        self._ready = True

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        return connection
