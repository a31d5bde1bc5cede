"""How HL7 version 2 writes texts, numbers, times and segments (HL7 v2.6, chapter 2)."""

from __future__ import annotations

import re
from datetime import datetime

from devices.readings import SECOND, Micros

SEGMENT_END = "\r"
_SEPARATORS = {"|": "F", "^": "S", "&": "T", "~": "R", "\\": "E"}
_UNSAFE = re.compile("[|^&~\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Separators, all that ends a line or a frame for anybody, and what UTF-8 cannot hold."""
_SURROGATES = range(0xD800, 0xE000)
_DELETES = '""'
"""A field that is just this tells the receiver to forget what it has."""


def escaped(text: str) -> str:
    """A text that stays one text in any field: no character of it ends a field, a segment or a frame."""
    if text == _DELETES:
        return "\\X22\\" * 2
    return _UNSAFE.sub(lambda found: _escape(found[0]), text)


def _escape(character: str) -> str:
    if character in _SEPARATORS:
        return f"\\{_SEPARATORS[character]}\\"
    if ord(character) in _SURROGATES:
        return "\N{REPLACEMENT CHARACTER}"
    return f"\\X{character.encode().hex().upper()}\\"


def components(*parts: str) -> str:
    """A field of several parts, each of them escaped."""
    return "^".join(escaped(part) for part in parts).rstrip("^")


def segment(name: str, fields: dict[int, str]) -> str:
    """A segment from its fields by number, as they are; those that are not given are empty."""
    last = max((number for number, field in fields.items() if field), default=0)
    return "|".join([name, *(fields.get(number, "") for number in range(1, last + 1))]) + SEGMENT_END


def header(name: str, fields: dict[int, str]) -> str:
    """As ``segment``, of one that begins with the separators themselves (MSH, BHS): they are its fields 1 and 2."""
    return segment(name, {1: "^~\\&", **{number - 1: field for number, field in fields.items()}})


def moment(at: Micros) -> str:
    """A time to the millisecond by the clinic's clock, with its distance from UTC, such as
    ``20270115092500.000+0100``.
    """
    local = datetime.fromtimestamp(at // SECOND).astimezone()
    return f"{local:%Y%m%d%H%M%S}.{at % SECOND // 1000:03}{local:%z}"


def number(value: float) -> str:
    """A number without an exponent and without more places than it has; four at most."""
    return f"{value:.4f}".rstrip("0").rstrip(".")
