"""What stands in a cell: texts that do not run and are not lost, numbers and times as they are."""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from monitor.reports.tables.cells import iso_times, number_text, safe_json, safe_text
from tests.reports.exported import SIGNS, undone


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@settings(max_examples=500)
@given(st.text() | st.text(st.sampled_from("=+-@＝＋－＠'\t\r\n ;,\"\\\\u20ae\u202e\u200b\u200d\x00a")))
def test_no_text_runs_in_a_spreadsheet_and_none_is_lost(text: str) -> None:
    cell = safe_text(text)
    for part in cell.replace(";", "\n").split("\n"):
        assert not part.strip().startswith(SIGNS), "a spreadsheet takes this for a formula"
    for character in cell:
        assert character in "\n\u200c\u200d" or unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp", "Cs")
    assert undone(cell) == text


@given(st.dictionaries(st.text(), st.text() | st.floats(-1e9, 1e9) | st.none()))
def test_a_detail_reads_as_what_it_was_and_cannot_run(detail: dict[str, object]) -> None:
    cell = safe_json(detail)
    assert json.loads(cell) == detail
    assert cell.startswith("{")
    assert not set(cell) & set(";\n\r\t\x00\u202e")


@given(st.floats(-1e12, 1e12) | st.integers(-30_000, 30_000).map(lambda each: each / 100))
def test_a_number_keeps_all_of_its_digits_and_gets_none(value: float) -> None:
    text = number_text(value)
    assert float(text) == value
    assert "e" not in text
    assert not text.endswith(".0")


@pytest.mark.usefixtures("berlin")
def test_times_are_those_of_the_clinics_clock_also_when_summer_time_ends() -> None:
    before_ms = 1_792_889_999_000
    assert iso_times(np.array([before_ms, before_ms + 1001])) == [
        "2026-10-25T02:59:59.000+02:00",
        "2026-10-25T02:00:00.001+01:00",
    ]
