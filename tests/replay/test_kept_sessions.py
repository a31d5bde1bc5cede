"""Recordings that are kept as sessions: what the record says of them is what a slow count in the raw file says."""

from __future__ import annotations

import csv
import gzip
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import pytest
from typer.testing import CliRunner, Result

from app import app
from devices.readings import SECOND, Metric
from monitor.clinic.events import CuffMeasured, SessionOpened
from monitor.clinic.figures.table import steps
from monitor.config import load
from monitor.config_file import CONFIG
from monitor.record.reader import RecordReader
from monitor.record.verify import verify
from monitor.reports.session_record import SessionRecord, read_session
from tests.replay.recordings import DATA, Recording, lines

needs_recordings = [
    pytest.mark.recordings,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the folder of real recordings is not at {DATA}"),
]
START = datetime(2026, 3, 1, tzinfo=UTC)
ZERO = round(START.timestamp())

CALM = Recording("calm", "icu_85594648/hours_00_06_numerics_1hz.csv.gz")
DROP_OUTS = Recording("drop-outs and artefact", "icu_85594648/hours_46_52_numerics_1hz.csv.gz")
HYPOXIA = Recording("hypoxia", "induced_hypoxia/100003_numerics_1hz.csv.gz", "spo2_masimo_pct", "pr_masimo_bpm")
PACKET_LOSS = Recording("packet loss", "smartcare/numerics_1hz.csv")
MANY_PATIENTS = Recording("of many", "bidmc/numerics_1hz_odd.csv.gz", row="record=bidmc05")


def replay(folder: Path, file: Path, *options: str) -> Result:
    fixed = ["--protocol", "iv_ketamine", "--out", str(folder), "--start", START.strftime("%Y-%m-%dT%H:%M:%S")]
    return CliRunner(env={"TZ": "UTC"}).invoke(app, ["replay", str(file), *fixed, "--data", str(folder), *options])


def kept(folder: Path, file: Path, *options: str) -> SessionRecord:
    result = replay(folder, file, *options)
    assert result.exit_code == 0, result.output
    session = next(line.split()[1] for line in result.output.splitlines() if line.startswith("session"))
    with RecordReader(folder) as reader:
        found = read_session(reader, load(CONFIG), session, 0)
    assert found is not None
    assert verify(folder).sound
    return found


def seconds_below(told: list[tuple[float, str]], limit: float) -> float:
    """Each value stands until the monitor says anything else, at most two seconds; the last one for one."""
    total = 0.0
    for place, (at, value) in enumerate(told):
        until = told[place + 1][0] if place + 1 < len(told) else at + 1
        total += min(until - at, 2.0) if value and float(value) < limit else 0.0
    return total


