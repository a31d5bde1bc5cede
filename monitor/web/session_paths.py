"""Addresses of sessions: one that is not in the record is answered as such before any page is made."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from monitor.record.errors import RecordError
from monitor.record.reader import RecordReader
from monitor.web.guard import OF_A_SESSION, not_found


class KnownSessions:
    """Stands inside the guard. While the record cannot be read, the page itself says so."""

    def __init__(self, app: ASGIApp, reader: RecordReader) -> None:
        self._app = app
        self._reader = reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        path = scope.get("path", "")
        if scope["type"] != "http" or not OF_A_SESSION.fullmatch(path) or await self._is_known(path.split("/")[2]):
            await self._app(scope, receive, send)
        else:
            await not_found(path)(scope, receive, send)

    async def _is_known(self, session: str) -> bool:
        try:
            return await asyncio.to_thread(self._reader.session, session) is not None
        except RecordError:
            return True
