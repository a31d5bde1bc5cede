"""Carries out the order that comes in as a line: ``python -m monitor.reports``; a line goes out for each session."""

from __future__ import annotations

import logging
import os
import sys

import msgspec

from monitor.lifeline import follow_parent
from monitor.record.errors import RecordError
from monitor.reports.export import ExportProblem, Outcome, export_many, problem_of, record_in
from monitor.reports.order import Failure, Step, decode
from monitor.reports.reserve import Reserve


def main() -> None:
    """Write what is asked for; the screens come first."""
    logging.basicConfig(format="export: %(message)s")
    os.nice(10)
    # Unbuffered, so that nothing of the pipe is lost to the one that watches it afterwards.
    with open(0, "rb", buffering=0, closefd=False) as file:
        order = decode(file.readline())
    follow_parent()

    def told(outcome: Outcome) -> None:
        _say(Step(problem_of(outcome)))

    try:
        with record_in(order.folder) as reader:
            reserve = Reserve(order.folder, order.reserve)
            export_many(reader, order.config, order.sessions, order.kind, order.out, reserve, told)
    except (ExportProblem, RecordError) as error:
        _say(Failure(str(error)))


def _say(what: Step | Failure) -> None:
    sys.stdout.buffer.write(msgspec.json.encode(what) + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
