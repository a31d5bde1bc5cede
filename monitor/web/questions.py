"""What the scripts of pages ask for: whatever a browser sends is a question of the right kind, or none."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

import msgspec

_Question = TypeVar("_Question")

Word = Annotated[str, msgspec.Meta(max_length=64)]
Moment = Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
"""A time in microseconds that fits a browser's numbers."""
Run = Annotated[int, msgspec.Meta(ge=0)]
"""The number of a question, which stands in its answer."""
UNREADABLE = "The record cannot be read now: {}"

NONE = "none"
"""What is typed or chosen for a setting that is to be left out."""


def checked(kind: type[_Question], data: Any) -> _Question | None:
    """The question in what a browser sent, or ``None`` when it is none of that kind."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError:
        return None
