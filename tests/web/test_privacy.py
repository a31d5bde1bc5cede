"""Everything that screens are told of a session is known to identify the patient, or not to."""

from __future__ import annotations

from typing import Any

import msgspec

from monitor.service.frames import Frame, RecordingView, SessionView
from monitor.web.privacy import IDENTIFYING, hidden_frame

TELLS_NOTHING = {
    "id",
    "weight_kg",
    "protocol",
    "title",
    "dose",
    "phase",
    "phase_label",
    "next_phase",
    "next_label",
    "opened_at",
    "first_dose_at",
    "open_items",
    "all_items",
}
"""Of whom it is. A new member of a session comes here, or to ``IDENTIFYING``."""


def frame(rooms: list[dict[str, Any]]) -> Frame:
    return Frame("boot", 1, 1, rooms, None, None, 60, None, RecordingView(True, ""), "")


def test_nothing_new_about_a_session_is_told_to_everybody_by_accident() -> None:
    members = {field.name for field in msgspec.structs.fields(SessionView)}
    assert members - TELLS_NOTHING - set(IDENTIFYING) == set()
    assert not TELLS_NOTHING & set(IDENTIFYING)


def test_a_reason_with_a_name_in_it_is_not_told_to_everybody() -> None:
    off = {"condition": None, "by": "nurse 1", "reason": "K-1077 went for a walk", "since": 1, "until": None}
    room = {"id": "1", "alarms_off": [off]}
    body = msgspec.json.encode(frame([room]))
    told = hidden_frame(frame([room]), body)
    assert b"K-1077" not in told
    assert b"nurse 1" in told, "who switched the alarms off is not told any more"
    unchanged = msgspec.json.encode(frame([{"id": "1"}]))
    assert hidden_frame(frame([{"id": "1"}]), unchanged) is unchanged
