"""What screens are told of a room."""

from __future__ import annotations

from collections.abc import Sequence

from devices.readings import Metric, Numeric
from monitor.clinic.alarms.limits import MetricLimits
from monitor.clinic.events import Phase, PressureTaken
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session
from monitor.clinic.treatment.checklist import ItemState
from monitor.service.frames import (
    CuffView,
    DeviceView,
    NumberView,
    OffView,
    RoomView,
    SessionView,
)
from monitor.service.room import Room
from monitor.service.treatment_view import TreatmentViews

NEXT_STEP = {
    Phase.DOSING: {"nasal": "Give device 1", "iv": "Start infusion"},
    Phase.MONITORING: {"nasal": "End dosing", "iv": "End infusion"},
    Phase.RECOVERY: {"nasal": "Start recovery", "iv": "Start recovery"},
    Phase.DISCHARGED: {"nasal": "Sign discharge", "iv": "Sign discharge"},
}


def room_view(room: Room, treatments: TreatmentViews) -> RoomView:
    """A room, whole."""
    session = room.session
    return RoomView(
        id=room.config.id,
        name=room.config.name,
        simulated=room.config.simulated,
        session=session_view(session, room.protocol, room.evidence.checked) if session and room.protocol else None,
        numbers={metric: number_view(room, number) for metric, number in room.numbers.items()},
        cuff=cuff_view(room),
        alarms=room.alarms(),
        alarms_off=off_views(session) if session else [],
        watching=room.watch.shown if room.watch else None,
        treatment=treatments.of(room),
        devices=[
            DeviceView(device.name, device.protocol, link.status.state, link.status.problem)
            for device, link in zip(room.config.devices, room.links, strict=True)
        ],
        last_event=room.last_event,
    )


def off_views(session: Session) -> list[OffView]:
    """What is paused or switched off in a session's room."""
    return [OffView(condition, off.by, off.reason, off.at, off.until) for condition, off in session.alarms_off.items()]


def session_view(session: Session, protocol: Protocol, checked: Sequence[ItemState]) -> SessionView:
    """An open session."""
    route, following = protocol.dose.route, session.next_phase
    infusing = session.phase is Phase.DOSING and route == "iv"
    return SessionView(
        id=session.id,
        patient=session.patient,
        weight_kg=session.weight_kg,
        protocol=protocol.id,
        title=protocol.title,
        dose=protocol.dose_text(session.dose_mg),
        phase=session.phase,
        phase_label="Infusing" if infusing else session.phase.capitalize(),
        next_phase=following,
        next_label=NEXT_STEP[following][route] if following else "",
        opened_at=session.opened_at,
        first_dose_at=session.first_dose_at,
        open_items=len(protocol.checklist) - sum(item.holds for item in checked),
        all_items=len(protocol.checklist),
    )


def number_view(room: Room, number: Numeric) -> NumberView:
    """A number with the limits that hold for it now."""
    low, high = limits_of(room, number.metric)
    return NumberView(number.value, number.at, int(number.quality), number.source, low, high)


def cuff_view(room: Room) -> CuffView:
    """The last blood pressure of this session, and what the room's cuff does."""
    session = room.session
    reading = session.treatment.newest_reading if session else None
    baseline = session.baseline_values if session else {}
    pressure = room.numbers.get(Metric.CUFF)
    sys_low, sys_high = limits_of(room, Metric.SYS)
    dia_low, dia_high = limits_of(room, Metric.DIA)
    return CuffView(
        present=room.cuff_link is not None,
        measuring=room.measuring,
        pressure=pressure.value if pressure and room.measuring else None,
        sys=reading.sys if reading else None,
        dia=reading.dia if reading else None,
        map=reading.map if reading else None,
        pr=reading.pr if reading else None,
        measured_at=reading.measured_at if reading else None,
        by_hand=isinstance(reading, PressureTaken),
        baseline_sys=baseline.get(Metric.SYS),
        baseline_dia=baseline.get(Metric.DIA),
        interval_s=session.cuff_interval_s if session else None,
        next_at=room.watch.next_cuff_at if room.watch else None,
        problem=session.cuff_problem if session else "",
        sys_low=sys_low,
        sys_high=sys_high,
        dia_low=dia_low,
        dia_high=dia_high,
    )


def limits_of(room: Room, metric: Metric) -> tuple[float | None, float | None]:
    """The low and the high alarm limit in force, ``None`` where there is none."""
    sides = room.watch.limits.get(metric, MetricLimits()) if room.watch else MetricLimits()
    return (sides.low.limit if sides.low else None, sides.high.limit if sides.high else None)
