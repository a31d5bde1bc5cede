"""What a clinician does on the page of alarms: look, choose, and try other limits before anybody changes one."""

from __future__ import annotations

import os
import re
import signal
from datetime import datetime, timedelta

from playwright.sync_api import Browser, Locator, Page, expect

from monitor.clinic.events import AlarmRaised, LimitsChanged
from monitor.record.reader import RecordReader
from tests.browser.conftest import Clinic, signed_in

ZONE, AHEAD = "Asia/Kathmandu", timedelta(hours=5, minutes=45)
"""A clock that no computer shows by chance."""
TWO_DAYS_FAST = "const right = Date.now; Date.now = () => right() + 2 * 86400_000;"


def open_log(clinic: Clinic, page: Page) -> None:
    page.goto(f"{clinic.url}/alarms")
    expect(page.locator("[data-log-says]")).to_contain_text("as of")


def line(page: Page, words: str) -> Locator:
    return page.locator("#alarm-log tbody tr", has_text=words)


def choose(page: Page, name: str, value: str) -> None:
    page.locator(f"select[name='{name}']").select_option(value)
    expect(page.locator("[data-log-says]")).to_contain_text("as of")


def unplug(clinic: Clinic, page: Page, room: str, device: str) -> None:
    """Makes an alarm and answers it."""
    page.goto(f"{clinic.url}/simulate")
    row = page.locator("tr", has_text=room).filter(has_text=device)
    row.get_by_role("button", name="Unplug").click()
    expect(page.locator("#banner")).to_contain_text(room)
    acknowledge(page)
    row.get_by_role("button", name="Plug in").click()


def acknowledge(page: Page) -> None:
    page.locator("#acknowledge").click()
    expect(page.locator("#banner [data-answer]")).to_have_text("Done.")


def figure(page: Page, place: str, title: str) -> Locator:
    """A number that stands under a title."""
    titled = page.locator(f"{place} dl > div", has=page.get_by_text(title, exact=True))
    return titled.locator(".figure")


def test_an_alarm_stands_in_the_log_with_its_answer(clinic: Clinic, page: Page) -> None:
    unplug(clinic, page, "Room 2", "oximeter")
    page.get_by_role("link", name="Alarms", exact=True).click()
    told = line(page, "Oximeter: not connected").first
    for words in ("Room 2", "K-0977", "Medium", "nurse 1"):
        expect(told).to_contain_text(words)
    choose(page, "room", "2")
    choose(page, "condition", "oximeter")
    expect(figure(page, "#alarm-figures", "Alarms")).to_have_text("1")
    expect(figure(page, "#alarm-figures", "Acknowledged")).to_have_text("100%")


def test_times_are_those_of_the_desks_own_clock(clinic: Clinic, browser: Browser, page: Page) -> None:
    unplug(clinic, page, "Room 7", "oximeter")
    context = signed_in(browser.new_context(timezone_id=ZONE))
    elsewhere = context.new_page()
    elsewhere.add_init_script(TWO_DAYS_FAST)
    elsewhere.route("**/live", lambda route: route.abort())
    elsewhere.goto(f"{clinic.url}/alarms")
    expect(elsewhere.locator("[data-alarms-page]")).to_be_visible()
    elsewhere.unroute("**/live")
    expect(elsewhere.locator("[data-log-says]")).to_contain_text("as of")
    raised = [event for event in RecordReader(clinic.data).events(room="7") if isinstance(event, AlarmRaised)]
    unplugged = next(event for event in raised if event.condition == "oximeter.link_down")
    there = datetime(1970, 1, 1) + timedelta(microseconds=unplugged.onset) + AHEAD
    told = line(elsewhere, "Room 7").filter(has_text="Oximeter: not connected")
    expect(told.locator("time"), "asked for a day that has not come yet").to_have_text(f"{there:%H:%M:%S}")
    context.close()


def test_a_choice_shows_only_what_was_chosen_and_all_of_it_comes_back(clinic: Clinic, page: Page) -> None:
    unplug(clinic, page, "Room 6", "oximeter")
    open_log(clinic, page)
    here = line(page, "Room 6").first
    expect(here).to_be_visible()
    choose(page, "room", "1")
    expect(here).to_be_hidden()
    choose(page, "room", "")
    expect(here).to_be_visible()
    page.locator("input[name='patient']").fill("k-1093")
    page.locator("input[name='patient']").press("Enter")
    expect(here).to_be_visible()
    expect(line(page, "Room 2")).to_have_count(0)
    choose(page, "unanswered", "yes")
    expect(here).to_be_hidden()
    choose(page, "unanswered", "")
    choose(page, "kind", "physiological")
    expect(line(page, "Oximeter")).to_have_count(0)


