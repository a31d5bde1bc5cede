"""Recorded numbers through the alarm engine, by the command that people type."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app import app

LIMIT = ["--limit", "SpO2.low=90", "--limit", "SpO2.low.delay=15"]
Alarm = tuple[str, float, float]


def record(tmp_path: Path, values: list[str], period_s: float = 1, column: str = "spo2", start_s: float = 0) -> Path:
    path = tmp_path / "record.csv"
    lines = [f"{start_s + number * period_s!r},{value}" for number, value in enumerate(values)]
    path.write_text("\n".join([f"t_s,{column}", *lines, ""]))
    return path


def replay(tmp_path: Path, path: Path, *options: str, mapped: str = "spo2=SpO2") -> Result:
    return CliRunner().invoke(app, ["replay", str(path), "--map", mapped, "--out", str(tmp_path / "out"), *options])


def alarms(tmp_path: Path) -> list[Alarm]:
    with (tmp_path / "out" / "alarms.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return [(row["condition"], float(row["onset_s"]), float(row["end_s"])) for row in rows]


def replayed(tmp_path: Path, path: Path, *options: str, mapped: str = "spo2=SpO2") -> list[Alarm]:
    result = replay(tmp_path, path, *options, mapped=mapped)
    assert result.exit_code == 0, result.output
    return alarms(tmp_path)


def test_an_episode_is_listed_with_all_that_the_reader_needs(tmp_path: Path) -> None:
    path = record(tmp_path, [*["97"] * 10, *["88.5"] * 20, *["97"] * 5])
    result = replay(tmp_path, path, *LIMIT, "--limit", "SpO2.low.priority=high")
    assert result.exit_code == 0
    assert "35 lines over 34 s: 1 alarms" in result.stdout
    assert (tmp_path / "out" / "alarms.csv").read_text().splitlines() == [
        "condition,priority,onset_s,end_s,value,limit",
        "SpO2.low,high,25,30,88.5,90.0",
    ]


def test_an_episode_that_lasts_to_the_end_of_the_record_is_listed(tmp_path: Path) -> None:
    assert replayed(tmp_path, record(tmp_path, ["88"] * 15), *LIMIT) == [("SpO2.low", 15, 15)]
    assert replayed(tmp_path, record(tmp_path, ["88"] * 14), *LIMIT) == []
    assert replayed(tmp_path, record(tmp_path, ["88"] * 20 + [""] * 3), *LIMIT) == [("SpO2.low", 15, 20)]


def test_a_record_with_a_line_every_ten_seconds_misses_no_alarm(tmp_path: Path) -> None:
    path = record(tmp_path, [*["97"] * 3, *["80"] * 4, *["97"] * 3], period_s=10)
    assert replayed(tmp_path, path, *LIMIT) == [("SpO2.low", 45, 70)]
    assert replayed(tmp_path, path, "--limit", "SpO2.low=90") == [("SpO2.low", 30, 70)]


def test_a_gap_in_a_record_of_one_line_a_second_is_not_bridged(tmp_path: Path) -> None:
    path = tmp_path / "record.csv"
    times = [*range(10), *range(60, 70)]
    path.write_text("\n".join(["t_s,spo2", *[f"{second},80" for second in times], ""]))
    assert replayed(tmp_path, path, *LIMIT) == []


def test_a_cuff_reading_stands_until_the_next_and_empty_cells_do_not_end_it(tmp_path: Path) -> None:
    path = record(tmp_path, ["120", *[""] * 59, "171", *[""] * 599, "130"], column="sys")
    found = replayed(tmp_path, path, "--limit", "SYS.high=160", mapped="sys=SYS")
    assert found == [("SYS.high", 60, 660)]


def cuff_record(tmp_path: Path, *lines: str) -> Path:
    path = tmp_path / "record.csv"
    path.write_text("\n".join(["t_s,sys,dia,map,pulse,measured", *lines, ""]))
    return path


CUFF = ["--map", "dia=DIA", "--map", "map=MAP", "--map", "pulse=PR_NIBP"]
RELATIVE = ["--protocol", "esketamine_us", "--baseline", "SYS=100"]
"""Alarms when two readings in a row are 30 above."""


def of_baseline(tmp_path: Path, path: Path, *options: str) -> list[Alarm]:
    found = replayed(tmp_path, path, *CUFF, *RELATIVE, *options, mapped="sys=SYS")
    return [alarm for alarm in found if alarm[0] == "SYS.high.baseline"]


def test_a_reading_that_a_monitor_sends_again_confirms_nothing(tmp_path: Path) -> None:
    sent = ["0,135,70,92,60,", "60,135,70,92,,", "120,135,70,92,60,"]
    assert of_baseline(tmp_path, cuff_record(tmp_path, *sent)) == []
    assert of_baseline(tmp_path, cuff_record(tmp_path, *sent, "180,136,70,92,60,")) == [("SYS.high.baseline", 180, 240)]


def test_a_pulse_that_comes_later_with_a_reading_makes_no_second_one_of_it(tmp_path: Path) -> None:
    assert of_baseline(tmp_path, cuff_record(tmp_path, "0,135,70,92,,", "60,135,70,92,60,")) == []


def test_two_readings_that_are_alike_are_two_when_the_record_says_when_they_were_measured(tmp_path: Path) -> None:
    path = cuff_record(tmp_path, "60,135,70,92,60,40", "120,135,70,92,60,40", "180,135,70,92,60,170")
    assert of_baseline(tmp_path, path) == []
    assert of_baseline(tmp_path, path, "--measured", "measured") == [("SYS.high.baseline", 180, 240)]


def test_an_older_reading_that_is_sent_late_is_not_judged(tmp_path: Path) -> None:
    path = cuff_record(tmp_path, "60,135,70,92,60,40", "120,150,70,92,60,30")
    assert of_baseline(tmp_path, path, "--measured", "measured") == []


@pytest.mark.parametrize("part", ["30,190,,,60,", "30,,110,,60,"], ids=["systolic", "diastolic"])
def test_a_part_of_a_reading_joins_nothing_and_alarms_nobody(tmp_path: Path, part: str) -> None:
    path = cuff_record(tmp_path, "0,120,70,92,60,", part, "40,121,71,93,60,")
    assert replayed(tmp_path, path, *CUFF, "--protocol", "esketamine_us", mapped="sys=SYS") == []


def test_a_record_of_systolic_values_alone_is_judged_by_them(tmp_path: Path) -> None:
    path = cuff_record(tmp_path, "0,120,,,,", "60,190,,,,")
    assert replayed(tmp_path, path, "--protocol", "esketamine_us", mapped="sys=SYS") == [("SYS.high.severe", 60, 120)]


def test_a_fall_under_a_weak_pulse_must_last_as_the_protocol_says(tmp_path: Path) -> None:
    path = tmp_path / "record.csv"
    weak = [f"{second},{82 if second >= 5 else 97},0.2" for second in range(30)]
    path.write_text("\n".join(["t_s,spo2,pi", *weak, ""]))
    with_index = replayed(tmp_path, path, "--protocol", "esketamine_us", "--map", "pi=PI")
    assert with_index == [("SpO2.low.severe", 11, 30)]
    assert replayed(tmp_path, path, "--protocol", "esketamine_us") == [("SpO2.low.severe", 5, 30)]


def test_the_perfusion_index_counts_for_its_own_line_in_whatever_order_columns_are_named(tmp_path: Path) -> None:
    path = tmp_path / "record.csv"
    path.write_text("\n".join(["t_s,spo2,pi", "0,82,0.2", "1,82,0.2", "2,97,2", ""]))
    for first, second in (("spo2=SpO2", "pi=PI"), ("pi=PI", "spo2=SpO2")):
        assert replayed(tmp_path, path, "--protocol", "esketamine_us", "--map", second, mapped=first) == []


def test_times_are_kept_to_the_microsecond_even_when_they_are_dates(tmp_path: Path) -> None:
    path = record(tmp_path, ["88"] * 20 + ["97"], start_s=1_700_000_000.25)
    assert replayed(tmp_path, path, *LIMIT) == [("SpO2.low", 1_700_000_015.25, 1_700_000_020.25)]


def test_two_limits_on_one_value_and_two_columns_are_watched_together(tmp_path: Path) -> None:
    path = tmp_path / "record.csv"
    path.write_text("\n".join(["t_s,spo2,pr", *[f"{second},84,130" for second in range(20)], ""]))
    found = replayed(
        tmp_path, path, *LIMIT, "--limit", "SpO2.low.severe=85", "--map", "pr=PR", "--limit", "PR.high=120"
    )
    assert sorted(found) == [("PR.high", 0, 20), ("SpO2.low", 15, 20), ("SpO2.low.severe", 0, 20)]


def test_a_protocol_brings_its_limits_and_the_command_line_changes_them(tmp_path: Path) -> None:
    path = record(tmp_path, ["88"] * 30)
    assert replayed(tmp_path, path, "--protocol", "esketamine_us") == [("SpO2.low", 25, 30)]
    delayed = replayed(tmp_path, path, "--protocol", "esketamine_us", "--limit", "SpO2.low.delay=5")
    assert delayed == [("SpO2.low", 5, 30)], "a delay did not take the place of the profile's area"
    assert replayed(tmp_path, path, "--protocol", "esketamine_us", "--limit", "SpO2.low=88") == []


def test_a_replay_may_run_in_real_time_or_faster(tmp_path: Path) -> None:
    path = record(tmp_path, ["88"] * 21)
    began = time.monotonic()
    assert replayed(tmp_path, path, *LIMIT, "--speed", "100") == [("SpO2.low", 15, 21)]
    assert time.monotonic() - began >= 0.19


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--limit", "SpO2.low.delay=15"], ["SpO2.low.delay", "limit first", "SpO2.low=90"]),
        (["--limit", "Spo2.low=90"], ["Spo2.low", "METRIC.low=90", "SpO2"]),
        (["--limit", "SpO2.lower=90"], ["SpO2.lower", "METRIC.low=90"]),
        (["--limit", "SpO2=90"], ["SpO2: ", "METRIC.low=90"]),
        (["--limit", "SpO2.low.delay.s=90"], ["SpO2.low.delay.s", "METRIC.low=90"]),
        (["--limit", "SpO2.low"], ["SpO2.low", '""', "not a number"]),
        (["--limit", "SpO2.low=ninety"], ["SpO2.low", '"ninety"', "not a number"]),
        (["--limit", "SpO2.low=nan"], ["SpO2.low.limit", "nan", "1 to 100"]),
        (["--limit", "SpO2.low=900"], ["SpO2.low.limit", "900", "1 to 100"]),
        ([*LIMIT, "--limit", "SpO2.low.severe=95"], ["SpO2.low.severe", "95", "below"]),
        ([*LIMIT, "--limit", "SpO2.low.wait=5"], ["SpO2.low.wait", "wait", "delay"]),
        ([*LIMIT, "--limit", "SpO2.low.priority=urgent"], ["SpO2.low.priority", '"urgent"', "high, medium, low"]),
        ([*LIMIT, "--limit", "SpO2.high=80"], ["SpO2.low.limit", "90", "crosses", "80"]),
        ([*LIMIT, "--map", "pr=Pulse"], ["--map pr=Pulse", "Pulse", "known are", "PR"]),
        ([*LIMIT, "--map", "pr"], ["--map pr", "known are"]),
        ([*LIMIT, "--map", "pr=SpO2"], ["--map pr=SpO2", "one column"]),
        ([*LIMIT, "--map", "spo2=PR"], ["--map spo2=PR", "one metric"]),
        ([*LIMIT, "--map", "pr=PR"], ["record.csv: line 1", "no column pr", "t_s, spo2"]),
        ([*LIMIT, "--row", "who=ann"], ["record.csv: line 1", "no column who"]),
        ([*LIMIT, "--measured", "when"], ["record.csv: line 1", "no column when"]),
        ([*LIMIT, "--baseline", "SpO2=97"], ["--baseline SpO2=97", "no metric here"]),
        (["--protocol", "esketamine_us", "--baseline", "124"], ["--baseline 124", "SYS, DIA"]),
        (["--protocol", "esketamine_us", "--baseline", "PR=70"], ["--baseline PR=70", "SYS, DIA"]),
        (["--protocol", "esketamine_us", "--baseline", "SYS=high"], ["--baseline SYS=high", '"high"', "not a number"]),
        (["--protocol", "esketamine_us", "--baseline", "SYS=nan"], ["--baseline SYS=nan", "30 to 300 mmHg"]),
        (["--protocol", "esketamine_us", "--baseline", "SYS=12"], ["--baseline SYS=12", "30 to 300 mmHg"]),
        (
            ["--protocol", "esketamine_us", "--baseline", "SYS=120", "--baseline", "SYS=130"],
            ["--baseline SYS=130", "at most once"],
        ),
        ([*LIMIT, "--protocol", "ketamine"], ["ketamine", "known are", "iv_ketamine"]),
        ([*LIMIT, "--config", "none.toml"], ["none.toml", "no such file"]),
        *[([*LIMIT, "--speed", speed], [f"--speed {speed}", "max"]) for speed in ("0", "-1", "fast", "nan")],
    ],
)
def test_a_bad_option_is_told_in_one_line_and_leaves_the_older_list_alone(
    tmp_path: Path, options: list[str], words: list[str]
) -> None:
    path = record(tmp_path, ["88"] * 30)
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "alarms.csv").write_text("the older list\n")
    result = replay(tmp_path, path, *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.count("\n") == 1
    assert [word for word in words if word not in result.stderr] == []
    assert (tmp_path / "out" / "alarms.csv").read_text() == "the older list\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("t_s,spo2\n0,97\n1,low\n", "line 3"),
        ("t_s,spo2\n0,97\n1,97\n0,97\n", "line 4"),
        ('t_s,spo2\n0,"9\n7"\n', "line 3"),
        ("t_s,oxygen\n0,97\n", "line 1"),
        ("t_s,spo2\n", "no lines"),
        ("", "line 1"),
    ],
)
def test_a_bad_record_is_told_in_one_line_and_leaves_no_list(tmp_path: Path, text: str, place: str) -> None:
    path = tmp_path / "record.csv"
    path.write_text(text)
    result = replay(tmp_path, path, *LIMIT)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{path}: ")
    assert place in result.stderr
    assert result.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_list_that_cannot_be_written_leaves_nothing_half_done(tmp_path: Path) -> None:
    path = record(tmp_path, ["88"] * 30)
    (tmp_path / "out" / "alarms.csv").mkdir(parents=True)
    result = replay(tmp_path, path, *LIMIT)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "cannot be written" in result.stderr
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["alarms.csv"]


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("a file")
    result = replay(tmp_path, record(tmp_path, ["88"] * 30), *LIMIT)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "cannot be written" in result.stderr
