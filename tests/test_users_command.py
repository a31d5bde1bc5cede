"""``app.py users``: who may sign in, added and sent away at the clinic's own computer."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app import app
from devices.readings import SECOND
from monitor.people.sign_ins import SignIns
from monitor.people.users import Users
from tests.people.test_users import AT, PASSWORD, PIN

APP = Path(__file__).parent.parent / "app.py"
NURSE = ("--name", "Nurse A", "--role", "nurse", "--password-stdin")


def users(folder: Path, *arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(app, ["users", *arguments, "--data", str(folder)], input=given)


def refusal(folder: Path, *arguments: str, given: str = "") -> str:
    result = users(folder, *arguments, given=given)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.count("\n") == 1
    return result.stderr


def sign_in(folder: Path) -> str:
    return SignIns(folder, 600 * SECOND, is_open=False).sign_in("ward.a", PASSWORD, AT)


def test_a_user_who_was_added_by_a_script_signs_in(tmp_path: Path) -> None:
    added = users(tmp_path / "new", "add", "Ward.A", *NURSE, given=f"{PASSWORD}\n{PIN}\n")
    assert (added.exit_code, added.stdout) == (0, "Nurse A can sign in as ward.a, nurse\n")
    token = sign_in(tmp_path / "new")
    SignIns(tmp_path / "new", 600 * SECOND, is_open=False).check_pin(token, PIN, AT)


def test_a_disabled_user_is_out_and_the_list_says_so(tmp_path: Path) -> None:
    users(tmp_path, "add", "ward.a", *NURSE, given=f"{PASSWORD}\n{PIN}\n")
    token = sign_in(tmp_path)
    assert users(tmp_path, "disable", "ward.a").exit_code == 0
    assert SignIns(tmp_path, 600 * SECOND, is_open=False).person(token, AT) is None
    assert users(tmp_path, "list").stdout.split() == ["ward.a", "Nurse", "A", "nurse", "(disabled)"]
    assert users(tmp_path, "enable", "ward.a").exit_code == 0
    assert "disabled" not in users(tmp_path, "list").stdout
    sign_in(tmp_path)


def test_an_empty_list_says_how_to_add_somebody(tmp_path: Path) -> None:
    found = users(tmp_path, "list")
    assert (found.exit_code, found.stdout) == (0, "")
    assert "users add" in found.stderr


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        (("add", "ward.a", *NURSE), "short\n2580\n", "10 to 200 characters"),
        (("add", "ward.a", *NURSE), f"{PASSWORD}\n1234\n", "easy to guess"),
        (("add", "ward.a", *NURSE), f"{PASSWORD}\n", "4 to 8 digits"),
        (("add", "ward a", *NURSE), "", "login name"),
        (("add", "ward.a", "--name", "A", "--role", "doctor"), "", "known are nurse, clinician"),
        (("add", "ward.a", "--name", "A", "--role", "nurse"), "", "--password-stdin"),
        (("disable", "nobody"), "", 'no user "nobody"'),
        (("enable", "nobody"), "", 'no user "nobody"'),
    ],
)
def test_a_mistake_is_told_in_one_line_and_changes_nothing(
    tmp_path: Path, arguments: tuple[str, ...], given: str, words: str
) -> None:
    assert words in refusal(tmp_path, *arguments, given=given)
    assert Users(tmp_path).list() == []


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert "cannot be used" in refusal(tmp_path / "file", "list")


@pytest.mark.parametrize("command", ["add", "list", "disable", "enable"])
def test_every_command_has_help(command: str) -> None:
    result = CliRunner().invoke(app, ["users", command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


def at_terminal(folder: Path, *answers: str) -> tuple[int, str]:
    """What a person sees who is asked at a terminal; each question is awaited before it is answered."""
    command = [sys.executable, str(APP), "users", "add", "ward.a", "--name", "Nurse A", "--role", "nurse"]
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*command, "--data", str(folder)], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    )
    os.close(theirs)
    seen = b""
    try:
        for answer in answers:
            asked = len(seen)
            while b": " not in seen[asked:]:
                seen += os.read(ours, 1000)
            os.write(ours, f"{answer}\n".encode())
        while piece := _read(ours):
            seen += piece
    finally:
        os.close(ours)
    return process.wait(20), seen.decode()


def _read(terminal: int) -> bytes:
    """What comes next; nothing once the other side is closed, which Linux tells as an error."""
    try:
        return os.read(terminal, 1000)
    except OSError:
        return b""


def test_a_person_is_asked_twice_and_nothing_they_type_is_shown(tmp_path: Path) -> None:
    code, seen = at_terminal(tmp_path, PASSWORD, PASSWORD, PIN, PIN)
    assert code == 0, seen
    assert PASSWORD not in seen
    assert PIN not in seen
    sign_in(tmp_path)


def test_a_slip_at_the_terminal_adds_nobody(tmp_path: Path) -> None:
    code, seen = at_terminal(tmp_path, PASSWORD, PASSWORD + "x")
    assert code == 2
    assert "differ; nobody was added" in seen
    assert Users(tmp_path).list() == []
