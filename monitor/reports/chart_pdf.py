"""The chart of a session to print: dark on white, all lines and letters, for a grey printer as well."""

from __future__ import annotations

from io import BytesIO

from reportlab.pdfgen.canvas import Canvas

from monitor.clinic.alarms.episodes import episodes as alarms_of
from monitor.clinic.figures.summary import Figures
from monitor.clinic.session import Session
from monitor.reports.chart import sections
from monitor.reports.chart.drawing import Chart
from monitor.reports.chart.happenings import happenings
from monitor.reports.chart.head import damage_in_full, head, marks, unreadable
from monitor.reports.chart.pen import FAINT, RULE, Pen
from monitor.reports.chart.sheets import BOTTOM, FULL, HEIGHT, MARGIN, WIDTH, Sheets
from monitor.reports.chart.strip_lanes import named
from monitor.reports.chart.summary import facts
from monitor.reports.clinic_time import iso_day
from monitor.reports.lettering import load_fonts, printable
from monitor.reports.session_record import SessionRecord

CHART = 400.0
"""A chart is higher only when it has so many lanes."""


def chart_pdf(found: SessionRecord) -> bytes:
    """The chart of a session as a PDF; the same record gives the same bytes.

    A session whose opening is damaged has a page that says so, without chart and figures.
    """
    load_fonts()
    sheets = Sheets()
    head(sheets, found)
    if found.session is None or found.figures is None:
        unreadable(sheets, found)
        damage_in_full(sheets, found)
    else:
        _body(sheets, found, found.session, found.figures)
    return _printed(sheets, found)


def _body(sheets: Sheets, found: SessionRecord, session: Session, figures: Figures) -> None:
    told, alarms = happenings(found), named(alarms_of(found.events))
    chart = Chart(found, session, told, MARGIN, MARGIN + FULL)
    summary = sections.Summary(facts(found, figures), damaged=bool(found.damaged))
    sheets.need(chart.least)
    top, room = sheets.y, sheets.y - BOTTOM
    fits = room - summary.height >= chart.least
    height = max(chart.least, min(CHART, room - summary.height if fits else room))
    sheets.draw(lambda pen: chart.draw(pen, top, height))
    sheets.y -= height
    summary.write(sheets)
    if sheets.y < HEIGHT / 2:
        sheets.next_page()
    sheets.into_columns(2)
    sections.table(sheets, found, session)
    sections.alarms(sheets, found, alarms)
    if sheets.in_first_column:
        sheets.next_column()
    sections.events(sheets, found, told)
    sections.corrections(sheets, found)
    sections.artefacts(sheets, found, session)
    sections.notes(sheets, found, session)
    damage_in_full(sheets, found)
    sections.signatures(sheets, found, session)


def _printed(sheets: Sheets, found: SessionRecord) -> bytes:
    target = BytesIO()
    canvas = Canvas(target, pagesize=(WIDTH, HEIGHT), invariant=True, pageCompression=1, lang="en")
    canvas.setTitle(printable(f"Session chart, {found.row.patient}, {iso_day(found.start)}"))
    canvas.setAuthor(printable(found.clinic))
    canvas.setSubject(printable(f"Session {found.row.id}"))
    canvas.setCreator("Chairside")
    pen = Pen(canvas)
    for number, strokes in enumerate(sheets.pages, 1):
        for stroke in strokes:
            stroke(pen)
        _foot(pen, found, f"Page {number} of {len(sheets.pages)}")
        canvas.showPage()
    canvas.save()
    return target.getvalue()


def _foot(pen: Pen, found: SessionRecord, page: str) -> None:
    y = BOTTOM - 14
    right = MARGIN + FULL
    pen.line((MARGIN, y + 9), (right, y + 9), RULE)
    pen.text(MARGIN, y, f"{found.row.patient} · session {found.row.id}", 6.5, ink=FAINT, within=FULL * 0.6)
    pen.text(right, y, page, 6.5, ink=FAINT, align="right")
    state = " · ".join(marks(found))
    pen.text(MARGIN, y - 9, f"Anchor {found.anchor}", 6.5, ink=FAINT, within=FULL * 0.6)
    pen.text(right, y - 9, state, 6.5, bold=True, align="right")
