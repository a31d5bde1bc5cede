"""What lies behind the curves: the time of dosing, artefacts, what is damaged in the record; the phases' names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from devices.readings import Metric, Micros
from monitor.clinic.events import AnyEvent, PhaseEntered
from monitor.reports.session_record import SessionRecord
from monitor.web.review import paper
from monitor.web.review.paper import Sheet, plain

LANE_OF = {
    Metric.SPO2: "spo2",
    Metric.PI: "spo2",
    Metric.PR: "pressure",
    Metric.SYS: "pressure",
    Metric.DIA: "pressure",
    Metric.MAP: "pressure",
    Metric.PR_NIBP: "pressure",
    Metric.RR: "breaths",
    Metric.ETCO2: "breaths",
}
"""Where each number is drawn, or what it is drawn beside."""
Span = tuple[Micros, Micros]


def dosing_span(found: SessionRecord) -> Span | None:
    """From the first dose until nothing more was given; ``None`` before it."""
    if found.figures is None or found.figures.dose.began_at is None:
        return None
    return found.figures.dose.began_at, found.figures.dose.ended_at or found.end


def lost_spans(found: SessionRecord) -> list[tuple[Metric, Span]]:
    """The stretches of which the record is damaged, by metric."""
    return [(metric, span) for metric, series in found.series.items() for span in series.lost]


def shades(found: SessionRecord, axes: Mapping[str, str], sheet: Sheet) -> tuple[list[Any], list[Any]]:
    """Shapes and the words on them. ``axes`` are the axes of the lanes."""
    shapes: list[Any] = []
    words: list[Any] = []
    dosing = dosing_span(found)
    if dosing is not None:
        shapes += [_shade(dosing, axes[lane], paper.DOSE, 0.07, sheet) for lane in ("spo2", "pressure")]
    marks = () if found.session is None else found.session.treatment.artefacts
    for mark in marks:
        span, text = (mark.start, mark.end), f"artefact: {plain(mark.reason)}"
        for lane in _lanes(mark.metrics, axes):
            shapes.append(_shade(span, axes[lane], paper.ASIDE, 0.28, sheet))
            words.append(_word(span, axes[lane], text, "#3d4a56", sheet))
    for lane, span in dict.fromkeys(
        (lane, span) for metric, span in lost_spans(found) for lane in _lanes([metric], axes)
    ):
        shapes.append(_shade(span, axes[lane], paper.DAMAGE, 0.16, sheet))
        words.append(_word(span, axes[lane], "record damaged", paper.DAMAGE, sheet))
    words += list(_phases(found.events, axes["doses"], sheet))
    return shapes, words


def _lanes(metrics: Iterable[Metric], axes: Mapping[str, str]) -> Iterator[str]:
    lanes = dict.fromkeys(LANE_OF[metric] for metric in metrics if metric in LANE_OF)
    return (lane for lane in lanes if lane in axes)


def _shade(span: Span, axis: str, colour: str, opacity: float, sheet: Sheet) -> dict[str, Any]:
    return {
        "type": "rect",
        "xref": "x",
        "yref": f"{axis} domain",
        "x0": sheet.x(span[0]),
        "x1": sheet.x(span[1]),
        "y0": 0,
        "y1": 1,
        "fillcolor": colour,
        "opacity": opacity,
        "line": {"width": 0},
        "layer": "below",
    }


def _word(span: Span, axis: str, text: str, colour: str, sheet: Sheet) -> dict[str, Any]:
    """At the lower left of a shade, or of what is shown of it."""
    begin = max(span[0], min(sheet.view[0], span[1]))
    return {
        "xref": "x",
        "yref": f"{axis} domain",
        "x": sheet.x(begin),
        "y": 0,
        "xanchor": "left",
        "yanchor": "bottom",
        "text": text,
        "showarrow": False,
        "bgcolor": "rgba(255,255,255,0.82)",
        "borderpad": 1,
        "font": {"size": 11, "color": colour},
    }


def _phases(events: Iterable[AnyEvent], axis: str, sheet: Sheet) -> Iterator[dict[str, Any]]:
    for event in events:
        if isinstance(event, PhaseEntered) and sheet.view[0] <= event.at <= sheet.view[1]:
            yield {
                "xref": "x",
                "yref": f"{axis} domain",
                "x": sheet.x(event.at),
                "y": 1,
                "xanchor": "left",
                "yanchor": "bottom",
                "text": f"│ {event.phase}",
                "showarrow": False,
                "font": {"size": 10, "color": paper.MUTED},
            }
