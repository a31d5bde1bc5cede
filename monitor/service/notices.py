"""Standing messages for every screen."""

from __future__ import annotations

from monitor.record.errors import EventsDamaged
from monitor.record.sessions import SessionRow


class Notices:
    """At most one of each kind and place; each stands until it is withdrawn or the service ends."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}
        """By what they are about."""

    @property
    def text(self) -> str:
        """All of them, the oldest first; empty when there is nothing to tell."""
        return " ".join(self._texts.values())

    def room_is_missing(self, row: SessionRow) -> None:
        """A session is open where the configuration has no room any more."""
        text = f"There is an open session in room {row.room}, which the configuration does not have."
        self._texts[row.id] = text

    def protocol_is_missing(self, row: SessionRow, room: str) -> None:
        """A session goes on without rules in a room of this name."""
        missing = f"the session's protocol {row.protocol} is not configured any more"
        self._texts[row.id] = f"{room}: {missing}. There are NO LIMIT ALARMS in this room."

    def record_is_damaged(self, place: str, error: EventsDamaged) -> None:
        """Some events of a session or room cannot be read."""
        self._texts[f"damage {place}"] = f"The record is damaged, look with app.py verify: {error}"

    def clock_is_away(self, away_s: float) -> None:
        """How far Chairside's time is behind the computer's; nothing to tell within a second."""
        self._texts.pop("clock", None)
        if abs(away_s) > 1:
            side = "behind" if away_s > 0 else "ahead of"
            self._texts["clock"] = (
                f"The computer's clock was changed; Chairside's times are {abs(away_s):.0f} s {side} it "
                "until Chairside is restarted while no session is open."
            )

    def time_is_ahead(self, gained_s: float) -> None:
        """How far time that ran fast has led; nothing to tell within a minute."""
        self._texts.pop("speed", None)
        ahead_min = gained_s / 60
        if ahead_min >= 1:
            self._texts["speed"] = f"Time ran fast here: it is {ahead_min:.0f} min ahead of the computer's clock."
