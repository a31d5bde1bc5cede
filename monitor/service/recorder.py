"""The thread that writes the record, so that no screen and no alarm ever waits for the disk.

What cannot be written waits here in order and is written when the disk takes it again; meanwhile ``problem`` says why.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from devices.readings import SECOND, Micros
from monitor.clinic.events import AnyEvent, RecordingResumed, RecordingStopped
from monitor.record.errors import RecordRefused, RecordUnavailable
from monitor.record.journal import Entry
from monitor.record.writer import RecordWriter

log = logging.getLogger(__name__)

RETRY_S = 1.0
MOST_SECONDS_WAITING = 2 * 3600
CHECKPOINT_EVERY: Micros = 60 * SECOND

Completion = Callable[[list[AnyEvent] | None], None]
"""Told the events with their numbers when they are committed, and ``None`` when that did not work at once."""


@dataclass
class _Second:
    at: Micros
    entries: Sequence[Entry]


@dataclass
class _Events:
    events: Sequence[AnyEvent]
    then: Completion
    now_or_never: bool


@dataclass
class _Seal:
    room: str


class Recorder:
    """Owns the only writing connection. ``completions`` are to be run by the service's own thread."""

    def __init__(self, writer: RecordWriter, now: Callable[[], Micros]) -> None:
        self._writer = writer
        self._now = now
        self._queue: queue.SimpleQueue[_Second | _Events | _Seal | None] = queue.SimpleQueue()
        self._waiting: deque[_Second | _Events | _Seal] = deque()
        self._lost_seconds = 0
        self._stopped_since: Micros | None = None
        self._checkpointed = now()
        self.problem = ""
        self.completions: queue.SimpleQueue[tuple[Completion, list[AnyEvent] | None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    @property
    def running(self) -> bool:
        """False when the thread has ended, by ``stop`` or by a fault of its own."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Write what waits and close the record."""
        self._queue.put(None)
        self._thread.join(10.0)
        self._writer.close()

    def measured(self, at: Micros, entries: Sequence[Entry]) -> None:
        """Keep a second of measurements."""
        self._queue.put(_Second(at, entries))

    def happened(self, events: Sequence[AnyEvent], then: Completion) -> None:
        """Keep events; when the disk takes nothing now they wait, and ``then`` is told again when they are kept."""
        self._queue.put(_Events(events, then, now_or_never=False))

    def ask(self, events: Sequence[AnyEvent], then: Completion) -> None:
        """Keep events now or not at all: what a person asked for must not happen later, unseen."""
        self._queue.put(_Events(events, then, now_or_never=True))

    def seal(self, room: str) -> None:
        """Close the chunks of a room whose session has ended."""
        self._queue.put(_Seal(room))

    def _run(self) -> None:
        while True:
            try:
                item = self._queue.get(timeout=RETRY_S)
            except queue.Empty:
                self._catch_up()
                continue
            if item is None:
                self._catch_up()
                return
            self._take(item)

    def _take(self, item: _Second | _Events | _Seal) -> None:
        if self._waiting:
            self._catch_up()
        if self._waiting or not self._try(item):
            self._keep(item)

    def _catch_up(self) -> None:
        while self._waiting and self._try(self._waiting[0]):
            self._waiting.popleft()
        if not self._waiting and self._stopped_since is not None:
            self._resumed()

    def _resumed(self) -> None:
        assert self._stopped_since is not None  # noqa: S101 - the caller has looked
        now, since = self._now(), self._stopped_since
        stopped = RecordingStopped(at=since, by="service", since=since, reason=self.problem)
        resumed = RecordingResumed(at=now, by="service", since=since, lost_seconds=self._lost_seconds)
        try:
            self._writer.append_events([stopped, resumed])
        except RecordUnavailable as error:
            self.problem = str(error)
            return
        self.problem, self._stopped_since, self._lost_seconds = "", None, 0

    def _try(self, item: _Second | _Events | _Seal) -> bool:
        try:
            match item:
                case _Second():
                    self._writer.append_second(item.at, item.entries)
                    self._maintain(item.at)
                case _Events():
                    self.completions.put((item.then, self._writer.append_events(item.events)))
                case _Seal():
                    self._writer.seal_room(item.room)
        except RecordUnavailable as error:
            self._failed(error)
            return False
        except RecordRefused as error:
            # It contradicts what is kept and would do so for ever: waiting with it would stop the record.
            log.error("not kept: %s", error)
            if isinstance(item, _Events):
                self.completions.put((item.then, None))
        return True

    def _failed(self, error: RecordUnavailable) -> None:
        if self._stopped_since is None:
            self._stopped_since = self._now()
        self.problem = str(error)

    def _maintain(self, at: Micros) -> None:
        """Seal and checkpoint. What fails here is tried again in the next second; nothing waits for it."""
        try:
            self._writer.seal_due(at)
            if at - self._checkpointed > CHECKPOINT_EVERY:
                self._checkpointed = at
                self._writer.checkpoint()
        except RecordUnavailable as error:
            self._failed(error)

    def _keep(self, item: _Second | _Events | _Seal) -> None:
        if isinstance(item, _Events):
            self.completions.put((item.then, None))
            if item.now_or_never:
                return
        self._waiting.append(item)
        if len(self._waiting) > MOST_SECONDS_WAITING:
            for index, waiting in enumerate(self._waiting):
                if isinstance(waiting, _Second):
                    del self._waiting[index]
                    self._lost_seconds += 1
                    break
