"""A summary says when the first dose was as corrected, and whether anything was corrected after the form was sent. What
lists show is counted anew by other rules, and says of what is simulated that it is.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from monitor.record.chain import intact
from monitor.record.errors import EventsDamaged
from monitor.record.queries import linked_events
from monitor.record.sessions import first_dose

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_CHANGED_SINCE_SENT = """
UPDATE session SET form_changed = 1 WHERE EXISTS (
    SELECT 1 FROM event WHERE event.session = session.id
    AND event.kind IN ('Amended', 'ArtefactMarked', 'ArtefactWithdrawn')
    AND event.seq > (
        SELECT max(sent.seq) FROM event sent WHERE sent.session = session.id AND sent.kind = 'FormSubmitted'
    )
)"""
_WITHOUT_FIGURES = "DELETE FROM glance"
"""The writer counts them again."""


def upgrade() -> None:
    """Add the columns, and bring up to date what is kept of sessions that were corrected."""
    op.add_column("session", sa.Column("form_changed", sa.Boolean, nullable=False, server_default=sa.false()))
    op.execute(_CHANGED_SINCE_SENT)
    op.execute(_WITHOUT_FIGURES)
    op.add_column("glance", sa.Column("simulated", sa.Boolean, nullable=False, server_default=sa.false()))
    connection = op.get_bind()
    corrected = connection.execute(sa.text("SELECT DISTINCT session FROM event WHERE kind = 'Amended'"))
    for session in corrected.scalars().all():
        try:
            told = intact(linked_events(connection, session, None, 0, None))
        except EventsDamaged:
            continue
        moved = sa.text("UPDATE session SET first_dose_us = :at WHERE id = :session")
        connection.execute(moved, {"at": first_dose(told), "session": session})
