"""What a clinician does on the list of sessions: find, put in order, go through it by keys, keep a view."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Locator, Page, expect

from devices.readings import Micros
from monitor.clinic.events import AnyEvent
from monitor.record.writer import RecordWriter
from tests.browser.conftest import Clinic, config_like_shipped, start_clinic, stop_clinic
from tests.reports.scripted import MINUTE, cuff, ended, in_order, opened, signed

DAY: Micros = 24 * 60 * MINUTE
MANY = 55
"""More than a page."""


def past_session(number: int) -> list[AnyEvent]:
    """One of those that were a year before the others of these tests; each peaked one higher, every tenth unsigned."""
    told: list[AnyEvent] = [opened(patient=f"S-{number:03d}"), cuff(20, 120 + number, 80), ended(60)]
    told += [] if number % 10 == 0 else [signed(59)]
    numbered = in_order(told, f"{number + 1:032x}")
    return [msgspec.structs.replace(each, seq=0, at=each.at - (400 - number) * DAY) for each in numbered]


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """The shipped clinic, with a past."""
    folder: Path = tmp_path_factory.mktemp("clinic")
    with RecordWriter(folder / "data") as writer:
        for number in range(MANY):
            writer.append_events(past_session(number))
    running = start_clinic(config_like_shipped(folder), folder / "data", patients=0)
    yield running
    stop_clinic(running)


def open_list(clinic: Clinic, page: Page, query: str = "") -> None:
    page.goto(f"{clinic.url}/sessions{query}")
    settled(page)


def settled(page: Page) -> None:
    expect(page.locator("[data-list-says]")).to_contain_text("as of")


def patients(page: Page) -> Locator:
    return page.locator("#sessions tbody th")


def test_a_code_is_found_as_it_is_typed_and_back_leads_back(clinic: Clinic, page: Page) -> None:
    open_list(clinic, page, "?patient=S-")
    expect(page.locator(".list-order")).to_contain_text(f"{MANY} sessions")
    page.keyboard.press("/")
    page.keyboard.type("s-01")
    expect(page.locator(".list-order")).to_contain_text("10 sessions")
    expect(page).to_have_url(re.compile(r"\?patient=s-01$"))
    page.locator("select[name='signature']").select_option("to_sign")
    expect(patients(page)).to_have_text(["S-010"])
    page.go_back()
    expect(page.locator(".list-order")).to_contain_text("10 sessions")
    expect(page.locator("select[name='signature']")).to_have_value("")
    page.go_back()
    expect(page.locator(".list-order")).to_contain_text(f"{MANY} sessions")
    expect(page.locator("input[name='patient']")).to_have_value("S-")


def test_a_heading_puts_in_order_and_says_so(clinic: Clinic, page: Page) -> None:
    open_list(clinic, page, "?patient=S-")
    expect(patients(page).first).to_have_text("S-050")
    heading = page.get_by_role("columnheader", name="Peak BP")
    heading.get_by_role("button").press("Enter")
    expect(heading).to_have_attribute("aria-sort", "descending")
    expect(heading.get_by_role("button")).to_be_focused()
    expect(patients(page).first).to_have_text("S-054")
    heading.get_by_role("button").press("Enter")
    expect(heading).to_have_attribute("aria-sort", "ascending")
    expect(patients(page).first).to_have_text("S-000")
    expect(page.locator(".list-order")).to_contain_text("by Peak BP, lowest first")
    page.reload()
    settled(page)
    expect(patients(page).first).to_have_text("S-000")


def test_keys_go_through_rows_and_pages_and_open_a_session(clinic: Clinic, page: Page) -> None:
    open_list(clinic, page, "?patient=S-&sort=-date")
    page.keyboard.press("n")
    expect(page.locator(".pager")).to_contain_text("Page 2 of 2")
    expect(patients(page)).to_have_count(5)
    expect(page.locator(".to-session").first).to_be_focused()
    page.keyboard.press("p")
    expect(page.locator(".pager")).to_contain_text("Page 1 of 2")
    expect(page.locator(".to-session").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".to-session").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{clinic.url}/sessions/{54:032x}")
    expect(page.locator("[data-session-page]")).to_contain_text("S-053")
    page.go_back()
    settled(page)
    expect(page.locator("input[name='patient']")).to_have_value("S-")


def test_a_view_is_kept_under_a_name_chosen_and_removed(clinic: Clinic, page: Page) -> None:
    open_list(clinic, page, "?patient=S-00&sort=peak")
    page.get_by_role("button", name="Save view").click()
    dialog = page.locator("#save-view")
    dialog.get_by_label("Name of the view").fill("<b>Mine</b>")
    dialog.get_by_role("button", name="Save view").click()
    own = page.get_by_label("My views")
    expect(own).to_have_value("<b>Mine</b>")
    page.get_by_role("button", name="To sign").click()
    expect(page).to_have_url(f"{clinic.url}/sessions?signature=to_sign")
    expect(page.get_by_role("button", name="To sign")).to_have_attribute("aria-pressed", "true")
    own.select_option("<b>Mine</b>")
    expect(patients(page)).to_have_count(10)
    expect(patients(page).first).to_have_text("S-000")
    page.get_by_role("button", name="Remove view").click()
    expect(own).to_be_hidden()
    page.get_by_role("link", name="Alarms", exact=True).click()
    expect(page).to_have_url(f"{clinic.url}/alarms")


def test_what_is_selected_is_told_for_an_export(clinic: Clinic, page: Page) -> None:
    open_list(clinic, page, "?patient=S-&sort=-date")
    bar = page.locator("[data-export-bar]")
    expect(bar).to_be_hidden()
    page.get_by_label("Select S-054 of").check()
    expect(bar).to_contain_text("1 selected")
    page.keyboard.press("n")
    expect(page.locator(".pager")).to_contain_text("Page 2 of 2")
    page.get_by_label("Select all of this page").check()
    expect(bar).to_contain_text("6 selected")
    chosen = page.evaluate("chairside.sessionsChosen()")
    assert sorted(chosen["ids"]) == sorted(f"{number:032x}" for number in (55, 1, 2, 3, 4, 5))
    bar.get_by_role("button", name=f"Select all {MANY} found").click()
    assert page.evaluate("chairside.sessionsChosen()") == {"filter": {"patient": "S-", "sort": "-date"}}
    bar.get_by_role("button", name="Select none").click()
    expect(bar).to_be_hidden()


def test_what_a_filter_finds_is_saved_as_one_archive(clinic: Clinic, page: Page, tmp_path: Path) -> None:
    open_list(clinic, page, "?patient=S-01")
    bar = page.locator("[data-export-bar]")
    page.get_by_label("Select all of this page").check()
    bar.get_by_label("As what").select_option("form-json")
    bar.get_by_role("button", name="Export").click()
    expect(bar).to_contain_text("10 sessions are ready", timeout=60_000)
    with page.expect_download() as saved:
        bar.get_by_role("link", name="Save archive").click()
    saved.value.save_as(tmp_path / "sessions.zip")
    with zipfile.ZipFile(tmp_path / "sessions.zip") as archive:
        patients_in = sorted(name.split("_")[1] for name in archive.namelist())
    assert patients_in == [f"S-{number:03d}" for number in range(10, 20)]
