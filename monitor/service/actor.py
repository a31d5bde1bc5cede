"""Who asks for something."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Actor:
    """Who asks, in which role, and whether their PIN was checked for it."""

    by: str
    role: str
    signed: bool = False
