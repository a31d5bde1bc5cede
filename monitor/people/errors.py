"""What can go wrong with people, each told in one plain sentence."""

from __future__ import annotations


class PeopleUnavailable(Exception):
    """The file of people cannot be read or written now."""


class NotAccepted(Exception):
    """What was typed cannot be taken; ``field`` names the field that is wrong."""

    def __init__(self, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.field = field
