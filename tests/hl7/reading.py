"""Reads HL7 messages without any of Chairside's own code."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

LETTERS = {"F": "|", "S": "^", "T": "&", "R": "~", "E": "\\"}


def unescaped(text: str) -> str:
    """A text as it was before it was put into a field."""

    def meaning(found: re.Match[str]) -> str:
        if found[1].startswith("X"):
            return bytes.fromhex(found[1][1:]).decode()
        return LETTERS[found[1]]

    return re.sub(r"\\(X[0-9A-F]+|[FSTRE])\\", meaning, text)


def micros(time: str) -> int:
    """UTC microseconds of a time with its distance from UTC."""
    return round(datetime.strptime(time, "%Y%m%d%H%M%S.%f%z").timestamp() * 1000) * 1000


@dataclass(frozen=True)
class Observation:
    """An OBX segment, by its fields' numbers, and the order (OBR-3) that it belongs to."""

    fields: list[str]
    order: str = ""

    def __getitem__(self, number: int) -> str:
        return self.fields[number] if number < len(self.fields) else ""

    @property
    def code(self) -> str:
        return self[3].split("^")[0]

    @property
    def value(self) -> str:
        return unescaped(self[5])

    @property
    def at(self) -> int:
        return micros(self[14])

    @property
    def key(self) -> tuple[str, str, str]:
        """By which a receiver knows the value again: order, name and place (OBR-3, OBX-3, OBX-4)."""
        return self.order, self[3], self[4]


@dataclass(frozen=True)
class Message:
    """A message as its segments, each as its fields by their numbers."""

    segments: list[list[str]]

    @classmethod
    def of(cls, text: str) -> Self:
        assert text.endswith("\r")
        rows = [segment.split("|") for segment in text[:-1].split("\r")]
        # The first separator is itself field 1 of an MSH.
        return cls([["MSH", "|", *rows[0][1:]], *rows[1:]])

    def all(self, name: str) -> list[list[str]]:
        return [segment for segment in self.segments if segment[0] == name]

    def only(self, name: str) -> list[str]:
        (found,) = self.all(name)
        return found

    @property
    def control_id(self) -> str:
        return self.segments[0][10]

    @property
    def observations(self) -> list[Observation]:
        found, order = [], ""
        for segment in self.segments:
            if segment[0] == "OBR":
                order = segment[3]
            elif segment[0] == "OBX":
                found.append(Observation(segment, order))
        return found

    def of_code(self, code: str) -> list[Observation]:
        return [each for each in self.observations if each.code == code]


def held_after(messages: Iterable[Message]) -> dict[tuple[str, str, str], str]:
    """What a receiver holds that knows values again by order, name and place: each as it was told last."""
    held: dict[tuple[str, str, str], str] = {}
    for row in (row for message in messages for row in message.observations):
        if row[11] == "D":
            held.pop(row.key, None)
        else:
            held[row.key] = row[5]
    return held
