"""The tables. The migrations make them; a change here needs a new one there, and a new ``SCHEMA``."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text

SCHEMA = "0003"
"""The newest migration. Revisions are numbered, so that a file from a newer Chairside is known as such."""

metadata = MetaData()

_BigKey = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only where the type is plain INTEGER; it is 64 bits wide there."""

journal = Table(
    "journal",
    metadata,
    Column("seq", _BigKey, primary_key=True, autoincrement=True),
    Column("at_us", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)

chunk = Table(
    "chunk",
    metadata,
    Column("session", String, primary_key=True),
    Column("metric", String, primary_key=True),
    Column("source", String, primary_key=True),
    Column("start_us", BigInteger, primary_key=True),
    Column("end_us", BigInteger, nullable=False),
    Column("count", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

sealed = Table(
    "sealed",
    metadata,
    Column("room", String, primary_key=True),
    Column("seq", BigInteger, nullable=False),
)

event = Table(
    "event",
    metadata,
    Column("seq", _BigKey, primary_key=True, autoincrement=True),
    Column("at_us", BigInteger, nullable=False),
    Column("session", String),
    Column("room", String),
    Column("kind", String, nullable=False),
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    Index("event_session", "session", "seq"),
    Index("event_room", "room", "seq"),
    Index("event_kind", "kind", "at_us"),
    sqlite_autoincrement=True,
)

session = Table(
    "session",
    metadata,
    Column("id", String, primary_key=True),
    Column("room", String, nullable=False),
    Column("patient", String, nullable=False),
    Column("protocol", String, nullable=False),
    Column("dose_mg", Float, nullable=False),
    Column("weight_kg", Float, nullable=False),
    Column("opened_us", BigInteger, nullable=False),
    Column("first_dose_us", BigInteger),
    Column("ended_us", BigInteger),
    Column("phase", String, nullable=False),
    Column("form_sent_us", BigInteger),
    Index("session_opened", "opened_us"),
    Index("session_patient", "patient", "opened_us"),
    Index("session_ended", "ended_us"),
)