def what_if(clinic: Clinic, page: Page) -> None:
    open_log(clinic, page)
    page.get_by_role("tab", name="What if").click()


def test_a_limit_that_cannot_be_is_refused_at_its_field_and_nothing_typed_is_lost(clinic: Clinic, page: Page) -> None:
    what_if(clinic, page)
    low, delay = page.locator("input[name='PR.low']"), page.locator("input[name='SpO2.low.delay']")
    delay.fill("20")
    for typed, reason in (("130", "crosses the high limit 120"), ("fast", "is not a number")):
        low.fill(typed)
        page.get_by_role("button", name="Try these limits").click()
        expect(page.locator("[data-problem='PR.low']")).to_contain_text(reason)
        expect(low).to_be_focused()
        expect(low).to_have_value(typed)
        expect(delay).to_have_value("20")
    low.fill("55")
    expect(page.locator("[data-problem='PR.low']")).to_be_empty()


def test_other_limits_over_the_sessions_of_now_change_nothing(clinic: Clinic, page: Page) -> None:
    what_if(clinic, page)
    expect(page.locator("[data-chosen]")).to_have_text("7 of 7 chosen")
    page.get_by_role("button", name="None", exact=True).click()
    page.locator("[data-session]", has_text="Room 1").click()
    expect(page.locator("[data-chosen]")).to_have_text("1 of 7 chosen")
    page.locator("input[name='SpO2.low']").fill("95")
    button = page.get_by_role("button", name="Try these limits")
    button.click()
    expect(page.locator("#what-if-result")).to_contain_text("1 session")
    expect(figure(page, "#what-if-result", "Alarms")).to_have_text(re.compile(r"^0 → \d+$"))
    expect(figure(page, "#what-if-result", "Missed severe episodes")).to_have_text("0 → 0")
    expect(button).to_be_enabled()
    assert not any(isinstance(event, LimitsChanged) for event in RecordReader(clinic.data).events())
    page.locator("input[name='SpO2.low']").fill("")
    button.click()
    expect(page.locator("#what-if-result")).to_contain_text("Give at least one other limit.")


def test_an_alarm_can_be_answered_from_the_log(clinic: Clinic, page: Page) -> None:
    simulate = page.context.new_page()
    simulate.goto(f"{clinic.url}/simulate")
    row = simulate.locator("tr", has_text="Room 5").filter(has_text="oximeter")
    open_log(clinic, page)
    row.get_by_role("button", name="Unplug").click()
    expect(page.locator("#banner")).to_contain_text("Room 5")
    acknowledge(page)
    page.get_by_role("button", name="Refresh").click()
    expect(line(page, "Room 5").first).to_contain_text("nurse 1")
    row.get_by_role("button", name="Plug in").click()


def test_old_lines_are_not_shown_as_an_answer_that_never_came(clinic: Clinic, page: Page) -> None:
    open_log(clinic, page)
    web = clinic.part("monitor.web").pid
    os.kill(web, signal.SIGSTOP)
    try:
        page.get_by_role("button", name="Refresh").click()
        expect(page.locator("[data-log-says]")).to_have_text("reading")
        expect(page.locator("#alarm-log[data-waiting]")).to_be_visible()
        expect(page.locator("[data-log-says]")).to_contain_text("No answer", timeout=20_000)
        expect(page.locator("#alarm-log[data-waiting]")).to_be_visible()
    finally:
        os.kill(web, signal.SIGCONT)
    page.get_by_role("button", name="Refresh").click()
    expect(page.locator("[data-log-says]")).to_contain_text("as of")
    expect(page.locator("#alarm-log[data-waiting]")).to_have_count(0)


def test_the_page_fits_a_small_desk_and_its_fingers(clinic: Clinic, page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    for tab in ("Log and statistics", "What if"):
        open_log(clinic, page)
        page.get_by_role("tab", name=tab).click()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") == 0, f"{tab} is wider than 1280"
        small = page.evaluate(
            """[...document.querySelectorAll('main button, main select, main input')]
                 .filter(e => e.offsetParent && (e.offsetHeight < 44 || e.offsetWidth < 44)).map(e => e.outerHTML)"""
        )
        assert not small, f"too small for a finger: {small}"
