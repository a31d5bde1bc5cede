"""What all commands of the command line share: where things are, and how a mistake is told."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

BAD_INPUT = 2
HOUSE = Path(__file__).parent.parent
DATA = HOUSE / "data"

DataFolder = Annotated[Path, typer.Option("--data", help="The folder that holds the record.")]


@contextmanager
def tidied_when_ended() -> Iterator[None]:
    """Let the command clean up after itself when it is told to end, or its terminal is closed."""
    ends = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {each: signal.getsignal(each) for each in ends}
    try:
        for each in ends:
            if before[each] is not signal.SIG_IGN:  # As nohup wants it.
                signal.signal(each, _end)
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _end(number: int, _: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)


def refuse(problem: object) -> NoReturn:
    """End the command with one line that says what is wrong."""
    typer.echo(" ".join(str(problem).splitlines()), err=True)
    raise typer.Exit(BAD_INPUT)
