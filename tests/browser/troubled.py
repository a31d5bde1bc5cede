"""What tests of alarms do to a running clinic, and where they look."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from playwright.sync_api import Locator, Page, expect

from monitor.clinic.events import AnyEvent
from monitor.record.reader import RecordReader
from monitor.service.messages import FASTEST
from tests.browser.conftest import Clinic

FALL_MS = 60_000
"""A simulated patient's saturation falls and comes back within that."""

OneEvent = TypeVar("OneEvent", bound=AnyEvent)


def look_at(page: Page, clinic: Clinic, path: str = "/") -> None:
    page.goto(f"{clinic.url}{path}")
    expect(page.locator("#live-chip")).to_contain_text("live")


def tile(page: Page, room: str) -> Locator:
    return page.locator(f".tile[data-room='{room}']")


def strip(page: Page, room: str) -> Locator:
    return tile(page, room).locator("[data-bind='alarm']")


def session(page: Page, room: str) -> str:
    found: str = page.evaluate("room => chairside.state.rooms.get(room).session.id", room)
    return found


def ask(page: Page, kind: str, **members: Any) -> dict[str, Any]:
    """What another screen asks for."""
    outcome: dict[str, Any] = page.evaluate(
        """command => fetch("/command", {method: "POST", body: JSON.stringify(command)}).then(reply => reply.json())""",
        {"type": kind, **members},
    )
    return outcome


def kept_by(page: Page) -> str:
    """All that a page holds, seen or not."""
    kept: str = page.evaluate(
        "JSON.stringify([...chairside.state.rooms.values()]) + document.documentElement.outerHTML"
    )
    return kept


def lock(page: Page, name: str = "nurse 1") -> None:
    page.get_by_role("button", name=name, exact=True).click()
    page.get_by_role("button", name="Lock", exact=True).click()
    expect(page.locator("#unlock")).to_be_visible()


def unlock(page: Page, pin: str) -> None:
    page.locator("#unlock input[name='pin']").fill(pin)
    page.get_by_role("button", name="Unlock").click()


@contextmanager
def fast_time(page: Page, speed: float = FASTEST) -> Iterator[None]:
    """What is waited for comes so many times as fast, or as fast as the machine can."""
    assert ask(page, "SetSpeed", speed=speed)["done"]
    try:
        yield
    finally:
        assert ask(page, "SetSpeed", speed=1)["done"]


@contextmanager
def trouble(page: Page, room: str, fault: str, device: str = "oximeter") -> Iterator[None]:
    """A fault of a room's device or patient, which is over afterwards, with every alarm of the room answered."""
    assert ask(page, "SetFault", room=room, device=device, fault=fault, active=True)["done"]
    try:
        yield
    finally:
        ask(page, "SetFault", room=room, device=device, fault=fault, active=False)
        page.wait_for_function(
            """room => {
                const { alarms, session } = chairside.state.rooms.get(room);
                const conditions = alarms.filter(alarm => !alarm.acknowledged_by).map(alarm => alarm.condition);
                if (conditions.length) chairside.send({type: "Acknowledge", room, session: session.id, conditions});
                return alarms.length === 0;
            }""",
            arg=room,
            polling=500,
            timeout=FALL_MS,
        )


@contextmanager
def symptom(page: Page, room: str, sign: str) -> Iterator[None]:
    """A sign that another screen marks, and that is gone afterwards."""
    members = {"room": room, "session": session(page, room), "symptom": sign}
    assert ask(page, "MarkSymptom", **members, present=True)["done"]
    try:
        yield
    finally:
        ask(page, "MarkSymptom", **members, present=False)


def recorded(clinic: Clinic, room: str, kind: type[OneEvent]) -> list[OneEvent]:
    return [event for event in RecordReader(clinic.data).events() if isinstance(event, kind) and event.room == room]


def press(page: Page, selector: str) -> None:
    """Open a dialog whose buttons then count."""
    page.locator(selector).click()
    expect(page.locator("dialog[open] [aria-disabled]")).to_have_count(0)
