"""The tables. The migrations make them; a change here needs a new one there, and a new ``SCHEMA``."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    false,
)

SCHEMA = "0005"
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
    Column("form_changed", Boolean, nullable=False, server_default=false()),
    Index("session_opened", "opened_us"),
    Index("session_patient", "patient", "opened_us"),
    Index("session_ended", "ended_us"),
)

glance = Table(
    "glance",
    metadata,
    Column("session", String, primary_key=True),
    Column("first_seq", BigInteger, nullable=False),
    Column("last_seq", BigInteger, nullable=False),
    Column("over", Boolean, nullable=False),
    Column("damaged", Boolean, nullable=False),
    Column("simulated", Boolean, nullable=False, server_default=false()),
    Column("signature", String),
    Column("peak_sys", Float),
    Column("peak_dia", Float),
    Column("peak_us", BigInteger),
    Column("baseline_sys", Float),
    Column("baseline_dia", Float),
    Column("rise_sys", Float),
    Column("rise_dia", Float),
    Column("lowest_spo2", Float),
    Column("below_90_s", Float),
    Column("alarms_high", Integer),
    Column("alarms_medium", Integer),
    Column("alarms_low", Integer),
    Column("trend_us", BigInteger, nullable=False),
    Column("trend", LargeBinary, nullable=False),
    Index("glance_signature", "signature", "over"),
    sqlite_with_rowid=False,
)
"""What a list shows of a session, counted from its events and chunks. It can be counted anew at any time: when a figure
is defined otherwise, a migration empties the table and the writer fills it again.
"""
