"""From when a device wrote something to when it was seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

CLOCKS_AGREE_S = 0.005
"""Two processes' clocks on one machine."""
LONGEST_S = 4.0
"""What was not seen for this long counts as never shown."""


class Change(NamedTuple):
    """Something began to be so: written by a device, or seen on a page. ``at`` is UTC in seconds."""

    room: str
    state: str
    at: float


class Delays(NamedTuple):
    """How long each change took, and how many never came."""

    ms: list[float]
    missed: int


def delays(written: Iterable[Change], seen: Iterable[Change], until: float, only: str | None = None) -> Delays:
    """Match what was written with what was seen: each to the first sight of the same state in the same room, before
    that state is written again and within ``LONGEST_S``. ``until`` is when the looking ended, UTC in seconds; ``only``
    counts this state alone. Left out are what stood in a room at the beginning, and what was written too late to be
    looked for.
    """
    sights = _by_room(seen)
    found, missed = [], 0
    for room, changes in _by_room(written).items():
        for place, change in enumerate(changes[1:], 1):
            if change.at + LONGEST_S > until or only not in (None, change.state):
                continue
            again = next((later.at for later in changes[place + 1 :] if later.state == change.state), until)
            at = _first(sights.get(room, []), change, min(again, change.at + LONGEST_S))
            if at is None:
                missed += 1
            else:
                found.append((at - change.at) * 1000)
    return Delays(found, missed)


def _first(sights: Sequence[Change], change: Change, end: float) -> float | None:
    begin = change.at - CLOCKS_AGREE_S
    return next((sight.at for sight in sights if sight.state == change.state and begin <= sight.at < end), None)


def _by_room(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """In the order of time, and each state once, when it began."""
    rooms: dict[str, list[Change]] = defaultdict(list)
    for change in sorted(changes, key=lambda each: each.at):
        rooms[change.room].append(change)
    return {
        room: [next(same) for _, same in groupby(all_of, lambda each: each.state)] for room, all_of in rooms.items()
    }
