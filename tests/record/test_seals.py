from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from devices.readings import SECOND, Metric, Micros, Numeric, Quality
from monitor.record import schema
from monitor.record.buffers import WINDOW, window_of
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from tests.record.examples import NOON, ROOM, SESSION, opened, pleth, record_seconds, second, spo2


def rows(reader: RecordReader) -> tuple[int, int]:
    with reader._moment() as connection:
        journal = connection.scalar(select(func.count()).select_from(schema.journal))
        chunks = connection.scalar(select(func.count()).select_from(schema.chunk))
    return journal or 0, chunks or 0


def seconds_kept(reader: RecordReader, session: str = SESSION) -> list[int]:
    """Which seconds are in the record, told by value and by waveform alike."""
    numerics = reader.numerics(session, Metric.SPO2)
    waves = reader.waveform(session, Metric.PLETH)
    numbers: list[int] = (numerics.value * 100).round().astype(int).tolist()
    assert [number % 256 for number in numbers] == waves.samples[::3].tolist(), "numbers and waves differ"
    assert (numerics.damaged, waves.damaged) == ((), ())
    return numbers


def test_rooms_are_sealed_at_different_seconds() -> None:
    def sealed_at(room: str) -> Micros:
        return next(NOON + n * SECOND for n in range(301) if window_of(room, NOON + n * SECOND) > window_of(room, NOON))

    moments = [sealed_at(f"Room {number}") for number in range(32)]
    assert len(set(moments)) >= 24, "the disk would get the rooms' chunks all at once"
    assert all(window_of("Room 1", at + WINDOW) == window_of("Room 1", at) + 1 for at in moments)


