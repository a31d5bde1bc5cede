"""A link: transport, decoder, watchdog and reconnection of one device, in a thread of its own.

A link never dies of its device. It says ``link_down`` as soon as the port is gone, ``no_data`` when good frames stop
for three seconds although the port is there, and tries again with growing pauses, for ever.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from contextlib import suppress

import msgspec

from devices.adapter import Counters, Cuff, Decoder, PortSettings
from devices.readings import SECOND, Condition, ConditionKind, Micros, Reading
from devices.transports import PortUnavailable, Transport, open_port

log = logging.getLogger(__name__)

STALL: Micros = 3 * SECOND
FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0
HELD_UP = "Chairside was held up; what piled up meanwhile is dropped, because it is not of now"

Sink = Callable[["Link", list[Reading]], None]


class LinkStatus(msgspec.Struct):
    """How a link is doing. ``state``: ``waiting`` before the first contact, ``ok``, ``silent``, ``lost``."""

    state: str = "waiting"
    problem: str = ""
    connections: int = 0
    counters: Counters = msgspec.field(default_factory=Counters)


class Link:
    """Runs one device. Readings go to ``sink`` from the link's own thread, in order."""

    def __init__(
        self,
        name: str,
        port: str,
        settings: PortSettings,
        decoder: Callable[[], Decoder],
        sink: Sink,
        now: Callable[[], Micros],
    ) -> None:
        self.name = name
        self.status = LinkStatus()
        self._port = port
        self._settings = settings
        self._new_decoder = decoder
        self._sink = sink
        self._now = now
        self._stopping = threading.Event()
        self._decoder: Decoder | None = None
        self._orders: queue.SimpleQueue[Callable[[Cuff], None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"link {name}", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the link to tell its device to stop and to close the port; ``join`` waits for that."""
        self._stopping.set()

    def join(self) -> None:
        """Wait for the end of the link, at most two seconds."""
        self._thread.join(2.0)

    def tell_cuff(self, what: Callable[[Cuff], None]) -> bool:
        """Have the link's thread start or cancel the cuff. False when no cuff is connected now."""
        if self.status.state != "ok" or not isinstance(self._decoder, Cuff):
            return False
        self._orders.put(what)
        return True

    def _run(self) -> None:
        pause = FIRST_PAUSE_S
        while not self._stopping.is_set():
            try:
                transport = open_port(self._port, self._settings)
            except PortUnavailable as error:
                self._lost(str(error))
            else:
                pause = FIRST_PAUSE_S
                self._connected(transport)
            self._stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def _connected(self, transport: Transport) -> None:
        # An order that was lost with its connection must not inflate a cuff minutes later.
        self._orders = queue.SimpleQueue()
        self._decoder = decoder = self._new_decoder()
        self.status.connections += 1
        before = self.status.counters
        try:
            self._converse(transport, decoder, before)
        except PortUnavailable as error:
            self._lost(str(error))
        except Exception as error:
            # A fault in one decoder must end neither its link nor the clinic.
            log.exception("%s: fault in the decoder, connecting anew", self.name)
            self._lost(f"fault in Chairside: {error}")
        finally:
            self._decoder = None
            with suppress(PortUnavailable):
                transport.write(decoder.closing())
            transport.close()

    def _converse(self, transport: Transport, decoder: Decoder, before: Counters) -> None:
        heard = last_read = self._now()
        frames = 0
        while not self._stopping.is_set():
            self._carry_out(decoder)
            wanted = decoder.due(self._now())
            if wanted:
                transport.write(wanted)
            data = transport.read()
            now = self._now()
            if now - last_read > STALL:
                raise PortUnavailable(HELD_UP)
            last_read = now
            readings = list(decoder.feed(data, now))
            self.status.counters = _sum(before, decoder.counters)
            if decoder.counters.frames > frames:
                frames, heard = decoder.counters.frames, now
                if self.status.state != "ok":
                    self._restored()
            elif now - heard > STALL and self.status.state != "silent":
                self._silent()
            if readings:
                self._sink(self, readings)

    def _carry_out(self, decoder: Decoder) -> None:
        while not self._orders.empty():
            order = self._orders.get()
            if isinstance(decoder, Cuff):
                order(decoder)

    def _lost(self, reason: str) -> None:
        known = self.status.state == "lost"
        self.status.state, self.status.problem = "lost", reason
        if not known:
            self._report({ConditionKind.LINK_DOWN: True, ConditionKind.NO_DATA: False}, reason)

    def _silent(self) -> None:
        self.status.state, self.status.problem = "silent", "connected, but sends nothing that can be read"
        self._report({ConditionKind.NO_DATA: True, ConditionKind.LINK_DOWN: False}, self.status.problem)

    def _restored(self) -> None:
        self.status.state, self.status.problem = "ok", ""
        self._report({ConditionKind.LINK_DOWN: False, ConditionKind.NO_DATA: False}, "")

    def _report(self, states: dict[ConditionKind, bool], text: str) -> None:
        now = self._now()
        self._sink(self, [Condition(kind, active, now, self.name, text) for kind, active in states.items()])


def _sum(one: Counters, other: Counters) -> Counters:
    return Counters(
        one.frames + other.frames,
        one.bad_checksums + other.bad_checksums,
        one.resyncs + other.resyncs,
        one.skipped + other.skipped,
    )
