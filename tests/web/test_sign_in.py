"""The ways in and out, as a browser uses them; and what the record's pages tell to whom."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.readings import SECOND
from monitor.clinic.events import NoteWritten, SessionOpened
from monitor.config import load
from monitor.people.roles import ROLES
from monitor.people.sign_ins import OPEN_PIN
from monitor.people.users import Users
from monitor.record.writer import RecordWriter
from monitor.web.people import COOKIE
from monitor.web.server import create_app
from tests.people.test_users import AT, PASSWORD, PIN
from tests.web.running import BASE, ORIGIN, Running
from tests.web.test_server import CONFIG, TREND, dash_call, page_of

SIMULATED = CONFIG[: CONFIG.rindex("[[rooms]]")]
ALARMS = "..alarm-figures.children...alarm-log.children...what-if-sessions.children.."
NOW = 1_800_000_000 * SECOND
SECRET = "K-4711"  # noqa: S105 - a patient's code


def start(folder: Path, config: str) -> Running:
    path = folder / "config.toml"
    path.write_text(config, "utf-8")
    return Running(create_app(load(path), folder))


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Running]:
    """A clinic with a real room, a user, and a patient in the record."""
    Users(tmp_path).add("ward.a", "Nurse A", "nurse", PASSWORD, PIN, AT)
    opened = SessionOpened(
        at=NOW,
        by="Nurse A",
        room="1",
        session="s1",
        patient=SECRET,
        weight_kg=70,
        protocol="iv_ketamine",
        dose_mg=35,
        cuff_interval_s=None,
    )
    note = NoteWritten(at=NOW, by="Nurse A", room="1", session="s1", text=f"{SECRET} is calm")
    with RecordWriter(tmp_path) as writer:
        writer.append_events([opened, note])
    with start(tmp_path, CONFIG) as web:
        yield web


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[Running]:
    with start(tmp_path, SIMULATED) as web:
        yield web


def press(web: Running, path: str, body: object = None, status: int = 200) -> dict[str, object]:
    reply = web.post(path, json=body or {}, headers=ORIGIN)
    assert reply.status_code == status, reply.text
    outcome: dict[str, object] = reply.json()
    return outcome


def sign_in(web: Running) -> None:
    assert press(web, "/sign-in", {"login": "ward.a", "password": PASSWORD})["done"]


def note_is_taken(web: Running) -> bool:
    """Whether a command gets past the desk, here to a service that is away."""
    note = {"type": "WriteNote", "room": "1", "session": "s1", "text": "x"}
    status = web.post("/command", json=note, headers=ORIGIN).status_code
    assert status in {401, 503}
    return status == 503


def told(web: Running) -> str:
    """All that the record's callbacks answer to this browser."""
    trend = {"room": "1", "now": NOW + SECOND, "offset_min": 0}
    log = {"run": 1, "now": NOW + SECOND, "since": 0}
    what_if = {"run": 2, "now": NOW + SECOND, "sessions": ["s1"], "settings": {"SpO2.low": "88"}}
    calls = [
        dash_call(TREND, "trend-request.data", trend),
        dash_call(ALARMS, "alarm-log-request.data", log),
        dash_call("what-if-result.children", "what-if-request.data", what_if),
    ]
    replies = [web.post("/_dash-update-component", json=call, headers=ORIGIN) for call in calls]
    assert [reply.status_code for reply in replies] == [200] * 3
    return "".join(reply.text for reply in replies)


def test_the_record_is_shown_only_to_who_is_signed_in_and_there(real: Running) -> None:
    for token in (None, "", "forged"):
        real.cookies.clear()
        if token is not None:
            real.cookies.set(COOKIE, token, domain="127.0.0.1")
        assert SECRET not in told(real)
        assert told(real).count("Sign in to ") == 3
    sign_in(real)
    assert told(real).count(SECRET) >= 3
    press(real, "/lock")
    assert SECRET not in told(real)
    press(real, "/unlock", {"pin": PIN})
    assert SECRET in told(real)
    press(real, "/sign-out")
    assert SECRET not in told(real)


@pytest.mark.parametrize("path", ["/", "/room/1", "/alarms", "/sign-in", "/simulate"])
def test_no_page_tells_who_the_patients_are(real: Running, path: str) -> None:
    assert SECRET not in page_of(real, path)
    assert SECRET not in real.get(path).text


