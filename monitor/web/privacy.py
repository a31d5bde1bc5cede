"""What tells who a patient is, and the state of rooms without it, for screens at which nobody is signed in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from monitor.clinic.treatment.intake import Intake
from monitor.service.frames import Frame

IDENTIFYING = ("patient", "name", "birth_date")
"""Members of a room's ``session``. What is added to ``SessionView`` is added here, or to those that the test of this
file lists as telling nothing.
"""

NOTHING_ASKED = msgspec.to_builtins(Intake())


def without_identity(rooms: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rooms or their changes with every such member blank; ``hidden`` says so to the page."""
    return [_without_identity(room) for room in rooms]


def _without_identity(room: Mapping[str, Any]) -> dict[str, Any]:
    return {name: HIDDEN[name](value) if value and name in HIDDEN else value for name, value in room.items()}


def _without_words(treatment: Mapping[str, Any]) -> dict[str, Any]:
    """A treatment without what the patient answered, and without what people wrote in words of their own."""
    items = [item if item["kind"] != "nurse" else item | {"said": ""} for item in treatment["checklist"]]
    gate = treatment["gate"] and treatment["gate"] | {"overridden": ""}
    infusion = treatment["dosing"]["infusion"]
    dosing = treatment["dosing"] | {"infusion": infusion and infusion | {"paused_for": ""}}
    return {**treatment, "intake": NOTHING_ASKED, "checklist": items, "gate": gate, "dosing": dosing}


def _hidden(session: Mapping[str, Any]) -> dict[str, Any]:
    return {name: "" if name in IDENTIFYING else value for name, value in session.items()} | {"hidden": True}


def _without_reasons(alarms_off: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**off, "reason": ""} for off in alarms_off]


HIDDEN: Mapping[str, Callable[[Any], Any]] = {
    "session": _hidden,
    "treatment": _without_words,
    "alarms_off": _without_reasons,
}
"""The members of a room that tell of its patient, or in which a person may have written of them."""


def hidden_frame(frame: Frame, body: bytes) -> bytes:
    """The frame that came as ``body``, without identity; most frames have none."""
    if not any(room.get(member) for room in frame.rooms for member in HIDDEN):
        return body
    return msgspec.json.encode(msgspec.structs.replace(frame, rooms=without_identity(frame.rooms)))
