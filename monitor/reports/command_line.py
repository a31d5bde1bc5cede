"""``app.py export``: sessions of the record as files, or to a receiver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from devices.readings import Micros
from monitor.config import Config
from monitor.config_file import CONFIG, ConfigFile, load_config
from monitor.record.errors import RecordError
from monitor.reports.clinic_time import midnight
from monitor.reports.kinds import MEANINGS, Format
from monitor.terminal import DATA, DataFolder, refuse, tidied_when_ended

if TYPE_CHECKING:
    from monitor.clinic.monitoring_form.fields import MonitoringForm
    from monitor.record.reader import RecordReader
    from monitor.reports.export import Kept, Outcome, Written
    from monitor.reports.reserve import Reserve
    from monitor.reports.sending import Sent

FORMS = {Format.FORM, Format.FORM_JSON}
FAULT = 1
FORMATS = "; ".join(f"{kind}: {meaning}" for kind, meaning in MEANINGS.items())


def _place(text: str) -> Path:
    if not text.strip():
        refuse("--out: give the name of a file or folder.")
    return Path(text)


def export(
    kind: Annotated[Format, typer.Option("--format", help=f"What of them. {FORMATS}.")],
    out: Annotated[
        Path | None,
        typer.Option(parser=_place, metavar="FILE", help="The file; of several sessions a folder or a .zip."),
    ] = None,
    send: Annotated[
        str | None, typer.Option(metavar="HOST:PORT", help="Send hl7 to this MLLP receiver instead.")
    ] = None,
    sessions: Annotated[
        list[str] | None, typer.Argument(metavar="[SESSION]...", help="Their ids, as on their pages.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="All sessions of the record.")] = False,
    since: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="From this day on.")] = None,
    until: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Up to this day, included.")] = None,
    patient: Annotated[str | None, typer.Option(help="Of the patient with this code.")] = None,
    data: DataFolder = DATA,
    config: ConfigFile = CONFIG,
) -> None:
    """Write sessions of the record to files: one that is named to a file, several to a folder or a .zip."""
    from monitor.reports.export import ExportProblem, Fault, export_one, record_in
    from monitor.reports.reserve import Reserve
    from monitor.reports.sending import receiver, send_all, send_one

    if (out is None) == (send is None):
        refuse("Say where to: --out FILE, or with --format hl7 --send HOST:PORT.")
    if send is not None and kind is not Format.HL7:
        refuse("--send: only --format hl7 can be sent.")

    named = list(dict.fromkeys(sessions or []))
    chosen = every or since is not None or until is not None or patient is not None
    if bool(named) == chosen:
        refuse("Name the sessions, or choose them with --all, --since, --until or --patient.")
    if out is not None and len(named) != 1:
        _demand_place_for_several(out)
    days = _first_moment("--since", since), _first_moment("--until", until, timedelta(days=1))
    found = load_config(config)
    try:
        with tidied_when_ended(), record_in(data) as reader:
            ids = named or reader.session_ids(*days, patient)
            if not ids:
                raise ExportProblem("No session is like that. Nothing was done.")
            if out is None:
                to = receiver(send or "")
                one = len(named) == 1
                _tell_sent([send_one(reader, found, ids[0], to)] if one else send_all(reader, found, ids, to), len(ids))
            elif len(named) == 1:
                _tell(kind, export_one(reader, found, named[0], kind, out, Reserve(data)))
            else:
                _many(reader, found, ids, kind, out, Reserve(data))
    except Fault as fault:
        typer.echo(fault, err=True)
        raise typer.Exit(FAULT) from fault
    except (ExportProblem, RecordError) as error:
        refuse(error)


def _tell(kind: Format, written: Written) -> None:
    """The files of a session; of a form also whose it is and what is missing on it; and what is damaged and lost."""
    form = written.found.form if kind in FORMS else None
    for path in written.paths:
        typer.echo(path if form is None else f"{path}: {form_words(form)}")
    for line in written.found.damaged:
        typer.echo(f"Damaged, and missing in the file: {line}", err=True)


def form_words(form: MonitoringForm) -> str:
    """Whose form it is, and what is missing on it."""
    mark = "" if form.finished else ", not finished"
    count, names = len(form.missing), ", ".join(form.missing)
    missing = f"{count} fields are missing: {names}" if count else "nothing missing"
    return f"monitoring form of {form.patient.code}{mark}; {missing}"


def _tell_sent(outcomes: Iterable[Sent | Kept], asked: int) -> None:
    """A line for each session that was sent or kept back, what is damaged of it, and how many of those that were asked
    for were not tried; ends with 1 when any of that is not as it should be.
    """
    from monitor.reports.export import Kept

    well, tried = True, 0
    for outcome in outcomes:
        tried += 1
        if isinstance(outcome, Kept):
            typer.echo(outcome.why, err=True)
            well = False
            continue
        typer.echo(str(outcome), err=not outcome.whole)
        for line in outcome.damaged:
            typer.echo(f"Damaged, and missing in the messages: {line}", err=True)
        well &= outcome.whole and not outcome.damaged
    if left := asked - tried:
        typer.echo(f"{left} more {'session was' if left == 1 else 'sessions were'} not tried.", err=True)
    if left or not well:
        raise typer.Exit(FAULT)


def _demand_place_for_several(out: Path) -> None:
    """Who chooses sessions by what they are like gets a folder or a .zip also when there happens to be one only, so
    that the same command does the same on another day.
    """
    looks_like_file = out.suffix[1:2].isalpha() and out.suffix.lower() != ".zip"
    if looks_like_file and not out.is_dir():
        refuse(f"{out}: several sessions go into a folder or a .zip; give the name of one.")


def _first_moment(option: str, day: datetime | None, later: timedelta = timedelta()) -> Micros | None:
    """When a day that was given begins, or one that is so much later."""
    if day is None:
        return None
    try:
        return midnight((day + later).date())
    except (ValueError, OverflowError, OSError):
        refuse(f"{option} {day.date()}: there is no record of such a day; give another.")


def _many(
    reader: RecordReader, config: Config, sessions: Sequence[str], kind: Format, out: Path, reserve: Reserve
) -> None:
    from monitor.reports.export import export_many, problem_of

    problems: list[str] = []
    with _progress(len(sessions)) as step:

        def told(outcome: Outcome) -> None:
            step()
            if problem := problem_of(outcome):
                problems.append(problem)

        export_many(reader, config, sessions, kind, out, reserve, told)
    for problem in problems:
        typer.echo(problem, err=True)
    typer.echo(f"{len(sessions)} sessions asked for, {len(problems)} with a problem, in {out}")
    if problems:
        raise typer.Exit(FAULT)


@contextmanager
def _progress(total: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal; nothing where nobody looks."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("Exporting", total=total)
        yield lambda: progress.advance(task)
