"""Whole sessions with everything that real ones have, written into a record in a moment."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from devices.readings import SECOND, Metric, Micros, Numeric, Quality, Waveform
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnd,
    AlarmEnded,
    AlarmRaised,
    AnyEvent,
    CuffMeasured,
    DoseStarted,
    NoteWritten,
    Phase,
    PhaseEntered,
    PressureTaken,
)
from monitor.clinic.priority import Priority
from monitor.clinic.treatment.events import BolusGiven, DosingEnded, InfusionStarted, MedicineGiven
from monitor.clinic.treatment.scales import Scale
from monitor.record.journal import Entry
from monitor.record.writer import RecordWriter
from tests.reports.scripted import MINUTE, SESSION, assessed, at, cuff, ended, in_order, opened, signed, whole

LASTS_MIN = (-20, 125)
"""From the opening to the end, in minutes from the first dose."""
DESATURATION_MIN = (52, 54)
"""Down to 86 %."""
LOWEST = 86.0
DROP_OUT_MIN = (33, 33.5)
DOUBTFUL_MIN = (80, 81)
WAVE_HZ, WAVE_SEGMENT = 75.0, 25


def esketamine() -> list[AnyEvent]:
    """A whole session with alarms, a note, a medicine and a pressure by hand; not yet in order."""
    return [
        *whole(),
        NoteWritten(at=at(30), by="nurse 1", text="Comfortable, music on"),
        MedicineGiven(at=at(36), by="nurse 1", medicine="Ondansetron", dose="4 mg IV", given_at=at(28)),
        PressureTaken(at=at(66), by="nurse 1", measured_at=at(65), sys=138, dia=84, pr=72),
        *_alarm(52.6, 54.1, "SpO2.low", Priority.MEDIUM, "SpO₂ 88 < 90", 88, 90, seconds=35),
        *_alarm(53.0, 53.8, "SpO2.low.severe", Priority.HIGH, "SpO₂ 86 < 87", 86, 87, seconds=12),
        cuff(90, 136, 83, simulated=True),
        PhaseEntered(at=at(11), by="nurse 1", phase=Phase.MONITORING),
        PhaseEntered(at=at(90), by="nurse 1", phase=Phase.RECOVERY),
    ]


def infusion(dose_mg: float = 34, minutes: float = 40) -> list[AnyEvent]:
    """Ketamine into a vein, with a bolus; not yet in order."""
    start = InfusionStarted(
        at=at(0), by="nurse 1", dose_mg=dose_mg, volume_ml=50, minutes=minutes, rate_ml_h=75, lot="K77"
    )
    given = dose_mg + 5
    return [
        msgspec.structs.replace(opened(protocol="iv_ketamine", patient="K-0977"), dose_mg=dose_mg),
        cuff(-12, 130, 80),
        cuff(-5, 134, 84),
        assessed(-5, Scale.MOAAS, 5),
        start,
        PhaseEntered(at=at(0), by="nurse 1", phase=Phase.DOSING),
        DoseStarted(at=at(0), by="nurse 1"),
        *(cuff(each, 132 + 26 * math.sin(each / 30), 82 + 16 * math.sin(each / 30)) for each in range(5, 95, 10)),
        BolusGiven(at=at(20), by="Dr. 1", mg=5),
        DosingEnded(at=at(minutes), by="nurse 1", complete=True, mg=given),
        PhaseEntered(at=at(minutes), by="nurse 1", phase=Phase.MONITORING),
        assessed(15, Scale.CADSS6, 11),
        assessed(60, Scale.CADSS6, 1),
        PhaseEntered(at=at(70), by="nurse 1", phase=Phase.RECOVERY),
        signed(110),
        ended(110.5),
    ]


def _alarm(
    begin: float,
    end: float,
    condition: str,
    priority: Priority,
    text: str,
    value: float,
    limit: float,
    *,
    seconds: float,
) -> list[AnyEvent]:
    raised = AlarmRaised(
        at=at(begin),
        by="service",
        condition=condition,
        priority=priority,
        text=text,
        since=at(begin - 0.25),
        onset=at(begin),
        value=value,
        limit=limit,
    )
    taken = AlarmAcknowledged(at=at(begin + seconds / 60), by="nurse 1", condition=condition)
    over = AlarmEnded(at=at(end), by="service", condition=condition, how=AlarmEnd.CLEARED, ended=at(end))
    return [raised, taken, over]


def numerics(lasts: tuple[float, float] = LASTS_MIN, every_s: int = 1, seed: int = 7) -> Iterator[Numeric]:
    """Saturation, pulse, perfusion and respiration, with a desaturation, a drop-out and a minute in doubt."""
    chance = random.Random(seed)
    for second in range(round(lasts[0] * 60), round(lasts[1] * 60), every_s):
        minute = second / 60
        if DROP_OUT_MIN[0] <= minute < DROP_OUT_MIN[1]:
            continue
        moment = at(minute) + chance.randrange(40_000)
        doubtful = DOUBTFUL_MIN[0] <= minute < DOUBTFUL_MIN[1]
        quality = Quality.SIMULATED | (Quality.QUESTIONABLE if doubtful else Quality.OK)
        values = {
            Metric.SPO2: 71.0 if doubtful else _saturation(minute, chance),
            Metric.PR: round(72 + 10 * math.exp(-(((minute - 30) / 25) ** 2)) + chance.gauss(0, 1)),
            Metric.PI: round(3 + 0.5 * math.sin(minute / 9), 1),
            Metric.RR: round(14 + 2 * math.sin(minute / 7)),
        }
        for metric, value in values.items():
            yield Numeric(metric, value, moment, moment, "oximeter", quality)


def _saturation(minute: float, chance: random.Random) -> float:
    first, last = DESATURATION_MIN
    if first <= minute < last:
        depth = math.sin((minute - first) / (last - first) * math.pi)
        return max(LOWEST, round(97 - 12 * depth))
    return float(chance.choice((96, 97, 97, 97, 98)))


def pleth(lasts: tuple[float, float]) -> Iterator[Waveform]:
    """A wave in segments that follow each other."""
    length: Micros = round(WAVE_SEGMENT / WAVE_HZ * SECOND)
    start, number = at(lasts[0]), 0
    while start + length <= at(lasts[1]):
        places = range(number * WAVE_SEGMENT, (number + 1) * WAVE_SEGMENT)
        samples = tuple(round(128 + 100 * math.sin(2 * math.pi * 1.2 * place / WAVE_HZ)) for place in places)
        yield Waveform(Metric.PLETH, start, WAVE_HZ, samples, 255, "oximeter", Quality.SIMULATED)
        start, number = start + length, number + 1


def cuff_numerics(events: Sequence[AnyEvent]) -> Iterator[Numeric]:
    """The numbers of the cuff readings, as a device gives them."""
    for event in events:
        if isinstance(event, CuffMeasured):
            values = {Metric.SYS: event.sys, Metric.DIA: event.dia, Metric.MAP: event.map, Metric.PR_NIBP: event.pr}
            quality = Quality.SIMULATED if event.simulated else Quality.OK
            for metric, value in values.items():
                if value is not None:
                    yield Numeric(metric, value, event.at, event.measured_at, event.source, quality)


def record_lifelike(
    folder: Path,
    events: Sequence[AnyEvent] | None = None,
    session: str = SESSION,
    room: str = "1",
    waves_min: tuple[float, float] | None = None,
    later: Micros = 0,
    seed: int = 7,
) -> list[AnyEvent]:
    """Keep a session, by itself the esketamine one; with its wave for those minutes; all of it ``later`` by so much.
    Returns its events as they are in the record.
    """
    told = in_order(esketamine() if events is None else events, session, room)
    shifted = [later_by(msgspec.structs.replace(event, seq=0), later) for event in told]
    measured: list[Numeric | Waveform] = [*numerics(seed=seed), *cuff_numerics(told)]
    measured += pleth(waves_min) if waves_min is not None else []
    with RecordWriter(folder) as writer:
        kept = writer.append_events(shifted)
        for moment, entries in _by_five_minutes(measured, session, room, later):
            writer.append_second(moment, entries)
            writer.seal_room(room)
    return kept


def _by_five_minutes(
    measured: Sequence[Numeric | Waveform], session: str, room: str, later: Micros
) -> Iterator[tuple[Micros, list[Entry]]]:
    window: Micros = 5 * MINUTE
    entries: dict[Micros, list[Entry]] = {}
    for reading in measured:
        shifted = later_by(reading, later)
        moment = shifted.at if isinstance(shifted, Numeric) else shifted.start
        entries.setdefault(moment // window, []).append((room, session, shifted))
    for number in sorted(entries):
        yield (number + 1) * window, entries[number]


_Thing = TypeVar("_Thing", bound=msgspec.Struct)
TIMES = ("at", "measured_at", "given_at", "since", "onset", "ended", "until", "start", "end", "onset_at", "resolved_at")


def later_by(thing: _Thing, later: Micros) -> _Thing:
    """The same, so much later."""
    moved = {
        name: value + later
        for name in TIMES
        if name in thing.__struct_fields__ and (value := getattr(thing, name)) is not None
    }
    return msgspec.structs.replace(thing, **moved)
