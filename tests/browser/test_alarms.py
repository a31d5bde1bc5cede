"""What nurses see and press of the alarm system, on a running clinic whose devices and patients get into trouble."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmLatched,
    AlarmRaised,
    AnyEvent,
)
from monitor.record.reader import RecordReader
from tests.browser.conftest import ROOT, Clinic, config_like_shipped, start_clinic, stop_clinic
from tests.browser.test_slips import ask

FALL_MS = 60_000
"""A simulated patient's saturation falls and comes back within that."""
CUFF_CYCLE_MS = 60_000
LOADING_MS = 20_000
GUARD = re.compile(r", guard = \[[^]]*\]")

FLASHES = """new Promise(done => {
    const seen = [];
    chairside.on("tick", () => {
        seen.push(document.documentElement.dataset.flash);
        if (seen.length === 8) done([...new Set(seen)]);
    });
})"""
"""All that flashes within eight ticks, which is two seconds."""

OneEvent = TypeVar("OneEvent", bound=AnyEvent)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """The shipped clinic, where unanswered alarms escalate soon, and with a protocol whose limits have no guard."""
    folder = tmp_path_factory.mktemp("clinic")
    (folder / "own").mkdir()
    shipped = (ROOT / "monitor/protocols/esketamine_us.toml").read_text("utf-8")
    (folder / "own/own.toml").write_text(GUARD.sub("", shipped).replace('"esketamine_us"', '"own"'), "utf-8")
    changes = {
        "[clinic]": 'protocols = "own"\n\n[clinic]',
        "louder_s = 30": "louder_s = 10",
        "banner_s = 60": "banner_s = 15",
    }
    running = start_clinic(config_like_shipped(folder, changes), folder / "data")
    yield running
    stop_clinic(running)


