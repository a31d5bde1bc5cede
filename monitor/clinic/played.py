"""Whose treatment a session was: a patient's, or one that was played."""

from __future__ import annotations

from collections.abc import Iterable

from monitor.clinic.events import AnyEvent, CuffMeasured, SessionOpened


def told_simulated(events: Iterable[AnyEvent], *, room: bool) -> bool:
    """Whether a session's events say that it is simulated: its opening, or any reading of a cuff.

    ``room`` is whether its room is simulated now. It decides where the opening does not say, as in older records, or
    cannot be read: a session that is marked without need does less harm than a played one that is taken for real.
    """
    opening: bool | None = None
    for event in events:
        match event:
            case SessionOpened():
                opening = event.simulated
            case CuffMeasured(simulated=True):
                return True
    return room if opening is None else opening
