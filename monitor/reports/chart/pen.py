"""What is drawn with: text, lines and shapes on a page. Lengths in points, from the lower left corner.

Every colour is dark or light enough to be told apart when it is printed grey.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal

from reportlab.pdfgen.canvas import Canvas

from monitor.reports.lettering import BOLD, PLAIN, fitted, printable, width_of

Colour = tuple[float, float, float]
Point = tuple[float, float]

INK: Colour = (0.09, 0.12, 0.16)
FAINT: Colour = (0.38, 0.42, 0.47)
HAIR: Colour = (0.87, 0.89, 0.91)
RULE: Colour = (0.66, 0.70, 0.75)
GROUND: Colour = (0.93, 0.94, 0.95)
WINDOW: Colour = (0.93, 0.95, 0.985)
PAPER: Colour = (1, 1, 1)
TEAL: Colour = (0, 0.40, 0.46)
GREEN: Colour = (0.06, 0.42, 0.18)
BLUE: Colour = (0.11, 0.28, 0.66)
RUNNING: Colour = (0.80, 0.86, 0.95)
RED: Colour = (0.70, 0.07, 0.10)
AMBER: Colour = (0.93, 0.76, 0.42)

Align = Literal["left", "right", "middle"]


class Pen:
    """Draws on a page. Whatever text it is given comes out as letters and nothing else."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        ink: Colour = INK,
        align: Align = "left",
        within: float | None = None,
    ) -> None:
        """A line of text on the base line ``y``; cut with an ellipsis where it is wider than ``within``."""
        font = BOLD if bold else PLAIN
        shown = printable(text) if within is None else fitted(text, font, size, within)
        wide = width_of(shown, font, size)
        self._canvas.setFillColorRGB(*ink)
        self._canvas.setFont(font, size)
        self._canvas.drawString(x - {"left": 0, "middle": wide / 2, "right": wide}[align], y, shown)

    def upright(self, x: float, y: float, text: str, size: float, ink: Colour = INK) -> None:
        """A line of text from below to above, its middle at ``y``."""
        self._canvas.saveState()
        self._canvas.translate(x, y)
        self._canvas.rotate(90)
        self.text(0, 0, text, size, ink=ink, align="middle")
        self._canvas.restoreState()

    def boxed(self, x: float, y: float, text: str, size: float) -> None:
        """Words in a box, which no printer loses."""
        wide = width_of(printable(text), BOLD, size) + 6
        self.box(x, y - size * 0.3, wide, size * 1.3, fill=GROUND, ink=INK, width=0.6)
        self.text(x + 3, y, text, size, bold=True)

    def line(self, start: Point, end: Point, ink: Colour = INK, width: float = 0.5, dash: Sequence[float] = ()) -> None:
        """A straight line, dashed where lengths of dashes and gaps are given."""
        self._stroke(ink, width)
        self._canvas.setDash(list(dash))
        self._canvas.line(*start, *end)
        self._canvas.setDash([])

    def curve(self, points: Sequence[Point], ink: Colour, width: float) -> None:
        """Lines from point to point; a single point is a dot as wide as the line."""
        self._stroke(ink, width)
        path = self._canvas.beginPath()
        path.moveTo(*points[0])
        for point in points[1:] or points:
            path.lineTo(*point)
        self._canvas.drawPath(path, stroke=1, fill=0)

    def box(
        self,
        x: float,
        y: float,
        width_pt: float,
        height: float,
        *,
        fill: Colour | None = None,
        ink: Colour | None = None,
        width: float = 0.5,
        dash: Sequence[float] = (),
    ) -> None:
        """A rectangle with its lower left corner at ``x, y``."""
        self._stroke(ink or INK, width)
        self._canvas.setDash(list(dash))
        self._canvas.setFillColorRGB(*(fill or PAPER))
        self._canvas.rect(x, y, width_pt, height, stroke=int(ink is not None), fill=int(fill is not None))
        self._canvas.setDash([])

    def hatched(
        self, x: float, y: float, width: float, height: float, ink: Colour, step: float = 3, *, falling: bool = False
    ) -> None:
        """A rectangle filled with slanting lines."""
        with self.clipped(x, y, width, height):
            self._stroke(ink, 0.4)
            path = self._canvas.beginPath()
            for number in range(int((width + height) / step) + 1):
                foot = x - height + number * step
                path.moveTo(foot + height if falling else foot, y)
                path.lineTo(foot if falling else foot + height, y + height)
            self._canvas.drawPath(path, stroke=1, fill=0)

    def polygon(self, points: Sequence[Point], *, fill: Colour, ink: Colour = INK, width: float = 0.7) -> None:
        """A closed shape."""
        self._stroke(ink, width)
        self._canvas.setFillColorRGB(*fill)
        path = self._canvas.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        path.close()
        self._canvas.drawPath(path, stroke=1, fill=1)

    def dot(self, x: float, y: float, radius: float, *, fill: Colour, ink: Colour | None = None) -> None:
        """A circle, with an outline where it has an ``ink``."""
        self._stroke(ink or fill, 0.6)
        self._canvas.setFillColorRGB(*fill)
        self._canvas.circle(x, y, radius, stroke=int(ink is not None), fill=1)

    @contextmanager
    def clipped(self, x: float, y: float, width: float, height: float) -> Iterator[None]:
        """Nothing is drawn outside of this rectangle."""
        self._canvas.saveState()
        path = self._canvas.beginPath()
        path.rect(x, y, width, height)
        self._canvas.clipPath(path, stroke=0, fill=0)
        yield
        self._canvas.restoreState()

    def _stroke(self, ink: Colour, width: float) -> None:
        self._canvas.setStrokeColorRGB(*ink)
        self._canvas.setLineWidth(width)
        self._canvas.setLineCap(1)
        self._canvas.setLineJoin(1)
