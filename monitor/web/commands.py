"""``POST /command``: what people ask for, checked, handed to the service, answered in plain words."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from starlette.requests import Request as WebRequest
from starlette.responses import Response

from monitor.config import Role
from monitor.service.bus import BusAddress, BusUnavailable, ask, ask_simulator
from monitor.service.messages import AnyCommand, Outcome, Request, SetFault

AWAY = "No answer in time: look at the timeline before you try again."
"""Whether it was done is not known: a service that restarts or stalls may still have taken the command."""
DONE, UNREADABLE, REFUSED, UNAVAILABLE = 200, 400, 409, 503
_decoder: msgspec.json.Decoder[AnyCommand | SetFault] = msgspec.json.Decoder(AnyCommand | SetFault)
_PLACE = re.compile(r"`\$\.([\w.]+)`")
_MISSING = re.compile(r"missing required field `(\w+)`")


class Unreadable(Exception):
    """A command that is none, with the answer that says why."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.text)
        self.outcome = outcome


def decode(body: bytes) -> AnyCommand | SetFault:
    """The command in a request's body.

    Raises: Unreadable for an unknown type, a missing or unknown field, or a value of the wrong kind.
    """
    try:
        return _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise Unreadable(_explain(str(error))) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
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
    """Takes commands from browsers; ``station`` stands in the record as who asked, in ``role``."""

    def __init__(self, folder: Path, station: str, role: Role) -> None:
        self._folder = folder
        self._station = station
        self._role = role

    async def endpoint(self, request: WebRequest) -> Response:
        """Answer a POST with an ``Outcome`` as JSON."""
        try:
            command = decode(await request.body())
        except Unreadable as unreadable:
            return _reply(unreadable.outcome, UNREADABLE)
        try:
            outcome = await self.ask(command)
        except BusUnavailable:
            return _reply(Outcome(False, AWAY), UNAVAILABLE)
        return _reply(outcome, DONE if outcome.done else REFUSED)

    async def ask(self, command: AnyCommand | SetFault) -> Outcome:
        """What the service, or for a fault the simulator, answers.

        Raises: BusUnavailable without an answer in time.
        """
        address = BusAddress.load(self._folder)
        request = Request(self._station, command, self._role)
        if isinstance(command, SetFault):
            return await ask_simulator(address, request)
        return await ask(address, request)


def _reply(outcome: Outcome, status: int) -> Response:
    return Response(msgspec.json.encode(outcome), status, media_type="application/json")
