"""Time that runs faster than real, where every patient is simulated.

It goes in small steps. The simulated devices live through a step and send what they send in it, the links read that,
and only then has the step passed. So time waits for whoever is slow, and nobody is ever late in it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
import zmq

from devices.link import Link
from devices.readings import SECOND, Micros
from monitor.service.bus import BusAddress, connect
from monitor.service.clock import SteadyClock
from monitor.service.messages import FASTEST, Play, Request

STEP: Micros = SECOND // 2
"""Short beside every delay of an alarm and of a device, and within what a value's time may be off."""
LONGEST_LAG_S = 0.5
"""So much real time that was lost is made up for; time that stood for longer just stood."""
ASK_AGAIN_S = 1.0
"""A simulator that was started anew does not know what was asked of the one before."""
PATIENCE_MS = 20


class SimulatorLine:
    """Tells the simulator up to when its devices shall live. A new order takes the place of the one before."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], address: BusAddress) -> None:
        self._context = context
        self._address = address
        self._end = self._call()
        self._order: Play | None = None
        """What has not been obeyed yet."""
        self._asked_at = 0.0

    def tell(self, until: Micros | None, *, join: bool = False) -> None:
        """Give an order, as in ``Play``."""
        if self._order is not None:
            self._hang_up()
        self._order = Play(until=until, join=join, given=time.monotonic_ns())
        self._ask(self._order)

    def obeyed(self, patience_ms: int) -> bool:
        """Whether the order has been carried out by now, or is so soon."""
        if self._order is None:
            return True
        if self._end.poll(patience_ms):
            self._end.recv()
            self._order = None
            return True
        if time.monotonic() - self._asked_at > ASK_AGAIN_S:
            self._hang_up()
            self._ask(self._order)
        return False

    def close(self) -> None:
        """Release the line."""
        self._end.close()

    def _ask(self, order: Play) -> None:
        self._asked_at = time.monotonic()
        self._end.send(msgspec.json.encode(Request("service", order)))

    def _hang_up(self) -> None:
        """What is answered late is answered to nobody."""
        self._end.close()
        self._end = self._call()

    def _call(self) -> zmq.Socket[bytes]:
        end = self._context.socket(zmq.DEALER)
        connect(end, self._address.simulator_port, self._address)
        return end


class FastTime:
    """Moves the clock of a clinic whose devices are simulated. At ordinary speed it does nothing."""

    def __init__(self, clock: SteadyClock, links: Sequence[Link], simulator: SimulatorLine, why_never: str) -> None:
        self.speed = 1.0
        self.why_never = why_never
        """Why this clinic's time must not run fast; empty where it may."""
        self._clock = clock
        self._links = links
        self._simulator = simulator
        self._until: Micros | None = None
        """Where the step leads to that the devices live through now."""
        self._due = 0.0

    @property
    def runs(self) -> bool:
        """Whether time runs fast."""
        return self.speed > 1

    def set_speed(self, speed: float) -> None:
        """Run ``speed`` times as fast as real; 1 is ordinary, ``FASTEST`` does not wait for real time at all."""
        ran, self.speed = self.runs, speed
        self._due = time.monotonic()
        if self.runs and not ran:
            self._begin()
        elif ran and not self.runs:
            self._end()

    def _begin(self) -> None:
        for link in self._links:
            link.stand_by()
        for link in self._links:
            link.wait_until_stood_by()
        self._clock.stand()
        self._until = self._clock.now()
        self._simulator.tell(self._until, join=True)

    def _end(self) -> None:
        self._until = None
        self.release_devices()
        self._clock.go_on()
        for link in self._links:
            link.go_on()

    def release_devices(self) -> None:
        """Let the devices live by themselves, also those that a service before this one has left standing."""
        self._simulator.tell(None)

    def step(self) -> bool:
        """Let a step pass, if it is due and the devices have lived through it. False: time stands as before."""
        if self._until is None:
            if self.rest_ms():
                return False
            self._until = self._clock.now() + STEP
            self._simulator.tell(self._until)
        if not self._simulator.obeyed(PATIENCE_MS):
            return False
        self._clock.move_to(self._until)
        self._until = None
        real_s = 0.0 if self.speed >= FASTEST else STEP / SECOND / self.speed
        self._due = max(self._due + real_s, time.monotonic() - LONGEST_LAG_S)
        for link in self._links:
            link.turn()
        return True

    def close(self) -> None:
        """Release the line to the simulator."""
        self._simulator.close()

    def rest_ms(self) -> int:
        """How long until the next step is due."""
        return max(0, round((self._due - time.monotonic()) * 1000))
