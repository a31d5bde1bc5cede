"""Runs recorded numbers through the alarm engine and lists the alarms."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from devices.readings import METRICS, SECOND, Metric, Micros, Quality
from monitor.clinic.alarms.engine import AlarmEngine, AlarmEvent
from monitor.clinic.alarms.limits import MetricLimits, rules
from monitor.clinic.alarms.watches import STREAM_HOLD
from monitor.clinic.events import AlarmEnded, AlarmRaised
from monitor.replay.csv_record import Row

HEADER = ("condition", "priority", "onset_s", "end_s", "value", "limit")


@dataclass(frozen=True)
class Episode:
    """One alarm from raise to end."""

    raised: AlarmRaised
    ended: AlarmEnded


def replay(rows: Sequence[Row], limits: Mapping[Metric, MetricLimits], wait: Callable[[Micros], None]) -> list[Episode]:
    """Feed the rows to the engine, in order. ``wait`` is called with each row's time before it is fed.

    A row's values stand for the record's period, the shortest time between two rows; after that the engine's hold runs.
    """
    engine = AlarmEngine("replay", "replay", rules(limits))
    events: list[AlarmEvent] = []
    period = min((b.at - a.at for a, b in pairwise(rows)), default=SECOND)
    for row in rows:
        wait(row.at)
        for at in range(row.at, row.at + period, STREAM_HOLD):
            # A record of one line in many seconds has no holes: its values are said again before they count as missing.
            events += _observe(engine, row, at)
    end = rows[-1].at + period
    events += engine.tick(end)
    events += engine.end_all(end)
    return _paired(events)


def _observe(engine: AlarmEngine, row: Row, at: Micros) -> list[AlarmEvent]:
    events = engine.tick(at)
    for metric, value in row.values.items():
        if METRICS[metric].episodic and (value is None or at > row.at):
            continue
        events += engine.observe(metric, value, Quality.OK, at)
    return events


def _paired(events: Sequence[AlarmEvent]) -> list[Episode]:
    open_alarms: dict[str, AlarmRaised] = {}
    episodes = []
    for event in events:
        if isinstance(event, AlarmRaised):
            open_alarms[event.condition] = event
        elif isinstance(event, AlarmEnded):
            episodes.append(Episode(open_alarms.pop(event.condition), event))
    return sorted(episodes, key=lambda episode: (episode.raised.onset, episode.raised.condition))


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
    onset, end = raised.onset / SECOND, episode.ended.ended / SECOND
    return raised.condition, raised.priority, f"{onset:.15g}", f"{end:.15g}", raised.value, raised.limit
