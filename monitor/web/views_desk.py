"""The views of the list of sessions that people save: ``/session-views`` and ``/session-views/remove``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar
from urllib.parse import parse_qsl

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from monitor.people.errors import NotAccepted, PeopleUnavailable
from monitor.people.saved_views import LONGEST_QUERY, SavedView, SavedViews
from monitor.people.sign_ins import Person
from monitor.service.messages import Outcome
from monitor.web.people import People
from monitor.web.session_search import search_of

SIGNED_OUT = "Sign in to use your views."
UNREADABLE = "This cannot be read."


class _Save(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(max_length=200)]
    query: Annotated[str, msgspec.Meta(max_length=LONGEST_QUERY)] = ""


class _Remove(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(max_length=200)]


class _Views(msgspec.Struct, frozen=True):
    views: list[SavedView]


_Body = TypeVar("_Body", _Save, _Remove)


class ViewsDesk:
    """Each person's own; nobody sees those of another."""

    def __init__(self, views: SavedViews, people: People) -> None:
        self._views = views
        self._people = people

    async def list_or_save(self, request: Request) -> Response:
        """``GET`` tells the views by name; ``POST`` saves one, and answers with an ``Outcome``."""
        return await self._answer(request, self._save if request.method == "POST" else self._list)

    async def remove(self, request: Request) -> Response:
        """``POST`` removes one; answers with an ``Outcome``."""
        return await self._answer(request, self._forget)

    async def _answer(
        self, request: Request, way: Callable[[Person, Request], Awaitable[Outcome | _Views]]
    ) -> Response:
        who = await self._people.who(request.cookies)
        if who.person is None or not who.may_act:
            return _reply(Outcome(False, SIGNED_OUT), 401)
        try:
            return _reply(await way(who.person, request), 200)
        except NotAccepted as refused:
            return _reply(Outcome(False, refused.text, refused.field), 409)
        except PeopleUnavailable as error:
            return _reply(Outcome(False, f"{error}. Tell an administrator."), 503)

    async def _list(self, person: Person, _: Request) -> _Views:
        return _Views(await asyncio.to_thread(self._views.of, person.user))

    async def _save(self, person: Person, request: Request) -> Outcome:
        given = await _body(request, _Save)
        search = search_of(dict(parse_qsl(given.query)))
        if search is None:
            raise NotAccepted("This view asks for something that the list does not know.", "name")
        await asyncio.to_thread(self._views.keep, person.user, given.name, search.query())
        return Outcome(True)

    async def _forget(self, person: Person, request: Request) -> Outcome:
        given = await _body(request, _Remove)
        await asyncio.to_thread(self._views.remove, person.user, given.name)
        return Outcome(True)


async def _body(request: Request, kind: type[_Body]) -> _Body:
    try:
        return msgspec.json.decode(await request.body(), type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotAccepted(UNREADABLE) from error


def _reply(answer: Outcome | _Views, status: int) -> Response:
    return Response(msgspec.json.encode(answer), status, media_type="application/json")