@pytest.mark.parametrize(
    "recording", [CALM, DROP_OUTS, HYPOXIA, PACKET_LOSS, MANY_PATIENTS], ids=lambda recording: recording.group
)
class TestOfARecording:
    pytestmark = needs_recordings

    def test_its_figures_and_its_table_are_those_of_the_raw_file(self, recording: Recording, tmp_path: Path) -> None:
        mapped = ("--map", f"{recording.spo2}=SpO2", "--map", f"{recording.pr}=PR")
        found = kept(tmp_path, recording.path, *mapped, *(["--row", recording.row] if recording.row else []))
        told = [(float(line["t_s"]), line[recording.spo2]) for line in lines(recording)]
        raw = [(at, float(value)) for at, value in told if value]
        assert found.figures is not None
        figures = found.figures.saturation
        assert figures.lowest == pytest.approx(min(value for _, value in raw))
        for limit in (94, 90, 88):
            assert figures.below_s[limit] == pytest.approx(seconds_below(told, limit), abs=0.01)
        minutes: dict[int, list[float]] = defaultdict(list)
        for at, value in raw:
            minutes[int(at // 60)].append(value)
        rows = steps(found.events, found.curves(), (), (found.start, found.end), 1)
        table = {step.start // SECOND - ZERO: step.middles.get(Metric.SPO2) for step in rows}
        assert {at // 60 for at, middle in table.items() if middle is not None} == set(minutes)
        for minute, values in minutes.items():
            middle = table[minute * 60]
            assert middle is not None
            assert middle.median == pytest.approx(median(values))
            assert middle.lowest == pytest.approx(min(values))


@pytest.mark.parametrize("hours", ["00_06", "46_52"])
class TestOfACuffThatSendsAgain:
    pytestmark = needs_recordings

    def test_each_measurement_is_one_reading_at_the_time_of_its_measuring(self, hours: str, tmp_path: Path) -> None:
        folder = DATA / "icu_85594648"
        mapped = [f"nibp_{name}_mmhg={metric}" for name, metric in (("sys", "SYS"), ("dia", "DIA"), ("mean", "MAP"))]
        found = kept(
            tmp_path,
            folder / f"hours_{hours}_numerics_1hz.csv.gz",
            *("--cuff", str(folder / f"hours_{hours}_nibp_transmissions.csv")),
            *(part for each in ("spo2_pct=SpO2", *mapped) for part in ("--map", each)),
        )
        with (folder / f"hours_{hours}_nibp_measurements.csv").open(newline="") as file:
            measured = [(float(row["nibp_sys_mmhg"]), float(row["nibp_dia_mmhg"])) for row in csv.DictReader(file)]
        readings = [(each.sys, each.dia) for each in found.events if isinstance(each, CuffMeasured)]
        # The first one sent may have been measured before the recording began; nobody can tell.
        assert readings[len(readings) - len(measured) :] == measured
        assert len(readings) - len(measured) <= 1


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_a_recording_with_cuff_and_wave_is_a_session_that_says_simulated(tmp_path: Path) -> None:
    numbers = written(
        tmp_path, "n.csv", "t_s,spo2\n" + "".join(f"{second},{97 - second % 3}\n" for second in range(600))
    )
    cuff = written(tmp_path, "c.csv", "t_s,s,d\n100.5,120,80\n101.5,120,80\n400.2,131,85\n")
    samples = "".join(f"{number / 50},{number % 50}\n" for number in range(500) if not 200 <= number < 300)
    with gzip.open(tmp_path / "w.csv.gz", "wt") as file:
        file.write("t_s,p\n" + samples)
    mapped = ["spo2=SpO2", "s=SYS", "d=DIA", "p=PLETH"]
    options = [part for each in mapped for part in ("--map", each)]
    options += ["--cuff", str(cuff), "--wave", str(tmp_path / "w.csv.gz"), "--limit", "SpO2.low=92"]
    found = kept(tmp_path, numbers, *options)
    assert found.simulated
    assert [each.simulated for each in found.told if isinstance(each, SessionOpened)] == [True]
    assert found.row.patient == "n"
    assert [
        (each.sys, each.measured_at // SECOND - ZERO) for each in found.events if isinstance(each, CuffMeasured)
    ] == [
        (120, 100),
        (131, 400),
    ]
    with RecordReader(tmp_path) as reader:
        wave = reader.waveform(found.row.id, Metric.PLETH)
    assert wave.length.sum() == 400
    breaks = [
        (b - a) / 1000
        for a, b in zip(wave.start_ms + wave.length / wave.rate_hz * 1000, wave.start_ms[1:], strict=False)
        if b - a > 100
    ]
    assert breaks == [pytest.approx(2, abs=0.05)], "the hole in the wave was bridged"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "p=PLETH"], "name the file of the wave with --wave"),
        (["--patient", "<b>"], "give 1 to 32 letters"),
        (["--wave", "w.csv"], "name its column"),
        (["--cuff", "c.csv"], "map columns of both files"),
    ],
)
def test_options_that_do_not_fit_are_named_and_nothing_is_kept(options: list[str], said: str, tmp_path: Path) -> None:
    numbers = written(tmp_path, "n.csv", "t_s,spo2\n0,97\n1,97\n")
    result = replay(tmp_path, numbers, "--map", "spo2=SpO2", *options)
    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "chairside.db").exists()


def test_a_session_needs_a_protocol(tmp_path: Path) -> None:
    numbers = written(tmp_path, "n.csv", "t_s,spo2\n0,97\n1,97\n")
    arguments = ["replay", str(numbers), "--map", "spo2=SpO2", "--out", str(tmp_path), "--data", str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert (result.exit_code, "name one with --protocol" in result.output) == (2, True)
