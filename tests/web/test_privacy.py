"""Everything that screens are told of a session is known to identify the patient, or not to."""

from __future__ import annotations

import msgspec

from monitor.service.frames import SessionView
from monitor.web.privacy import IDENTIFYING

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


def test_nothing_new_about_a_session_is_told_to_everybody_by_accident() -> None:
    members = {field.name for field in msgspec.structs.fields(SessionView)}
    assert members - TELLS_NOTHING - set(IDENTIFYING) == set()
    assert not TELLS_NOTHING & set(IDENTIFYING)
