"""``app.py export``: a whole file or none, and one clear line."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
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
from monitor.record.reader import RecordReader
from monitor.reports.export import ExportProblem, Outcome, export_many, export_one, whole_file
from monitor.reports.kinds import Format
from monitor.reports.reserve import Reserve
from tests.hl7.reading import Message
from tests.hl7.receiver import Receiver, accept, answer
from tests.ports import free_port
from tests.record.examples import HOUSE, sql
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


def test_sessions_whose_ids_begin_alike_do_not_take_each_others_place(tmp_path: Path) -> None:
    data, alike, out = tmp_path / "data", (f"{SESSION[:8]}-1", f"{SESSION[:8]}-2"), tmp_path / "all.zip"
    for session in alike:
        record(data, beginning(), session)
    assert run("--all", "--format", "form-json", "--out", out, "--data", data).exit_code == 0
    with zipfile.ZipFile(out) as archive:
        told = [msgspec.json.decode(archive.read(name))["session"] for name in set(archive.namelist())]
    assert sorted(told) == sorted(alike)


def test_an_archive_that_cannot_be_finished_is_not_there(data: Path, tmp_path: Path) -> None:
    (tmp_path / "out.zip").mkdir()
    result = run("--all", "--format", "form", "--out", tmp_path / "out.zip", "--data", data)
    assert "cannot be written" in refused(result, tmp_path / "out.zip")


FAULTY = f"UPDATE session SET opened_us = 'rot' WHERE id = '{SESSION}'"  # noqa: S608 - a name of our own
"""A time that is none: nobody has thought of everything that can be wrong with a record."""


def test_a_fault_in_one_session_keeps_the_others_not_back(
    data: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    sql(data, FAULTY)
    result = run("--all", "--format", "form-json", "--out", tmp_path / "out.zip", "--data", data)
    assert result.exit_code == 1, result.output
    assert f"Session {SESSION} could not be written: a fault of Chairside (TypeError)" in result.stderr
    assert "2 sessions asked for, 1 with a problem" in result.stdout
    with zipfile.ZipFile(tmp_path / "out.zip") as archive:
        assert archive.namelist() == [f"2027-01-15_K-117_{OPEN[:8]}_form.json"]
    (told,) = [each for each in caplog.records if each.name.startswith("monitor.reports")]
    assert told.exc_info is not None, "nobody can mend what left no trace"


def test_a_fault_in_the_only_session_is_a_line_and_no_bad_input(data: Path, tmp_path: Path) -> None:
    sql(data, FAULTY)
    result = export(SESSION, tmp_path / "form.json", data)
    assert (result.exit_code, result.stdout, type(result.exception)) == (1, "", SystemExit)
    assert f"Session {SESSION} could not be written" in result.stderr
    assert not (tmp_path / "form.json").exists()


def test_two_exports_to_one_file_are_two_whole_files(tmp_path: Path) -> None:
    out = tmp_path / "all.zip"
    with whole_file(out) as first:
        first.write_bytes(b"first " * 1000)
        with whole_file(out) as second:
            second.write_bytes(b"second")
        assert out.read_bytes() == b"second"
    assert out.read_bytes() == b"first " * 1000
    assert [each.name for each in tmp_path.iterdir()] == ["all.zip"]


def test_a_file_may_be_read_by_whom_any_new_file_may(tmp_path: Path) -> None:
    (tmp_path / "ordinary").touch()
    with whole_file(tmp_path / "exported") as part:
        part.write_bytes(b"content")
    assert (tmp_path / "exported").stat().st_mode == (tmp_path / "ordinary").stat().st_mode


def test_a_command_that_is_told_to_end_leaves_nothing_behind(tmp_path: Path) -> None:
    data, out = tmp_path / "data", tmp_path / "out"
    data.mkdir()
    out.mkdir()
    for number in range(60):
        record(data, beginning(), f"{number:04x}" * 8)
    command = ["app.py", "export", "--all", "--format", "pdf", "--out", out / "all.zip", "--data", data]
    process = subprocess.Popen([sys.executable, *map(str, command)], cwd=HOUSE)
    give_up = time.monotonic() + 60
    while not list(out.iterdir()):
        assert process.poll() is None
        assert time.monotonic() < give_up
        time.sleep(0.02)
    process.terminate()
    assert process.wait(60) == 128 + signal.SIGTERM
    assert list(out.iterdir()) == []


def test_an_export_leaves_the_record_room_on_its_disk(data: Path, tmp_path: Path) -> None:
    everything, told = Reserve(data, bytes=1 << 62), list[Outcome]()
    for out in (tmp_path / "out.zip", tmp_path / "folder"):
        with RecordReader(data) as reader, pytest.raises(ExportProblem, match="The disk has no room for this export"):
            export_many(reader, load(CONFIG), [SESSION, OPEN], Format.FORM_JSON, out, everything, told.append)
    assert told == []
    assert not (tmp_path / "out.zip").exists()
    assert list((tmp_path / "folder").iterdir()) == []
    with RecordReader(data) as reader, pytest.raises(ExportProblem, match="The disk has no room for this export"):
        export_one(reader, load(CONFIG), SESSION, Format.FORM_JSON, tmp_path / "f.json", everything)
    assert not (tmp_path / "f.json").exists()


def test_the_reserve_counts_what_is_to_be_written_and_only_on_the_disk_of_the_record(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    assert Reserve(tmp_path, bytes=free // 2).problem(tmp_path / "new" / "a.zip", 1000) == ""
    assert "free for the record" in Reserve(tmp_path, bytes=free // 2).problem(tmp_path / "new" / "a.zip", free)
    elsewhere = Path("/dev/shm")  # noqa: S108 - nothing is written there
    if elsewhere.is_dir() and elsewhere.stat().st_dev != tmp_path.stat().st_dev:
        assert Reserve(tmp_path, bytes=1 << 62).problem(elsewhere / "a.zip", 1000) == ""


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--all", "--until", "9999-12-31", "--out", "{}/new"], "--until 9999-12-31: there is no record of such a day"),
        (["--all", "--since", "0001-01-01", "--out", "{}/new"], "--since 0001-01-01: there is no record of such a day"),
        (["--all", "--out", "{}/new.csv"], "several sessions go into a folder or a .zip"),
        (["--patient", "nobody", "--out", "{}/new.tar.gz"], "several sessions go into a folder or a .zip"),
        ([SESSION, OPEN, "--out", "{}/new.json"], "several sessions go into a folder or a .zip"),
        (["--all", "--out", ""], "--out: give the name of a file or folder"),
        ([SESSION, "--out", " "], "--out: give the name of a file or folder"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(options: list[str], said: str, data: Path, tmp_path: Path) -> None:
    before = sorted(tmp_path.iterdir())
    result = run("--format", "csv", *(each.format(tmp_path) for each in options), "--data", data)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


def test_a_session_that_is_named_twice_is_one(data: Path, tmp_path: Path) -> None:
    assert run(SESSION, SESSION, "--format", "form", "--out", tmp_path / "one.json", "--data", data).exit_code == 0
    assert (tmp_path / "one.json").is_file()


def test_a_folder_may_be_called_like_a_file_when_it_is_there_already(data: Path, tmp_path: Path) -> None:
    for name in ("clinic.north", "2027.01"):
        (tmp_path / "clinic.north").mkdir(exist_ok=True)
        assert run("--all", "--format", "form", "--out", tmp_path / name, "--data", data).exit_code == 0
        assert len(list((tmp_path / name).iterdir())) == 2


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
