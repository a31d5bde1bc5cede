"""What a reader gets: measurements as numpy columns, in the order of their time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from devices.readings import NOT_LIVE, Metric, Micros, Numeric, Quality, Waveform
from monitor.clinic.figures.curves import Curve, seconds_stood
from monitor.clinic.session import Session
from monitor.record.columns import Real, Whole

MILLI: Micros = 1000
_Places = NDArray[np.intp] | NDArray[np.bool_]


class Damage(NamedTuple):
    """A stored stretch that could not be read: which, why, and from when to when it reaches."""

    text: str
    start: Micros
    end: Micros


@dataclass(frozen=True, eq=False, kw_only=True)
class _Measured:
    """What numerics and waveforms have in common, one element per reading."""

    quality: NDArray[np.uint8]
    """``devices.readings.Quality`` as a number."""
    source: NDArray[np.uint16]
    """Index into ``sources``."""
    sources: tuple[str, ...]
    damaged: tuple[str, ...] = ()
    """The stretches that could not be read, one line each. They are gaps: nothing of them is in the columns."""
    lost: tuple[tuple[Micros, Micros], ...] = ()
    """From when to when each of these reaches."""

    def __len__(self) -> int:
        return len(self.quality)

    def with_lost_within(self, start: Micros, end: Micros) -> Self:
        """The same, the stretches that could not be read kept within a session from ``start`` to ``end``."""
        return replace(self, lost=tuple(_within_session(span, start, end) for span in self.lost))

    def _flags(self) -> Iterator[tuple[Quality, str]]:
        for quality, source in zip(self.quality.tolist(), self.source.tolist(), strict=True):
            yield Quality(quality), self.sources[source]


@dataclass(frozen=True, eq=False, kw_only=True)
class Series(_Measured):
    """The values of one metric.

    ``at_ms`` is the arrival and ``measured_ms`` the device's measurement, in milliseconds of UTC since 1970;
    ``value`` is in the metric's unit, NaN where the device said that it has none.
    """

    at_ms: Whole
    measured_ms: Whole
    value: Real

    @classmethod
    def of(cls, numerics: Sequence[Numeric]) -> Self:
        """The columns of readings in memory, in their order."""
        source, sources = _sources([numeric.source for numeric in numerics])
        return cls(
            at_ms=np.array([numeric.at // MILLI for numeric in numerics], np.int64),
            measured_ms=np.array([numeric.measured_at // MILLI for numeric in numerics], np.int64),
            value=np.array([_finite(numeric.value) for numeric in numerics], np.float64),
            quality=np.array([numeric.quality for numeric in numerics], np.uint8),
            source=source,
            sources=sources,
        )

    @classmethod
    def joined(cls, parts: Iterable[Series], damaged: Sequence[Damage] = ()) -> Self:
        """All parts as one, in the order of arrival."""
        pieces: list[Series] = [cls.of([]), *parts]
        source, sources = _joined_sources(pieces)
        whole = cls(
            at_ms=np.concatenate([piece.at_ms for piece in pieces]),
            measured_ms=np.concatenate([piece.measured_ms for piece in pieces]),
            value=np.concatenate([piece.value for piece in pieces]),
            quality=np.concatenate([piece.quality for piece in pieces]),
            source=source,
            sources=sources,
            damaged=tuple(each.text for each in damaged),
            lost=tuple((each.start, each.end) for each in damaged),
        )
        return whole._take(np.argsort(whole.at_ms, kind="stable"))

    def within(self, start: Micros | None, end: Micros | None) -> Self:
        """What arrived from ``start`` to just before ``end``."""
        return self._take(_between(self.at_ms, start, end))

    def curve(self) -> Curve:
        """The values that were measurements of their moment."""
        live = np.flatnonzero(~np.isnan(self.value) & ((self.quality & NOT_LIVE) == 0))
        doubtful = (self.quality[live] & Quality.QUESTIONABLE) != 0
        at = self.at_ms * MILLI
        return Curve(at[live], self.value[live], doubtful, seconds_stood(at)[live])

    def readings(self, metric: Metric) -> list[Numeric]:
        """The values as readings, to the millisecond."""
        rows = zip(self.at_ms.tolist(), self.measured_ms.tolist(), self.value.tolist(), self._flags(), strict=True)
        return [
            Numeric(metric, value if value == value else None, at * MILLI, measured * MILLI, source, quality)
            for at, measured, value, (quality, source) in rows
        ]

    def _take(self, places: _Places) -> Self:
        return replace(
            self,
            at_ms=self.at_ms[places],
            measured_ms=self.measured_ms[places],
            value=self.value[places],
            quality=self.quality[places],
            source=self.source[places],
        )


def curves(series: Mapping[Metric, Series], session: Session | None) -> dict[Metric, Curve]:
    """What counts of each metric: the live values, without what a person marked as an artefact."""
    marks = () if session is None else session.treatment.artefacts
    return {
        metric: each.curve().without((mark.start, mark.end) for mark in marks if metric in mark.metrics)
        for metric, each in series.items()
    }


@dataclass(frozen=True, eq=False, kw_only=True)
class WaveSeries(_Measured):
    """The segments of one waveform. Between two segments nothing is known unless one begins where the other ends.

    ``start_ms`` is the time of a segment's first sample, ``length`` its number of samples; ``samples`` holds those of
    all segments one after the other, each counting 0..``full_scale``.
    """

    start_ms: Whole
    length: Whole
    rate_hz: Real
    full_scale: Whole
    samples: Whole

    @classmethod
    def of(cls, waveforms: Sequence[Waveform]) -> Self:
        """The columns of segments in memory, in their order."""
        source, sources = _sources([waveform.source for waveform in waveforms])
        return cls(
            start_ms=np.array([waveform.start // MILLI for waveform in waveforms], np.int64),
            length=np.array([len(waveform.samples) for waveform in waveforms], np.int64),
            rate_hz=np.array([waveform.rate_hz for waveform in waveforms], np.float64),
            full_scale=np.array([waveform.full_scale for waveform in waveforms], np.int64),
            samples=np.array([sample for waveform in waveforms for sample in waveform.samples], np.int64),
            quality=np.array([waveform.quality for waveform in waveforms], np.uint8),
            source=source,
            sources=sources,
        )

    @classmethod
    def joined(cls, parts: Iterable[WaveSeries], damaged: Sequence[Damage] = ()) -> Self:
        """All parts as one, in the order of their starts."""
        pieces: list[WaveSeries] = [cls.of([]), *parts]
        source, sources = _joined_sources(pieces)
        whole = cls(
            start_ms=np.concatenate([piece.start_ms for piece in pieces]),
            length=np.concatenate([piece.length for piece in pieces]),
            rate_hz=np.concatenate([piece.rate_hz for piece in pieces]),
            full_scale=np.concatenate([piece.full_scale for piece in pieces]),
            samples=np.concatenate([piece.samples for piece in pieces]),
            quality=np.concatenate([piece.quality for piece in pieces]),
            source=source,
            sources=sources,
            damaged=tuple(each.text for each in damaged),
            lost=tuple((each.start, each.end) for each in damaged),
        )
        return whole._take(np.argsort(whole.start_ms, kind="stable"))

    def within(self, start: Micros | None, end: Micros | None) -> Self:
        """The segments that begin from ``start`` to just before ``end``."""
        return self._take(_between(self.start_ms, start, end))

    def readings(self, metric: Metric) -> list[Waveform]:
        """The segments as readings, to the millisecond."""
        shapes = zip(self.start_ms.tolist(), self.rate_hz.tolist(), self.full_scale.tolist(), strict=True)
        return [
            Waveform(metric, start * MILLI, rate, tuple(samples.tolist()), full_scale, source, quality)
            for (start, rate, full_scale), samples, (quality, source) in zip(
                shapes, self._segments(), self._flags(), strict=True
            )
        ]

    def _segments(self) -> list[Whole]:
        return np.split(self.samples, np.cumsum(self.length)[:-1]) if len(self) else []

    def _take(self, places: _Places) -> Self:
        segments = self._segments()
        kept = np.arange(len(self))[places]
        return replace(
            self,
            start_ms=self.start_ms[places],
            length=self.length[places],
            rate_hz=self.rate_hz[places],
            full_scale=self.full_scale[places],
            samples=np.concatenate([np.empty(0, np.int64), *(segments[place] for place in kept)]),
            quality=self.quality[places],
            source=self.source[places],
        )


def _finite(value: float | None) -> float:
    return value if value is not None and math.isfinite(value) else math.nan


def _between(ms: Whole, start: Micros | None, end: Micros | None) -> NDArray[np.bool_]:
    inside = np.ones(len(ms), np.bool_)
    if start is not None:
        inside &= ms >= start // MILLI
    if end is not None:
        inside &= ms < -(-end // MILLI)
    return inside


def _within_session(span: tuple[object, object], start: Micros, end: Micros) -> tuple[Micros, Micros]:
    """When a stretch begins and ends is stored beside what rotted, and may have rotted into anything itself: a time
    that cannot be is taken for that end of the session, so that rather too much counts as lost than too little.
    """
    first, last = (at if isinstance(at, int) and start <= at <= end else None for at in span)
    if first is not None and last is not None and first > last:
        return start, end
    return start if first is None else first, end if last is None else last


def _sources(names: Sequence[str]) -> tuple[NDArray[np.uint16], tuple[str, ...]]:
    sources = tuple(dict.fromkeys(names))
    place = {name: index for index, name in enumerate(sources)}
    return np.array([place[name] for name in names], np.uint16), sources


def _joined_sources(pieces: Sequence[_Measured]) -> tuple[NDArray[np.uint16], tuple[str, ...]]:
    sources = tuple(dict.fromkeys(name for piece in pieces for name in piece.sources))
    place = {name: index for index, name in enumerate(sources)}
    columns = [np.array([place[name] for name in piece.sources], np.uint16)[piece.source] for piece in pieces]
    return np.concatenate(columns), sources
