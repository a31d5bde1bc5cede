"""The body of a journal row: one second of the whole clinic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from devices.readings import Micros, Numeric, Waveform
from monitor.record.checksum import protect, recover
from monitor.record.errors import Damaged

Measurement = Numeric | Waveform
"""The readings that are kept second by second; conditions and replies become events."""

Entry = tuple[str, str | None, Measurement]
"""Room, session (``None`` while nobody is treated there), and what was measured."""

_LEVEL = 1

_encoder = msgspec.msgpack.Encoder()
_rows = msgspec.msgpack.Decoder(list[tuple[str, str | None, msgspec.Raw]])
_measurement: msgspec.msgpack.Decoder[Measurement] = msgspec.msgpack.Decoder(Measurement)


class StoredEntry(msgspec.Struct, frozen=True):
    """An entry whose measurement is decoded only when asked for: most readers want one room of many."""

    room: str
    session: str | None
    raw: msgspec.Raw

    def measurement(self) -> Measurement:
        """What was measured; raises ``Damaged`` when it cannot be read."""
        try:
            return _measurement.decode(self.raw)
        except msgspec.DecodeError as error:
            raise Damaged(f"cannot be read: {error}") from error


def encode_second(at: Micros, entries: Sequence[Entry]) -> bytes:
    """The body of the row written at ``at``."""
    return protect(_encoder.encode(entries), str(at), _LEVEL)


def stored_entries(at: Micros, body: bytes) -> Iterator[StoredEntry]:
    """The entries of a row as they were written; raises ``Damaged`` before the first when it is not whole."""
    try:
        rows = _rows.decode(recover(body, str(at)))
    except msgspec.DecodeError as error:
        raise Damaged(f"cannot be read: {error}") from error
    return (StoredEntry(room, session, raw) for room, session, raw in rows)


def decode_second(at: Micros, body: bytes) -> list[Entry]:
    """All entries of a row; raises ``Damaged`` when any of it cannot be read."""
    return [(entry.room, entry.session, entry.measurement()) for entry in stored_entries(at, body)]
