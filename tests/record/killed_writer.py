"""Records seconds, events and seals as fast as it can and says what was acknowledged, until it is killed."""

from __future__ import annotations

import sys
from pathlib import Path

from devices.readings import SECOND
from monitor.record.writer import RecordWriter
from tests.record.examples import ROOM, note, second


def main(folder: Path, first: int) -> None:
    with RecordWriter(folder) as writer:
        for number in range(first, first + 100_000):
            at, entries = second(number)
            writer.append_second(at, entries)
            sys.stdout.write(f"second {number}\n")
            sys.stdout.flush()
            kept = writer.append_events([note(f"{number} a", at), note(f"{number} b", at)])
            sys.stdout.write(f"event {kept[-1].seq}\n")
            sys.stdout.flush()
            writer.seal_due(at)
            if number % 40 == 0:
                writer.seal_room(ROOM)
            if number % 25 == 0:
                writer.checkpoint()
            if number % 60 == 0:
                writer.seal_due(at + 300 * SECOND)


main(Path(sys.argv[1]), int(sys.argv[2]))
