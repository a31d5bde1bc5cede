"""One process per folder. The operating system drops the lock when its holder dies, however it dies."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from monitor.record.errors import FolderInUse

if sys.platform == "win32":
    import msvcrt

    def _try_to_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_to_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FolderLock:
    """Holds a folder from construction to ``release`` (or the end of a ``with``, or the process's death).

    Raises ``FolderInUse`` when it is held already. ``name`` is the lock's file in the folder; locks of different names
    do not see each other.
    """

    def __init__(self, folder: Path, name: str = "instance.lock") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._descriptor: int | None = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _try_to_lock(self._descriptor)
        except OSError as error:
            self.release()
            raise FolderInUse(folder) from error

    def release(self) -> None:
        """Let go; a second call does nothing. The file stays: removing it would let two processes hold two files."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()
