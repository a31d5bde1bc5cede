"""A web process that runs inside the test: its start and stop, and requests to it, without a port."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Any

import httpx
from fastapi import FastAPI

BASE = "http://127.0.0.1:8050"


class Running:
    """Starts the app as a server would, and asks it one thing after another."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._runner = asyncio.Runner()
        self._orders: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._said: asyncio.Queue[str] = asyncio.Queue()

    def __enter__(self) -> Running:
        self._runner.run(self._start())
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._runner.run(self._stop())
        self._runner.close()

    async def _start(self) -> None:
        async def say(message: Any) -> None:
            await self._said.put(message["type"])

        self._life = asyncio.create_task(self._app({"type": "lifespan", "state": {}}, self._orders.get, say))
        await self._orders.put({"type": "lifespan.startup"})
        assert await self._said.get() == "lifespan.startup.complete"

    async def _stop(self) -> None:
        await self._orders.put({"type": "lifespan.shutdown"})
        assert await self._said.get() == "lifespan.shutdown.complete"
        await self._life

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return self._runner.run(self._ask("GET", path, headers=headers))

    def post(self, path: str, **given: Any) -> httpx.Response:
        return self._runner.run(self._ask("POST", path, **given))

    async def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
            return await client.request(method, path, **given)
