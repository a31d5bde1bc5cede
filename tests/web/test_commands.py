from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import zmq
from hypothesis import given
from hypothesis import strategies as st

from monitor.clinic.events import Phase
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
)
from monitor.web.commands import CommandDesk, Unreadable, decode


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


def test_the_service_is_told_who_asks_and_in_which_role(tmp_path: Path) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
    address = BusAddress.create(tmp_path)
    service = CommandServer(context, address.commands_port, address)

    async def scene() -> Request:
        asking = asyncio.create_task(CommandDesk(tmp_path, "Dr. 1", "clinician").ask(PauseAudio()))
        async with asyncio.timeout(10):
            while (waiting := service.waiting(1)) is None:
                await asyncio.sleep(0)
            caller, request = waiting
            service.answer(caller, Outcome(True))
            assert (await asking).done
        return request

    try:
        request = asyncio.run(scene())
    finally:
        service.close()
    assert request == Request("Dr. 1", PauseAudio(), "clinician"), "what needs a role would be refused, or allowed"
