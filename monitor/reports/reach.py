"""How far a session that goes on reaches, by what the record knows of it rather than by the computer's clock alone."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import msgspec

from devices.readings import SECOND, Micros
from monitor.clinic.events import AnyEvent
from monitor.record.series import MILLI, Series
from monitor.record.sessions import SessionRow

LONGEST_SILENCE: Micros = 3600 * SECOND
"""While anybody is treated something is told or measured more often than that. Without this end a session that nobody
ended, or a clock that is years ahead, would make charts and tables of years in which nothing is known.
"""


class Reach(msgspec.Struct, frozen=True):
    """``read_at`` is when a session was read, ``end`` when it ended; of one that goes on, until when it is known."""

    read_at: Micros
    end: Micros


def reach(row: SessionRow, told: Sequence[AnyEvent], series: Collection[Series], now: Micros) -> Reach:
    """The reach of a session that is read at ``now``, by these events and measurements.

    The clock may have been set back, or time may have run fast: then ``now`` is before what the record holds already,
    and all of that counts all the same.
    """
    arrived = [int(each.at_ms[-1]) * MILLI for each in series if len(each)]
    lost = [last for each in series for first, last in each.lost if _is_sound(first, last)]
    newest = max([row.opened_us, *(each.at for each in told), *(at + MILLI for at in (*arrived, *lost))])
    read_at = max(now, newest)
    return Reach(read_at, min(read_at, newest + LONGEST_SILENCE) if row.ended_us is None else row.ended_us)


def _is_sound(first: object, last: object) -> bool:
    """Whether these can be the times of a stretch that could not be read; they may have rotted, too."""
    return isinstance(first, int) and isinstance(last, int) and 0 <= last - first <= LONGEST_SILENCE
