"""What an export leaves free on the disk of the record: a full one would stop the recording of who is treated now."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

LEAST = 1_000_000_000
"""Bytes."""
SHARE = 0.05
"""Of the whole disk."""


class Reserve(NamedTuple):
    """So many ``bytes`` stay free on the disk on which the record in the folder ``record`` lies; without a number
    ``LEAST`` or ``SHARE``, whichever is more.
    """

    record: Path
    bytes: int | None = None

    def problem(self, out: Path, needed: int) -> str:
        """Why ``needed`` bytes may not be written to ``out``, as a sentence; empty where they may.

        Raises: OSError.
        """
        whole = out.resolve()
        place = next(each for each in (whole, *whole.parents) if each.exists())
        if place.stat().st_dev != self.record.stat().st_dev:
            return ""
        disk = shutil.disk_usage(place)
        kept = max(LEAST, round(disk.total * SHARE)) if self.bytes is None else self.bytes
        if disk.free - needed >= kept:
            return ""
        return (
            f"The disk has no room for this export: {_megabytes(kept)} of it stay free for the record, and "
            f"{_megabytes(disk.free)} are free now. Choose fewer sessions, or another disk."
        )


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
