"""``app.py export``: a whole file or none, and one clear line."""

from __future__ import annotations

import shutil
import time
import zipfile
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
from tests.hl7.reading import Message
from tests.hl7.receiver import Receiver, accept, answer
from tests.ports import free_port
from tests.record.examples import sql
from tests.reports.lifelike import record_lifelike
from tests.reports.recorded import record
from tests.reports.scripted import CONFIG, SESSION, beginning

OPEN = "0be11" * 4
BEGINNING_DAMAGED = f"The beginning of session {SESSION} is damaged: run app.py verify.\n"


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
    return run(session, "--format", form, "--out", out, "--data", data)


def run(*command: object) -> Result:
    return CliRunner().invoke(app, ["export", *[str(each) for each in command]])


def refusal(session: str, out: Path, data: Path, form: str = "form") -> str:
    return refused(export(session, out, data, form), out)


def refused(result: Result, out: Path) -> str:
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
    assert refusal(SESSION, tmp_path / name, data).endswith("the name must end with .json or .pdf or .zip.\n")


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
    assert export(SESSION, tmp_path / "form.json", data, "fax").exit_code == 2


def test_damage_stands_on_the_form_and_takes_the_lowest_saturation_away(data: Path, tmp_path: Path) -> None:
    sql(data, "UPDATE event SET body = replace(body, '146', '116') WHERE kind = 'CuffMeasured'")
    result = export(SESSION, tmp_path / "form.json", data)
    assert result.exit_code == 0
    assert result.stderr.startswith("Damaged, and missing in the file: event ")
    form = msgspec.json.decode((tmp_path / "form.json").read_bytes(), type=MonitoringForm)
    assert form.pressures.at_40_min is None
    assert form.remarks == ("A part of the record is damaged and left out: run app.py verify.",)


def test_a_session_whose_beginning_is_damaged_has_no_form(data: Path, tmp_path: Path) -> None:
    sql(data, "UPDATE event SET body = replace(body, 'K-117', 'K-118') WHERE seq = 1")
    assert refusal(SESSION, tmp_path / "form.json", data).endswith("is damaged: run app.py verify.\n")


# ---- many sessions


def test_many_sessions_go_into_a_folder_or_an_archive_under_names_of_their_own(data: Path, tmp_path: Path) -> None:
    result = run("--all", "--format", "form-json", "--out", tmp_path / "out", "--data", data)
    assert result.exit_code == 0, result.output
    assert f"2 sessions asked for, 0 with a problem, in {tmp_path / 'out'}" in result.stdout
    written = {each.name: each.read_bytes() for each in (tmp_path / "out").iterdir()}
    assert sorted(written) == [f"2027-01-15_K-117_{OPEN[:8]}_form.json", f"2027-01-15_K-117_{SESSION[:8]}_form.json"]
    assert run(SESSION, OPEN, "--format", "form-json", "--out", tmp_path / "out.zip", "--data", data).exit_code == 0
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == written


@pytest.mark.parametrize(
    ("choice", "count"),
    [
        (["--since", "2027-01-15"], 2),
        (["--since", "2027-01-16"], 0),
        (["--until", "2027-01-15"], 2),
        (["--until", "2027-01-14"], 0),
        (["--patient", "K-117"], 2),
        (["--patient", "K-11"], 0),
    ],
)
def test_sessions_are_chosen_by_day_and_patient(choice: list[str], count: int, data: Path, tmp_path: Path) -> None:
    result = run(*choice, "--format", "form", "--out", tmp_path / "out", "--data", data)
    if count:
        assert (result.exit_code, len(list((tmp_path / "out").iterdir()))) == (0, count)
    else:
        assert refused(result, tmp_path / "out") == "No session is like that. Nothing was done.\n"


def test_one_that_cannot_be_written_keeps_the_others_not_back_and_is_named(data: Path, tmp_path: Path) -> None:
    sql(data, "UPDATE event SET body = replace(body, 'K-117', 'K-118') WHERE seq = 1")
    result = run("--all", "--format", "form-json", "--out", tmp_path / "out.zip", "--data", data)
    assert result.exit_code == 1
    assert f"The beginning of session {SESSION} is damaged" in result.stderr
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert len(archive.namelist()) == 1


def test_an_archive_that_cannot_be_finished_is_not_there(data: Path, tmp_path: Path) -> None:
    (tmp_path / "out.zip").mkdir()
    result = run("--all", "--format", "form", "--out", tmp_path / "out.zip", "--data", data)
    assert "cannot be written" in refused(result, tmp_path / "out.zip")


@pytest.mark.parametrize("choice", [[], [SESSION, "--all"], [SESSION, OPEN, "--patient", "K-117"]])
def test_either_sessions_are_named_or_they_are_chosen(choice: list[str], data: Path, tmp_path: Path) -> None:
    result = run(*choice, "--format", "form", "--out", tmp_path / "out", "--data", data)
    assert "Name the sessions, or choose them" in refused(result, tmp_path / "out")


# ---- every format


