"""What was given: the drug with its milligrams, other medicines, oxygen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from devices.readings import Micros
from monitor.clinic.happened import told_late
from monitor.clinic.session import Session
from monitor.clinic.treatment.events import (
    BolusGiven,
    DeviceGiven,
    InfusionStarted,
    MedicineGiven,
    OxygenSet,
)
from monitor.clinic.treatment.flows import Flow, flows
from monitor.reports.chart.axes import TimeAxis
from monitor.reports.chart.lane import SMALL, Lane, Place, bar, bold_width, label_width, on_paper, rows_of
from monitor.reports.chart.pen import BLUE, FAINT, INK, PAPER, RUNNING, WINDOW, Colour, Pen
from monitor.reports.lettering import PLAIN, fitted
from monitor.reports.session_record import SessionRecord

MARK_ROW, BAR_ROW, NAME_ROW = 15.0, 13.0, 9.0
MOST_ROWS = 3
LONGEST_NAME = 90.0
UNIT = " mL/h"


class _Mark(NamedTuple):
    """Milligrams at a time, in words; ``shape`` is the colour of its triangle, ``None`` for an infusion's own bar."""

    at: Micros
    words: str
    shape: Colour | None


def _marks(found: SessionRecord) -> Iterator[_Mark]:
    for each in found.events:
        late = " late" if told_late(each) else ""
        match each:
            case DeviceGiven(happened_at=at, mg=mg):
                yield _Mark(at, f"{mg:g} mg{late}", BLUE)
            case BolusGiven(happened_at=at, mg=mg):
                yield _Mark(at, f"{mg:g} mg{late}", PAPER)
            case InfusionStarted(happened_at=at, dose_mg=mg, volume_ml=volume):
                yield _Mark(at, f"{mg:g} mg in {volume:g} mL{late}", None)


def drug_lane(found: SessionRecord, session: Session, axis: TimeAxis) -> Lane:
    """Devices and boluses as marks, an infusion as a bar, each with its milligrams."""
    parts = flows(found.events, session.treatment.dosing.infusion, found.end)
    marks = sorted(_marks(found), key=lambda each: each.at)
    spans = [_reach(axis, each) for each in marks]
    rows = rows_of(spans, MOST_ROWS)
    base = BAR_ROW if parts else 0.0

    def draw(pen: Pen, place: Place) -> None:
        for part in parts:
            _flow(pen, place, part)
        for mark, (left, _), row in zip(marks, spans, rows, strict=True):
            _mark(pen, place.axis.x(mark.at), mark, left, place.bottom + base, row)

    height = base + (1 + max(rows, default=-1)) * MARK_ROW
    return Lane(drug_name(found), max(height, BAR_ROW), draw)


def drug_name(found: SessionRecord) -> str:
    """As the protocol names it."""
    return "Drug" if found.protocol is None else found.protocol.drug


def _flow(pen: Pen, place: Place, flow: Flow) -> None:
    """Its words whole or not at all: half a number is another number."""
    reach = place.axis.span(flow.start, flow.end, least=1.5)
    if reach is None:
        return
    left, wide = reach[0], reach[1] - reach[0]
    bottom, high = place.bottom + 1.5, BAR_ROW - 3
    if flow.paused:
        pen.box(left, bottom, wide, high, fill=PAPER, ink=INK, dash=(1.5, 1.5))
    else:
        pen.box(left, bottom, wide, high, fill=RUNNING, ink=BLUE, width=0.8)
    said = _words(flow)
    for words in (said, said.removesuffix(UNIT)):
        if bold_width(words) + 5 <= wide:
            pen.text(left + 2.5, bottom + 2.8, words, SMALL, bold=True)
            return


def _words(flow: Flow) -> str:
    if flow.rate_ml_h is None:
        return "paused"
    rate = f"{flow.rate_ml_h:.4g}{UNIT}"
    return f"paused, then {rate}" if flow.paused else rate


def _mark(pen: Pen, x: float, mark: _Mark, left: float, base: float, row: int) -> None:
    y = base + row * MARK_ROW
    if mark.shape is None:
        on_paper(pen, left, y + 2.5, mark.words, bold=True)
        return
    pen.line((x, base), (x, y + 1), FAINT, 0.4)
    pen.polygon([(x - 3, y + 7), (x + 3, y + 7), (x, y + 1)], fill=mark.shape, ink=BLUE)
    on_paper(pen, left + 1.5, y + 8.5, mark.words, bold=True)


def _reach(axis: TimeAxis, mark: _Mark) -> tuple[float, float]:
    """Of the words: over the triangle, or from the beginning of the bar on; within the paper."""
    x, wide = axis.x(mark.at), bold_width(mark.words) + 3
    left = x if mark.shape is None else x - wide / 2
    left = min(max(left, axis.left), axis.right - wide)
    return left, left + wide


def medicine_lanes(found: SessionRecord, session: Session, axis: TimeAxis) -> Iterator[Lane]:
    """Other medicines, and oxygen, where there were any."""
    given = sorted(session.treatment.medicines, key=lambda each: each.given_at)
    if given:
        yield _medicine_lane([(axis.x(each.given_at), _medicine(each)) for each in given], axis)
    settings = [each for each in found.events if isinstance(each, OxygenSet)]
    if settings:
        yield Lane("Oxygen", 10, lambda pen, place: _oxygen(pen, place, settings))


def _medicine(given: MedicineGiven) -> str:
    """A long name is cut; what was given of it is not, unless it is long itself."""
    name, dose = (fitted(text, PLAIN, SMALL, LONGEST_NAME) for text in (given.medicine, given.dose))
    return f"{name} {dose}" + (" (late)" if told_late(given) else "")


def _medicine_lane(given: Sequence[tuple[float, str]], axis: TimeAxis) -> Lane:
    spans = [_beside(axis, x, text) for x, text in given]
    rows = rows_of(spans, MOST_ROWS)

    def draw(pen: Pen, place: Place) -> None:
        for (x, text), (left, _), row in zip(given, spans, rows, strict=True):
            y = place.bottom + 1 + row * NAME_ROW
            on_paper(pen, left if left < x - 4 else x + 4.5, y + 1.4, text)
            pen.polygon([(x, y), (x + 2.6, y + 3.5), (x, y + 7), (x - 2.6, y + 3.5)], fill=INK)

    return Lane("Medicines", (1 + max(rows)) * NAME_ROW + 1, draw)


def _beside(axis: TimeAxis, x: float, text: str) -> tuple[float, float]:
    """To the right of its mark, or to the left where the paper ends."""
    wide = label_width(text) + 8
    return (x - 3, x + wide) if x + wide <= axis.right else (x - wide, x + 3)


def _oxygen(pen: Pen, place: Place, settings: Sequence[OxygenSet]) -> None:
    ends = [*(each.at for each in settings[1:]), place.axis.end]
    for each, end in zip(settings, ends, strict=True):
        reach = place.axis.span(each.at, end, least=1.5)
        if reach is not None and each.litres_min:
            left, right = reach
            pen.box(left, place.bottom + 1, right - left, 8, fill=WINDOW, ink=INK)
            bar(pen, left, right, place.bottom + 1, place.bottom + 9, f"{each.litres_min:g} L/min")
