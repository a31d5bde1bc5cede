"""Whose browser each live stream goes to. A person who locks, leaves or comes back changes what a stream tells, not the
stream: numbers and alarms go on without a gap.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import msgspec

from monitor.web.hub import Hub, Viewer, message
from monitor.web.people import COOKIE, NOBODY, People, Who

LOOK_EVERY_S = 2.0
"""So late at most a stream learns of an idle page, or of a user whom the command line disabled."""


class Streams:
    """Every open stream, the token that its browser held when it opened it, and who that is."""

    def __init__(self, hub: Hub, people: People) -> None:
        self._hub = hub
        self._people = people
        self._open: dict[Viewer, tuple[str | None, Who]] = {}

    async def open(self, room: str | None, cookies: Mapping[str, str]) -> Viewer:
        """A new stream; it says at its beginning who it is for."""
        who = await self._people.who(cookies)
        viewer = self._hub.attach(room, identified=who.may_act)
        self._open[viewer] = (cookies.get(COOKIE), who)
        viewer.offer(self._told(who))
        return viewer

    def close(self, viewer: Viewer) -> None:
        """The browser has gone."""
        self._open.pop(viewer, None)
        self._hub.detach(viewer)

    async def look(self) -> None:
        """See who it is now at every browser, and tell those streams for which that has changed."""
        found = await self._people.all({token for token, _ in self._open.values() if token is not None})
        for viewer, (token, before) in list(self._open.items()):
            who = NOBODY if token is None else found.get(token, before)
            if who != before:
                self._open[viewer] = (token, who)
                self._hub.reveal(viewer, self._told(who), identified=who.may_act)

    async def run(self) -> None:
        """Look again and again until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            await self.look()

    def _told(self, who: Who) -> bytes:
        return message("person", msgspec.json.encode(who.view(self._people.lock_s)))
