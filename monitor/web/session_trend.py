"""A session as a drawing of the size of a word: the lowest saturation of each minute, and when the pressure peaked."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from devices.readings import MINUTE
from monitor.record.glance import GAP, Glance

WIDTH, HEIGHT = 120, 28
SHORTEST_SCALE_MIN = 150
"""All sessions are drawn by the same scale of time, so that they can be compared; only longer ones are squeezed."""
TOP_SPO2, BOTTOM_SPO2 = 100, 80
"""Lower values are drawn at the bottom: the number beside it says how low."""
TOP, BOTTOM = 7, 26
LIMIT = 90


def _height(value: int) -> float:
    part = (TOP_SPO2 - min(max(value, BOTTOM_SPO2), TOP_SPO2)) / (TOP_SPO2 - BOTTOM_SPO2)
    return round(TOP + part * (BOTTOM - TOP), 1)


HEIGHTS = [_height(value) for value in range(256)]
"""Of every value that a byte can hold: worked out once, since a page of the list has thousands of points."""

Run = list[tuple[int, int]]
"""Minutes one after another that have a value, and the values."""


def trend_svg(glance: Glance) -> str:
    """The drawing as markup, with a title for who does not see it."""
    runs = list(_runs(glance.trend))
    title = escape(trend_words(glance))
    if not runs:
        return f'<span class="muted" title="{title}">–</span>'
    scale = WIDTH / max(SHORTEST_SCALE_MIN, len(glance.trend))
    line = "".join(_path(run, scale) for run in runs)
    return (
        f'<svg class="small-trend" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" role="img">'
        f'<title>{title}</title><path class="trend-limit" d="M0 {HEIGHTS[LIMIT]}H{len(glance.trend) * scale:.1f}"/>'
        f'<path class="trend-line" d="{line}"/>{_lowest(glance, scale)}{_peak(glance, scale)}</svg>'
    )


def trend_words(glance: Glance) -> str:
    """What the drawing shows, in a sentence."""
    values = [value for value in glance.trend if value != GAP]
    if not values:
        return "No SpO₂ value in this session"
    lowest = min(values)
    parts = [f"SpO₂ of {len(glance.trend)} min: lowest {lowest} % at {glance.trend.index(lowest)} min"]
    if missing := len(glance.trend) - len(values):
        parts.append(f"{missing} min without a value")
    if glance.peak_us is not None:
        parts.append(f"peak pressure at {_minute(glance, glance.peak_us)} min")
    return ", ".join(parts)


def _runs(trend: bytes) -> Iterator[Run]:
    run: Run = []
    for minute, value in enumerate(trend):
        if value != GAP:
            run.append((minute, value))
        elif run:
            yield run
            run = []
    if run:
        yield run


def _path(run: Run, scale: float) -> str:
    """A line through the middles of its minutes; where it stays level no point is needed."""
    values = [value for _, value in run]
    around = zip([GAP, *values], values, [*values[1:], GAP], strict=False)
    corners = [point for point, (before, here, after) in zip(run, around, strict=True) if not before == here == after]
    points = "L".join(f"{(minute + 0.5) * scale:.1f} {HEIGHTS[value]}" for minute, value in corners)
    return f"M{points}" if len(run) > 1 else f"M{points}h.1"


def _lowest(glance: Glance, scale: float) -> str:
    """A dot where it was lowest, if that was below the limit."""
    lowest = min(value for value in glance.trend if value != GAP)
    if lowest >= LIMIT:
        return ""
    across = (glance.trend.index(lowest) + 0.5) * scale
    return f'<circle class="trend-low" cx="{across:.1f}" cy="{HEIGHTS[lowest]}" r="2.2"/>'


def _peak(glance: Glance, scale: float) -> str:
    """The caret of a systolic pressure, above the line."""
    if glance.peak_us is None:
        return ""
    across = min(max((_minute(glance, glance.peak_us) + 0.5) * scale, 3), WIDTH - 3)
    return f'<path class="trend-peak" d="M{across - 3:.1f} .5h6l-3 5z"/>'


def _minute(glance: Glance, at: int) -> int:
    return (at - glance.trend_us) // MINUTE