def test_the_cookie_is_kept_from_scripts_and_other_sites(real: Running) -> None:
    given = {"login": "ward.a", "password": PASSWORD}
    plain = real.post("/sign-in", json=given, headers=ORIGIN).headers["set-cookie"]
    assert {part.strip().lower() for part in plain.split(";")[1:]} == {"httponly", "path=/", "samesite=strict"}
    secure = BASE.replace("http", "https")
    safe = real.post(f"{secure}/sign-in", json=given, headers={"Origin": secure}).headers["set-cookie"]
    assert "secure" in safe.lower()


def test_signing_in_again_ends_the_token_before(real: Running) -> None:
    sign_in(real)
    before = real.cookies[COOKIE]
    sign_in(real)
    assert real.cookies[COOKIE] != before
    assert note_is_taken(real)
    real.cookies.clear()
    real.cookies.set(COOKIE, before, domain="127.0.0.1")
    assert not note_is_taken(real)


def test_a_locked_page_acts_again_after_the_pin(real: Running) -> None:
    sign_in(real)
    press(real, "/lock")
    press(real, "/active")
    assert not note_is_taken(real)
    wrong = press(real, "/unlock", {"pin": "9999"}, status=409)
    assert (wrong["done"], wrong["field"], wrong["text"]) == (False, "pin", "The PIN is wrong.")
    press(real, "/unlock", {"pin": PIN})
    assert note_is_taken(real)


def test_a_wrong_password_is_told_at_its_field_and_lets_nobody_in(real: Running) -> None:
    for login in ("ward.a", "nobody"):
        answer = press(real, "/sign-in", {"login": login, "password": "wrong password"}, status=409)
        assert (answer["text"], answer["field"]) == ("Name or password is wrong.", "password")
    assert COOKIE not in real.cookies


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"\xff", b'{"role":"doctor"}', b'{"login":1}', b'{"x":1}'])
@pytest.mark.parametrize("path", ["/sign-in", "/unlock"])
def test_what_no_page_sends_is_refused(real: Running, path: str, body: bytes) -> None:
    assert real.post(path, content=body, headers=ORIGIN).status_code == 400


@pytest.mark.parametrize("path", ["/sign-out", "/lock", "/active"])
def test_nobody_can_leave_without_harm(real: Running, path: str) -> None:
    assert press(real, path)["done"]
    assert press(real, "/unlock", {"pin": PIN}, status=409)["text"] == "Your sign-in is over: sign in again."


@pytest.mark.parametrize("role", ROLES)
def test_one_click_signs_in_where_every_room_is_simulated(simulated: Running, role: str) -> None:
    assert role.capitalize() in page_of(simulated, "/sign-in")
    assert OPEN_PIN in page_of(simulated, "/sign-in")
    assert press(simulated, "/sign-in", {"role": role})["done"]
    assert note_is_taken(simulated)
    press(simulated, "/lock")
    press(simulated, "/unlock", {"pin": OPEN_PIN})
    assert note_is_taken(simulated)


def test_beside_a_real_room_one_click_is_neither_offered_nor_taken(real: Running) -> None:
    assert OPEN_PIN not in page_of(real, "/sign-in")
    assert "Administrator" not in page_of(real, "/sign-in")
    assert "real devices" in str(press(real, "/sign-in", {"role": "nurse"}, status=409)["text"])
    assert not note_is_taken(real)


def test_a_file_of_people_that_cannot_be_used_is_told_and_silence_still_works(real: Running, tmp_path: Path) -> None:
    sign_in(real)
    (tmp_path / "people.sqlite3").write_bytes(b"damaged " * 1000)
    answer = press(real, "/sign-in", {"login": "ward.a", "password": PASSWORD}, status=503)
    assert "people.sqlite3" in str(answer["text"])
    note = {"type": "WriteNote", "room": "1", "session": "s1", "text": "x"}
    assert "people.sqlite3" in str(press(real, "/command", note, status=503)["text"])
    silence = press(real, "/command", {"type": "PauseAudio"}, status=503)
    assert "No answer in time" in str(silence["text"]), "it did not get as far as the service, which is away here"
