"""The body of a chunk: about five minutes of one metric of one session from one source, as columns.

Times are kept to the millisecond, values to a fixed power of ten; a missing value stays missing.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import numpy as np
import zstandard
from numpy.typing import NDArray

from devices.readings import METRICS, SECOND, Metric, Micros, Numeric, Waveform
from monitor.record.checksum import protect, recover
from monitor.record.columns import Column, Real, Whole, pack, pack_bits, unpack, unpack_bits
from monitor.record.errors import Damaged
from monitor.record.journal import Measurement
from monitor.record.series import Series, WaveSeries

_LEVEL = 3
_EXACT = 2.0**53
"""Above this a float no longer holds every whole number, so a scaled value would not be exact."""


class ChunkKey(msgspec.Struct, frozen=True):
    """Whose and what a chunk is. ``start_us``..``end_us`` holds all its readings, to the millisecond."""

    session: str
    metric: str
    source: str
    start_us: Micros
    end_us: Micros
    count: int

    def __str__(self) -> str:
        return f"chunk {self.session} {self.metric} {self.source} {_clock(self.start_us)}..{_clock(self.end_us)}"

    def bound(self) -> str:
        """What the checksum of the body covers of its row: all of it."""
        return "\0".join(map(str, msgspec.structs.astuple(self)))


class _NumericBody(msgspec.Struct, frozen=True, array_like=True, tag="numeric"):
    decimals: int
    at: Column
    measured_ago: Column
    value: Column
    known: Column
    quality: Column


class _WaveBody(msgspec.Struct, frozen=True, array_like=True, tag="waveform"):
    start: Column
    length: Column
    rate: Column
    full_scale: Column
    quality: Column
    samples: Column


_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[_NumericBody | _WaveBody] = msgspec.msgpack.Decoder(_NumericBody | _WaveBody)


def decimals_kept(metric: Metric) -> int:
    """Digits kept after the point: at least two, and one more than is shown."""
    return max(2, METRICS[metric].decimals + 1)


def chunk_of(session: str, readings: Sequence[Measurement]) -> tuple[ChunkKey, bytes]:
    """Key and content (see ``protected``) of one chunk; ``readings`` are one or more of one kind, metric and source."""
    first = readings[0]
    starts, ends = zip(*map(_span, readings), strict=True)
    key = ChunkKey(session, first.metric, first.source, min(starts), max(ends), len(readings))
    body: _NumericBody | _WaveBody
    if isinstance(first, Numeric):
        body = _numeric_body(Series.of([reading for reading in readings if isinstance(reading, Numeric)]), first.metric)
    else:
        body = _wave_body(WaveSeries.of([reading for reading in readings if isinstance(reading, Waveform)]))
    return key, _encoder.encode(body)


def protected(key: ChunkKey, content: bytes) -> bytes:
    """The body to store under ``key``."""
    return protect(content, key.bound(), _LEVEL)


def decode_chunk(key: ChunkKey, body: bytes) -> Series | WaveSeries:
    """The readings of a stored chunk; raises ``Damaged`` when body and key are not what was stored together."""
    try:
        content = _decoder.decode(recover(body, key.bound()))
        return _numerics(content, key) if isinstance(content, _NumericBody) else _waves(content, key)
    except (msgspec.DecodeError, zstandard.ZstdError, ValueError) as error:
        raise Damaged(f"cannot be read: {error}") from error


def _clock(at: object) -> str:
    """ISO time of a stored time, which may have rotted into anything."""
    if isinstance(at, int) and 0 <= at < 2**52:
        return datetime.fromtimestamp(at // SECOND, UTC).isoformat()
    return repr(at)


def _span(reading: Measurement) -> tuple[Micros, Micros]:
    if isinstance(reading, Numeric):
        return reading.at, reading.at
    if not reading.rate_hz > 0:
        return reading.start, reading.start
    return reading.start, reading.start + round(len(reading.samples) / reading.rate_hz * SECOND)


def _numeric_body(numerics: Series, metric: Metric) -> _NumericBody:
    decimals = decimals_kept(metric)
    scaled = np.rint(numerics.value * 10**decimals)
    known = np.isfinite(scaled) & (np.abs(scaled) < _EXACT)
    return _NumericBody(
        decimals=decimals,
        at=pack(numerics.at_ms),
        measured_ago=pack(numerics.at_ms - numerics.measured_ms),
        value=pack(_filled(scaled, known)),
        known=pack(known.astype(np.int64)),
        quality=pack(numerics.quality.astype(np.int64)),
    )


def _filled(scaled: Real, known: NDArray[np.bool_]) -> Whole:
    """The last known value stands in the place of a missing one: a difference of nothing is the smallest to store."""
    last_known = np.maximum.accumulate(np.where(known, np.arange(len(scaled)), 0))
    return np.where(known, scaled, 0.0)[last_known].astype(np.int64)


def _numerics(body: _NumericBody, key: ChunkKey) -> Series:
    count = key.count
    at_ms = unpack(body.at, count)
    value = unpack(body.value, count) / 10**body.decimals
    return Series(
        at_ms=at_ms,
        measured_ms=at_ms - unpack(body.measured_ago, count),
        value=np.where(unpack(body.known, count) == 1, value, np.nan),
        quality=unpack(body.quality, count).astype(np.uint8),
        source=np.zeros(count, np.uint16),
        sources=(key.source,),
    )


def _wave_body(waves: WaveSeries) -> _WaveBody:
    return _WaveBody(
        start=pack(waves.start_ms),
        length=pack(waves.length),
        rate=pack_bits(waves.rate_hz),
        full_scale=pack(waves.full_scale),
        quality=pack(waves.quality.astype(np.int64)),
        samples=pack(waves.samples),
    )


def _waves(body: _WaveBody, key: ChunkKey) -> WaveSeries:
    count = key.count
    length = unpack(body.length, count)
    return WaveSeries(
        start_ms=unpack(body.start, count),
        length=length,
        rate_hz=unpack_bits(body.rate, count),
        full_scale=unpack(body.full_scale, count),
        quality=unpack(body.quality, count).astype(np.uint8),
        samples=unpack(body.samples, int(length.sum())),
        source=np.zeros(count, np.uint16),
        sources=(key.source,),
    )
