"""The first schema."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_REFUSE_UPDATE = """
CREATE TRIGGER event_is_never_updated BEFORE UPDATE ON event
BEGIN SELECT RAISE(ABORT, 'an event is never changed; write an amendment'); END
"""
_REFUSE_DELETE = """
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN SELECT RAISE(ABORT, 'an event is never deleted; write an amendment'); END
"""


def upgrade() -> None:
    """Make the tables."""
    _measurements()
    _events()
    _sessions()


def _measurements() -> None:
    op.create_table(
        "journal",
        sa.Column("seq", _big_key(), primary_key=True, autoincrement=True),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "chunk",
        sa.Column("session", sa.String, primary_key=True),
        sa.Column("metric", sa.String, primary_key=True),
        sa.Column("source", sa.String, primary_key=True),
        sa.Column("start_us", sa.BigInteger, primary_key=True),
        sa.Column("end_us", sa.BigInteger, nullable=False),
        sa.Column("count", sa.Integer, nullable=False),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "sealed",
        sa.Column("room", sa.String, primary_key=True),
        sa.Column("seq", sa.BigInteger, nullable=False),
    )


def _events() -> None:
    op.create_table(
        "event",
        sa.Column("seq", _big_key(), primary_key=True, autoincrement=True),
        sa.Column("at_us", sa.BigInteger, nullable=False),
        sa.Column("session", sa.String),
        sa.Column("room", sa.String),
        sa.Column("kind", sa.String, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_index("event_session", "event", ["session", "seq"])
    op.create_index("event_room", "event", ["room", "seq"])
    if op.get_context().dialect.name == "sqlite":
        op.execute(_REFUSE_UPDATE)
        op.execute(_REFUSE_DELETE)


def _sessions() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.String, primary_key=True),
        sa.Column("room", sa.String, nullable=False),
        sa.Column("patient", sa.String, nullable=False),
        sa.Column("protocol", sa.String, nullable=False),
        sa.Column("dose_mg", sa.Float, nullable=False),
        sa.Column("weight_kg", sa.Float, nullable=False),
        sa.Column("opened_us", sa.BigInteger, nullable=False),
        sa.Column("first_dose_us", sa.BigInteger),
        sa.Column("ended_us", sa.BigInteger),
        sa.Column("phase", sa.String, nullable=False),
    )
    op.create_index("session_opened", "session", ["opened_us"])
    op.create_index("session_ended", "session", ["ended_us"])


def _big_key() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")