@pytest.fixture
def other(browser: Browser) -> Iterator[Page]:
    """A second screen of the clinic."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    screen = context.new_page()
    screen.set_default_timeout(15_000)
    yield screen
    context.close()


def look_at(page: Page, clinic: Clinic, path: str = "/") -> None:
    page.goto(f"{clinic.url}{path}")
    expect(page.locator("#live-chip")).to_contain_text("live", timeout=LOADING_MS)


def tile(page: Page, room: str) -> Locator:
    return page.locator(f".tile[data-room='{room}']")


def strip(page: Page, room: str) -> Locator:
    return tile(page, room).locator("[data-bind='alarm']")


def session(page: Page, room: str) -> str:
    found: str = page.evaluate("room => chairside.state.rooms.get(room).session.id", room)
    return found


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
                const { alarms } = chairside.state.rooms.get(room);
                const conditions = alarms.filter(alarm => !alarm.acknowledged_by).map(alarm => alarm.condition);
                if (conditions.length) chairside.send({type: "Acknowledge", room, conditions});
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


# ---- what an alarm goes through


def test_an_alarm_is_seen_coming_and_stays_when_it_was_over_before_anybody_answered(clinic: Clinic, page: Page) -> None:
    look_at(page, clinic)
    with trouble(page, "1", "desaturate"):
        expect(strip(page, "1")).to_have_attribute("data-look", "pending", timeout=FALL_MS)
        expect(strip(page, "1")).to_contain_text("in delay")
        expect(page.locator("#banner")).to_contain_text("No alarm")
        expect(strip(page, "1")).to_have_attribute("data-look", "high", timeout=FALL_MS)
        expect(strip(page, "1")).to_contain_text(re.compile(r"▲▲▲ SpO₂ 8\d < 90 · \d+ s"))
        expect(page.locator("#banner")).to_have_attribute("data-alarm", "high")
        assert ask(page, "SetFault", room="1", device="oximeter", fault="desaturate", active=False)["done"]
        expect(strip(page, "1")).to_have_attribute("data-look", "latched high", timeout=FALL_MS)
        expect(strip(page, "1")).to_contain_text(re.compile(r"over \d\d:\d\d, not answered"))
        assert page.evaluate("chairside.sounding") is None, "it sounds although nothing is the matter any more"
        expect(page.locator("#banner")).to_have_attribute("data-alarm", "latched high")
        page.locator("#acknowledge").click()
        expect(strip(page, "1")).to_be_hidden()
        expect(page.locator("#banner")).to_contain_text("No alarm")
    (latched,) = recorded(clinic, "1", AlarmLatched)
    assert recorded(clinic, "1", AlarmAcknowledged)[-1].at > latched.at


def test_the_banner_shows_the_worst_first_and_the_next_one_when_that_is_answered(clinic: Clinic, page: Page) -> None:
    look_at(page, clinic)
    banner = page.locator("#banner")
    with trouble(page, "7", "sensor_off"):
        expect(banner).to_contain_text("▲ Room 7 · Oximeter: sensor off finger", timeout=FALL_MS)
        expect(page.locator("#announce-soon")).to_contain_text("low alarm, Room 7")
        with trouble(page, "2", "unplug"):
            expect(banner).to_contain_text("▲▲ Room 2 · Oximeter: not connected")
            with symptom(page, "4", "seizure"):
                expect(banner).to_contain_text("▲▲▲ Room 4 · Seizure: EMERGENCY")
                expect(page.locator("#announce-now")).to_contain_text("high alarm, Room 4: Seizure")
                expect(banner).to_contain_text("1 high · 1 medium · 1 low")
                for shown in ("Room 4", "Room 2", "Room 7"):
                    expect(page.locator("[data-bind='banner-text']")).to_contain_text(shown)
                    page.locator("#acknowledge").click()
                expect(banner).to_contain_text("No alarm unanswered")


def test_nothing_flashes_for_those_who_asked_for_stillness(clinic: Clinic, browser: Browser, page: Page) -> None:
    look_at(page, clinic)
    still = browser.new_context(reduced_motion="reduce").new_page()
    still.goto(clinic.url)
    with symptom(page, "4", "seizure"):
        expect(still.locator("#banner")).to_contain_text("▲▲▲ Room 4")
        expect(page.locator("html")).to_have_attribute("data-flash", re.compile("high"))
        flashes = still.evaluate(FLASHES)
        assert flashes == [""]
    still.context.close()


def test_an_alarm_that_nobody_answers_stands_on_every_page_until_somebody_does(
    clinic: Clinic, page: Page, other: Page
) -> None:
    look_at(page, clinic, "/simulate")
    look_at(other, clinic, "/room/5")
    before = other.locator(".room-bar").bounding_box()
    with symptom(page, "3", "chest_pain"):
        for screen in (page, other):
            expect(screen.locator("#escalated")).to_contain_text(
                "UNANSWERED 1 min: Room 3 · Chest pain", timeout=FALL_MS
            )
        expect(page.locator("#announce-now")).to_contain_text("Unanswered high alarm, Room 3")
        assert other.locator(".room-bar").bounding_box() == before, "buttons moved under the finger"
        page.locator("#escalated-room").click()
        expect(page.locator("h1")).to_contain_text("Room 3")
        other.locator("#escalated-acknowledge").click()
        for screen in (page, other):
            expect(screen.locator("#escalated")).to_be_hidden()


def test_two_screens_agree_and_two_people_who_answer_at_once_make_one_event(
    clinic: Clinic, page: Page, other: Page
) -> None:
    for screen in (page, other):
        look_at(screen, clinic)
    before = len(recorded(clinic, "6", AlarmAcknowledged))
    with trouble(page, "6", "unplug"):
        for screen in (page, other):
            expect(screen.locator("#banner")).to_contain_text("Room 6 · Oximeter: not connected")
            expect(screen.locator("#acknowledge")).not_to_have_attribute("aria-disabled", "true")
        at = page.evaluate("Date.now() + 500")
        for screen in (page, other):
            screen.evaluate(
                "at => void setTimeout(() => document.getElementById('acknowledge').click(), at - Date.now())", at
            )
        for screen in (page, other):
            expect(strip(screen, "6")).to_contain_text("✓ nurse 1")
            expect(screen.locator("#banner")).to_contain_text("No alarm unanswered")
            expect(screen.locator("#banner [data-answer]")).to_have_text("Done.")
        assert len(recorded(clinic, "6", AlarmAcknowledged)) == before + 1


def test_after_a_restart_alarms_are_as_they_were_and_a_pause_is_over(clinic: Clinic, page: Page) -> None:
    look_at(page, clinic)
    with trouble(page, "2", "unplug"), trouble(page, "5", "unplug"):
        expect(strip(page, "2")).to_contain_text("not connected")
        expect(strip(page, "5")).to_contain_text("not connected")
        condition = "oximeter.link_down"
        assert ask(page, "Acknowledge", room="2", conditions=[condition])["done"]
        assert ask(page, "PauseAlarms", room="3", session=session(page, "3"))["done"]
        page.locator("#pause-audio").click()
        expect(page.locator("#audio-paused")).to_be_visible()
        expect(tile(page, "3")).to_contain_text("Alarms paused")
        raised = len(recorded(clinic, "2", AlarmRaised))
        clinic.crash("monitor.service")
        expect(page.locator("#not-live")).to_be_hidden()
        expect(page.locator("#audio-paused")).to_be_hidden()
        expect(tile(page, "3")).not_to_contain_text("Alarms paused")
        expect(strip(page, "2")).to_contain_text("✓ nurse 1")
        expect(strip(page, "5")).to_have_attribute("data-look", "medium")
        expect(page.locator("#banner")).to_contain_text("Room 5")
        assert len(recorded(clinic, "2", AlarmRaised)) == raised, "one alarm became two"


# ---- what silences


def test_a_pause_of_the_sound_ends_when_an_alarm_of_high_priority_begins(
    clinic: Clinic, page: Page, other: Page
) -> None:
    for screen in (page, other):
        look_at(screen, clinic)
    with trouble(page, "6", "unplug"):
        page.locator("#pause-audio").click()
        for screen in (page, other):
            expect(screen.locator("[data-bind='audio-left']")).to_have_text(re.compile(r"Audio paused 0[12]:\d\d"))
            expect(screen.locator("#banner")).to_have_attribute("data-audio", "paused")
        with symptom(page, "5", "breathlessness"):
            for screen in (page, other):
                expect(screen.locator("#audio-paused")).to_be_hidden()
                expect(screen.locator("#banner")).to_contain_text("Room 5 · Short of breath")
