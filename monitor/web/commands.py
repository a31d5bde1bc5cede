"""``POST /command``: what people ask for, checked, handed to the service, answered in plain words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
from starlette.requests import Request as WebRequest
from starlette.responses import Response

from monitor.config import Config
from monitor.people.errors import NotAccepted, PeopleUnavailable
from monitor.service.bus import BusAddress, BusUnavailable, ask, ask_simulator
from monitor.service.messages import (
    AnyCommand,
    CancelCuff,
    ChainSeen,
    GetSnapshot,
    Outcome,
    PauseAudio,
    Request,
    SetFault,
)
from monitor.web.people import COOKIE, People, Who
from monitor.web.privacy import without_identity

AWAY = "No answer in time: look at the timeline before you try again."
"""Whether it was done is not known: a service that restarts or stalls may still have taken the command."""
SIGN_IN_FIRST = "Sign in first: the button is in the top bar. Nothing was done."
UNLOCK_FIRST = "Sign in first: this page is locked, give your PIN in the top bar. Nothing was done."
REAL_ROOMS = "In a clinic with real rooms only a tester or an administrator plays faults. Nothing was done."
DONE, UNREADABLE, NOT_SIGNED_IN, REFUSED, UNAVAILABLE = 200, 400, 401, 409, 503
FOR_EVERYBODY = (PauseAudio, CancelCuff, ChainSeen, GetSnapshot)
"""What whoever is there may ask for: to silence, to deflate, and what pages ask for by themselves."""
NO_ROLE = "nobody"
PLAYERS = ("tester", "administrator")
_decoder: msgspec.json.Decoder[AnyCommand | SetFault] = msgspec.json.Decoder(AnyCommand | SetFault)
_PLACE = re.compile(r"`\$\.([\w.]+)`")
_MISSING = re.compile(r"missing required field `(\w+)`")


class Unreadable(Exception):
    """A command that is none, with the answer that says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


def without_pin(body: bytes) -> tuple[bytes, str | None]:
    """The command's own JSON, and the PIN that came beside it: it goes no further than this process.

    Raises: Unreadable for a PIN that is no text.
    """
    try:
        members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body, None
    if "pin" not in members:
        return body, None
    try:
        pin = msgspec.json.decode(members.pop("pin"), type=str)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Unreadable(Outcome(False, "The PIN is not valid.", "pin")) from error
    return msgspec.json.encode(members), pin


def decode(body: bytes) -> AnyCommand | SetFault:
    """The command in a request's body.

    Raises: Unreadable for an unknown type, a missing or unknown field, or a value of the wrong kind.
    """
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Unreadable(_explain(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(Outcome(False, "The command is not valid JSON.")) from error


def _explain(problem: str) -> Outcome:
    place = _PLACE.search(problem)
    if missing := _MISSING.search(problem):
        field = f"{place[1]}.{missing[1]}" if place else missing[1]
        return Outcome(False, f"{_words(missing[1])} is missing.", field)
    if place and place[1] != "type":
        return Outcome(False, f"{_words(place[1].rpartition('.')[2])} is not valid.", place[1])
    return Outcome(False, "There is no such command.")


def _words(field: str) -> str:
    return field.replace("_", " ").capitalize()


class CommandDesk:
    """Takes commands from browsers, in the name of who is signed in there."""

    def __init__(self, folder: Path, config: Config, people: People) -> None:
        self._folder = folder
        self._station = config.clinic.station
        self._all_simulated = config.all_simulated
        self._people = people

    async def endpoint(self, request: WebRequest) -> Response:
        """Answer a POST with an ``Outcome`` as JSON."""
        try:
            body, pin = without_pin(await request.body())
            command = decode(body)
        except Unreadable as unreadable:
            return _reply(unreadable.outcome, UNREADABLE)
        who = await self._people.who(request.cookies)
        if not who.may_act and not isinstance(command, FOR_EVERYBODY):
            return _turned_away(who)
        try:
            return await self._done(command, pin, who, request.cookies)
        except NotAccepted as refused:
            return _reply(Outcome(False, refused.text, refused.field), REFUSED)
        except PeopleUnavailable as error:
            return _reply(Outcome(False, f"{error}. Nothing was done."), UNAVAILABLE)
        except BusUnavailable:
            return _reply(Outcome(False, AWAY), UNAVAILABLE)

    async def _done(
        self, command: AnyCommand | SetFault, pin: str | None, who: Who, cookies: Mapping[str, str]
    ) -> Response:
        person = who.person
        if person is None or not who.may_act:
            return _reply_of(_without_identity(await self.ask(Request(self._station, command, NO_ROLE))))
        if isinstance(command, SetFault) and not self._all_simulated and person.role not in PLAYERS:
            raise NotAccepted(REAL_ROOMS)
        if pin is not None:
            await self._people.check_pin(cookies[COOKIE], pin)
        if not isinstance(command, FOR_EVERYBODY):
            await self._people.note_activity(cookies[COOKIE])
        return _reply_of(await self.ask(Request(person.name, command, person.role, signed=pin is not None)))

    async def ask(self, request: Request) -> Outcome:
        """What the service, or for a fault the simulator, answers.

        Raises: BusUnavailable without an answer in time.
        """
        address = BusAddress.load(self._folder)
        return await (ask_simulator if isinstance(request.command, SetFault) else ask)(address, request)


def _turned_away(who: Who) -> Response:
    if who.problem:
        return _reply(Outcome(False, who.problem), UNAVAILABLE)
    return _reply(Outcome(False, SIGN_IN_FIRST if who.person is None else UNLOCK_FIRST), NOT_SIGNED_IN)


def _without_identity(outcome: Outcome) -> Outcome:
    if outcome.snapshot is None:
        return outcome
    rooms = without_identity(outcome.snapshot["rooms"])
    return msgspec.structs.replace(outcome, snapshot=outcome.snapshot | {"rooms": rooms})


def _reply_of(outcome: Outcome) -> Response:
    return _reply(outcome, DONE if outcome.done else REFUSED)


def _reply(outcome: Outcome, status: int) -> Response:
    return Response(msgspec.json.encode(outcome), status, media_type="application/json")
