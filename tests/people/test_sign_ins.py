from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import SupportsIndex

import pytest
from sqlalchemy import func, select

from devices.readings import SECOND, Micros
from monitor.people.attempts import MOST_UNKNOWN, UNKNOWN, Attempts
from monitor.people.database import PeopleDatabase, attempt, sign_in
from monitor.people.errors import NotAccepted, PeopleUnavailable
from monitor.people.roles import ROLES
from monitor.people.sign_ins import IDLE_LIFETIME, LIFETIME, OPEN_PIN, SignIns
from monitor.people.users import Users
from tests.people.test_users import AT, NEW_PASSWORD, NEW_PIN, PASSWORD, PIN, add

LOCK: Micros = 600 * SECOND
WRONG = "wrong password"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    add(Users(tmp_path))
    return tmp_path


def sign_ins(folder: Path, *, is_open: bool = False) -> SignIns:
    """As after a start of the web process."""
    return SignIns(folder, LOCK, is_open=is_open)


def enter(folder: Path, at: Micros = AT) -> str:
    return sign_ins(folder).sign_in("Ward.A", PASSWORD, at)


def refusal(folder: Path, at: Micros, login: str = "ward.a", password: str = WRONG) -> str:
    with pytest.raises(NotAccepted) as refused:
        sign_ins(folder).sign_in(login, password, at)
    return refused.value.text


def is_locked(folder: Path, token: str, at: Micros) -> bool:
    person = sign_ins(folder).person(token, at)
    assert person is not None
    return person.locked


def test_who_signed_in_is_known_also_after_a_restart(folder: Path) -> None:
    token = enter(folder)
    person = sign_ins(folder).person(token, AT + SECOND)
    assert person is not None
    assert (person.name, person.role, person.locked) == ("Nurse A", "nurse", False)


def test_what_the_browser_holds_is_not_in_the_file(folder: Path) -> None:
    token = enter(folder)
    assert len(token) >= 43, "256 bits"
    assert token.encode() not in (folder / "people.sqlite3").read_bytes()


@pytest.mark.parametrize("token", ["", "forged", "x" * 43, "\udcff"])
def test_a_forged_token_is_nobodys(folder: Path, token: str) -> None:
    enter(folder)
    assert sign_ins(folder).person(token, AT) is None


def test_a_new_sign_in_ends_the_one_before_at_this_browser(folder: Path) -> None:
    before = enter(folder)
    elsewhere = enter(folder)
    after = sign_ins(folder).sign_in("ward.a", PASSWORD, AT, before)
    assert after != before
    assert sign_ins(folder).person(before, AT) is None
    assert sign_ins(folder).person(after, AT) is not None
    assert sign_ins(folder).person(elsewhere, AT) is not None


def test_whoever_signed_out_is_unknown(folder: Path) -> None:
    token = enter(folder)
    sign_ins(folder).sign_out(token)
    assert sign_ins(folder).person(token, AT) is None


def test_a_disabled_user_is_out_at_once_and_gets_in_only_when_enabled(folder: Path) -> None:
    token = enter(folder)
    Users(folder).disable("ward.a")
    assert sign_ins(folder).person(token, AT) is None
    assert "disabled" in refusal(folder, AT, password=PASSWORD)
    assert "disabled" not in refusal(folder, AT), "a stranger learns who works here"
    Users(folder).enable("ward.a")
    assert sign_ins(folder).person(token, AT) is None, "an old sign-in came back"
    enter(folder)


def test_with_a_new_password_the_old_one_and_whoever_came_in_with_it_are_out(folder: Path) -> None:
    running = sign_ins(folder)
    one, other = enter(folder), enter(folder)
    Users(folder).change("Ward.A", "password", NEW_PASSWORD)
    assert running.people([one, other], AT) == {}
    assert refusal(folder, AT, password=PASSWORD) == "Name or password is wrong."
    running.check_pin(running.sign_in("ward.a", NEW_PASSWORD, AT), PIN, AT)


def test_with_a_new_pin_the_old_one_signs_nothing_more(folder: Path) -> None:
    running = sign_ins(folder)
    token = enter(folder)
    Users(folder).change("ward.a", "pin", NEW_PIN)
    with pytest.raises(NotAccepted, match="sign in again"):
        running.unlock(token, NEW_PIN, AT)
    again = enter(folder)
    with pytest.raises(NotAccepted, match="PIN is wrong"):
        running.check_pin(again, PIN, AT)
    running.check_pin(again, NEW_PIN, AT)


def test_a_change_for_one_person_leaves_the_others_in(folder: Path) -> None:
    add(Users(folder), "ward.b", "Nurse B")
    token = enter(folder)
    Users(folder).change("ward.b", "password", NEW_PASSWORD)
    assert sign_ins(folder).person(token, AT) is not None
    enter(folder)


