"""Days and times as the clinic's own clock and calendar had them, summer time included."""

from __future__ import annotations

from datetime import date, datetime

from devices.readings import SECOND, Micros


def local(at: Micros) -> datetime:
    """A time in the zone of this computer, which is the clinic's."""
    return datetime.fromtimestamp(at // SECOND).astimezone()


def day(at: Micros) -> date:
    """The calendar day there."""
    return local(at).date()


def iso_day(at: Micros) -> str:
    """Such as ``2026-11-26``."""
    return day(at).isoformat()


def clock(at: Micros) -> str:
    """Such as ``14:28``."""
    return f"{local(at):%H:%M}"
