"""Ports for simulated devices and pages, each for one who asks, below those that the bus of a clinic chooses from."""

from __future__ import annotations

import contextlib
import os
import socket

_unused_ports = iter(range(10_000 + os.getpid() % 10 * 1000, 20_000))


def free_port() -> int:
    """A port that nobody else has or gets."""
    for port in _unused_ports:
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise LookupError("no free port")
