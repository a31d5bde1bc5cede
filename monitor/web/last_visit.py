"""``GET /last-visit?patient=CODE``: what a returning patient's last session says of them, to be offered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from monitor.clinic.refusal import Refused
from monitor.record.reader import RecordReader
from monitor.service.past import RecordedPast
from monitor.web.people import People

SIGN_IN = "Sign in to see what is known of a patient."


def last_visit_route(reader: RecordReader, people: People) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint. The answer is ``null`` at a first visit; it is for people who are signed in."""
    past = RecordedPast(reader)

    async def last_visit(request: Request) -> Response:
        if not (await people.who(request.cookies)).may_act:
            return PlainTextResponse(SIGN_IN, 401)
        patient = request.query_params.get("patient", "").strip()
        try:
            visit = await asyncio.to_thread(past.last_visit, patient)
        except Refused as refused:
            return PlainTextResponse(refused.text, 503)
        return Response(msgspec.json.encode(visit), media_type="application/json")

    return last_visit
