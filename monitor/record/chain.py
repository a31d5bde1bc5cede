"""Events as text, each bound to all before it: whoever changes, swaps or removes one breaks every later link.

A link is SHA-256 over the previous link and the event's text, so it needs nothing but the rows to be checked. It shows
tampering by somebody who cannot compute the rest of the chain anew; against one who can, keep the head elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import msgspec

from monitor.clinic.events import AnyEvent
from monitor.record.errors import Damaged, EventsDamaged, RecordRefused

FIRST_LINK = "0" * 64
"""What stands before the first event."""

_encoder = msgspec.json.Encoder()
_decoder: msgspec.json.Decoder[AnyEvent] = msgspec.json.Decoder(AnyEvent)


def link(previous: str, text: str) -> str:
    """The hash of an event's ``text`` that follows the event whose hash is ``previous``."""
    return hashlib.sha256(f"{previous}{text}".encode()).hexdigest()


def event_text(event: AnyEvent) -> str:
    """The canonical JSON of an event, ``seq`` included; raises ``RecordRefused`` when it could not be read back."""
    text = _encoder.encode(event)
    try:
        _decoder.decode(text)
    except msgspec.DecodeError as error:
        raise RecordRefused(f"{type(event).__name__} cannot be kept: {error}") from error
    return text.decode()


def event_from(text: str) -> AnyEvent:
    """The event; raises ``Damaged`` for what is none."""
    try:
        return _decoder.decode(text)
    except msgspec.DecodeError as error:
        raise Damaged(f"cannot be read: {error}") from error


def intact(rows: Iterable[tuple[int, str, str, str]]) -> list[AnyEvent]:
    """The events of ``queries.linked_events``; raises ``EventsDamaged`` when any does not follow on."""
    found: list[AnyEvent] = []
    damaged: list[str] = []
    for seq, body, written, previous in rows:
        try:
            if link(previous, body) != written:
                raise Damaged("does not follow from the event before it")
            found.append(event_from(body))
        except Damaged as error:
            damaged.append(f"event {seq}: {error}")
    if damaged:
        raise EventsDamaged(damaged, found)
    return found
