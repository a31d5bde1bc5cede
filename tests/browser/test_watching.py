"""What nurses see and press of how a patient is watched: symptoms, limits, baseline, the cuff."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from monitor.clinic.events import LimitChange, LimitsChanged, SymptomMarked
from tests.browser.conftest import ROOT, Clinic, config_like_shipped, start_clinic, stop_clinic
from tests.browser.troubled import ask, fast_time, look_at, press, recorded, session, strip, trouble

CUFF_CYCLE_MS = 60_000
GUARD = re.compile(r", guard = \[[^]]*\]")


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """The shipped clinic, where no saturation falls by itself, with a protocol whose limits have no guard."""
    folder = tmp_path_factory.mktemp("clinic")
    (folder / "own").mkdir()
    shipped = (ROOT / "monitor/protocols/esketamine_us.toml").read_text("utf-8")
    (folder / "own/own.toml").write_text(GUARD.sub("", shipped).replace('"esketamine_us"', '"own"'), "utf-8")
    changes = {"[clinic]": 'protocols = "own"\n\n[clinic]', 'story = "desaturation"': 'story = "calm"'}
    running = start_clinic(config_like_shipped(folder, changes), folder / "data")
    yield running
    stop_clinic(running)


def test_one_press_on_a_symptom_is_an_emergency_at_once(clinic: Clinic, page: Page, other: Page) -> None:
    look_at(page, clinic, "/room/4")
    look_at(other, clinic)
    press(page, "[data-open='symptoms']")
    page.get_by_role("button", name="Severe headache").click()
    expect(other.locator("#banner")).to_contain_text("▲▲▲ Room 4 · Severe headache: EMERGENCY")
    row = page.locator("[data-symptom='severe_headache']")
    expect(row).to_contain_text(re.compile(r"since \d\d:\d\d"))
    expect(page.get_by_role("button", name="Severe headache", exact=True)).to_be_disabled()
    row.get_by_role("button", name="Gone").click()
    expect(other.locator("#banner")).not_to_contain_text("Severe headache")
    expect(page.locator("#timeline")).to_contain_text("Severe headache marked by nurse 1")
    assert recorded(clinic, "4", SymptomMarked)[-1].by == "nurse 1"


def test_limits_changed_in_a_session_count_on_every_screen_and_are_in_the_record(
    clinic: Clinic, page: Page, other: Page
) -> None:
    look_at(page, clinic, "/room/1")
    look_at(other, clinic, "/room/1")
    press(page, "[data-open='limits']")
    page.get_by_label("PR low, /min").fill("45")
    page.get_by_label("PR high, delay in seconds").fill("10")
    page.get_by_role("button", name="Save limits").click()
    expect(page.locator("#limits")).to_be_hidden()
    for screen in (page, other):
        expect(screen.locator("[data-bind='PR-low']")).to_have_text("≥ 45")
    expect(other.locator("#timeline")).to_contain_text("PR low 50 → 45, PR high delay 15 → 10 s by nurse 1 (by hand)")
    changed = recorded(clinic, "1", LimitsChanged)[-1]
    assert changed.changes == [LimitChange("PR.low", 50, 45), LimitChange("PR.high.delay", 15, 10)]
    press(other, "[data-open='limits']")
    expect(other.locator("[data-key='PR.low'] .profile")).to_have_text("50 · 15 s")
    expect(other.locator("[data-key='PR.low']")).to_have_attribute("data-own", "yes")
    other.get_by_role("button", name="Back to profile").click()
    expect(other.locator("#limits").get_by_label("PR low, /min")).to_have_value("50")
    expect(page.locator("[data-bind='PR-low']")).to_have_text("≥ 50")


def test_limits_that_cannot_be_are_refused_at_their_field_and_nothing_typed_is_lost(clinic: Clinic, page: Page) -> None:
    look_at(page, clinic, "/room/8")
    dose = {"patient": "K-3000", "weight_kg": 70, "protocol": "own", "dose_mg": 56}
    assert ask(page, "StartSession", room="8", **dose)["done"]
    expect(page.locator("h1")).to_contain_text("K-3000")
    press(page, "[data-open='limits']")
    save = page.get_by_role("button", name="Save limits")
    low = page.get_by_label("PR low, /min")
    for typed, problem in (
        ("130", "130 crosses the high limit 120; low must be below high."),
        ("4x", "Give a number in digits"),
        ("5", "5 is not possible; allowed is 18 to 321 /min."),
    ):
        low.fill(typed)
        save.click()
        expect(page.locator("[data-problem='PR.low']")).to_contain_text(problem)
        expect(low).to_be_focused()
        expect(low).to_have_value(typed)
    low.fill("55")
    page.get_by_label("PR low, delay in seconds").fill("600")
    save.click()
    expect(page.locator("[data-problem='PR.low.delay']")).to_contain_text("600 is not allowed")
    page.get_by_label("PR low, area").select_option("25")
    save.click()
    expect(page.locator("#limits")).to_be_hidden()
    expect(page.locator("[data-bind='PR-low']")).to_have_text("≥ 55")
    assert [change.after for change in recorded(clinic, "8", LimitsChanged)[-1].changes] == [55, 0, 25]
    assert ask(page, "AbortSession", room="8", session=session(page, "8"), reason="test")["done"]


def test_what_another_screen_changes_meanwhile_is_told_and_takes_nothing_away(
    clinic: Clinic, page: Page, other: Page
) -> None:
    look_at(page, clinic, "/room/5")
    look_at(other, clinic)
    press(page, "[data-open='limits']")
    page.get_by_label("SYS high, mmHg").fill("150")
    new = {"DIA.high": 95, "SYS.high": 170}
    assert ask(other, "SetLimits", room="5", session=session(other, "5"), settings=new)["done"]
    expect(page.locator("[data-limits='meanwhile']")).to_contain_text("SYS high 160 → 170, DIA high 100 → 95")
    expect(page.get_by_label("DIA high, mmHg")).to_have_value("95")
    expect(page.get_by_label("SYS high, mmHg")).to_have_value("150")
    page.get_by_role("button", name="Save limits").click()
    expect(page.locator("#limits")).to_be_hidden()
    assert recorded(clinic, "5", LimitsChanged)[-1].changes == [LimitChange("SYS.high", 170, 150)]
    assert ask(page, "ReturnToProfile", room="5", session=session(page, "5"))["done"]


def test_a_formulas_limits_stand_beside_the_present_ones_and_are_taken_by_a_click(clinic: Clinic, page: Page) -> None:
    look_at(page, clinic, "/room/4")
    expect(page.locator("[data-bind='nibp']")).to_have_text(re.compile(r"\d+/\d+"), timeout=CUFF_CYCLE_MS)
    press(page, "[data-open='limits']")
    expect(page.locator("[data-limits='baseline']")).to_contain_text(
        re.compile(r"\d+/\d+.* · locked \d\d:\d\d, \d reading")
    )
    page.get_by_role("button", name="Dräger").click()
    offered = page.locator("[data-key='DIA.high'] .offered").inner_text()
    page.get_by_role("button", name="Take the limits of Dräger").click()
    expect(page.get_by_label("DIA high, mmHg")).to_have_value(offered)
    assert recorded(clinic, "4", LimitsChanged)[-1].why == "formula Dräger"
    page.get_by_role("button", name="Lock anew").click()
    expect(page.locator("#limits [data-problem='reason']")).to_have_text("Fill this in.")
    page.locator("#limits [name='reason']").fill("cuff was loose")
    page.get_by_role("button", name="Lock anew").click()
    expect(page.locator("#timeline")).to_contain_text("cuff was loose")
    expect(page.locator("#limits"), "the limits are still to be chosen").to_be_visible()
    page.get_by_role("button", name="Back to profile").click()
    expect(page.get_by_role("button", name="Back to profile")).to_be_hidden()


def test_a_pressure_that_alarms_is_measured_again_by_one_press(clinic: Clinic, page: Page) -> None:
    look_at(page, clinic, "/room/6")
    with trouble(page, "6", "hypertension", "cuff"):
        page.get_by_role("button", name="Take BP now").click()
        again = page.get_by_role("button", name="Repeat BP now")
        with fast_time(page):
            expect(again).to_be_visible(timeout=CUFF_CYCLE_MS)
        again.click()
        expect(page.get_by_role("button", name="Stop cuff")).to_be_visible()
        expect(again, "it measures already").to_be_hidden()
        assert ask(page, "SetFault", room="6", device="cuff", fault="hypertension", active=False)["done"]
        with fast_time(page):
            expect(page.get_by_role("button", name="Take BP now")).to_be_visible(timeout=CUFF_CYCLE_MS)


def test_a_cuff_that_takes_the_pulse_away_holds_the_alarm_back_and_says_so(clinic: Clinic, page: Page) -> None:
    """The probe of room 5 sits on the arm of its cuff."""
    look_at(page, clinic, "/room/5")
    with fast_time(page):
        expect(page.get_by_role("button", name="Take BP now")).to_be_visible(timeout=CUFF_CYCLE_MS)
    look_at(page, clinic)
    assert ask(page, "TakeCuffReading", room="5", session=session(page, "5"))["done"]
    expect(strip(page, "5")).to_contain_text("held back: cuff on the same arm", timeout=CUFF_CYCLE_MS)
    expect(page.locator("#banner")).to_contain_text("No alarm")
    with fast_time(page):
        expect(strip(page, "5")).to_be_hidden(timeout=CUFF_CYCLE_MS)
