"""Waves and numbers as PhysioNet's own reader finds them: every sample at its time, every gap a gap."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import wfdb
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.readings import METRICS, NOT_LIVE, SECOND, Metric, Micros, Numeric, Quality, Waveform
from monitor.clinic.treatment.events import ArtefactMarked
from monitor.record.series import WaveSeries
from monitor.reports.session_record import SessionRecord
from monitor.reports.tables.wfdb_files import record_name, wfdb_files
from tests.record.examples import sql
from tests.reports.exported import RIGHT_SYS, WAVES_MIN, found_in, number_of, record, with_numerics
from tests.reports.lifelike import DROP_OUT_MIN, WAVE_HZ, pleth
from tests.reports.scripted import MINUTE, SESSION, at

NAME = f"session_{SESSION}"
Waves = Mapping[Metric, WaveSeries]
SPOIL_SECOND_PLETH = """UPDATE chunk SET body = rotten(body) WHERE metric = 'PLETH' AND start_us =
    (SELECT start_us FROM chunk WHERE metric = 'PLETH' ORDER BY start_us LIMIT 1 OFFSET 1)"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("recorded"))


@pytest.fixture(scope="module")
def found_and_waves(recorded: Path) -> tuple[SessionRecord, Waves]:
    return found_in(recorded)


@pytest.fixture(scope="module")
def bare(found_and_waves: tuple[SessionRecord, Waves]) -> SessionRecord:
    """The session as if nothing had happened or been measured in it."""
    return msgspec.structs.replace(
        found_and_waves[0],
        told=[],
        events=[],
        series={},
        session=None,
        protocol=None,
        form=None,
        figures=None,
        room_simulated=False,
    )


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wfdb")


def read(files: Mapping[str, bytes], name: str, out: Path) -> Any:
    for file, content in files.items():
        (out / file).write_bytes(content)
    found = wfdb.rdrecord(str(out / name))
    stored = wfdb.rdrecord(str(out / name), physical=False)
    assert [sum_ % 65536 for sum_ in stored.calc_checksum()] == [int(each) for each in found.checksum]
    return found


def signal(found: Any, name: str) -> Any:
    return found.p_signal[:, found.sig_name.index(name)]


def start_ms(found: Any) -> int:
    """By base time and date of the header, which are the clinic's."""
    begins = datetime.combine(found.base_date, found.base_time).astimezone()
    return round(begins.timestamp() * 1000)


def wave_of(bare: SessionRecord, segments: Sequence[Waveform], out: Path) -> Any:
    files = wfdb_files(bare, {Metric.PLETH: WaveSeries.of(segments)})
    return read(files, f"{NAME}_waves", out)


# Numbers


def test_every_sound_value_is_the_sample_of_its_second_and_nothing_else_is(
    found_and_waves: tuple[SessionRecord, Waves], out: Path
) -> None:
    found, waves = found_and_waves
    numbers = read(wfdb_files(found, waves), f"{NAME}_numerics", out)
    assert (numbers.fs, start_ms(numbers)) == (1, min(int(each.measured_ms.min()) for each in found.series.values()))
    curves = found.curves()
    for metric, series in found.series.items():
        wanted = np.full(numbers.sig_len, np.nan)
        curve = curves[metric].undoubted()
        wanted[np.rint((curve.at / 1000 - start_ms(numbers)) / 1000).astype(int)] = curve.value
        np.testing.assert_array_equal(signal(numbers, metric.value), wanted)
        assert 0 < np.isfinite(wanted).sum() <= len(series)
    units = dict(zip(numbers.sig_name, numbers.units, strict=True))
    assert units["SpO2"] == "%"
    assert units["PR"] == "/min"
    assert units["SYS"] == "mmHg"


