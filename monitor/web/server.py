"""One web process: the Dash app, the live channel and the commands on one FastAPI server."""

from __future__ import annotations

import argparse
import asyncio
import gc
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import uvicorn
from dash import Dash
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from devices.readings import NOT_LIVE, SECOND, Metric, Micros, Numeric
from monitor import config as clinic_config
from monitor.config import Config
from monitor.lifeline import follow_parent
from monitor.people.saved_views import SavedViews
from monitor.people.sign_ins import SignIns
from monitor.record.errors import RecordError
from monitor.record.reader import RecordReader
from monitor.web.alarm_desk import AlarmDesk
from monitor.web.callbacks import canonical, register
from monitor.web.charts import Charts
from monitor.web.commands import CommandDesk
from monitor.web.compare.desk import CompareDesk
from monitor.web.compare.page import compare_page_at
from monitor.web.exports_desk import ExportsDesk, routes
from monitor.web.guard import LOOPBACK_HOSTS, Guard, content_policy
from monitor.web.history import CURVES, LENGTH
from monitor.web.hub import Hub
from monitor.web.last_visit import last_visit_route
from monitor.web.live import live_route
from monitor.web.markup import lighten
from monitor.web.pages.alarms import alarms_page
from monitor.web.pages.bedside import bedside
from monitor.web.pages.board import board
from monitor.web.pages.nowhere import nowhere
from monitor.web.pages.room import room_page
from monitor.web.pages.session import session_page_at
from monitor.web.pages.sessions import sessions_page
from monitor.web.pages.sign_in import sign_in_page
from monitor.web.pages.simulate import simulate
from monitor.web.people import People
from monitor.web.review.desk import ReviewDesk
from monitor.web.session_paths import KnownSessions
from monitor.web.sessions_desk import SessionsDesk
from monitor.web.shell import layout
from monitor.web.sign_in_desk import SignInDesk
from monitor.web.streams import Streams
from monitor.web.threads import Threads
from monitor.web.views_desk import ViewsDesk

ASSETS = Path(__file__).resolve().parents[2] / "assets"
READ_AT_ONCE = 2
"""Readers of the record, for pages and files: more would keep the live screens from their turn."""
INDEX = """<!doctype html>
<html lang="en">
  <head>
    {%metas%}
    <title>Chairside</title>
    <link rel="icon" type="image/svg+xml" href="/assets/icon.svg">
    {%css%}
  </head>
  <body>
    {%app_entry%}
    <footer>{%config%}{%scripts%}{%renderer%}</footer>
  </body>
</html>"""


def create_app(config: Config, folder: Path, host: str = "127.0.0.1") -> FastAPI:
    """The web server of the clinic ``config`` whose record and bus are in ``folder``. On a loopback ``host`` it answers
    to loopback names only, so that no site elsewhere can reach it through a name of its own.
    """
    rooms = [room.id for room in config.rooms]
    hub = Hub(folder, rooms)
    reader = RecordReader(folder)
    lock_s = config.clinic.lock_min * 60
    people = People(SignIns(folder, lock_s * SECOND, is_open=config.open_sign_in), lock_s)
    streams = Streams(hub, people)
    readers, replays = Threads("reader", READ_AT_ONCE), Threads("replay", 1)
    exports = ExportsDesk(reader, config, folder, people, readers)
    running = _running(hub, streams, reader, rooms, exports, (people.close, readers.close, replays.close))
    server = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, lifespan=running, title="Chairside")
    server.router.add_route("/live", live_route(streams, frozenset(rooms)), methods=["GET"])
    server.router.add_route("/command", CommandDesk(folder, config, people).endpoint, methods=["POST"])
    server.router.add_route("/last-visit", last_visit_route(reader, people), methods=["GET"])
    for path, endpoint in SignInDesk(people, streams, exports.jobs.forget).routes().items():
        server.router.add_route(path, endpoint, methods=["POST"])
    views = ViewsDesk(SavedViews(folder), people)
    server.router.add_route("/session-views", views.list_or_save, methods=["GET", "POST"])
    server.router.add_route("/session-views/remove", views.remove, methods=["POST"])
    server.router.add_route("/health", _health(hub), methods=["GET"])
    pages = page_functions(config)
    sessions = SessionsDesk(reader, config)
    for path, endpoint, method in routes(exports):
        server.router.add_route(path, endpoint, methods=[method])
    dash = _dash(config, server)
    charts = Charts(reader, config.protocols)
    desks = (AlarmDesk(reader, config), sessions, CompareDesk(reader, config), ReviewDesk(reader, config))
    register(dash, partial(page_at, pages), charts, *desks, people, readers, replays)
    # Dash does this at the first request for "/"; when a room's page is asked for first, it would lack its scripts.
    dash._setup_server()  # noqa: SLF001
    server.add_middleware(KnownSessions, reader=reader)
    server.add_middleware(
        Guard,
        pages=frozenset(pages),
        policy=content_policy(dash.csp_hashes()),
        hosts=LOOPBACK_HOSTS if host in {"127.0.0.1", "localhost", "::1"} else None,
        canonical=canonical,
    )
    return server


