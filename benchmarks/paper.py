"""What the chart of a session on paper costs: from the record to the bytes of the file."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.commit import disk_folder
from benchmarks.figures import Effort, Figure, Result, What, percentile
from devices.readings import SECOND, Metric, Micros, Numeric
from monitor.clinic.events import AnyEvent, CuffMeasured, DoseStarted, Phase, SessionEnded, SessionOpened
from monitor.clinic.treatment.events import InfusionStarted
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.reports.chart_pdf import chart_pdf
from monitor.reports.session_record import read_session

MEASURES = (What.PDF,)
CONFIG = Path(__file__).parent.parent / "config.toml"
START: Micros = 1_700_000_000 * SECOND
MINUTE: Micros = 60 * SECOND
LASTS_MIN, CUFF_MIN = 120, 5
SESSION, ROOM = "9" * 32, "1"


def measure(effort: Effort) -> Result:
    """Take the figure of ``MEASURES``: the time of this process alone, so that what else runs does not count."""
    config, taken = load(CONFIG), []
    with disk_folder() as folder:
        _record(folder)
        with RecordReader(folder) as reader:
            for _ in range(effort.rounds * 5):
                began = time.process_time()
                found = read_session(reader, config, SESSION, START + LASTS_MIN * MINUTE)
                size = 0 if found is None else len(chart_pdf(found))
                taken.append(time.process_time() - began)
    detail = f"CPU, longest {max(taken):.2f} s; {size / 1000:.0f} kB; SpO2, PR and RR every second"
    return Result([Figure(What.PDF, {"p50": percentile(taken, 50)}, detail)])


def _record(folder: Path) -> None:
    with RecordWriter(folder) as writer:
        writer.append_events(list(_events()))
        for second in range(LASTS_MIN * 60):
            at = START + second * SECOND
            values = {
                Metric.SPO2: 97 - second % 3 - (second % 1800 < 60) * 8,
                Metric.PR: 72 + second % 5,
                Metric.RR: 14 + second // 300 % 3,
            }
            numerics = [Numeric(metric, float(value), at, at, "oximeter") for metric, value in values.items()]
            writer.append_second(at, [(ROOM, SESSION, each) for each in numerics])


def _events() -> Iterator[AnyEvent]:
    def at(minutes: float) -> Micros:
        return START + round(minutes * MINUTE)

    yield SessionOpened(
        at=START,
        by="nurse 1",
        room=ROOM,
        session=SESSION,
        patient="P-00001",
        weight_kg=70,
        protocol="iv_ketamine",
        dose_mg=35,
        cuff_interval_s=CUFF_MIN * 60,
    )
    for minutes in range(2, LASTS_MIN, CUFF_MIN):
        if minutes == 2 + CUFF_MIN:
            yield InfusionStarted(
                at=at(minutes - 1),
                by="nurse 1",
                room=ROOM,
                session=SESSION,
                dose_mg=35,
                volume_ml=50,
                minutes=40,
                rate_ml_h=75,
                lot="K1",
            )
            yield DoseStarted(at=at(minutes - 1), by="nurse 1", room=ROOM, session=SESSION)
        yield CuffMeasured(
            at=at(minutes),
            by="cuff",
            room=ROOM,
            session=SESSION,
            measured_at=at(minutes),
            sys=round(130 + 20 * math.sin(minutes / 30)),
            dia=80,
            map=None,
            pr=70,
            source="cuff",
            simulated=False,
        )
    yield SessionEnded(at=at(LASTS_MIN), by="nurse 1", room=ROOM, session=SESSION, phase=Phase.DISCHARGED)
