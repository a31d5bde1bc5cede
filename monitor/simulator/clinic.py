"""The simulated rooms of a configuration: one patient a room, one emulated device on each of its ports."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from msgspec.structs import replace

from devices.adapter import SqueezingEmulator, Vitals
from devices.registry import PROTOCOLS
from devices.simulation.host import DeviceHost
from devices.simulation.patient import Patient, Trouble
from monitor.clinic.protocol import Protocol
from monitor.config import Config, DeviceConfig, Room
from monitor.service.messages import Outcome, Play, SetFault
from monitor.simulator.clock import SimulatedClock

log = logging.getLogger(__name__)


class SimulatedRoom:
    """A patient and the devices on them."""

    def __init__(self, room: Room, protocols: Mapping[str, Protocol], clock: SimulatedClock) -> None:
        assert room.simulation is not None  # noqa: S101 - the caller chose simulated rooms
        self.protocols = protocols
        self.config = room
        self.script = room.simulation
        self._clock = clock
        self.patient = Patient(room.simulation.seed, room.simulation.story)
        self.hosts = {
            device.name: DeviceHost(PROTOCOLS[device.protocol].emulator, self._felt_by(device), clock.now)
            for device in room.devices
        }

    def _felt_by(self, device: DeviceConfig) -> Callable[[float], Vitals]:
        return self.felt_by_probe if PROTOCOLS[device.protocol].kind == "oximeter" else self.patient.vitals

    def felt_by_probe(self, at: float) -> Vitals:
        """What the oximeter feels: on the arm of the cuff no pulse while that squeezes harder than the heart."""
        felt = self.patient.vitals(at)
        if not self.config.same_arm:
            return felt
        emulators = [host.emulator for host in self.hosts.values()]
        squeezed = any(isinstance(each, SqueezingEmulator) and each.pressure > felt.sys for each in emulators)
        return replace(felt, pulse=False, pleth=0.0) if squeezed else felt

    async def plug_in(self) -> None:
        """Put every device on its port."""
        for device in self.config.devices:
            await self.hosts[device.name].listen(int(device.port.rsplit(":", 1)[1]))

    def follow(self, dosed_s: float | None) -> None:
        """Let the drug act: the clinic says that a dose was given ``dosed_s`` seconds ago, or none (``None``)."""
        if dosed_s is None:
            self.patient.dose_at = None
        elif self.patient.dose_at is None:
            self.patient.dose_at = self._clock.now() - dosed_s

    async def set_fault(self, fault: SetFault) -> Outcome:
        """Switch a fault on or off."""
        if fault.fault in set(Trouble):
            self.patient.trouble(Trouble(fault.fault), fault.active, self._clock.now())
            return Outcome(True)
        if fault.fault == "sensor_off":
            self.patient.attached = not fault.active
            return Outcome(True)
        host = self.hosts.get(fault.device)
        if host is None:
            known = ", ".join(self.hosts)
            return Outcome(False, f"{self.config.name} has no device {fault.device}; it has {known}.", "device")
        if fault.fault == "silence":
            host.silent = fault.active
        elif fault.fault == "unplug":
            await (host.unplug() if fault.active else host.plug_in())
        else:
            known = ", ".join(["unplug", "silence", "sensor_off", *Trouble])
            return Outcome(False, f"Known faults are {known}.", "fault")
        return Outcome(True)


class SimulatedClinic:
    """All simulated rooms of a configuration."""

    def __init__(self, config: Config) -> None:
        self.clock = SimulatedClock()
        self._newest_order = 0
        self.rooms = {
            room.id: SimulatedRoom(room, config.protocols, self.clock) for room in config.rooms if room.simulated
        }

    async def plug_in(self) -> None:
        """Put all devices on their ports; a port that is taken leaves its device unplugged and says so."""
        for room in self.rooms.values():
            try:
                await room.plug_in()
            except OSError as error:
                log.warning("%s: a simulated device cannot be plugged in: %s", room.config.name, error)

    def play(self, play: Play) -> None:
        """Let all devices live up to a time of the clinic and wait there, or by themselves again."""
        if play.given < self._newest_order:
            return
        self._newest_order = play.given
        if play.until is None or play.join:
            self.clock.go_on()
        if play.until is None:
            return
        self.clock.play_to(play.until)
        for room in self.rooms.values():
            for host in room.hosts.values():
                host.play()

    async def set_fault(self, fault: SetFault) -> Outcome:
        """Switch a fault of a simulated room on or off."""
        room = self.rooms.get(fault.room)
        if room is None:
            return Outcome(False, f"Room {fault.room} is not simulated.", "room")
        return await room.set_fault(fault)
