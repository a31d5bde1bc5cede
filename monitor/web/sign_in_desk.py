"""The ways in and out: ``POST /sign-in``, ``/sign-out``, ``/lock``, ``/unlock``, and ``/active`` after input."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from monitor.people.errors import NotAccepted, PeopleUnavailable
from monitor.people.roles import Role
from monitor.service.messages import Outcome
from monitor.web.people import COOKIE, People
from monitor.web.streams import Streams

DONE, UNREADABLE, REFUSED, UNAVAILABLE = 200, 400, 409, 503


class _SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By name and password, or with ``role`` by one click."""

    login: str = ""
    password: str = ""
    role: Role | None = None


class _Unlock(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pin: str


_Body = TypeVar("_Body", _SignIn, _Unlock)


class _Unreadable(Exception):
    """A body that no page of ours sends."""


class SignInDesk:
    """Answers with an ``Outcome``, as to a command. What changes at a browser is told to its streams at once; ``left``
    hears which user signed out.
    """

    def __init__(self, people: People, streams: Streams, left: Callable[[int], Awaitable[None]]) -> None:
        self._people = people
        self._streams = streams
        self._left = left

    def routes(self) -> dict[str, Callable[[Request], Awaitable[Response]]]:
        """The endpoint of every path."""
        ways = {
            "/sign-in": self._sign_in,
            "/sign-out": self._sign_out,
            "/lock": self._lock,
            "/unlock": self._unlock,
            "/active": self._active,
        }
        return {path: self._answering(way) for path, way in ways.items()}

    def _answering(self, way: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                return await way(request)
            except _Unreadable:
                return _reply(Outcome(False, "This cannot be read."), UNREADABLE)
            except NotAccepted as refused:
                return _reply(Outcome(False, refused.text, refused.field), REFUSED)
            except PeopleUnavailable as error:
                return _reply(Outcome(False, f"{error}. Tell an administrator."), UNAVAILABLE)

        return answer

    async def _sign_in(self, request: Request) -> Response:
        given = await _body(request, _SignIn)
        before = request.cookies.get(COOKIE)
        if given.role is not None:
            token = await self._people.sign_in_openly(given.role, before)
        else:
            token = await self._people.sign_in(given.login, given.password, before)
        await self._streams.look()
        reply = _reply(Outcome(True))
        secure = request.url.scheme == "https"
        reply.set_cookie(COOKIE, token, path="/", httponly=True, samesite="strict", secure=secure)
        return reply

    async def _sign_out(self, request: Request) -> Response:
        if (token := request.cookies.get(COOKIE)) is not None:
            who = await self._people.who(request.cookies)
            await self._people.sign_out(token)
            await self._streams.look()
            if who.person is not None:
                await self._left(who.person.user)
        reply = _reply(Outcome(True))
        reply.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
        return reply

    async def _lock(self, request: Request) -> Response:
        if (token := request.cookies.get(COOKIE)) is not None:
            await self._people.lock(token)
            await self._streams.look()
        return _reply(Outcome(True))

    async def _unlock(self, request: Request) -> Response:
        given = await _body(request, _Unlock)
        await self._people.unlock(request.cookies.get(COOKIE, ""), given.pin)
        await self._streams.look()
        return _reply(Outcome(True))

    async def _active(self, request: Request) -> Response:
        if (token := request.cookies.get(COOKIE)) is not None:
            await self._people.note_activity(token)
        return _reply(Outcome(True))


async def _body(request: Request, kind: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _Unreadable from error


def _reply(outcome: Outcome, status: int = DONE) -> Response:
    return Response(msgspec.json.encode(outcome), status, media_type="application/json")