def page_functions(config: Config) -> dict[str, Callable[[], Any]]:
    """The page of every path there is."""
    pages: dict[str, Callable[[], Any]] = {
        "/": partial(board, config),
        "/sessions": partial(sessions_page, config),
        "/alarms": partial(alarms_page, config),
        "/sign-in": partial(sign_in_page, config),
    }
    for room in config.rooms:
        pages[f"/room/{room.id}"] = partial(room_page, config, room)
        pages[f"/bedside/{room.id}"] = partial(bedside, room)
    if any(room.simulated for room in config.rooms):
        pages["/simulate"] = partial(simulate, config)
    return pages


def clean(path: str) -> str:
    """An address however it is written: percent signs decoded, no slash at the end."""
    return unquote(path).rstrip("/") or "/"


def page_at(pages: Mapping[str, Callable[[], Any]], path: str) -> Any:
    """The page at an address, or the one that says that there is none."""
    page = pages.get(clean(path)) or session_page_at(clean(path)) or compare_page_at(path)
    return lighten(page() if page is not None else nowhere(clean(path)))


def _dash(config: Config, server: FastAPI) -> Dash:
    app = Dash(
        __name__,
        server=server,
        backend="fastapi",
        assets_folder=str(ASSETS),
        assets_path_ignore=["worker"],
        index_string=INDEX,
        suppress_callback_exceptions=True,
        enable_mcp=False,
        title="Chairside",
        update_title="",
        add_log_handler=False,
    )
    app.backend.websocket_capability = False
    app.layout = lighten(layout(config))
    return app


def _running(
    hub: Hub,
    streams: Streams,
    reader: RecordReader,
    rooms: list[str],
    exports: ExportsDesk,
    closing: Sequence[Callable[[], None]],
) -> Callable[[FastAPI], Any]:
    @asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        work = (hub.run(), streams.run(), _recall(hub, reader, rooms))
        tasks = [asyncio.create_task(each) for each in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await exports.jobs.close()
            for close in closing:
                close()
            reader.close()

    return running


async def _recall(hub: Hub, reader: RecordReader, rooms: list[str]) -> None:
    """Fill the small curves from the record. A record that cannot be read leaves them to begin with the next frames."""
    since = time.time_ns() // 1000 - LENGTH * SECOND
    for room in rooms:
        with suppress(RecordError):
            for at, values in (await asyncio.to_thread(_seconds, reader, room, since)).items():
                hub.recall(room, at * SECOND, values)


def _seconds(reader: RecordReader, room: str, since: Micros) -> dict[int, dict[str, float | None]]:
    seconds: dict[int, dict[str, float | None]] = defaultdict(dict)
    for reading in reader.tail(room, since):
        if isinstance(reading, Numeric) and reading.metric in CURVES and not reading.quality & NOT_LIVE:
            seconds[reading.at // SECOND][Metric(reading.metric)] = reading.value
    return seconds


def _health(hub: Hub) -> Callable[[Request], Any]:
    async def health(_: Request) -> Response:
        return JSONResponse(hub.health())

    return health


def main() -> None:
    """Run one web process."""
    parser = argparse.ArgumentParser(prog="python -m monitor.web", description="The web side of Chairside.")
    parser.add_argument("--config", type=Path, default=Path("config.toml"), help="the clinic's configuration")
    parser.add_argument("--data", type=Path, default=Path("data"), help="the folder of the record and the bus")
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=int, default=8050, help="the port to listen on")
    given = parser.parse_args()
    try:
        config = clinic_config.load(given.config)
    except clinic_config.ConfigError as error:
        parser.error(str(error))
    app = create_app(config, given.data, given.host)
    follow_parent()
    # What is there now stays: to look through it for garbage again and again stops every live screen for a moment.
    gc.collect()
    gc.freeze()
    uvicorn.run(
        app,
        host=given.host,
        port=given.port,
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
