"""What tells who a patient is, and the state of rooms without it, for screens at which nobody is signed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from monitor.service.frames import Frame

IDENTIFYING = ("patient", "name", "birth_date")
"""Members of a room's ``session``. What is added to ``SessionView`` is added here, or to those that the test of this
file lists as telling nothing.
"""


def without_identity(rooms: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rooms or their changes with every such member blank; ``hidden`` says so to the page."""
    return [dict(room) | ({"session": _hidden(room["session"])} if room.get("session") else {}) for room in rooms]


def _hidden(session: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "" if name in IDENTIFYING else value for name, value in session.items()} | {"hidden": True}


def hidden_frame(frame: Frame, body: bytes) -> bytes:
    """The frame that came as ``body``, without identity; most frames have none."""
    if not any(room.get("session") for room in frame.rooms):
        return body
    return msgspec.json.encode(msgspec.structs.replace(frame, rooms=without_identity(frame.rooms)))
