"""What each person looks for again and again, under names of their own."""

from __future__ import annotations

from pathlib import Path

import msgspec
from sqlalchemy import ColumnElement, and_, delete, func, insert, select

from monitor.people.database import PeopleDatabase, saved_view
from monitor.people.errors import NotAccepted

MOST = 20
LONGEST_NAME = 40
LONGEST_QUERY = 500


class SavedView(msgspec.Struct, frozen=True):
    """A name and the query of an address, such as ``alarms=high&sort=-peak``."""

    name: str
    query: str


class SavedViews:
    """The views of all users, in the file of people in ``folder``. ``user`` is the number of a ``Person``."""

    def __init__(self, folder: Path) -> None:
        self._database = PeopleDatabase(folder)

    def of(self, user: int) -> list[SavedView]:
        """A person's views, by name.

        Raises: PeopleUnavailable.
        """
        theirs = select(saved_view.c.name, saved_view.c.query).where(saved_view.c.user == user)
        with self._database.transaction() as connection:
            return [SavedView(*row) for row in connection.execute(theirs.order_by(func.lower(saved_view.c.name)))]

    def keep(self, user: int, name: str, query: str) -> None:
        """Save a view; one of the same name is replaced.

        Raises: NotAccepted, PeopleUnavailable.
        """
        name = name.strip()
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise NotAccepted(f"Give the view a name of 1 to {LONGEST_NAME} characters.", "name")
        if len(query) > LONGEST_QUERY:
            raise NotAccepted("This view asks for too much to be saved.", "name")
        with self._database.transaction(writing=True) as connection:
            connection.execute(delete(saved_view).where(_named(user, name)))
            held = connection.scalar(select(func.count()).where(saved_view.c.user == user)) or 0
            if held >= MOST:
                raise NotAccepted(f"You have {MOST} views; remove one first.", "name")
            connection.execute(insert(saved_view).values(user=user, name=name, query=query))

    def remove(self, user: int, name: str) -> None:
        """Forget a view; one that is not there is gone already.

        Raises: PeopleUnavailable.
        """
        with self._database.transaction(writing=True) as connection:
            connection.execute(delete(saved_view).where(_named(user, name)))


def _named(user: int, name: str) -> ColumnElement[bool]:
    return and_(saved_view.c.user == user, func.lower(saved_view.c.name) == name.lower())
