"""Work that blocks, beside the event loop that serves the live screens. Each kind has threads of its own: however much
is asked for of one kind, none of another waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")


class Threads:
    """At most ``most`` pieces of work run at once; what comes meanwhile waits its turn."""

    def __init__(self, name: str, most: int) -> None:
        self._pool = ThreadPoolExecutor(most, thread_name_prefix=name)

    async def run(self, work: Callable[_Given, _Made], *args: _Given.args, **kwargs: _Given.kwargs) -> _Made:
        """What the work returns or raises."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, partial(work, *args, **kwargs))

    def close(self) -> None:
        """What waits is not begun any more; what runs comes to its end, and nobody waits for it."""
        self._pool.shutdown(wait=False, cancel_futures=True)
