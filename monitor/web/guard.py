"""What stands in front of every route: which paths exist, who may post, how much, and the headers of every reply."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from monitor.clinic.session import PATIENT_CODE

LARGEST_BODY = 256 * 1024
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
DASH_CALLBACK = "/_dash-update-component"
SIGN_IN_PATHS = frozenset({"/sign-in", "/sign-out", "/lock", "/unlock", "/active"})
VIEW_PATHS = frozenset({"/session-views", "/session-views/remove"})
PLACES = frozenset({"/live", "/command", "/health", "/last-visit", "/_dash-layout", "/_dash-dependencies", *VIEW_PATHS})
OPEN_PATHS = SIGN_IN_PATHS | PLACES | {DASH_CALLBACK}
OPEN_FOLDERS = ("/assets/", "/_dash-component-suites/")
OF_A_SESSION = re.compile(r"/sessions/[0-9a-f]{1,64}(/[a-z]{2,12}\.(pdf|json|zip|txt|parquet)|/?)")
"""The page of a past session and its files; ``session_paths`` knows which sessions there are."""
OF_AN_EXPORT = re.compile(r"/exports(/[0-9a-f]{32}(/sessions\.zip|/stop)?)?")

OF_A_PATIENT = re.compile(rf"/compare/{PATIENT_CODE.pattern}/?")
"""The page that compares a patient's sessions. Whether there are any is told to those only who are signed in."""

NOT_FOUND = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Not found · Chairside</title>
<link rel="stylesheet" href="/assets/style.css"></head><body><main class="plain">
<h1>{title}</h1><p>{text}</p><p><a class="btn primary" href="/">Go to the board</a></p></main></body></html>"""


def content_policy(script_hashes: Collection[str]) -> str:
    """The Content-Security-Policy: nothing from elsewhere, no inline script but Dash's own."""
    return "; ".join(
        [
            "default-src 'self'",
            " ".join(["script-src 'self'", *script_hashes]),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ]
    )


def is_same_origin(headers: Headers) -> bool:
    """Whether the browser says that one of our own pages sent this."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc == headers.get("host")


def _host_name(host: str) -> str:
    return host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host


class Guard:
    """The outermost layer. ``pages`` are the paths of the app's pages; ``hosts`` the allowed Host names or ``None``
    for any; ``canonical`` turns the body of a Dash callback into one that is known to be well-formed, or ``None``.
    """

    def __init__(
        self,
        app: ASGIApp,
        pages: Collection[str],
        policy: str,
        hosts: Collection[str] | None,
        canonical: Callable[[bytes], bytes | None],
    ) -> None:
        self._app = app
        self._pages = pages
        self._hosts = hosts
        self._canonical = canonical
        self._headers = {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "X-Frame-Options": "DENY",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on with the headers added."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, self._with_headers(scope["path"], send))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refuse(scope)
        if refusal is None and scope["method"] == "POST":
            body = await self._read(scope, receive)
            if body is not None and scope["path"] == DASH_CALLBACK:
                body = self._canonical(body)
                refusal = None if body is not None else PlainTextResponse("Not a callback of this app.", 400)
            elif body is None:
                refusal = PlainTextResponse("The request is too large.", 413)
            receive = _replay(body or b"", receive)
        await (refusal or self._app)(scope, receive, send)

    def _refuse(self, scope: Scope) -> Response | None:
        headers = Headers(scope=scope)
        path = scope["path"]
        if self._hosts is not None and _host_name(headers.get("host", "")) not in self._hosts:
            return PlainTextResponse("This Chairside is only reachable from its own computer.", 421)
        if (
            (path.rstrip("/") or "/") not in self._pages
            and not OF_A_SESSION.fullmatch(path)
            and not OF_AN_EXPORT.fullmatch(path)
            and not OF_A_PATIENT.fullmatch(path)
            and path not in OPEN_PATHS
            and not path.startswith(OPEN_FOLDERS)
        ):
            return not_found(path)
        if scope["method"] not in {"GET", "HEAD", "POST"}:
            return PlainTextResponse("Method not allowed.", 405)
        if scope["method"] == "POST" and not is_same_origin(headers):
            return PlainTextResponse("Only Chairside's own pages may ask for this.", 403)
        return None

    @staticmethod
    async def _read(scope: Scope, receive: Receive) -> bytes | None:
        """The whole body, or ``None`` when it is too large."""
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdecimal() or int(announced) > LARGEST_BODY:
            return None
        body = b""
        more = True
        while more and len(body) <= LARGEST_BODY:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        return body if len(body) <= LARGEST_BODY else None

    def _with_headers(self, path: str, send: Send) -> Send:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                if not path.startswith(OPEN_FOLDERS):
                    headers["Cache-Control"] = "no-store"
                elif path.startswith("/assets/"):
                    headers["Cache-Control"] = "no-cache"
            await send(message)

        return sending


def _replay(body: bytes, receive: Receive) -> Receive:
    """``receive`` for an app that has yet to read the body which the guard has read."""
    waiting = [body]

    async def replaying() -> Message:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(), "more_body": False}
        return await receive()

    return replaying


def not_found(path: str) -> Response:
    """A plain page that says so and leads to the board."""
    if path.startswith("/room/"):
        room = html.escape(path.removeprefix("/room/"))
        text = f"There is no room “{room}” in this clinic."
        return HTMLResponse(NOT_FOUND.format(title="No such room", text=text), 404)
    if path.startswith("/sessions/"):
        text = "There is no such session in the record."
        return HTMLResponse(NOT_FOUND.format(title="No such session", text=text), 404)
    if path.startswith("/compare/"):
        text = "A patient code has 1 to 32 letters, digits, dots, dashes or spaces."
        return HTMLResponse(NOT_FOUND.format(title="No patient code", text=text), 404)
    return HTMLResponse(NOT_FOUND.format(title="No such page", text="There is nothing at this address."), 404)
