from __future__ import annotations

import json
import os
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from devices.readings import SECOND
from monitor.clinic.events import NoteWritten, SessionOpened
from monitor.config import load
from monitor.record.writer import RecordWriter
from monitor.web.guard import SIGN_IN_PATHS
from monitor.web.server import create_app
from tests.web.running import BASE, ORIGIN, Running

CONFIG = """
[clinic]
name = "Test clinic"
station = "nurse 1"
[[rooms]]
id = "1"
name = "Room 1"
devices = [
  { name = "oximeter", protocol = "nonin_df7", port = "socket://127.0.0.1:9911" },
  { name = "cuff", protocol = "suntech_advantage", port = "socket://127.0.0.1:9912" },
]
simulation = { seed = 1 }
[[rooms]]
id = "2"
name = "Room 2"
devices = [{ name = "oximeter", protocol = "nonin_df7", port = "/dev/ttyUSB9" }]
"""


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    return tmp_path


@pytest.fixture
def web(clinic: Path) -> Iterator[Running]:
    app = create_app(load(clinic / "config.toml"), clinic)
    with Running(app) as client:
        yield client


def dash_call(output: str, source: str, value: object) -> dict[str, object]:
    target, name = source.split(".")
    return {"output": output, "inputs": [{"id": target, "property": name, "value": value}], "changedPropIds": [source]}


def page_of(web: Running, path: object) -> str:
    reply = web.post("/_dash-update-component", json=dash_call("page.children", "url.pathname", path), headers=ORIGIN)
    assert reply.status_code == 200, reply.text
    return json.dumps(reply.json(), separators=(",", ":"), ensure_ascii=False)


@pytest.mark.parametrize("path", ["/", "/room/1", "/room/2", "/sessions", "/alarms", "/simulate", "/sign-in"])
def test_every_page_can_be_the_first_that_is_asked_for(clinic: Path, path: str) -> None:
    app = create_app(load(clinic / "config.toml"), clinic)
    with Running(app) as web:
        reply = web.get(path)
    assert reply.status_code == 200
    assert "/assets/20-live.js" in reply.text, "a page without its script shows no alarm"
    assert "/assets/style.css" in reply.text
    assert "ticker.js" not in reply.text


def test_a_room_that_does_not_exist_is_said_plainly(web: Running) -> None:
    reply = web.get("/room/<script>")
    assert reply.status_code == 404
    assert "There is no room “&lt;script&gt;” in this clinic." in reply.text
    assert 'href="/"' in reply.text


@pytest.mark.parametrize(
    "path", ["/docs", "/redoc", "/openapi.json", "/docs/oauth2-redirect", "/_mcp", "/_reload-hash", "/nothing"]
)
def test_nothing_is_served_that_is_not_a_page(web: Running, path: str) -> None:
    assert web.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/room/9", "/health", "/assets/style.css", "/_dash-layout"])
def test_every_reply_carries_the_protecting_headers(web: Running, path: str) -> None:
    headers = web.get(path).headers
    policy = headers["content-security-policy"]
    assert re.search(r"script-src 'self' 'sha256-[^']+'(;|$| ')", policy)
    assert "unsafe-eval" not in policy
    for part in ("default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"):
        assert part in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    if not path.startswith("/assets/"):
        assert headers["cache-control"] == "no-store", "a page with patients must not stay in a cache"


def test_the_policy_allows_the_inline_script_that_dash_needs(web: Running) -> None:
    assert web.get("/").text.count("<script>") == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site", "Origin": BASE},
        {"Sec-Fetch-Site": "none"},
    ],
)
@pytest.mark.parametrize("path", ["/command", "/_dash-update-component", *sorted(SIGN_IN_PATHS)])
def test_another_site_cannot_press_our_buttons(web: Running, path: str, headers: dict[str, str]) -> None:
    reply = web.post(path, content=b'{"type":"PauseAudio"}', headers=headers)
    assert reply.status_code == 403


def test_a_name_that_was_pointed_at_this_computer_gets_nothing(web: Running) -> None:
    assert web.get("/", headers={"Host": "rebound.example"}).status_code == 421
    assert web.get("/", headers={"Host": "localhost:8050"}).status_code == 200
    assert web.get("/", headers={"Host": "[::1]:8050"}).status_code == 200


