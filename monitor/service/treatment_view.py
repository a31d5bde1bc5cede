"""What screens are told of a treatment."""

from __future__ import annotations

from devices.readings import SECOND, Micros
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session
from monitor.clinic.treatment.dosing import Dosing
from monitor.clinic.treatment.episodes import episodes
from monitor.clinic.treatment.events import Stage
from monitor.clinic.treatment.scales import Scale
from monitor.service.room import Room
from monitor.service.treatment_frames import (
    DeviceGivenView,
    DosingView,
    EpisodeView,
    GateView,
    InfusionView,
    ResultView,
    TreatmentView,
)


class TreatmentViews:
    """The views of all rooms, each made anew only when something of its treatment has changed: they are looked at ten
    times a second.
    """

    def __init__(self) -> None:
        self._made: dict[str, tuple[object, object, object, TreatmentView | None]] = {}

    def of(self, room: Room) -> TreatmentView | None:
        """The treatment of a room; ``None`` while it is free."""
        made = self._made.get(room.config.id)
        # These are replaced when they change, never changed in place.
        if (
            made is None
            or made[0] is not room.session
            or made[1] is not room.evidence.checked
            or made[2] is not room.evidence.gate_found
        ):
            made = self._made[room.config.id] = (
                room.session,
                room.evidence.checked,
                room.evidence.gate_found,
                _view(room),
            )
        return made[3]


def _view(room: Room) -> TreatmentView | None:
    session, watch = room.session, room.watch
    if session is None or watch is None:
        return None
    treatment = session.treatment
    results = [newest for scale in Scale if (newest := treatment.newest(scale)) is not None]
    return TreatmentView(
        intake=treatment.intake,
        gate=_gate(room, session, watch.protocol) if session.first_dose_at is None else None,
        dosing=_dosing(session, watch.protocol),
        due=watch.due,
        results=[ResultView(each.scale, each.result, each.given_at) for each in results],
        episodes=[
            EpisodeView(episode, course.onset_at, course.resolved_at, course.set_by, course.assessed)
            for episode, course in episodes(treatment, session.first_dose_at).items()
        ],
        oxygen_l_min=treatment.oxygen.litres_min if treatment.oxygen else 0.0,
        checklist=room.evidence.checked,
        ready_at=treatment.reached.get(Stage.READY),
        ready=Stage.READY in treatment.holding,
        lost=list(treatment.lost),
    )


def _gate(room: Room, session: Session, protocol: Protocol) -> GateView:
    override = session.treatment.override
    return GateView(
        findings=room.evidence.gate_found,
        held_until=session.treatment.held_until,
        repeat_min=protocol.gate.repeat_min,
        overridden=f"{override.by}: {override.reason}" if override else "",
    )


def _dosing(session: Session, protocol: Protocol) -> DosingView:
    dosing, dose = session.treatment.dosing, protocol.dose
    given = sum(device.mg for device in dosing.devices)
    more = dose.route == "nasal" and dosing.ended is None and given < session.dose_mg
    return DosingView(
        route=dose.route,
        planned_mg=session.dose_mg,
        devices=[DeviceGivenView(each.number, each.mg, each.lot, each.given_at) for each in dosing.devices],
        device_mg=dose.device_mg,
        next_device=len(dosing.devices) + 1 if more else None,
        next_at=_next_at(dosing, protocol) if more else None,
        infusion=_infusion(dosing),
        bolus_mg=sum(bolus.mg for bolus in dosing.boluses),
        ended_at=dosing.ended.happened_at if dosing.ended else None,
        given_mg=dosing.ended.mg if dosing.ended else None,
    )


def _next_at(dosing: Dosing, protocol: Protocol) -> Micros | None:
    if not dosing.devices:
        return None
    return dosing.devices[-1].given_at + round(protocol.dose.device_wait_min * 60 * SECOND)


def _infusion(dosing: Dosing) -> InfusionView | None:
    infusion = dosing.infusion
    if infusion is None:
        return None
    return InfusionView(
        dose_mg=infusion.dose_mg,
        volume_ml=infusion.volume_ml,
        rate_ml_h=infusion.rate_ml_h,
        mg=infusion.infused_mg,
        since=infusion.since,
        mg_per_h=infusion.mg_per_h,
        empty_at=infusion.empty_at,
        running=infusion.running,
        paused_for=infusion.paused_for,
    )
