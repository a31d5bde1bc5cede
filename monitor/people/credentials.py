"""Passwords, PINs and tokens: what is allowed, and how they are kept so that nobody can read them back.

Hashing and checking take 50 to 100 ms of a processor on purpose: never on an event loop.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Mapping

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from monitor.people.errors import NotAccepted
from monitor.people.secret import Secret

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 200
PIN = re.compile(r"[0-9]{4,8}")
TOKEN_BYTES = 32
_RISING = "01234567890"
_hasher = PasswordHasher()


def check_password(password: str) -> None:
    """Refuse a password that is too short to be one.

    Raises: NotAccepted.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        allowed = f"{SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters"
        raise NotAccepted(f"The password has {len(password)} characters; allowed are {allowed}.", "password")


def check_pin(pin: str) -> None:
    """Refuse a PIN that is none, or that others try first.

    Raises: NotAccepted.
    """
    if not PIN.fullmatch(pin):
        raise NotAccepted("The PIN must be 4 to 8 digits.", "pin")
    if len(set(pin)) == 1 or pin in _RISING or pin in _RISING[::-1]:
        raise NotAccepted("The PIN is too easy to guess: no equal digits, no 1234 or 4321.", "pin")


CHECKS: Mapping[Secret, Callable[[str], None]] = {"password": check_password, "pin": check_pin}
"""What a new one must pass. Raise: NotAccepted."""


def hashed(secret: str) -> str:
    """What is kept of a password or PIN (argon2id)."""
    return _hasher.hash(secret)


def matches(secret: str, kept: str | None) -> bool:
    """Whether this is the secret of which ``kept`` was kept. Takes as long where there is none."""
    if kept is None:
        _hasher.hash(secret)
        return False
    try:
        return _hasher.verify(kept, secret)
    except (VerificationError, InvalidHashError):
        return False


def new_token() -> str:
    """What a browser holds to be known again."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def digest(token: str) -> str:
    """What is kept of a token. A fast hash is enough: nobody guesses 256 random bits."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
