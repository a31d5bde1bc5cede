"""Everything that was measured in a session as one table, in the order of time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

from devices.readings import METRICS, Metric, Micros, Quality
from monitor.clinic.events import PressureTaken
from monitor.clinic.figures.pressure import marks_reading
from monitor.clinic.treatment.events import ArtefactMarked
from monitor.record.columns import Real, Whole
from monitor.record.series import MILLI, Series
from monitor.reports.session_record import SessionRecord

Texts = NDArray[np.object_]
DEVICE, BY_HAND = "device", "by hand"
DAMAGED = "damaged"


@dataclass(frozen=True, eq=False, kw_only=True)
class Measurements:
    """One element per value. ``time_ms`` is when it was measured and ``arrived_ms`` when it came, in milliseconds of
    UTC since 1970; ``value`` is NaN where there was none; ``artefact`` holds the numbers of the marks that cover it.

    Two rows that are ``damaged`` are the beginning and end of a stretch that cannot be read; ``source`` says which.
    Those without a metric stand for an entry of the session.
    """

    time_ms: Whole
    arrived_ms: Whole
    metric: Texts
    value: Real
    source: Texts
    quality: NDArray[np.uint8]
    damaged: NDArray[np.bool_]
    origin: Texts
    artefact: Texts

    def __len__(self) -> int:
        return len(self.time_ms)

    @classmethod
    def joined(cls, parts: Sequence[Measurements]) -> Self:
        """All parts as one, in the order of time."""
        columns = {each.name: np.concatenate([getattr(part, each.name) for part in parts]) for each in fields(cls)}
        order = np.lexsort((columns["arrived_ms"], columns["time_ms"]))
        return cls(**{name: column[order] for name, column in columns.items()})

    def units(self) -> Texts:
        """The unit of each value."""
        units = {metric.value: METRICS[metric].unit for metric in Metric}
        return _texts([units.get(metric, "") for metric in self.metric])

    def qualities(self) -> Texts:
        """What the source says against each value, in words."""
        words = _texts([Quality(flags).names() for flags in range(256)])[self.quality]
        return np.where(self.damaged, DAMAGED, words)


def measurements(found: SessionRecord) -> Measurements:
    """The table of a session: what devices measured, pressures by hand with their corrections, and what is damaged."""
    marks = () if found.session is None else found.session.treatment.artefacts
    parts = [_measured(metric, series, marks) for metric, series in found.series.items()]
    return Measurements.joined([_by_hand(found), *parts, _damaged(found)])


def _texts(texts: Iterable[str]) -> Texts:
    return np.array([*texts], np.object_)


def _measured(metric: Metric, series: Series, marks: Sequence[ArtefactMarked]) -> Measurements:
    count = len(series)
    return Measurements(
        time_ms=series.measured_ms,
        arrived_ms=series.at_ms,
        metric=np.full(count, metric.value, np.object_),
        value=series.value,
        source=_texts(series.sources)[series.source],
        quality=series.quality,
        damaged=np.zeros(count, np.bool_),
        origin=np.full(count, DEVICE, np.object_),
        artefact=_artefacts(metric, series, marks),
    )


def _artefacts(metric: Metric, series: Series, marks: Sequence[ArtefactMarked]) -> Texts:
    """As the figures leave them out: a stream by the time of arrival, a cuff reading whole by any of its pressures."""
    numbers = np.full(len(series), "", np.object_)
    episodic = METRICS[metric].episodic
    for mark in marks:
        if metric in mark.metrics or (episodic and marks_reading(mark)):
            if episodic:
                inside = (series.measured_ms >= mark.start // MILLI) & (series.measured_ms <= mark.end // MILLI)
            else:
                inside = (series.at_ms * MILLI >= mark.start) & (series.at_ms * MILLI <= mark.end)
            numbers[inside] = [f"{before}|{mark.seq}".lstrip("|") for before in numbers[inside]]
    return numbers


def _by_hand(found: SessionRecord) -> Measurements:
    taken = [
        (metric, value, event)
        for event in found.events
        if isinstance(event, PressureTaken)
        for metric, value in ((Metric.SYS, event.sys), (Metric.DIA, event.dia), (Metric.PR_NIBP, event.pr))
        if value is not None
    ]
    return Measurements(
        time_ms=np.array([event.measured_at // MILLI for _, _, event in taken], np.int64),
        arrived_ms=np.array([event.at // MILLI for _, _, event in taken], np.int64),
        metric=_texts(metric.value for metric, _, _ in taken),
        value=np.array([value for _, value, _ in taken], np.float64),
        source=_texts(event.by for _, _, event in taken),
        quality=np.full(len(taken), Quality.SIMULATED if found.simulated else Quality.OK, np.uint8),
        damaged=np.zeros(len(taken), np.bool_),
        origin=np.full(len(taken), BY_HAND, np.object_),
        artefact=np.full(len(taken), "", np.object_),
    )


def _damaged(found: SessionRecord) -> Measurements:
    lost = [*_lost(found)]
    times = np.array([at // MILLI for at, _, _, _ in lost], np.int64)
    return Measurements(
        time_ms=times,
        arrived_ms=times,
        metric=_texts(metric for _, metric, _, _ in lost),
        value=np.full(len(lost), np.nan),
        source=_texts(text for _, _, text, _ in lost),
        quality=np.zeros(len(lost), np.uint8),
        damaged=np.ones(len(lost), np.bool_),
        origin=_texts(origin for _, _, _, origin in lost),
        artefact=np.full(len(lost), "", np.object_),
    )


def _lost(found: SessionRecord) -> Iterator[tuple[Micros, str, str, str]]:
    """Beginning and end of what cannot be read, with metric, name and origin. An entry may have been of any time."""
    measured = {text for series in found.series.values() for text in series.damaged}
    for text in found.damaged:
        if text not in measured:
            yield found.start, "", text, BY_HAND
            yield found.end, "", text, BY_HAND
    for metric, series in found.series.items():
        for text, (start, end) in zip(series.damaged, series.lost, strict=True):
            yield start, metric.value, text, DEVICE
            yield end, metric.value, text, DEVICE
