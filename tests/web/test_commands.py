from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request as WebRequest

from devices.readings import SECOND
from monitor.clinic.events import Phase
from monitor.config import load
from monitor.people.roles import ROLES, Role
from monitor.people.sign_ins import OPEN_PIN, SignIns
from monitor.service.bus import BusAddress, CommandServer
from monitor.service.messages import (
    Acknowledge,
    EnterPhase,
    Outcome,
    PauseAudio,
    Request,
    SetCuffInterval,
    SetFault,
    SetLimits,
    WriteNote,
)
from monitor.web.commands import CommandDesk, Unreadable, decode
from monitor.web.people import COOKIE, People, now

SHIPPED = Path(__file__).parents[2] / "config.toml"


@pytest.mark.parametrize(
    ("body", "command"),
    [
        (
            b'{"type":"Acknowledge","room":"1","session":"a","conditions":["SpO2.low"]}',
            Acknowledge(room="1", session="a", conditions=["SpO2.low"]),
        ),
        (b'{"type":"PauseAudio"}', PauseAudio()),
        (
            b'{"type":"EnterPhase","room":"1","session":"s1","phase":"dosing"}',
            EnterPhase(room="1", session="s1", phase=Phase.DOSING),
        ),
        (
            b'{"type":"SetCuffInterval","room":"1","session":"s1","minutes":null}',
            SetCuffInterval(room="1", session="s1", minutes=None),
        ),
        (
            b'{"type":"SetLimits","room":"1","session":"s1","settings":{"SpO2.low":88,"SpO2.low.area":null}}',
            SetLimits(room="1", session="s1", settings={"SpO2.low": 88, "SpO2.low.area": None}),
        ),
        (
            b'{"type":"SetFault","room":"1","device":"cuff","fault":"unplug","active":true}',
            SetFault(room="1", device="cuff", fault="unplug", active=True),
        ),
    ],
)
def test_a_button_asks_for_what_it_says(body: bytes, command: object) -> None:
    assert decode(body) == command


