"""``GET /live``: the stream of server-sent events that every open page reads."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from monitor.web.hub import Viewer
from monitor.web.streams import Streams

SEND_LIMIT_S = 15.0
"""A browser that takes nothing for this long has gone without saying so."""
HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"x-accel-buffering", b"no"),
]


class LiveStream(Response):
    """Hands a viewer's messages to its browser as they come."""

    def __init__(self, streams: Streams, room: str | None, cookies: Mapping[str, str]) -> None:
        super().__init__()
        self._streams = streams
        self._room = room
        self._cookies = cookies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        """Stream until the browser goes or falls too far behind."""
        viewer = await self._streams.open(self._room, self._cookies)
        gone = asyncio.create_task(self._until_gone(receive, viewer))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
            while (piece := await viewer.take()) is not None:
                async with asyncio.timeout(SEND_LIMIT_S):
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        except (TimeoutError, OSError):
            return
        except asyncio.CancelledError:
            # The process is about to stop: end the stream as a whole reply, so that browsers come back at once.
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            self._streams.close(viewer)

    @staticmethod
    async def _until_gone(receive: Receive, viewer: Viewer) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue
        viewer.let_go()


def live_route(streams: Streams, rooms: Collection[str]) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint for ``/live``; ``?room=<id>`` adds that room's waves."""

    async def live(request: Request) -> Response:
        room = request.query_params.get("room")
        if room is not None and room not in rooms:
            return PlainTextResponse("There is no such room.", status_code=404)
        return LiveStream(streams, room, request.cookies)

    return live
