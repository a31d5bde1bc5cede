"""A patient's devices on real loopback ports, for tests to play with."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

from devices.adapter import Emulator, Vitals
from devices.registry import PROTOCOLS
from devices.simulation.host import DeviceHost


class Bedside:
    """Emulated devices that all feel ``vitals``, which a test may change at any time."""

    def __init__(self) -> None:
        self.vitals = Vitals(spo2=97, pr=70)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._hosts: dict[str, DeviceHost] = {}

    def attach(self, protocol: str, **attributes: float) -> str:
        """Put a device on a free port; returns its line for ``config.toml``. Attributes are set on the emulator."""

        def emulator() -> Emulator:
            made = PROTOCOLS[protocol].emulator()
            for name, value in attributes.items():
                setattr(made, name, value)
            return made

        kind = PROTOCOLS[protocol].kind
        self._hosts[kind] = host = DeviceHost(emulator, lambda _: self.vitals)
        port = self._run(host.listen(0))
        return f'{{ name = "{kind}", protocol = "{protocol}", port = "socket://127.0.0.1:{port}" }}'

    def unplug(self, kind: str) -> None:
        """Pull the plug of the oximeter or the cuff."""
        self._run(self._hosts[kind].unplug())

    def plug_in(self, kind: str) -> None:
        """Plug it in again."""
        self._run(self._hosts[kind].plug_in())

    def close(self) -> None:
        """Take everything away."""
        for kind in self._hosts:
            self.unplug(kind)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, what: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(5)
