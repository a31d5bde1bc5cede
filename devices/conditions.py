"""Tells changes of a device's technical states, for decoders that see each state again in every frame."""

from __future__ import annotations

from devices.readings import Condition, ConditionKind, Micros


class Conditions:
    """Remembers the states of one connection. The first time a state is seen counts as a change, active or not: only so
    does an alarm end whose cause went away while nobody was connected.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._known: dict[ConditionKind, bool] = {}

    def update(self, kind: ConditionKind, active: bool, at: Micros, text: str = "") -> list[Condition]:
        """The condition that began or ended with this, if any."""
        if self._known.get(kind) is active:
            return []
        self._known[kind] = active
        return [Condition(kind, active, at, self._source, text)]
