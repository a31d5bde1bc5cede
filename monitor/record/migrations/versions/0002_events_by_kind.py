"""An index for the alarm log, which asks for a few kinds of events within a time."""

from __future__ import annotations

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index."""
    op.create_index("event_kind", "event", ["kind", "at_us"])
