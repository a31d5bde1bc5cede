"""When alarms sound, how loud, and what the panel under the sound chip does."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Clinic
from tests.browser.station import Alarm, Station, alarm, wait_ticks

NOTE_STEPS = """window.steps = [];
    chairside.on("sound-test", () => steps.push({
        says: document.getElementById("sound-says").textContent,
        signs: [...document.querySelectorAll("[data-playing='yes'] .sign")].map(sign => sign.textContent),
    }));"""
"""Notes what the panel shows at each step of the test: a tone is over sooner than a test can look at it twice."""


@pytest.fixture
def station(clinic: Clinic, page: Page) -> Station:
    return Station(clinic, page)


def test_an_unanswered_alarm_sounds_again_and_again(station: Station) -> None:
    station.alarms = [alarm("high")]
    station.open_panel()
    assert set(station.hear(11)) == {"high"}
    station.alarms = []
    station.sounds(None)


@pytest.mark.parametrize("answered", [alarm("high", "latched"), alarm("high", acknowledged_by="nurse 2")])
def test_what_is_over_or_acknowledged_is_silent_and_the_rest_still_sounds(station: Station, answered: Alarm) -> None:
    station.alarms = [answered]
    station.open_panel()
    expect(station.page.locator(".tile[data-room='1'] [data-bind='alarm']")).to_contain_text("A high test alarm")
    station.sounds(None)
    station.alarms = [answered, alarm("medium")]
    assert station.hear(3) == ["medium"] * 3


def test_an_escalated_alarm_is_louder(station: Station) -> None:
    station.alarms = [alarm("medium")]
    station.open_panel()
    before = station.loudness()
    station.alarms = []
    station.sounds(None)
    station.alarms = [alarm("medium", escalated=1)]
    assert station.hear(6) == ["medium"] * 6
    station.page.wait_for_function("before => heard.peak > 1.4 * before", arg=before)


def test_a_worse_alarm_does_not_wait_for_a_lesser_burst(station: Station) -> None:
    station.alarms = [alarm("low")]
    station.open_panel()
    assert station.hear(2) == ["low"] * 2
    station.alarms = [alarm("low"), alarm("high")]
    assert station.hear(12)[2:] == ["high"] * 10


def test_the_volume_has_a_floor_and_is_the_same_after_a_reload(station: Station) -> None:
    page = station.page
    station.open_panel()
    slider = page.get_by_role("slider", name="Volume")
    slider.press("Home")
    expect(page.locator("#volume-value")).to_have_text("30 %")
    page.reload()
    station.open_panel()
    expect(slider).to_have_value("30")
    station.alarms = [alarm("medium")]
    assert station.loudness() > 0.15, "an alarm that cannot be heard"
    slider.press("End")
    expect(page.locator("#volume-value")).to_have_text("100 %")


@pytest.mark.parametrize("kept", ["", "loud", "5", "1e9"])
def test_a_volume_that_cannot_be_is_not_taken(station: Station, kept: str) -> None:
    page = station.page
    page.evaluate("kept => localStorage.setItem('alarm-volume', kept)", kept)
    page.reload()
    station.open_panel()
    expect(page.locator("#volume-value")).to_have_text("70 %")
    expect(page.get_by_role("slider", name="Volume")).to_have_value("70")


def test_the_test_plays_and_names_every_tone_also_while_the_audio_is_paused(station: Station) -> None:
    page = station.page
    station.paused = True
    station.alarms = [alarm("high")]
    station.open_panel()
    expect(page.locator("#sound-chip")).to_have_text("Sound paused")
    page.evaluate(NOTE_STEPS)
    page.get_by_role("button", name="Test sound").click()
    page.wait_for_function("() => steps.length === 4")
    expect(page.locator("#sound-says")).to_contain_text("Turn up")
    assert station.hear(15) == ["low"] * 2 + ["medium"] * 3 + ["high"] * 10
    steps = page.evaluate("steps")
    assert [step["says"] for step in steps[:3]] == ["Playing: low", "Playing: medium", "Playing: high"]
    assert [step["signs"] for step in steps] == [["▲"], ["▲▲"], ["▲▲▲"], []]


def test_a_real_alarm_takes_over_from_the_test(station: Station) -> None:
    page = station.page
    station.open_panel()
    page.evaluate(NOTE_STEPS)
    page.get_by_role("button", name="Test sound").click()
    page.wait_for_function("() => steps.length > 0")
    station.alarms = [alarm("medium")]
    station.sounds("medium")
    expect(page.locator("#sound-says")).to_contain_text("real alarm")
    assert station.hear(5)[-3:] == ["medium"] * 3
    wait_ticks(page, 8)
    assert page.evaluate("steps.at(-1)") == {"says": "The test gave way to a real alarm.", "signs": []}, "it went on"


def test_one_press_on_the_chip_switches_sound_on_and_opens_the_panel(clinic: Clinic, page: Page) -> None:
    # Told by the page itself: to look at it from here counts as a press.
    page.add_init_script(
        """new MutationObserver((changes, observer) => {
            const chip = document.querySelector("#sound-chip[data-on='no']");
            if (!chip) return;
            observer.disconnect();
            const {left, top, height} = chip.getBoundingClientRect();
            console.log(`chip ${left + 12} ${top + height / 2}`);
        }).observe(document, {subtree: true, childList: true, attributes: true})"""
    )
    with page.expect_console_message(lambda message: message.text.startswith("chip")) as told:
        page.goto(clinic.url)
    _, x, y = told.value.text.split()
    page.mouse.move(float(x), float(y))
    page.mouse.down()
    wait_ticks(page, 4)
    page.mouse.up()
    expect(page.locator("#sound-chip")).to_have_text("Sound on")
    expect(page.locator("#sound-panel"), "the chip shrank away under the finger").to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#sound-panel")).to_be_hidden()
    expect(page.locator("#sound-chip")).to_be_focused()
    expect(page.locator("#sound-chip")).to_have_attribute("aria-expanded", "false")


def test_a_browser_that_plays_no_sound_is_told_of(station: Station) -> None:
    page = station.page
    page.add_init_script("Object.defineProperty(AudioContext.prototype, 'state', {get: () => 'suspended'})")
    page.reload()
    page.locator("#sound-chip").click()
    page.get_by_role("button", name="Test sound").click()
    expect(page.locator("#sound-says")).to_contain_text("This browser plays no sound")
    expect(page.locator("#sound-chip")).to_contain_text("Sound is off")


def test_while_the_audio_is_off_only_a_reminder_and_a_lost_connection_sound(station: Station) -> None:
    station.open_panel()
    station.switch_audio_off(ago_s=112, reminder_s=60)
    station.alarms = [alarm("high")]
    expect(station.page.locator("#banner")).to_contain_text("A high test alarm")
    station.sounds(None)
    assert station.hear(2) == ["low"] * 2, "one reminder, two minutes after the audio was switched off"
    expect(station.page.locator("#sound-chip")).to_have_text("Audio off")
    station.connected = False
    station.sounds("high")
    assert station.hear(12) == ["low"] * 2 + ["high"] * 10


def test_a_reminder_comes_every_three_minutes_at_least(station: Station) -> None:
    station.open_panel()
    station.switch_audio_off(ago_s=172, reminder_s=3600)
    assert station.hear(2) == ["low"] * 2


def test_a_page_opened_while_the_audio_is_off_waits_for_the_next_reminder(station: Station) -> None:
    station.switch_audio_off(ago_s=90, reminder_s=60)
    station.open_panel()
    expect(station.page.locator("#sound-chip")).to_have_text("Audio off")
    wait_ticks(station.page, 8)
    assert station.page.evaluate("heard.tones") == []


def test_a_quiet_page_never_makes_a_sound(station: Station) -> None:
    page = station.page
    station.alarms = [alarm("high")]
    station.open_panel()
    station.hear(10)
    page.evaluate("document.querySelector('[data-path]').setAttribute('data-quiet-page', '')")
    station.sounds(None)
    page.evaluate("heard.tones = []")
    page.get_by_role("button", name="Test sound").click()
    expect(page.locator("#sound-says")).to_contain_text("never makes a sound")
    station.connected = False
    expect(page.locator("#not-live")).to_contain_text("No connection")
    station.sounds(None)
    assert page.evaluate("heard.tones") == []
