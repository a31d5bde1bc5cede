"""Blood pressures: one panel for each reading, those of a cuff apart from those that a person took."""

from __future__ import annotations

from collections.abc import Iterator

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
        mark = mark_of(case, reading)
        for each in of_reading(case, reading):
            yield each if mark is None else voided(each, "Marked as an artefact", mark.reason, mark.by, mark.at)
    for back, fix in case.withdrawn:
        if isinstance(back, PressureReading):
            for each in of_reading(case, back):
                yield voided(each, "Withdrawn", fix.reason, fix.by, fix.at)


def of_reading(case: Case, reading: PressureReading) -> Iterator[Element]:
    """The panel and the pulse of a reading, as it stands there."""
    status = case.status_of(reading)
    yield _pressure(case, reading, status)
    if reading.pr is not None:
        yield _pulse(case, reading, reading.pr, status)


def mark_of(case: Case, reading: PressureReading) -> ArtefactMarked | None:
    """The mark by which a reading is an artefact."""
    return next((each for each in case.session.treatment.artefacts if is_artefact(reading, [each])), None)


def _pressure(case: Case, reading: PressureReading, status: str) -> Element:
    values = {Metric.SYS: reading.sys, Metric.DIA: reading.dia, Metric.MAP: reading.map}
    fields = {
        **_taken(case, reading, status),
        "code": concept("Blood pressure", PRESSURE_PANEL),
        "component": [
            {"code": metric_concept(metric), "valueQuantity": measured(metric, value)}
            for metric, value in values.items()
            if value is not None
        ],
        "note": notes(*getattr(reading, "warnings", ())),
    }
    return case.observation(PRESSURE, reading.seq, fields, profile("bp"))


def _pulse(case: Case, reading: PressureReading, value: float, status: str) -> Element:
    metric = Metric.PR_NIBP
    coded = metric_concept(metric)
    fields = {
        **_taken(case, reading, status),
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