def test_whoever_forgot_gets_in_with_the_new_one_without_waiting(folder: Path) -> None:
    for _ in range(3):
        refusal(folder, AT)
    Users(folder).change("ward.a", "pin", NEW_PIN)
    assert "Too many" in refusal(folder, AT, password=PASSWORD), "wrong passwords were forgiven for a new PIN"
    Users(folder).change("ward.a", "password", NEW_PASSWORD)
    token = sign_ins(folder).sign_in("ward.a", NEW_PASSWORD, AT)
    for _ in range(3):
        with pytest.raises(NotAccepted, match="PIN is wrong"):
            sign_ins(folder).check_pin(token, PIN, AT)
    Users(folder).change("ward.a", "pin", PIN)
    again = sign_ins(folder).sign_in("ward.a", NEW_PASSWORD, AT)
    sign_ins(folder).check_pin(again, PIN, AT)


def test_a_disabled_user_stays_out_with_a_new_password_too(folder: Path) -> None:
    Users(folder).disable("ward.a")
    Users(folder).change("ward.a", "password", NEW_PASSWORD)
    assert "disabled" in refusal(folder, AT, password=NEW_PASSWORD)


class PasswordOnItsWay(str):
    """While it is looked at, an administrator does ``meanwhile``."""

    meanwhile: Callable[[], None]

    def __getitem__(self, part: SupportsIndex | slice) -> str:
        self.meanwhile()
        return str(self)[part]


@pytest.mark.parametrize(
    ("meanwhile", "words"),
    [
        (lambda users: users.change("ward.a", "password", NEW_PASSWORD), "Name or password is wrong"),
        (lambda users: users.disable("ward.a"), "disabled"),
    ],
    ids=["changed", "disabled"],
)
def test_nobody_slips_in_with_what_is_taken_away_at_this_moment(
    folder: Path, meanwhile: Callable[[Users], None], words: str
) -> None:
    password = PasswordOnItsWay(PASSWORD)
    password.meanwhile = lambda: meanwhile(Users(folder))
    assert words in refusal(folder, AT, password=password)
    with PeopleDatabase(folder).transaction() as connection:
        assert connection.execute(select(func.count()).select_from(sign_in)).scalar_one() == 0


def test_a_sign_in_is_over_after_its_lifetime_however_busy_the_person_is(folder: Path) -> None:
    token = enter(folder)
    running = SignIns(folder, LIFETIME, is_open=False)
    for hour in range(1, 16):
        running.note_activity(token, AT + hour * 3600 * SECOND)
    assert running.person(token, AT + LIFETIME - 1) is not None
    assert running.person(token, AT + LIFETIME) is None


def test_a_browser_that_nobody_used_for_long_needs_the_password_again(folder: Path) -> None:
    token = enter(folder)
    assert is_locked(folder, token, AT + IDLE_LIFETIME - 1)
    assert sign_ins(folder).person(token, AT + IDLE_LIFETIME) is None
    with pytest.raises(NotAccepted, match="sign in again"):
        sign_ins(folder).unlock(token, PIN, AT + IDLE_LIFETIME)


def test_a_browser_locks_after_idle_time_and_unlocks_by_pin(folder: Path) -> None:
    token = enter(folder)
    sign_ins(folder).note_activity(token, AT + 300 * SECOND)
    assert not is_locked(folder, token, AT + 899 * SECOND)
    assert is_locked(folder, token, AT + 900 * SECOND)
    sign_ins(folder).note_activity(token, AT + 901 * SECOND)
    assert is_locked(folder, token, AT + 901 * SECOND), "whoever moved the mouse got in"
    with pytest.raises(NotAccepted, match="PIN is wrong"):
        sign_ins(folder).unlock(token, "0000", AT + 902 * SECOND)
    sign_ins(folder).unlock(token, PIN, AT + 902 * SECOND)
    assert not is_locked(folder, token, AT + 903 * SECOND)


def test_a_browser_that_was_locked_by_hand_stays_locked(folder: Path) -> None:
    token = enter(folder)
    sign_ins(folder).lock(token, AT)
    sign_ins(folder).note_activity(token, AT + 60 * SECOND)
    assert is_locked(folder, token, AT + 60 * SECOND)


def test_a_clock_that_was_set_back_neither_unlocks_nor_shuts_out(folder: Path) -> None:
    token = enter(folder)
    assert not is_locked(folder, token, AT - SECOND)
    assert is_locked(folder, token, AT - LOCK)
    for _ in range(3):
        refusal(folder, AT)
    sign_ins(folder).sign_in("ward.a", PASSWORD, AT - 3600 * SECOND)


def test_wrong_passwords_wait_longer_and_longer_and_a_restart_forgives_nothing(folder: Path) -> None:
    at = AT
    assert [refusal(folder, at) for _ in range(2)] == ["Name or password is wrong."] * 2
    for wait, words in ((5, "5 s"), (15, "15 s"), (60, "60 s"), (300, "5 min"), (300, "5 min")):
        assert refusal(folder, at) == f"Name or password is wrong. Try again in {words}."
        assert refusal(folder, at, password=PASSWORD) == f"Too many wrong tries: try again in {words}."
        assert "try again in 1 s" in refusal(folder, at + wait * SECOND - 1, password=PASSWORD)
        at += wait * SECOND
    enter(folder, at)
    assert refusal(folder, at) == "Name or password is wrong.", "the right one forgives"


