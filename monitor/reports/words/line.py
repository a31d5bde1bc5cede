"""A line of the timeline."""

from __future__ import annotations

import msgspec

from devices.readings import Micros


class Line(msgspec.Struct):
    """``strong`` is the part that stands out, in the colour of ``tone``; ``seq`` is the number of its event."""

    at: Micros
    strong: str
    rest: str = ""
    tone: str = ""
    seq: int = 0
