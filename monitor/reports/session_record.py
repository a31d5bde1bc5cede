"""A session as it is read from the record, for everything that shows it, counts it or sends it on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from devices.readings import METRICS, Metric, Micros, Quality
from monitor.clinic.events import AnyEvent
from monitor.clinic.figures.curves import Curve
from monitor.clinic.figures.summary import Figures, figures
from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.clinic.monitoring_form.filling import Surroundings, monitoring_form
from monitor.clinic.played import told_simulated
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session, folded
from monitor.clinic.treatment.amending import as_amended
from monitor.config import Config
from monitor.record.reader import RecordReader
from monitor.record.series import Series, curves
from monitor.record.sessions import SessionRow
from monitor.reports.clinic_time import iso_day
from monitor.reports.reach import reach

CHARTED = tuple(metric for metric in METRICS if metric not in (Metric.PLETH, Metric.CUFF))
"""The numbers of a session. The pressure within a cuff that is being inflated is nobody's blood pressure."""


class SessionRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A session as it was read. ``told`` are its events as they are in the record, ``events`` with their corrections
    put in. ``damaged`` names what could not be read and is left out, one line each.
    """

    row: SessionRow
    told: list[AnyEvent]
    events: list[AnyEvent]
    damaged: tuple[str, ...]
    session: Session | None
    """``None`` when the event that opened it is among the damaged ones; then there are no figures and no form."""
    series: dict[Metric, Series]
    """All that was measured, also what is held, stored or in doubt, by metric of which there is anything."""
    protocol: Protocol | None
    """``None`` when it is not configured any more."""
    clinic: str
    room: str
    """The names of both."""
    room_simulated: bool
    """Whether the room is simulated now."""
    anchor: str
    """The hash of the record's chain at the session's newest event: it stands for all of them."""
    read_at: Micros
    """When it was read; never before the newest of it."""
    end: Micros
    """When it ended; of one that goes on, until when it is known: when it was read, at most an hour after the newest of
    it.
    """
    form: MonitoringForm | None
    figures: Figures | None

    @property
    def start(self) -> Micros:
        """When it was opened."""
        return self.row.opened_us

    @property
    def simulated(self) -> bool:
        """Whether it was played: told when it was opened, or by any value or reading."""
        return _simulated(self.told, self.series, room=self.room_simulated)

    @property
    def planned(self) -> str:
        """Drug and planned dose, such as ``Esketamine 84 mg``."""
        mg = self.row.dose_mg
        if self.protocol is None:
            return f"{mg:g} mg" if mg else "Dose unknown"
        return self.protocol.dose_text(mg)

    def at_most_least(self, metric: Metric) -> tuple[str, str]:
        """What to write before a lowest value and before a duration: only bounds are known where a part is damaged."""
        return at_most_least(self.series.get(metric))

    def curves(self) -> dict[Metric, Curve]:
        """What counts of each metric: values of their moment, without artefacts."""
        return curves(self.series, self.session)


def at_most_least(series: Series | None) -> tuple[str, str]:
    """What to write before a lowest value of these and before a duration."""
    return ("at most ", "at least ") if series is not None and series.damaged else ("", "")


def read_session(reader: RecordReader, config: Config, session: str, now: Micros) -> SessionRecord | None:
    """The session with this id; ``None`` when there is none. Blocking.

    Raises: RecordError while the record cannot be read.
    """
    row = reader.session(session)
    if row is None:
        return None
    told, damaged = reader.readable_events(session)
    read = reader.numerics_of(session, CHARTED)
    reached = reach(row, told, read.values(), now)
    series = {
        metric: each.with_lost_within(row.opened_us, reached.end)
        for metric, each in read.items()
        if len(each) or each.damaged
    }
    damaged += tuple(dict.fromkeys(line for each in series.values() for line in each.damaged))
    events = as_amended(told)
    folded_session, protocol, room = folded(events), config.protocols.get(row.protocol), config.room(row.room)
    room_simulated = room is not None and room.simulated
    around = Surroundings(
        clinic=config.clinic.name,
        room=row.room if room is None else room.name,
        protocol=protocol,
        date_of=iso_day,
        damaged=len(damaged),
        simulated=_simulated(told, series, room=room_simulated),
    )
    saturation = series.get(Metric.SPO2)
    values = [] if saturation is None else None if saturation.damaged else saturation.readings(Metric.SPO2)
    return SessionRecord(
        row=row,
        told=told,
        events=events,
        damaged=damaged,
        session=folded_session,
        series=series,
        protocol=protocol,
        clinic=around.clinic,
        room=around.room,
        room_simulated=room_simulated,
        anchor=(reader.link_at(told[-1].seq) if told else None) or "",
        read_at=reached.read_at,
        end=reached.end,
        form=monitoring_form(events, around, values),
        figures=None
        if folded_session is None
        else figures(folded_session, events, curves(series, folded_session), protocol, reached.end),
    )


def _simulated(told: Sequence[AnyEvent], series: Mapping[Metric, Series], *, room: bool) -> bool:
    values = (bool((each.quality & Quality.SIMULATED).any()) for each in series.values())
    return told_simulated(told, room=room) or any(values)
