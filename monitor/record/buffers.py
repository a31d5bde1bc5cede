"""What is in the journal but not yet in chunks, room by room, and when a room's share is to be sealed."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from devices.readings import SECOND, Micros
from monitor.record.chunk import ChunkKey, chunk_of
from monitor.record.journal import Measurement

WINDOW: Micros = 300 * SECOND
"""A chunk holds what was journalled within one window."""

Owned = tuple[str | None, Measurement]
"""A session, or ``None``, and what was measured of it."""


class RoomSecond(NamedTuple):
    """One room's share of a journal row, and the window it was written in."""

    seq: int
    window: int
    owned: tuple[Owned, ...]
    """A tuple, because the collector stops looking at tuples of plain values and would walk through every list."""


def window_of(room: str, at: Micros) -> int:
    """The number of the window at ``at``. Every room has its own edges, so that the rooms are not sealed at once."""
    return (at - zlib.crc32(room.encode()) % 300 * SECOND) // WINDOW


class Buffers:
    """The unsealed seconds of every room, in the order of the journal."""

    def __init__(self) -> None:
        self._rooms: dict[str, list[RoomSecond]] = {}

    def add(self, seq: int, at: Micros, entries: Iterable[tuple[str, str | None, Measurement]]) -> None:
        """Take over a committed journal row."""
        shares: dict[str, list[Owned]] = {}
        for room, session, measurement in entries:
            shares.setdefault(room, []).append((session, measurement))
        for room, owned in shares.items():
            self._rooms.setdefault(room, []).append(RoomSecond(seq, window_of(room, at), tuple(owned)))

    def due(self, now: Micros) -> list[tuple[str, int]]:
        """Rooms whose oldest second is not of the window of ``now``, and the last row that goes with it."""
        rooms = [(room, seconds, window_of(room, now)) for room, seconds in self._rooms.items()]
        return [
            (room, max(second.seq for second in seconds if second.window != window))
            for room, seconds, window in rooms
            if seconds[0].window != window
        ]

    def newest(self, room: str) -> int | None:
        """The last row with anything of this room; ``None`` when nothing is unsealed."""
        return self._rooms[room][-1].seq if room in self._rooms else None

    def holds(self, room: str, session: str, after_seq: int = 0) -> bool:
        """Whether anything of a session is unsealed in a room, in rows after that number."""
        return any(
            owner == session
            for second in self._rooms.get(room, ())
            if second.seq > after_seq
            for owner, _ in second.owned
        )

    def chunks(self, room: str, upto: int) -> Iterator[tuple[ChunkKey, bytes]]:
        """Key and content of the chunks of a room's seconds up to row ``upto``; what no session owns is left out."""
        groups: dict[tuple[str, str, str, str, int], list[Measurement]] = {}
        for second in self._rooms[room]:
            if second.seq > upto:
                break
            for session, measurement in second.owned:
                if session is not None:
                    name = (session, type(measurement).__name__, measurement.metric, measurement.source, second.window)
                    groups.setdefault(name, []).append(measurement)
        for (session, *_), measurements in groups.items():
            yield chunk_of(session, measurements)

    def oldest_without(self, room: str, upto: int) -> int | None:
        """The first row that is still needed once ``room`` is sealed up to ``upto``; ``None`` when none is."""
        others = [seconds[0].seq for name, seconds in self._rooms.items() if name != room]
        later = [second.seq for second in self._rooms[room] if second.seq > upto]
        return min([*others, *later[:1]], default=None)

    def drop(self, room: str, upto: int) -> None:
        """Forget a room's seconds up to row ``upto``: they are sealed."""
        later = [second for second in self._rooms[room] if second.seq > upto]
        if later:
            self._rooms[room] = later
        else:
            del self._rooms[room]
