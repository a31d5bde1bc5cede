"""Runs the service: ``python -m monitor.service --config F --data DIR``; ``app.py serve`` starts and watches it."""

from __future__ import annotations

import argparse
import logging
import signal
from pathlib import Path

from monitor.config import load
from monitor.lifeline import follow_parent
from monitor.service.bus import BusAddress
from monitor.service.service import Service


def main() -> None:
    """Run until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m monitor.service", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--speed", type=float, default=1.0)
    arguments = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="service: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    service = Service(load(arguments.config), arguments.data, BusAddress.load(arguments.data))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: service.stop())
    follow_parent()
    service.run(arguments.speed)


if __name__ == "__main__":
    main()
