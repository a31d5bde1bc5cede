"""The real recordings beside the checkout: what another hand reads in them, and what the alarm rules make of them."""

from __future__ import annotations

import csv
import gzip
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from typer.testing import CliRunner

from app import app

SHARED = Path(__file__).parent.parent.parent.parent / "shared"
DATA = SHARED / "data"

HOLD_S = 5.0
SEVERE, SEVERE_S = 85.0, 10.0
"""A severe episode: a saturation below this limit for at least so long."""


class Recording(NamedTuple):
    """One patient's numbers, one line a second: the file, the columns, and for a file of many patients which lines."""

    group: str
    file: str
    spo2: str = "spo2_pct"
    pr: str = "pr_bpm"
    pi: str | None = None
    row: str = ""

    @property
    def path(self) -> Path:
        return DATA / self.file

    @property
    def name(self) -> str:
        return f"{self.group}, {self.row.partition('=')[2]}" if self.row else self.group


RECORDINGS = [
    Recording("ICU, hours 0 to 6", "icu_85594648/hours_00_06_numerics_1hz.csv.gz", pi="pi_pct"),
    Recording("ICU, hours 46 to 52", "icu_85594648/hours_46_52_numerics_1hz.csv.gz", pi="pi_pct"),
    *[
        Recording(
            f"Induced hypoxia, {who}",
            f"induced_hypoxia/{who}_numerics_1hz.csv.gz",
            "spo2_masimo_pct",
            "pr_masimo_bpm",
            "pi_masimo_pct",
        )
        for who in (100001, 100003, 100005)
    ],
    Recording("Operating room, case 26", "or_case26/numerics_1hz.csv.gz"),
    Recording("Finger oximeter", "smartcare/numerics_1hz.csv", pi="pi_pct"),
    *[
        Recording("BIDMC, 27 patients", "bidmc/numerics_1hz_odd.csv.gz", row=f"record=bidmc{number:02}")
        for number in range(1, 54, 2)
    ],
]


class Stretch(NamedTuple):
    """A time beyond a limit, in seconds, and the value that lay furthest beyond."""

    start: float
    end: float
    worst: float

    @property
    def lasted(self) -> float:
        return self.end - self.start


class Alarm(NamedTuple):
    """One line of alarms.csv."""

    condition: str
    onset: float
    end: float


@cache
def lines(recording: Recording) -> list[dict[str, str]]:
    with (gzip.open if recording.file.endswith(".gz") else open)(recording.path, "rt", newline="") as file:
        key, _, wanted = recording.row.partition("=")
        return [line for line in csv.DictReader(file) if not recording.row or line[key] == wanted]


def hours(recording: Recording) -> float:
    found = lines(recording)
    return (float(found[-1]["t_s"]) - float(found[0]["t_s"])) / 3600


def stretches(recording: Recording, column: str, limit: float, *, below: bool = True) -> list[Stretch]:
    """Every time beyond the limit, however short. A value stands for its second; a hole of at most 5 s ends nothing."""
    found: list[Stretch] = []
    alive = False
    for line in lines(recording):
        second, cell = float(line["t_s"]), line[column]
        if cell and (float(cell) < limit if below else float(cell) > limit):
            start, _, worst = found.pop() if alive else Stretch(second, second, float(cell))
            found.append(Stretch(start, second + 1, (min if below else max)(worst, float(cell))))
            alive = True
        elif cell or (alive and second + 1 - found[-1].end > HOLD_S):
            alive = False
    return found


def severe_episodes(recording: Recording) -> list[Stretch]:
    return [each for each in stretches(recording, recording.spo2, SEVERE) if each.lasted >= SEVERE_S]


def short_falls(recording: Recording) -> list[Stretch]:
    """Falls below the severe limit that last too little to be an episode."""
    return [each for each in stretches(recording, recording.spo2, SEVERE) if each.lasted < SEVERE_S]


class Way(NamedTuple):
    """A way to alarm: its name, and the options of ``app.py replay`` that make it."""

    name: str
    options: Sequence[str]
    with_pi: bool = False


def _limits(*settings: str) -> tuple[str, ...]:
    return tuple(part for setting in settings for part in ("--limit", setting))


_PULSE = ("PR.low=50", "PR.low.delay=15", "PR.high=120", "PR.high.delay=15")
_HYSTERESIS = ("SpO2.low.hysteresis=1", "PR.low.hysteresis=2", "PR.high.hysteresis=2")
PLAIN = Way("plain", _limits("SpO2.low=90", "SpO2.low.delay=15", *_PULSE))
PLAIN_STEADY = Way("plain, with the shipped hysteresis", (*PLAIN.options, *_limits(*_HYSTERESIS)))
PLAIN_SEVERE = Way("plain, and below 85 at once", (*PLAIN.options, *_limits("SpO2.low.severe=85")))
SEVERE_STEADY = Way("— with the shipped hysteresis", (*PLAIN_SEVERE.options, *_limits(*_HYSTERESIS)))
ONE_FALL = Way("— and one alarm for one fall", (*SEVERE_STEADY.options, *_limits("SpO2.low.severe_until=limit")))
WITH_AREA = Way(
    "— and an area in place of the delay", (*ONE_FALL.options, *_limits("SpO2.low.delay=0", "SpO2.low.area=50"))
)
SHIPPED = Way("— and weak signals must last: **shipped**", ("--protocol", "esketamine_us"), with_pi=True)


def replayed(path: Path, *options: str) -> list[Alarm]:
    """What the command that people type writes to alarms.csv."""
    with tempfile.TemporaryDirectory() as folder:
        result = CliRunner().invoke(app, ["replay", str(path), *options, "--out", folder])
        assert result.exit_code == 0, result.output
        with (Path(folder) / "alarms.csv").open(newline="") as file:
            return [
                Alarm(each["condition"], float(each["onset_s"]), float(each["end_s"])) for each in csv.DictReader(file)
            ]


@cache
def alarms(recording: Recording, way: Way) -> list[Alarm]:
    """The alarms on saturation and pulse."""
    columns = {recording.spo2: "SpO2", recording.pr: "PR"}
    if way.with_pi and recording.pi:
        columns[recording.pi] = "PI"
    mapped = [part for column, metric in columns.items() for part in ("--map", f"{column}={metric}")]
    row = ["--row", recording.row] if recording.row else []
    return replayed(recording.path, *mapped, *row, *way.options)


def alarm_of(fall: Stretch, found: Sequence[Alarm]) -> Alarm | None:
    """The first alarm on a low saturation that was on at some time of the fall."""
    during = (
        alarm
        for alarm in found
        if alarm.condition.startswith("SpO2.low") and alarm.onset <= fall.end and alarm.end >= fall.start
    )
    return next(during, None)
