"""What a restart makes of a session that the record or the configuration no longer has whole.

Its patient is still in the chair: the room stays taken, its devices are watched, and every screen says what is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from devices.readings import Numeric, Quality
from monitor.clinic.alarms.trial import Recorded
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnded,
    AlarmEscalated,
    AlarmMessaged,
    AnyEvent,
    EscalationStep,
    PressureReading,
    SessionOpened,
)
from monitor.clinic.protocol import Dose, Protocol
from monitor.clinic.treatment.plan import Gate, Observation
from monitor.clinic.treatment.pressure import values_of
from monitor.record.journal import Measurement
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


def recorded(measured: Iterable[Measurement], events: Iterable[AnyEvent]) -> list[Recorded]:
    """What was measured before a restart, in order: streamed numbers, and blood pressures."""
    values = [
        Recorded(each.at, each.metric, each.value, each.quality) for each in measured if isinstance(each, Numeric)
    ]
    for event in events:
        if isinstance(event, PressureReading):
            values += [
                Recorded(event.at, metric, value, Quality.OK, event.measured_at)
                for metric, value in values_of(event).items()
            ]
    return sorted(values, key=lambda each: each.at)


def unsent_messages(past: Iterable[AnyEvent]) -> list[AlarmEscalated]:
    """Alarms that nobody answered and that another system was to be told of when the service stopped."""
    waiting: dict[str, AlarmEscalated] = {}
    for event in past:
        match event:
            case AlarmEscalated(step=EscalationStep.MESSAGE):
                waiting[event.condition] = event
            case AlarmMessaged() | AlarmAcknowledged() | AlarmEnded():
                waiting.pop(event.condition, None)
    return list(waiting.values())


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
        gate=Gate(sys=0, dia=0),
        observation=Observation(minutes=0, anchor="first_dose"),
    )
