"""A line of the timeline."""

from __future__ import annotations

import msgspec

from devices.readings import Micros


class Line(msgspec.Struct):
    """``strong`` is the part that stands out, in the colour of ``tone``."""

    at: Micros
    strong: str
    rest: str = ""
    tone: str = ""
