from __future__ import annotations

import random
import sys
from itertools import islice
from pathlib import Path
from subprocess import PIPE, Popen

from devices.readings import Metric
from monitor.clinic.events import NoteWritten
from monitor.record.reader import RecordReader
from monitor.record.verify import verify
from monitor.record.writer import RecordWriter
from tests.record.examples import HOUSE, SESSION, opened

KILLS = 20


def acknowledged_before_a_kill(folder: Path, first: int, after_lines: int) -> tuple[int, int]:
    """Start a writer at a second, kill it after it has acknowledged some lines: its last second and event."""
    last = {"second": first - 1, "event": 0}
    with Popen(
        [sys.executable, "-m", "tests.record.killed_writer", folder, str(first)], stdout=PIPE, text=True, cwd=HOUSE
    ) as child:
        assert child.stdout is not None
        lines = list(islice(child.stdout, after_lines))
        child.kill()
        lines += [line for line in child.stdout if line.endswith("\n")]
    for line in lines:
        what, number = line.split()
        last[what] = int(number)
    return last["second"], last["event"]


def test_a_killed_service_loses_nothing_it_acknowledged_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    chance = random.Random(20)
    with RecordWriter(tmp_path) as writer:
        writer.append_events([opened()])
    first = 0
    with RecordReader(tmp_path) as reader:
        for kill in range(KILLS):
            second, event = acknowledged_before_a_kill(tmp_path, first, chance.randrange(2, 160))
            assert second >= first, "the writer did not get to record anything"
            numbers = (reader.numerics(SESSION, Metric.SPO2).value * 100).round().astype(int).tolist()
            waves = reader.waveform(SESSION, Metric.PLETH)
            events = reader.events()
            assert numbers[: second + 1] == list(range(second + 1)), f"kill {kill}: a second is lost or doubled"
            assert len(numbers) in (second + 1, second + 2), "more than the second under way was kept"
            assert waves.samples.tolist() == [number % 256 for number in numbers for _ in range(3)]
            assert [kept.seq for kept in events] == list(range(1, len(events) + 1))
            assert len(events) >= event, f"kill {kill}: an acknowledged event is lost"
            notes = [kept.text for kept in events if isinstance(kept, NoteWritten)]
            assert [note.split()[1] for note in notes] == ["a", "b"] * (len(notes) // 2), "half a transaction was kept"
            first = len(numbers)
    assert verify(tmp_path).problems == []
