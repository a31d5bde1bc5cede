"""A chart of a damaged record names what is missing, and nothing that anybody typed changes more than itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from devices.readings import Metric
from monitor.clinic.events import NoteWritten
from monitor.clinic.treatment.events import MedicineGiven
from monitor.clinic.treatment.intake import Intake
from monitor.reports.lettering import PLAIN, fitted, flowed, width_of
from tests.reports.charts import axis_of, charted, curves, damaged, pages, squeezed, words
from tests.reports.lifelike import record_lifelike
from tests.reports.scripted import SESSION, at, opened, whole

SPOIL = "UPDATE chunk SET body = X'00' WHERE"
BREATHING = 300.0
"""Below this height on the paper no saturation is drawn."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("esketamine")
    record_lifelike(folder)
    return folder


# ---- damage


def test_damage_is_boxed_on_the_first_page_and_named_line_by_line(folder: Path, tmp_path: Path) -> None:
    found = damaged(folder, tmp_path, f"{SPOIL} metric = 'SpO2' AND start_us / 300000000 % 9 = 2")
    assert 1 < len(found.damaged) <= 10
    first = pages(found)[0]
    assert f"{len(found.damaged)} parts of the record are damaged and left out of this chart and its figures." in first
    for line in found.damaged:
        assert squeezed(line) in squeezed(first)
    assert "record damaged" in first
    assert "Summary, of what could be read of the damaged record" in words(found)
    assert "Lowest SpO₂ at most " in words(found)
    assert "Below 90 % at least " in words(found)
    axis = axis_of(found)
    for start, end in found.series[Metric.SPO2].lost:
        left, right = axis.x(start), axis.x(end)
        assert [
            each for each in curves(found) if each.x < left + 0.3 and each.to_x > right - 0.3 and each.y > 350
        ] == []


def test_much_damage_is_named_in_full(folder: Path, tmp_path: Path) -> None:
    found = damaged(folder, tmp_path, f"{SPOIL} metric = 'PR'")
    assert len(found.damaged) > 10
    assert "The first 10 are named here, all of them below." in pages(found)[0]
    on_paper = squeezed(words(found))
    assert all(squeezed(line) in on_paper for line in found.damaged)


def test_a_session_whose_opening_is_damaged_has_a_page_that_says_so_and_no_figures(
    folder: Path, tmp_path: Path
) -> None:
    found = damaged(folder, tmp_path, "UPDATE event SET body = replace(body, 'K-117', 'K-118') WHERE seq = 1")
    assert found.session is None
    told = pages(found)
    assert len(told) == 1
    assert "The entry that opened this session is damaged" in told[0]
    assert squeezed(found.damaged[0]) in squeezed(told[0])
    assert f"Session {SESSION}" in told[0]
    assert "Summary" not in told[0]
    assert "mg given" not in told[0]


# ---- what people type


@pytest.mark.parametrize(
    "name",
    ["<b>bold</b>", "<script>alert(1)</script>", ") Tj ET /Evil Do (", "\\) \\051 %%EOF", "Όνομα Ασθενούς", "W" * 200],
)
def test_names_are_letters_and_nothing_else_and_stay_whole(name: str, tmp_path: Path) -> None:
    found = charted(tmp_path, [opened(Intake(name=name)), *whole()[1:]])
    assert squeezed(name) in squeezed(pages(found)[0])


def test_characters_that_turn_the_direction_turn_nothing(tmp_path: Path) -> None:
    turned = "Ann \N{RIGHT-TO-LEFT OVERRIDE}relluM\N{POP DIRECTIONAL FORMATTING}\x07"
    note = NoteWritten(at=at(30), by="nurse 1", text=f"{turned}\x1b[31m red")
    on_paper = words(charted(tmp_path, [opened(Intake(name=turned)), *whole()[1:], note]))
    assert "Ann relluM" in on_paper
    assert "Ann relluM[31m red" in on_paper
    assert not re.search(r"[\x00-\x1f\u202a-\u202e]", on_paper)


def test_a_long_note_is_told_whole(tmp_path: Path) -> None:
    text = " ".join(f"word{number}" for number in range(300))
    by = "n" * 300
    on_paper = words(charted(tmp_path, [*whole(), NoteWritten(at=at(30), by=by, text=text)]))
    assert all(f"word{number} " in on_paper for number in range(300))
    assert by in squeezed(on_paper)


def test_a_word_without_an_end_stays_in_its_column(tmp_path: Path) -> None:
    note = NoteWritten(at=at(30), by="nurse 1", text="W" * 2000)
    medicine = MedicineGiven(at=at(130), by="nurse 1", medicine="Q" * 200, dose="Z" * 200, given_at=at(120))
    found = charted(tmp_path, [*whole(), note, medicine])
    assert squeezed(words(found)).count("W") >= 2000
    for text in (note.text, f"{medicine.medicine} {medicine.dose}"):
        for line in flowed("", text, 7, 200):
            assert all(run.x + width_of(run.text, PLAIN, 7) <= 200 for run in line)


def test_what_is_cut_says_so_and_keeps_within_its_place() -> None:
    assert fitted("short", PLAIN, 7, 100) == "short"
    cut = fitted("W" * 100, PLAIN, 7, 100)
    assert cut.endswith("W…")
    assert width_of(cut, PLAIN, 7) <= 100
