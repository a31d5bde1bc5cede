"""Views that people save: each has their own, also in a file of people from before there were any."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from monitor.people.database import FILE, PeopleDatabase, user
from monitor.people.saved_views import SavedView, SavedViews

BEFORE_VIEWS = "DROP TABLE saved_view; PRAGMA user_version=1"


def with_two_people(folder: Path) -> None:
    """Added without their secrets, whose hashes take long on purpose."""
    with PeopleDatabase(folder).transaction(writing=True) as connection:
        for name in ("one", "two"):
            row = {"login": name, "name": name, "role": "clinician", "pin": "", "added_us": 0}
            connection.execute(user.insert().values(**row))


def test_each_person_has_views_of_their_own(tmp_path: Path) -> None:
    with_two_people(tmp_path)
    views = SavedViews(tmp_path)
    views.keep(1, "Mine", "alarms=high")
    views.keep(2, "Mine", "alarms=any")
    views.keep(2, "also mine", "")
    views.remove(1, "mine")
    assert views.of(1) == []
    assert views.of(2) == [SavedView("also mine", ""), SavedView("Mine", "alarms=any")]


@pytest.mark.parametrize(
    ("name", "again"), [("Übersicht", "übersicht"), ("ÖFFNEN", "Öffnen"), ("İx", "İX"), ("Maße", "MASSE")]
)
def test_a_view_of_any_letters_is_replaced_and_removed(tmp_path: Path, name: str, again: str) -> None:
    with_two_people(tmp_path)
    views = SavedViews(tmp_path)
    for query in ("alarms=high", "alarms=any"):
        views.keep(1, name, query)
        assert views.of(1) == [SavedView(name, query)]
    views.keep(2, name, "")
    views.keep(1, again, "")
    assert views.of(1) == [SavedView(again, "")]
    views.remove(1, name)
    assert views.of(1) == []
    assert views.of(2) == [SavedView(name, "")], "another person's is theirs"


def test_an_older_file_of_people_can_hold_views(tmp_path: Path) -> None:
    with_two_people(tmp_path)
    with closing(sqlite3.connect(tmp_path / FILE)) as file:
        file.executescript(BEFORE_VIEWS)
    views = SavedViews(tmp_path)
    views.keep(1, "Mine", "alarms=high")
    assert SavedViews(tmp_path).of(1) == [SavedView("Mine", "alarms=high")]
