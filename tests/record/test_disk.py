from __future__ import annotations

import random
import resource
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from devices.readings import Metric
from monitor.record.errors import RecordUnavailable
from monitor.record.reader import RecordReader
from monitor.record.verify import verify
from monitor.record.writer import RecordWriter
from tests.record.examples import NOON, ROOM, SESSION, note, opened, pleth, record_seconds, second

Trouble = Callable[[RecordWriter, Path], AbstractContextManager[None]]


@contextmanager
def no_page_left(writer: RecordWriter, _folder: Path) -> Iterator[None]:
    """SQLITE_FULL: the file may not grow."""
    pages = writer._connection.exec_driver_sql("PRAGMA page_count").scalar()
    writer._connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    writer._connection.rollback()
    try:
        yield
    finally:
        writer._connection.exec_driver_sql("PRAGMA max_page_count=1000000")
        writer._connection.rollback()


@contextmanager
def no_byte_left(_writer: RecordWriter, folder: Path) -> Iterator[None]:
    """SQLITE_IOERR_WRITE: the operating system refuses to make any file longer than the log is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    length = max(file.stat().st_size for file in folder.iterdir())
    resource.setrlimit(resource.RLIMIT_FSIZE, (length, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


TROUBLES: list[Trouble] = [no_page_left, no_byte_left]


def noise(seed: int) -> tuple[int, ...]:
    """Samples that do not compress, so that a chunk of them needs pages of its own."""
    return tuple(random.Random(seed).randbytes(500))


def fill(writer: RecordWriter, first: int) -> int:
    """Record seconds until the disk refuses; returns how many were acknowledged."""
    for number in range(first, first + 10_000):
        try:
            writer.append_second(*second(number))
        except RecordUnavailable:
            return number
    raise AssertionError("the disk never got full")


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_full_disk_stops_the_recording_and_space_resumes_it(trouble: Trouble, tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        writer.append_events([opened()])
        with trouble(writer, tmp_path):
            full = fill(writer, 0)
            with pytest.raises(RecordUnavailable) as caught:
                writer.append_events([note("x" * 100_000)])
            assert caught.value.reason
        record_seconds(writer, full + 1, full + 10)
        assert [event.seq for event in writer.append_events([note("resumed")])] == [2]
        expected = [*range(full), *range(full + 1, full + 10)]
        assert (reader.numerics(SESSION, Metric.SPO2).value * 100).round().tolist() == expected
    assert verify(tmp_path).problems == []


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_seal_that_fails_loses_and_doubles_nothing(trouble: Trouble, tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer, RecordReader(tmp_path) as reader:
        writer.append_events([opened(), opened("S2", "Room 2")])
        for number in range(20):
            writer.append_second(*second(number))
            writer.append_second(NOON, [(ROOM, "S2", pleth(NOON, noise(number)))])
        with trouble(writer, tmp_path):
            full = fill(writer, 20)
            with pytest.raises(RecordUnavailable):
                writer.seal_room(ROOM)
            assert (reader.numerics(SESSION, Metric.SPO2).value * 100).round().tolist() == list(range(full))
        writer.seal_room(ROOM)
        assert len(reader.waveform("S2", Metric.PLETH)) == 20
        assert (reader.numerics(SESSION, Metric.SPO2).value * 100).round().tolist() == list(range(full))
        with reader._moment() as connection:
            assert connection.exec_driver_sql("SELECT count(*) FROM journal").scalar() == 0
    assert verify(tmp_path).problems == []


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(RecordUnavailable):
        RecordWriter(tmp_path / "file" / "clinic")