def test_a_pressure_by_hand_is_a_signal_of_its_own_with_its_correction(
    found_and_waves: tuple[SessionRecord, Waves], out: Path
) -> None:
    numbers = read(wfdb_files(*found_and_waves), f"{NAME}_numerics", out)
    by_hand = signal(numbers, "SYS by hand")
    (second,) = np.flatnonzero(np.isfinite(by_hand))
    assert by_hand[second] == RIGHT_SYS
    assert abs(start_ms(numbers) + second * 1000 - at(64) // 1000) <= 500
    assert "SYS by hand: source nurse 1" in numbers.comments


def test_a_drop_out_is_missing_and_an_artefact_too_and_the_header_says_so(
    found_and_waves: tuple[SessionRecord, Waves], out: Path
) -> None:
    found, waves = found_and_waves
    numbers = read(wfdb_files(found, waves), f"{NAME}_numerics", out)
    first, last = (round((at(minute) / 1000 - start_ms(numbers)) / 1000) for minute in DROP_OUT_MIN)
    assert np.isnan(signal(numbers, "SpO2")[first:last]).all()
    mark = number_of(found, ArtefactMarked)
    assert sum(comment.startswith(f"Artefact {mark}: SpO2 from 2027-") for comment in numbers.comments) == 1
    assert numbers.comments[0].startswith("SIMULATED")
    assert any("values are missing here" in comment for comment in numbers.comments if comment.startswith("SpO2"))


numerics = st.builds(
    lambda metric, value, ms, source, quality: Numeric(metric, value, ms * 1000, ms * 1000, source, Quality(quality)),
    st.sampled_from([Metric.SPO2, Metric.SYS, Metric.TEMP]),
    st.none() | st.integers(0, 40_000).map(lambda each: each / 100),
    st.integers(at(0) // 1000, at(3) // 1000),
    st.sampled_from(["oxi-1", "oxi-2"]),
    st.sampled_from([0, 0, 0, 1, 2, 4, 8, 16, 32]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(numerics, min_size=1, max_size=60))
def test_random_series_are_read_back(bare: SessionRecord, out: Path, measured: list[Numeric]) -> None:
    numbers = read(wfdb_files(with_numerics(bare, measured), {}), f"{NAME}_numerics", out)
    unsound = NOT_LIVE | Quality.QUESTIONABLE
    sound = [each for each in measured if each.value is not None and not each.quality & unsound]
    sources = {metric: {each.source for each in measured if each.metric is metric} for metric in Metric}
    begin = min((each.at // 1000 for each in sound), default=bare.start // 1000)
    assert start_ms(numbers) == begin
    wanted: dict[str, dict[int, float]] = {}
    for each in sorted(measured, key=lambda each: each.at):
        name = each.metric.value if len(sources[each.metric]) == 1 else f"{each.metric} {each.source}"
        samples = wanted.setdefault(name, {})
        if each in sound:
            samples[round((each.at // 1000 - begin) / 1000)] = each.value or 0.0
    assert set(numbers.sig_name) == set(wanted)
    for name, samples in wanted.items():
        values = signal(numbers, name)
        assert {int(place): values[place] for place in np.flatnonzero(np.isfinite(values))} == samples


# Waves


def test_a_wave_is_read_back_sample_by_sample(found_and_waves: tuple[SessionRecord, Waves], out: Path) -> None:
    found, waves = found_and_waves
    wave = read(wfdb_files(found, waves), f"{NAME}_waves", out)
    assert (wave.fs, wave.sig_name, wave.units, wave.fmt) == (WAVE_HZ, ["PLETH"], ["counts"], ["16"])
    assert start_ms(wave) * 1000 == at(WAVES_MIN[0])
    np.testing.assert_array_equal(signal(wave, "PLETH"), waves[Metric.PLETH].samples)
    assert wave.comments[0].startswith("SIMULATED")
    assert "PLETH: source oximeter, counts from 0 to 255" in wave.comments


def test_two_hours_of_a_wave_lose_no_sample_to_the_records_milliseconds(bare: SessionRecord, out: Path) -> None:
    segments = list(pleth((0, 120)))
    wave = wave_of(bare, segments, out)
    np.testing.assert_array_equal(signal(wave, "PLETH"), [value for each in segments for value in each.samples])
    last = start_ms(wave) + (wave.sig_len - len(segments[-1].samples)) / wave.fs * 1000
    assert abs(last - segments[-1].start / 1000) < 1000 / WAVE_HZ


def test_a_clock_that_runs_slow_is_followed_and_no_sample_is_lost(bare: SessionRecord, out: Path) -> None:
    slow: Micros = round(25 / 74.9 * SECOND)
    segments = [Waveform(Metric.PLETH, at(0) + n * slow, 75.0, tuple(range(25)), 255, "oxi") for n in range(2000)]
    values = signal(wave := wave_of(bare, segments, out), "PLETH")
    assert np.isfinite(values).sum() == 25 * len(segments)
    firsts = np.flatnonzero(values == 0)
    times = start_ms(wave) + firsts / 75 * 1000
    assert np.abs(times - [each.start // 1000 for each in segments]).max() < 0.76 / 75 * 1000


def grid_segments(hz: int, gaps: Sequence[tuple[int, int]]) -> Iterator[tuple[int, Waveform]]:
    """Segments on the grid of whole samples, each after a gap of so many, and their places."""
    place = 0
    for number, (gap, length) in enumerate(gaps):
        place += gap
        samples = tuple((number * 31 + n) % 256 for n in range(length))
        yield place, Waveform(Metric.PLETH, at(0) + place * SECOND // hz, hz, samples, 255, "oxi")
        place += length


@settings(max_examples=50, deadline=None)
@given(
    st.sampled_from([50, 75, 100, 125]),
    st.lists(
        st.tuples(st.sampled_from([0, 0, 1, 2]) | st.integers(0, 500), st.integers(1, 40)), min_size=1, max_size=30
    ),
    st.randoms(use_true_random=False),
)
def test_gaps_are_missing_samples_whatever_the_order(
    bare: SessionRecord, out: Path, hz: int, gaps: list[tuple[int, int]], chance: Any
) -> None:
    placed = list(grid_segments(hz, gaps))
    segments = [segment for _, segment in placed]
    chance.shuffle(segments)
    values = signal(wave_of(bare, segments, out), "PLETH")
    first = placed[0][0]
    wanted = np.full(placed[-1][0] + len(placed[-1][1].samples) - first, np.nan)
    for place, segment in placed:
        wanted[place - first : place - first + len(segment.samples)] = segment.samples
    np.testing.assert_array_equal(values, wanted)


def test_overlapping_segments_shift_nothing_that_comes_later(bare: SessionRecord, out: Path) -> None:
    def segment(place: int, value: int, length: int = 25) -> Waveform:
        return Waveform(Metric.PLETH, at(0) + place * SECOND // 100, 100, (value,) * length, 255, "oxi")

    segments = [segment(0, 1), segment(25, 2), segment(40, 3), segment(45, 4, 3), segment(75, 5), segment(300, 6)]
    wave = wave_of(bare, [segments[place] for place in (3, 5, 0, 2, 1, 4)], out)
    wanted = np.full(325, np.nan)
    wanted[:25], wanted[25:50], wanted[50:65], wanted[75:100], wanted[300:] = 1, 2, 3, 5, 6
    np.testing.assert_array_equal(signal(wave, "PLETH"), wanted)
    assert "PLETH: 13 samples of overlapping segments are left out" in wave.comments


@pytest.mark.parametrize(
    ("samples", "bits"),
    [((0, 32767), "16"), ((1, 65535), "16"), ((0, 65534), "16"), ((0, 65535), "32"), ((-5, 2), "16")],
)
def test_each_count_is_read_back_and_none_is_taken_for_missing(
    bare: SessionRecord, out: Path, samples: tuple[int, ...], bits: str
) -> None:
    gap: Micros = 30 * SECOND
    segments = [Waveform(Metric.PLETH, at(0) + n * gap, 75.0, samples, 65535, "oxi") for n in range(2)]
    wave = wave_of(bare, segments, out)
    values = signal(wave, "PLETH")
    assert values[np.isfinite(values)].tolist() == [*samples, *samples]
    assert wave.fmt == [bits]


def test_two_oximeters_and_another_rate_are_kept_apart(bare: SessionRecord, out: Path) -> None:
    segments = [
        Waveform(Metric.PLETH, at(0), 75.0, (1, 2), 255, "oxi 1"),
        Waveform(Metric.PLETH, at(0), 75.0, (3, 4), 255, "oxi 2"),
        Waveform(Metric.PLETH, at(1), 124.945, (5, 6), 127, "oxi 3"),
        Waveform(Metric.PLETH, at(2), 0.0, (7, 8), 127, "oxi 3"),
    ]
    files = wfdb_files(bare, {Metric.PLETH: WaveSeries.of(segments)})
    first, second = (read(files, f"{NAME}_waves{number}", out) for number in ("", "2"))
    assert first.sig_name == ["PLETH oxi 1 0-255", "PLETH oxi 2 0-255"]
    assert first.p_signal.tolist() == [[1, 3], [2, 4]]
    assert (second.fs, second.p_signal.tolist()) == (124.945, [[5], [6]])


def test_a_segment_that_claims_to_be_of_another_year_makes_no_record_of_years(bare: SessionRecord, out: Path) -> None:
    astray = Waveform(Metric.PLETH, at(0) + 400 * 1440 * MINUTE, 75.0, (9,), 255, "oxi")
    wave = wave_of(bare, [Waveform(Metric.PLETH, at(0), 75.0, (1, 2), 255, "oxi"), astray], out)
    assert wave.sig_len == 2
    assert sum(comment.startswith("PLETH: 1 segments without") for comment in wave.comments) == 1


# Damage, names, headers


def test_a_damaged_chunk_of_a_wave_is_missing_samples_and_named(recorded: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(recorded, tmp_path / "data"))
    whole = signal(read(wfdb_files(*found_in(data)), f"{NAME}_waves", tmp_path), "PLETH")
    sql(data, SPOIL_SECOND_PLETH)
    found, waves = found_in(data)
    files = wfdb_files(found, waves)
    wave = read(files, f"{NAME}_waves", tmp_path)
    (named,) = waves[Metric.PLETH].damaged
    assert "checksum does not match" in named
    values = signal(wave, "PLETH")
    lost = np.isnan(values)
    assert 0 < lost.sum() < len(whole)
    assert len(values) == len(whole)
    np.testing.assert_array_equal(values[~lost], whole[~lost])
    ((start, end),) = waves[Metric.PLETH].lost
    assert abs(lost.sum() - (end - start) / SECOND * WAVE_HZ) <= 1
    for name in ("waves", "numerics"):
        assert f"Damaged and left out: {named}" in read(files, f"{NAME}_{name}", tmp_path).comments


def test_a_session_with_nothing_measured_has_a_header_that_says_what_is_damaged(bare: SessionRecord, out: Path) -> None:
    damaged = msgspec.structs.replace(bare, damaged=("event 3: was changed",))
    files = wfdb_files(damaged, {})
    assert list(files) == [f"{NAME}_numerics.hea"]
    (out / f"{NAME}_numerics.hea").write_bytes(files[f"{NAME}_numerics.hea"])
    header = wfdb.rdheader(str(out / f"{NAME}_numerics"))
    assert (header.n_sig, "Damaged and left out: event 3: was changed" in header.comments) == (0, True)


@settings(max_examples=40, deadline=None)
@given(st.text(), st.text())
def test_no_text_breaks_out_of_its_line_of_the_header(bare: SessionRecord, out: Path, text: str, other: str) -> None:
    row = msgspec.structs.replace(bare.row, id=text)
    named = msgspec.structs.replace(bare, row=row, clinic=other, room=f"{other}\n# SIMULATED")
    segments = [Waveform(Metric.PLETH, at(0), 75.0, (1, 2), 255, f"{other}{n}") for n in range(2)]
    files = wfdb_files(named, {Metric.PLETH: WaveSeries.of(segments)})
    assert all(re.fullmatch(r"session_[a-z0-9_]+\.(hea|dat)", file) for file in files)
    wave = read(files, f"{record_name(text)}_waves", out)
    assert wave.n_sig == 2
    assert wave.p_signal.tolist() == [[1, 1], [2, 2]]
    assert not any(comment.startswith("SIMULATED") for comment in wave.comments)


@given(st.text(max_size=100), st.text(max_size=100))
def test_two_sessions_have_two_names(one: str, other: str) -> None:
    assert (record_name(one) == record_name(other)) == (one == other)


def test_base_time_is_that_of_the_clinics_clock(
    bare: SessionRecord, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        wave = wave_of(bare, [Waveform(Metric.PLETH, at(0) + 7000, 75.0, (1,), 255, "oxi")], out)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (str(wave.base_date), str(wave.base_time)) == ("2027-01-15", "13:30:00.007000")
    assert any("2027-01-15T13:30:00.007+05:30" in comment for comment in wave.comments)


def test_every_unit_is_one_that_the_reader_keeps(bare: SessionRecord, out: Path) -> None:
    measured = [
        Numeric(metric, 36.6, at(0), at(0), "monitor")
        for metric in METRICS
        if metric not in (Metric.PLETH, Metric.CUFF)
    ]
    numbers = read(wfdb_files(with_numerics(bare, measured), {}), f"{NAME}_numerics", out)
    units = {name: unit.replace("degC", "°C") for name, unit in zip(numbers.sig_name, numbers.units, strict=True)}
    assert units == {each.metric.value: METRICS[each.metric].unit for each in measured}
    assert numbers.p_signal.tolist() == [[36.6] * len(measured)]
