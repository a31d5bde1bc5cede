"""Who is at the screen: signing in, leaving it, coming back, and what stays on it meanwhile."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from monitor.clinic.events import AnyEvent, NoteWritten
from monitor.people.sign_ins import OPEN_PIN
from monitor.record.reader import RecordReader
from tests.browser.conftest import PATIENCE_MS, Clinic, pressing_again
from tests.browser.troubled import ask, kept_by, lock, unlock

PATIENTS_CODE = "K-1093"
"""Of room 6, whose session stands still."""


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Page]:
    """A tablet that nobody has signed in at."""
    context = pressing_again(browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB"))
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    yield page
    context.close()


def tile(page: Page) -> Locator:
    return page.locator(".tile[data-room='6']")


def saturation(page: Page) -> Locator:
    return page.locator("[data-room='6'] [data-bind='SpO2']:visible").first


def shows_no_patient(page: Page) -> None:
    """Numbers go on, and the code is nowhere: not to be seen, not in what the page keeps."""
    expect(saturation(page)).to_have_text(re.compile(r"\d+"))
    pulse = page.locator("[data-room='6'] [data-bind='PR']:visible").first
    expect(pulse, "the numbers stand still").not_to_have_text(pulse.inner_text())
    expect(page.locator("body")).not_to_contain_text(PATIENTS_CODE)
    assert PATIENTS_CODE not in kept_by(page)


def overflow(page: Page) -> list[int]:
    found: list[int] = page.evaluate(
        "(e => [e.scrollWidth - innerWidth, e.scrollHeight - innerHeight])(document.documentElement)"
    )
    return found


def notes(clinic: Clinic, text: str) -> list[AnyEvent]:
    return [each for each in RecordReader(clinic.data).events() if isinstance(each, NoteWritten) and each.text == text]


def test_a_click_signs_in_a_lock_hides_who_is_treated_and_the_pin_brings_it_back(
    clinic: Clinic, stranger: Page
) -> None:
    stranger.goto(f"{clinic.url}/sign-in")
    expect(stranger.locator("main")).to_contain_text(OPEN_PIN)
    stranger.locator("main").get_by_role("button", name="Clinician").click()
    expect(stranger).to_have_url(f"{clinic.url}/")
    expect(tile(stranger).locator("[data-bind='patient']")).to_have_text(PATIENTS_CODE)
    tile(stranger).click()
    expect(stranger.locator("#timeline")).to_contain_text("Session opened")
    stranger.get_by_role("button", name="Add note").click()
    expect(stranger.locator("#note h2")).to_contain_text(PATIENTS_CODE)
    stranger.locator("#note textarea").fill("half a note")

    before = stranger.locator(".room-bar").bounding_box()
    lock(stranger, "clinician 1")
    expect(stranger.locator("[data-bind='head-patient']")).to_have_text(" · hidden")
    expect(stranger.locator("#timeline")).to_contain_text("Sign in to see")
    shows_no_patient(stranger)
    assert stranger.locator(".room-bar").bounding_box() == before, "the numbers moved"
    assert overflow(stranger)[0] == 0, "the bar is wider than the screen"
    expect(stranger.locator("#note textarea")).to_have_css("color", "rgba(0, 0, 0, 0)")

    unlock(stranger, "9999")
    expect(stranger.locator("#unlock [data-problem='pin']")).to_have_text("The PIN is wrong.")
    assert overflow(stranger)[0] == 0, "the bar is wider than the screen"
    shows_no_patient(stranger)
    unlock(stranger, OPEN_PIN)
    expect(stranger.locator("[data-bind='head-patient']")).to_have_text(f" · {PATIENTS_CODE}")
    expect(stranger.locator("#timeline")).to_contain_text("Session opened")
    expect(stranger.locator("#unlock")).to_be_hidden()
    expect(stranger.locator("#note textarea")).to_have_value("half a note")
    expect(stranger.locator("#note textarea")).not_to_have_css("color", "rgba(0, 0, 0, 0)")


@pytest.mark.parametrize("width", [1280, 1024, 800])
def test_a_locked_page_is_locked_after_a_reload_too_and_fits_while_it_is_mute(
    clinic: Clinic, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(clinic.url)
    lock(page)
    page.reload()
    expect(page.locator("#sound-chip")).to_contain_text("Sound is off")
    expect(page.locator("#unlock")).to_be_visible()
    shows_no_patient(page)
    assert overflow(page)[0] == 0, "the bar is wider than the screen"


def test_what_was_typed_waits_for_whoever_signs_in(clinic: Clinic, page: Page) -> None:
    page.goto(f"{clinic.url}/room/6")
    page.get_by_role("button", name="Add note").click()
    page.locator("#note textarea").fill("typed before")
    page.context.clear_cookies()
    page.evaluate("chairside.reopen()")
    expect(page.locator("#sign-in")).to_be_visible()
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#note [data-answer]")).to_contain_text("Sign in first: ")
    expect(page.locator("#sign-in-box")).to_be_visible()
    expect(page.locator("#note")).to_be_visible()
    page.locator("#sign-in-box").get_by_role("button", name="Nurse").click()
    expect(page.locator("#sign-in-box")).to_be_hidden()
    expect(page.locator("#note textarea")).to_have_value("typed before")
    expect(page.get_by_role("button", name="nurse 1")).to_be_visible()
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#timeline")).to_contain_text("typed before")
    assert [note.by for note in notes(clinic, "typed before")] == ["nurse 1"]


def test_a_locked_page_asks_for_the_pin_where_an_alarm_is_to_be_answered(
    clinic: Clinic, page: Page, other: Page
) -> None:
    page.goto(clinic.url)
    other.goto(clinic.url)
    lock(page)
    try:
        assert ask(other, "SetFault", room="3", device="oximeter", fault="unplug", active=True)["done"]
        expect(page.locator("#banner")).to_contain_text("Room 3")
        page.locator("#acknowledge").click()
        expect(page.locator("#banner [data-answer]")).to_contain_text("Sign in first: ")
        expect(page.locator("#unlock input[name='pin']")).to_be_focused()
        page.keyboard.type(OPEN_PIN)
        page.keyboard.press("Enter")
        expect(page.locator("#unlock")).to_be_hidden()
        page.locator("#acknowledge").click()
        strip = page.locator(".tile[data-room='3'] [data-bind='alarm']")
        expect(strip).to_contain_text("✓ nurse 1")
    finally:
        ask(other, "SetFault", room="3", device="oximeter", fault="unplug", active=False)


def test_a_page_that_nobody_touches_locks_by_itself_also_without_the_server(clinic: Clinic, page: Page) -> None:
    page.goto(clinic.url)
    expect(tile(page).locator("[data-bind='patient']")).to_have_text(PATIENTS_CODE)
    page.route(re.compile("/lock$"), lambda route: route.abort())
    person = {"state": "in", "name": "nurse 1", "role": "nurse", "lock_s": 0, "identifying": ["patient"]}
    page.evaluate("person => chairside.emit('person', person)", person)
    expect(page.locator("#unlock")).to_be_visible()
    shows_no_patient(page)


def test_all_pages_of_a_browser_follow_who_signs_in_and_out(clinic: Clinic, page: Page) -> None:
    page.goto(clinic.url)
    second = page.context.new_page()
    second.goto(clinic.url)
    expect(tile(second).locator("[data-bind='patient']")).to_have_text(PATIENTS_CODE)
    page.get_by_role("button", name="nurse 1").click()
    page.get_by_role("button", name="Sign out").click()
    for screen in (page, second):
        expect(screen.locator("#sign-in")).to_be_visible()
        shows_no_patient(screen)
    page.locator("#sign-in").click()
    page.locator("#sign-in-box").get_by_role("button", name="Tester").click()
    for screen in (page, second):
        expect(screen.get_by_role("button", name="tester 1")).to_be_visible()
        expect(tile(screen).locator("[data-bind='patient']")).to_have_text(PATIENTS_CODE)


def test_the_sign_in_page_fits_and_says_what_is_wrong_at_its_field(clinic: Clinic, stranger: Page) -> None:
    stranger.goto(f"{clinic.url}/sign-in")
    form = stranger.locator("main form")
    form.get_by_role("button", name="Sign in").click()
    expect(form.locator("[data-problem='password']")).to_have_text("Fill this in.")
    form.locator("input[name='login']").fill("nobody")
    form.locator("input[name='password']").fill(" wrong password ")
    form.locator("input[name='password']").press("Enter")
    expect(form.locator("[data-problem='password']")).to_have_text("Name or password is wrong.")
    expect(form.locator("input[name='login']")).to_have_value("nobody")
    assert overflow(stranger) == [0, 0]
