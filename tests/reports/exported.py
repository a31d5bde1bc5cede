"""A session with everything that a table must tell, as it is read from a record for an export."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import msgspec

from devices.readings import Metric, Numeric
from monitor.clinic.events import AnyEvent, NoteWritten, PressureTaken
from monitor.clinic.treatment.events import Amended, ArtefactMarked
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.series import Series, WaveSeries
from monitor.reports.session_record import SessionRecord, read_session
from tests.reports.lifelike import esketamine, record_lifelike
from tests.reports.scripted import CONFIG, SESSION, at, in_order

HOSTILE = '=HYPERLINK("http://x.example";"y"); +1\n@SUM(A1)\t\u202ereversed'
SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
"""What begins a formula in a spreadsheet."""
WAVES_MIN = (18.0, 27.0)
ARTEFACT_MIN = (52.9, 53.2)
WRONG_SYS, RIGHT_SYS = 138, 118
TWICE = PressureTaken(at=at(70), by="nurse 1", measured_at=at(69.5), sys=222, dia=111, pr=None)


def told() -> list[AnyEvent]:
    """The lifelike session with a hostile note, and corrected after its end: a pressure, one that was another
    patient's, and an artefact.
    """
    events = [*esketamine(), TWICE, NoteWritten(at=at(31), by="nurse 1", text=HOSTILE)]
    ordered = in_order(events)
    wrong, twice = (each.seq for each in ordered if isinstance(each, PressureTaken))
    return [
        *events,
        amended(130, wrong, changes={"sys": RIGHT_SYS, "measured_at": at(64)}),
        amended(131, twice, withdrawn=True),
        artefact(132, ARTEFACT_MIN, Metric.SPO2),
    ]


def amended(
    minutes: float, corrects: int, changes: dict[str, float | int | str | None] | None = None, withdrawn: bool = False
) -> Amended:
    """A correction, told so many minutes after the first dose."""
    return Amended(
        at=at(minutes),
        by="nurse 1",
        role="nurse",
        corrects=corrects,
        text="It was otherwise",
        reason="Slip of the pen",
        changes=changes or {},
        withdrawn=withdrawn,
    )


def artefact(minutes: float, span_min: tuple[float, float], metric: Metric, seq: int = 0) -> ArtefactMarked:
    """A mark on a stretch, told so many minutes after the first dose."""
    start, end = map(at, span_min)
    return ArtefactMarked(
        seq=seq,
        at=at(minutes),
        by="nurse 1",
        role="nurse",
        reason="Slipped sensor",
        start=start,
        end=end,
        metrics=(metric,),
    )


def record(folder: Path) -> Path:
    """The session in a record of its own."""
    record_lifelike(folder, told(), waves_min=WAVES_MIN)
    return folder


def found_in(folder: Path) -> tuple[SessionRecord, dict[Metric, WaveSeries]]:
    """The session and its waves, as an export reads them."""
    with RecordReader(folder) as reader:
        found = read_session(reader, load(CONFIG), SESSION, 0)
        assert found is not None
        return found, {Metric.PLETH: reader.waveform(SESSION, Metric.PLETH)}


def with_numerics(found: SessionRecord, numerics: Iterable[Numeric]) -> SessionRecord:
    """The session as if these had been measured in it."""
    by_metric: dict[Metric, list[Numeric]] = {}
    for numeric in numerics:
        by_metric.setdefault(numeric.metric, []).append(numeric)
    return msgspec.structs.replace(found, series={metric: Series.of(each) for metric, each in by_metric.items()})


def number_of(found: SessionRecord, kind: type[AnyEvent]) -> int:
    """The number of the first event of a kind."""
    return next(each.seq for each in found.told if isinstance(each, kind))


def undone(cell: str) -> str:
    """The text that a cell stands for, by the rule that docs/exports.md gives."""

    def character(written: re.Match[str]) -> str:
        return bytes.fromhex(written[0].replace("\\u", "")).decode("utf-16-be", "surrogatepass")

    text = re.sub(r"(?:\\u[0-9a-f]{4})+", character, cell)
    return "".join(part.removeprefix("'") for part in re.split("([;\n])", text))
