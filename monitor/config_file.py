"""The clinic's configuration as an option of the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from monitor.config import Config, ConfigError, load
from monitor.terminal import HOUSE, refuse

CONFIG = HOUSE / "config.toml"

ConfigFile = Annotated[Path, typer.Option("--config", help="The clinic's configuration.")]


def load_config(path: Path) -> Config:
    """The configuration; one that cannot be used ends the command."""
    try:
        return load(path)
    except ConfigError as error:
        refuse(error)
