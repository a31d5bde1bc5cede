"""A web process that runs inside the test: its start and stop, and requests to it, without a port."""

from __future__ import annotations

import asyncio
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

import httpx
from fastapi import FastAPI

from monitor.people.database import FILE
from monitor.people.sign_ins import LIFETIME, SignIns
from monitor.people.users import Users
from monitor.web.people import COOKIE, now
from tests.people.test_users import AT, PASSWORD, PIN

BASE = "http://127.0.0.1:8050"
ORIGIN = {"Origin": BASE}


@cache
def _with_a_nurse() -> tuple[bytes, str]:
    """A file of people, and the token of who is signed in there. Made once: its hashes take long on purpose."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        Users(folder).add("ward.a", "Nurse A", "nurse", PASSWORD, PIN, AT)
        token = SignIns(folder, LIFETIME, is_open=False).sign_in("ward.a", PASSWORD, now())
        return (folder / FILE).read_bytes(), token


class Running:
    """Starts the app as a server would, and asks it one thing after another, as one browser that keeps its cookies."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._runner = asyncio.Runner()
        self._orders: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._said: asyncio.Queue[str] = asyncio.Queue()
        self.cookies = httpx.Cookies()

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

    def sign_in(self, folder: Path) -> None:
        """As a nurse who was added to the clinic in this folder and has just signed in."""
        people, token = _with_a_nurse()
        (folder / FILE).write_bytes(people)
        self.cookies.set(COOKIE, token, domain="127.0.0.1")

    async def _ask(self, method: str, path: str, **given: Any) -> httpx.Response:
        transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=BASE, cookies=self.cookies) as client:
            reply = await client.request(method, path, **given)
            self.cookies = client.cookies
            return reply
