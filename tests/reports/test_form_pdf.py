"""What stands on paper is what the JSON form says, and nothing that anybody typed can change more than itself."""

from __future__ import annotations

import re
import unicodedata
from io import BytesIO
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from monitor.clinic.events import AnyEvent
from monitor.clinic.monitoring_form.fields import NOTICE, MonitoringForm
from monitor.clinic.treatment.events import Amended, SeriousEventReported, SeriousOutcome
from monitor.clinic.treatment.intake import Intake
from monitor.reports.form_pdf import form_pdf
from monitor.reports.form_words import sections
from monitor.reports.lettering import PLAIN, printable, width_of, wrapped
from tests.reports.scripted import AROUND, DIGEST, SESSION, at, beginning, form_of, saturation, signed, whole

REPORTED = SeriousEventReported(
    at=at(90), by="nurse 1", text="Syncope on standing up", outcomes=(SeriousOutcome.HOSPITALISATION,)
)


def read(form: MonitoringForm) -> PdfReader:
    return PdfReader(BytesIO(form_pdf(form)), strict=True)


def words(form: MonitoringForm) -> str:
    """All that is on paper, with one space between words."""
    return " ".join(" ".join(page.extract_text() for page in read(form).pages).split())


def squeezed(text: str) -> str:
    """Without spaces, for text that may be broken anywhere."""
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("events", [whole(), [*whole(), REPORTED], beginning(), beginning(Intake())])
def test_every_row_of_the_form_is_on_paper(events: list[AnyEvent]) -> None:
    form = form_of(events, saturation((5, 97)))
    on_paper = squeezed(words(form))
    for section in sections(form):
        assert squeezed(section.title) in on_paper
        for row in section.rows:
            assert squeezed(row.label) in on_paper
            assert squeezed(row.text or "missing") in on_paper


def test_the_numbers_on_paper_are_those_of_the_json_form() -> None:
    form = form_of([*whole(), REPORTED], saturation((5, 97), (6, 92)))
    json: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(form))
    on_paper = words(form)
    taken = json["pressures"].values()
    for text in (
        json["patient"]["name"],
        json["patient"]["birth_date"],
        json["times"]["treatment_date"],
        f"{json['times']['total_min']} min",
        f"{json['times']['ready_min']} min",
        f"{json['dose']['given_mg']:g} of {json['dose']['planned_mg']:g} mg",
        f"☒ {json['dose']['box']} mg",
        *(f"lot {lot['lot']}, expires {lot['expiry']}" for lot in json["dose"]["lots"]),
        *(f"{pressure['sys']}/{pressure['dia']} mmHg" for pressure in taken),
        f"{json['oximetry']['lowest_spo2']} %",
        f"{json['effects']['sedation']['onset_min']} min",
        f"{json['effects']['dissociation']['resolution_min']} min",
        json["serious"]["events"][0]["narrative"],
        "☒ Hospitalisation",
        json["signature_hash"],
        json["session"],
    ):
        assert text in on_paper, text
    assert on_paper.count("☒") == 14
    assert on_paper.count("missing") == len(json["missing"])


def test_it_is_one_page_that_says_what_it_is() -> None:
    document = read(form_of(whole()))
    assert len(document.pages) == 1
    on_paper = words(form_of(whole()))
    for text in (NOTICE, "Test clinic", f"Session {SESSION}", f"signed record {DIGEST}", "Page 1 of 1"):
        assert text in on_paper
    assert document.metadata is not None
    assert document.metadata.title == "Monitoring form, K-117"
    assert "SIMULATED" not in on_paper
    assert "NOT FINISHED" not in on_paper


def test_marks_stand_on_paper() -> None:
    on_paper = words(form_of(beginning(), around=msgspec.structs.replace(AROUND, simulated=True)))
    assert "SIMULATED" in on_paper
    assert "NOT FINISHED" in on_paper
    assert "not signed" in on_paper


def test_text_is_letters_of_fonts_that_come_with_it() -> None:
    page = read(form_of(whole())).pages[0]
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    used = [str(font["/BaseFont"]) for font in fonts if "DejaVu" in str(font["/BaseFont"])]
    assert len(used) >= 2
    assert len(page.images) == 0


@pytest.mark.parametrize("name", ["Pâtient Größe–Å", "Όνομα Ασθενούς", "Имя Пациента Щ", "Łóżko Bệnh Nhân"])
def test_names_of_many_alphabets_are_printed(name: str) -> None:
    form = form_of(beginning(Intake(name=name)))
    assert unicodedata.normalize("NFC", name) in words(form)
    assert "\N{REPLACEMENT CHARACTER}" not in words(form)


def test_a_character_that_cannot_be_printed_is_marked_not_dropped() -> None:
    assert printable("名 Größe") == "\N{REPLACEMENT CHARACTER} Größe"


@pytest.mark.parametrize(
    "name",
    [
        "<b>bold</b>",
        "<para><img src='http://192.0.2.1/x.png'/></para>",
        ") Tj ET /Evil Do (",
        "\\) \\051 %%EOF",
        "{{ 7 * 7 }}",
    ],
)
def test_markup_in_a_name_is_printed_as_it_was_typed(name: str) -> None:
    assert squeezed(name) in squeezed(words(form_of(beginning(Intake(name=name)))))


def test_characters_that_turn_the_direction_turn_nothing() -> None:
    form = form_of(beginning(Intake(name="Ann \N{RIGHT-TO-LEFT OVERRIDE}relluM\N{POP DIRECTIONAL FORMATTING}\x00\n")))
    assert "Ann relluM" in words(form)
    assert printable("a\nb\tc\x07") == "a b c"


@pytest.mark.parametrize("name", ["W" * 200, "x y " * 50])
def test_a_very_long_name_stays_in_its_place(name: str) -> None:
    form = form_of([*whole()[1:], *beginning(Intake(name=name))[:1], REPORTED])
    assert squeezed(name) in squeezed(words(form))
    assert len(read(form).pages) == 1
    assert all(width_of(line, PLAIN, 8) <= 100 for line in wrapped(name, PLAIN, 8, 100))


def test_a_story_that_is_too_long_goes_on_overleaf_and_loses_nothing() -> None:
    story = " ".join(f"word{number}" for number in range(1500))
    form = form_of([*whole(), msgspec.structs.replace(REPORTED, text=story)])
    pages = read(form).pages
    assert len(pages) > 1
    assert f"Page 2 of {len(pages)}" in pages[1].extract_text()
    assert SESSION in pages[1].extract_text(), "a loose sheet must say whose it is"
    on_paper = words(form)
    assert all(f"word{number}" in on_paper for number in range(1500))


def test_corrections_are_printed() -> None:
    fix = Amended(at=at(500), by="nurse 1", corrects=4, text="Lot was 22KH1", reason="misread", role="nurse")
    assert "Correction of entry 4: Lot was 22KH1." in words(form_of([*whole(), fix]))


def test_the_same_form_is_the_same_file() -> None:
    assert form_pdf(form_of(whole())) == form_pdf(form_of([*whole()]))
    assert form_pdf(form_of(whole())) != form_pdf(form_of([*whole()[:-2], signed(124)]))
