"""What can go wrong with the record. The message is one line that can be shown as it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from monitor.clinic.events import AnyEvent


class RecordError(Exception):
    """Any trouble with the record."""


class FolderInUse(RecordError):
    """Another process works on this folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"Another Chairside is running on {folder}; stop it first, or choose another folder with --data"
        )


class NewerSchema(RecordError):
    """The file was written by a newer Chairside, whose tables this one does not know."""

    def __init__(self, folder: Path, found: str, known: str) -> None:
        super().__init__(
            f"The record in {folder} was written by a newer Chairside (schema {found}, this one knows {known}); "
            "update Chairside, nothing was changed"
        )


class NoRecord(RecordError):
    """The folder holds no record."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"There is no record in {folder}; name its folder with --data")


class RecordUnavailable(RecordError):
    """The file cannot be written or read now. Nothing was half done; the same call may work later."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RecordRefused(RecordError):
    """What was to be kept contradicts the record, such as a session's id that exists. Nothing was kept of it."""


class Damaged(RecordError):
    """A stored body does not match its checksum or cannot be read: its content is unknown."""


class EventsDamaged(Damaged):
    """Some of the events asked for are not what was committed.

    ``damaged`` names them one by one; ``intact`` holds the others, for a reader that shows them with a warning.
    """

    def __init__(self, damaged: Sequence[str], intact: list[AnyEvent]) -> None:
        super().__init__("; ".join(damaged))
        self.damaged = tuple(damaged)
        self.intact = intact
