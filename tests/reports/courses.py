"""Sessions of several patients that differ in what a comparison shows: dose, rise in pressure, dissociation, times."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import msgspec

from devices.readings import SECOND, Micros
from monitor.clinic.events import AnyEvent, DoseStarted, Phase, PhaseEntered, PressureTaken
from monitor.clinic.treatment.events import DosingEnded, ReadinessReached, Stage
from monitor.clinic.treatment.scales import Scale
from monitor.record.writer import RecordWriter
from tests.reports.lifelike import later_by
from tests.reports.scripted import assessed, at, cuff, device, ended, in_order, opened, signed

DAY: Micros = 86_400 * SECOND
PEAK_MIN = 40
"""When the pressure is highest."""


def nasal(
    patient: str, devices: int = 3, rise: float = 22, cadss: int = 11, ready: float = 120, *, simulated: bool = False
) -> list[AnyEvent]:
    """A whole esketamine session whose systolic pressure rises from 128 by so much; not yet in order."""
    mg = 28 * devices
    return [
        msgspec.structs.replace(opened(patient=patient), dose_mg=mg),
        cuff(-12, 128, 79, simulated=simulated),
        cuff(-6, 128, 79, simulated=simulated),
        assessed(-5, Scale.MOAAS, 5),
        *(device(number + 1, 5 * number) for number in range(devices)),
        PhaseEntered(at=at(0), by="nurse 1", phase=Phase.DOSING),
        DoseStarted(at=at(0), by="nurse 1", given_at=at(0)),
        DosingEnded(at=at(5 * devices), by="nurse 1", complete=True, mg=mg),
        *(cuff(each, *_pressure(each, rise), simulated=simulated) for each in range(10, 121, 10)),
        PressureTaken(at=at(66), by="nurse 1", measured_at=at(65), sys=_pressure(65, rise)[0] + 2, dia=84, pr=72),
        assessed(15, Scale.MOAAS, 4),
        assessed(20, Scale.CADSS6, cadss - cadss // 3),
        assessed(40, Scale.CADSS6, cadss),
        assessed(55, Scale.MOAAS, 5),
        assessed(70, Scale.CADSS6, min(cadss, 2)),
        assessed(100, Scale.CADSS6, 0),
        ReadinessReached(at=at(75), by="service", stage=Stage.STABLE),
        ReadinessReached(at=at(ready), by="service", stage=Stage.READY),
        signed(ready + 4),
        ended(ready + 5),
    ]


def _pressure(minute: float, rise: float) -> tuple[float, float]:
    there = rise * math.exp(-(((minute - PEAK_MIN) / 28) ** 2))
    return round(128 + there), round(79 + 0.55 * there)


def record_events(folder: Path, sessions: Sequence[tuple[str, Sequence[AnyEvent], Micros]]) -> None:
    """Keep the events alone of sessions, each with its id and how much later it was."""
    with RecordWriter(folder) as writer:
        for session, events, later in sessions:
            told = in_order(events, session)
            writer.append_events([later_by(msgspec.structs.replace(each, seq=0), later) for each in told])


def clinic_of(count: int, *, simulated: bool = False) -> list[tuple[str, Sequence[AnyEvent], Micros]]:
    """So many patients with a session each, whose rises are 0, 1, 2, ... mmHg and who are ready after 120, 121, ..."""
    return [
        (f"c11{number:05x}", nasal(f"C-{number}", rise=number, ready=120 + number, simulated=simulated), number * DAY)
        for number in range(count)
    ]
