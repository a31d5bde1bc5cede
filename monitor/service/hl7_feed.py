"""Sends the open sessions to another system while they go on, as HL7 messages, in a thread of its own.

The service only hands over what came and never waits. What the receiver does not take waits here; when that is too
much, the oldest goes and is counted. The record is not concerned: a session can be exported whole at any time.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from devices.readings import MINUTE, SECOND, Micros
from monitor.clinic.events import AnyEvent, SessionEnded
from monitor.clinic.session import Session
from monitor.config import Config, Room
from monitor.hl7.mllp import Patience, Refused, Sender, Unanswered
from monitor.hl7.oru import Visit
from monitor.record.journal import Entry
from monitor.service.hl7_minutes import Gathered, OpenSession

log = logging.getLogger(__name__)

MOST_WAITING = 5000
"""Messages; 32 rooms for two and a half hours."""
PATIENCE = Patience(pauses_s=(1.0, 5.0))
RETRY_S = 15.0
FAULT = "a message is left out by a fault of Chairside itself"
LEFT_OUT = "HL7: a message of session %s is left out by this fault; export that session"


class _Waiting(NamedTuple):
    session: str
    message: str


class Hl7Feed:
    """All but ``news`` and the thread is for the service's own thread. Does nothing where no receiver is configured."""

    def __init__(
        self, config: Config, patience: Patience = PATIENCE, retry_s: float = RETRY_S, most: int = MOST_WAITING
    ) -> None:
        self._settings = config.hl7
        self._clinic = config.clinic.name
        self._patience = patience
        self._retry_s = retry_s
        self._open: dict[str, OpenSession] = {}
        self._given: queue.SimpleQueue[tuple[Gathered, Micros] | None] = queue.SimpleQueue()
        self._waiting: deque[_Waiting] = deque()
        self._most = most
        self._lost = self._failed = 0
        self._fault = ""
        """What Chairside itself has done wrong since it told last of how messages get through."""
        self._problem = ""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="hl7", daemon=True)
        self.news: queue.SimpleQueue[str] = queue.SimpleQueue()
        """Why messages do not get through, whenever that changes; empty when they do again."""

    def start(self) -> None:
        """Begin to send."""
        if self._settings is not None:
            self._thread.start()

    def stop(self) -> None:
        """Give up what has not been sent."""
        self._stopped.set()
        self._given.put(None)

    def opened(self, room: Room, session: Session, since: Micros) -> None:
        """A session goes on in a room; of what was measured before ``since`` nothing is told."""
        if self._settings is None:
            return
        visit = Visit(
            session=session.id,
            patient=session.patient,
            room=room.id,
            room_name=room.name,
            clinic=self._clinic,
            simulated=room.simulated,
        )
        self._open[session.id] = OpenSession(visit, session.treatment, since)

    def restored(self, room: Room, session: Session, now: Micros) -> None:
        """A session goes on after a restart. It is told of from the next whole minute on: half of one would replace
        what was sent of that minute before.
        """
        self.opened(room, session, (now // MINUTE + 1) * MINUTE)

    def happened(self, event: AnyEvent) -> None:
        """Something is in the record and has its number there, by which the receiver knows it again from the file; with
        the end of a session its last minute is handed over.
        """
        session = self._open.get(event.session or "")
        if session is None:
            return
        session.happened(event)
        if isinstance(event, SessionEnded):
            del self._open[event.session or ""]
            self._given.put((session.take_rest(event.at), event.at))

    def second(self, now: Micros, entries: Sequence[Entry]) -> None:
        """A second has passed with these readings: hand over what is due."""
        if self._settings is None:
            return
        for _, owner, reading in entries:
            if owner in self._open:
                self._open[owner].measured(reading)
        for session in self._open.values():
            if session.due(now, self._settings.every_s * SECOND):
                self._given.put((session.take_whole_minutes(now), now))

    def _run(self) -> None:
        assert self._settings is not None  # noqa: S101 - only then it is started
        try:
            with Sender(self._settings.host_and_port, self._patience, self._stopped.wait) as sender:
                while not self._stopped.is_set():
                    self._compose(patient=True)
                    self._deliver(sender)
        finally:
            if not self._stopped.is_set():
                self.news.put("Chairside has stopped sending by a fault of its own")

    def _compose(self, *, patient: bool) -> None:
        """Make messages of what was handed over; ``patient``: wait for it, when messages wait only until the retry."""
        try:
            given = self._given.get(patient, self._retry_s if self._waiting else None)
            while given is not None:
                self._make(*given)
                given = self._given.get_nowait()
        except queue.Empty:
            pass
        while len(self._waiting) > self._most:
            self._waiting.popleft()
            self._lost += 1

    def _make(self, gathered: Gathered, made_at: Micros) -> None:
        try:
            for message in gathered.messages(made_at):
                self._waiting.append(_Waiting(gathered.visit.session, message))
        except Exception:
            # What is wrong with one session must not keep the others from being told.
            log.exception(LEFT_OUT, gathered.visit.session)
            self._failed, self._fault = self._failed + 1, FAULT

    def _deliver(self, sender: Sender) -> None:
        refused = ""
        while self._waiting and not self._stopped.is_set():
            try:
                problem = sender.deliver(self._waiting[0].message)
            except Exception:
                # It would fail for ever, and those behind it are as good as before.
                log.exception(LEFT_OUT, self._waiting.popleft().session)
                self._failed, self._fault = self._failed + 1, FAULT
                sender.close()
                continue
            if isinstance(problem, Unanswered):
                self._tell(str(problem))
                return
            self._waiting.popleft()
            if isinstance(problem, Refused):
                refused = str(problem)
                log.warning("HL7: %s", refused)
            self._compose(patient=False)
        fault, self._fault = self._fault, ""
        self._tell(refused or fault)

    def _tell(self, problem: str) -> None:
        if self._lost and not problem:
            log.warning("HL7: %d messages were too many to wait and are lost; export those sessions", self._lost)
            self._lost = 0
        if self._failed and not problem:
            log.warning("HL7: messages left out by a fault: %d; export those sessions", self._failed)
            self._failed = 0
        if bool(problem) != bool(self._problem):
            log.warning("HL7: %s", problem or "messages get through again")
            self.news.put(problem)
        self._problem = problem
