"""What each person looks for again and again, under names of their own."""

from __future__ import annotations

from pathlib import Path

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

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
            views = [SavedView(*row) for row in connection.execute(theirs)]
        return sorted(views, key=lambda view: view.name.casefold())

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
            _forget(connection, user, name)
            held = connection.scalar(select(func.count()).where(saved_view.c.user == user)) or 0
            if held >= MOST:
                raise NotAccepted(f"You have {MOST} views; remove one first.", "name")
            connection.execute(insert(saved_view).values(user=user, name=name, query=query))

    def remove(self, user: int, name: str) -> None:
        """Forget a view; one that is not there is gone already.

        Raises: PeopleUnavailable.
        """
        with self._database.transaction(writing=True) as connection:
            _forget(connection, user, name)


def _forget(connection: Connection, user: int, name: str) -> None:
    """Whatever its capitals. The database itself knows those of ASCII only."""
    theirs = select(saved_view.c.name).where(saved_view.c.user == user)
    alike = [each for each in connection.scalars(theirs).all() if each.casefold() == name.casefold()]
    connection.execute(delete(saved_view).where(saved_view.c.user == user, saved_view.c.name.in_(alike)))
