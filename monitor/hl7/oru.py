"""A stretch of a session as one ORU^R01 message (HL7 v2.6, chapter 7) in the manner of IHE PCD-01 (PCD TF-2, 3.1).

A receiver knows a value again by its order (OBR-3), its name (OBX-3) and its place (OBX-4). So all three follow from
what the value is and never from the message that it comes in: the streamed values of a minute belong to the order of
that minute, each cuff reading and each entry of a person to one of its own, by its number in the record.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from itertools import count
from typing import Self

import msgspec

from devices.readings import MINUTE, Metric, Micros
from monitor.clinic.events import AnyEvent, CuffMeasured
from monitor.clinic.figures.pressure import is_artefact
from monitor.clinic.treatment.events import ArtefactMarked
from monitor.hl7 import codes
from monitor.hl7.charted import Charted, findings
from monitor.hl7.codes import Code
from monitor.hl7.minutes import STREAMED, Doubt, Streamed
from monitor.hl7.text import components, escaped, header, moment, number, segment

SENDER = "CHAIRSIDE"
PROFILE = components("IHE_PCD_001", "IHE PCD", "1.3.6.1.4.1.19376.1.6.1.1.1", "ISO")
SIMULATED = "SIMULATED: no patient. These values come from simulated devices."
DAMAGED = "A part of the record of this session is damaged and left out."
DEMO = "DEMO"
"""In OBX-8: no real value."""
PLACES = {metric: place for place, metric in enumerate(STREAMED, start=1)}
PRESSURE_PLACES = {Metric.SYS: 1, Metric.DIA: 2, Metric.MAP: 3, Metric.PR_NIBP: 4}
"""The last number of OBX-4, the same in every message."""
FROM_OXIMETER = (Metric.SPO2, Metric.PR, Metric.PI)


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """Whose session it is; ``room`` by its id, with its name."""

    session: str
    patient: str
    room: str
    room_name: str
    clinic: str
    simulated: bool


class Cuff(msgspec.Struct, frozen=True):
    """A reading of a cuff; ``artefacts`` are the values of it that a person marked as such."""

    reading: CuffMeasured
    artefacts: frozenset[Metric] = frozenset()

    @property
    def values(self) -> dict[Metric, float]:
        """What the reading has, by metric."""
        read = self.reading
        values = {Metric.SYS: read.sys, Metric.DIA: read.dia, Metric.MAP: read.map, Metric.PR_NIBP: read.pr}
        return {metric: value for metric, value in values.items() if value is not None}

    @classmethod
    def judged(cls, reading: CuffMeasured, marks: Sequence[ArtefactMarked]) -> Self:
        """The reading with the marks that stand; who marks a pressure marks all of the reading."""
        unmarked = cls(reading)
        if is_artefact(reading, marks):
            return cls(reading, frozenset(unmarked.values))
        here = [mark for mark in marks if mark.start <= reading.measured_at <= mark.end]
        return cls(reading, frozenset(metric for mark in here for metric in mark.metrics))


class Stretch(msgspec.Struct, frozen=True, kw_only=True):
    """What a message tells: the medians of the time from ``start`` to ``end``, and readings and entries that may be of
    an earlier time, each with its own. ``final``: the session is over; ``damaged``: not all of it could be read.
    """

    start: Micros
    end: Micros
    streams: Mapping[Metric, Streamed]
    cuffs: Sequence[Cuff] = ()
    entries: Sequence[Charted] = ()
    final: bool = False
    damaged: bool = False

    @property
    def status(self) -> str:
        """How sure its values are (HL7 tables 0085 and 0123): not verified while the session goes on, final when it is
        over; preliminary where a correction or a mark may be among what is damaged.
        """
        return "P" if self.damaged else "F" if self.final else "R"

    @property
    def empty(self) -> bool:
        """Whether there is nothing to tell."""
        return not (self.streams or self.cuffs or self.entries)


class _Observation(msgspec.Struct, frozen=True, kw_only=True):
    """An OBX segment but for its number."""

    code: Code
    place: str
    status: str
    value: float | str | None = None
    unit: Code | None = None
    flags: Sequence[str] = ()
    at: Micros | None = None
    observer: str = ""
    methods: Sequence[Code] = ()
    device: str = ""


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    """An OBR segment but for its number in the message, and what stands under it. ``end`` is ``None`` for a moment."""

    number: str
    code: Code
    start: Micros
    end: Micros | None = None
    status: str
    observations: Sequence[_Observation]


def oru_message(visit: Visit, stretch: Stretch, made_at: Micros) -> str:
    """The message. Its control id follows from what it says: the same content has the same one, whenever it is made,
    and a message that a correction changed has another.
    """
    body = "".join(_body(visit, stretch))
    head = {
        3: SENDER,
        4: escaped(visit.clinic),
        7: moment(made_at),
        9: components("ORU", "R01", "ORU_R01"),
        10: _control_id(visit, body),
        11: "T" if visit.simulated else "P",
        12: "2.6",
        15: "NE",
        16: "AL",
        18: "UNICODE UTF-8",
        21: PROFILE,
    }
    return header("MSH", head) + body


def _control_id(visit: Visit, body: str) -> str:
    """Twenty characters, which is as many as MSH-10 has."""
    digest = hashlib.sha256(f"{visit.simulated}\r{body}".encode()).digest()
    return base64.b32encode(digest).decode()[:20]


def _body(visit: Visit, stretch: Stretch) -> Iterator[str]:
    patient = f"{escaped(visit.patient)}^^^{SENDER}^PI"
    yield segment("PID", {3: patient, 5: "^^^^^^S"})
    place = f"^{escaped(visit.room_name)}^^{escaped(visit.clinic)}"
    yield segment("PV1", {2: "O", 3: place, 19: components(visit.session, "", "", SENDER, "VN")})
    notes = [SIMULATED] * visit.simulated + [DAMAGED] * stretch.damaged
    rows = count(1)
    for number_of_order, order in enumerate(_orders(visit, stretch), start=1):
        yield _obr(visit, number_of_order, order)
        for number_of_note, note in enumerate(notes, start=1):
            yield segment("NTE", {1: str(number_of_note), 2: "L", 3: escaped(note)})
        for observation in order.observations:
            yield _obx(next(rows), observation)


def _obr(visit: Visit, number_in_message: int, order: _Order) -> str:
    fields = {
        1: str(number_in_message),
        3: components(f"{visit.session}-{order.number}", SENDER),
        4: components(*order.code),
        7: moment(order.start),
        8: "" if order.end is None else moment(order.end),
        25: order.status,
    }
    return segment("OBR", fields)


def _obx(number_in_message: int, observation: _Observation) -> str:
    value = observation.value
    kind, shown = ("NM", number(value)) if isinstance(value, int | float) else ("ST", escaped(value or ""))
    if value is None:
        kind = "" if observation.unit is None else "NM"
    fields = {
        1: str(number_in_message),
        2: kind,
        3: components(*observation.code),
        4: observation.place,
        5: shown,
        6: components(*observation.unit or ()),
        8: "~".join(observation.flags),
        11: observation.status,
        14: "" if observation.at is None else moment(observation.at),
        16: components("", observation.observer),
        17: "~".join(components(*method) for method in observation.methods),
        18: observation.device,
    }
    return segment("OBX", fields)


def _orders(visit: Visit, stretch: Stretch) -> Iterator[_Order]:
    if stretch.streams:
        yield _Order(
            number=str(stretch.start // MINUTE),
            code=codes.MONITOR_MDS,
            start=stretch.start,
            end=stretch.end,
            status=stretch.status,
            observations=[_monitor(visit), *_streamed(visit, stretch)],
        )
    for cuff in stretch.cuffs:
        yield _Order(
            number=_of_event(cuff.reading),
            code=codes.MONITOR_MDS,
            start=cuff.reading.measured_at,
            status=stretch.status,
            observations=[_monitor(visit), *_cuff(visit, stretch, cuff)],
        )
    for entry in stretch.entries:
        yield _Order(
            number=_of_event(entry.event),
            code=codes.CHARTED,
            start=entry.at,
            status="C" if entry.corrected or entry.withdrawn else stretch.status,
            observations=list(_entry(visit, stretch, entry)),
        )


def _of_event(event: AnyEvent) -> str:
    return f"e{event.seq}"


def _monitor(visit: Visit) -> _Observation:
    """The row under which all that devices measured hangs."""
    return _Observation(code=codes.MONITOR_MDS, place="1.0.0.0", status="X", device=_device(visit, ""))


def _streamed(visit: Visit, stretch: Stretch) -> Iterator[_Observation]:
    of_oximeter = {metric: each for metric, each in stretch.streams.items() if metric in FROM_OXIMETER}
    others = {metric: each for metric, each in stretch.streams.items() if metric not in FROM_OXIMETER}
    for vmd, (device, streams) in enumerate(((codes.OXIMETER, of_oximeter), (codes.OTHER, others)), start=1):
        if streams:
            source = next(iter(streams.values())).source
            yield from _hung_under(device, f"1.{vmd}", 1, _device(visit, source))
        for metric in sorted(streams, key=PLACES.__getitem__):
            each = streams[metric]
            yield _Observation(
                code=codes.MEASURED[metric],
                place=f"1.{vmd}.1.{PLACES[metric]}",
                value=each.value,
                unit=codes.UNITS[metric],
                flags=_flags(each.doubt, each.simulated),
                status="X" if each.value is None else stretch.status,
                at=stretch.start,
                methods=(codes.BY_DEVICE, codes.MEDIAN),
                device=_device(visit, each.source),
            )


def _cuff(visit: Visit, stretch: Stretch, cuff: Cuff) -> Iterator[_Observation]:
    """A reading in a channel of its own, so that no two values have the same name and place."""
    reading = cuff.reading
    device = _device(visit, reading.source)
    yield from _hung_under(codes.CUFF, "1.3", reading.seq, device)
    for metric, value in cuff.values.items():
        marked = metric in cuff.artefacts
        yield _Observation(
            code=codes.MEASURED[metric],
            place=f"1.3.{reading.seq}.{PRESSURE_PLACES[metric]}",
            value=None if marked else value,
            unit=codes.UNITS[metric],
            flags=_flags(Doubt.INVALID if marked else Doubt.NONE, reading.simulated),
            status="X" if marked else stretch.status,
            at=reading.measured_at,
            methods=(codes.BY_DEVICE,),
            device=device,
        )


def _hung_under(device: tuple[Code, Code], vmd: str, channel: int, identifier: str) -> Iterator[_Observation]:
    """The rows that open a VMD and a channel of it."""
    yield _Observation(code=device[0], place=f"{vmd}.0.0", status="X", device=identifier)
    yield _Observation(code=device[1], place=f"{vmd}.{channel}.0", status="X")


def _entry(visit: Visit, stretch: Stretch, entry: Charted) -> Iterator[_Observation]:
    """What a person charted hangs under no device. A value that it may have had before it was corrected is deleted."""
    for place, found in enumerate(findings(entry), start=1):
        gone = entry.withdrawn or found.value is None
        if gone and not (entry.withdrawn or entry.corrected):
            continue
        yield _Observation(
            code=found.code,
            place=f"0.0.{entry.event.seq}.{place}",
            value=found.value if not gone else "" if found.unit is None else None,
            unit=found.unit,
            flags=_flags(Doubt.NONE, visit.simulated),
            status="D" if gone else "C" if entry.corrected else stretch.status,
            at=entry.at,
            observer=entry.event.by,
            methods=() if found.method is None else (found.method,),
        )


def _flags(doubt: Doubt, simulated: bool) -> list[str]:
    return [doubt.value] * (doubt is not Doubt.NONE) + [DEMO] * simulated


def _device(visit: Visit, source: str) -> str:
    """Names a device, or all of a room's, for the receiver: no two rooms have the same."""
    return components(f"{visit.room}/{source}" if source else visit.room, SENDER)