def test_a_clinic_that_listens_to_its_network_answers_to_its_name(clinic: Path) -> None:
    app = create_app(load(clinic / "config.toml"), clinic, "0.0.0.0")  # noqa: S104
    with Running(app) as web:
        assert web.get("/", headers={"Host": "chairside.clinic.example"}).status_code == 200


def test_a_huge_body_is_refused_however_it_comes(web: Running) -> None:
    huge = b"x" * (256 * 1024 + 1)
    assert web.post("/command", content=huge, headers=ORIGIN).status_code == 413

    async def in_pieces() -> AsyncIterator[bytes]:
        yield huge[:1000]
        yield huge

    assert web.post("/command", content=in_pieces(), headers=ORIGIN).status_code == 413


DEEP = b"[" * 60_000 + b"]" * 60_000
"""Small enough to be read, and deeper than a stack."""


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'{"type":"Nothing"}',
        b'{"type":"Acknowledge"}',
        b"\xff",
        b"[[[",
        DEEP,
        b'{"type":"PauseAudio","pin":' + DEEP + b"}",
        b'{"more":' + DEEP + b',"type":"PauseAudio","pin":"1234"}',
    ],
)
def test_a_broken_command_is_answered_with_a_sentence(web: Running, body: bytes) -> None:
    reply = web.post("/command", content=body, headers=ORIGIN)
    assert reply.status_code == 400
    outcome = reply.json()
    assert outcome["done"] is False
    assert outcome["text"].endswith(".")


def test_without_the_service_nothing_is_said_to_be_saved(web: Running) -> None:
    reply = web.post("/command", json={"type": "PauseAudio"}, headers=ORIGIN)
    assert reply.status_code == 503
    assert reply.json() == {
        "done": False,
        "text": "No answer in time: look at the timeline before you try again.",
        "field": None,
        "warnings": [],
        "snapshot": None,
    }


def test_health_answers_while_the_service_is_away(web: Running) -> None:
    assert web.get("/health").json() == {"ok": True, "service_age_s": None, "viewers": 0}


def test_an_unknown_room_has_no_live_channel(web: Running) -> None:
    assert web.get("/live?room=99").status_code == 404


def test_the_board_has_a_tile_for_every_room_that_leads_to_it(web: Running) -> None:
    board = page_of(web, "/")
    assert '"href":"/room/1"' in board
    assert '"href":"/room/2"' in board


def test_only_a_simulated_room_is_marked_and_can_be_given_faults(web: Running) -> None:
    assert "SIMULATED" in page_of(web, "/room/1")
    assert "SIMULATED" not in page_of(web, "/room/2")
    simulate = page_of(web, "/simulate")
    assert "Room 1" in simulate
    assert "Room 2" not in simulate


def test_a_room_page_offers_every_protocol_and_its_doses(web: Running) -> None:
    page = page_of(web, "/room/1")
    for words in ("esketamine_us", "esketamine_eu", "iv_ketamine", "84 mg", "0.5 mg/kg"):
        assert words in page, words


@pytest.mark.parametrize("path", [None, 5, ["/"], {"a": 1}, "//"])
def test_an_address_that_is_none_shows_the_board(web: Running, path: object) -> None:
    assert '"data-path":"/"' in page_of(web, path)


@pytest.mark.parametrize("path", ["/room/99", "/room", "x" * 1000, "/%", "/room/1/2"])
def test_an_unknown_address_is_said_and_never_shows_a_room(web: Running, path: str) -> None:
    page = page_of(web, path)
    assert '"data-path":"/"' not in page
    assert "data-room" not in page
    assert "There is no such page." in page


@pytest.mark.parametrize("path", ["/room/1/", "/room/%31", "/simulate/"])
def test_an_address_written_otherwise_leads_to_its_page(web: Running, path: str) -> None:
    assert web.get(path).status_code == 200
    assert f'"data-path":"{unquote(path).rstrip("/")}"' in page_of(web, path)


@pytest.mark.parametrize(
    "call",
    [
        {},
        [],
        {"output": "page.children", "inputs": []},
        dash_call("nothing.children", "url.pathname", "/"),
        dash_call("page.children", "url.search", "/"),
        dash_call("page.children", "other.pathname", "/"),
        {"output": ["page.children"], "inputs": "x"},
    ],
)
def test_no_other_callback_can_be_called(web: Running, call: object) -> None:
    assert web.post("/_dash-update-component", json=call, headers=ORIGIN).status_code == 400


