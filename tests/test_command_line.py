"""The command line: help everywhere, and on bad input exit code 2, one clear line and nothing left behind."""

from __future__ import annotations

import csv
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app import app
from devices.adapter import ProtocolInfo, Vitals
from devices.readings import SECOND, Quality
from devices.registry import PROTOCOLS
from tests.devices.bench import Ear, link_to, running, until
from tests.devices.captures import AT
from tests.service.clinic import write_config

APP = Path(__file__).parent.parent / "app.py"
COMMANDS = sorted(str(command.name or getattr(command.callback, "__name__", "")) for command in app.registered_commands)


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


def refusal(*arguments: str | Path) -> str:
    """The one line that a command answers to bad input."""
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.count("\n") == 1
    return result.stderr


def capture(info: ProtocolInfo, seconds: float, vitals: Vitals) -> bytes:
    """What a device sends in this time, with its answers to the host's polls."""
    emulator, decoder = info.emulator(), info.decoder("", Quality.OK)
    sent = bytearray()
    for step in range(round(seconds * emulator.rate_hz)):
        now = AT + round(step / emulator.rate_hz * SECOND)
        sent += emulator.receive(decoder.due(now)) + emulator.step(vitals)
    return bytes(sent)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_every_promised_command_is_there() -> None:
    assert set(COMMANDS) >= {"serve", "check-config", "decode", "emulate", "export", "replay", "verify"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.stdout
    assert command in result.stdout


def test_the_program_itself_lists_its_commands() -> None:
    found = subprocess.run([sys.executable, APP, "--help"], check=True, capture_output=True, text=True)
    assert [command for command in COMMANDS if command not in found.stdout] == []


@pytest.mark.parametrize("arguments", [["nonsense"], ["decode"], ["replay"], ["decode", "--nonsense"], ["verify", "x"]])
def test_what_no_command_understands_is_told_in_one_line(arguments: list[str]) -> None:
    found = subprocess.run([sys.executable, APP, *arguments], check=False, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.count("\n") == 1, found.stderr


def test_a_refusal_leaves_the_process_with_code_two_and_no_traceback(tmp_path: Path) -> None:
    command: list[str | Path] = [sys.executable, APP, "decode", "nonin_df2", tmp_path / "none.bin"]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr == f"{tmp_path / 'none.bin'}: cannot be read: No such file or directory\n"


def test_a_capture_decodes_to_rows_that_say_where_each_number_was_complete(tmp_path: Path) -> None:
    file = tmp_path / "capture.bin"
    file.write_bytes(capture(PROTOCOLS["nonin_df8"], 3, Vitals(spo2=97, pr=70)))
    result = run("decode", "nonin_df8", file)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "offset,metric,value,unit,quality",
        "4,SpO2,97,%,questionable",
        "4,PR,70,/min,questionable",
        "8,SpO2,97,%,ok",
        "8,PR,70,/min,ok",
        "12,SpO2,97,%,ok",
        "12,PR,70,/min,ok",
    ]
    assert result.stderr.startswith("12 bytes: 3 good frames, 0 bad checksums")


@pytest.mark.parametrize("info", [each for each in PROTOCOLS.values() if each.stream], ids=lambda info: info.name)
def test_every_oximeter_capture_decodes_to_what_the_patient_had(tmp_path: Path, info: ProtocolInfo) -> None:
    file = tmp_path / "capture.bin"
    file.write_bytes(capture(info, 5, Vitals(spo2=91, pr=62)))
    rows = rows_of(run("decode", info.name.replace("_", "-"), file).stdout)
    assert {row["value"] for row in rows if row["metric"] == "SpO2"} == {"91"}
    assert {row["value"] for row in rows if row["metric"] == "PR"} == {"62"}
    offsets = [int(row["offset"]) for row in rows]
    assert offsets == sorted(offsets)
    assert offsets[-1] <= file.stat().st_size


def test_a_missing_number_is_an_empty_cell_and_an_old_one_is_marked(tmp_path: Path) -> None:
    file = tmp_path / "capture.bin"
    file.write_bytes(capture(PROTOCOLS["nonin_df2"], 2, Vitals(attached=False)))
    rows = rows_of(run("decode", "nonin_df2", file).stdout)
    assert rows
    assert {row["value"] for row in rows} == {""}
    held = bytes([0x80, 70, 97, 0x00]) * 2 + bytes([0xA0, 70, 97, 0x08])
    file.write_bytes(held)
    assert "held" in rows_of(run("decode", "nonin_df8", file).stdout)[-1]["quality"].split("|")


def test_a_cut_capture_gives_its_whole_frames_and_counts_the_rest(tmp_path: Path) -> None:
    whole = capture(PROTOCOLS["nonin_df2"], 3, Vitals(spo2=97, pr=70))
    file = tmp_path / "capture.bin"
    file.write_bytes(whole)
    all_rows = rows_of(run("decode", "nonin_df2", file).stdout)
    file.write_bytes(whole[:-3])
    result = run("decode", "nonin_df2", file)
    assert result.exit_code == 0
    assert rows_of(result.stdout) == [row for row in all_rows if int(row["offset"]) <= len(whole) - 3]
    assert f"{len(whole) // 5 - 1} good frames" in result.stderr
    assert result.stderr.endswith("2 left over at the end\n")


def test_a_damaged_capture_counts_what_was_lost(tmp_path: Path) -> None:
    damaged = bytearray(capture(PROTOCOLS["nonin_df2"], 3, Vitals(spo2=97, pr=70)))
    damaged[502] ^= 0x10
    file = tmp_path / "capture.bin"
    file.write_bytes(bytes(damaged))
    result = run("decode", "nonin_df2", file)
    assert "1 bad checksums, 1 resyncs, 5 bytes skipped" in result.stderr
    assert {row["value"] for row in rows_of(result.stdout) if row["metric"] == "SpO2"} == {"97"}


def test_an_empty_capture_is_an_empty_table(tmp_path: Path) -> None:
    file = tmp_path / "capture.bin"
    file.touch()
    result = run("decode", "contec_v7", file)
    assert (result.exit_code, result.stdout) == (0, "offset,metric,value,unit,quality\n")


def test_decode_writes_its_rows_to_a_file(tmp_path: Path) -> None:
    file, out = tmp_path / "capture.bin", tmp_path / "rows.csv"
    file.write_bytes(capture(PROTOCOLS["nonin_df8"], 3, Vitals()))
    result = run("decode", "nonin_df8", file, "--csv", out)
    assert (result.exit_code, result.stdout) == (0, "")
    assert out.read_text() == run("decode", "nonin_df8", file).stdout
    assert sorted(each.name for each in tmp_path.iterdir()) == ["capture.bin", "rows.csv"]


def test_an_unknown_protocol_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    told = refusal("decode", "nonin_df9", tmp_path / "capture.bin")
    assert all(name in told for name in ("nonin_df9", *PROTOCOLS))
    assert "nonin_df9" in refusal("emulate", "nonin_df9", "--pty")


@pytest.mark.parametrize("place", ["a folder", "a folder that is not there/rows.csv", "a file/rows.csv"])
def test_rows_that_cannot_be_written_leave_nothing_behind(tmp_path: Path, place: str) -> None:
    file = tmp_path / "capture.bin"
    file.write_bytes(capture(PROTOCOLS["nonin_df8"], 3, Vitals()))
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a file").touch()
    before = sorted(tmp_path.rglob("*"))
    told = refusal("decode", "nonin_df8", file, "--csv", tmp_path / place)
    assert told.startswith(f"{tmp_path / place}: cannot be written: ")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("arguments", [[], ["--pty", "--tcp", "0"]])
def test_an_emulator_is_asked_for_one_place(arguments: list[str]) -> None:
    assert "--tcp PORT or --pty" in refusal("emulate", "nonin_df2", *arguments)


@pytest.mark.parametrize("port", ["70000", "-1", "x"])
def test_a_port_that_cannot_be_one_is_refused_without_a_traceback(port: str) -> None:
    result = run("emulate", "nonin_df2", "--tcp", port)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--tcp" in result.stderr


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('story = "exciting"', "story: "),
        ("[[step]]\nat_s = 1\nsp02 = 86", "step[0].sp02: "),
        ("[[step]]\nat_s = 1\nspo2 = 300", "step[0].spo2: "),
        ("[[step]", "line 1"),
    ],
)
def test_a_mistake_in_a_scenario_is_told_in_one_line(tmp_path: Path, text: str, key: str) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(text)
    told = refusal("emulate", "nonin_df2", "--pty", "--scenario", path)
    assert told.startswith(f"{path}: ")
    assert key in told


