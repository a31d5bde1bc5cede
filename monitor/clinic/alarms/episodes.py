"""Alarms as episodes, each from its raise to its end, folded from events."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from devices.readings import SECOND, Micros
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmRaised,
    AnyEvent,
    EscalationStep,
)


class Episode(msgspec.Struct, frozen=True):
    """One alarm. ``ended`` and the acknowledgement are ``None`` while it is open and unanswered; ``latched`` tells that
    its condition was over before anybody answered. ``steps`` were taken because nobody did.
    """

    raised: AlarmRaised
    acknowledged: AlarmAcknowledged | None = None
    latched: AlarmLatched | None = None
    ended: AlarmEnded | None = None
    steps: tuple[EscalationStep, ...] = ()

    @property
    def seconds_to_acknowledge(self) -> float | None:
        """How long the alarm waited for somebody."""
        return None if self.acknowledged is None else (self.acknowledged.at - self.raised.at) / SECOND

    def lasted(self, now: Micros) -> Micros:
        """From onset until its condition was over, or until now."""
        over = self.ended or self.latched
        return (now if over is None else over.ended) - self.raised.onset


def episodes(events: Iterable[AnyEvent]) -> list[Episode]:
    """The alarms in these events, in the order in which they were raised. Other events are passed over, and so are ends
    and acknowledgements of alarms that were raised before the first event.
    """
    found: list[Episode] = []
    open_places: dict[tuple[str | None, str | None, str], int] = {}
    for event in events:
        match event:
            case AlarmRaised():
                open_places[event.room, event.session, event.condition] = len(found)
                found.append(Episode(event))
            case AlarmAcknowledged() | AlarmEscalated() | AlarmLatched() | AlarmEnded():
                place = open_places.get((event.room, event.session, event.condition))
                if place is not None:
                    found[place] = _after(found[place], event)
                if isinstance(event, AlarmEnded):
                    open_places.pop((event.room, event.session, event.condition), None)
    return found


def _after(episode: Episode, event: AlarmAcknowledged | AlarmEscalated | AlarmLatched | AlarmEnded) -> Episode:
    match event:
        case AlarmAcknowledged():
            return msgspec.structs.replace(episode, acknowledged=event)
        case AlarmEscalated():
            return msgspec.structs.replace(episode, steps=(*episode.steps, event.step))
        case AlarmLatched():
            return msgspec.structs.replace(episode, latched=event)
        case AlarmEnded():
            return msgspec.structs.replace(episode, ended=event)