def test_many_tries_at_once_are_not_more_than_one_after_the_other(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: refusal(folder, AT), range(8)))
    assert sum("Too many" not in answer for answer in answers) == 3


def test_a_name_that_nobody_has_is_answered_as_a_wrong_password(folder: Path) -> None:
    known = [refusal(folder, AT) for _ in range(5)]
    unknown = [refusal(folder, AT, "nobody") for _ in range(5)]
    assert known == unknown


def test_names_that_are_made_up_fill_no_disk(tmp_path: Path) -> None:
    database = PeopleDatabase(tmp_path)
    attempts = Attempts(database)
    with database.transaction(writing=True) as connection:
        rows = [{"key": f"{UNKNOWN}{name}", "wrong": 1, "at_us": AT} for name in range(MOST_UNKNOWN)]
        connection.execute(attempt.insert(), [*rows, {"key": "password 1", "wrong": 5, "at_us": 0}])
    for late in (1, 2):
        with pytest.raises(NotAccepted):
            attempts.give(f"{UNKNOWN}late {late}", AT + late, lambda: False, "Wrong.", "password")
    with database.transaction() as connection:
        kept = set(connection.execute(select(attempt.c.key)).scalars())
    assert len(kept) == MOST_UNKNOWN + 1
    assert {"password 1", f"{UNKNOWN}late 1", f"{UNKNOWN}late 2"} <= kept


def test_a_wrong_pin_waits_too_at_every_browser_of_the_person(folder: Path) -> None:
    one, other = enter(folder), enter(folder)
    for token in (one, other, one):
        with pytest.raises(NotAccepted, match="PIN is wrong") as refused:
            sign_ins(folder).check_pin(token, "9999", AT)
        assert refused.value.field == "pin"
    with pytest.raises(NotAccepted, match="try again in 5 s"):
        sign_ins(folder).unlock(other, PIN, AT)
    sign_ins(folder).check_pin(other, PIN, AT + 5 * SECOND)


@pytest.mark.parametrize("role", ROLES)
def test_a_simulated_clinic_lets_people_in_by_one_click(tmp_path: Path, role: str) -> None:
    opened = sign_ins(tmp_path, is_open=True)
    known = next(each for each in ROLES if each == role)
    token = opened.sign_in_openly(known, AT)
    again = opened.sign_in_openly(known, AT)
    opened.check_pin(again, OPEN_PIN, AT)
    person = opened.person(token, AT)
    assert person is not None
    assert (person.name, person.role) == (f"{role} 1", role)
    with pytest.raises(NotAccepted, match="Name or password"):
        opened.sign_in(f"{role} 1", "", AT)


def test_nobody_who_comes_in_by_one_click_is_changed(tmp_path: Path) -> None:
    opened = sign_ins(tmp_path, is_open=True)
    token = opened.sign_in_openly("nurse", AT)
    with pytest.raises(NotAccepted, match="one click"):
        Users(tmp_path).change("nurse 1", "pin", NEW_PIN)
    opened.check_pin(token, OPEN_PIN, AT)


def test_where_a_room_is_real_nobody_gets_in_by_one_click_nor_stays_in(tmp_path: Path) -> None:
    token = sign_ins(tmp_path, is_open=True).sign_in_openly("nurse", AT)
    real = sign_ins(tmp_path)
    assert real.person(token, AT) is None, "the demonstration's nurse acts on real patients"
    with pytest.raises(NotAccepted, match="real devices"):
        real.sign_in_openly("nurse", AT)


@contextmanager
def full_disk() -> Iterator[None]:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_on_a_full_disk_who_is_signed_in_goes_on_and_can_unlock(folder: Path) -> None:
    token = enter(folder)
    running = sign_ins(folder)
    with full_disk():
        running.note_activity(token, AT + 300 * SECOND)
        still_in = running.person(token, AT + 700 * SECOND)
        for _ in range(3):
            with pytest.raises(NotAccepted, match="PIN is wrong"):
                running.unlock(token, "9999", AT + 2000 * SECOND)
        with pytest.raises(NotAccepted, match="5 s"):
            running.unlock(token, PIN, AT + 2000 * SECOND)
        running.unlock(token, PIN, AT + 2005 * SECOND)
        unlocked = running.person(token, AT + 2006 * SECOND)
        with pytest.raises(PeopleUnavailable):
            running.sign_in("ward.a", PASSWORD, AT + 2006 * SECOND)
    assert still_in is not None
    assert not still_in.locked, "an alarm could not be answered"
    assert unlocked is not None
    assert not unlocked.locked
    running.note_activity(token, AT + 2100 * SECOND)
    assert not is_locked(folder, token, AT + 2600 * SECOND), "what was done meanwhile is lost"
    with PeopleDatabase(folder).transaction() as connection:
        assert connection.execute(select(func.count()).select_from(attempt)).scalar_one() == 0
