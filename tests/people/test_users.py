from __future__ import annotations

from pathlib import Path

import pytest

from devices.readings import SECOND
from monitor.people.errors import NotAccepted, PeopleUnavailable
from monitor.people.roles import ROLES
from monitor.people.secret import Secret
from monitor.people.users import User, Users

AT = 1_800_000_000 * SECOND
PASSWORD = "correct horse"  # noqa: S105 - of a test
PIN = "2580"
NEW_PASSWORD = "battery staple"  # noqa: S105 - of a test
NEW_PIN = "1379"


def add(users: Users, login: str = "ward.a", name: str = "Nurse A", role: str = "nurse") -> None:
    users.add(login, name, role, PASSWORD, PIN, AT)


def test_a_user_who_was_added_is_listed_also_after_a_restart(tmp_path: Path) -> None:
    add(Users(tmp_path), " Ward.A ", " Nurse A ")
    assert Users(tmp_path).list() == [User("ward.a", "Nurse A", "nurse", disabled=False, open=False)]


def test_neither_password_nor_pin_can_be_read_from_the_file(tmp_path: Path) -> None:
    add(Users(tmp_path))
    [path] = tmp_path.iterdir()
    kept = path.read_bytes()
    assert kept.count(b"$argon2id$") == 2
    assert PASSWORD.encode() not in kept
    assert path.stat().st_mode & 0o077 == 0, "others on this computer could copy the hashes"


@pytest.mark.parametrize("role", ROLES)
def test_every_role_can_be_given(tmp_path: Path, role: str) -> None:
    users = Users(tmp_path)
    add(users, role=role)
    assert users.list()[0].role == role


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"login": "a"}, "login", "login name"),
        ({"login": "a b"}, "login", "login name"),
        ({"login": "nürse"}, "login", "login name"),
        ({"name": "  "}, "name", "1 to 40"),
        ({"name": "x" * 41}, "name", "1 to 40"),
        ({"name": "Nurse\nA"}, "name", "1 to 40"),
        ({"role": "doctor"}, "role", "nurse, clinician, tester, administrator"),
        ({"password": "ninechars"}, "password", "10 to 200"),
        ({"password": "x" * 201}, "password", "10 to 200"),
        ({"pin": "258"}, "pin", "4 to 8 digits"),
        ({"pin": "258025802"}, "pin", "4 to 8 digits"),
        ({"pin": "25a0"}, "pin", "4 to 8 digits"),
        ({"pin": "٢٥٨٠"}, "pin", "4 to 8 digits"),
        ({"pin": "0000"}, "pin", "easy"),
        ({"pin": "1234"}, "pin", "easy"),
        ({"pin": "987654"}, "pin", "easy"),
    ],
)
def test_what_would_be_guessed_or_mistaken_is_refused(
    tmp_path: Path, change: dict[str, str], field: str, words: str
) -> None:
    given = {"login": "ward.a", "name": "Nurse A", "role": "nurse", "password": PASSWORD, "pin": PIN} | change
    users = Users(tmp_path)
    with pytest.raises(NotAccepted, match=words) as refused:
        users.add(**given, now=AT)
    assert refused.value.field == field
    assert users.list() == []


@pytest.mark.parametrize(("login", "name"), [("WARD.A", "Nurse B"), ("ward.b", "nurse a")])
def test_two_people_never_look_like_one_in_the_record(tmp_path: Path, login: str, name: str) -> None:
    users = Users(tmp_path)
    add(users)
    with pytest.raises(NotAccepted, match="taken"):
        add(users, login, name)


def test_a_user_whom_nobody_knows_cannot_be_disabled(tmp_path: Path) -> None:
    with pytest.raises(NotAccepted, match='no user "nobody"'):
        Users(tmp_path).disable("nobody")


def test_a_user_whom_nobody_knows_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(NotAccepted, match='no user "nobody"'):
        Users(tmp_path).change("nobody", "pin", NEW_PIN)


@pytest.mark.parametrize(("what", "to"), [("password", "ninechars"), ("pin", "1234"), ("pin", "")])
def test_what_would_be_guessed_is_refused_also_later(tmp_path: Path, what: Secret, to: str) -> None:
    users = Users(tmp_path)
    add(users)
    before = (tmp_path / "people.sqlite3").read_bytes()
    with pytest.raises(NotAccepted) as refused:
        users.change("ward.a", what, to)
    assert refused.value.field == what
    assert (tmp_path / "people.sqlite3").read_bytes() == before


def test_a_new_password_and_a_new_pin_can_be_read_as_little_as_the_old_ones(tmp_path: Path) -> None:
    users = Users(tmp_path)
    add(users)
    users.change("ward.a", "password", NEW_PASSWORD)
    users.change("ward.a", "pin", NEW_PIN)
    kept = (tmp_path / "people.sqlite3").read_bytes()
    assert NEW_PASSWORD.encode() not in kept
    assert users.list() == [User("ward.a", "Nurse A", "nurse", disabled=False, open=False)]


def test_a_file_that_is_none_is_told_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "people.sqlite3").write_bytes(b"this is no database, and long enough to be looked at" * 100)
    with pytest.raises(PeopleUnavailable, match=r"people\.sqlite3"):
        Users(tmp_path).list()
