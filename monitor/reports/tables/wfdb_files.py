"""A session's waves and numbers as records of WFDB."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence

from devices.readings import Metric
from monitor.record.series import MILLI, WaveSeries
from monitor.reports.session_record import SessionRecord
from monitor.reports.tables.cells import iso_time
from monitor.reports.tables.rows import measurements
from monitor.reports.tables.wfdb_format import Sampled, record_files
from monitor.reports.tables.wfdb_numbers import sampled_numbers
from monitor.reports.tables.wfdb_waves import sampled_waves, unplaced

LONGEST_NAME = 64


def wfdb_files(found: SessionRecord, waves: Mapping[Metric, WaveSeries]) -> dict[str, bytes]:
    """Files by name: a record of the numbers, one sample a second, and one of the waves for each rate that there is.
    What is in them: ``docs/exports.md``.
    """
    name, rows = record_name(found.row.id), measurements(found)
    damaged = dict.fromkeys([*found.damaged, *(line for series in waves.values() for line in series.damaged)])
    lost = [*(f"Damaged and left out: {line}" for line in damaged), *unplaced(found, waves)]
    notes = [*_about(found), *lost, *_artefacts(found)]
    records = {f"{name}_numerics": sampled_numbers(found, rows)}
    for number, sampled in enumerate(sampled_waves(found, waves), 1):
        records[f"{name}_waves{number if number > 1 else ''}"] = sampled
    files: dict[str, bytes] = {}
    for each, sampled in records.items():
        files |= record_files(each, sampled, [*_opening(sampled, simulated=found.simulated), *notes])
    return files


def record_name(session: str) -> str:
    """A name that WFDB and every file system take, for each session another."""
    plain = re.sub("[^a-z0-9]", "_", session)[:LONGEST_NAME]
    if plain == session:
        return f"session_{plain}"
    return f"session_{plain}_{hashlib.sha256(session.encode()).hexdigest()[:12]}"


def _opening(sampled: Sampled, *, simulated: bool) -> list[str]:
    first = f"The first sample is of {iso_time(sampled.start_ms * MILLI)}; base time and date are by the clinic's clock"
    mark = ["SIMULATED: values of simulated devices, of no patient"] if simulated or sampled.simulated else []
    return [*mark, first, *sampled.notes]


def _about(found: SessionRecord) -> Sequence[str]:
    return (
        f"Session {found.row.id} in {found.room}, {found.clinic}",
        f"Hash of the record's chain: {found.anchor}",
    )


def _artefacts(found: SessionRecord) -> Iterator[str]:
    for mark in () if found.session is None else found.session.treatment.artefacts:
        span = f"from {iso_time(mark.start)} to {iso_time(mark.end)}"
        yield f"Artefact {mark.seq}: {', '.join(mark.metrics)} {span}: {mark.reason}"
