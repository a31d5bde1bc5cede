"""The staff of the demonstration: on an empty record it treats the simulated patients as far as their scripts say."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from monitor.clinic.events import Phase
from monitor.clinic.protocol import Protocol
from monitor.clinic.treatment.giving import Nasal, Ordered
from monitor.clinic.treatment.intake import Intake, Pregnancy
from monitor.clinic.treatment.scales import Scale
from monitor.service.bus import BusAddress, BusUnavailable, ask
from monitor.service.messages import (
    AnyCommand,
    EnterPhase,
    GetSnapshot,
    Outcome,
    Request,
    StartSession,
    TakeCuffReading,
)
from monitor.service.treatment_messages import EndDosing, GiveDevice, RecordAssessment, StartInfusion
from monitor.simulator.clinic import SimulatedRoom
from monitor.simulator.clock import SimulatedClock

NAME = "simulation"
CUFF_CYCLE_S = 40.0
LOOK_EVERY_S = 0.2
"""How often what is waited for is looked at; time may run fast."""
VOLUME_ML, INFUSION_MIN = 50.0, 40.0
LOT, EXPIRY = "SIM-1", "2099-12"
ARRIVED = Intake(
    age=42,
    allergies="none known",
    medicines=(),
    fasting=True,
    pregnancy=Pregnancy.TEST_NEGATIVE,
    escort="simulated escort",
    consent=True,
)
"""What every simulated patient answers."""

log = logging.getLogger(__name__)


class Staff:
    """Asks the service for what a nurse would."""

    def __init__(self, address: BusAddress, clock: SimulatedClock) -> None:
        self._address = address
        self._clock = clock

    async def snapshot(self) -> dict[str, Any]:
        """The clinic as it is."""
        snapshot = (await self._ask(GetSnapshot())).snapshot
        assert snapshot is not None  # noqa: S101 - that is what was asked for
        return snapshot

    async def treat(self, room: SimulatedRoom) -> None:
        """Treat the room's patient as far as the script says."""
        script, name = room.script, room.config.id
        assert script.patient is not None and script.protocol is not None  # noqa: S101, PT018 - chosen by the caller
        protocol, phase, dose_mg = room.protocols[script.protocol], Phase(script.phase), script.dose_mg or 0.0
        await self._ask(
            StartSession(
                room=name,
                patient=script.patient,
                weight_kg=script.weight_kg,
                protocol=script.protocol,
                dose_mg=dose_mg,
                intake=ARRIVED,
            )
        )
        (session,) = [each["session"]["id"] for each in (await self.snapshot())["rooms"] if each["id"] == name]
        await self._ask(TakeCuffReading(room=name, session=session))
        await self._ask(RecordAssessment(room=name, session=session, scale=Scale.MOAAS, values={"value": 5}))
        await self._wait(CUFF_CYCLE_S)
        if phase is Phase.BASELINE:
            return
        await self._dose(name, session, protocol, dose_mg)
        if phase is Phase.DOSING:
            return
        await self._ask(EndDosing(room=name, session=session))
        if phase is Phase.RECOVERY:
            await self._ask(EnterPhase(room=name, session=session, phase=Phase.RECOVERY))

    async def _dose(self, room: str, session: str, protocol: Protocol, dose_mg: float) -> None:
        """Start the infusion, or give the devices one after the other, as far apart as the protocol wants them."""
        dose = protocol.dose
        if dose.route == "iv":
            order = Ordered(dose_mg=dose_mg, volume_ml=VOLUME_ML, minutes=dose.minutes or INFUSION_MIN, lot=LOT)
            await self._ask(StartInfusion(room=room, session=session, order=order))
            return
        for number in range(max(1, round(dose_mg / (dose.device_mg or dose_mg)))):
            if number:
                await self._wait(dose.device_wait_min * 60 + 1)
            device = Nasal(lot=LOT, expiry=EXPIRY, observed_by=NAME)
            await self._ask(GiveDevice(room=room, session=session, device=device))

    async def _wait(self, seconds: float) -> None:
        """Wait in the clinic's time."""
        until = self._clock.now() + seconds
        while (left := until - self._clock.now()) > 0:
            await asyncio.sleep(min(left, LOOK_EVERY_S))

    async def _ask(self, command: AnyCommand) -> Outcome:
        """Ask until the service is there."""
        while True:
            try:
                outcome = await ask(self._address, Request(NAME, command))
            except BusUnavailable:
                continue
            if not outcome.done:
                log.info("%s: %s %s", type(command).__name__, outcome.text, " ".join(outcome.warnings))
            return outcome
