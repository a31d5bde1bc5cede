"""Alarm priority, which events, limits and screens share."""

from __future__ import annotations

from enum import StrEnum


class Priority(StrEnum):
    """Alarm priority after IEC 60601-1-8."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


URGENCY = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}
"""For sorting: the most urgent first."""
