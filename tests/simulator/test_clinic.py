"""The simulated rooms: what one device does to another one on the same patient."""

from __future__ import annotations

from devices.cuffs.suntech_emulator import SunTechEmulator
from devices.readings import SECOND
from monitor.config import SHIPPED_PROTOCOLS, Config, load
from monitor.service.messages import Play
from monitor.simulator.clinic import SimulatedClinic, SimulatedRoom
from monitor.simulator.clock import SimulatedClock

CONFIG: Config = load(SHIPPED_PROTOCOLS.parent.parent / "config.toml")

AT = 1_800_000_000 * SECOND


def room(*, same_arm: bool) -> SimulatedRoom:
    simulated = next(room for room in CONFIG.rooms if room.same_arm is same_arm)
    return SimulatedRoom(simulated, CONFIG.protocols, SimulatedClock())


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


def test_simulated_time_stands_between_two_orders_and_goes_on_without_a_jump() -> None:
    clock = SimulatedClock()
    before = clock.now()
    clock.play_to(AT)
    joined = clock.now()
    assert before <= joined < before + 1
    clock.play_to(AT + 3600 * SECOND)
    assert clock.now() == joined + 3600
    clock.play_to(AT)
    assert clock.now() == joined + 3600, "it never goes back"
    clock.go_on()
    assert joined + 3600 <= clock.now() < joined + 3601


def test_an_order_that_comes_late_leaves_the_devices_as_they_are() -> None:
    """The simulator was held up; an order of fast time comes after the one that ended it."""
    clinic = SimulatedClinic(CONFIG)
    clinic.play(Play(until=AT, join=True, given=1))
    clinic.play(Play(until=None, join=False, given=3))
    clinic.play(Play(until=AT + SECOND, join=False, given=2))
    assert clinic.clock.played_to is None, "the devices stand still in a clinic that runs by itself"
