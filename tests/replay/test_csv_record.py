"""Recorded CSVs as people export them: what is read, and what is refused by file and line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from devices.readings import SECOND, Metric
from monitor.replay.csv_record import RecordProblem, Row, read

COLUMNS = {"spo2": Metric.SPO2, "pr": Metric.PR}
LINES = "".join(f"{second},{second * second % 17 + 80},{second * 7 % 61 + 60}\n" for second in range(20_000))
ARCHIVE = gzip.compress(f"t_s,spo2,pr\n{LINES}".encode(), mtime=0)


def record(tmp_path: Path, text: str | bytes, name: str = "record.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def row(seconds: float, spo2: float | None, pr: float | None) -> Row:
    return Row(round(seconds * SECOND), {Metric.SPO2: spo2, Metric.PR: pr})


def test_an_empty_cell_is_no_value_never_a_zero(tmp_path: Path) -> None:
    path = record(tmp_path, "t_s,spo2,pr\n0,97.5,\n1, ,61\n2\n")
    assert read(path, COLUMNS) == [row(0, 97.5, None), row(1, None, 61), row(2, None, None)]


def test_columns_are_found_by_name_in_any_order_and_others_may_hold_text(tmp_path: Path) -> None:
    path = record(tmp_path, "who,pr,t_s,spo2\nann,61,0.25,97\nbob,62,1.25,96\n")
    assert read(path, COLUMNS) == [row(0.25, 97, 61), row(1.25, 96, 62)]


def test_the_time_of_measuring_is_read_where_the_record_has_it(tmp_path: Path) -> None:
    path = record(tmp_path, "t_s,spo2,pr,when\n60,97,61,42.5\n61,97,61,\n")
    assert [each.measured_at for each in read(path, COLUMNS, measured="when")] == [42_500_000, None]
    bad = record(tmp_path, "t_s,spo2,pr,when\n60,97,61,early\n")
    with pytest.raises(RecordProblem, match='line 2: when is "early", which is not a number'):
        read(bad, COLUMNS, measured="when")


def test_only_the_wanted_patient_is_read_and_times_start_over_for_each(tmp_path: Path) -> None:
    path = record(tmp_path, "who,t_s,spo2,pr\nann,0,97,61\nann,1,96,61\nbob,0,88,70\nbob,1,87,70\n")
    assert read(path, COLUMNS, ("who", "bob")) == [row(0, 88, 70), row(1, 87, 70)]


def test_a_compressed_record_reads_as_the_plain_one(tmp_path: Path) -> None:
    text = b"t_s,spo2,pr\n0,97,61\n1,96,62\n"
    plain = record(tmp_path, text)
    assert read(record(tmp_path, gzip.compress(text), "record.csv.gz"), COLUMNS) == read(plain, COLUMNS)


@pytest.mark.parametrize("name", ["record.csv", "record.csv.gz"])
def test_the_mark_that_spreadsheets_put_first_does_not_hide_the_time_column(tmp_path: Path, name: str) -> None:
    text = b"\xef\xbb\xbft_s,spo2,pr\r\n0,97,61\r\n"
    path = record(tmp_path, gzip.compress(text) if name.endswith(".gz") else text, name)
    assert read(path, COLUMNS) == [row(0, 97, 61)]


def test_lines_that_end_in_an_empty_cell_are_not_too_long(tmp_path: Path) -> None:
    assert read(record(tmp_path, "t_s,spo2,pr\n0,97,61,\n"), COLUMNS) == [row(0, 97, 61)]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ["line 1", "no column t_s"]),
        ("t_s,spo2,pr\n", ["no lines"]),
        ("time,spo2,pr\n0,97,61\n", ["line 1", "no column t_s", "time, spo2, pr"]),
        ("t_s,spo2\n0,97\n", ["line 1", "no column pr", "t_s, spo2"]),
        ("t_s,spo2,pr\n0,97,61\n1,--,61\n", ["line 3", "spo2", '"--"', "leave it empty"]),
        ("t_s,spo2,pr\n0,97,61\n1,nan,61\n", ["line 3", "spo2", '"nan"']),
        ("t_s,spo2,pr\n0,97,-inf\n", ["line 2", "pr", '"-inf"']),
        ("t_s,spo2,pr\nnan,97,61\n", ["line 2", "t_s", '"nan"']),
        ("t_s,spo2,pr\n0,97,61\n,97,61\n", ["line 3", "t_s is empty"]),
        ("t_s,spo2,pr\n0,97,61\n2,97,61\n1,97,61\n", ["line 4", "1 s does not follow 2 s"]),
        ("t_s,spo2,pr\n0,97,61\n0,97,61\n", ["line 3", "0 s does not follow 0 s"]),
        ("t_s,spo2,pr\n0,97,61\n1e305,97,61\n", ["line 3", "t_s", "1e+305"]),
        ("t_s,spo2,pr\n0,97,5,61\n", ["line 2", "more cells"]),
        (b"t_s,spo2,pr\n0,97,61\n1,\xff,61\n", ["cannot be read"]),
    ],
)
def test_a_record_that_cannot_be_trusted_is_refused_by_line(
    tmp_path: Path, text: str | bytes, words: list[str]
) -> None:
    path = record(tmp_path, text)
    with pytest.raises(RecordProblem) as problem:
        read(path, COLUMNS)
    told = str(problem.value)
    assert told.startswith(f"{path}: ")
    assert [word for word in words if word not in told] == []


def test_a_record_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordProblem, match="cannot be read"):
        read(tmp_path / "none.csv", COLUMNS)


def test_a_patient_who_is_not_in_the_record_is_not_an_empty_success(tmp_path: Path) -> None:
    with pytest.raises(RecordProblem, match="no lines"):
        read(record(tmp_path, "who,t_s,spo2,pr\nann,0,97,61\n"), COLUMNS, ("who", "bob"))


@pytest.mark.parametrize("place", [0, 40, 1000, -1000, -6])
def test_a_damaged_archive_is_refused(tmp_path: Path, place: int) -> None:
    damaged = bytearray(ARCHIVE)
    damaged[place] ^= 0xFF
    with pytest.raises(RecordProblem, match=r"record\.csv\.gz: "):
        read(record(tmp_path, bytes(damaged), "record.csv.gz"), COLUMNS)


@pytest.mark.parametrize("content", [ARCHIVE[:5], ARCHIVE[:5000], ARCHIVE[:-1], b"no archive"])
def test_a_cut_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(RecordProblem, match="cannot be read"):
        read(record(tmp_path, content, "record.csv.gz"), COLUMNS)
