"""Who is signed in at which browser. A browser holds a random token; of it only a digest is kept."""

from __future__ import annotations

import logging
from collections.abc import Collection
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, bindparam, delete, or_, select, update
from sqlalchemy.dialects.sqlite import insert

from devices.readings import SECOND, Micros
from monitor.people.attempts import UNKNOWN, Attempts, key_of
from monitor.people.credentials import LONGEST_PASSWORD, digest, hashed, matches, new_token
from monitor.people.database import PeopleDatabase, sign_in, user
from monitor.people.errors import NotAccepted, PeopleUnavailable
from monitor.people.roles import Role
from monitor.people.users import login_of

LIFETIME: Micros = 16 * 3600 * SECOND
"""Longer than a shift. Then a person signs in anew, whatever they did."""
IDLE_LIFETIME: Micros = 4 * 3600 * SECOND
"""So long a locked browser can be unlocked by PIN."""
NOTED_EVERY: Micros = 30 * SECOND
OPEN_PIN = "1234"
"""Of those who sign in by one click."""
LONGEST_LOGIN = 64
WRONG = "Name or password is wrong."
WRONG_PIN = "The PIN is wrong."
OVER = "Your sign-in is over: sign in again."

_HOLDERS: Select[Any] = (
    select(*sign_in.c, user.c.id, user.c.name, user.c.role, user.c.pin, user.c.open)
    .join(user, user.c.id == sign_in.c.user)
    .where(sign_in.c.token.in_(bindparam("tokens", expanding=True)), ~user.c.disabled)
)
"""Made once: to make it takes longer than to ask it, and it is asked for every request and every two seconds."""

log = logging.getLogger(__name__)


class Person(msgspec.Struct, frozen=True):
    """Somebody who is signed in at a browser. While ``locked`` they may only unlock."""

    user: int
    name: str
    role: Role
    locked: bool


class _Activity(msgspec.Struct, frozen=True):
    at: Micros
    locked: bool


