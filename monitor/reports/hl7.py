"""A session of the record as HL7 version 2 messages."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from devices.readings import MINUTE
from monitor.clinic.events import CuffMeasured
from monitor.clinic.treatment.events import Amended
from monitor.hl7.charted import Charted, charted
from monitor.hl7.minutes import streamed_minutes
from monitor.hl7.oru import SENDER, Cuff, Stretch, Visit, oru_message
from monitor.hl7.text import escaped, header, moment, segment
from monitor.reports.session_record import SessionRecord


def oru_messages(found: SessionRecord) -> Iterator[str]:
    """One message for each minute of the session of which there is anything, in order of time.

    Corrections are put in, and what was withdrawn is told as deleted.
    """
    visit = _visit(found)
    for stretch in _stretches(found):
        yield oru_message(visit, stretch, found.read_at)


def session_file(found: SessionRecord) -> bytes:
    """All of a session as a batch of messages (HL7 v2.6, 2.10.3), in UTF-8."""
    messages = list(oru_messages(found))
    head = {3: SENDER, 4: escaped(found.clinic), 7: moment(found.read_at), 11: found.row.id}
    return "".join([header("BHS", head), *messages, segment("BTS", {1: str(len(messages))})]).encode()


def _visit(found: SessionRecord) -> Visit:
    return Visit(
        session=found.row.id,
        patient=found.row.patient,
        room=found.row.room,
        room_name=found.room,
        clinic=found.clinic,
        simulated=found.simulated,
    )


def _stretches(found: SessionRecord) -> Iterator[Stretch]:
    cuffs, entries = _cuffs(found), _entries(found)
    times = [*(each.reading.measured_at for each in cuffs), *(each.at for each in entries)]
    span = (min([found.start, *times]), max([found.end, *(time + 1 for time in times)]))
    for start, streams in streamed_minutes(found.series, found.curves(), span):
        stretch = Stretch(
            start=max(start, span[0]),
            end=min(start + MINUTE, span[1]),
            streams=streams,
            cuffs=[each for each in cuffs if start <= each.reading.measured_at < start + MINUTE],
            entries=[each for each in entries if start <= each.at < start + MINUTE],
            final=found.row.ended_us is not None,
            damaged=bool(found.damaged),
        )
        if not stretch.empty:
            yield stretch


def _cuffs(found: SessionRecord) -> list[Cuff]:
    marks = () if found.session is None else found.session.treatment.artefacts
    return [Cuff.judged(each, marks) for each in found.events if isinstance(each, CuffMeasured)]


def _entries(found: SessionRecord) -> list[Charted]:
    """What stands, each marked where it was told otherwise before, and what stands no longer."""
    amended = {each.corrects for each in found.told if isinstance(each, Amended) and each.changes}
    told = {each.event.seq: each for each in charted(found.told)}
    standing = {each.event.seq: each for each in charted(found.events)}
    return [
        *(
            msgspec.structs.replace(each, corrected=seq in amended or told[seq] != each)
            for seq, each in standing.items()
        ),
        *(msgspec.structs.replace(each, withdrawn=True) for seq, each in told.items() if seq not in standing),
    ]
