"""Chairside's command line."""

from __future__ import annotations

import asyncio
import csv
import logging
import os
import sys
import time
import tomllib
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from devices.adapter import ProtocolInfo
from devices.capture import decode_capture
from devices.readings import METRICS, SECOND, Metric, Micros, Quality, plausible
from devices.registry import PROTOCOLS, UnknownProtocol, protocol
from devices.simulation.host import DeviceHost, serve_pty
from devices.simulation.scenario import ImpossibleStep, Scenario, ScriptedPatient
from devices.simulation.scenario import check as check_scenario
from monitor.clinic.alarms.checks import LimitProblem
from monitor.clinic.alarms.limits import MetricLimits
from monitor.config import Config, ConfigError, load
from monitor.people.command_line import users
from monitor.record.errors import RecordError
from monitor.service.messages import FASTEST
from monitor.shaping import Misshapen, shape
from monitor.terminal import BAD_INPUT, DATA, DataFolder, refuse

HERE = Path(__file__).parent

app = typer.Typer(
    help="Chairside: in-session vital-signs monitoring for ketamine and esketamine clinics.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(users, name="users")


class ExportFormat(StrEnum):
    """What of a session can be written to a file."""

    FORM = "form"


ConfigFile = Annotated[Path, typer.Option("--config", help="The clinic's configuration.")]


def _load(path: Path) -> Config:
    try:
        return load(path)
    except ConfigError as error:
        refuse(error)


def _protocol(name: str) -> ProtocolInfo:
    try:
        return protocol(name)
    except UnknownProtocol as error:
        refuse(error)


@app.callback(invoke_without_command=True)
def default(context: typer.Context) -> None:
    """Start the clinic when no command is given."""
    if context.invoked_subcommand is None:
        serve()


@app.command()
def serve(
    config: ConfigFile = HERE / "config.toml",
    data: DataFolder = DATA,
    host: Annotated[
        str, typer.Option(help="The address to serve on; others than 127.0.0.1 reach the network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port of the pages.")] = 8050,
    speed: Annotated[
        float,
        typer.Option(
            min=1,
            max=FASTEST,
            help=f"How fast time runs where every room is simulated; {FASTEST} is as fast as it can.",
        ),
    ] = 1.0,
) -> None:
    """Run the clinic: devices, alarms, record and pages."""
    from monitor import supervisor

    logging.basicConfig(level=logging.INFO, format="%(message)s")
    found = _load(config)
    if speed > 1 and found.why_never_fast:
        refuse(f"--speed {speed:g}: {found.why_never_fast}")
    try:
        supervisor.run(found, data, host, port, speed)
    except (RecordError, supervisor.PortTaken, OSError) as error:
        refuse(error)


@app.command("check-config")
def check_config(config: ConfigFile = HERE / "config.toml") -> None:
    """Check the configuration and its protocols, and say what they make."""
    found = _load(config)
    typer.echo(f"{config}: {len(found.rooms)} rooms, protocols {', '.join(found.protocols)}: no mistakes found")
    for room in found.rooms:
        devices = ", ".join(f"{device.name} {device.protocol} at {device.port}" for device in room.devices)
        typer.echo(f"  {room.name}: {devices or 'no devices'}{' (simulated)' if room.simulated else ''}")
    if found.hl7 is not None:
        typer.echo(f"  HL7 messages of open sessions go to {found.hl7.address} every {found.hl7.every_s} s")


@app.command()
def decode(
    name: Annotated[str, typer.Argument(metavar="PROTOCOL", help=f"One of {', '.join(PROTOCOLS)}.")],
    file: Annotated[Path, typer.Argument(help="The captured bytes.")],
    out: Annotated[Path | None, typer.Option("--csv", help="Write here instead of to the screen.")] = None,
) -> None:
    """Decode a captured byte stream into rows: offset,metric,value,unit,quality."""
    decoder = _protocol(name).decoder("", Quality.OK)
    try:
        data = file.read_bytes()
    except OSError as error:
        refuse(f"{file}: cannot be read: {error.strerror}")
    rows = [
        (
            offset,
            each.metric,
            "" if each.value is None else f"{each.value:g}",
            METRICS[each.metric].unit,
            each.quality.names(),
        )
        for offset, each in decode_capture(decoder, data)
    ]
    part = out.with_name(f".{out.name}.part") if out else None
    try:
        with part.open("w", newline="", encoding="utf-8") if part else nullcontext(sys.stdout) as target:
            writer = csv.writer(target, lineterminator="\n")
            writer.writerow(("offset", "metric", "value", "unit", "quality"))
            writer.writerows(rows)
        if part and out:
            os.replace(part, out)  # noqa: PTH105
    except OSError as error:
        with suppress(OSError):
            if part:
                part.unlink()
        refuse(f"{out or 'The rows'}: cannot be written: {error.strerror}")
    seen = decoder.counters
    typer.echo(
        f"{len(data)} bytes: {seen.frames} good frames, {seen.bad_checksums} bad checksums, {seen.resyncs} resyncs, "
        f"{seen.skipped} bytes skipped, {decoder.pending} left over at the end",
        err=True,
    )


@app.command()
def emulate(
    name: Annotated[str, typer.Argument(metavar="PROTOCOL", help=f"One of {', '.join(PROTOCOLS)}.")],
    tcp: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Listen on this loopback port; 0 takes a free one.")
    ] = None,
    pty: Annotated[bool, typer.Option("--pty", help="Use a pseudo terminal, as a USB adapter would be.")] = False,
    scenario: Annotated[Path | None, typer.Option(help="A scenario in TOML.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same patient.")] = 1,
) -> None:
    """Put a simulated device on a port and say where."""
    info = _protocol(name)
    if pty == (tcp is not None):
        refuse("Choose one place: --tcp PORT or --pty.")
    patient = ScriptedPatient(_scenario(scenario), seed)

    async def on_tcp(port: int) -> None:
        where = await DeviceHost(info.emulator, patient.vitals).listen(port)
        typer.echo(f"{info.title} at socket://127.0.0.1:{where}")
        await asyncio.Event().wait()

    async def on_pty() -> None:
        await serve_pty(info.emulator(), patient.vitals, lambda port: typer.echo(f"{info.title} at {port}"))

    try:
        asyncio.run(on_pty() if tcp is None else on_tcp(tcp))
    except OSError as error:
        refuse(f"The port cannot be used: {error.strerror}.")
    except KeyboardInterrupt:
        raise typer.Exit from None


