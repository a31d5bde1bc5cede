"""What a person asks of Chairside itself: how fast time runs, whether its alarms reach a screen."""

from __future__ import annotations

from devices.readings import Micros
from monitor.clinic.events import SpeedSet
from monitor.clinic.refusal import Refused
from monitor.config import HOUSE
from monitor.service.actor import Actor
from monitor.service.commands import Decision
from monitor.service.fast_time import FastTime
from monitor.service.house import House
from monitor.service.messages import Acknowledge, AnyCommand, ChainSeen, SetSpeed, TestAlarmChain


def decide_for_house(command: AnyCommand, actor: Actor, house: House, time: FastTime, now: Micros) -> Decision | None:
    """What it leads to; ``None`` for all that concerns rooms. Raises ``Refused``."""
    match command:
        case SetSpeed(speed=speed):
            _check_speed(speed, house, time)
            return Decision([SpeedSet(at=now, by=actor.by, speed=speed)], at_once=True)
        case TestAlarmChain():
            if time.runs:
                raise Refused("Screens are tested in real time. Let time run at its ordinary speed first.")
            house.test_chain(now)
            return Decision([], at_once=True)
        case ChainSeen(test=test, ms=ms):
            return Decision(house.chain_seen(test, ms, now), at_once=True)
        case Acknowledge(room=place, conditions=conditions) if place == HOUSE:
            return Decision(house.acknowledge(conditions, actor.by, now), at_once=True)
    return None


def _check_speed(speed: float, house: House, time: FastTime) -> None:
    if speed == 1:
        return
    if time.why_never:
        raise Refused(time.why_never)
    if house.tests_chain:
        raise Refused("The alarm chain is being tested. Try again in ten seconds.")
