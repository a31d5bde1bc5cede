"""Blood pressures: one panel for each reading, those of a cuff apart from those that a person took."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from devices.readings import Metric, Quality
from monitor.clinic.events import CuffMeasured, PressureReading
from monitor.clinic.figures.pressure import is_artefact
from monitor.clinic.treatment.events import ArtefactMarked
from monitor.record.series import MILLI
from monitor.reports.fhir.case import Case
from monitor.reports.fhir.codes import PRESSURE_PANEL, category, metric_concept, profile
from monitor.reports.fhir.elements import Element, concept, instant, measured, notes, person, voided

PRESSURE, PULSE = "pressure", "pulse"
"""The kinds of what a reading becomes; each is known by the number of its event."""
QUESTIONED = "Questioned by the device"
BY_CUFF, BY_HAND = "Automatic cuff", "By hand, charted by a person"
COUNTED = "Pulse, counted by a person"


def pressures(case: Case) -> Iterator[Element]:
    """The panels and the pulses of all readings."""
    for reading in case.session.treatment.readings:
        for kind, each in of_reading(case, reading).items():
            mark = next((mark for mark in case.session.treatment.artefacts if kind in spoilt(reading, mark)), None)
            yield each if mark is None else voided(each, "Marked as an artefact", mark.reason, mark.by, mark.at)


def of_reading(case: Case, reading: PressureReading) -> dict[str, Element]:
    """By kind the panel and, where there is one, the pulse of a reading, as they were measured."""
    panel = {PRESSURE: _pressure(case, reading)}
    return panel if reading.pr is None else {**panel, PULSE: _pulse(case, reading, reading.pr)}


def spoilt(reading: PressureReading, mark: ArtefactMarked) -> Collection[str]:
    """The kinds of what a mark voids of a reading: all of it, or the pulse of a cuff alone."""
    if is_artefact(reading, [mark]):
        return (PRESSURE, PULSE)
    within = isinstance(reading, CuffMeasured) and mark.start <= reading.measured_at <= mark.end
    return (PULSE,) if within and Metric.PR_NIBP in mark.metrics else ()


def _pressure(case: Case, reading: PressureReading) -> Element:
    values = {Metric.SYS: reading.sys, Metric.DIA: reading.dia, Metric.MAP: reading.map}
    fields = {
        **_taken(case, reading, case.status_of(reading, "sys", "dia", "measured_at")),
        "code": concept("Blood pressure", PRESSURE_PANEL),
        "component": [
            {"code": metric_concept(metric), "valueQuantity": measured(metric, value)}
            for metric, value in values.items()
            if value is not None
        ],
        "note": notes(*getattr(reading, "warnings", ())),
    }
    return case.observation(PRESSURE, reading.seq, fields, profile("bp"))


def _pulse(case: Case, reading: PressureReading, value: float) -> Element:
    metric = Metric.PR_NIBP
    coded = metric_concept(metric)
    fields = {
        **_taken(case, reading, case.status_of(reading, "pr", "measured_at")),
        "code": coded if isinstance(reading, CuffMeasured) else {**coded, "text": COUNTED},
        "valueQuantity": measured(metric, value),
    }
    return case.observation(PULSE, reading.seq, fields, profile("heartrate"))


def _taken(case: Case, reading: PressureReading, status: str) -> Element:
    common = {
        "status": status,
        "category": category("vital-signs"),
        "effectiveDateTime": instant(reading.measured_at),
    }
    if not isinstance(reading, CuffMeasured):
        return {**common, "performer": [person(reading.by)], "method": concept(BY_HAND)}
    doubt = [concept(QUESTIONED)] if _questioned(case, reading) else []
    return {**common, "interpretation": doubt, "method": concept(BY_CUFF), "device": case.source(reading.source)}


def _questioned(case: Case, reading: CuffMeasured) -> bool:
    """Whether the device said so of any of the reading's values."""
    for metric in (Metric.SYS, Metric.DIA, Metric.MAP, Metric.PR_NIBP):
        series = case.found.series.get(metric)
        if series is None:
            continue
        same = series.measured_ms == reading.measured_at // MILLI
        if (series.quality[same] & Quality.QUESTIONABLE).any():
            return True
    return False
