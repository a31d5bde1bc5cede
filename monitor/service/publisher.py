"""The live channel's sending end: what changed in every room since the last frame, and waves."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import msgspec
import zmq
from msgspec import structs

from devices.readings import SECOND, Metric, Micros, Waveform
from monitor.config import HOUSE
from monitor.service.bus import FRAME_TOPIC, BusAddress, bind, wave_topic
from monitor.service.frames import Frame, NumberView, OffView, RecordingView, RoomView, WaveView
from monitor.service.house import NAME, House
from monitor.service.room import Room
from monitor.service.treatment_view import TreatmentViews
from monitor.service.views import room_view

REFRESH: Micros = SECOND
"""An unchanged number is sent again after this long, so that screens know it is fresh."""


class Head(msgspec.Struct, frozen=True):
    """What every frame carries beside the rooms; the members are those of ``Frame``."""

    audio_paused_until: Micros | None
    audio_off: OffView | None
    reminder_s: int
    recording: RecordingView
    notice: str
    speed: float


class Publisher:
    """Sends frames. Never waits: a subscriber that is slow misses some and asks for a snapshot."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], address: BusAddress, boot: str) -> None:
        self._end = bind(context, zmq.PUB, address.frames_port, address)
        self._boot = boot
        self._seq = 0
        self._at: Micros = 0
        self._sent: dict[str, RoomView] = {}
        self._house: dict[str, Any] = {}
        self._treatments = TreatmentViews()

    def publish(self, rooms: Collection[Room], house: House, head: Head, now: Micros) -> None:
        """Send what changed since the last call, and the waves that have come; those of fast time would be a blur."""
        changes = [change for room in rooms if (change := self._change(room_view(room, self._treatments)))]
        place = {"id": HOUSE, "name": NAME, "alarms": house.alarms()}
        if place != self._house:
            self._house = place
            changes.append(place)
        self._seq += 1
        self._at = now
        frame = Frame(boot=self._boot, seq=self._seq, at=now, rooms=changes, chain=house.chain, **structs.asdict(head))
        self._end.send_multipart([FRAME_TOPIC, msgspec.json.encode(frame)])
        for room in rooms:
            if room.waves:
                waves, room.waves = room.waves, []
                if head.speed == 1:
                    self._end.send_multipart([wave_topic(room.config.id), msgspec.json.encode(_views(room, waves))])

    def snapshot(self) -> dict[str, Any]:
        """The whole state as of the last frame."""
        rooms = [msgspec.to_builtins(place) for place in (*self._sent.values(), self._house) if place]
        return {"boot": self._boot, "seq": self._seq, "at": self._at, "rooms": rooms}

    def close(self) -> None:
        """Release the port."""
        self._end.close()

    def _change(self, view: RoomView) -> dict[str, Any] | None:
        before = self._sent.get(view.id)
        if before is not None:
            view = structs.replace(view, numbers=_settled(view.numbers, before.numbers))
        self._sent[view.id] = view
        change = {
            name: getattr(view, name)
            for name in view.__struct_fields__
            if before is None or getattr(view, name) != getattr(before, name)
        }
        return {"id": view.id, **change} if change else None


def _settled(numbers: dict[Metric, NumberView], before: dict[Metric, NumberView]) -> dict[Metric, NumberView]:
    """Numbers where those that only became newer keep the time that was sent, until it is time to send it again."""
    return {metric: _older_if_same(number, before.get(metric)) for metric, number in numbers.items()}


def _older_if_same(number: NumberView, before: NumberView | None) -> NumberView:
    if before is None or number.at - before.at >= REFRESH:
        return number
    return before if structs.replace(number, at=before.at) == before else number


def _views(room: Room, waves: Iterable[Waveform]) -> list[WaveView]:
    return [WaveView(room.config.id, wave.start, wave.rate_hz, wave.full_scale, wave.samples) for wave in waves]
