"""A patient's sessions as they are read from the record to be compared."""

from __future__ import annotations

import msgspec
import numpy as np

from devices.readings import Metric, Micros, Quality
from monitor.clinic.figures.comparison import SessionCourse, session_course
from monitor.clinic.figures.curves import NOTHING
from monitor.clinic.figures.summary import Figures, figures
from monitor.clinic.played import told_simulated
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import folded
from monitor.clinic.treatment.amending import as_amended
from monitor.config import Config
from monitor.record.reader import RecordReader
from monitor.record.series import curves
from monitor.record.sessions import SessionRow
from monitor.reports.reach import reach
from monitor.reports.session_record import at_most_least


class Compared(msgspec.Struct, frozen=True):
    """One of the sessions. ``number`` counts the patient's sessions in this record, the oldest is 1."""

    number: int
    row: SessionRow
    protocol: Protocol | None
    """``None`` when it is not configured any more."""
    simulated: bool
    """Whether it was played: by its events or its saturation; and whether by its events alone, which is all that is
    read of the clinic's past.
    """
    told_simulated: bool
    damaged: tuple[str, ...]
    """What could not be read and is left out, one line each."""
    at_most_least: tuple[str, str]
    """What to write before the lowest saturation and before how long it was low: only bounds are known where a part is
    damaged.
    """
    figures: Figures | None
    """``None`` when the event that opened it is damaged."""
    course: SessionCourse | None
    """``None`` then, too, and without a dose."""

    @property
    def title(self) -> str:
        """The name of its protocol."""
        return self.row.protocol if self.protocol is None else self.protocol.title


def read_compared(reader: RecordReader, config: Config, number: int, row: SessionRow, now: Micros) -> Compared:
    """A session of the record. Blocking.

    Raises: RecordError while the record cannot be read.
    """
    told, damaged = reader.readable_events(row.id)
    saturation = reader.numerics(row.id, Metric.SPO2)
    events = as_amended(told)
    session, protocol = folded(events), config.protocols.get(row.protocol)
    found = curves({Metric.SPO2: saturation}, session)
    end = reach(row, told, [saturation], now).end
    room = config.room(row.room)
    played = told_simulated(told, room=room is not None and room.simulated)
    return Compared(
        number=number,
        row=row,
        protocol=protocol,
        simulated=played or bool(np.any(saturation.quality & Quality.SIMULATED)),
        told_simulated=played,
        damaged=(*damaged, *saturation.damaged),
        at_most_least=at_most_least(saturation),
        figures=None if session is None else figures(session, events, found, protocol, end),
        course=None if session is None else session_course(session, found.get(Metric.SPO2, NOTHING), end),
    )
