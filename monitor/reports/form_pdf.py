"""The monitoring form to print: one page, dark on white, that a grey printer prints as well."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from io import BytesIO

from reportlab.lib.pagesizes import LETTER
from reportlab.pdfgen.canvas import Canvas

from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.reports.form_words import Row, Section, marks, sections
from monitor.reports.lettering import BOLD, PLAIN, load_fonts, printable, width_of, wrapped

WIDTH, HEIGHT = LETTER
MARGIN, GAP = 40.0, 18.0
TOP, BOTTOM = HEIGHT - 40.0, 56.0
COLUMN = (WIDTH - 2 * MARGIN - GAP) / 2
FULL = WIDTH - 2 * MARGIN
SIZE, LINE = 8.0, 10.5
LABEL = 0.5
"""The share of a column that labels have."""
INK, FAINT, MARKED = 0.0, 0.45, 0.88
"""Greys: text, labels and lines, the ground of what is missing."""
LEFT_SIDE = ("Patient", "Site", "Treatment")
RIGHT_SIDE = ("Vital signs", "Effects", "Other medicines")
Stroke = Callable[[Canvas], None]


class _Sheets:
    """Pages that fill from the top; what does not fit any more goes on the next one."""

    def __init__(self) -> None:
        self.pages: list[list[Stroke]] = [[]]
        self.y = TOP

    def need(self, height: float) -> None:
        if self.y - height < BOTTOM:
            self.pages.append([])
            self.y = TOP

    def write(self, x: float, text: str, font: str = PLAIN, size: float = SIZE, grey: float = INK) -> None:
        self._draw(partial(_write, x=x, y=self.y, text=text, font=font, size=size, grey=grey))

    def line(self, x: float, width: float) -> None:
        self._draw(partial(_line, x=x, y=self.y, width=width))

    def mark(self, x: float, text: str, size: float = SIZE) -> None:
        self._draw(partial(_mark, x=x, y=self.y, text=text, size=size))

    def _draw(self, stroke: Stroke) -> None:
        self.pages[-1].append(stroke)


def form_pdf(form: MonitoringForm) -> bytes:
    """The form as a PDF of one page, or more when a long story asks for it."""
    load_fonts()
    sheets = _Sheets()
    _head(sheets, form)
    parts = {section.title: section for section in sections(form)}
    _columns(sheets, [[parts.pop(title) for title in side] for side in (LEFT_SIDE, RIGHT_SIDE)])
    for section in parts.values():
        _section(sheets, section, MARGIN, FULL, label=0.25)
    _list(sheets, "Remarks", form.remarks or ("None.",))
    _list(sheets, "Missing, to be added by the site", (", ".join(form.missing) or "Nothing.",))
    return _printed(sheets, form)


def _printed(sheets: _Sheets, form: MonitoringForm) -> bytes:
    target = BytesIO()
    canvas = Canvas(target, pagesize=LETTER, invariant=True, pageCompression=1, lang="en")
    canvas.setTitle(printable(f"Monitoring form, {form.patient.code}"))
    canvas.setAuthor(printable(form.site.name))
    canvas.setCreator("Chairside")
    for number, strokes in enumerate(sheets.pages, 1):
        for stroke in strokes:
            stroke(canvas)
        _foot(canvas, form, f"Page {number} of {len(sheets.pages)}")
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _head(sheets: _Sheets, form: MonitoringForm) -> None:
    sheets.y -= 12
    sheets.write(MARGIN, "Monitoring form", BOLD, 15)
    x = MARGIN + width_of("Monitoring form", BOLD, 15) + 14
    for text in marks(form):
        sheets.mark(x, text, 10)
        x += width_of(text, BOLD, 10) + 16
    for line in wrapped(form.site.name, BOLD, 10, WIDTH - MARGIN - x)[:1]:
        sheets.write(WIDTH - MARGIN - width_of(line, BOLD, 10), line, BOLD, 10)
    sheets.y -= 15
    sheets.write(MARGIN, form.notice)
    sheets.y -= 8


def _foot(canvas: Canvas, form: MonitoringForm, page: str) -> None:
    y = BOTTOM - 16
    _line(canvas, MARGIN, y + 10, FULL)
    _write(canvas, MARGIN, y, f"Session {printable(form.session)}", PLAIN, 7, FAINT)
    _write(canvas, WIDTH - MARGIN - width_of(page, PLAIN, 7), y, page, PLAIN, 7, FAINT)
    signature = "not signed" if form.signature_hash is None else f"signed record {printable(form.signature_hash)}"
    _write(canvas, MARGIN, y - 10, signature, PLAIN, 7, FAINT)


def _columns(sheets: _Sheets, sides: Sequence[Sequence[Section]]) -> None:
    """Parts beside each other; together they fit on the first page, however long a name is."""
    top, lowest = sheets.y, sheets.y
    for place, side in enumerate(sides):
        sheets.y = top
        for section in side:
            _section(sheets, section, MARGIN + place * (COLUMN + GAP), COLUMN, LABEL)
        lowest = min(lowest, sheets.y)
    sheets.y = lowest


def _title(sheets: _Sheets, title: str, x: float, width: float) -> None:
    sheets.need(4 * LINE)
    sheets.y -= 16
    sheets.write(x, title, BOLD, 9)
    sheets.y -= 4
    sheets.line(x, width)


def _section(sheets: _Sheets, section: Section, x: float, width: float, label: float) -> None:
    _title(sheets, section.title, x, width)
    for row in section.rows:
        _row(sheets, row, x, width, label)


def _row(sheets: _Sheets, row: Row, x: float, width: float, label: float) -> None:
    """First all of the label, then all of the text, so that they are also read aloud and copied in this order."""
    labels = wrapped(row.label, PLAIN, SIZE, width * label - 6)
    sheets.y -= 2
    sheets.need(len(labels) * LINE)
    top, page = sheets.y, len(sheets.pages)
    _lines(sheets, labels, x, FAINT)
    below, sheets.y = sheets.y, top
    if row.text is None:
        sheets.y -= LINE
        sheets.mark(x + width * label, "missing")
    else:
        _lines(sheets, wrapped(row.text, PLAIN, SIZE, width * (1 - label)), x + width * label)
    if page == len(sheets.pages):
        sheets.y = min(sheets.y, below)


def _lines(sheets: _Sheets, lines: Sequence[str], x: float, grey: float = INK) -> None:
    for line in lines:
        sheets.need(LINE)
        sheets.y -= LINE
        sheets.write(x, line, grey=grey)


def _list(sheets: _Sheets, title: str, texts: Sequence[str]) -> None:
    _title(sheets, title, MARGIN, FULL)
    for text in texts:
        sheets.y -= 2
        _lines(sheets, wrapped(text, PLAIN, SIZE, FULL), MARGIN)


def _write(canvas: Canvas, x: float, y: float, text: str, font: str, size: float, grey: float) -> None:
    canvas.setFillGray(grey)
    canvas.setFont(font, size)
    canvas.drawString(x, y, text)


def _line(canvas: Canvas, x: float, y: float, width: float) -> None:
    canvas.setStrokeGray(FAINT)
    canvas.setLineWidth(0.5)
    canvas.line(x, y, x + width, y)


def _mark(canvas: Canvas, x: float, y: float, text: str, size: float) -> None:
    """Words in a box, which no printer loses."""
    canvas.setStrokeGray(INK)
    canvas.setFillGray(MARKED)
    canvas.setLineWidth(0.6)
    canvas.rect(x, y - size * 0.3, width_of(text, BOLD, size) + 6, size * 1.25, stroke=1, fill=1)
    _write(canvas, x + 3, y, text, BOLD, size, INK)
