"""Wrong passwords and PINs: after some in a row each further try has to wait, longer each time."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from devices.readings import SECOND, Micros
from monitor.people.database import PeopleDatabase, attempt
from monitor.people.errors import NotAccepted, PeopleUnavailable
from monitor.people.secret import Secret

WAITS_S = (0, 0, 5, 15, 60, 300)
"""After the first wrong one, the second, ...; the last holds for all further ones."""
MOST_UNKNOWN = 1000
"""So many names that nobody has are kept: whoever makes names up fills no disk."""
UNKNOWN = "unknown "

log = logging.getLogger(__name__)


def key_of(secret: Secret, user: int) -> str:
    """By what the wrong ones of a user are counted."""
    return f"{secret} {user}"


def wait_after(wrong: int) -> Micros:
    """How long the next try waits after so many wrong ones in a row."""
    return WAITS_S[min(wrong, len(WAITS_S)) - 1] * SECOND if wrong else 0


def in_words(wait: Micros) -> str:
    """A time to wait, rounded up."""
    seconds = -(-wait // SECOND)
    return f"{seconds} s" if seconds < 100 else f"{-(-seconds // 60)} min"


class Attempts:
    """Counts tries by ``key``. A try counts as wrong before its secret is looked at, so that many tries at once, or a
    process that dies in the middle, win nothing. Counts that cannot be written hold in this process.
    """

    def __init__(self, database: PeopleDatabase) -> None:
        self._database = database
        self._unsaved: dict[str, tuple[int, Micros]] = {}

    def give(self, key: str, now: Micros, is_right: Callable[[], bool], wrong_text: str, field: str) -> None:
        """One try.

        Raises: NotAccepted when it is wrong or too early, PeopleUnavailable.
        """
        wrong = self._count(key, now, field)
        if not is_right():
            wait = wait_after(wrong)
            raise NotAccepted(f"{wrong_text} Try again in {in_words(wait)}." if wait else wrong_text, field)
        self._forgive(key, now)

    def _count(self, key: str, now: Micros, field: str) -> int:
        """Count a try as wrong; returns how many there are in a row now."""
        try:
            with self._database.transaction(writing=True) as connection:
                wrong = self._admitted(connection, key, now, field) + 1
                _write(connection, key, wrong, now)
        except PeopleUnavailable as error:
            log.warning("a try to sign in is counted in memory only: %s", error)
            with self._database.transaction() as connection:
                wrong = self._admitted(connection, key, now, field) + 1
            self._unsaved[key] = (wrong, now)
        else:
            self._unsaved.pop(key, None)
        return wrong

    def _admitted(self, connection: Connection, key: str, now: Micros, field: str) -> int:
        """How many wrong ones came before a try that comes late enough after them."""
        kept = connection.execute(select(attempt.c.wrong, attempt.c.at_us).where(attempt.c.key == key)).first()
        wrong: int
        wrong, at = self._unsaved.get(key, (0, 0) if kept is None else (kept.wrong, kept.at_us))
        left = wait_after(wrong) - (now - at)
        # A clock that was set back must not lock anybody out for a year.
        if 0 < left <= wait_after(wrong):
            raise NotAccepted(f"Too many wrong tries: try again in {in_words(left)}.", field)
        return wrong

    def _forgive(self, key: str, now: Micros) -> None:
        try:
            with self._database.transaction(writing=True) as connection:
                connection.execute(delete(attempt).where(attempt.c.key == key))
        except PeopleUnavailable as error:
            log.warning("a try to sign in is forgiven in memory only: %s", error)
            self._unsaved[key] = (0, now)
        else:
            self._unsaved.pop(key, None)


def _write(connection: Connection, key: str, wrong: int, now: Micros) -> None:
    values = {"wrong": wrong, "at_us": now}
    connection.execute(insert(attempt).values(key=key, **values).on_conflict_do_update(["key"], set_=values))
    if key.startswith(UNKNOWN):
        unknown = attempt.c.key.startswith(UNKNOWN)
        newest = select(attempt.c.key).where(unknown).order_by(attempt.c.at_us.desc()).limit(MOST_UNKNOWN)
        connection.execute(delete(attempt).where(unknown, attempt.c.key.not_in(newest)))
