"""What all commands of the command line share: where things are, and how a mistake is told."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, NoReturn

import typer

BAD_INPUT = 2
HOUSE = Path(__file__).parent.parent
DATA = HOUSE / "data"

DataFolder = Annotated[Path, typer.Option("--data", help="The folder that holds the record.")]


def refuse(problem: object) -> NoReturn:
    """End the command with one line that says what is wrong."""
    typer.echo(" ".join(str(problem).splitlines()), err=True)
    raise typer.Exit(BAD_INPUT)
