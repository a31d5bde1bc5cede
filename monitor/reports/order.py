"""An export as a process of its own, so that no screen waits for it and its memory is nobody else's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from monitor.config import Config
from monitor.reports.kinds import Format


class Order(msgspec.Struct, frozen=True):
    """Write ``sessions`` of the record in ``folder`` to the archive ``out``; ``reserve`` as in ``Reserve``."""

    config: Config
    folder: Path
    sessions: tuple[str, ...]
    kind: Format
    out: Path
    reserve: int | None = None


class Step(msgspec.Struct, frozen=True, tag=True):
    """One more session was looked at; ``problem`` says what is wrong with it, empty when nothing is."""

    problem: str = ""


class Failure(msgspec.Struct, frozen=True, tag=True):
    """Nothing was written; ``why`` in one line."""

    why: str


def encode(order: Order) -> bytes:
    """One line."""
    return msgspec.json.encode(order, enc_hook=str) + b"\n"


def decode(line: bytes) -> Order:
    """The order of a line."""
    return msgspec.json.decode(line, type=Order, dec_hook=_path)


def _path(kind: type[Any], text: Any) -> Any:
    return kind(text)
