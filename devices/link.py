"""A link: transport, decoder, watchdog and reconnection of one device, in a thread of its own.

The thread can be asked to stand by; then whoever asked runs the device turn by turn, at the pace of their own clock.

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
from devices.transports import READ_TIMEOUT_S, PortUnavailable, Transport, open_port

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


class _Conversation:
    """One connection: its open port, its decoder, and what was heard on it so far."""

    def __init__(self, transport: Transport, decoder: Decoder, before: Counters, now: Micros) -> None:
        self.transport = transport
        self.decoder = decoder
        self.before = before
        self.heard = self.last_read = now
        self.frames = 0


class Link:
    """Runs one device. Readings go to ``sink`` in order, from the link's own thread or from who calls ``turn``."""

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
        self._conversation: _Conversation | None = None
        self._next_pause_s = self._pause_s = FIRST_PAUSE_S
        self._try_again_at: Micros = 0
        self._orders: queue.SimpleQueue[Callable[[Cuff], None]] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._free = threading.Event()
        """The thread runs the device; cleared while somebody else does."""
        self._free.set()
        self._stands_by = threading.Event()
        self._disturbed = threading.Event()
        """Ends the pause before another attempt."""
        self._thread = threading.Thread(target=self._run, name=f"link {name}", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the link to tell its device to stop and to close the port; ``join`` waits for that."""
        self._stopping.set()
        self._disturbed.set()
        self._free.set()

    def join(self) -> None:
        """Wait for the end of the link, at most two seconds."""
        self._thread.join(2.0)

    def stand_by(self) -> None:
        """Ask the link's thread to leave the device to who calls ``turn``; ``wait_until_stood_by`` waits for that."""
        self._free.clear()
        self._disturbed.set()

    def wait_until_stood_by(self) -> None:
        """Wait until the link's thread has left the device."""
        self._stands_by.wait()

    def turn(self) -> None:
        """Do once what the thread does over and over, without waiting for bytes. Only while the thread stands by."""
        if self._conversation is not None or self._now() >= self._try_again_at:
            self._turn(0.0)

    def go_on(self) -> None:
        """Let the link's thread run the device again."""
        self._stands_by.clear()
        self._free.set()

    def tell_cuff(self, what: Callable[[Cuff], None]) -> bool:
        """Have the link start or cancel the cuff. False when no cuff is connected now."""
        conversation = self._conversation
        if self.status.state != "ok" or conversation is None or not isinstance(conversation.decoder, Cuff):
            return False
        self._orders.put(what)
        return True

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._free.is_set():
                self._stands_by.set()
                self._free.wait()
                self._disturbed.clear()
                continue
            self._turn(READ_TIMEOUT_S)
            if self._conversation is None:
                self._disturbed.wait(self._pause_s)
        self._hang_up()

    def _turn(self, patience_s: float) -> None:
        try:
            if self._conversation is None:
                self._connect()
            else:
                self._converse(self._conversation, patience_s)
        except PortUnavailable as error:
            self._part(str(error))
        except Exception as error:
            # A fault in one decoder must end neither its link nor the clinic.
            log.exception("%s: fault in the decoder, connecting anew", self.name)
            self._part(f"fault in Chairside: {error}")

    def _connect(self) -> None:
        transport = open_port(self._port, self._settings)
        self._next_pause_s = FIRST_PAUSE_S
        # An order that was lost with its connection must not inflate a cuff minutes later.
        self._orders = queue.SimpleQueue()
        before = self.status.counters
        self._conversation = _Conversation(transport, self._new_decoder(), before, self._now())
        self.status.connections += 1

    def _part(self, reason: str) -> None:
        """Give the connection up and wait before the next attempt, longer from one to the next."""
        self._lost(reason)
        self._hang_up()
        self._pause_s = self._next_pause_s
        self._try_again_at = self._now() + round(self._pause_s * SECOND)
        self._next_pause_s = min(self._pause_s * 2, LONGEST_PAUSE_S)

    def _hang_up(self) -> None:
        conversation, self._conversation = self._conversation, None
        if conversation is not None:
            with suppress(PortUnavailable):
                conversation.transport.write(conversation.decoder.closing())
            conversation.transport.close()

    def _converse(self, on: _Conversation, patience_s: float) -> None:
        decoder = on.decoder
        self._carry_out(decoder)
        wanted = decoder.due(self._now())
        if wanted:
            on.transport.write(wanted)
        data = on.transport.read(patience_s)
        now = self._now()
        if now - on.last_read > STALL:
            raise PortUnavailable(HELD_UP)
        on.last_read = now
        readings = list(decoder.feed(data, now))
        self.status.counters = _sum(on.before, decoder.counters)
        if decoder.counters.frames > on.frames:
            on.frames, on.heard = decoder.counters.frames, now
            if self.status.state != "ok":
                self._restored()
        elif now - on.heard > STALL and self.status.state != "silent":
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
