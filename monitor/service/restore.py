"""What a restart makes of a session that the record or the configuration no longer has whole.

Its patient is still in the chair: the room stays taken, its devices are watched, and every screen says what is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from monitor.clinic.events import AnyEvent, SessionOpened
from monitor.clinic.protocol import Dose, Protocol
from monitor.record.sessions import SessionRow


def with_opening(events: Sequence[AnyEvent], row: SessionRow) -> list[AnyEvent]:
    """The session's events; where the one that opened it is damaged, made again from the summary row."""
    if events and isinstance(events[0], SessionOpened):
        return list(events)
    opened = SessionOpened(
        at=row.opened_us,
        by="service",
        room=row.room,
        session=row.id,
        patient=row.patient,
        weight_kg=row.weight_kg,
        protocol=row.protocol,
        dose_mg=row.dose_mg,
        cuff_interval_s=None,
    )
    return [opened, *events]


def without_rules(protocol: str) -> Protocol:
    """Stands for a protocol that is no longer configured: it has no limits, no schedule and no checklist."""
    return Protocol(
        id=protocol,
        title=f"{protocol} (missing)",
        drug="Dose",
        dose=Dose(route="nasal"),
        cuff_minutes={},
        limits={},
        checklist=[],
    )
