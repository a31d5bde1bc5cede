"""A whole session of the record, looked at and corrected as a clinician does it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from devices.readings import SECOND, Micros
from monitor.clinic.events import SessionEnded
from monitor.clinic.treatment.events import Signed
from tests.browser.conftest import Clinic, config_like_shipped, signed_in, start_clinic, stop_clinic
from tests.browser.troubled import lock, unlock
from tests.reports.lifelike import esketamine, record_lifelike
from tests.reports.scripted import MINUTE, at, without

DONE, GOES_ON = "d0" * 16, "90" * 16
PATIENT = "K-117"
PIN = "1234"


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A session that was yesterday, and one that goes on since two hours."""
    folder = tmp_path_factory.mktemp("review")
    data = folder / "data"
    data.mkdir()
    record_lifelike(data, esketamine(), DONE, waves_min=(45, 60), later=ending(24 * 60))
    record_lifelike(data, without(esketamine(), SessionEnded, Signed), GOES_ON, room="2", later=ending(0))
    running = start_clinic(config_like_shipped(folder), data, patients=1)
    yield running
    stop_clinic(running)


def ending(minutes_ago: float) -> Micros:
    """By how much a session is moved to end then."""
    now: Micros = time.time_ns() // 1000
    return now - round(minutes_ago * MINUTE) - at(126) // SECOND * SECOND


def opened(page: Page, clinic: Clinic, session: str = DONE) -> Page:
    page.goto(f"{clinic.url}/sessions/{session}")
    expect(page.locator(".review-figures")).to_be_visible()
    expect(marks(page).first).to_be_attached()
    return page


def marks(page: Page) -> Locator:
    return page.locator(".review-plot .scatterlayer .trace")


def reads(page: Page) -> Locator:
    return page.locator("[data-review-reads]")


def figure(page: Page, name: str) -> Locator:
    return page.locator(".review-figures > div").filter(has_text=name)


def test_the_lowest_saturation_is_found_from_its_figure_and_read_in_every_lane(clinic: Clinic, page: Page) -> None:
    opened(page, clinic)
    figure(page, "Lowest SpO₂").get_by_role("button").click()
    expect(page.locator("[data-range='5']")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-review-line]")).to_be_visible()
    for part in ("SpO₂ ?86 %", "PR ?7[0-9] /min", "NIBP ?146/90", "MOAA/S ?4", "SpO₂ 88 < 90"):
        expect(reads(page)).to_contain_text(re.compile(part))
    page.get_by_role("button", name="1 min", exact=True).first.click()
    expect(page.get_by_text("Pleth", exact=True)).to_be_visible()
    page.locator("[data-review-plot]").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("[data-review-box]")).to_contain_text("86 %")
    page.keyboard.press("Escape")
    expect(page.locator("[data-range='whole']")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_text("Pleth", exact=True)).to_have_count(0)


def test_dragging_zooms_and_a_double_click_leads_back(clinic: Clinic, page: Page) -> None:
    opened(page, clinic)
    there = page.locator(".review-plot .nsewdrag").first.bounding_box()
    assert there is not None
    page.mouse.move(there["x"] + 200, there["y"] + 10)
    page.mouse.down()
    page.mouse.move(there["x"] + 500, there["y"] + 12, steps=4)
    page.mouse.up()
    whole = page.locator("[data-range='whole']")
    expect(whole).to_have_attribute("aria-pressed", "false")
    page.mouse.dblclick(there["x"] + 300, there["y"] + 10)
    expect(whole).to_have_attribute("aria-pressed", "true")


def test_a_marked_artefact_stays_visible_and_counts_for_nothing(clinic: Clinic, page: Page) -> None:
    opened(page, clinic)
    lowest = figure(page, "Lowest SpO₂")
    expect(lowest).to_contain_text("86 %")
    lowest.get_by_role("button").click()
    page.get_by_role("button", name="Mark artefact").first.click()
    form = page.locator("#mark-artefact form")
    assert form.locator("[name=start]").input_value() != form.locator("[name=end]").input_value()
    form.get_by_role("button", name="Movement").click()
    form.get_by_role("button", name="Mark artefact").click()
    expect(lowest).to_contain_text("96 %")
    expect(page.get_by_text("artefact: Movement").first).to_be_visible()
    expect(reads(page)).to_contain_text("artefact")
    page.get_by_role("button", name="Withdraw mark").click()
    withdrawal = page.locator("#withdraw-mark form")
    withdrawal.locator("[name=reason]").fill("It was real")
    withdrawal.get_by_role("button", name="Withdraw mark").click()
    expect(lowest).to_contain_text("86 %")
    expect(page.get_by_text("artefact: Movement")).to_have_count(0)


