"""What nurses see and press of the alarm system, on a running clinic whose devices and patients get into trouble."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from monitor.clinic.events import AlarmAcknowledged, AlarmLatched, AlarmRaised
from tests.browser.conftest import Clinic, config_like_shipped, start_clinic, stop_clinic
from tests.browser.troubled import (
    FALL_MS,
    ask,
    fast_time,
    look_at,
    press,
    recorded,
    session,
    strip,
    symptom,
    tile,
    trouble,
)

FLASHES = """new Promise(done => {
    const seen = [];
    chairside.on("tick", () => {
        seen.push(document.documentElement.dataset.flash);
        if (seen.length === 8) done([...new Set(seen)]);
    });
})"""
"""All that flashes within eight ticks, which is two seconds."""

UNHURRIED = 5
"""So many times as fast as real: what lasts seconds can still be read."""
CHAIN_SEEN = re.compile(r"^Alarm chain: \d+ ms, \d\d:\d\d$")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """The shipped clinic, where unanswered alarms escalate soon and no saturation falls by itself."""
    folder = tmp_path_factory.mktemp("clinic")
    changes = {
        "louder_s = 30": "louder_s = 10",
        "banner_s = 60": "banner_s = 15",
        'story = "desaturation"': 'story = "calm"',
    }
    running = start_clinic(config_like_shipped(folder, changes), folder / "data")
    yield running
    stop_clinic(running)


# ---- what an alarm goes through


def test_an_alarm_is_seen_coming_and_stays_when_it_was_over_before_anybody_answered(clinic: Clinic, page: Page) -> None:
    look_at(page, clinic)
    with trouble(page, "1", "desaturate"):
        with fast_time(page, UNHURRIED):
            expect(strip(page, "1")).to_have_attribute("data-look", "pending", timeout=FALL_MS)
        expect(strip(page, "1")).to_contain_text("in delay")
        expect(page.locator("#banner")).to_contain_text("No alarm")
        with fast_time(page):
            expect(strip(page, "1")).to_have_attribute("data-look", "high", timeout=FALL_MS)
        expect(strip(page, "1")).to_contain_text(re.compile(r"▲▲▲ SpO₂ 8\d < 90 · \d+ s"))
        expect(page.locator("#banner")).to_have_attribute("data-alarm", "high")
        assert ask(page, "SetFault", room="1", device="oximeter", fault="desaturate", active=False)["done"]
        with fast_time(page):
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
    expect(other.locator(".room-bar")).to_contain_text("K-1077")
    with fast_time(page):
        expect(other.locator(".room-bar [data-bind='cuff-button']")).to_have_text("Take BP now", timeout=FALL_MS)
    expect(other.locator("#speed-chip")).to_be_hidden()
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
        assert ask(page, "Acknowledge", room="2", session=session(page, "2"), conditions=[condition])["done"]
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


def test_sound_that_is_off_says_who_and_why_on_every_screen(clinic: Clinic, page: Page, other: Page) -> None:
    look_at(page, clinic)
    look_at(other, clinic, "/room/1")
    press(page, "[data-open='audio-menu']")
    page.get_by_role("button", name="Switch audio off").click()
    expect(page.locator("#audio-menu [data-problem='reason']")).to_have_text("Fill this in.")
    page.locator("#audio-menu [name='reason']").fill("fire drill")
    page.get_by_role("button", name="Switch audio off").click()
    for screen in (page, other):
        expect(screen.locator("#audio-off")).to_contain_text(re.compile(r"Audio off by nurse 1: fire drill · \d+ s"))
        expect(screen.locator("#banner")).to_have_attribute("data-audio", "off")
    other.get_by_role("button", name="Switch on").click()
    for screen in (page, other):
        expect(screen.locator("#audio-off")).to_be_hidden()


def test_a_room_whose_alarms_are_off_or_paused_cannot_be_overlooked(clinic: Clinic, page: Page, other: Page) -> None:
    look_at(page, clinic, "/room/6")
    look_at(other, clinic)
    press(page, "[data-open='alarms']")
    page.get_by_role("button", name="Switch off", exact=True).click()
    expect(page.locator("#alarms [data-problem='reason']")).to_have_text("Fill this in.")
    page.locator("#alarms [name='reason']").fill("moved to the chair")
    page.get_by_role("button", name="Switch off", exact=True).click()
    expect(page.locator("#alarms [data-problem='condition']")).to_have_text("Fill this in.")
    page.locator("#alarms [name='condition']").select_option("all")
    page.get_by_role("button", name="Switch off", exact=True).click()
    expect(page.locator(".room > .off-list")).to_contain_text("ALARMS OFF · nurse 1: moved to the chair")
    expect(tile(other, "6")).to_contain_text("ALARMS OFF · nurse 1: moved to the chair")
    expect(other.locator("#banner")).to_contain_text("Room 6 ALARMS OFF")
    page.locator(".room > .off-list").get_by_role("button", name="Resume all alarms").click()
    expect(tile(other, "6")).not_to_contain_text("ALARMS OFF")
    press(page, "[data-open='alarms']")
    page.get_by_role("button", name="Pause alarms 2 min").click()
    expect(tile(other, "6")).to_contain_text(re.compile(r"Alarms paused · 0[12]:\d\d"))
    expect(other.locator("#banner")).to_contain_text(re.compile(r"Room 6 paused 0[12]:\d\d"))
    page.locator("#alarms").get_by_role("button", name="Resume").click()
    expect(other.locator("#banner")).not_to_contain_text("Room 6")


def test_one_alarm_that_is_off_leaves_the_others_on(clinic: Clinic, page: Page) -> None:
    look_at(page, clinic, "/room/2")
    with trouble(page, "2", "unplug"):
        expect(page.locator(".listed-alarm")).to_contain_text("not connected")
        press(page, "[data-open='alarms']")
        page.locator("#alarms [name='condition']").select_option("oximeter.link_down")
        page.locator("#alarms [name='reason']").fill("new cable is on its way")
        page.get_by_role("button", name="Switch off", exact=True).click()
        expect(page.locator(".listed-alarm")).to_be_hidden()
        expect(page.locator(".room > .off-list")).to_contain_text("OFF: Oximeter link down · nurse 1: new cable")
        with symptom(page, "2", "visual_change"):
            expect(page.locator(".listed-alarm")).to_contain_text("Change of vision: EMERGENCY")
        page.locator(".room > .off-list").get_by_role("button", name="Resume").click()
        expect(page.locator(".listed-alarm")).to_contain_text("not connected")


# ---- the way from a value to a screen


def test_the_alarm_chain_is_tested_to_what_the_screen_shows(clinic: Clinic, page: Page) -> None:
    look_at(page, clinic)
    press(page, "[data-open='audio-menu']")
    page.locator("#chain-test").click()
    expect(page.locator("#chain-result")).to_have_text(CHAIN_SEEN)
    press(page, "[data-open='audio-menu']")
    expect(page.locator("#audio-menu")).to_be_hidden()
    expect(page.locator("#banner")).to_contain_text("No alarm")


def chain_test(page: Page) -> str:
    """What a test of the chain that begins now comes to."""
    before = page.evaluate("chairside.state.chain && chairside.state.chain.test")
    assert ask(page, "TestAlarmChain")["done"]
    page.wait_for_function(
        """before => {
            const { chain } = chairside.state;
            return chain && chain.test !== before && (chain.ms !== null || chain.failed);
        }""",
        arg=before,
    )
    return page.locator("#chain-result").text_content() or ""


def test_the_alarm_chain_is_seen_beside_a_worse_alarm(clinic: Clinic, page: Page) -> None:
    look_at(page, clinic)
    with symptom(page, "4", "seizure"):
        expect(page.locator("#banner")).to_contain_text("▲▲▲ Room 4")
        assert CHAIN_SEEN.match(chain_test(page))


def test_a_banner_that_shows_no_alarm_fails_the_chain_test(clinic: Clinic, page: Page) -> None:
    look_at(page, clinic)
    assert CHAIN_SEEN.match(chain_test(page))
    page.evaluate("document.getElementById('banner').hidden = true")
    assert "FAILED, no screen showed the test alarm" in chain_test(page)
    page.reload()
    expect(page.locator("#banner")).to_contain_text("No screen showed the test alarm")
    assert CHAIN_SEEN.match(chain_test(page))
    expect(page.locator("#banner")).to_contain_text("No alarm")
