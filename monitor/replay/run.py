"""Runs recorded numbers through the alarm engine and lists the alarms."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from devices.readings import METRICS, SECOND, Metric, Micros
from monitor.clinic.alarms.episodes import Episode
from monitor.clinic.alarms.policy import NOTHING_SPECIAL, AlarmPolicy
from monitor.clinic.alarms.rules import Rule
from monitor.clinic.alarms.trial import Recorded, trial
from monitor.clinic.alarms.watches import STREAM_HOLD
from monitor.replay.csv_record import Row
from monitor.replay.cuff import new_readings

HEADER = ("condition", "priority", "onset_s", "end_s", "value", "limit")


def replay(
    rows: Sequence[Row],
    rules: Iterable[Rule],
    policy: AlarmPolicy = NOTHING_SPECIAL,
    wait: Callable[[Micros], None] = lambda _: None,
) -> list[Episode]:
    """Feed the rows to the engine, in order. ``wait`` is called with each row's time before it is fed.

    A row's values stand for the record's period, the shortest time between two rows that hold more than a cuff's
    reading; after that the engine's hold runs.
    """
    streams = [row.at for row in rows if any(not METRICS[metric].episodic for metric in row.values)]
    period = min((b - a for a, b in pairwise(streams or [row.at for row in rows])), default=SECOND)
    return trial(_values(new_readings(rows), period, wait), rows[-1].at + period, rules, policy)


def _values(rows: Iterable[Row], period: Micros, wait: Callable[[Micros], None]) -> Iterator[Recorded]:
    for row in rows:
        wait(row.at)
        for at in range(row.at, row.at + period, STREAM_HOLD):
            # A record of one line in many seconds has no holes: its values are said again before they count as missing.
            for metric, value in sorted(row.values.items(), key=_index_first):
                if not (METRICS[metric].episodic and (value is None or at > row.at)):
                    yield Recorded(at, metric, value)


def _index_first(value: tuple[Metric, float | None]) -> bool:
    """The perfusion index says how much the other values of its line count, so it goes before them."""
    return value[0] is not Metric.PI


def write_alarms(episodes: Sequence[Episode], folder: Path) -> Path:
    """Write ``alarms.csv`` into the folder, whole or not at all."""
    folder.mkdir(parents=True, exist_ok=True)
    path, half_written = folder / "alarms.csv", folder / ".alarms.csv.part"
    try:
        with half_written.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER)
            writer.writerows(_cells(episode) for episode in episodes)
        os.replace(half_written, path)  # noqa: PTH105 - Path.replace is the same call under a less telling name
    except OSError:
        with suppress(OSError):
            half_written.unlink()
        raise
    return path


def _cells(episode: Episode) -> tuple[object, ...]:
    raised = episode.raised
    assert episode.ended is not None  # noqa: S101 - a replay ends all its alarms
    onset, end = raised.onset / SECOND, episode.ended.ended / SECOND
    return raised.condition, raised.priority, f"{onset:.15g}", f"{end:.15g}", raised.value, raised.limit
