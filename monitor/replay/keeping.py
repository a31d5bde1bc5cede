"""Keeps a replayed recording as a session of the record, to be looked at, printed and sent as any other."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import msgspec

from devices.readings import METRICS, SECOND, Metric, Micros, Numeric, Quality, Waveform, plausible
from monitor.clinic.alarms.episodes import Episode
from monitor.clinic.alarms.limits import MetricLimits
from monitor.clinic.alarms.overrides import Setting, setting_of
from monitor.clinic.events import AnyEvent, CuffMeasured, LimitChange, LimitsChanged, Phase, SessionEnded, SessionOpened
from monitor.record.journal import Entry, Measurement
from monitor.record.writer import RecordWriter
from monitor.replay.csv_record import Row
from monitor.replay.cuff import new_readings

ROOM = "replay"
BY = "replay"
AT_ONCE: Micros = 300 * SECOND
UNKNOWN = 0.0
"""A recording says nothing of weight and dose."""


class Recording(NamedTuple):
    """What is played: ``source`` its name, ``start`` when its second 0 is said to have been."""

    rows: Sequence[Row]
    waves: Sequence[Waveform]
    alarms: Sequence[Episode]
    source: str
    patient: str
    protocol: str
    limits: Sequence[LimitChange]
    start: Micros


def patient_code(file: Path) -> str:
    """A code as the house has them, made of a file's name."""
    return re.sub(r"[^A-Za-z0-9.-]+", "-", file.name.split(".")[0])[:32].strip("-. ") or "replay"


def limit_changes(profile: Mapping[Metric, MetricLimits], settings: Mapping[str, Setting]) -> list[LimitChange]:
    """The settings, over a protocol's limits, as the record has them; what is no number is left out."""
    return [
        LimitChange(key, setting_of(profile, key), value)
        for key, value in settings.items()
        if not isinstance(value, str)
    ]


def keep(recording: Recording, folder: Path) -> str:
    """Write the session into the record in ``folder``; returns its id. All of it is marked as simulated: it was played,
    not measured now.

    Raises: RecordError.
    """
    session = uuid.uuid4().hex
    rows = list(new_readings(recording.rows))
    shifted = [_moved(event, session, recording.start) for event in _events(recording, rows)]
    with RecordWriter(folder) as writer:
        writer.append_events(shifted[:-1])
        for moment, entries in _windows(_measured(recording, rows), session, recording.start):
            writer.append_second(moment, entries)
            writer.seal_room(ROOM)
        writer.append_events(shifted[-1:])
    return session


def _events(recording: Recording, rows: Sequence[Row]) -> list[AnyEvent]:
    """In the recording's own time."""
    first, last = rows[0].at, rows[-1].at + SECOND
    opened = SessionOpened(
        at=first,
        by=BY,
        patient=recording.patient,
        weight_kg=UNKNOWN,
        protocol=recording.protocol,
        dose_mg=UNKNOWN,
        cuff_interval_s=None,
        warnings=(f"replay of {recording.source}",),
        simulated=True,
    )
    events: list[AnyEvent] = [event for row in rows if (event := _reading(row, recording.source)) is not None]
    for episode in recording.alarms:
        told = (episode.raised, episode.latched, episode.ended)
        events += [event for event in told if event is not None]
    if recording.limits:
        events.insert(0, LimitsChanged(at=first, by=BY, changes=list(recording.limits), why="by hand"))
    ended = SessionEnded(at=last, by=BY, phase=Phase.ABORTED, reason="end of the recording")
    return [
        opened,
        *sorted(events, key=lambda event: event.at),
        msgspec.structs.replace(ended, at=_latest(last, events)),
    ]


def _latest(last: Micros, events: Iterable[AnyEvent]) -> Micros:
    return max([last, *(event.at for event in events)])


def _reading(row: Row, source: str) -> CuffMeasured | None:
    sys, dia = row.values.get(Metric.SYS), row.values.get(Metric.DIA)
    if sys is None or dia is None:
        return None
    return CuffMeasured(
        at=row.at,
        by=BY,
        measured_at=row.at if row.measured_at is None else row.measured_at,
        sys=sys,
        dia=dia,
        map=row.values.get(Metric.MAP),
        pr=row.values.get(Metric.PR_NIBP),
        source=source,
        simulated=True,
    )


def _measured(recording: Recording, rows: Sequence[Row]) -> Iterator[Measurement]:
    for row in rows:
        for metric, value in row.values.items():
            # A cuff has no value between two readings; an empty cell of a stream is a value that is missing.
            if value is not None or not METRICS[metric].episodic:
                possible = None if value is None else plausible(metric, value)
                measured_at = row.measured_at if row.measured_at is not None and METRICS[metric].episodic else row.at
                yield Numeric(metric, possible, row.at, measured_at, recording.source, Quality.SIMULATED)
    yield from recording.waves


def _windows(measured: Iterable[Measurement], session: str, start: Micros) -> Iterator[tuple[Micros, list[Entry]]]:
    """What is kept together, in order."""
    windows: dict[int, list[Entry]] = {}
    for reading in measured:
        shifted = _shifted(reading, start)
        moment = shifted.at if isinstance(shifted, Numeric) else shifted.start
        windows.setdefault(moment // AT_ONCE, []).append((ROOM, session, shifted))
    for number in sorted(windows):
        yield (number + 1) * AT_ONCE, windows[number]


def _shifted(reading: Measurement, start: Micros) -> Measurement:
    if isinstance(reading, Numeric):
        return msgspec.structs.replace(reading, at=reading.at + start, measured_at=reading.measured_at + start)
    return msgspec.structs.replace(reading, start=reading.start + start)


TIMES = ("at", "measured_at", "since", "onset", "ended")


def _moved(event: AnyEvent, session: str, start: Micros) -> AnyEvent:
    """The event in the clinic's time and of the session."""
    times = {name: getattr(event, name) + start for name in TIMES if name in event.__struct_fields__}
    moved: AnyEvent = msgspec.structs.replace(event, seq=0, room=ROOM, session=session, **times)
    return moved
