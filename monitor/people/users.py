"""The users of a clinic: added, listed, changed, disabled."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from sqlalchemy import Connection, delete, func, insert, or_, select, update

from devices.readings import Micros
from monitor.people.attempts import key_of
from monitor.people.credentials import CHECKS, check_password, check_pin, hashed
from monitor.people.database import PeopleDatabase, attempt, sign_in, user
from monitor.people.errors import NotAccepted
from monitor.people.roles import ROLES, Role
from monitor.people.secret import Secret

LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{1,63}")
LONGEST_NAME = 40


class User(msgspec.Struct, frozen=True):
    """A user as a list shows them. ``name`` is what stands in the record beside what they did."""

    login: str
    name: str
    role: Role
    disabled: bool
    open: bool
    """Signs in by one click where every room is simulated, and nowhere else."""


def login_of(typed: str) -> str:
    """A login name however it was typed."""
    return typed.strip().casefold()


class Users:
    """The users in the file of people in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self._database = PeopleDatabase(folder)

    def check(self, login: str, name: str, role: str) -> None:
        """Refuse what nobody can be called, and names that are taken: two people must not look like one in the record.

        Raises: NotAccepted, PeopleUnavailable.
        """
        login, name = login_of(login), name.strip()
        if not LOGIN.fullmatch(login):
            allowed = "2 to 64 letters, digits and . _ @ -, beginning with a letter or digit"
            raise NotAccepted(f'"{login}" cannot be a login name; use {allowed}.', "login")
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            raise NotAccepted(f"The shown name must have 1 to {LONGEST_NAME} characters.", "name")
        if role not in ROLES:
            raise NotAccepted(f'"{role}" is not a role; known are {", ".join(ROLES)}.', "role")
        taken = select(user.c.login).where(or_(user.c.login == login, func.lower(user.c.name) == name.lower()))
        with self._database.transaction() as connection:
            found = connection.execute(taken).scalar()
        if found is not None:
            what = f'login name "{login}"' if found == login else f'shown name "{name}"'
            raise NotAccepted(f"The {what} is taken; choose another.", "login" if found == login else "name")

    def add(self, login: str, name: str, role: str, password: str, pin: str, now: Micros) -> None:
        """Add a user.

        Raises: NotAccepted, PeopleUnavailable.
        """
        self.check(login, name, role)
        check_password(password)
        check_pin(pin)
        row = {"login": login_of(login), "name": name.strip(), "role": role, "added_us": now}
        secrets = {"password": hashed(password), "pin": hashed(pin)}
        with self._database.transaction(writing=True) as connection:
            connection.execute(insert(user).values(**row, **secrets))

    def list(self) -> list[User]:
        """All users, by login name."""
        columns = (user.c.login, user.c.name, user.c.role, user.c.disabled, user.c.open)
        with self._database.transaction() as connection:
            return [User(*row) for row in connection.execute(select(*columns).order_by(user.c.login))]

    def check_change(self, login: str) -> None:
        """Refuse who is not there, and who signs in by one click: no password lets them in, and all know the PIN.

        Raises: NotAccepted, PeopleUnavailable.
        """
        with self._database.transaction() as connection:
            known = _known(connection, login)
            if connection.execute(select(user.c.open).where(user.c.id == known)).scalar_one():
                raise NotAccepted(f'"{login}" signs in by one click and cannot be changed; see users add.', "login")

    def change(self, login: str, what: Secret, to: str) -> None:
        """Give a user another password or PIN. Whoever is signed in as they are is out at every browser, and wrong
        tries at the old one count no longer.

        Raises: NotAccepted, PeopleUnavailable.
        """
        self.check_change(login)
        CHECKS[what](to)
        kept = hashed(to)
        with self._database.transaction(writing=True) as connection:
            known = _known(connection, login)
            connection.execute(update(user).where(user.c.id == known).values({what: kept}))
            connection.execute(delete(sign_in).where(sign_in.c.user == known))
            connection.execute(delete(attempt).where(attempt.c.key == key_of(what, known)))

    def disable(self, login: str) -> None:
        """Take a user's sign-in away, at every browser.

        Raises: NotAccepted when there is no such user, PeopleUnavailable.
        """
        self._set_disabled(login, disabled=True)

    def enable(self, login: str) -> None:
        """Let a user sign in again.

        Raises: NotAccepted when there is no such user, PeopleUnavailable.
        """
        self._set_disabled(login, disabled=False)

    def _set_disabled(self, login: str, disabled: bool) -> None:
        with self._database.transaction(writing=True) as connection:
            known = _known(connection, login)
            connection.execute(update(user).where(user.c.id == known).values(disabled=disabled))
            if disabled:
                connection.execute(delete(sign_in).where(sign_in.c.user == known))


def _known(connection: Connection, login: str) -> int:
    found: int | None = connection.execute(select(user.c.id).where(user.c.login == login_of(login))).scalar()
    if found is None:
        raise NotAccepted(f'There is no user "{login}"; see users list.', "login")
    return found
