"""What takes long is read and built beside the loop that serves live screens, commands and locks."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Lock
from types import FrameType
from typing import Any

import msgspec
import pytest

from monitor.clinic.protocol import Protocol
from monitor.config import load
from monitor.web import markup, session_view
from monitor.web.review import table
from monitor.web.server import READ_AT_ONCE, create_app
from tests.reports.scripted import SESSION, at
from tests.web.running import ORIGIN, Running
from tests.web.session_pages import record_clinic, shown

MANY = 40
"""More than a process has threads of its own accord."""
PATIENCE_S = 20
"""So long an answer is waited for that never comes when it waits for what the test holds."""


class Held(dict[str, Protocol]):
    """A clinic's protocols; whoever reads a session with them waits, as for a slow disk, until the test lets go."""

    def __init__(self, protocols: dict[str, Protocol]) -> None:
        super().__init__(protocols)
        self.let_go = Event()
        self.at_once = 0
        self.most = 0
        self._alone = Lock()

    def get(self, key: str, default: Any = None) -> Any:
        with self._alone:
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        self.let_go.wait(PATIENCE_S * 2)
        with self._alone:
            self.at_once -= 1
        return super().get(key, default)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Running, Held]]:
    record_clinic(tmp_path)
    config = load(tmp_path / "config.toml")
    protocols = Held(config.protocols)
    with Running(create_app(msgspec.structs.replace(config, protocols=protocols), tmp_path)) as web:
        web.sign_in(tmp_path)
        yield web, protocols
        protocols.let_go.set()


async def _lock_meanwhile(web: Running, protocols: Held) -> set[int]:
    """Ask for files until as many are made as can be, then lock the page; how the files were answered."""
    form = f"/sessions/{SESSION}/form.json"
    files = [asyncio.create_task(web._ask("GET", form)) for _ in range(MANY)]
    while protocols.at_once < READ_AT_ONCE:
        await asyncio.sleep(0.01)
    try:
        async with asyncio.timeout(PATIENCE_S):
            assert (await web._ask("GET", "/session-views")).status_code == 200
            assert (await web._ask("POST", "/lock", headers=ORIGIN)).json()["done"]
            assert (await web._ask("GET", "/session-views")).status_code == 401
        assert not any(file.done() for file in files), "nothing was held"
    finally:
        protocols.let_go.set()
    return {(await file).status_code for file in files}


def test_a_page_can_be_locked_while_many_files_are_asked_for(held: tuple[Running, Held]) -> None:
    web, protocols = held
    answers = web._runner.run(_lock_meanwhile(web, protocols))
    assert {200} <= answers <= {200, 401}, "whose turn to say who they are came after the lock gets none"
    assert protocols.most == READ_AT_ONCE, "more at once keep the live screens from their turn"


def test_nothing_of_a_session_is_built_where_live_screens_wait(tmp_path: Path) -> None:
    record_clinic(tmp_path)
    building = {each.__file__ for each in (session_view, table, markup)}
    built = []

    def look(frame: FrameType, event: str, _: Any) -> None:
        if event == "call" and frame.f_code.co_filename in building:
            built.append(frame.f_code.co_qualname)

    with Running(create_app(load(tmp_path / "config.toml"), tmp_path)) as web:
        web.sign_in(tmp_path)
        sys.setprofile(look)  # Sees this thread alone, which is the loop's.
        try:
            html = shown(web, now=at(200))
        finally:
            sys.setprofile(None)
    assert "review-table" in html
    assert not built
