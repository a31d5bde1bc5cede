"""Days and times as the clinic's own clock and calendar had them, summer time included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta

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


def moment(at: Micros, beside: Micros) -> str:
    """A time of day, with the day where it is not that of the time ``beside``: ``14:28``, ``16 Jan 14:28``."""
    there = local(at)
    return clock(at) if there.date() == day(beside) else f"{there.day} {there:%b} {there:%H:%M}"


def ahead(at: Micros) -> Micros:
    """By how much the clinic's clock is ahead of UTC."""
    return (round(local(at).replace(tzinfo=UTC).timestamp()) - at // SECOND) * SECOND


def zone(start: Micros, end: Micros) -> str:
    """The clinic's distance from UTC, such as ``UTC+01:00``; both where the clock was changed in between."""
    return " then ".join(dict.fromkeys(f"UTC{local(at).isoformat()[19:]}" for at in (start, end)))


def midnight(there: date) -> Micros:
    """When a day begins there."""
    return round(datetime.combine(there, time()).timestamp()) * SECOND


def midnights(start: Micros, end: Micros) -> Iterator[Micros]:
    """Every time within at which another day begins there."""
    following = day(start) + timedelta(days=1)
    while (at := midnight(following)) <= end:
        yield at
        following += timedelta(days=1)
