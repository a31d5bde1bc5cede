"""A clinician who lays three sessions of a patient over each other."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Clinic, start_clinic, stop_clinic
from tests.browser.troubled import look_at
from tests.reports.courses import DAY, clinic_of, nasal, record_events
from tests.reports.lifelike import record_lifelike
from tests.reports.scripted import DOSE
from tests.service.clinic import write_simulated_config

pytestmark = pytest.mark.timeout(300)

PATIENT = "K 1077/b"
SESSIONS = {"a1": (2, 14, 6, 118), "a2": (3, 27, 14, 131), "a3": (3, 21, 9, 121)}
"""By id: devices, systolic rise, CADSS-6, ready after so many minutes."""
DRAWN_MS = 60_000
"""So long a browser may take to load what draws charts, on a machine that is busy with other things."""


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clinic]:
    """A clinic that treated this patient three times within the last weeks, and twelve others."""
    folder = tmp_path_factory.mktemp("clinic")
    data: Path = folder / "data"
    data.mkdir()
    ago = time.time_ns() // 1000 - DOSE - 30 * DAY
    for week, (session, course) in enumerate(SESSIONS.items()):
        events = nasal(PATIENT, *course, simulated=True)
        record_lifelike(data, events, session=session, later=ago + 7 * week * DAY, seed=week)
    others = clinic_of(12, simulated=True)
    record_events(data, [(session, events, ago + later) for session, events, later in others])
    running = start_clinic(write_simulated_config(folder), data, patients=0)
    yield running
    stop_clinic(running)


def lines(page: Page) -> Locator:
    """The systolic lines with their shapes, one a session."""
    return page.locator("#compare-courses .subplot.xy .trace:has(.points path)")


def test_three_sessions_are_compared_read_at_one_time_and_hidden_from_others(page: Page, clinic: Clinic) -> None:
    look_at(page, clinic, "/sessions/a2")
    page.get_by_role("link", name="Compare sessions").click()
    expect(page).to_have_url(f"{clinic.url}/compare/K%201077%2Fb")
    expect(page.get_by_role("heading", name=PATIENT)).to_be_visible()
    expect(page.locator(".session-bar")).to_contain_text("3 of 3 sessions")
    expect(page.locator(".session-bar")).to_contain_text("SIMULATED")
    expect(lines(page)).to_have_count(3, timeout=DRAWN_MS)
    expect(page.locator(".compare-courses")).to_contain_text("median of up to n = 15 ended sessions")
    table = page.get_by_role("table", name="The figures of each session")
    expect(table.get_by_role("row", name=re.compile("^2 · "))).to_contain_text("155/94")
    boxes = page.get_by_role("checkbox")
    boxes.nth(1).uncheck()
    expect(lines(page)).to_have_count(2, timeout=DRAWN_MS)
    expect(table).not_to_contain_text("155/94")
    expect(boxes.nth(1)).to_be_focused()
    boxes.nth(1).check()
    expect(lines(page)).to_have_count(3, timeout=DRAWN_MS)
    point_at(page, 40)
    told = page.locator("#compare-courses .hoverlayer")
    for reading in ("149/91 (+21 / +12) at +40 min", "155/94 (+27 / +15) at +40 min", "142/87 (+14 / +8) at +40 min"):
        expect(told).to_contain_text(reading)
    expect(told).to_contain_text("this clinic: ")
    page.evaluate("fetch('/lock', {method: 'POST'})")
    expect(page.locator("#compare")).to_have_text("Sign in to compare sessions.")
    expect(page.get_by_role("checkbox")).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text("1077")


def point_at(page: Page, minute: float) -> None:
    """Hold the pointer over the systolic lane at a minute from the first dose."""
    page.locator("#compare-courses").scroll_into_view_if_needed()
    area = page.locator("#compare-courses .nsewdrag[data-subplot='xy']")
    place = area.bounding_box()
    assert place is not None
    minutes = page.evaluate("document.querySelector('#compare-courses .js-plotly-plot')._fullLayout.xaxis.range")
    share = (minute - minutes[0]) / (minutes[1] - minutes[0])
    page.mouse.move(place["x"] + share * place["width"], place["y"] + place["height"] / 2)
