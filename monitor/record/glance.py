"""What a list shows of a session, kept beside its summary so that no list has to read events and chunks.

Every figure comes from ``monitor.clinic.figures``, of the same events and values that a chart is made of: list and
chart cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import reduce
from typing import Any

import msgspec
import numpy as np
from sqlalchemy import Connection, Row

from devices.readings import SECOND, Metric, Micros, Quality
from monitor.clinic.events import AnyEvent
from monitor.clinic.figures.curves import NOTHING, Curve
from monitor.clinic.figures.summary import Figures, figures
from monitor.clinic.figures.table import lowest_by_minute
from monitor.clinic.played import told_simulated
from monitor.clinic.priority import Priority
from monitor.clinic.session import Session, folded
from monitor.clinic.treatment.amending import as_amended
from monitor.clinic.treatment.course import Treatment
from monitor.record import queries
from monitor.record.chain import intact
from monitor.record.chunk import decode_chunk
from monitor.record.errors import Damaged, EventsDamaged
from monitor.record.journal import stored_entries
from monitor.record.series import Damage, Series, curves

GAP = 0
"""In a trend: no value in that minute."""
_BYTE = 255


class Signature(StrEnum):
    """Whether somebody signed the record of a session as it is."""

    SIGNED = "signed"
    CHANGED = "changed"
    """It was corrected after the newest signature."""
    UNSIGNED = "unsigned"


class Glance(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of one session as its events from ``first_seq`` to ``last_seq`` and its sealed values say.

    ``over``: the session has ended and all of it was counted; until then they are the figures so far. ``damaged``: a
    part of what they are counted from cannot be read; what it could have changed is ``None``. Its ``signature`` says
    what can be read: when none of that is a signature that holds, it is to be signed. Pressures in mmHg; ``peak_us`` is
    when the highest one was measured.
    """

    session: str
    first_seq: int
    last_seq: int
    over: bool
    damaged: bool = False
    simulated: bool = False
    """By its events or its saturation."""
    signature: Signature | None = None
    peak_sys: float | None = None
    peak_dia: float | None = None
    peak_us: Micros | None = None
    baseline_sys: float | None = None
    baseline_dia: float | None = None
    rise_sys: float | None = None
    rise_dia: float | None = None
    lowest_spo2: float | None = None
    below_90_s: float | None = None
    alarms_high: int | None = None
    alarms_medium: int | None = None
    alarms_low: int | None = None
    trend_us: Micros = 0
    """When the trend begins."""
    trend: bytes = b""
    """A byte for each minute from there on: its lowest saturation in whole percent, or ``GAP``."""


class Material(msgspec.Struct, frozen=True):
    """What a glance is counted from: the events as they were told and all that was sealed of the saturation."""

    told: list[AnyEvent]
    events_damaged: bool
    saturation: Series


def material(connection: Connection, session: str, upto: int | None = None) -> Material:
    """What the record holds of a session, its events up to the number ``upto``."""
    rows = [row for row in queries.linked_events(connection, session, None, 0, None) if upto is None or row[0] <= upto]
    try:
        told, events_damaged = intact(rows), False
    except EventsDamaged as error:
        told, events_damaged = error.intact, True
    stored = queries.stored_of_session(connection, session, [Metric.SPO2], None, None)
    read: list[Series] = []
    damaged = list(_damaged_seconds(stored))
    for key, body in stored.chunks:
        try:
            columns = decode_chunk(key, body)
        except Damaged as error:
            damaged.append(Damage(f"{key}: {error}", key.start_us, key.end_us))
        else:
            read += [columns] if isinstance(columns, Series) else []
    return Material(told, events_damaged, Series.joined(read, damaged))


def _damaged_seconds(stored: queries.Stored) -> Iterator[Damage]:
    """Rows of the journal that were never sealed because they cannot be read."""
    for row in stored.journal:
        try:
            stored_entries(row.at, row.body)
        except Damaged as error:
            if stored.concerns(row.at):
                yield Damage(f"journal {row.seq}: {error}", row.at - SECOND, row.at)


def glance(session: str, found: Material, *, over: bool) -> Glance | None:
    """The figures of a session; ``None`` of one whose events are all gone."""
    told = found.told
    if not told:
        return None
    played = told_simulated(told, room=False) or bool(np.any(found.saturation.quality & Quality.SIMULATED))
    known = Glance(session=session, first_seq=told[0].seq, last_seq=told[-1].seq, over=over, simulated=played)
    events = as_amended(told)
    state = folded(events)
    if state is None or found.events_damaged:
        return msgspec.structs.replace(known, damaged=True, signature=_signature_owed(events))
    return _counted(known, state, events, found.saturation)


def _counted(known: Glance, state: Session, events: Sequence[AnyEvent], saturation: Series) -> Glance:
    curve = curves({Metric.SPO2: saturation}, state)[Metric.SPO2]
    until = max([event.at for event in events] + curve.at[-1:].tolist())
    counted = figures(state, events, {Metric.SPO2: curve}, None, until)
    start = state.opened_at if state.first_dose_at is None else state.first_dose_at
    peak, lost = counted.pressure.highest_sys, bool(saturation.damaged)
    return msgspec.structs.replace(
        known,
        damaged=lost,
        signature=_signature(counted),
        peak_sys=None if peak is None else peak.sys,
        peak_dia=None if peak is None else peak.dia,
        peak_us=None if peak is None else peak.measured_at,
        baseline_sys=counted.pressure.baseline_sys,
        baseline_dia=counted.pressure.baseline_dia,
        rise_sys=counted.pressure.rise_sys,
        rise_dia=counted.pressure.rise_dia,
        lowest_spo2=None if lost else counted.saturation.lowest,
        below_90_s=None if lost else counted.saturation.below_s.get(90),
        alarms_high=counted.alarms.count.get(Priority.HIGH, 0),
        alarms_medium=counted.alarms.count.get(Priority.MEDIUM, 0),
        alarms_low=counted.alarms.count.get(Priority.LOW, 0),
        **_trend(curve, start, until if state.ended_at is None else state.ended_at),
    )


def _signature(counted: Figures) -> Signature:
    if counted.is_signed:
        return Signature.SIGNED
    return Signature.CHANGED if counted.signatures else Signature.UNSIGNED


def _signature_owed(readable: Sequence[AnyEvent]) -> Signature | None:
    """What of a damaged session somebody has to sign; whether the rest is signed as it is, nobody knows."""
    treatment = reduce(Treatment.apply, readable, Treatment())
    if treatment.is_signed:
        return None
    return Signature.CHANGED if treatment.signatures else Signature.UNSIGNED


def _trend(curve: Curve, start: Micros, end: Micros) -> dict[str, bytes | Micros]:
    """Of the time that the figures are about, so that the lowest point is the lowest value told."""
    own = curve.between(start, end + 1) if len(curve) else NOTHING
    minutes = lowest_by_minute(own, (start, end + 1))
    trend = bytes(GAP if value is None else min(max(int(value), GAP + 1), _BYTE) for value in minutes)
    return {"trend_us": start, "trend": trend}


def kept_glance(row: Row[*tuple[Any, ...]]) -> Glance:
    """A row of the table ``glance``, all columns."""
    values = row._asdict()
    signature = values["signature"]
    return Glance(**(values | {"signature": None if signature is None else Signature(signature)}))
