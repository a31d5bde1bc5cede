"""A lane of the chart: what it is called, how high it is, and what is drawn in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from devices.readings import Micros
from monitor.reports.chart.axes import TimeAxis
from monitor.reports.chart.pen import FAINT, GROUND, INK, PAPER, Align, Pen
from monitor.reports.lettering import BOLD, PLAIN, fitted, printable, width_of

SMALL = 6.0
LABEL_GAP = 4.0


@dataclass(frozen=True)
class Place:
    """Where a lane stands: times from left to right, and the heights that it reaches from and to."""

    axis: TimeAxis
    bottom: float
    top: float

    @property
    def height(self) -> float:
        """From bottom to top."""
        return self.top - self.bottom

    @property
    def middle(self) -> float:
        """Halfway up."""
        return (self.top + self.bottom) / 2


Draw = Callable[[Pen, Place], None]


@dataclass(frozen=True)
class Lane:
    """``grows``: it takes a share of the height that is left over. ``framed`` and ``gridded``: it has a frame, and the
    grid of times within.
    """

    label: str
    height: float
    draw: Draw
    grows: bool = False
    framed: bool = True
    gridded: bool = True


def rows_of(spans: Sequence[tuple[float, float]], most: int) -> list[int]:
    """A row for each span, from left to right, so that none covers another; with ``most`` rows in use, the emptiest."""
    ends: list[float] = []
    rows = []
    for left, right in spans:
        row = next((row for row, end in enumerate(ends) if end <= left), len(ends))
        if row >= most:
            row = min(range(most), key=lambda each: ends[each])
        ends[row:] = [max(right, *ends[row : row + 1]) if row < len(ends) else right, *ends[row + 1 :]]
        rows.append(row)
    return rows


def stretch_label(pen: Pen, place: Place, left: float, right: float, text: str) -> None:
    """The name of a stretch, on white: across it where it fits, otherwise upright."""
    wide = width_of(text, PLAIN, SMALL)
    middle = (left + right) / 2
    if wide + 4 <= right - left:
        pen.box(middle - wide / 2 - 2, place.top - 9, wide + 4, 8, fill=PAPER)
        pen.text(middle, place.top - 7, text, SMALL, align="middle")
    elif wide + 4 <= place.height:
        pen.box(middle - 4, place.middle - wide / 2 - 2, 8, wide + 4, fill=PAPER)
        pen.upright(middle + 2.2, place.middle, text, SMALL)
    else:
        pen.box(right, place.top - 9, wide + 3, 8, fill=PAPER)
        pen.text(right + 1.5, place.top - 7, text, SMALL)


def hatch(pen: Pen, place: Place, stretches: Iterable[tuple[Micros, Micros]], name: str) -> None:
    """Stretches that a person took out of what counts."""
    for start, end in stretches:
        reach = place.axis.span(start, end, least=1.5)
        if reach is not None:
            left, right = reach
            pen.hatched(left, place.bottom, right - left, place.height, FAINT)
            pen.box(left, place.bottom, right - left, place.height, ink=FAINT)
            stretch_label(pen, place, left, right, name)


def damage(pen: Pen, place: Place, stretches: Iterable[tuple[Micros, Micros]], name: str) -> None:
    """Stretches of which the record cannot be read; those that touch are one."""
    for start, end in _merged(stretches):
        reach = place.axis.span(start, end, least=1.5)
        if reach is not None:
            left, right = reach
            pen.box(left, place.bottom, right - left, place.height, fill=GROUND, ink=INK, dash=(1.5, 1.5))
            stretch_label(pen, place, left, right, name)


def _merged(stretches: Iterable[tuple[Micros, Micros]]) -> list[tuple[Micros, Micros]]:
    merged: list[tuple[Micros, Micros]] = []
    for start, end in sorted(stretches):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def bar(pen: Pen, left: float, right: float, bottom: float, top: float, text: str) -> None:
    """The words of a bar, where there is room for some of them."""
    room = right - left - 5
    shown = fitted(text, BOLD, SMALL, room)
    if width_of(shown, BOLD, SMALL) <= room:
        pen.text(left + 3, (bottom + top) / 2 - 2.2, shown, SMALL, bold=True)


def on_paper(pen: Pen, x: float, y: float, text: str, *, bold: bool = False, align: Align = "left") -> None:
    """A small label that no line of the grid runs through."""
    wide = width_of(printable(text), BOLD if bold else PLAIN, SMALL) + 1.6
    left = x - {"left": 0.8, "middle": wide / 2, "right": wide - 0.8}[align]
    pen.box(left, y - 1.4, wide, SMALL + 0.8, fill=PAPER)
    pen.text(x, y, text, SMALL, bold=bold, align=align)


def label_width(text: str) -> float:
    """Of a small label."""
    return width_of(printable(text), PLAIN, SMALL)


def bold_width(text: str) -> float:
    """Of a small bold one."""
    return width_of(printable(text), BOLD, SMALL)
