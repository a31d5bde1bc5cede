"""Bodies that cannot rot unseen: CRC-32 in front of a zstd frame.

The checksum also covers the row's key, so a body that ends up in another row - another patient's - is damage too.
"""

from __future__ import annotations

import zlib

import zstandard

from monitor.record.errors import Damaged

_CRC_BYTES = 4


def protect(content: bytes, key: str, level: int) -> bytes:
    """The body to store for ``content`` under ``key``, compressed at zstd ``level``."""
    packed = zstandard.compress(content, level)
    return _crc(packed, key) + packed


def recover(body: object, key: str) -> bytes:
    """The content of a stored body; raises ``Damaged`` when body and key are not what was stored together."""
    if not isinstance(body, bytes):
        # One flipped bit in SQLite's row header turns a blob into text or nothing.
        raise Damaged("is not even a row of bytes")
    packed = body[_CRC_BYTES:]
    if body[:_CRC_BYTES] != _crc(packed, key):
        raise Damaged("checksum does not match")
    return zstandard.decompress(packed)


def _crc(packed: bytes, key: str) -> bytes:
    return zlib.crc32(packed, zlib.crc32(key.encode())).to_bytes(_CRC_BYTES, "big")
