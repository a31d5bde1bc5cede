from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from devices.readings import METRICS, Metric, Numeric, Quality, Waveform
from monitor.record.chunk import ChunkKey, chunk_of, decimals_kept, decode_chunk, protected
from monitor.record.columns import pack, unpack
from monitor.record.errors import Damaged
from monitor.record.journal import Entry, Measurement, decode_second, encode_second
from monitor.record.series import Series, WaveSeries
from tests.record.examples import NOON, SESSION, jittered_hour, pleth, spo2

times = st.integers(NOON - 10**9, NOON + 10**9)
qualities = st.integers(0, 63).map(Quality)
hundredths = st.integers(-10_000, 1_000_000).map(lambda whole: whole / 100)
numerics = st.builds(
    Numeric,
    metric=st.just(Metric.PI),
    value=st.none() | hundredths,
    at=times,
    measured_at=times,
    source=st.just("oxi-1"),
    quality=qualities,
)
waveforms = st.builds(
    Waveform,
    metric=st.just(Metric.PLETH),
    start=times,
    rate_hz=st.sampled_from((1 / 0.016, 75.0, 100.0)),
    samples=st.lists(st.integers(0, 65_535), max_size=20).map(tuple),
    full_scale=st.sampled_from((127, 255, 65_535)),
    source=st.just("oxi-1"),
    quality=qualities,
)
entries: st.SearchStrategy[list[Entry]] = st.lists(
    st.tuples(st.text(max_size=5), st.none() | st.text(max_size=5), numerics | waveforms), min_size=1, max_size=8
)


def stored(readings: Sequence[Measurement]) -> tuple[ChunkKey, bytes]:
    key, content = chunk_of(SESSION, readings)
    return key, protected(key, content)


def in_milliseconds(reading: Measurement) -> tuple[object, ...]:
    if isinstance(reading, Numeric):
        return reading.metric, reading.value, reading.at // 1000, reading.measured_at // 1000, reading.quality
    return reading.metric, reading.start // 1000, reading.rate_hz, reading.samples, reading.full_scale, reading.quality


@given(at=times, entries=entries)
def test_a_second_reads_back_as_it_was_written(at: int, entries: list[Entry]) -> None:
    assert decode_second(at, encode_second(at, entries)) == entries


@given(st.lists(st.integers(-(2**63), 2**63 - 1), max_size=30))
@example([-(2**63), 2**63 - 1, 0])
@example([7, 7, 7])
def test_any_column_reads_back(values: list[int]) -> None:
    assert unpack(pack(np.array(values, np.int64)), len(values)).tolist() == values


@given(st.lists(numerics, min_size=1, max_size=30))
def test_numerics_read_back_to_the_hundredth_and_a_missing_value_stays_missing(readings: list[Numeric]) -> None:
    columns = decode_chunk(*stored(readings))
    back = columns.readings(Metric.PI)
    assert [in_milliseconds(reading) for reading in back] == [in_milliseconds(reading) for reading in readings]


@given(st.lists(waveforms, min_size=1, max_size=10))
def test_segments_read_back_with_the_gaps_between_them(segments: list[Waveform]) -> None:
    columns = decode_chunk(*stored(segments))
    assert isinstance(columns, WaveSeries)
    assert [in_milliseconds(segment) for segment in columns.readings(Metric.PLETH)] == [
        in_milliseconds(segment) for segment in segments
    ]


@pytest.mark.parametrize("metric", list(Metric))
def test_every_metric_keeps_a_decimal_more_than_is_shown_and_all_hundredths(metric: Metric) -> None:
    assert decimals_kept(metric) >= METRICS[metric].decimals + 1
    values = [whole / 100 for whole in range(0, 33_000, 7)]
    columns = decode_chunk(*stored([Numeric(metric, value, NOON, NOON) for value in values]))
    assert isinstance(columns, Series)
    assert columns.value.tolist() == values, "a hundredth reads back as another number"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e300])
def test_what_is_no_measurement_reads_back_as_missing(value: float) -> None:
    columns = decode_chunk(*stored([spo2(NOON, 97.0), spo2(NOON + 1000, value)]))
    assert [reading.value for reading in columns.readings(Metric.SPO2) if isinstance(reading, Numeric)] == [97.0, None]


@pytest.mark.parametrize("readings", [[spo2(NOON + 1000 * n, 97.0) for n in range(40)], [pleth(NOON, (1, 2, 3) * 9)]])
def test_a_damaged_byte_anywhere_in_a_chunk_is_found(readings: list[Measurement]) -> None:
    key, body = stored(readings)
    for place in range(len(body)):
        damaged = body[:place] + bytes([body[place] ^ 1 << place % 8]) + body[place + 1 :]
        with pytest.raises(Damaged):
            decode_chunk(key, damaged)


def test_a_damaged_byte_anywhere_in_a_journal_row_is_found() -> None:
    body = encode_second(NOON, [("Room 1", SESSION, spo2(NOON, 97.0)), ("Room 2", None, pleth(NOON))])
    for place in range(len(body)):
        damaged = body[:place] + bytes([body[place] ^ 1 << place % 8]) + body[place + 1 :]
        with pytest.raises(Damaged):
            decode_second(NOON, damaged)


@pytest.mark.parametrize("length", range(8))
def test_a_body_that_was_cut_short_is_found(length: int) -> None:
    key, body = stored([spo2(NOON, 97.0)])
    with pytest.raises(Damaged):
        decode_chunk(key, body[:length])


def test_a_chunk_under_another_patients_key_is_damage() -> None:
    key, body = stored([spo2(NOON, 97.0)])
    elsewhere = ChunkKey("S2", key.metric, key.source, key.start_us, key.end_us, key.count)
    with pytest.raises(Damaged):
        decode_chunk(elsewhere, body)


def test_a_second_moved_to_another_time_is_damage() -> None:
    with pytest.raises(Damaged):
        decode_second(NOON + 1, encode_second(NOON, [("Room 1", SESSION, spo2(NOON, 97.0))]))


def test_a_room_hour_of_numerics_takes_less_than_40_kilobytes() -> None:
    hour = jittered_hour(seed=1)
    size = 0
    for metric in (Metric.SPO2, Metric.PR, Metric.PI):
        values = [reading for reading in hour if reading.metric is metric]
        size += sum(len(stored(values[first : first + 300])[1]) for first in range(0, 3600, 300))
    assert size < 40_000
