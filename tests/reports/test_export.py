"""``app.py export``: a whole file or none, and one clear line."""

from __future__ import annotations

import shutil
from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from app import app
from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.config import load
from monitor.record.database import FILE
from tests.record.examples import sql
from tests.reports.recorded import record
from tests.reports.scripted import CONFIG, SESSION, beginning

OPEN = "0be11" * 4


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("recorded")
    record(folder, values=[97.0] * 60 + [91.0] + [96.0] * 59)
    record(folder, beginning(), OPEN)
    return folder


@pytest.fixture
def data(recorded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(recorded, tmp_path / "data"))


def export(session: str, out: Path, data: Path, form: str = "form") -> Result:
    command = ["export", session, "--format", form, "--out", out, "--data", data]
    return CliRunner().invoke(app, [str(each) for each in command])


def refusal(session: str, out: Path, data: Path) -> str:
    result = export(session, out, data)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.count("\n") == 1
    assert not out.is_file()
    assert [each.name for each in out.parent.glob(".*.part")] == []
    return result.stderr


def test_the_json_form_holds_what_was_recorded_and_measured(data: Path, tmp_path: Path) -> None:
    result = export(SESSION, tmp_path / "form.json", data)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "monitoring form of K-117; 4 fields are missing: Sex, Address of the site, " in result.stdout
    form = msgspec.json.decode((tmp_path / "form.json").read_bytes(), type=MonitoringForm)
    assert (form.session, form.times.total_min, form.dose.box) == (SESSION, 125, "84")
    assert (form.oximetry.on, form.oximetry.lowest_spo2, form.oximetry.minutes) == (True, 91, 2)
    assert form.times.treatment_date == "2027-01-15"
    assert (form.site.name, form.site.room) == (load(CONFIG).clinic.name, "Room 1")


def test_the_pdf_form_holds_the_same(data: Path, tmp_path: Path) -> None:
    assert export(SESSION, tmp_path / "form.PDF", data).exit_code == 0
    text = PdfReader(BytesIO((tmp_path / "form.PDF").read_bytes())).pages[0].extract_text()
    assert "Pâtient Größe" in text
    assert "91 %" in text


def test_a_session_that_goes_on_is_exported_as_not_finished(data: Path, tmp_path: Path) -> None:
    result = export(OPEN, tmp_path / "form.json", data)
    assert result.exit_code == 0
    assert "form of K-117, not finished; " in result.stdout
    assert msgspec.json.decode((tmp_path / "form.json").read_bytes())["finished"] is False


def test_a_session_that_is_not_there_is_named(data: Path, tmp_path: Path) -> None:
    assert refusal("no such", tmp_path / "form.json", data).startswith("There is no session no such in ")


@pytest.mark.parametrize("name", ["form", "form.csv", "form.json.gz"])
def test_a_file_of_another_kind_is_refused(data: Path, tmp_path: Path, name: str) -> None:
    assert refusal(SESSION, tmp_path / name, data).endswith("the name must end with .json or .pdf.\n")


def test_a_folder_that_takes_nothing_is_told(data: Path, tmp_path: Path) -> None:
    assert refusal(SESSION, tmp_path / "none" / "form.pdf", data).endswith(
        "cannot be written: No such file or directory\n"
    )


def test_a_file_that_was_there_stays_when_writing_fails(data: Path, tmp_path: Path) -> None:
    (tmp_path / "form.pdf").mkdir()
    assert "cannot be written" in refusal(SESSION, tmp_path / "form.pdf", data)


def test_a_folder_without_a_record_is_told(tmp_path: Path) -> None:
    assert refusal(SESSION, tmp_path / "form.pdf", tmp_path).startswith("There is no record in ")
    assert not (tmp_path / FILE).exists()


def test_no_other_format_is_offered(data: Path, tmp_path: Path) -> None:
    assert export(SESSION, tmp_path / "form.json", data, "fhir").exit_code == 2


def test_damage_stands_on_the_form_and_takes_the_lowest_saturation_away(data: Path, tmp_path: Path) -> None:
    sql(data, "UPDATE event SET body = replace(body, '146', '116') WHERE kind = 'CuffMeasured'")
    assert export(SESSION, tmp_path / "form.json", data).exit_code == 0
    form = msgspec.json.decode((tmp_path / "form.json").read_bytes(), type=MonitoringForm)
    assert form.pressures.at_40_min is None
    assert form.remarks == ("A part of the record is damaged and left out: run app.py verify.",)


def test_a_session_whose_beginning_is_damaged_has_no_form(data: Path, tmp_path: Path) -> None:
    sql(data, "UPDATE event SET body = replace(body, 'K-117', 'K-118') WHERE seq = 1")
    assert refusal(SESSION, tmp_path / "form.json", data).endswith("is damaged: run app.py verify.\n")
