from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq

from devices.readings import SECOND
from monitor.service.bus import FRAME_TOPIC, BusAddress, CommandServer, bind, wave_topic
from monitor.service.frames import Frame, RecordingView
from monitor.service.messages import GetSnapshot, Outcome
from monitor.web.hub import BACKLOG, Hub, Viewer
from monitor.web.state import State

AT = 1_800_000_000 * SECOND


def frame(seq: int, rooms: list[dict[str, Any]] | None = None, boot: str = "a") -> Frame:
    recording = RecordingView(True, "")
    return Frame(boot, seq, AT + seq * SECOND // 10, rooms or [], None, None, 180, None, recording, "")


def room(room_id: str, value: float, session: str | None = None) -> dict[str, Any]:
    at = AT + SECOND // 10
    return {
        "id": room_id,
        "name": f"Room {room_id}",
        "session": None if session is None else {"id": session},
        "numbers": {"SpO2": {"value": value, "at": at, "quality": 0}},
        "alarms": [],
    }


def test_a_frame_changes_only_what_it_names() -> None:
    state = State([room("1", 97.0), room("2", 98.0)], frame(1), 0.0)
    state.take(frame(2, [{"id": "1", "alarms": ["new"]}]), 0.0)
    view = state.view(0.0)
    assert [each["alarms"] for each in view["rooms"]] == [["new"], []]
    assert view["rooms"][0]["name"] == "Room 1", "a delta must not lose the rest of the room"
    assert view["seq"] == 2


def test_a_missed_frame_or_a_restart_is_noticed() -> None:
    state = State([], frame(4), 0.0)
    assert state.is_followed_by(frame(5))
    assert not state.is_followed_by(frame(6))
    assert not state.is_followed_by(frame(4))
    assert not state.is_followed_by(frame(5, boot="b"))


def test_a_snapshot_says_how_old_it_is() -> None:
    view = State([], frame(1), 100.0).view(160.0)
    assert view["now"] - view["at"] == 60 * SECOND, "a page that connects while the service is away must see it"


def test_a_viewer_that_does_not_read_is_let_go_and_the_others_go_on() -> None:
    async def scene() -> tuple[bytes | None, bytes | None]:
        hub = Hub(Path(), ["1"])
        slow, quick = hub.attach(None, identified=True), hub.attach(None, identified=True)
        for number in range(BACKLOG + 1):
            hub._tell(partial(lambda body, _: body, b"%d;" % number))
            if number == BACKLOG // 2:
                assert await quick.take() is not None
        return await slow.take(), await quick.take()

    slow, quick = asyncio.run(scene())
    assert slow is None, "it must reconnect and start from a snapshot"
    assert quick is not None
    assert quick.endswith(b"%d;" % BACKLOG)


def test_waves_go_only_to_those_who_look_at_the_room() -> None:
    async def scene() -> tuple[list[bytes | None], bool]:
        hub = Hub(Path(), ["1", "10"])
        here, elsewhere = hub.attach("1", identified=True), hub.attach("10", identified=True)
        hub.receive(wave_topic("1"), b"[]", BusAddress(1, 2, 3, "", ""))
        hub._tell(lambda _: b"end")
        return [await here.take(), await elsewhere.take()], True

    (here, elsewhere), _ = asyncio.run(scene())
    assert here == b"event: wave\ndata: []\n\nend"
    assert elsewhere == b"end"


class FakeService:
    """The service's end of the bus: real sockets, scripted frames."""

    def __init__(self, folder: Path) -> None:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
        self.address = BusAddress.create(folder)
        self._frames = bind(context, zmq.PUB, self.address.frames_port, self.address)
        self._commands = CommandServer(context, self.address.commands_port, self.address)
        self.rooms = [room("1", 97.0)]
        self.seq = 0
        self.boot = "a"
        self.asked = 0

    def step(self, rooms: list[dict[str, Any]] | None = None) -> bytes:
        self.seq += 1
        body = msgspec.json.encode(frame(self.seq, rooms, self.boot))
        self._frames.send_multipart([FRAME_TOPIC, body])
        while (waiting := self._commands.waiting(0)) is not None:
            caller, request = waiting
            assert isinstance(request.command, GetSnapshot)
            self.asked += 1
            snapshot = {"boot": self.boot, "seq": self.seq, "rooms": self.rooms}
            self._commands.answer(caller, Outcome(True, snapshot=snapshot))
        return body

    def close(self) -> None:
        self._frames.close()
        self._commands.close()


def with_service(folder: Path, scene: Any) -> None:
    async def run() -> None:
        service = FakeService(folder)
        hub = Hub(folder, ["1"])
        following = asyncio.create_task(hub.run())
        try:
            async with asyncio.timeout(20):
                await scene(service, hub)
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)
            service.close()

    coroutine: Coroutine[Any, Any, None] = run()
    asyncio.run(coroutine)


async def events_until(service: FakeService, viewer: Viewer, wanted: bytes) -> bytes:
    """Frames go on until the viewer got what is wanted; returns all that came."""
    got = b""
    while wanted not in got:
        service.step()
        try:
            async with asyncio.timeout(0.05):
                piece = await viewer.take()
        except TimeoutError:
            continue
        assert piece is not None
        got += piece
    return got


