"""Runs the measurements and writes the page: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks import board, bulk, commit, disk, engine, live, machine, paper, report, sessions
from benchmarks.figures import QUICK, WHOLE, Effort, NotMeasured, Result, What, unmeasured

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"


class Measurement(NamedTuple):
    """One measurement and the figures that it takes."""

    measure: Callable[[Effort], Result]
    takes: Sequence[What]


MEASUREMENTS = {
    "live": Measurement(live.measure, live.MEASURES),
    "board": Measurement(board.measure, board.MEASURES),
    "commit": Measurement(commit.measure, commit.MEASURES),
    "disk": Measurement(disk.measure, disk.MEASURES),
    "engine": Measurement(engine.measure, engine.MEASURES),
    "sessions": Measurement(sessions.measure, sessions.MEASURES),
    "paper": Measurement(paper.measure, paper.MEASURES),
    "bulk": Measurement(bulk.measure, bulk.MEASURES),
}


def main() -> None:
    """Measure, print, and after a whole run leave the page in docs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Chairside against its budgets.")
    parser.add_argument("--quick", action="store_true", help="two minutes instead of eight; less certain")
    parser.add_argument("--only", choices=MEASUREMENTS, help="one measurement")
    given = parser.parse_args()
    chosen = [given.only] if given.only else list(MEASUREMENTS)
    described = machine.described()
    results = []
    for name in chosen:
        print(f"{name} ...", file=sys.stderr, flush=True)
        results.append(_taken(MEASUREMENTS[name], QUICK if given.quick else WHOLE))
    page = report.page(described, results)
    print(page)
    if not given.quick and not given.only:
        PAGE.write_text(page, "utf-8")
        print(f"written to {PAGE}", file=sys.stderr)


def _taken(measurement: Measurement, effort: Effort) -> Result:
    try:
        return measurement.measure(effort)
    except (NotMeasured, OSError) as error:
        return unmeasured(measurement.takes, str(error))


if __name__ == "__main__":
    main()
