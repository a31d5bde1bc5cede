"""Who a request comes from. All waiting for the disk and for hashes happens in threads."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from devices.readings import Micros
from monitor.people.errors import PeopleUnavailable
from monitor.people.roles import Role
from monitor.people.sign_ins import Person, SignIns
from monitor.web.privacy import IDENTIFYING
from monitor.web.threads import Threads

COOKIE = "chairside"
AT_ONCE = 4
"""So many questions of sign-ins: one may be at a hash, and others wait for the disk."""

log = logging.getLogger(__name__)


class Who(msgspec.Struct, frozen=True):
    """Who uses a browser: ``None`` is nobody, or nobody can tell because of a ``problem``."""

    person: Person | None = None
    problem: str = ""

    @property
    def may_act(self) -> bool:
        """Whether somebody is signed in and has not left: then the screen also tells who the patients are."""
        return self.person is not None and not self.person.locked

    def view(self, lock_s: int) -> dict[str, Any]:
        """What the page's script is told: ``identifying`` are the members of a session that a locked page drops."""
        state = "nobody" if self.person is None else "locked" if self.person.locked else "in"
        name, role = (self.person.name, self.person.role) if self.person else ("", "")
        return {"state": state, "name": name, "role": role, "lock_s": lock_s, "identifying": IDENTIFYING}


NOBODY = Who()


def now() -> Micros:
    """The wall clock's time, by which sign-ins are counted."""
    return time.time_ns() // 1000


class People:
    """The sign-ins, for a web process. ``lock_s`` is after how many seconds without input a page locks.

    They have threads of their own: commands and locks wait for who it is, whatever is read of the record meanwhile.
    """

    def __init__(self, sign_ins: SignIns, lock_s: int) -> None:
        self._sign_ins = sign_ins
        self.lock_s = lock_s
        self._threads = Threads("people", AT_ONCE)
        self._one_hash = asyncio.Lock()
        """One at a time: many tries at once take no memory and no threads from the live screens."""

    async def who(self, cookies: Mapping[str, str]) -> Who:
        """Who sent these cookies."""
        token = cookies.get(COOKIE)
        return NOBODY if token is None else (await self.all([token]))[token]

    async def all(self, tokens: Collection[str]) -> dict[str, Who]:
        """Who holds each of these tokens. While that cannot be known nobody does, so that nothing is told."""
        if not tokens:
            return {}
        try:
            found = await self._threads.run(self._sign_ins.people, tokens, now())
        except PeopleUnavailable as error:
            log.warning("%s", error)
            return dict.fromkeys(tokens, Who(problem=f"{error}. Tell an administrator."))
        return {token: Who(found.get(token)) for token in tokens}

    async def sign_in(self, login: str, password: str, before: str | None) -> str:
        """A new token; raises as ``SignIns.sign_in``."""
        async with self._one_hash:
            return await self._threads.run(self._sign_ins.sign_in, login, password, now(), before)

    async def sign_in_openly(self, role: Role, before: str | None) -> str:
        """A new token; raises as ``SignIns.sign_in_openly``."""
        async with self._one_hash:
            return await self._threads.run(self._sign_ins.sign_in_openly, role, now(), before)

    async def check_pin(self, token: str, pin: str) -> None:
        """Raises as ``SignIns.check_pin``."""
        async with self._one_hash:
            await self._threads.run(self._sign_ins.check_pin, token, pin, now())

    async def unlock(self, token: str, pin: str) -> None:
        """Raises as ``SignIns.unlock``."""
        async with self._one_hash:
            await self._threads.run(self._sign_ins.unlock, token, pin, now())

    async def lock(self, token: str) -> None:
        """Raises as ``SignIns.lock``."""
        await self._threads.run(self._sign_ins.lock, token, now())

    async def sign_out(self, token: str) -> None:
        """Raises as ``SignIns.sign_out``."""
        await self._threads.run(self._sign_ins.sign_out, token)

    async def note_activity(self, token: str) -> None:
        """Raises as ``SignIns.note_activity``."""
        await self._threads.run(self._sign_ins.note_activity, token, now())

    def close(self) -> None:
        """No more questions."""
        self._threads.close()
