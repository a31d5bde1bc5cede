"""What a list shows of each session; the writer fills it, for sessions that are over in the background."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, empty."""
    op.create_table(
        "glance",
        sa.Column("session", sa.String, primary_key=True),
        sa.Column("first_seq", sa.BigInteger, nullable=False),
        sa.Column("last_seq", sa.BigInteger, nullable=False),
        sa.Column("over", sa.Boolean, nullable=False),
        sa.Column("damaged", sa.Boolean, nullable=False),
        sa.Column("signature", sa.String),
        sa.Column("peak_sys", sa.Float),
        sa.Column("peak_dia", sa.Float),
        sa.Column("peak_us", sa.BigInteger),
        sa.Column("baseline_sys", sa.Float),
        sa.Column("baseline_dia", sa.Float),
        sa.Column("rise_sys", sa.Float),
        sa.Column("rise_dia", sa.Float),
        sa.Column("lowest_spo2", sa.Float),
        sa.Column("below_90_s", sa.Float),
        sa.Column("alarms_high", sa.Integer),
        sa.Column("alarms_medium", sa.Integer),
        sa.Column("alarms_low", sa.Integer),
        sa.Column("trend_us", sa.BigInteger, nullable=False),
        sa.Column("trend", sa.LargeBinary, nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("glance_signature", "glance", ["signature", "over"])
