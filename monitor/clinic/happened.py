"""When something was, as against when it was told."""

from __future__ import annotations

from devices.readings import SECOND, Micros
from monitor.clinic.events import AnyEvent, CuffMeasured, DoseStarted, PressureReading
from monitor.clinic.treatment.events import AssessmentRecorded, DoseEvent, MedicineGiven

LATE: Micros = 5 * 60 * SECOND
"""What a person told so much later than it was, they wrote down from memory."""


def happened_at(event: AnyEvent) -> Micros:
    """When an event was; most are told at once."""
    match event:
        case DoseStarted(zero=at) | DoseEvent(happened_at=at):
            return at
        case MedicineGiven(given_at=at) | AssessmentRecorded(given_at=at):
            return at
        case _ if isinstance(event, PressureReading):
            return event.measured_at
    return event.at


def told_late(event: AnyEvent) -> bool:
    """Whether a person told it more than ``LATE`` after it was."""
    return not isinstance(event, CuffMeasured) and event.at - happened_at(event) > LATE


def whole_minutes(minutes: float) -> int:
    """Minutes that have passed, toward zero: of 119.6 min after the dose nobody reads that they were two hours, and
    half a minute before it is not told as a minute before.
    """
    return int(minutes)
