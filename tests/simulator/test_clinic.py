"""The simulated rooms: what one device does to another one on the same patient."""

from __future__ import annotations

from devices.cuffs.suntech_emulator import SunTechEmulator
from monitor.config import SHIPPED_PROTOCOLS, Config, load
from monitor.simulator.clinic import SimulatedRoom

CONFIG: Config = load(SHIPPED_PROTOCOLS.parent.parent / "config.toml")


def room(*, same_arm: bool) -> SimulatedRoom:
    return SimulatedRoom(next(room for room in CONFIG.rooms if room.same_arm is same_arm), CONFIG.protocols)


def squeezed(room: SimulatedRoom, pressure: float) -> bool:
    """Whether the pulse reaches the room's probe with this pressure in the cuff."""
    cuff = SunTechEmulator()
    cuff.pressure = pressure
    room.hosts["cuff"].emulator = cuff
    return not room.felt_by_probe(0.0).pulse


def test_a_cuff_on_the_arm_of_the_probe_takes_the_pulse_away_while_it_squeezes_harder_than_the_heart() -> None:
    own = room(same_arm=True)
    assert not squeezed(own, 0)
    assert not squeezed(own, own.patient.vitals(0).sys - 5)
    assert squeezed(own, own.patient.vitals(0).sys + 30)


def test_a_cuff_on_the_other_arm_takes_nothing_away() -> None:
    assert not squeezed(room(same_arm=False), 200)