def test_half_an_hour_is_whole_in_chunks_of_five_minutes_and_the_journal_stays_short(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        record_seconds(writer, 0, 1800)
        journal, chunks = rows(reader)
        assert journal <= 301
        assert 2 * 5 <= chunks <= 2 * 7
        assert seconds_kept(reader) == list(range(1800))


def test_a_sessions_end_seals_all_of_it(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        record_seconds(writer, 0, 20)
        writer.seal_room(ROOM)
        writer.seal_room("a room without measurements")
        assert rows(reader) == (0, 2)
        assert seconds_kept(reader) == list(range(20))


def test_a_slow_room_keeps_its_seconds_in_the_journal_when_others_are_sealed(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        for number in range(10):
            at, entries = second(number, "Room 1", "S1")
            writer.append_second(at, entries + second(number, "Room 2", "S2")[1])
        writer.seal_room("Room 2")
        assert rows(reader) == (10, 2)
        assert seconds_kept(reader, "S1") == seconds_kept(reader, "S2") == list(range(10))
        writer.seal_room("Room 1")
        assert rows(reader) == (0, 4)


def test_measurements_of_nobody_are_dropped_at_the_seal(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        writer.append_second(*second(0, session=None))
        writer.append_second(*second(1))
        writer.seal_room(ROOM)
        assert rows(reader) == (0, 2)
        assert seconds_kept(reader) == [1]


def test_readings_of_one_instant_on_both_sides_of_a_seal_are_both_kept(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        for value in (96.0, 97.0, 98.0):
            writer.append_second(NOON, [(ROOM, SESSION, spo2(NOON, value))])
            writer.seal_room(ROOM)
        assert reader.numerics(SESSION, Metric.SPO2).value.tolist() == [96.0, 97.0, 98.0]


def test_a_clock_set_back_loses_nothing(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        record_seconds(writer, 1000, 1010)
        record_seconds(writer, 0, 10)
        assert seconds_kept(reader) == [*range(10), *range(1000, 1010)]
        assert rows(reader)[1] == 2, "what was written by the other clock is not sealed"


steps = st.lists(
    st.one_of(
        st.tuples(st.just("record"), st.integers(1, 5), st.sampled_from(("Room 1", "Room 2", "both"))),
        st.tuples(st.just("pause"), st.integers(1, 400), st.none()),
        st.tuples(st.just("seal"), st.just(0), st.sampled_from(("Room 1", "Room 2"))),
        st.tuples(st.just("restart"), st.just(0), st.none()),
    ),
    max_size=12,
)


@given(steps=steps)
@settings(max_examples=25)
def test_no_order_of_recording_sealing_and_restarting_loses_or_doubles_a_second(
    steps: list[tuple[str, int, str | None]],
) -> None:
    with TemporaryDirectory() as folder:
        expected, found = _kept_after(steps, Path(folder))
    assert found == expected


def _kept_after(steps: list[tuple[str, int, str | None]], folder: Path) -> tuple[dict[str, list[int]], object]:
    expected: dict[str, list[int]] = {"Room 1": [], "Room 2": []}
    clock = 0
    writer = RecordWriter(folder)
    for step, count, room in steps:
        if step == "restart":
            writer.close()
            writer = RecordWriter(folder)
        elif step == "pause":
            clock += count
            writer.seal_due(NOON + clock * SECOND)
        elif step == "seal":
            writer.seal_room(str(room))
        elif step == "record":
            rooms = list(expected) if room == "both" else [str(room)]
            for _ in range(count):
                clock += 1
                entries = [entry for name in rooms for entry in second(clock, name, f"S {name}")[1]]
                writer.append_second(NOON + clock * SECOND, entries)
                for name in rooms:
                    expected[name].append(clock)
    with writer, RecordReader(folder) as reader:
        return expected, {name: seconds_kept(reader, f"S {name}") for name in expected}


def test_a_restarted_screen_gets_the_sparkline_of_the_patient_in_the_room_only(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        writer.append_second(*second(1, session="the patient before"))
        writer.append_second(*second(2, session=None))
        assert reader.tail(ROOM, NOON) == [spo2(NOON + 2 * SECOND, 0.02), pleth(NOON + 2 * SECOND, (2, 2, 2))]
        writer.append_events([opened()])
        for number in range(3, 9):
            writer.append_second(*second(number))
            writer.append_second(*second(number, "Room 2", "S2"))
            if number == 5:
                writer.seal_room(ROOM)
        tail = reader.tail(ROOM, NOON + 4 * SECOND)
        expected = [reading for number in range(4, 9) for _, _, reading in second(number)[1]]
        assert sorted(tail, key=repr) == sorted(expected, key=repr)
        assert [reading.at for reading in tail if isinstance(reading, Numeric)] == sorted(
            reading.at for reading in expected if isinstance(reading, Numeric)
        )


def test_a_stretch_of_time_is_its_start_and_not_its_end(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        record_seconds(writer, 0, 10)
        writer.seal_room(ROOM)
        record_seconds(writer, 10, 20)
        start, end = NOON + 8 * SECOND, NOON + 12 * SECOND
        assert (reader.numerics(SESSION, Metric.SPO2, start, end).value * 100).round().tolist() == [8, 9, 10, 11]
        assert reader.waveform(SESSION, Metric.PLETH, start, end).samples[::3].tolist() == [8, 9, 10, 11]
        assert len(reader.numerics(SESSION, Metric.PR)) == 0


def test_a_value_keeps_its_source_its_flags_and_the_time_it_was_measured(tmp_path: Path) -> None:
    stored = Numeric(Metric.SPO2, 91.0, NOON + SECOND, NOON - 60 * SECOND, "oxi-2", Quality.STORED | Quality.SIMULATED)
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        writer.append_second(NOON, [(ROOM, SESSION, spo2(NOON, None)), (ROOM, SESSION, stored)])
        before = reader.numerics(SESSION, Metric.SPO2).readings(Metric.SPO2)
        writer.seal_room(ROOM)
        after = reader.numerics(SESSION, Metric.SPO2).readings(Metric.SPO2)
    assert before == after == [spo2(NOON, None), stored]


def test_several_screens_read_whole_seconds_while_the_service_writes_and_seals(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader, ThreadPoolExecutor(3) as screens:
        views = []
        for number in range(0, 150, 10):
            record_seconds(writer, number, number + 10, seal=False)
            views += [screens.submit(seconds_seen, reader) for _ in range(3)]
            writer.seal_room(ROOM)
        for view in views:
            seen = view.result()
            assert seen == list(range(len(seen))), "a second was read twice or not at all while it was sealed"


def seconds_seen(reader: RecordReader) -> list[int]:
    numbers: list[int] = (reader.numerics(SESSION, Metric.SPO2).value * 100).round().astype(int).tolist()
    return numbers
