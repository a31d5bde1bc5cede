"""What must not happen when a nurse is quick, or when the room's patient changes behind an open dialog."""

from __future__ import annotations

import json

from playwright.sync_api import Page, expect

from monitor.clinic.events import AnyEvent
from monitor.record.reader import RecordReader
from tests.browser.conftest import Clinic
from tests.browser.troubled import ask, fast_time

DEMONSTRATION_MS = 60_000
"""By then the simulated patients are where their scripts have them."""
PRESS_AGAIN = """selector => {
    const button = document.querySelector(selector);
    const first = button.dataset.command;
    window.pressed = new Promise(pressed => new MutationObserver((changes, observer) => {
        if (button.dataset.command === first) return;
        observer.disconnect();
        button.click();
        pressed();
    }).observe(button, {attributeFilter: ["data-command"]}));
}"""


def press_as_soon_as_it_changes(page: Page, button: str) -> None:
    """A finger that is on its way when the button turns into another one."""
    page.evaluate(PRESS_AGAIN, button)


def start(page: Page, patient: str) -> None:
    dose = {"weight_kg": 70, "protocol": "esketamine_us", "dose_mg": 56}
    assert ask(page, "StartSession", room="8", patient=patient, **dose)["done"]
    expect(page.locator("h1")).to_contain_text(patient)


def shown_session(page: Page) -> str:
    session: str = page.evaluate("() => chairside.roomOf(chairside.roomPage()).session.id")
    return session


def end(page: Page) -> None:
    session = shown_session(page)
    assert ask(page, "AbortSession", room="8", session=session, reason="test")["done"]


def unplug(page: Page, room: str, active: bool = True) -> None:
    assert ask(page, "SetFault", room=room, device="oximeter", fault="unplug", active=active)["done"]


def events(clinic: Clinic, session: str, kind: str) -> list[AnyEvent]:
    found = RecordReader(clinic.data).events(session)
    return [event for event in found if type(event).__name__ == kind]


def write_note(page: Page, text: str) -> None:
    page.get_by_role("button", name="Add note").click()
    page.locator("#note textarea").fill(text)
    page.get_by_role("button", name="Save note").click()
    expect(page.locator("#timeline")).to_contain_text(text)


def test_a_dialog_of_one_patient_does_nothing_to_the_next(clinic: Clinic, page: Page) -> None:
    page.goto(f"{clinic.url}/room/8")
    start(page, "K-1")
    before = shown_session(page)
    page.get_by_role("button", name="Add note").click()
    page.locator("#note textarea").fill("only of K-1")
    page.get_by_role("button", name="End otherwise").click()
    expect(page.locator("#ending h2")).to_have_text("End the session of K-1 otherwise")
    expect(page.locator("#note")).to_be_hidden()
    end(page)
    start(page, "K-2")
    expect(page.locator("#ending"), "the next patient could be aborted by mistake").to_be_hidden()
    page.get_by_role("button", name="Add note").click()
    expect(page.locator("#note h2")).to_have_text("Add a note for K-2")
    expect(page.locator("#note textarea"), "one patient's note is offered for another").to_have_value("")
    late = ask(page, "WriteNote", room="8", session=before, text="too late")
    assert not late["done"]
    assert "K-2" in late["text"]
    page.keyboard.press("Escape")
    end(page)


def test_a_double_click_neither_skips_a_phase_nor_stops_the_cuff_it_started(clinic: Clinic, page: Page) -> None:
    page.goto(f"{clinic.url}/room/4")
    with fast_time(page):
        expect(page.locator("[data-step='monitoring']")).to_have_class("now", timeout=DEMONSTRATION_MS)
    for button in ("cuff-button", "next-step"):
        press_as_soon_as_it_changes(page, f"[data-bind='{button}']")
        page.locator(f"[data-bind='{button}']").dblclick()
        page.evaluate("window.pressed")
    expect(page.get_by_role("button", name="Stop cuff")).to_be_visible()
    expect(page.locator("[data-step='recovery']")).to_have_class("now")
    expect(page.locator("#discharge"), "the second click was taken for a discharge").to_be_hidden()
    write_note(page, "after both")
    assert not events(clinic, shown_session(page), "CuffFailed"), "the reading was stopped again"


def test_an_alarm_that_comes_under_the_finger_is_not_acknowledged_by_it(clinic: Clinic, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.post_data or "") if "/command" in request.url else None)
    page.goto(f"{clinic.url}/room/1")
    expect(page.locator("#banner")).to_contain_text("No alarm")
    top = page.locator(".room-bar").bounding_box()
    unplug(page, "5")
    expect(page.locator("#banner")).to_contain_text("Room 5")
    assert page.locator(".room-bar").bounding_box() == top, "the buttons of the page moved under the finger"
    press_as_soon_as_it_changes(page, "#acknowledge")
    unplug(page, "1")
    page.evaluate("window.pressed")
    expect(page.locator("#banner")).to_contain_text("Room 1")
    page.locator("#acknowledge").click()
    expect(page.locator("#banner")).to_contain_text("Room 5")
    acknowledged = [json.loads(body)["room"] for body in asked if "Acknowledge" in body]
    assert acknowledged == ["1"], "the press before it could be read was taken"
    for room in "15":
        unplug(page, room, active=False)


def test_an_alarm_can_be_answered_beside_an_open_dialog(clinic: Clinic, page: Page) -> None:
    page.goto(f"{clinic.url}/room/2")
    page.get_by_role("button", name="Add note").click()
    page.locator("#note textarea").fill("half a note")
    unplug(page, "2")
    expect(page.locator("#banner")).to_contain_text("Room 2")
    page.locator("#acknowledge").click()
    expect(page.locator(".listed-alarm")).to_contain_text("✓ nurse 1")
    expect(page.locator("#note textarea")).to_have_value("half a note")
    page.locator("#note textarea").focus()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Add note")).to_be_focused()
    unplug(page, "2", active=False)


def test_a_number_that_is_none_is_not_sent_and_every_empty_field_is_marked(clinic: Clinic, page: Page) -> None:
    page.goto(f"{clinic.url}/room/8")
    begin = page.get_by_role("button", name="Start session")
    begin.click()
    for field in ("patient", "weight_kg", "dose_mg"):
        expect(page.locator(f"[data-problem='{field}']")).to_have_text("Fill this in.")
    expect(page.locator("input[name='patient']")).to_be_focused()
    page.locator("input[name='patient']").fill("K-4")
    page.locator("input[name='weight_kg']").fill("1e2")
    page.locator("input[name='dose_mg']").fill("0x46")
    begin.click()
    for field in ("weight_kg", "dose_mg"):
        expect(page.locator(f"[data-problem='{field}']")).to_contain_text("digits")
    page.locator("select[name='protocol']").select_option("iv_ketamine")
    page.locator("input[name='weight_kg']").fill("100")
    page.locator("[data-mg-per-kg]:visible").click()
    expect(page.locator("input[name='dose_mg']")).to_have_value("50")
    page.locator("input[name='weight_kg']").fill("70")
    expect(page.locator("input[name='dose_mg']"), "a dose for another weight stands there").to_have_value("")
