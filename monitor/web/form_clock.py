"""By when the monitoring form of a session is due: seven calendar days after the day on which it ended. One that was
sent is due again when the record is corrected.
"""

from __future__ import annotations

from datetime import date, timedelta

import msgspec

from monitor.clinic.protocol import Protocol
from monitor.record.sessions import SessionRow
from monitor.reports.clinic_time import day

DAYS = 7
LATE, SOON, QUIET = "overdue", "due", ""


class FormState(msgspec.Struct, frozen=True):
    """How it stands, in words, and how that looks: ``overdue``, ``due`` or nothing."""

    text: str
    look: str = QUIET


def form_state(row: SessionRow, protocol: Protocol | None, today: date) -> FormState:
    """Where a session's form stands on a day."""
    if row.form_sent_us is not None:
        sent = f"sent {day_words(day(row.form_sent_us), today)}"
        return FormState(f"{sent}, changed since", SOON) if row.form_changed else FormState(sent)
    if protocol is None or not protocol.monitoring_form or row.first_dose_us is None:
        return FormState("–")
    if row.ended_us is None:
        return FormState("after the session")
    left = (day(row.ended_us) + timedelta(days=DAYS) - today).days
    if left < 0:
        return FormState(f"overdue {-left} d", LATE)
    return FormState(f"due in {left} d" if left else "due today", SOON)


def day_words(there: date, today: date) -> str:
    """Such as ``12 Nov``, with the year where it is another one."""
    words = f"{there.day} {there:%b}"
    return words if there.year == today.year else f"{words} {there.year}"
