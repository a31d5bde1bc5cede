"""What is due next: readings and assessments that the protocol asks for."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from devices.readings import MINUTE, SECOND, Micros
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import CUFF_RETRY_S, Session
from monitor.clinic.treatment.plan import Due
from monitor.clinic.treatment.scales import SCALES, Scale

NIBP = "nibp"


class DueItem(msgspec.Struct, frozen=True):
    """Something that is due at a time, and overdue from another on; both ``None`` when it only has to come before the
    dose.
    """

    what: str
    label: str
    due_at: Micros | None
    overdue_at: Micros | None


def due_items(session: Session, protocol: Protocol) -> list[DueItem]:
    """What comes next of everything that the protocol asks for, the most urgent first."""
    items = [_item(due, session) for due in protocol.due]
    return sorted((item for item in items if item is not None), key=lambda item: item.due_at or 0)


def _item(due: Due, session: Session) -> DueItem | None:
    label = "Blood pressure" if due.what == NIBP else SCALES[Scale(due.what)].label
    done = _done_at(due.what, session)
    if session.first_dose_at is None:
        return DueItem(due.what, label, None, None) if due.before_dose and not done else None
    grace = round(due.grace_min * MINUTE)
    at = min(_times(due, session.first_dose_at, done, grace), default=None)
    return None if at is None else DueItem(due.what, label, at, at + grace)


def _times(due: Due, zero: Micros, done: list[Micros], grace: Micros) -> Iterator[Micros]:
    newest = max([zero, *done])
    for minutes in due.at_min:
        at = zero + round(minutes * MINUTE)
        if newest < at - grace:
            yield at
    if due.every_min is not None:
        yield newest + round(due.every_min * MINUTE)


def _done_at(what: str, session: Session) -> list[Micros]:
    if what == NIBP:
        return [reading.measured_at for reading in session.treatment.readings]
    return [each.given_at for each in session.treatment.assessments if each.scale == what]


def next_cuff_at(session: Session, protocol: Protocol) -> Micros | None:
    """When the cuff measures by itself: by its interval, at a minute that the protocol names, or when a dose that waits
    is looked at again; ``None`` when only by hand.
    """
    if session.ended_at is not None:
        return None
    wanted = [item.due_at for item in due_items(session, protocol) if item.what == NIBP]
    wanted.append(session.treatment.held_until)
    times = [session.next_cuff_at, *(_tried_at(at, session) for at in wanted if at is not None)]
    return min((at for at in times if at is not None), default=None)


def _tried_at(wanted_at: Micros, session: Session) -> Micros | None:
    """When a reading is tried that is wanted at a time: then, and soon again while it fails, as long as no person stops
    it and no arm is squeezed for ever.
    """
    tried = session.cuff_tried_at
    if tried is None or tried < wanted_at:
        return wanted_at
    if session.cuff_failures and not session.cuff_gives_up:
        return tried + CUFF_RETRY_S * SECOND
    return None
