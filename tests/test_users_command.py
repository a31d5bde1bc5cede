"""``app.py users``: who may sign in, added, changed and sent away at the clinic's own computer."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app import app
from devices.readings import SECOND
from monitor.people.sign_ins import SignIns
from monitor.people.users import Users
from tests.people.test_users import AT, NEW_PASSWORD, NEW_PIN, PASSWORD, PIN

APP = Path(__file__).parent.parent / "app.py"
NURSE = ("--name", "Nurse A", "--role", "nurse", "--password-stdin")


def users(folder: Path, *arguments: str, given: str = "") -> Result:
    return CliRunner().invoke(app, ["users", *arguments, "--data", str(folder)], input=given)


def refusal(folder: Path, *arguments: str, given: str = "") -> str:
    result = users(folder, *arguments, given=given)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    assert result.stderr.count("\n") == 1
    return result.stderr


def sign_in(folder: Path, password: str = PASSWORD) -> str:
    return SignIns(folder, 600 * SECOND, is_open=False).sign_in("ward.a", password, AT)


def add(folder: Path) -> None:
    assert users(folder, "add", "ward.a", *NURSE, given=f"{PASSWORD}\n{PIN}\n").exit_code == 0


def test_a_user_who_was_added_by_a_script_signs_in(tmp_path: Path) -> None:
    added = users(tmp_path / "new", "add", "Ward.A", *NURSE, given=f"{PASSWORD}\n{PIN}\n")
    assert (added.exit_code, added.stdout) == (0, "Nurse A can sign in as ward.a, nurse\n")
    token = sign_in(tmp_path / "new")
    SignIns(tmp_path / "new", 600 * SECOND, is_open=False).check_pin(token, PIN, AT)


def test_a_user_whom_a_script_gave_a_new_password_and_pin_signs_in_and_signs_with_them(tmp_path: Path) -> None:
    add(tmp_path)
    token = sign_in(tmp_path)
    changed = users(tmp_path, "change", "Ward.A", "password", "--stdin", given=f"{NEW_PASSWORD}\n")
    assert (changed.exit_code, changed.stdout) == (0, "Password changed; ward.a is signed out everywhere\n")
    changed = users(tmp_path, "change", "ward.a", "PIN", "--stdin", given=f"{NEW_PIN}\r\n")
    assert (changed.exit_code, changed.stdout) == (0, "PIN changed; ward.a is signed out everywhere\n")
    running = SignIns(tmp_path, 600 * SECOND, is_open=False)
    assert running.person(token, AT) is None
    running.check_pin(sign_in(tmp_path, NEW_PASSWORD), NEW_PIN, AT)


@pytest.mark.parametrize(
    ("arguments", "given", "words"),
    [
        (("nobody", "pin"), "", 'no user "nobody"'),
        (("ward.a", "pin"), "", "--stdin"),
        (("ward.a", "pin", "--stdin"), "", "4 to 8 digits"),
        (("ward.a", "password", "--stdin"), "short\n", "10 to 200 characters"),
    ],
)
def test_a_change_that_is_refused_leaves_all_as_it_was(
    tmp_path: Path, arguments: tuple[str, ...], given: str, words: str
) -> None:
    add(tmp_path)
    token = sign_in(tmp_path)
    assert words in refusal(tmp_path, "change", *arguments, given=given)
    SignIns(tmp_path, 600 * SECOND, is_open=False).check_pin(token, PIN, AT)
    sign_in(tmp_path)


@pytest.mark.parametrize("arguments", [["ward.a"], ["ward.a", "name"]])
def test_what_else_cannot_be_changed_is_told_with_what_can(tmp_path: Path, arguments: list[str]) -> None:
    command = [sys.executable, str(APP), "users", "change", *arguments, "--data", str(tmp_path)]
    found = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (found.returncode, found.stdout, found.stderr.count("\n")) == (2, "", 1)
    assert "password" in found.stderr
    assert "pin" in found.stderr


def test_a_disabled_user_is_out_and_the_list_says_so(tmp_path: Path) -> None:
    add(tmp_path)
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


@pytest.mark.parametrize("command", ["add", "list", "change", "disable", "enable"])
def test_every_command_has_help(command: str) -> None:
    result = CliRunner().invoke(app, ["users", command, "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.stdout


ADD = ("add", "ward.a", "--name", "Nurse A", "--role", "nurse")


def at_terminal(folder: Path, arguments: Sequence[str], *answers: str) -> tuple[int, str]:
    """What a person sees who is asked at a terminal; each question is awaited before it is answered."""
    command = [sys.executable, str(APP), "users", *arguments]
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
    code, seen = at_terminal(tmp_path, ADD, PASSWORD, PASSWORD, PIN, PIN)
    assert code == 0, seen
    assert PASSWORD not in seen
    assert PIN not in seen
    [kept] = tmp_path.iterdir()
    assert kept.read_bytes().count(b"$argon2id$v=19$m=65536,t=3,p=4$") == 2, "whoever has the file guesses fast"
    sign_in(tmp_path)


def test_a_slip_at_the_terminal_adds_nobody(tmp_path: Path) -> None:
    code, seen = at_terminal(tmp_path, ADD, PASSWORD, PASSWORD + "x")
    assert code == 2
    assert "differ; nobody was added" in seen
    assert Users(tmp_path).list() == []


def test_whoever_has_a_new_pin_is_asked_for_it_twice_and_for_nothing_else(tmp_path: Path) -> None:
    add(tmp_path)
    code, seen = at_terminal(tmp_path, ("change", "ward.a", "pin"), NEW_PIN, NEW_PIN)
    assert code == 0, seen
    assert " ".join(seen.split()) == "PIN: PIN again: PIN changed; ward.a is signed out everywhere"
    SignIns(tmp_path, 600 * SECOND, is_open=False).check_pin(sign_in(tmp_path), NEW_PIN, AT)


def test_a_slip_at_the_terminal_changes_nothing(tmp_path: Path) -> None:
    add(tmp_path)
    token = sign_in(tmp_path)
    code, seen = at_terminal(tmp_path, ("change", "ward.a", "password"), NEW_PASSWORD, PASSWORD)
    assert code == 2
    assert "differ; nothing was changed" in seen
    assert SignIns(tmp_path, 600 * SECOND, is_open=False).person(token, AT) is not None
    sign_in(tmp_path)
