"""``app.py replay``: a recording through the alarm engine, and into the record."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from devices.readings import METRICS, SECOND, Metric, Micros, Waveform, plausible
from monitor.clinic.alarms.checks import LimitProblem
from monitor.clinic.alarms.limits import MetricLimits
from monitor.clinic.session import PATIENT_CODE
from monitor.config_file import CONFIG, ConfigFile, load_config
from monitor.record.errors import RecordError
from monitor.terminal import refuse

if TYPE_CHECKING:
    from monitor.replay.csv_record import Row


def replay(
    record: Annotated[Path, typer.Argument(help="A CSV, plain or .gz, with a column t_s in seconds.")],
    columns: Annotated[list[str], typer.Option("--map", metavar="COL=METRIC", help="Such as spo2_pct=SpO2.")],
    limit: Annotated[
        list[str] | None, typer.Option(metavar="KEY=VALUE", help="Such as SpO2.low=90, SpO2.low.delay=15.")
    ] = None,
    protocol_id: Annotated[
        str | None, typer.Option("--protocol", help="Begin with the limits and alarm rules of this protocol.")
    ] = None,
    baseline: Annotated[
        list[str] | None,
        typer.Option(metavar="METRIC=VALUE", help="What relative limits refer to, such as SYS=124."),
    ] = None,
    measured: Annotated[
        str | None, typer.Option(metavar="COL", help="The column that says when a cuff measured, in seconds.")
    ] = None,
    row: Annotated[
        str | None, typer.Option(metavar="COL=VALUE", help="Only lines with this value in this column.")
    ] = None,
    cuff: Annotated[Path | None, typer.Option(help="A CSV of its own for the cuff's columns.")] = None,
    wave: Annotated[Path | None, typer.Option(help="A CSV of its own for the pleth: --map COL=PLETH.")] = None,
    out: Annotated[Path, typer.Option(help="The folder for alarms.csv.")] = Path(),
    data: Annotated[
        Path | None, typer.Option(help="Keep it as a session in the record of this folder, too; needs --protocol.")
    ] = None,
    patient: Annotated[str | None, typer.Option(help="The code in the record; by itself the file's name.")] = None,
    start: Annotated[
        datetime | None, typer.Option(help="When second 0 was; by itself so that the recording ends now.")
    ] = None,
    speed: Annotated[str, typer.Option(help="Times real time, or max.")] = "max",
    config: ConfigFile = CONFIG,
) -> None:
    """Run a recorded CSV through the alarm engine, write alarms.csv, and keep it as a session where asked."""
    from monitor.clinic.alarms.overrides import with_overrides, written
    from monitor.clinic.alarms.policy import NOTHING_SPECIAL
    from monitor.clinic.alarms.rules import rules
    from monitor.replay.csv_record import RecordProblem
    from monitor.replay.keeping import Recording, keep, limit_changes, patient_code
    from monitor.replay.run import replay as run
    from monitor.replay.run import write_alarms

    protocols = load_config(config).protocols
    if protocol_id is not None and protocol_id not in protocols:
        refuse(f"There is no protocol {protocol_id}; known are {', '.join(protocols)}.")
    if data is not None and protocol_id is None:
        refuse("--data: a session has a protocol; name one with --protocol.")
    code = patient_code(record) if patient is None else patient
    if not PATIENT_CODE.fullmatch(code):
        refuse(f"--patient {code}: give 1 to 32 letters, digits, dots, dashes or spaces.")
    column, _, value = (row or "").partition("=")
    profile = protocols[protocol_id].limits if protocol_id else {}
    try:
        settings = written(limit or [])
        limits = with_overrides(profile, settings)
        files = Files(record, cuff, wave)
        rows, waves = files.read(_columns(columns), (column, value) if row else None, measured)
    except LimitProblem as error:
        refuse(f"--limit {error}")
    except RecordProblem as error:
        refuse(error)
    policy = protocols[protocol_id].alarms.policy() if protocol_id else NOTHING_SPECIAL
    episodes = run(rows, rules(limits, _baseline(baseline or [], limits)), policy, _pace(speed, rows[0].at))
    try:
        path = write_alarms(episodes, out)
    except OSError as error:
        refuse(f"{out}: cannot be written: {error.strerror}")
    seconds = (rows[-1].at - rows[0].at) / SECOND
    typer.echo(f"{len(rows)} lines over {seconds:g} s: {len(episodes)} alarms in {path}")
    if data is not None and protocol_id is not None:
        zero = time.time_ns() // 1000 - rows[-1].at if start is None else round(start.timestamp() * SECOND)
        changes = limit_changes(profile, settings)
        played = Recording(rows, waves, episodes, record.name, code, protocol_id, changes, zero)
        try:
            typer.echo(f"session {keep(played, data)} of {code} in {data}")
        except RecordError as error:
            refuse(error)


class Files(NamedTuple):
    """The files of one recording."""

    numbers: Path
    cuff: Path | None
    wave: Path | None

    def read(
        self, columns: Mapping[str, Metric], only: tuple[str, str] | None, measured: str | None
    ) -> tuple[list[Row], list[Waveform]]:
        """The lines of numbers and cuff in the order of their time, and the wave.

        Raises: RecordProblem.
        """
        from monitor.replay.csv_record import RecordProblem, merged, read
        from monitor.replay.waves import read_wave

        of_cuff = {column: metric for column, metric in columns.items() if METRICS[metric].episodic}
        waves = [column for column, metric in columns.items() if metric is Metric.PLETH]
        if waves and self.wave is None:
            raise RecordProblem(f"--map {waves[0]}=PLETH: name the file of the wave with --wave")
        if self.wave is not None and not waves:
            raise RecordProblem(f"--wave {self.wave}: name its column, such as --map pleth=PLETH")
        segments = read_wave(self.wave, waves[0]) if self.wave is not None else []
        numbers = {column: metric for column, metric in columns.items() if column not in waves}
        if self.cuff is None:
            return read(self.numbers, numbers, only, measured), segments
        streams = {column: metric for column, metric in numbers.items() if column not in of_cuff}
        if not of_cuff or not streams:
            raise RecordProblem(
                f"--cuff {self.cuff}: map columns of both files, such as spo2=SpO2 and sys=SYS, dia=DIA"
            )
        return merged(read(self.numbers, streams, only), read(self.cuff, of_cuff, None, measured)), segments


def _columns(given: list[str]) -> dict[str, Metric]:
    columns: dict[str, Metric] = {}
    for each in given:
        column, _, metric = each.partition("=")
        if metric not in set(Metric):
            refuse(f"--map {each}: {metric or 'nothing'} is not a metric; known are {', '.join(Metric)}.")
        if column in columns or metric in columns.values():
            refuse(f"--map {each}: a column is one metric, and a metric comes from one column.")
        columns[column] = Metric(metric)
    return columns


def _baseline(given: list[str], limits: Mapping[Metric, MetricLimits]) -> dict[Metric, float]:
    relative = [
        metric for metric, sides in limits.items() for side in (sides.low, sides.high) if side and side.baseline
    ]
    baseline: dict[Metric, float] = {}
    for each in given:
        metric, _, text = each.partition("=")
        if metric not in relative or metric in baseline:
            known = ", ".join(dict.fromkeys(relative)) or "no metric here"
            refuse(f"--baseline {each}: give each metric with a relative limit at most once; those are {known}.")
        try:
            value = plausible(Metric(metric), float(text))
        except ValueError:
            refuse(f'--baseline {each}: "{text}" is not a number.')
        if value is None:
            info = METRICS[Metric(metric)]
            allowed = f"{info.lowest:g} to {info.highest:g} {info.unit}"
            refuse(f"--baseline {each}: {text} is not possible; allowed is {allowed}.")
        baseline[Metric(metric)] = value
    return baseline


def _pace(speed: str, start: Micros) -> Callable[[Micros], None]:
    if speed == "max":
        return lambda _: None
    try:
        factor = float(speed)
    except ValueError:
        factor = 0.0
    if not factor > 0:
        refuse(f"--speed {speed}: give max, or a number above 0.")
    began = time.monotonic()
    return lambda at: time.sleep(max(0.0, began + (at - start) / SECOND / factor - time.monotonic()))
