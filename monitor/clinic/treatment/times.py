"""Times that a person gives for what they tell later."""

from __future__ import annotations

from devices.readings import MINUTE, Micros
from monitor.clinic.refusal import Refused
from monitor.clinic.session import Session

AHEAD: Micros = MINUTE
"""A clock at the bedside may be that far ahead."""


def time_of(session: Session, given_at: Micros | None, now: Micros, field: str = "given_at") -> Micros:
    """When it was: now, or the time that the person gave. Refuses one before the session or still to come."""
    if given_at is None:
        return now
    if given_at > now + AHEAD:
        raise Refused(f"That is {_span(given_at - now)} from now: give the time when it was.", field)
    opened = session.opened_at // MINUTE * MINUTE
    if given_at < opened:
        raise Refused(f"That is {_span(opened - given_at)} before this session began.", field)
    return min(max(given_at, session.opened_at), now)


def _span(span: Micros) -> str:
    minutes = max(1, (span + MINUTE // 2) // MINUTE)
    return f"{minutes} min" if minutes < 120 else f"{(minutes + 30) // 60} h"