def _scenario(path: Path | None) -> Scenario:
    if path is None:
        return Scenario()
    try:
        scenario = shape(tomllib.loads(path.read_text("utf-8")), Scenario)
        check_scenario(scenario)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, Misshapen, ImpossibleStep) as error:
        refuse(f"{path}: {error}")
    return scenario


@app.command()
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
    out: Annotated[Path, typer.Option(help="The folder for alarms.csv.")] = Path(),
    speed: Annotated[str, typer.Option(help="Times real time, or max.")] = "max",
    config: ConfigFile = HERE / "config.toml",
) -> None:
    """Run a recorded CSV through the alarm engine and write alarms.csv."""
    from monitor.clinic.alarms.overrides import with_overrides, written
    from monitor.clinic.alarms.policy import NOTHING_SPECIAL
    from monitor.clinic.alarms.rules import rules
    from monitor.replay.csv_record import RecordProblem, read
    from monitor.replay.run import replay as run
    from monitor.replay.run import write_alarms

    protocols = _load(config).protocols
    if protocol_id is not None and protocol_id not in protocols:
        refuse(f"There is no protocol {protocol_id}; known are {', '.join(protocols)}.")
    column, _, value = (row or "").partition("=")
    only = (column, value) if row else None
    try:
        limits = with_overrides(protocols[protocol_id].limits if protocol_id else {}, written(limit or []))
        rows = read(record, _columns(columns), only, measured)
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


@app.command()
def export(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="The session's id, as on its page.")],
    kind: Annotated[  # noqa: ARG001 - the form is the only one so far
        ExportFormat, typer.Option("--format", help="What of it: form, the monitoring form.")
    ],
    out: Annotated[Path, typer.Option(help="The file; it ends with .json or .pdf, which decides.")],
    data: DataFolder = DATA,
    config: ConfigFile = HERE / "config.toml",
) -> None:
    """Write one session of the record to a file."""
    from monitor.reports.export import ExportProblem
    from monitor.reports.export import export as write

    found = _load(config)
    try:
        said = write(session, out, data, found)
    except (ExportProblem, RecordError) as error:
        refuse(error)
    typer.echo(said)


@app.command()
def verify(data: DataFolder = DATA) -> None:
    """Check every checksum and the chain of events; name what is wrong."""
    from monitor.record.verify import verify as walk

    try:
        report = walk(data)
    except RecordError as error:
        refuse(error)
    for problem in report.problems:
        typer.echo(problem)
    typer.echo(
        f"{report.events} events, {report.sessions} sessions, {report.journal_rows} journal rows and "
        f"{report.chunks} chunks checked: {len(report.problems)} wrong"
    )
    if not report.sound:
        raise typer.Exit(1)


USAGE_ERROR: type[typer.BadParameter] = typer.BadParameter.__bases__[0]
"""What typer raises for a command line that does not fit; it is public only as the parent of one of its kinds."""


def main() -> None:
    """Run the command line. A mistake in it is one line, too."""
    try:
        code = app(standalone_mode=False)
    except USAGE_ERROR as error:
        typer.echo(" ".join(error.format_message().split()), err=True)
        code = BAD_INPUT
    except typer.Abort:
        code = 1
    sys.exit(code)


if __name__ == "__main__":
    main()
