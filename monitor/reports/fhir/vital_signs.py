"""What oximeters and monitors measure without a pause: a value for each minute, and all of it as one stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from devices.readings import METRICS, MINUTE, NOT_LIVE, SECOND, Metric, Micros, Quality
from monitor.clinic.figures.curves import STANDS
from monitor.clinic.figures.table import Middle, steps
from monitor.record.series import MILLI, Series
from monitor.reports.fhir.case import Case
from monitor.reports.fhir.codes import CODED, category, metric_concept, profile, statistic, stream_concept
from monitor.reports.fhir.elements import Element, absent, concept, filled, measured, notes, period
from monitor.reports.tables.cells import number_texts

STREAMED = tuple(metric for metric in CODED if not METRICS[metric].episodic)
MEDIAN = "Median of the values in this minute"
LAST_MS = 1
"""A period of FHIR includes its end: a minute ends a millisecond before the next one."""
MISSING = "E"
"""What a sample of FHIR says where there is no value."""


def minute_kind(metric: Metric) -> str:
    """The kind of the observations of a metric's minutes; each is known by the second it begins with."""
    return f"minute/{metric}"


def stream_kind(metric: Metric) -> str:
    """The kind of the observation of a metric's stream."""
    return f"stream/{metric}"


@dataclass(frozen=True)
class _Rows:
    """All that was sent of a metric, and what of it counts: neither held, stored or partial, nor missing, nor in doubt,
    nor marked as an artefact.
    """

    series: Series
    counted: NDArray[np.bool_]
    doubtful: NDArray[np.bool_]
    artefact: NDArray[np.bool_]

    @classmethod
    def of(cls, case: Case, metric: Metric, series: Series) -> _Rows:
        artefact = np.zeros(len(series), np.bool_)
        for mark in case.session.treatment.artefacts:
            if metric in mark.metrics:
                artefact |= (series.at_ms * MILLI >= mark.start) & (series.at_ms * MILLI <= mark.end)
        live = ~np.isnan(series.value) & ((series.quality & NOT_LIVE) == 0)
        doubtful = live & ((series.quality & Quality.QUESTIONABLE) != 0)
        return cls(series, live & ~doubtful & ~artefact, doubtful & ~artefact, artefact & live)

    def minutes(self) -> Iterator[tuple[Micros, slice]]:
        """Each minute of which there is anything, and where."""
        if not len(self.series):
            return  # All of it is damaged.
        starts, places = np.unique(self.series.at_ms * MILLI // MINUTE, return_index=True)
        ends = np.append(places, len(self.series))[1:]
        for start, first, end in zip(starts.tolist(), places.tolist(), ends.tolist(), strict=True):
            yield start * MINUTE, slice(first, end)


def vital_signs(case: Case) -> Iterator[Element]:
    """The observations of all metrics that are measured without a pause."""
    rows = {
        metric: _Rows.of(case, metric, series) for metric, series in case.found.series.items() if metric in STREAMED
    }
    middles = _middles(case, list(rows))
    for metric, each in rows.items():
        yield from _minutes(case, metric, each, middles)
        yield _stream(case, metric, each)


def _middles(case: Case, metrics: list[Metric]) -> dict[tuple[Micros, Metric], Middle]:
    """The medians, from the session's table."""
    curves = {metric: curve for metric, curve in case.found.curves().items() if metric in metrics and len(curve)}
    if not curves:
        return {}
    span = (min(int(each.at[0]) for each in curves.values()), max(int(each.at[-1]) for each in curves.values()) + 1)
    return {
        (step.start, metric): middle
        for step in steps(case.found.events, curves, (), span, 1)
        for metric, middle in step.middles.items()
    }


def _minutes(
    case: Case, metric: Metric, rows: _Rows, middles: dict[tuple[Micros, Metric], Middle]
) -> Iterator[Element]:
    sent, lost = dict(rows.minutes()), {*_lost_minutes(case, rows.series)}
    for start in sorted({*sent, *lost}):
        middle, where = middles.get((start, metric)), sent.get(start, slice(0, 0))
        fields = {
            **_status(case, rows, where, middle),
            "category": category("vital-signs"),
            "code": metric_concept(metric),
            "effectivePeriod": period(start, start + MINUTE - LAST_MS * MILLI),
            "device": _device(case, rows, where),
            **_value(metric, rows, where, middle),
            "note": notes("A part of this minute is damaged in the record.") if start in lost else [],
        }
        which = start // SECOND
        yield case.observation(minute_kind(metric), which, fields, profile(CODED[metric].profile))


def _lost_minutes(case: Case, series: Series) -> Iterator[Micros]:
    """The minutes of the session that lost anything. The times of a damaged stretch may be damaged themselves."""
    opened, until = case.session.opened_at, case.until
    for first, last in series.lost:
        start = max(first, opened) if isinstance(first, int) else opened
        end = min(last, until) if isinstance(last, int) else until
        yield from range(start // MINUTE * MINUTE, end + 1, MINUTE)


def _status(case: Case, rows: _Rows, where: slice, middle: Middle | None) -> Element:
    if not rows.artefact[where].any():
        return {"status": case.final}
    return {"status": case.corrected if middle is not None else "entered-in-error"}


def _device(case: Case, rows: _Rows, where: slice) -> Element | None:
    """Where all of the minute came from; of several devices, none."""
    names = {rows.series.sources[place] for place in set(rows.series.source[where].tolist())}
    return case.source(names.pop()) if len(names) == 1 else None


def _value(metric: Metric, rows: _Rows, where: slice, middle: Middle | None) -> Element:
    doubtful = int(rows.doubtful[where].sum())
    if middle is None:
        return {"dataAbsentReason": absent(_why_none(rows, where, doubtful))}
    left_out = {"code": concept("Values that the device questioned, left out"), "valueInteger": doubtful}
    return {
        "valueQuantity": measured(metric, middle.median),
        "method": concept(MEDIAN),
        "component": [
            {"code": statistic("minimum"), "valueQuantity": measured(metric, middle.lowest)},
            {"code": statistic("maximum"), "valueQuantity": measured(metric, middle.highest)},
            {"code": statistic("count"), "valueInteger": middle.count},
            *([left_out] if doubtful else []),
        ],
    }


def _why_none(rows: _Rows, where: slice, doubtful: int) -> str:
    if where.start == where.stop:
        return "This minute is damaged in the record"
    if rows.artefact[where].any():
        return "Marked as an artefact"
    if doubtful:
        return "The device questioned its values"
    if np.isnan(rows.series.value[where]).all():
        return "The device had no value"
    return "The device repeated or sent on values that were not measured at this time"


def _stream(case: Case, metric: Metric, rows: _Rows) -> Element:
    """What stood at the end of each second of the session."""
    info, start = METRICS[metric], case.session.opened_at // SECOND * SECOND
    seconds = max(1, -(-(case.until - start) // SECOND))
    fields = filled(
        status=case.corrected if rows.artefact.any() else case.final,
        category=category("procedure"),
        code=stream_concept(metric),
        effectivePeriod=period(start, start + seconds * SECOND - LAST_MS * MILLI),
        device=case.source(rows.series.sources[0]) if len(rows.series.sources) == 1 else None,
        valueSampledData={
            "origin": {**measured(metric, 0), "unit": info.unit},
            "period": 1000,
            "dimensions": 1,
            "data": _samples(rows, start, seconds),
        },
        note=notes(*rows.series.damaged),
    )
    return case.observation(stream_kind(metric), "", fields)


def _samples(rows: _Rows, start: Micros, seconds: int) -> str:
    """The newest value of each second, or of the one before, as long as a value stands; never one that does not count,
    nor what was known before the newest word of the device.
    """
    if not len(rows.series):
        return " ".join([MISSING] * seconds)
    ends = start // MILLI + 1000 * np.arange(1, seconds + 1)
    places = np.searchsorted(rows.series.at_ms, ends) - 1
    newest = np.maximum(places, 0)
    known = (places >= 0) & rows.counted[newest] & (ends - rows.series.at_ms[newest] <= STANDS // MILLI)
    texts = number_texts(rows.series.value[newest])
    return " ".join(text if there else MISSING for text, there in zip(texts, known.tolist(), strict=True))
