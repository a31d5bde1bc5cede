"""Real recordings: the alarms of a replay are those that the rule, read by another hand, finds in them."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import app

SHARED = Path(__file__).parent.parent.parent.parent / "shared"
DATA = SHARED / "data"
ORACLE = SHARED / "tools" / "alarm_oracle.py"
LIMIT, DELAY_S, HOLD_S = 90.0, 15.0, 5.0
TOLERANCE_S = 2.0

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the folder of real recordings is not at {DATA}"),
]

CASES = [
    *[(f"icu_85594648/hours_{hours}_numerics_1hz.csv.gz", "spo2_pct", "") for hours in ("00_06", "46_52")],
    *[(f"induced_hypoxia/{who}_numerics_1hz.csv.gz", "spo2_masimo_pct", "") for who in (100001, 100003, 100005)],
    *[("bidmc/numerics_1hz_odd.csv.gz", "spo2_pct", f"record=bidmc{number:02}") for number in range(1, 54, 2)],
]

Spans = list[tuple[float, float]]


def by_another_hand(path: Path, column: str, row: str) -> Spans:
    """Onset and end of every stretch below the limit that lasts the delay, in one pass over the lines."""
    if ORACLE.is_file():
        command = [
            sys.executable,
            str(ORACLE),
            str(path),
            column,
            "lt",
            f"{LIMIT}",
            f"{DELAY_S}",
            "--hold",
            f"{HOLD_S}",
        ]
        command += ["--row", row] if row else []
        found = subprocess.run(command, check=True, capture_output=True, text=True)
        return [(float(begin), float(end)) for begin, end in (line.split(",") for line in found.stdout.split())]
    with gzip.open(path, "rt", newline="") as file:
        key, _, wanted = row.partition("=")
        lines = [line for line in csv.DictReader(file) if not row or line[key] == wanted]
    stretches: Spans = []
    alive = False
    for line in lines:
        second, cell = float(line["t_s"]), line[column]
        if cell and float(cell) < LIMIT:
            stretches[-1:] = [(stretches[-1][0], second)] if alive else [*stretches[-1:], (second, second)]
            alive = True
        elif cell or (stretches and second - stretches[-1][1] > HOLD_S):
            alive = False
    return [(begin + DELAY_S, last + 1) for begin, last in stretches if last + 1 - begin >= DELAY_S]


@pytest.mark.parametrize(("name", "column", "row"), CASES, ids=[f"{name}:{row}" for name, _, row in CASES])
def test_the_alarms_of_a_recording_are_those_of_the_rule(tmp_path: Path, name: str, column: str, row: str) -> None:
    options = ["--map", f"{column}=SpO2", "--limit", "SpO2.low=90", "--limit", "SpO2.low.delay=15"]
    options += ["--out", str(tmp_path), *(["--row", row] if row else [])]
    result = CliRunner().invoke(app, ["replay", str(DATA / name), *options])
    assert result.exit_code == 0, result.output
    with (tmp_path / "alarms.csv").open(newline="") as file:
        found = [(float(each["onset_s"]), float(each["end_s"])) for each in csv.DictReader(file)]
    expected = by_another_hand(DATA / name, column, row)
    assert len(found) == len(expected)
    for ours, theirs in zip(found, expected, strict=True):
        assert ours == pytest.approx(theirs, abs=TOLERANCE_S)


def test_the_recordings_hold_alarms_to_agree_on() -> None:
    """Otherwise the comparison above would prove nothing."""
    assert sum(len(by_another_hand(DATA / name, column, row)) for name, column, row in CASES) >= 5
