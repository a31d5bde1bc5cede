"""Events as text, each bound to all before it: whoever changes, swaps or removes one breaks every later link.

A link is SHA-256 over the previous link and the event's text, so it needs nothing but the rows to be checked. It shows
tampering by somebody who cannot compute the rest of the chain anew; against one who can, keep the head elsewhere.
"""

from __future__ import annotations

import hashlib

import msgspec

from monitor.clinic.events import AnyEvent
from monitor.record.errors import Damaged, RecordRefused

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