class SignIns:
    """The sign-ins in the file of people in ``folder``. After ``lock_after`` without activity a browser is locked.
    ``is_open`` lets people in by one click, and is for clinics in which every room is simulated.

    Every method may wait for the disk or a hash: call it from a thread. What cannot be written of a person who is
    signed in already holds in this process: alarms must be answered while the disk is full, too.
    """

    def __init__(self, folder: Path, lock_after: Micros, *, is_open: bool) -> None:
        self.is_open = is_open
        self._lock_after = lock_after
        self._database = PeopleDatabase(folder)
        self._attempts = Attempts(self._database)
        self._unsaved: dict[str, _Activity] = {}

    # ---- in and out

    def sign_in(self, login: str, password: str, now: Micros, before: str | None = None) -> str:
        """Sign a person in by name and password; returns the browser's new token, and the one ``before`` ends.

        Raises: NotAccepted, PeopleUnavailable.
        """
        login = login_of(login)[:LONGEST_LOGIN]
        columns = (user.c.id, user.c.password)
        with self._database.transaction() as connection:
            known = connection.execute(select(*columns).where(user.c.login == login, ~user.c.open)).first()
        key = f"{UNKNOWN}{login}" if known is None else key_of("password", known.id)
        kept = None if known is None else known.password
        secret = password[: LONGEST_PASSWORD + 1]
        self._attempts.give(key, now, lambda: matches(secret, kept), WRONG, "password")
        # To look at a password takes a while, in which it may have been changed or its user disabled.
        still = select(user.c.id, user.c.disabled).where(user.c.login == login, user.c.password == kept, ~user.c.open)
        with self._database.transaction(writing=True) as connection:
            found = connection.execute(still).first()
            if found is None:
                raise NotAccepted(WRONG, "password")
            if found.disabled:
                raise NotAccepted("This user is disabled: ask an administrator.", "login")
            return self._begin(connection, found.id, now, before)

    def sign_in_openly(self, role: Role, now: Micros, before: str | None = None) -> str:
        """Sign a person in by their role alone; returns as ``sign_in``.

        Raises: NotAccepted where a room is not simulated, PeopleUnavailable.
        """
        if not self.is_open:
            raise NotAccepted("This clinic has real devices: sign in with name and password.")
        name = f"{role} 1"
        known = select(user.c.id).where(user.c.login == name, user.c.open)
        with self._database.transaction() as connection:
            found = connection.execute(known).scalar()
        pin = hashed(OPEN_PIN) if found is None else ""
        with self._database.transaction(writing=True) as connection:
            if found is None:
                row = {"login": name, "name": name, "role": role, "pin": pin, "open": True, "added_us": now}
                connection.execute(insert(user).values(**row).on_conflict_do_nothing())
                found = connection.execute(known).scalar_one()
            return self._begin(connection, found, now, before)

    def _begin(self, connection: Connection, found: int, now: Micros, before: str | None) -> str:
        over = or_(sign_in.c.began_us < now - LIFETIME, sign_in.c.active_us < now - IDLE_LIFETIME)
        connection.execute(delete(sign_in).where(over))
        if before is not None:
            connection.execute(delete(sign_in).where(sign_in.c.token == digest(before)))
        token = new_token()
        row = {"token": digest(token), "user": found, "began_us": now, "active_us": now, "locked": False}
        connection.execute(insert(sign_in).values(**row))
        return token

    def sign_out(self, token: str) -> None:
        """Forget the browser.

        Raises: PeopleUnavailable.
        """
        with self._database.transaction(writing=True) as connection:
            connection.execute(delete(sign_in).where(sign_in.c.token == digest(token)))
        self._unsaved.pop(digest(token), None)

    # ---- who it is

    def person(self, token: str, now: Micros) -> Person | None:
        """Who holds this token; ``None`` when nobody does any more.

        Raises: PeopleUnavailable.
        """
        return self.people([token], now).get(token)

    def people(self, tokens: Collection[str], now: Micros) -> dict[str, Person]:
        """Who holds each of these tokens; those that nobody holds any more are left out.

        Raises: PeopleUnavailable.
        """
        rows = self._rows(tokens, now)
        return {
            token: Person(row.id, row.name, row.role, self._activity(row, now).locked) for token, row in rows.items()
        }

    def note_activity(self, token: str, now: Micros) -> None:
        """Somebody used this browser. A locked one stays locked.

        Raises: PeopleUnavailable.
        """
        row = self._row(token, now)
        if row is None:
            return
        before = self._activity(row, now)
        if not before.locked and abs(now - before.at) >= NOTED_EVERY:
            self._keep(row.token, _Activity(now, locked=False))

    def lock(self, token: str, now: Micros) -> None:
        """Lock the browser until its person gives the PIN.

        Raises: PeopleUnavailable.
        """
        row = self._row(token, now)
        if row is not None:
            self._keep(row.token, _Activity(self._activity(row, now).at, locked=True))

    def unlock(self, token: str, pin: str, now: Micros) -> None:
        """Unlock the browser.

        Raises: NotAccepted, PeopleUnavailable.
        """
        row = self._with_pin(token, pin, now)
        self._keep(row.token, _Activity(now, locked=False))

    def check_pin(self, token: str, pin: str, now: Micros) -> None:
        """Whether this is the PIN of who is signed in, who signs with it.

        Raises: NotAccepted, PeopleUnavailable.
        """
        self._with_pin(token, pin, now)

    def _with_pin(self, token: str, pin: str, now: Micros) -> Row[Any]:
        row = self._row(token, now)
        if row is None:
            raise NotAccepted(OVER)
        self._attempts.give(key_of("pin", row.id), now, lambda: matches(pin, row.pin), WRONG_PIN, "pin")
        return row

    def _row(self, token: str, now: Micros) -> Row[Any] | None:
        return self._rows([token], now).get(token)

    def _rows(self, tokens: Collection[str], now: Micros) -> dict[str, Row[Any]]:
        """The sign-ins and their users, without those that are over."""
        digests = {digest(token): token for token in tokens}
        with self._database.transaction() as connection:
            rows = connection.execute(_HOLDERS, {"tokens": list(digests)}).all()
        return {digests[row.token]: row for row in rows if self._goes_on(row, now)}

    def _goes_on(self, row: Row[Any], now: Micros) -> bool:
        """Whether a sign-in is not over. A clock that was set far back ends it, too."""
        if row.open and not self.is_open:
            return False
        return abs(now - row.began_us) < LIFETIME and abs(now - self._activity(row, now).at) < IDLE_LIFETIME

    def _activity(self, row: Row[Any], now: Micros) -> _Activity:
        known = self._unsaved.get(row.token, _Activity(row.active_us, row.locked))
        return _Activity(known.at, known.locked or abs(now - known.at) >= self._lock_after)

    def _keep(self, token: str, activity: _Activity) -> None:
        values = {"active_us": activity.at, "locked": activity.locked}
        try:
            with self._database.transaction(writing=True) as connection:
                connection.execute(update(sign_in).where(sign_in.c.token == token).values(**values))
        except PeopleUnavailable as error:
            log.warning("what a browser does is known in memory only: %s", error)
            self._unsaved[token] = activity
        else:
            self._unsaved.pop(token, None)
