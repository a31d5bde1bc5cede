"""Pages that fill from the top, in columns; what does not fit any more goes on in the next one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reportlab.lib.pagesizes import LETTER

from monitor.reports.chart.pen import FAINT, INK, RULE, Colour, Pen
from monitor.reports.lettering import BOLD, Run, flowed, printable, width_of

HEIGHT, WIDTH = LETTER
"""Letter, lying."""
MARGIN, GAP = 34.0, 18.0
TOP, BOTTOM = HEIGHT - 30.0, 44.0
FULL = WIDTH - 2 * MARGIN
SIZE, LINE = 7.0, 9.0
Stroke = Callable[[Pen], None]


class Sheets:
    """``y`` is how far the column is filled, ``x`` and ``width`` where it stands."""

    def __init__(self) -> None:
        self.pages: list[list[Stroke]] = [[]]
        self.y = self._column_top = TOP
        self._columns, self._column = 1, 0

    @property
    def width(self) -> float:
        """Of a column."""
        return (FULL - GAP * (self._columns - 1)) / self._columns

    @property
    def x(self) -> float:
        """The left edge of the column."""
        return MARGIN + self._column * (self.width + GAP)

    @property
    def in_first_column(self) -> bool:
        """Whether the others of this page are empty still."""
        return self._column == 0

    def draw(self, stroke: Stroke) -> None:
        """Put something on the page, to be drawn later."""
        self.pages[-1].append(stroke)

    def need(self, height: float) -> bool:
        """Go on in the next column, or on the next page, unless so much fits here. Returns whether it did go on."""
        if self.y - height >= BOTTOM:
            return False
        self.next_column()
        return True

    def next_column(self) -> None:
        """Go on at the top of the next column, or of the next page."""
        if self._column + 1 < self._columns:
            self._column, self.y = self._column + 1, self._column_top
        else:
            self.next_page()

    def into_columns(self, columns: int) -> None:
        """From here on downwards in so many columns."""
        self._columns, self._column, self._column_top = columns, 0, self.y

    def enter_column(self, column: int) -> None:
        """Go on at this height in a column of this page."""
        self._column = column

    def next_page(self) -> None:
        """Go on at the top of a new page."""
        self.pages.append([])
        self._column, self._column_top, self.y = 0, TOP, TOP

    def rule(self, ink: Colour, width: float = 0.4) -> None:
        """A line across the column, a little below what was written."""
        x, y, end = self.x, self.y - 2.5, self.x + self.width
        self.draw(lambda pen: pen.line((x, y), (end, y), ink, width))
        self.y -= 1.5

    def title(self, text: str, room: float = 3 * LINE) -> None:
        """The title of a part, with room for its beginning."""
        self.need(18 + room)
        self.y -= 15
        x, y, width = self.x, self.y, self.width
        self.draw(lambda pen: pen.text(x, y, text, 8.5, bold=True))
        self.draw(lambda pen: pen.line((x, y - 3.5), (x + width, y - 3.5), RULE))
        self.y -= 5

    def write(
        self,
        x: float,
        text: str,
        *,
        bold: bool = False,
        ink: Colour = INK,
        size: float = SIZE,
        within: float | None = None,
    ) -> None:
        """A line of text at the height that is reached."""
        y = self.y
        self.draw(lambda pen: pen.text(x, y, text, size, bold=bold, ink=ink, within=within))

    def boxed(self, x: float, text: str, size: float = SIZE) -> None:
        """Words in a box at the height that is reached."""
        y = self.y
        self.draw(lambda pen: pen.boxed(x, y, text, size))

    def paragraph(self, rest: str, *, strong: str = "", indent: float = 0.0, ink: Colour = INK) -> None:
        """Text in as many lines as it takes, what is ``strong`` first."""
        self._flow(flowed(strong, rest, SIZE, self.width - indent), indent, ink)

    def entry(self, heads: Sequence[tuple[str, float]], strong: str, rest: str, mark: str = "") -> None:
        """A line of a list: its ``heads`` with their widths, then what stands out and the rest; at the right of the
        first line a ``mark`` in a box.
        """
        indent = sum(width for _, width in heads)
        reserved = width_of(printable(mark), BOLD, SIZE - 1) + 10 if mark else 0.0
        lines = flowed(strong, rest, SIZE, self.width - indent - reserved)
        self.y -= 1.5
        self.need(min(len(lines), 3) * LINE)
        self.y -= LINE
        left = self.x
        for text, width in heads:
            self.write(left, text, ink=FAINT, within=width - 2)
            left += width
        if mark:
            self.boxed(self.x + self.width - reserved + 3, mark, SIZE - 1)
        self.y += LINE
        self._flow(lines, indent, INK)

    def _flow(self, lines: Sequence[Sequence[Run]], indent: float, ink: Colour) -> None:
        for line in lines:
            self.need(LINE)
            self.y -= LINE
            for run in line:
                self.write(self.x + indent + run.x, run.text, bold=run.bold, ink=ink)