def test_an_amended_dose_shows_old_and_new_and_is_signed_again(clinic: Clinic, page: Page) -> None:
    opened(page, clinic)
    entry = page.locator(".entry").filter(has_text="Device 3, 28 mg")
    entry.get_by_role("button", name="Correct").click()
    form = page.locator("#correct form")
    expect(form.locator("[name='changes.mg']")).to_have_value("28")
    expect(form.locator("[name='changes.sys']")).to_be_hidden()
    form.locator("[name='changes.mg']").fill("14")
    form.locator("[name=text]").fill("Half of it was lost")
    form.locator("[name=reason]").fill("Seen at once")
    form.locator("[name=pin]").fill(PIN)
    form.get_by_role("button", name="Sign correction").click()
    form.get_by_text("14 mg, but a device holds 28 mg. I have checked it: it is right.").click()
    form.locator("[name=pin]").fill(PIN)
    form.get_by_role("button", name="Sign correction").click()
    expect(entry.locator("s")).to_contain_text("Device 3, 28 mg")
    expect(entry).to_contain_text("Device 3, 14 mg")
    corrected = "Half of it was lost · Seen at once · 14 mg, but a device holds 28 mg. · nurse 1, nurse"
    expect(entry.locator(".correction")).to_contain_text(corrected)
    expect(figure(page, "Dose").first).to_contain_text("70 mg of 84 mg planned")
    page.get_by_role("button", name="Sign again").click()
    signing = page.locator("#sign-again form")
    signing.locator("[name=pin]").fill(PIN)
    signing.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Changed since it was signed.")).to_have_count(0)
    expect(page.get_by_text("Signed: record as it is now").first).to_be_visible()


def correct_in_words(page: Page, entry: str, text: str) -> None:
    page.locator(".entry").filter(has_text=entry).get_by_role("button", name="Correct").click()
    form = page.locator("#correct form")
    for name, value in (("text", text), ("reason", "Seen at once"), ("pin", PIN)):
        form.locator(f"[name={name}]").fill(value)
    form.get_by_role("button", name="Sign correction").click()


def test_who_signs_a_page_that_is_not_of_now_is_shown_what_changed_meanwhile(clinic: Clinic, page: Page) -> None:
    opened(page, clinic)
    correct_in_words(page, "Device 1, 28 mg", "Window seat")
    expect(page.get_by_role("button", name="Sign again")).to_be_visible()
    other = opened(page.context.new_page(), clinic)
    correct_in_words(other, "Device 2, 28 mg", "Door seat")
    expect(other.locator(".correction").filter(has_text="Door seat")).to_be_visible()
    page.get_by_role("button", name="Sign again").click()
    signing = page.locator("#sign-again form")
    signing.locator("[name=pin]").fill(PIN)
    signing.get_by_role("button", name="Sign", exact=True).click()
    expect(page.locator("[data-session-says]")).to_have_text("Changed meanwhile. Look again.")
    expect(page.locator(".correction").filter(has_text="Door seat")).to_be_visible()
    expect(page.get_by_text("Changed since it was signed.")).to_be_visible()
    page.get_by_role("button", name="Sign again").click()
    signing.locator("[name=pin]").fill(PIN)
    signing.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_text("Changed since it was signed.")).to_have_count(0)


def test_a_session_that_goes_on_is_drawn_and_not_corrected(clinic: Clinic, page: Page) -> None:
    opened(page, clinic, GOES_ON)
    expect(page.locator(".session-bar")).to_contain_text("goes on")
    expect(page.get_by_role("button", name="Correct")).to_have_count(0)
    page.get_by_role("button", name="15 min", exact=True).first.click()
    expect(page.locator("[data-range='15']")).to_have_attribute("aria-pressed", "true")
    with page.expect_request(lambda each: "review-drawn" in (each.post_data or ""), timeout=40_000):
        """It asks again by itself."""
    expect(page.locator("[data-range='15']")).to_have_attribute("aria-pressed", "true")


