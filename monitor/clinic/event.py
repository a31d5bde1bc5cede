"""What every event carries, and the phases that a session goes through."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from devices.readings import Micros


class Phase(StrEnum):
    """Where a session stands."""

    BASELINE = "baseline"
    DOSING = "dosing"
    MONITORING = "monitoring"
    RECOVERY = "recovery"
    DISCHARGED = "discharged"
    LEFT = "left"
    """The patient left against advice."""
    TRANSFERRED = "transferred"
    ABORTED = "aborted"


class Event(Struct, frozen=True, kw_only=True, tag=True):
    """``at`` is when it was told, UTC microseconds; ``seq`` is given by the record when it is committed; ``by`` is who
    or what did it. ``session`` is ``None`` for what belongs to the whole clinic.
    """

    seq: int = 0
    at: Micros
    by: str
    room: str | None = None
    session: str | None = None
