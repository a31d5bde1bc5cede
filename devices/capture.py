"""Decodes captured byte streams, telling after which byte each number was complete."""

from __future__ import annotations

from collections.abc import Iterator

from devices.adapter import Decoder
from devices.readings import Micros, Numeric


def decode_capture(decoder: Decoder, data: bytes, at: Micros = 0) -> Iterator[tuple[int, Numeric]]:
    """The numbers in a capture, each with the count of bytes read when its last frame was complete."""
    for offset in range(len(data)):
        for reading in decoder.feed(data[offset : offset + 1], at):
            if isinstance(reading, Numeric):
                yield offset + 1, reading
