"""Chairside's command line."""

from __future__ import annotations

import asyncio
import csv
import logging
import os
import sys
import tomllib
from contextlib import nullcontext, suppress
from pathlib import Path
from typing import Annotated

import typer

from devices.adapter import ProtocolInfo
from devices.capture import decode_capture
from devices.readings import METRICS, Quality
from devices.registry import PROTOCOLS, UnknownProtocol, protocol
from devices.simulation.host import DeviceHost, serve_pty
from devices.simulation.scenario import ImpossibleStep, Scenario, ScriptedPatient
from devices.simulation.scenario import check as check_scenario
from monitor.config_file import CONFIG, ConfigFile, load_config
from monitor.people.command_line import users
from monitor.record.errors import RecordError
from monitor.replay.command_line import replay
from monitor.reports.command_line import export
from monitor.service.messages import FASTEST
from monitor.shaping import Misshapen, shape
from monitor.terminal import BAD_INPUT, DATA, DataFolder, refuse

app = typer.Typer(
    help="Chairside: in-session vital-signs monitoring for ketamine and esketamine clinics.",
    no_args_is_help=False,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(users, name="users")
app.command()(replay)
app.command()(export)


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
    config: ConfigFile = CONFIG,
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
    found = load_config(config)
    if speed > 1 and found.why_never_fast:
        refuse(f"--speed {speed:g}: {found.why_never_fast}")
    try:
        supervisor.run(found, data, host, port, speed)
    except (RecordError, supervisor.PortTaken, OSError) as error:
        refuse(error)


@app.command("check-config")
def check_config(config: ConfigFile = CONFIG) -> None:
    """Check the configuration and its protocols, and say what they make."""
    found = load_config(config)
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
