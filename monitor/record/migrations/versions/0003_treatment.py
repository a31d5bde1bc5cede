"""A patient's sessions are found by their code; the monitoring form of a session has a time when it was sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the index."""
    op.add_column("session", sa.Column("form_sent_us", sa.BigInteger))
    op.create_index("session_patient", "session", ["patient", "opened_us"])
