"""What a page of a long list of sessions costs the server, whatever is looked for and however it is ordered."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec
import numpy as np
from sqlalchemy import insert

from benchmarks.commit import disk_folder
from benchmarks.figures import Effort, Figure, Result, What, percentile
from devices.readings import SECOND, Metric, Micros, Numeric
from monitor.clinic.events import AnyEvent, CuffMeasured, DoseStarted, Phase, SessionEnded, SessionOpened
from monitor.clinic.treatment.events import Signed
from monitor.config import load
from monitor.record import schema
from monitor.record.database import writing_engine
from monitor.record.finding import SORT_KEYS
from monitor.record.glance import Glance, Material, glance
from monitor.record.reader import RecordReader
from monitor.record.series import Series
from monitor.record.sessions import SessionRow, summary_after
from monitor.record.writer import RecordWriter
from monitor.reports.clinic_time import day, iso_day
from monitor.web.markup import lighten
from monitor.web.session_search import search_of, wanted
from monitor.web.session_tables import sessions_table
from monitor.web.sessions_desk import PAGE_LENGTH

MEASURES = (What.SESSIONS,)
CONFIG = Path(__file__).parent.parent / "config.toml"
START: Micros = 1_700_000_000 * SECOND
HOUR: Micros = 3600 * SECOND
SESSIONS, KINDS = 10_000, 40
END = START + SESSIONS * HOUR
QUESTIONS: dict[str, dict[str, str]] = {
    "usual order": {},
    "last page": {"page": str(SESSIONS // PAGE_LENGTH)},
    "code": {"patient": "099"},
    "month": {"from": iso_day(END - 60 * 24 * HOUR), "to": iso_day(END - 30 * 24 * HOUR)},
    "drug": {"protocol": "drug:Esketamine"},
    "room": {"room": "3"},
    "high alarms": {"alarms": "high"},
    "forms due": {"form": "due", "sort": "form"},
    "to sign": {"signature": "to_sign"},
    "all at once": {
        "patient": "0",
        "from": iso_day(START),
        "to": iso_day(END),
        "protocol": "esketamine_us",
        "alarms": "none",
        "form": "overdue",
        "signature": "unsigned",
        "sort": "-peak",
    },
    **{f"by {sign}{key}": {"sort": f"{sign}{key}"} for key in SORT_KEYS for sign in ("", "-")},
}


def measure(effort: Effort) -> Result:
    """Take the figure of ``MEASURES``: the time of this process alone, so that what else runs does not count."""
    with disk_folder() as folder:
        _record(folder)
        with RecordReader(folder) as reader:
            taken = {name: _asked(reader, query, effort.rounds * 10) for name, query in QUESTIONS.items()}
    p50 = {name: percentile(values, 50) for name, values in taken.items()}
    worst = max(p50, key=lambda name: p50[name])
    detail = "; ".join(f"{name} {value:.1f} ms" for name, value in p50.items())
    return Result([Figure(What.SESSIONS, {"p50": p50[worst]}, f"CPU, p50 of each, the worst counts: {detail}")])


def _asked(reader: RecordReader, query: Mapping[str, str], times: int) -> list[float]:
    """Milliseconds of processor time that each answer took, from the address to what is handed to the browser."""
    config, today, taken = load(CONFIG), day(END), []
    for run in range(times):
        began = time.process_time()
        if (search := search_of(query)) is None:
            raise LookupError(f"{query} is no question")
        asked = wanted(search, config, today)
        found = reader.found_sessions(asked, search.order, PAGE_LENGTH, (search.page - 1) * PAGE_LENGTH)
        lighten(sessions_table(found, search, SESSIONS // PAGE_LENGTH, run, today, config))
        taken.append((time.process_time() - began) * 1000)
        if not found.sessions:
            raise LookupError(f"{query} finds nothing, so nothing was measured")
    return taken


def _record(folder: Path) -> None:
    """Summaries and glances without the events that they are counted from, which no list reads."""
    chance = random.Random(1)
    kinds = list(_kinds(chance))
    rows, glances = [], []
    for number in range(SESSIONS):
        row, counted = kinds[chance.randrange(KINDS)]
        session, later = f"{number:032x}", number * HOUR
        moved = {
            "id": session,
            "patient": f"P-{chance.randrange(3000):05d}",
            "room": str(number % 8 + 1),
            "opened_us": row.opened_us + later,
            "first_dose_us": row.opened_us + later + 60 * SECOND,
            "ended_us": row.opened_us + later + 2 * HOUR,
            "form_sent_us": None if chance.random() < 0.2 else row.opened_us + later + 24 * HOUR,
        }
        rows.append(msgspec.structs.asdict(row) | moved)
        glances.append(
            msgspec.structs.asdict(counted) | {"session": session, "alarms_high": chance.choice((0, 0, 0, 1))}
        )
    RecordWriter(folder).close()
    engine = writing_engine(folder)
    with engine.begin() as connection:
        connection.execute(insert(schema.session), rows)
        connection.execute(insert(schema.glance), glances)
    engine.dispose()


def _kinds(chance: random.Random) -> Iterator[tuple[SessionRow, Glance]]:
    """Sessions of two hours that differ, counted as the record counts them."""
    for number in range(KINDS):
        told = list(_events(number, chance))
        row = None
        for event in told:
            row = summary_after(event, row)
        wander = np.clip(97 + np.cumsum([chance.choice((-1, 0, 0, 0, 1)) for _ in range(7200)]), 85, 100)
        values = [
            Numeric(Metric.SPO2, float(value), START + second * SECOND, START + second * SECOND, "oximeter")
            for second, value in enumerate(wander)
        ]
        counted = glance("kind", Material(told, False, Series.of(values)), over=True)
        if row is not None and counted is not None:
            yield row, counted


def _events(number: int, chance: random.Random) -> Iterator[AnyEvent]:
    session, by = "kind", "nurse 1"
    yield SessionOpened(
        seq=1,
        at=START,
        by=by,
        room="1",
        session=session,
        patient="P",
        weight_kg=70,
        protocol="iv_ketamine" if number % 2 else "esketamine_us",
        dose_mg=56,
        cuff_interval_s=None,
    )
    yield DoseStarted(seq=2, at=START + 60 * SECOND, by=by, room="1", session=session)
    for minutes in (10, 40, 80):
        at = START + minutes * 60 * SECOND
        sys = 120 + chance.randrange(50)
        reading = CuffMeasured(
            seq=3, at=at, by="cuff", measured_at=at, sys=sys, dia=80, map=None, pr=None, source="cuff", simulated=False
        )
        yield msgspec.structs.replace(reading, session=session)
    end = START + 2 * HOUR
    if chance.random() < 0.9:
        yield Signed(seq=4, at=end, by=by, session=session, role="nurse", meaning="discharge", covers=3, digest="")
    yield SessionEnded(seq=5, at=end, by=by, room="1", session=session, phase=Phase.DISCHARGED)
