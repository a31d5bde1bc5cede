"""One subscription to the service for all the browsers of this web process.

Every message is made once, as bytes, and the same bytes go to every viewer; once more, without who the patients are,
if there is a viewer who may not know. The hub judges nothing: when the service is away it is silent about rooms, and
every screen sees by the age of its last frame that it is not live.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from devices.readings import SECOND, Micros
from monitor.service.bus import FRAME_TOPIC, BusAddress, BusUnavailable, Frames, ask, wave_topic
from monitor.service.frames import Frame
from monitor.service.messages import GetSnapshot, Request
from monitor.web.history import CURVES, LENGTH, History, fresh_value
from monitor.web.privacy import hidden_frame, without_identity
from monitor.web.state import State

BACKLOG = 100
"""Messages a viewer may lag behind; one that lags more is let go and comes back to a snapshot."""
RETRY_S = 0.5
ADDRESS_CHECK_S = 3.0
HEARTBEAT_S = 5.0
HEARTBEAT = b": still here\n\n"
"""A comment: tells proxies and the browser that the stream is open, and nothing about rooms."""


def message(event: str, body: bytes, seq: int | None = None) -> bytes:
    """A server-sent event. ``body`` is JSON without line breaks."""
    head = f"event: {event}\n" if seq is None else f"event: {event}\nid: {seq}\n"
    return b"%sdata: %s\n\n" % (head.encode(), body)


class Viewer:
    """One browser's stream: what is on the way to it, until the viewer is let go. ``identified``: it is told who the
    patients are.
    """

    def __init__(self, room: str | None, *, identified: bool) -> None:
        self.room = room
        self.identified = identified
        self._gone = False
        self._waiting: asyncio.Queue[bytes | None] = asyncio.Queue(BACKLOG)

    def offer(self, message: bytes) -> bool:
        """Put a message on the way; False when the viewer does not keep up."""
        if self._gone:
            return True
        try:
            self._waiting.put_nowait(message)
        except asyncio.QueueFull:
            return False
        return True

    def let_go(self) -> None:
        """End the stream; what is still on the way is too old to be of use."""
        self.forget()
        if not self._gone:
            self._waiting.put_nowait(None)
        self._gone = True

    def forget(self) -> None:
        """Send nothing of what is still on the way."""
        while not self._gone and not self._waiting.empty():
            self._waiting.get_nowait()

    async def take(self) -> bytes | None:
        """Everything that is on the way, as one piece; ``None`` at the end."""
        first = await self._waiting.get()
        if first is None or self._waiting.empty():
            return first
        pieces = [first]
        while not self._waiting.empty():
            piece = self._waiting.get_nowait()
            if piece is None:
                return None
            pieces.append(piece)
        return b"".join(pieces)


class Hub:
    """Keeps the newest state and hands every message to every viewer."""

    def __init__(self, folder: Path, rooms: Iterable[str]) -> None:
        self._folder = folder
        self._viewers: set[Viewer] = set()
        self._waves_wanted: Counter[str] = Counter()
        self._wave_rooms = {wave_topic(room): room for room in rooms}
        self._histories = {room: History() for room in self._wave_rooms.values()}
        self._patients: dict[str, str | None] = {}
        self._frames: Frames | None = None
        self._state: State | None = None
        self._snapshot: Mapping[str, Any] | None = None
        self._early: list[Frame] = []
        self._last_second = 0
        self._resync: asyncio.Task[None] | None = None

    # ---- viewers

    def attach(self, room: str | None, *, identified: bool) -> Viewer:
        """A new stream; begins with a snapshot as soon as there is one. ``room`` also wants that room's waves."""
        viewer = Viewer(room, identified=identified)
        if self._state is not None:
            viewer.offer(self.snapshot(identified=identified))
        self._viewers.add(viewer)
        if room is not None:
            self._waves_wanted[room] += 1
            if self._waves_wanted[room] == 1 and self._frames is not None:
                self._frames.want(wave_topic(room))
        return viewer

    def detach(self, viewer: Viewer) -> None:
        """The browser has gone."""
        if viewer not in self._viewers:
            return
        self._viewers.remove(viewer)
        room = viewer.room
        if room is not None:
            self._waves_wanted[room] -= 1
            if not self._waves_wanted[room] and self._frames is not None:
                self._frames.unwant(wave_topic(room))

    def reveal(self, viewer: Viewer, announcement: bytes, *, identified: bool) -> None:
        """Tell a viewer from now on who the patients are, or not any more: by a new snapshot, then in so many words."""
        viewer.identified = identified
        viewer.forget()
        if self._state is not None:
            viewer.offer(self.snapshot(identified=identified))
        viewer.offer(announcement)

    def _tell(self, form: Callable[[bool], bytes], room: str | None = None) -> None:
        """Hand a message on. ``form`` makes it with who the patients are, or without; each once at most."""
        made = cache(form)
        wanting = (viewer for viewer in self._viewers if room is None or viewer.room == room)
        slow = [viewer for viewer in wanting if not viewer.offer(made(viewer.identified))]
        for viewer in slow:
            self.detach(viewer)
            viewer.let_go()

    def snapshot(self, identified: bool) -> bytes:
        """The whole state, history and the service's time, as one event. Only once the state is known."""
        if self._state is None:
            raise RuntimeError("no snapshot before the first state")
        view = self._state.view(time.monotonic())
        if not identified:
            view["rooms"] = without_identity(view["rooms"])
        view["history"] = {room: history.view() for room, history in self._histories.items()}
        return message("snapshot", msgspec.json.encode(view), self._state.seq)

    def health(self) -> dict[str, Any]:
        """For a watchdog: whether the state is known, its age in seconds, and how many screens are open."""
        age = None if self._state is None else (self._state.now(time.monotonic()) - self._state.at) / SECOND
        return {"ok": True, "service_age_s": age, "viewers": len(self._viewers)}

    # ---- the service

    async def run(self) -> None:
        """Follow the service until cancelled, through its restarts and its absence."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_streams_open())
            while True:
                try:
                    address = BusAddress.load(self._folder)
                except BusUnavailable:
                    await asyncio.sleep(RETRY_S)
                else:
                    await self._follow(address)

    async def _keep_streams_open(self) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            self._tell(lambda _: HEARTBEAT)

    async def _follow(self, address: BusAddress) -> None:
        """Follow one clinic's bus; returns when the clinic was started anew with another address."""
        async with Frames(address) as frames:
            self._frames = frames
            for room in +self._waves_wanted:
                frames.want(wave_topic(room))
            self._begin_resync(address)
            try:
                while True:
                    try:
                        async with asyncio.timeout(ADDRESS_CHECK_S):
                            topic, body = await anext(frames)
                    except TimeoutError:
                        if self._moved(address):
                            return
                        continue
                    self.receive(topic, body, address)
            finally:
                self._frames = None
                if self._resync is not None:
                    self._resync.cancel()

    def _moved(self, address: BusAddress) -> bool:
        try:
            return BusAddress.load(self._folder) != address
        except BusUnavailable:
            return False

    def receive(self, topic: bytes, body: bytes, address: BusAddress) -> None:
        """Take a message of the bus and hand it on."""
        room = self._wave_rooms.get(topic)
        if room is not None:
            self._tell(lambda _: message("wave", body), room)
        elif topic == FRAME_TOPIC:
            self._receive_frame(msgspec.json.decode(body, type=Frame), body, address)

    def _receive_frame(self, frame: Frame, body: bytes, address: BusAddress) -> None:
        if self._state is not None and self._state.is_followed_by(frame):
            self._pass_on(self._state, frame, body)
            return
        if self._state is not None:
            self._state = None
            self._begin_resync(address)
        self._early = [*self._early[-BACKLOG:], frame]
        if self._snapshot is not None and not self._join(self._snapshot):
            self._begin_resync(address)

    def _join(self, snapshot: Mapping[str, Any]) -> bool:
        """Go on from a snapshot with the frames that came after it; False when one between them was missed."""
        boot, seq = snapshot["boot"], snapshot["seq"]
        later = [frame for frame in self._early if frame.boot == boot and frame.seq > seq]
        if not later or later[0].seq != seq + 1:
            return not later and self._early[-1].boot == boot
        state = State(snapshot["rooms"], later[0], time.monotonic())
        for frame in later[1:]:
            if not state.is_followed_by(frame):
                return False
            state.take(frame, time.monotonic())
        self._state, self._snapshot, self._early = state, None, []
        self._remember(state)
        self._tell(self.snapshot)
        return True

    def _pass_on(self, state: State, frame: Frame, body: bytes) -> None:
        state.take(frame, time.monotonic())
        self._remember(state)
        self._tell(lambda identified: message("frame", body if identified else hidden_frame(frame, body), frame.seq))

    def _remember(self, state: State) -> None:
        second = state.at // SECOND
        if second == self._last_second:
            return
        # A frame of fast time stands for all the seconds since the one before it.
        first = max(self._last_second + 1, second - LENGTH) if state.runs_fast and self._last_second else second
        self._last_second = second
        for room in self._histories:
            view = state.rooms.get(room, {})
            history = self._history_of_patient(room, view.get("session"))
            numbers = view.get("numbers", {})
            values: dict[str, float | None] = {metric: fresh_value(numbers.get(metric), state.at) for metric in CURVES}
            for each in range(min(first, second), second + 1):
                history.put(each * SECOND, values)

    def _history_of_patient(self, room: str, session: Mapping[str, Any] | None) -> History:
        """The room's history, begun anew with a new session: one patient's curve is never drawn as another's."""
        patient = None if session is None else session["id"]
        if self._patients.setdefault(room, patient) != patient:
            self._histories[room] = History()
            self._patients[room] = patient
        return self._histories[room]

    def recall(self, room: str, at: Micros, values: Mapping[str, float | None]) -> None:
        """Fill a second of a room's small curves from the record."""
        self._histories[room].put(at, values)

    def _begin_resync(self, address: BusAddress) -> None:
        if self._resync is not None:
            self._resync.cancel()
        self._snapshot = None
        self._resync = asyncio.create_task(self._ask_for_snapshot(address))

    async def _ask_for_snapshot(self, address: BusAddress) -> None:
        while True:
            try:
                outcome = await ask(address, Request("web", GetSnapshot()), timeout_s=2.0)
            except BusUnavailable:
                continue
            if outcome.snapshot is not None:
                self._snapshot = outcome.snapshot
                return
            await asyncio.sleep(RETRY_S)
