"""The sessions that are looked at now: moving along a chart does not read all of it again each time."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from devices.readings import SECOND, Micros
from monitor.config import Config
from monitor.record.reader import RecordReader
from monitor.reports.session_record import SessionRecord, read_session

MOST = 4
SAME_MOMENT: Micros = SECOND
"""Of a session that goes on, words and chart are asked for at one time: they are read once."""


class Shelf:
    """Reads sessions, and keeps the newest few. To be called from threads."""

    def __init__(self, reader: RecordReader, config: Config) -> None:
        self._reader = reader
        self._config = config
        self._kept: OrderedDict[str, SessionRecord] = OrderedDict()
        self._lock = Lock()

    def read(self, session: str, now: Micros) -> SessionRecord | None:
        """The session as it is in the record now; ``None`` when there is none. Blocking.

        Raises: RecordError while the record cannot be read.
        """
        with self._lock:
            kept = self._kept.pop(session, None)
            found = kept if kept and self._is_current(kept, now) else self._read(session, now)
            if found is not None:
                self._kept[session] = found
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
            return found

    def _is_current(self, kept: SessionRecord, now: Micros) -> bool:
        if not kept.told or kept.damaged:
            return False
        is_settled = kept.row.ended_us is not None or abs(now - kept.read_at) < SAME_MOMENT
        return is_settled and not self._reader.events(session=kept.row.id, after_seq=kept.told[-1].seq)

    def _read(self, session: str, now: Micros) -> SessionRecord | None:
        return read_session(self._reader, self._config, session, now)