def test_a_scenario_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "none.toml" in refusal("emulate", "nonin_df2", "--pty", "--scenario", tmp_path / "none.toml")


@contextmanager
def emulating(*arguments: str | Path) -> Iterator[str]:
    """The program as a process of its own; gives the port that it says it is at."""
    command: list[str | Path] = [sys.executable, APP, "emulate", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        too_long = threading.Timer(20, process.kill)
        too_long.start()
        try:
            assert process.stdout is not None
            yield process.stdout.readline().rpartition(" at ")[2].strip()
        finally:
            process.terminate()
            process.wait()
            too_long.cancel()


@pytest.mark.parametrize("place", [["--tcp", "0"], ["--pty"]])
def test_an_emulated_device_says_where_it_is_and_can_be_read_there(tmp_path: Path, place: list[str]) -> None:
    scenario = tmp_path / "scenario.toml"
    scenario.write_text("[[step]]\nat_s = 0\nspo2 = 86\npr = 44\n")
    ear = Ear()
    with emulating("nonin_df7", *place, "--scenario", scenario) as port, running(link_to(port, ear, "nonin_df7")):
        until(ear.numbers, "a number arrived")
    assert set(ear.numbers()) == {86}


def test_a_port_in_use_is_told_in_one_line() -> None:
    with emulating("nonin_df2", "--tcp", "0") as port:
        told = refusal("emulate", "nonin_df2", "--tcp", port.rpartition(":")[2])
    assert "in use" in told


def test_check_config_of_a_file_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    assert "--config" in refusal("check-config", "--config", tmp_path / "none.toml")
    assert "--config" in refusal("serve", "--config", tmp_path / "none.toml", "--data", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_verify_of_a_folder_without_a_record_is_told_and_creates_none(tmp_path: Path) -> None:
    assert refusal("verify", "--data", tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_time_runs_fast_only_where_no_room_is_real(tmp_path: Path) -> None:
    config = write_config(tmp_path, {"1": ""})
    told = refusal("serve", "--config", config, "--data", tmp_path / "data", "--speed", "60")
    assert told.startswith("--speed 60: Room 1 is not simulated.")
    assert not (tmp_path / "data").exists()
