"""What screens are told of an alarm."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from devices.readings import Metric, Micros
from monitor.clinic.alarms.watches import STREAM_HOLD, Watch
from monitor.clinic.priority import URGENCY, Priority


class AlarmState(StrEnum):
    """Where an alarm condition stands; a normal one is not shown."""

    ACTIVE = "active"
    LATCHED = "latched"
    """Its condition is over; nobody has answered it."""
    PENDING = "pending"
    """In its delay, or not confirmed yet."""
    HELD = "held"
    """Held back for a while, because the cuff squeezes the same arm."""


PLACE = {AlarmState.ACTIVE: 0, AlarmState.LATCHED: 1, AlarmState.PENDING: 2, AlarmState.HELD: 2}


class AlarmView(msgspec.Struct, frozen=True):
    """An alarm condition that is not normal. ``since``: when it began; ``until``: when it was over (latched), or until
    when it is held back. ``escalated`` counts the steps taken because nobody answered.
    """

    condition: str
    metric: Metric | None
    priority: Priority
    text: str
    since: Micros
    state: AlarmState
    acknowledged_by: str | None = None
    escalated: int = 0
    until: Micros | None = None

    def order(self) -> tuple[int, int, Micros]:
        """For sorting: active first, then the highest priority, then the newest."""
        return PLACE[self.state], URGENCY[self.priority], -self.since


def view_of(watch: Watch, held_until: Micros | None, now: Micros) -> AlarmView:
    """A watch that is pending, active or latched, as screens show it. A value that is gone is none of now."""
    until, since, text = held_until, watch.since, watch.text
    if now - watch.known_until(now) > STREAM_HOLD:
        text = f"{text}, no value now"
    if watch.raised:
        state = AlarmState.ACTIVE
    elif watch.latched is not None:
        state, until, since, text = AlarmState.LATCHED, watch.latched.ended, watch.latched.since, watch.latched.text
    else:
        state = AlarmState.PENDING if held_until is None else AlarmState.HELD
    assert since is not None  # noqa: S101 - what is shown has a beginning
    return AlarmView(
        watch.condition,
        watch.metric,
        watch.priority,
        text,
        since,
        state,
        watch.acknowledged_by,
        watch.escalated,
        until,
    )
