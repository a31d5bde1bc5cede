"""Charts on paper, as a reader finds them: their words, and the lines of their curves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from pypdf import PdfReader

from devices.readings import Micros
from monitor.clinic.events import AnyEvent
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.reports.chart.axes import TimeAxis
from monitor.reports.chart.drawing import GUTTER
from monitor.reports.chart.sheets import FULL, MARGIN
from monitor.reports.chart_pdf import chart_pdf
from monitor.reports.session_record import SessionRecord, read_session
from tests.record.examples import sql
from tests.reports.recorded import record
from tests.reports.scripted import CONFIG, MINUTE, SESSION, at

NOW = at(200)
CURVES = "0 .4 .46"
"""The ink of what was measured every second."""
CLINIC = load(CONFIG)


def read(folder: Path, now: Micros = NOW) -> SessionRecord:
    with RecordReader(folder) as reader:
        found = read_session(reader, CLINIC, SESSION, now)
    assert found is not None
    return found


def charted(folder: Path, events: Sequence[AnyEvent], values: Sequence[float] = ()) -> SessionRecord:
    """A session of these events, with a saturation every second from the first dose on."""
    record(folder, events, values=values)
    return read(folder)


def damaged(folder: Path, into: Path, statement: str) -> SessionRecord:
    """The same record after something was done to its file."""
    copy = into / "damaged"
    copy.mkdir()
    for file in folder.iterdir():
        (copy / file.name).write_bytes(file.read_bytes())
    sql(copy, statement)
    return read(copy)


def document(found: SessionRecord) -> PdfReader:
    return PdfReader(BytesIO(chart_pdf(found)), strict=True)


def pages(found: SessionRecord) -> list[str]:
    """The words of each page, with one space between them."""
    return [" ".join(page.extract_text().split()) for page in document(found).pages]


def words(found: SessionRecord) -> str:
    return " ".join(pages(found))


def squeezed(text: str) -> str:
    """Without spaces, for text that may be broken anywhere."""
    return re.sub(r"\s", "", text)


class Stroke(NamedTuple):
    """A line from one point to another."""

    x: float
    y: float
    to_x: float
    to_y: float


def curves(found: SessionRecord) -> list[Stroke]:
    """The lines of all measured curves on the first page."""
    contents = document(found).pages[0].get_contents()
    assert contents is not None
    ink, here, strokes = "", (0.0, 0.0), list[Stroke]()
    parts = re.finditer(r"(\S+ \S+ \S+) RG|(\S+) (\S+) ([ml])\b", contents.get_data().decode("latin-1"))
    for colour, x, y, operator in (each.groups() for each in parts):
        if colour:
            ink = colour
            continue
        point = float(x), float(y)
        if operator == "l" and ink == CURVES:
            strokes.append(Stroke(*here, *point))
        here = point
    return strokes


def axis_of(found: SessionRecord) -> TimeAxis:
    """Whole five minutes, across the paper."""
    five = 5 * MINUTE
    return TimeAxis(found.start // five * five, -(-found.end // five) * five, MARGIN + GUTTER, MARGIN + FULL)
