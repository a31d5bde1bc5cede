"""Which browser is told who the patients are, from the first byte to the last."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import msgspec
import pytest

from devices.readings import SECOND, Micros
from monitor.people.sign_ins import OPEN_PIN, SignIns
from monitor.people.users import Users
from monitor.web.hub import Hub, Viewer
from monitor.web.people import COOKIE, People, now
from monitor.web.streams import Streams
from tests.people.test_users import AT, NEW_PIN, PASSWORD, PIN
from tests.web.test_hub import SECRET, FakeService, events_until, treated, with_service

LOCK_S = 600


class Screens:
    """Browsers of a clinic in which a patient is treated."""

    def __init__(self, folder: Path, service: FakeService, hub: Hub, lock_after: Micros = LOCK_S * SECOND) -> None:
        service.rooms = [treated()]
        self._service = service
        self.sign_ins = SignIns(folder, lock_after, is_open=True)
        self.streams = Streams(hub, People(self.sign_ins, LOCK_S))

    async def open(self, token: str | None) -> Viewer:
        return await self.streams.open(None, {} if token is None else {COOKIE: token})

    async def told(self, viewer: Viewer) -> tuple[str, bytes]:
        """As whom the screen is told to work, and all that comes with it."""
        got = b""
        while b"event: person" not in got or b"event: snapshot" not in got or b"event: frame" not in got:
            got += await events_until(self._service, viewer, b"event: ")
        got += await events_until(self._service, viewer, b"event: frame")
        line = next(line for line in got.splitlines() if line.startswith(b'data: {"state"'))
        return msgspec.json.decode(line.removeprefix(b"data: "))["state"], got


def play(folder: Path, scene: Callable[[Screens], Coroutine[Any, Any, None]], **given: Any) -> None:
    async def with_screens(service: FakeService, hub: Hub) -> None:
        await scene(Screens(folder, service, hub, **given))

    with_service(folder, with_screens)


@pytest.mark.parametrize("token", [None, "", "forged"])
def test_a_browser_that_nobody_signed_in_at_is_never_told(tmp_path: Path, token: str | None) -> None:
    async def scene(screens: Screens) -> None:
        state, got = await screens.told(await screens.open(token))
        assert state == "nobody"
        assert SECRET not in got
        assert b"97.0" in got

    play(tmp_path, scene)


def test_locking_and_unlocking_change_what_a_stream_tells_and_not_the_stream(tmp_path: Path) -> None:
    async def scene(screens: Screens) -> None:
        token = screens.sign_ins.sign_in_openly("nurse", now())
        page, other_page, board = await screens.open(token), await screens.open(token), await screens.open(None)
        for viewer in (page, other_page):
            state, got = await screens.told(viewer)
            assert (state, SECRET in got) == ("in", True)
        screens.sign_ins.lock(token, now())
        await screens.streams.look()
        for viewer in (page, other_page):
            state, got = await screens.told(viewer)
            assert (state, SECRET in got, b"97.0" in got) == ("locked", False, True)
        screens.sign_ins.unlock(token, OPEN_PIN, now())
        await screens.streams.look()
        state, got = await screens.told(page)
        assert (state, SECRET in got) == ("in", True)
        state, got = await screens.told(board)
        assert (state, SECRET in got) == ("nobody", False)

    play(tmp_path, scene)


def test_a_page_that_nobody_touched_for_long_is_locked_without_its_help(tmp_path: Path) -> None:
    async def scene(screens: Screens) -> None:
        state, got = await screens.told(await screens.open(screens.sign_ins.sign_in_openly("nurse", now())))
        assert (state, SECRET in got) == ("locked", False)

    play(tmp_path, scene, lock_after=1)


@pytest.mark.parametrize("leaving", ["signed out", "disabled", "given a new PIN", "somebody else"])
def test_whoever_is_out_is_told_nothing_more(tmp_path: Path, leaving: str) -> None:
    async def scene(screens: Screens) -> None:
        Users(tmp_path).add("ward.a", "Nurse A", "nurse", PASSWORD, PIN, AT)
        token = screens.sign_ins.sign_in("ward.a", PASSWORD, now())
        viewer = await screens.open(token)
        assert SECRET in (await screens.told(viewer))[1]
        if leaving == "signed out":
            screens.sign_ins.sign_out(token)
        elif leaving == "disabled":
            Users(tmp_path).disable("ward.a")
        elif leaving == "given a new PIN":
            Users(tmp_path).change("ward.a", "pin", NEW_PIN)
        else:
            screens.sign_ins.sign_in_openly("tester", now(), before=token)
        await screens.streams.look()
        state, got = await screens.told(viewer)
        assert (state, SECRET in got) == ("nobody", False)

    play(tmp_path, scene)


def test_while_nobody_can_tell_who_it_is_the_patients_are_hidden_and_the_numbers_stay(tmp_path: Path) -> None:
    async def scene(screens: Screens) -> None:
        viewer = await screens.open(screens.sign_ins.sign_in_openly("nurse", now()))
        await screens.told(viewer)
        (tmp_path / "people.sqlite3").write_bytes(b"damaged " * 1000)
        await screens.streams.look()
        state, got = await screens.told(viewer)
        assert (state, SECRET in got, b"97.0" in got) == ("nobody", False, True)

    play(tmp_path, scene)


def test_a_stream_that_was_closed_is_not_looked_at_any_more(tmp_path: Path) -> None:
    async def scene(screens: Screens) -> None:
        token = screens.sign_ins.sign_in_openly("nurse", now())
        viewer = await screens.open(token)
        screens.streams.close(viewer)
        screens.sign_ins.lock(token, now())
        await screens.streams.look()
        assert viewer.identified

    play(tmp_path, scene)
