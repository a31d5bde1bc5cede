"""Alarms that concern Chairside itself, and the test of the way from a violation to a screen.

They stand on every screen under the name of a place that is no room.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from devices.readings import SECOND, Metric, Micros, Quality
from monitor.clinic.alarms.engine import AlarmEngine
from monitor.clinic.alarms.limits import Side
from monitor.clinic.alarms.resumption import go_on
from monitor.clinic.alarms.rules import LimitRule
from monitor.clinic.alarms.views import AlarmView
from monitor.clinic.alarms.watches import Watch
from monitor.clinic.events import AlarmChainTested, AnyEvent
from monitor.clinic.priority import Priority
from monitor.clinic.refusal import Refused
from monitor.clinic.session import OpenAlarm, after_alarm_event
from monitor.config import HOUSE
from monitor.service.frames import ChainView

NAME = "Chairside"
SCREENS_HAVE: Micros = 10 * SECOND
"""By then some screen must have shown the made-up alarm."""
MADE_UP = 70.0
RULE = LimitRule(Metric.SPO2, Side.LOW, 85, 0, 0, Priority.LOW, note=": a test of the alarm chain, no patient")
NO_SCREEN = "No screen showed the test alarm, check that a browser is open and connected"
NO_HL7 = "The HL7 messages of open sessions do not get through, check the receiver; the log says why"
NO_MESSAGE = "The message of an unanswered alarm did not arrive, check the receiver"


class House:
    """The alarms of Chairside itself."""

    def __init__(self) -> None:
        self._engine = AlarmEngine(HOUSE, None, [])
        self._made_up: AlarmEngine | None = None
        self._tested_at: Micros | None = None
        self.chain: ChainView | None = None

    def alarms(self) -> list[AlarmView]:
        """What stands on every screen."""
        made_up = [] if self._made_up is None else self._made_up.alarms()
        return [*self._engine.alarms(), *made_up]

    def restore(self, past: Iterable[AnyEvent], now: Micros) -> list[AnyEvent]:
        """Go on after a restart with the alarms that its own events have left open."""
        alarms: dict[str, OpenAlarm] = {}
        for event in past:
            alarms = after_alarm_event(alarms, event)
        return list(go_on(self._engine, alarms, now))

    def acknowledge(self, conditions: list[str], by: str, now: Micros) -> list[AnyEvent]:
        """Take notice."""
        return list(self._engine.acknowledge(conditions, by, now))

    def tell_of_message(self, problem: str, now: Micros) -> list[AnyEvent]:
        """Whether the last message to another system arrived; ``problem`` is empty when it did."""
        watch = Watch("message.failed", Priority.MEDIUM, 0, NO_MESSAGE)
        return list(self._engine.state(watch, now if problem else None, now))

    def tell_of_hl7(self, problem: str, now: Micros) -> list[AnyEvent]:
        """Whether the receiver of HL7 messages takes them; ``problem`` is empty when it does. What it says against
        them may name a patient, so it stands in the log and on no screen.
        """
        watch = Watch("hl7.failed", Priority.LOW, 0, NO_HL7)
        return list(self._engine.state(watch, now if problem else None, now))

    def test_chain(self, now: Micros) -> None:
        """Make up a violation. It goes the way of a patient's, but not into the record, which holds what happened."""
        if self._made_up is not None:
            raise Refused("A test is running already.")
        self._made_up = AlarmEngine(HOUSE, None, [RULE])
        self._made_up.observe(Metric.SPO2, MADE_UP, Quality.SIMULATED, now)
        self.chain = ChainView(secrets.token_hex(8), now, None, False)
        self._tested_at = now

    def chain_seen(self, test: str, ms: int, now: Micros) -> list[AnyEvent]:
        """A screen has shown the made-up alarm. Only the first one counts."""
        if self.chain is None or self._made_up is None or self.chain.test != test:
            return []
        longest = (now - self.chain.since) // 1000
        took = min(max(ms, 0), longest)
        return self._end_test(ChainView(test, self.chain.since, took, False), now)

    def tick(self, now: Micros) -> list[AnyEvent]:
        """Let time pass: a test that no screen has answered has failed."""
        if self.chain is not None and self._made_up is not None:
            if now - self.chain.since >= SCREENS_HAVE:
                return self._end_test(ChainView(self.chain.test, self.chain.since, None, True), now)
            self._made_up.observe(Metric.SPO2, MADE_UP, Quality.SIMULATED, now)
        return list(self._engine.tick(now))

    def _end_test(self, result: ChainView, now: Micros) -> list[AnyEvent]:
        self._made_up, self.chain = None, result
        watch = Watch("chain.failed", Priority.MEDIUM, 0, NO_SCREEN)
        tested = AlarmChainTested(at=now, by="service", room=HOUSE, ms=result.ms)
        return [tested, *self._engine.state(watch, now if result.failed else None, now)]

    @property
    def tests_chain(self) -> bool:
        """Whether a test runs."""
        return self._made_up is not None

    def test_is_due(self, every: Micros | None, now: Micros) -> bool:
        """Whether the chain was not tested for so long; the first time is that long after the start."""
        if self._tested_at is None:
            self._tested_at = now
        return every is not None and self._made_up is None and now - self._tested_at >= every
