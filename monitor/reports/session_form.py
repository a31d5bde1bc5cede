"""The monitoring form of a session in the record."""

from __future__ import annotations

import msgspec

from devices.readings import Metric
from monitor.clinic.events import AnyEvent
from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.clinic.monitoring_form.filling import Surroundings, monitoring_form
from monitor.config import Config
from monitor.record.errors import EventsDamaged
from monitor.record.reader import RecordReader
from monitor.record.sessions import SessionRow
from monitor.reports.clinic_time import iso_day


class SessionRecord(msgspec.Struct, frozen=True):
    """A session as it was read: its summary, its events, what is damaged and left out, one line each, and the form;
    ``None`` when the event that opened the session is among the damaged ones.
    """

    row: SessionRow
    events: list[AnyEvent]
    damaged: tuple[str, ...]
    form: MonitoringForm | None


def read_session(reader: RecordReader, config: Config, session: str) -> SessionRecord | None:
    """The session with this id; ``None`` when there is none. Blocking.

    Raises: RecordError while the record cannot be read.
    """
    row = reader.session(session)
    if row is None:
        return None
    damaged: tuple[str, ...] = ()
    try:
        events = reader.events(session=session)
    except EventsDamaged as error:
        events = error.intact
        damaged += error.damaged
    saturation = reader.numerics(session, Metric.SPO2)
    damaged += saturation.damaged
    room = config.room(row.room)
    around = Surroundings(
        clinic=config.clinic.name,
        room=row.room if room is None else room.name,
        protocol=config.protocols.get(row.protocol),
        date_of=iso_day,
        damaged=len(damaged),
    )
    numerics = None if saturation.damaged else saturation.readings(Metric.SPO2)
    return SessionRecord(row, events, damaged, monitoring_form(events, around, numerics))


def form_json(form: MonitoringForm) -> bytes:
    """The form as JSON, indented for people."""
    return msgspec.json.format(msgspec.json.encode(form), indent=2) + b"\n"
