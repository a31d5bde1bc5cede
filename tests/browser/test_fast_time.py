"""A screen of a clinic whose time runs fast: live, in the clinic's time, and never mistaken for an ordinary one."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Clinic, start_clinic, stop_clinic
from tests.service.clinic import write_simulated_config

PATIENT = 'seed = 1, patient = "K-1", protocol = "esketamine_us", dose_mg = 56, phase = "dosing"'


@pytest.fixture
def one_room(tmp_path: Path) -> Iterator[Clinic]:
    running = start_clinic(write_simulated_config(tmp_path, PATIENT), tmp_path / "data", patients=1)
    yield running
    stop_clinic(running)


def seconds_shown(page: Page) -> int:
    hours, minutes, seconds = (int(part) for part in page.locator("#clock").inner_text().split(":"))
    return (hours * 60 + minutes) * 60 + seconds


def test_time_runs_fast_on_a_screen_that_stays_live_and_says_so(one_room: Clinic, page: Page, other: Page) -> None:
    page.goto(f"{one_room.url}/room/1")
    other.goto(f"{one_room.url}/simulate")
    chip = page.locator("#speed-chip")
    expect(page.get_by_role("heading", level=1)).to_contain_text("K-1")
    expect(chip).to_be_hidden()
    page.evaluate("""() => {
        window.seen = {liveness: new Set(), blank: 0};
        chairside.on('tick', () => {
            seen.liveness.add(chairside.liveness);
            seen.blank += !/\\d/.test(document.querySelector("[data-bind='SpO2']").textContent);
        });
    }""")
    before, real = seconds_shown(page), time.monotonic()
    other.get_by_role("button", name="60×").click()
    expect(chip).to_have_text("Clock 60×")
    expect(other.locator("#speed-chip")).to_be_visible()
    expect(other.get_by_role("button", name="60×")).to_have_attribute("aria-pressed", "true")
    clock = page.locator("[data-bind='clock-long']").first
    expect(clock, "the first dose is given when the first reading is taken").to_have_text(re.compile(r"\+00:0[2-9]"))
    other.get_by_role("button", name="1×", exact=True).click()
    expect(chip).to_be_hidden()
    passed = (seconds_shown(page) - before) % (24 * 3600)
    assert passed > 2 * 60
    assert passed > 3 * (time.monotonic() - real), "the page's clock is not the clinic's"
    expect(page.locator("#live-chip")).to_contain_text("live")
    assert page.evaluate("[...seen.liveness]") == ["live"], "fast time was taken for a lost connection"
    assert page.evaluate("seen.blank") == 0, "a number of now was taken for an old one"
    expect(page.locator("#notice")).to_contain_text("ahead of the computer's clock")
