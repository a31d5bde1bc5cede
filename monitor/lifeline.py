"""Ends a child process when the one that started it is gone, however that died."""

from __future__ import annotations

import os
import signal
import threading

SUPERVISED = "CHAIRSIDE_SUPERVISED"
"""Set in the environment of children whose standard input is a pipe that their parent holds open."""

STANDARD_INPUT = 0


def follow_parent() -> None:
    """Stop this process when its parent's end of the pipe closes; does nothing for one that was started by hand."""
    if os.environ.get(SUPERVISED):
        threading.Thread(target=_wait, name="lifeline", daemon=True).start()


def _wait() -> None:
    while os.read(STANDARD_INPUT, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