@pytest.mark.parametrize("depth", [21, 500, 900, 960, 60_000])
def test_a_value_that_would_not_fit_on_a_stack_is_no_callback_of_ours(web: Running, depth: int) -> None:
    call = json.dumps(dash_call("page.children", "url.pathname", "here"))
    body = call.replace('"here"', "[" * depth + "]" * depth)
    headers = {**ORIGIN, "content-type": "application/json"}
    assert web.post("/_dash-update-component", content=body, headers=headers).status_code == 400


def test_every_callback_that_dash_knows_is_one_that_is_checked(web: Running) -> None:
    known = web.get("/_dash-dependencies").json()
    outputs = {each["output"] for each in known}
    alarms = "..alarm-figures.children...alarm-log.children...what-if-sessions.children.."
    trend, what_if = "..trend.figure...timeline.children..", "what-if-result.children"
    compare = "..compare-choices.children...compare.children.."
    session = "..session.children...session-rest.children.."
    checked = {"page.children", trend, alarms, what_if, "sessions.children", session, "review-drawn.data", compare}
    in_the_browser = {each["output"] for each in known if each["clientside_function"]}
    assert outputs - in_the_browser == checked
    assert len(in_the_browser) == 2, "nothing of these is asked of the server"


TREND = "..trend.figure...timeline.children.."


@pytest.mark.parametrize(
    "data",
    [
        None,
        "x",
        5,
        [],
        {},
        {"room": "1"},
        {"room": 1, "now": 1, "offset_min": 0},
        {"room": "1", "now": -1, "offset_min": 0},
        {"room": "1", "now": 1, "offset_min": 10**6},
        {"room": "1", "now": 2**60, "offset_min": 0},
    ],
)
def test_a_trend_that_nobody_could_want_is_answered_in_words(web: Running, data: object) -> None:
    reply = web.post("/_dash-update-component", json=dash_call(TREND, "trend-request.data", data), headers=ORIGIN)
    assert reply.status_code == 200
    assert "This cannot be drawn." in reply.text


def test_the_trend_and_timeline_come_from_the_record(clinic: Path, web: Running) -> None:
    now = 1_800_000_000 * SECOND
    writer = RecordWriter(clinic)
    try:
        writer.append_events(
            [
                SessionOpened(
                    at=now,
                    by="nurse 1",
                    room="1",
                    session="s1",
                    patient="K-1",
                    weight_kg=70,
                    protocol="iv_ketamine",
                    dose_mg=35,
                    cuff_interval_s=None,
                ),
                NoteWritten(at=now + 60 * SECOND, by="nurse 1", room="1", session="s1", text="Feels fine"),
            ]
        )
    finally:
        writer.close()
    web.sign_in(clinic)
    data = {"room": "1", "now": now + 120 * SECOND, "offset_min": 0}
    reply = web.post("/_dash-update-component", json=dash_call(TREND, "trend-request.data", data), headers=ORIGIN)
    response = reply.json()["response"]
    assert "Feels fine" in json.dumps(response["timeline"])
    assert response["trend"]["figure"]["layout"]["uirevision"] == "session"
    free = web.post(
        "/_dash-update-component",
        json=dash_call(TREND, "trend-request.data", {**data, "room": "2"}),
        headers=ORIGIN,
    )
    assert "No session is open here." in free.text


def test_a_record_that_cannot_be_read_is_said_not_shown_as_empty(clinic: Path, web: Running) -> None:
    web.sign_in(clinic)
    data = {"room": "1", "now": 1, "offset_min": 0}
    reply = web.post("/_dash-update-component", json=dash_call(TREND, "trend-request.data", data), headers=ORIGIN)
    assert reply.status_code == 200
    assert "The record cannot be read now" in reply.text


def test_no_script_asks_for_anything_from_elsewhere() -> None:
    assets = Path(__file__).parents[2] / "assets"
    for path in assets.rglob("*"):
        if path.suffix in {".js", ".css"}:
            text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
            assert "http://" not in text, path
            assert "https://" not in text, path
            assert len(text.splitlines()) < 300 or path.suffix == ".css", path
    assert os.access(assets / "icon.svg", os.R_OK)