@pytest.fixture(scope="module")
def lifelike(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("lifelike")
    record_lifelike(folder, waves_min=(50, 52))
    return folder


@pytest.mark.parametrize(
    ("kind", "out", "files"),
    [
        ("pdf", "s.pdf", ["s.pdf"]),
        ("csv", "s.csv", ["s-events.csv", "s.csv"]),
        ("csv", "s.zip", ["s.zip"]),
        ("parquet", "s.parquet", ["s.parquet"]),
        ("wfdb", "s.zip", ["s.zip"]),
        ("fhir", "s.json", ["s.json"]),
        ("hl7", "s.hl7", ["s.hl7"]),
        ("form", "s.pdf", ["s.pdf"]),
        ("form-json", "s.json", ["s.json"]),
    ],
)
def test_every_format_comes_under_the_name_that_was_asked_for(
    kind: str, out: str, files: list[str], lifelike: Path, tmp_path: Path
) -> None:
    result = export(SESSION, tmp_path / out, lifelike, kind)
    assert result.exit_code == 0, result.output
    assert sorted(each.name for each in tmp_path.iterdir()) == files
    assert all(each.stat().st_size for each in tmp_path.iterdir())


def test_a_session_is_sent_and_what_the_receiver_does_not_take_does_not_count(lifelike: Path) -> None:
    with Receiver([accept, answer("AR", "ERR|||101^Required field missing^HL70357|E"), accept]) as receiver:
        host, port = receiver.address
        result = run(SESSION, "--format", "hl7", "--send", f"{host}:{port}", "--data", lifelike)
    count = len(receiver.messages)
    assert result.exit_code == 1
    assert f"session {SESSION}: {count - 1} of {count} messages accepted; the receiver answered AR" in result.stderr
    with Receiver() as receiver:
        host, port = receiver.address
        result = run(SESSION, "--format", "hl7", "--send", f"{host}:{port}", "--data", lifelike)
    assert (result.exit_code, result.stdout) == (0, f"session {SESSION}: {count} of {count} messages accepted\n")


def send(receiver: tuple[str, int], data: Path, *sessions: str) -> Result:
    return run(*sessions, "--format", "hl7", "--send", f"{receiver[0]}:{receiver[1]}", "--data", data)


def test_a_session_whose_beginning_is_damaged_is_not_sent(data: Path, tmp_path: Path) -> None:
    """Marks of artefacts count no more without it: what is none of the patient's would arrive as valid."""
    sql(data, "UPDATE event SET body = replace(body, 'K-117', 'K-118') WHERE seq = 1")
    with Receiver() as receiver:
        one = send(receiver.address, data, SESSION)
        assert receiver.messages == []
        many = send(receiver.address, data, SESSION, OPEN)
        assert len(receiver.messages) == 3
    to_file = export(SESSION, tmp_path / "s.hl7", data, "hl7")
    assert (one.exit_code, one.stderr) == (to_file.exit_code, to_file.stderr) == (2, BEGINNING_DAMAGED)
    assert (many.exit_code, many.stderr) == (1, BEGINNING_DAMAGED)
    assert many.stdout == f"session {OPEN}: 3 of 3 messages accepted\n"


def test_what_is_damaged_is_told_where_it_is_sent_and_nothing_of_it_is_final(data: Path) -> None:
    sql(data, "UPDATE event SET body = replace(body, '146', '116') WHERE kind = 'CuffMeasured'")
    with Receiver() as receiver:
        result = send(receiver.address, data, SESSION)
        messages = [Message.of(each.decode()) for each in receiver.messages]
    assert result.exit_code == 1
    assert result.stdout == f"session {SESSION}: {len(messages)} of {len(messages)} messages accepted\n"
    assert result.stderr.startswith("Damaged, and missing in the messages: event ")
    assert {row[11] for each in messages for row in each.observations} == {"P", "X"}
    assert {order[25] for each in messages for order in each.all("OBR")} == {"P"}


def test_how_many_sessions_were_not_tried_is_said_when_the_receiver_is_gone(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)  # Between the tries.
    result = send(("127.0.0.1", free_port()), data, SESSION, OPEN)
    first, last = result.stderr.splitlines()
    assert (result.exit_code, last) == (1, "1 more session was not tried.")
    assert first.startswith(f"session {SESSION}: 0 of ")


def test_a_session_that_is_not_there_keeps_no_other_from_being_sent(data: Path) -> None:
    with Receiver() as receiver:
        result = send(receiver.address, data, "no-such", OPEN)
    assert result.exit_code == 1
    assert result.stderr.startswith("There is no session no-such in the record")
    assert f"session {OPEN}: 3 of 3 messages accepted" in result.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--format", "hl7"], "Say where to"),
        (["--format", "hl7", "--out", "x", "--send", "h:1"], "Say where to"),
        (["--format", "pdf", "--send", "h:1"], "only --format hl7 can be sent"),
        (["--format", "hl7", "--send", "nowhere"], "write HOST:PORT"),
        (["--format", "hl7", "--send", "a..b:25"], '--send a..b:25: "a..b" cannot be a host; write HOST:PORT'),
    ],
)
def test_where_to_is_one_place_that_can_be(options: list[str], said: str, data: Path) -> None:
    result = run(SESSION, *options, "--data", data)
    assert (result.exit_code, said in result.stderr) == (2, True), result.output


def test_files_that_name_each_other_are_not_called_otherwise(lifelike: Path, tmp_path: Path) -> None:
    told = refused(export(SESSION, tmp_path / "waves.hea", lifelike, "wfdb"), tmp_path / "waves.hea")
    assert told.endswith("the name must end with .zip, because the files of wfdb name each other.\n")
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_sent_without_a_word_when_no_session_is_like_that(data: Path) -> None:
    result = run("--patient", "nobody", "--format", "hl7", "--send", "127.0.0.1:1", "--data", data)
    assert (result.exit_code, result.stderr) == (2, "No session is like that. Nothing was done.\n")