@pytest.mark.parametrize(
    ("body", "field", "text"),
    [
        (b'{"type":"StartSession","room":"1","patient":"K","protocol":"x","dose_mg":1}', "weight_kg", "is missing"),
        (
            b'{"type":"StartSession","room":"1","patient":"K","protocol":"x","dose_mg":1,"weight_kg":"x"}',
            "weight_kg",
            "is not valid",
        ),
        (b'{"type":"EnterPhase","room":"1","session":"s1","phase":"nonsense"}', "phase", "is not valid"),
        (b'{"type":"WriteNote","room":"1","text":"x"}', "session", "is missing"),
        (b'{"type":"Acknowledge","room":"1","session":null}', "conditions", "is missing"),
        (b'{"type":"LaunchRocket"}', None, "no such command"),
        (b'{"type":"PauseAudio","for":"ever"}', None, "no such command"),
        (b"{}", None, ""),
        (b"[1,2]", None, "no such command"),
        (b"not json", None, "not valid JSON"),
        (b"\xff\xfe", None, "not valid JSON"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(body: bytes, field: str | None, text: str) -> None:
    with pytest.raises(Unreadable) as refused:
        decode(body)
    outcome = refused.value.outcome
    assert not outcome.done
    assert text in outcome.text
    assert outcome.text.endswith(".")
    assert "\n" not in outcome.text
    assert field is None or outcome.field == field


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_nothing_that_a_browser_can_send_breaks_the_decoder(body: bytes) -> None:
    with pytest.raises(Unreadable):
        decode(body)


class Ward:
    """The service's end of the bus, and the desk that browsers press buttons at. Room 2 is real when ``real``."""

    def __init__(self, folder: Path, *, real: bool = False) -> None:
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
        address = BusAddress.create(folder)
        self._service = CommandServer(context, address.commands_port, address)
        config = load(SHIPPED)
        if real:
            rooms = [msgspec.structs.replace(config.rooms[0], simulation=None), *config.rooms[1:]]
            config = msgspec.structs.replace(config, rooms=rooms)
        self.sign_ins = SignIns(folder, 600 * SECOND, is_open=True)
        self._desk = CommandDesk(folder, config, People(self.sign_ins, 600))

    def enter(self, role: Role = "nurse") -> str:
        return self.sign_ins.sign_in_openly(role, now())

    def press(self, body: dict[str, Any], token: str | None = None) -> tuple[int, dict[str, Any], list[Request]]:
        """Status and answer, and what the service was asked."""
        headers = [] if token is None else [(b"cookie", f"{COOKIE}={token}".encode())]

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": json.dumps(body).encode()}

        async def scene() -> tuple[int, dict[str, Any], list[Request]]:
            asked = []
            pressing = asyncio.create_task(
                self._desk.endpoint(WebRequest({"type": "http", "headers": headers}, receive))
            )
            async with asyncio.timeout(10):
                while not pressing.done():
                    await asyncio.sleep(0.001)
                    if (waiting := self._service.waiting(0)) is not None:
                        caller, request = waiting
                        asked.append(request)
                        self._service.answer(caller, Outcome(True, snapshot=SNAPSHOT))
            reply = await pressing
            return reply.status_code, json.loads(bytes(reply.body)), asked

        return asyncio.run(scene())

    def close(self) -> None:
        self._service.close()


SNAPSHOT = {"boot": "a", "seq": 1, "rooms": [{"id": "1", "session": {"id": "s1", "patient": "K-4711"}}]}
NOTE = {"type": "WriteNote", "room": "1", "session": "s1", "text": "calm"}
FAULT = {"type": "SetFault", "room": "1", "device": "cuff", "fault": "unplug", "active": True}


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    ward = Ward(tmp_path)
    yield ward
    ward.close()


def test_the_service_is_told_who_asks_and_in_which_role(ward: Ward) -> None:
    status, answer, asked = ward.press(NOTE, ward.enter("clinician"))
    assert (status, answer["done"]) == (200, True)
    note = WriteNote(room="1", session="s1", text="calm")
    assert asked == [Request("clinician 1", note, "clinician")], "what needs a role would be refused, or allowed"


@pytest.mark.parametrize("token", [None, "", "forged"])
def test_without_a_sign_in_nothing_but_silence_is_done_and_it_is_said(ward: Ward, token: str | None) -> None:
    status, answer, asked = ward.press(NOTE, token)
    assert (status, answer["done"], asked) == (401, False, [])
    assert answer["text"].startswith("Sign in first: ")
    for body in (
        {"type": "PauseAudio"},
        {"type": "CancelCuff", "room": "1"},
        {"type": "ChainSeen", "test": "t", "ms": 1},
    ):
        status, answer, asked = ward.press(body, token)
        assert (status, answer["done"]) == (200, True), "whoever is there must be able to do this"
        assert [(request.by, request.role, request.signed) for request in asked] == [
            ("nurses' station", "nobody", False)
        ]


def test_a_locked_page_does_no_more_than_one_where_nobody_is_signed_in(ward: Ward) -> None:
    token = ward.enter()
    ward.sign_ins.lock(token, now())
    status, answer, asked = ward.press(NOTE, token)
    assert (status, asked) == (401, [])
    assert answer["text"].startswith("Sign in first: this page is locked")
    _, _, asked = ward.press({"type": "PauseAudio"}, token)
    assert asked[0].by == "nurses' station", "it was not the nurse who went away"


def test_who_the_patients_are_is_in_no_answer_to_nobody(ward: Ward) -> None:
    _, answer, _ = ward.press({"type": "GetSnapshot"})
    assert answer["snapshot"]["rooms"][0]["session"] == {"id": "s1", "patient": "", "hidden": True}
    _, answer, _ = ward.press({"type": "GetSnapshot"}, ward.enter())
    assert answer["snapshot"] == SNAPSHOT


def test_a_command_is_signed_by_the_right_pin_which_goes_no_further(ward: Ward) -> None:
    token = ward.enter()
    _, answer, asked = ward.press(NOTE | {"pin": OPEN_PIN}, token)
    assert answer["done"]
    assert [request.signed for request in asked] == [True]
    assert OPEN_PIN not in repr(asked)
    _, _, asked = ward.press(NOTE, token)
    assert [request.signed for request in asked] == [False]


@pytest.mark.parametrize(("pin", "status"), [("9999", 409), ("", 409), (1234, 400), (None, 400)])
def test_a_wrong_pin_does_nothing_and_is_told_at_its_field(ward: Ward, pin: object, status: int) -> None:
    told, answer, asked = ward.press(NOTE | {"pin": pin}, ward.enter())
    assert (told, answer["done"], answer["field"], asked) == (status, False, "pin", [])


def test_guessing_a_pin_has_to_wait(ward: Ward) -> None:
    token = ward.enter()
    for _ in range(3):
        ward.press(NOTE | {"pin": "9999"}, token)
    _, answer, asked = ward.press(NOTE | {"pin": OPEN_PIN}, token)
    assert "try again in" in answer["text"]
    assert asked == []


@pytest.mark.parametrize("role", ["nurse", "clinician"])
def test_beside_real_patients_only_testers_play_faults(tmp_path: Path, role: Role) -> None:
    ward = Ward(tmp_path, real=True)
    try:
        status, answer, _ = ward.press(FAULT, ward.enter(role))
        assert (status, answer["done"]) == (409, False)
        assert "only a tester or an administrator" in answer["text"]
        for player in ("tester", "administrator"):
            _, answer, _ = ward.press(FAULT, ward.enter(next(each for each in ROLES if each == player)))
            assert "only a tester" not in answer["text"]
    finally:
        ward.close()
