"""What commands need to know of the past: the newest event, a patient's last visit, a session that is over."""

from __future__ import annotations

from monitor.clinic.events import AnyEvent
from monitor.clinic.refusal import Refused
from monitor.clinic.session import folded
from monitor.clinic.treatment.arriving import LastVisit
from monitor.record.errors import RecordError
from monitor.record.reader import RecordReader
from monitor.record.sessions import SessionRow
from monitor.service.treatment_commands import Anchor


class RecordedPast:
    """Reads the record. What cannot be read now is refused, with the reason."""

    def __init__(self, reader: RecordReader) -> None:
        self._reader = reader

    def anchor(self) -> Anchor:
        """Its newest event and the hash of its chain there."""
        try:
            return Anchor(*self._reader.newest_link())
        except RecordError as error:
            raise Refused(f"The record cannot be read now, so it cannot be signed: {error}. Try again.") from error

    def last_visit(self, patient: str) -> LastVisit | None:
        """What the patient's last session says of them; ``None`` at the first visit."""
        try:
            row = self._reader.last_session_of(patient)
            return None if row is None else last_visit(row, self._reader.events(session=row.id))
        except RecordError as error:
            raise Refused(f"The record of the last visit cannot be read now: {error}. Try again.") from error

    def events(self, session: str) -> list[AnyEvent]:
        """All that happened in a session, in order; without what is damaged."""
        try:
            return self._reader.readable_events(session)[0]
        except RecordError as error:
            raise Refused(f"The record cannot be read now: {error}. Try again.") from error


def last_visit(row: SessionRow, events: list[AnyEvent]) -> LastVisit | None:
    """What a session says of its patient."""
    session = folded(events)
    return None if session is None else LastVisit(row.weight_kg, session.treatment.intake, row.opened_us)