def test_a_screen_starts_with_the_whole_state_and_gets_frames_as_they_were_sent(tmp_path: Path) -> None:
    async def scene(service: FakeService, hub: Hub) -> None:
        viewer = hub.attach(None, identified=True)
        got = await events_until(service, viewer, b"event: frame")
        assert got.startswith(b"event: snapshot"), "nothing may come before the snapshot"
        assert b'"name":"Room 1"' in got
        assert b'"history":{"1":{"end":' in got
        change = [{"id": "1", "alarms": ["x"]}]
        body = service.step(change)
        got = await events_until(service, viewer, body)
        assert b"event: frame\nid: %d\ndata: %s\n\n" % (msgspec.json.decode(body)["seq"], body) in got

    with_service(tmp_path, scene)


@pytest.mark.parametrize("trouble", ["restart", "gap"])
def test_after_a_restart_or_a_lost_frame_every_screen_gets_a_new_snapshot(tmp_path: Path, trouble: str) -> None:
    async def scene(service: FakeService, hub: Hub) -> None:
        viewer = hub.attach(None, identified=True)
        await events_until(service, viewer, b"event: frame")
        service.rooms = [room("1", 88.0)]
        if trouble == "restart":
            service.boot, service.seq = "b", 0
        else:
            service.seq += 5
        got = await events_until(service, viewer, b"event: snapshot")
        assert b'"value":88.0' in got[got.index(b"event: snapshot") :]

    with_service(tmp_path, scene)


def test_one_patients_curve_is_never_drawn_as_the_nexts(tmp_path: Path) -> None:
    async def scene(service: FakeService, hub: Hub) -> None:
        service.rooms = [room("1", 97.0, "first")]
        viewer = hub.attach(None, identified=True)
        await events_until(service, viewer, b"event: frame")
        hub.recall("1", AT, {"SpO2": 91.0})
        assert b"91.0" in hub.snapshot(identified=True)
        service.step([room("1", 99.0, "second")])
        for _ in range(12):
            await events_until(service, viewer, b"event: frame")
        assert b"91.0" not in hub.snapshot(identified=True)

    with_service(tmp_path, scene)


SECRET = b"K-4711"


def treated(patient: str = SECRET.decode()) -> dict[str, Any]:
    return room("1", 97.0, "s1") | {"session": {"id": "s1", "patient": patient, "phase": "dosing"}}


def test_who_is_not_signed_in_gets_every_number_and_never_who_it_is(tmp_path: Path) -> None:
    async def scene(service: FakeService, hub: Hub) -> None:
        service.rooms = [treated()]
        anybody, nurse = hub.attach(None, identified=False), hub.attach(None, identified=True)
        got = await events_until(service, anybody, b"event: frame")
        service.step([treated()])
        service.step([{"id": "1", "numbers": {"SpO2": {"value": 88.0}}}])
        got += await events_until(service, anybody, b"88.0")
        late = hub.attach(None, identified=False)
        got += await events_until(service, late, b"event: frame")
        assert SECRET not in got
        assert got.count(b'"phase":"dosing","hidden":true') == 3, "snapshot, change, and the later screen's snapshot"
        assert b"97.0" in got
        seen = await events_until(service, nurse, b"88.0")
        assert seen.count(SECRET) == 2
        assert b"hidden" not in seen

    with_service(tmp_path, scene)


def test_a_page_that_locks_gets_nothing_more_that_was_on_its_way(tmp_path: Path) -> None:
    async def scene(service: FakeService, hub: Hub) -> None:
        service.rooms = [treated()]
        viewer = hub.attach(None, identified=True)
        await events_until(service, viewer, b"event: frame")
        hub._tell(lambda identified: SECRET if identified else b"hidden")
        hub.reveal(viewer, b"locked", identified=False)
        got = await events_until(service, viewer, b"locked")
        assert got.startswith(b"event: snapshot")
        assert SECRET not in got
        hub.reveal(viewer, b"unlocked", identified=True)
        assert SECRET in await events_until(service, viewer, b"event: frame")
        viewer.let_go()
        hub.reveal(viewer, b"late", identified=True)
        assert await viewer.take() is None, "a stream that was let go must end"

    with_service(tmp_path, scene)


def test_a_frame_of_fast_time_stands_for_all_the_seconds_since_the_one_before(tmp_path: Path) -> None:
    """Else the small curves of a fast clinic would be gaps."""
    hub = Hub(tmp_path, ["1"])
    state = State([room("1", 97.0)], msgspec.structs.replace(frame(0), speed=60.0), 0.0)
    hub._remember(state)
    later = msgspec.structs.replace(frame(1), at=AT + 6 * SECOND, speed=60.0)
    numbers = {"SpO2": {"value": 91.0, "at": later.at, "quality": 0}}
    state.take(msgspec.structs.replace(later, rooms=[{"id": "1", "numbers": numbers}]), 0.1)
    hub._remember(state)
    assert hub._histories["1"].view()["SpO2"][-7:] == [97.0, *[91.0] * 6]
    assert state.view(0.1)["speed"] == 60.0


def test_health_tells_how_long_the_service_has_been_silent(tmp_path: Path) -> None:
    async def scene(service: FakeService, hub: Hub) -> None:
        assert hub.health()["service_age_s"] is None
        viewer = hub.attach(None, identified=True)
        await events_until(service, viewer, b"event: frame")
        began = time.monotonic()
        health = hub.health()
        assert 0 <= health["service_age_s"] <= time.monotonic() - began + 5
        assert health["viewers"] == 1
        hub.detach(viewer)
        assert hub.health()["viewers"] == 0

    with_service(tmp_path, scene)
