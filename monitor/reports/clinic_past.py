"""What is usual in this clinic: the ended sessions of a protocol, read once each and counted together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Lock

import msgspec

from devices.readings import SECOND, Micros
from monitor.clinic.events import (
    AnyEvent,
    BaselineLocked,
    CuffMeasured,
    DoseStarted,
    PressureTaken,
    SessionEnded,
    SessionOpened,
)
from monitor.clinic.figures.distribution import Distribution, Ended, distribution, ended_figures
from monitor.clinic.played import told_simulated
from monitor.clinic.session import folded
from monitor.clinic.treatment.amending import as_amended
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    DeviceGiven,
    InfusionStarted,
    ReadinessReached,
)
from monitor.config import Config
from monitor.record.errors import EventsDamaged
from monitor.record.reader import RecordReader

MONTHS = 24
REACHES_BACK: Micros = MONTHS * 30 * 86_400 * SECOND
MOST = 500
NEEDED = (
    SessionOpened,
    DoseStarted,
    DeviceGiven,
    InfusionStarted,
    CuffMeasured,
    PressureTaken,
    BaselineLocked,
    ReadinessReached,
    SessionEnded,
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
)
"""The kinds of events that the figures follow from, with the doses that tell time zero."""


class Past(msgspec.Struct, frozen=True):
    """How the newest ended sessions of a protocol spread, simulated ones apart from real ones, and which these are."""

    distribution: Distribution
    simulated: bool
    first: Micros | None
    """When the oldest and the newest one were opened; ``None`` without any."""
    last: Micros | None
    damaged: int
    """How many more there are of which something is damaged: they are left out."""
    cut: bool
    """Whether there are more than ``MOST`` in the time, so that only the newest ones were read."""


class _Read(msgspec.Struct, frozen=True):
    """A session as it was read up to its event ``newest``; without figures it is damaged or has no dose any more."""

    newest: int
    simulated: bool = False
    figures: Ended | None = None
    damaged: bool = False


class ClinicPast:
    """Reads each session once, and again when anything happened to it since. Blocking: to be called from a thread."""

    def __init__(self, reader: RecordReader, config: Config) -> None:
        self._reader = reader
        self._simulated_rooms = {room.id for room in config.rooms if room.simulated}
        self._read: dict[str, dict[str, _Read]] = {}
        """By protocol and session."""
        self._counted: dict[tuple[str, bool], tuple[list[tuple[str, int]], Past]] = {}
        """By protocol and whether simulated: what was counted, and what it came to."""
        self._one_at_a_time = Lock()

    def of(self, protocol: str, now: Micros, *, simulated: bool) -> Past:
        """The past of a protocol's simulated or real sessions, as far as it reaches back from ``now``.

        Raises: RecordError while the record cannot be read.
        """
        with self._one_at_a_time:
            found = self._reader.ended_sessions(protocol, now - REACHES_BACK, MOST + 1)
            standing = [(row.id, newest) for row, newest in found[:MOST]]
            before = self._counted.get((protocol, simulated))
            if before is not None and before[0] == standing:
                return before[1]
            rooms = {row.id: row.room in self._simulated_rooms for row, _ in found[:MOST]}
            read = self._up_to_date(protocol, standing, rooms)
            own = [(row, read[row.id]) for row, _ in found[:MOST] if read[row.id].simulated == simulated]
            counted = [(row.opened_us, each.figures) for row, each in own if each.figures is not None]
            past = Past(
                distribution=distribution([figures for _, figures in counted]),
                simulated=simulated,
                first=counted[-1][0] if counted else None,
                last=counted[0][0] if counted else None,
                damaged=sum(each.damaged for _, each in own),
                cut=len(found) > MOST,
            )
            self._counted[protocol, simulated] = (standing, past)
            return past

    def _up_to_date(
        self, protocol: str, standing: Sequence[tuple[str, int]], rooms: Mapping[str, bool]
    ) -> dict[str, _Read]:
        """``rooms`` says by session whether its room is simulated now."""
        before = self._read.get(protocol, {})
        changed = {session: newest for session, newest in standing if _is_old(before.get(session), newest)}
        told = self._reader.events_of(changed, NEEDED)
        fresh = {
            session: _read(told.get(session, []), newest, room=rooms[session]) for session, newest in changed.items()
        }
        self._read[protocol] = {session: fresh.get(session) or before[session] for session, _ in standing}
        return self._read[protocol]


def _is_old(read: _Read | None, newest: int) -> bool:
    return read is None or read.newest != newest


def _read(told: list[AnyEvent] | EventsDamaged, newest: int, *, room: bool) -> _Read:
    intact = told.intact if isinstance(told, EventsDamaged) else told
    simulated = told_simulated(intact, room=room)
    session = None if isinstance(told, EventsDamaged) else folded(as_amended(told))
    if session is None:
        return _Read(newest, simulated, damaged=True)
    return _Read(newest, simulated, ended_figures(session))
