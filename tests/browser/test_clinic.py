"""What a nurse does and sees, in order, on the shipped clinic."""

from __future__ import annotations

import os
import re
import resource
import signal

from playwright.sync_api import Browser, Locator, Page, expect

from monitor.record.reader import RecordReader
from monitor.record.verify import verify
from tests.browser.conftest import Clinic
from tests.browser.nurse import Nurse
from tests.browser.troubled import fast_time

CUFF_CYCLE_MS = 60_000


def tile(page: Page, room: str) -> Locator:
    return page.locator(f".tile[data-room='{room}']")


def test_eight_rooms_show_numbers_that_change(clinic: Clinic, page: Page) -> None:
    page.goto(clinic.url)
    for room in "12345678":
        pulse = tile(page, room).locator("[data-bind='PR']:visible")
        expect(pulse).to_have_text(re.compile(r"\d+"))
        expect(pulse, f"room {room} stands still").not_to_have_text(pulse.inner_text())
    expect(page.locator(".chip.simulated").first).to_be_visible()


def test_what_cannot_be_painted_is_blank_and_everything_else_goes_on(clinic: Clinic, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(clinic.url)
    saturation = tile(page, "1").locator("[data-bind='SpO2']:visible")
    expect(saturation).to_have_text(re.compile(r"\d+"))
    page.evaluate(
        """() => {
            const paint = chairside.painters.SpO2;
            chairside.painters.SpO2 = (room, now) => room.id === "1" ? room.none.value : paint(room, now);
        }"""
    )
    expect(saturation, "an old number stands there as one of now").to_have_count(0)
    for room in "12":
        pulse = tile(page, room).locator("[data-bind='PR']:visible")
        expect(pulse, f"room {room} stands still").not_to_have_text(pulse.inner_text())
    page.close()


def test_an_unplugged_device_alarms_until_it_is_plugged_in_again(clinic: Clinic, page: Page) -> None:
    page.goto(clinic.url)
    expect(tile(page, "2").locator("[data-bind='patient']")).to_have_text("K-0977")
    simulate = page.context.new_page()
    simulate.goto(f"{clinic.url}/simulate")
    row = simulate.locator("tr", has_text="Room 2").filter(has_text="oximeter")
    row.get_by_role("button", name="Unplug").click()
    expect(tile(page, "2").locator("[data-bind='alarm']")).to_contain_text("Oximeter: not connected")
    expect(tile(page, "2").locator("[data-bind='SpO2']:visible")).to_have_text("– –")
    expect(page.locator("#banner")).to_contain_text("Room 2")
    page.locator("#acknowledge").click()
    expect(tile(page, "2").locator("[data-bind='alarm']")).to_contain_text("✓ nurse 1")
    row.get_by_role("button", name="Plug in").click()
    expect(tile(page, "2").locator("[data-bind='SpO2']:visible")).to_have_text(re.compile(r"\d+"))
    expect(tile(page, "2").locator("[data-bind='alarm']")).not_to_contain_text("not connected")


def test_a_session_from_its_start_to_a_reading_survives_the_death_of_every_part(clinic: Clinic, page: Page) -> None:
    page.goto(clinic.url)
    tile(page, "8").click()
    page.locator("input[name='patient']").fill("K-2000")
    page.locator("input[name='weight_kg']").fill("7000")
    page.locator("select[name='protocol']").select_option("esketamine_us")
    page.locator("input[name='dose_mg']").fill("56")
    nurse = Nurse(page, clinic, "8")
    nurse.answer_intake(page.locator(".start-form"))
    page.get_by_role("button", name="Start session").click()
    expect(page.locator("[data-problem='weight_kg']")).to_contain_text("cannot be right")
    expect(page.locator("input[name='patient']")).to_have_value("K-2000")
    page.locator("input[name='weight_kg']").fill("70")
    page.get_by_role("button", name="Start session").click()
    expect(page.locator("[data-bind='head-patient']")).to_contain_text("K-2000")

    page.get_by_role("button", name="Take BP now").click()
    expect(page.get_by_role("button", name="Stop cuff")).to_be_visible()
    with fast_time(page):
        expect(page.locator("[data-bind='nibp']:visible")).to_have_text(re.compile(r"^\d+/\d+$"), timeout=CUFF_CYCLE_MS)
    expect(page.locator("[data-bind='nibp-when']")).to_contain_text(re.compile(r"\d\d:\d\d"))

    nurse.assess(moaas=5)
    expect(nurse.give_device()).to_be_hidden()
    expect(page.locator("[data-bind='clock-long']")).to_have_text("+00:00")
    note = "<img src=x onerror=alert(1)> calm"
    page.get_by_role("button", name="Add note").click()
    page.locator("#note textarea").fill(note)
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#timeline")).to_contain_text(note)
    reading = page.locator("[data-bind='nibp']:visible").inner_text()

    for part in ("monitor.web", "monitor.service"):
        clinic.crash(part)
        expect(page.locator("#not-live")).to_be_hidden(timeout=10_000)
        page.reload()
        expect(page.locator("[data-bind='head-patient']")).to_contain_text("K-2000")
        expect(page.locator("[data-bind='nibp']:visible")).to_have_text(reading)
        expect(page.locator("[data-bind='clock-long']")).to_contain_text("+00:0")
        expect(page.locator("#timeline")).to_contain_text(note)
    events = RecordReader(clinic.data).events()
    assert [type(event).__name__ for event in events if event.room == "8"].count("SessionOpened") == 1
    assert verify(clinic.data).sound


def test_a_page_that_hears_nothing_says_so_alarms_and_comes_back(clinic: Clinic, page: Page) -> None:
    page.goto(clinic.url)
    expect(page.locator("#live-chip")).to_contain_text("live")
    service = clinic.part("monitor.service").pid
    os.kill(service, signal.SIGSTOP)
    try:
        expect(page.locator("#not-live")).to_contain_text("NOT LIVE")
        expect(page.locator("#not-live")).to_contain_text("watch the patient")
    finally:
        os.kill(service, signal.SIGCONT)
    expect(page.locator("#not-live")).to_be_hidden(timeout=10_000)
    expect(page.locator("#live-chip")).to_contain_text("live")


def test_a_full_disk_is_told_on_every_page_while_alarms_can_still_be_silenced(clinic: Clinic, page: Page) -> None:
    page.goto(f"{clinic.url}/room/5")
    expect(page.locator("[data-bind='head-patient']")).to_contain_text("K-1077")
    service = clinic.part("monitor.service").pid
    unlimited = resource.prlimit(service, resource.RLIMIT_FSIZE)
    resource.prlimit(service, resource.RLIMIT_FSIZE, (1, unlimited[1]))
    try:
        expect(page.locator("#not-recording")).to_contain_text("NOT RECORDING")
        page.get_by_role("button", name="Add note").click()
        page.locator("#note textarea").fill("written on a full disk")
        page.get_by_role("button", name="Save note").click()
        expect(page.locator("#note [data-answer]")).to_contain_text("Not saved")
        expect(page.locator("#note textarea")).to_have_value("written on a full disk")
        page.keyboard.press("Escape")
        page.locator("#pause-audio").click()
        expect(page.locator("[data-bind='audio-left']")).to_contain_text("Audio paused")
    finally:
        resource.prlimit(service, resource.RLIMIT_FSIZE, unlimited)
    expect(page.locator("#not-recording")).to_be_hidden()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Add note").click()
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#timeline")).to_contain_text("written on a full disk")


def test_the_page_shows_that_it_is_mute_until_the_first_click(clinic: Clinic, page: Page) -> None:
    # Told by the page itself: to look at it from here counts as a first click.
    page.add_init_script(
        """new MutationObserver((changes, observer) => {
            const chip = document.querySelector("#sound-chip[data-on]");
            if (!chip) return;
            observer.disconnect();
            console.log(chip.textContent);
        }).observe(document, {subtree: true, childList: true, attributes: true})"""
    )
    with page.expect_console_message(lambda message: "Sound is off" in message.text):
        page.goto(clinic.url)
    page.locator("#sound-chip").click()
    expect(page.locator("#sound-chip")).not_to_contain_text("Sound is off")


def test_a_pause_counts_down_on_every_screen(clinic: Clinic, page: Page) -> None:
    page.goto(f"{clinic.url}/simulate")
    row = page.locator("tr", has_text="Room 6").filter(has_text="cuff")
    row.get_by_role("button", name="Unplug").click()
    other = page.context.new_page()
    other.goto(clinic.url)
    page.locator("#pause-audio").click()
    for screen in (page, other):
        expect(screen.locator("[data-bind='audio-left']")).to_have_text(re.compile(r"Audio paused 0?1:\d\d"))
    row.get_by_role("button", name="Plug in").click()
    other.get_by_role("button", name="Resume").click()
    expect(page.locator("#audio-paused")).to_be_hidden()


def test_a_nurse_reaches_a_room_by_keyboard(clinic: Clinic, page: Page) -> None:
    page.goto(clinic.url)
    expect(tile(page, "1").locator("[data-bind='patient']")).to_have_text("K-1042")
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.room") == "1":
            break
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline != "none", "the focus cannot be seen"
    page.keyboard.press("Enter")
    expect(page.locator("[data-bind='head-patient']")).to_contain_text("K-1042")


def test_pages_fit_their_screens_and_fingers(clinic: Clinic, page: Page) -> None:
    page.goto(clinic.url)
    expect(tile(page, "1").locator("[data-bind='patient']")).to_have_text("K-1042")
    for width, height in ((1600, 1000), (1280, 800)):
        page.set_viewport_size({"width": width, "height": height})
        assert _overflow(page) == [0, 0], f"the board scrolls at {width}x{height}"
    page.goto(f"{clinic.url}/room/1")
    expect(page.locator("[data-bind='head-patient']")).to_contain_text("K-1042")
    assert _overflow(page)[0] == 0, "the room page is wider than 1280"
    small = page.evaluate(
        """[...document.querySelectorAll('button, select, input, textarea, nav a')]
             .filter(e => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => e.outerHTML)"""
    )
    assert not small, f"too small for a finger: {small}"


def _overflow(page: Page) -> list[int]:
    result: list[int] = page.evaluate(
        "(e => [e.scrollWidth - innerWidth, e.scrollHeight - innerHeight])(document.documentElement)"
    )
    return result


def test_an_unknown_room_says_so(clinic: Clinic, page: Page) -> None:
    page.goto(f"{clinic.url}/room/99")
    expect(page.locator("main")).to_contain_text("no room")