def test_paper_has_the_chart_and_no_buttons(clinic: Clinic, browser: Browser, tmp_path: Path) -> None:
    context = signed_in(browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB"))
    page = opened(context.new_page(), clinic)
    page.emulate_media(media="print")
    expect(page.locator(".review-plot .main-svg").first).to_have_attribute("width", "1010")
    expect(page.locator(".review-plot .main-svg").first).to_be_visible()
    expect(page.locator(".review-figures")).to_be_visible()
    for hidden in (".overhead", ".review-toolbar", ".export-bar", ".footer"):
        expect(page.locator(hidden)).to_be_hidden()
    assert page.get_by_role("button", name="Correct").count() == 0
    page.pdf(path=tmp_path / "chart.pdf", prefer_css_page_size=True)
    assert (tmp_path / "chart.pdf").stat().st_size > 20_000
    context.close()


@pytest.mark.parametrize("width", [1280, 1600])
def test_nothing_reaches_beyond_the_page(clinic: Clinic, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    opened(page, clinic)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def keeps_nothing(page: Page) -> None:
    """Neither to be seen nor to be pointed at, nor in what the page keeps."""
    page.wait_for_function("document.querySelector('[data-review-plot] .js-plotly-plot').data.length === 0")
    expect(marks(page)).to_have_count(0)
    expect(reads(page)).to_have_text("")
    expect(page.locator("[data-review-box]")).to_have_text("")
    expect(page.locator("body")).not_to_contain_text(PATIENT)
    assert PATIENT not in page.content()
    plot = page.locator("[data-review-plot]").bounding_box()
    assert plot is not None
    page.mouse.move(plot["x"] + 300, plot["y"] + 100)
    page.mouse.move(plot["x"] + 320, plot["y"] + 110)
    expect(reads(page)).to_have_text("")


def test_a_locked_page_keeps_nothing_of_the_session_and_the_pin_brings_it_back(clinic: Clinic, page: Page) -> None:
    opened(page, clinic)
    figure(page, "Lowest SpO₂").get_by_role("button").click()
    expect(reads(page)).to_contain_text("MOAA/S")
    lock(page)
    expect(page.locator("#session .told-problem")).to_have_text("Sign in to see this session.")
    expect(page.locator("#session .told-problem")).to_be_visible()
    expect(page.locator("[data-review-says]")).to_have_text("Sign in to see the chart.")
    expect(page.locator("[data-review-says]")).to_be_visible()
    keeps_nothing(page)
    unlock(page, PIN)
    expect(marks(page).first).to_be_attached()
    expect(figure(page, "Lowest SpO₂")).to_be_visible()
    expect(page.locator(".session-bar")).to_contain_text(PATIENT)


def leave_alone(page: Page, unreachable: str = "/lock$|/_dash-update-component") -> None:
    """Nobody touches the page for long, and it cannot reach the server."""
    page.route(re.compile(unreachable), lambda route: route.abort())
    person = {"state": "in", "name": "nurse 1", "role": "nurse", "lock_s": 0, "identifying": ["patient"]}
    page.evaluate("person => chairside.emit('person', person)", person)
    expect(page.locator("#unlock")).to_be_visible()


@pytest.mark.parametrize("unreachable", ["/lock$|/_dash-update-component", "/lock$"])
def test_a_page_that_locks_without_the_server_keeps_nothing_of_the_session(
    clinic: Clinic, page: Page, unreachable: str
) -> None:
    opened(page, clinic)
    figure(page, "Lowest SpO₂").get_by_role("button").click()
    expect(reads(page)).to_contain_text("MOAA/S")
    leave_alone(page, unreachable)
    keeps_nothing(page)


@pytest.mark.parametrize("path", ["/sessions", f"/compare/{PATIENT}", "/alarms"])
def test_pages_of_the_record_name_nobody_once_they_lock_without_the_server(
    clinic: Clinic, page: Page, path: str
) -> None:
    page.goto(f"{clinic.url}{path}")
    expect(page.locator("main")).to_contain_text(PATIENT)
    leave_alone(page)
    expect(page.locator("main")).not_to_contain_text(PATIENT)


def test_what_comes_for_a_page_after_it_was_locked_is_not_seen(clinic: Clinic, page: Page) -> None:
    opened(page, clinic)
    leave_alone(page)
    page.evaluate("words => dash_clientside.set_props('session', {children: words})", PATIENT)
    expect(page.locator("#session")).to_have_text(PATIENT)
    expect(page.locator("#session")).not_to_be_visible()
