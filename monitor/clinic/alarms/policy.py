"""How alarms are dealt with, whatever their rule: latching, escalation, and how much a weak signal counts."""

from __future__ import annotations

import msgspec

from devices.readings import SECOND, Micros
from monitor.clinic.events import EscalationStep
from monitor.clinic.priority import Priority

LONGEST_PAUSE_S = 120
"""A pause of sound or alarms (ISO 80601-2-61: at most 120 s by default)."""

REMINDER_S = 180
"""While sound or alarms are off, screens remind at least so often."""


ESCALATES = frozenset({Priority.HIGH, Priority.MEDIUM})
"""Priorities of which somebody else is told when nobody answers."""


class Escalation(msgspec.Struct, frozen=True):
    """A step that is taken when an alarm was not answered for ``after``."""

    step: EscalationStep
    after: Micros


class AlarmPolicy(msgspec.Struct, frozen=True):
    """``latch``: priorities that stay on the screen until answered when their cause is over. ``weak_pi``: a perfusion
    index (%) below it is weak evidence, and a violation of weak evidence alone must last ``weak_wait``. ``same_arm``:
    the room's oximeter sits on the arm of the cuff. ``overdue``: how late a measurement may be.
    """

    latch: frozenset[Priority] = frozenset()
    escalation: tuple[Escalation, ...] = ()
    weak_pi: float = 0.3
    weak_wait: Micros = 6 * SECOND
    same_arm: bool = False
    overdue: Micros = 5 * 60 * SECOND


NOTHING_SPECIAL = AlarmPolicy()
"""No latching and no escalation; a weak signal counts less."""
