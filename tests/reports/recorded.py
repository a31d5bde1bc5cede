"""Treatments in a record."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from devices.readings import Metric, Numeric, Quality
from monitor.clinic.events import AnyEvent
from monitor.record.writer import RecordWriter
from tests.reports.scripted import SESSION, at, in_order, whole


def record(
    folder: Path, events: Sequence[AnyEvent] | None = None, session: str = SESSION, values: Sequence[float] = ()
) -> None:
    """Keep a session, by itself a whole one; ``values`` are its saturation, one a second from the first dose on."""
    told = [msgspec.structs.replace(each, seq=0) for each in in_order(whole() if events is None else events, session)]
    with RecordWriter(folder) as writer:
        writer.append_events(told)
        for second, value in enumerate(values):
            moment = at(second / 60)
            numeric = Numeric(Metric.SPO2, value, moment, moment, "oximeter", Quality.OK)
            writer.append_second(moment, [("1", session, numeric)])
