"""The newest state of all rooms, as one web process knows it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from devices.readings import SECOND, Micros
from monitor.service.frames import Frame

HEAD = ("boot", "seq", "at", "audio_paused_until", "audio_off", "reminder_s", "chain", "recording", "notice", "speed")


class State:
    """The newest state of all rooms, merged from a snapshot and the frames since.

    ``received`` is the reading of the monotonic clock, in seconds, when the newest message came in.
    """

    def __init__(self, rooms: Iterable[Mapping[str, Any]], frame: Frame, received: float) -> None:
        self.rooms: dict[str, dict[str, Any]] = {room["id"]: dict(room) for room in rooms}
        self.take(frame, received)

    @property
    def seq(self) -> int:
        """The sequence number of the newest frame in here."""
        return self._newest.seq

    @property
    def at(self) -> Micros:
        """The service's time of the newest frame in here."""
        return self._newest.at

    @property
    def runs_fast(self) -> bool:
        """Whether the clinic's time runs faster than real."""
        return self._newest.speed > 1

    def is_followed_by(self, frame: Frame) -> bool:
        """Whether the frame comes right after what is known."""
        return frame.boot == self._newest.boot and frame.seq == self._newest.seq + 1

    def take(self, frame: Frame, received: float) -> None:
        """Merge a frame."""
        for change in frame.rooms:
            self.rooms.setdefault(change["id"], {}).update(change)
        self._newest = frame
        self._received = received

    def now(self, clock: float) -> Micros:
        """The service's time now, when the monotonic clock stands at ``clock``. Of fast time this is no more than
        ``at`` with its age in real seconds.
        """
        return self.at + round((clock - self._received) * SECOND)

    def view(self, clock: float) -> dict[str, Any]:
        """The state as a snapshot event carries it; ``now`` lets the page know how old ``at`` is."""
        head = {name: getattr(self._newest, name) for name in HEAD}
        return {**head, "now": self.now(clock), "rooms": list(self.rooms.values())}
