"""What a command that is not carried out is answered."""

from __future__ import annotations

from collections.abc import Collection, Sequence


class Refused(Exception):
    """A command that may not be carried out. ``text`` tells the person why; ``field`` is the form's field to mend."""

    def __init__(self, text: str, field: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.field = field


class Unconfirmed(Refused):
    """A command that is carried out once the person has said that what is unusual about it is right."""

    def __init__(self, warnings: Sequence[str]) -> None:
        super().__init__("This is unusual. Check it, and confirm it if it is right.")
        self.warnings = tuple(warnings)


def confirmed_warnings(warnings: Sequence[str], confirmed: Collection[str]) -> tuple[str, ...]:
    """The warnings, for the record, when the person has confirmed each of them word for word: of another number, it
    would be another one.

    Raises: Unconfirmed when there is one that they have not seen.
    """
    if not set(warnings) <= set(confirmed):
        raise Unconfirmed(warnings)
    return tuple(warnings)
