"""The thread that writes the record, so that no screen and no alarm ever waits for the disk.

What cannot be written waits here in order and is written when the disk takes it again; meanwhile ``problem`` says why.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from devices.readings import SECOND, Micros, Numeric
from monitor.clinic.events import AnyEvent, RecordingResumed, RecordingStopped
from monitor.record.errors import RecordRefused, RecordUnavailable
from monitor.record.journal import Entry
from monitor.record.writer import RecordWriter

log = logging.getLogger(__name__)

NOT_ANSWERING: Micros = 3 * SECOND
"""A write that takes longer than this is a disk that hangs; a click that waited longer is refused, not done later."""
RETRY_S = 1.0
MOST_SECONDS_WAITING = 2 * 3600
CHECKPOINT_EVERY: Micros = 60 * SECOND
COUNTED_AT_ONCE = 2
"""So many sessions of an older record, whose figures lists still lack, are counted when nothing else waits: they take a
hundredth of a second.
"""

Completion = Callable[[list[AnyEvent] | None], None]
"""Told the events with their numbers when they are committed, and ``None`` when that did not work at once."""


@dataclass
class _Seconds:
    """Those that follow each other; while they wait for a disk, one each."""

    seconds: list[tuple[Micros, Sequence[Entry]]]


@dataclass
class _Events:
    events: Sequence[AnyEvent]
    then: Completion
    now_or_never: bool
    asked_at: Micros


@dataclass
class _Seal:
    room: str


class Recorder:
    """Owns the only writing connection. ``completions`` are to be run by the service's own thread. ``now`` is the time
    that stands in the record, ``unhurried`` the one in which the disk works.
    """

    def __init__(self, writer: RecordWriter, now: Callable[[], Micros], unhurried: Callable[[], Micros]) -> None:
        self._writer = writer
        self._now = now
        self._unhurried = unhurried
        self._queue: queue.SimpleQueue[_Seconds | _Events | _Seal | None] = queue.SimpleQueue()
        self._waiting: deque[_Seconds | _Events | _Seal] = deque()
        self._in_hand = 0
        self._lost_seconds = 0
        self._stopped_since: Micros | None = None
        self._checkpointed = now()
        self._problem = ""
        self._writing_since: Micros | None = None
        self.completions: queue.SimpleQueue[tuple[Completion, list[AnyEvent] | None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    @property
    def problem(self) -> str:
        """Why nothing is being kept now; empty while all is well."""
        since = self._writing_since
        if not self._problem and since is not None and self._unhurried() - since > NOT_ANSWERING:
            return "the disk does not answer"
        return self._problem

    @property
    def behind(self) -> int:
        """How many seconds and events are being written or come after that. What waits for a disk is not among them."""
        return self._queue.qsize() + self._in_hand

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
        self._queue.put(_Seconds([(at, entries)]))

    def happened(self, events: Sequence[AnyEvent], then: Completion) -> None:
        """Keep events; when the disk takes nothing now they wait, and ``then`` is told again when they are kept."""
        self._queue.put(_Events(events, then, now_or_never=False, asked_at=self._unhurried()))

    def ask(self, events: Sequence[AnyEvent], then: Completion) -> None:
        """Keep events now or not at all: what a person asked for must not happen later, unseen."""
        self._queue.put(_Events(events, then, now_or_never=True, asked_at=self._unhurried()))

    def seal(self, room: str) -> None:
        """Close the chunks of a room whose session has ended."""
        self._queue.put(_Seal(room))

    def _run(self) -> None:
        while True:
            try:
                taken = [self._queue.get(timeout=RETRY_S)]
            except queue.Empty:
                self._catch_up()
                self._count()
                continue
            while not self._queue.empty():
                taken.append(self._queue.get())
            self._in_hand = len(taken)
            for item in _joined(taken):
                if item is None:
                    self._catch_up()
                    return
                self._take(item)
            self._in_hand = 0

    def _take(self, item: _Seconds | _Events | _Seal) -> None:
        if self._waiting or self._stopped_since is not None:
            self._catch_up()
        late = isinstance(item, _Events) and item.now_or_never and self._unhurried() - item.asked_at > NOT_ANSWERING
        if self._waiting or late or not self._try(item):
            self._keep(item)

    def _catch_up(self) -> None:
        while self._waiting and self._try(self._waiting[0]):
            self._waiting.popleft()
        if not self._waiting and self._stopped_since is not None:
            self._resumed()

    def _resumed(self) -> None:
        assert self._stopped_since is not None  # noqa: S101 - the caller has looked
        now, since = self._now(), self._stopped_since
        stopped = RecordingStopped(at=since, by="service", since=since, reason=self._problem)
        resumed = RecordingResumed(at=now, by="service", since=since, lost_seconds=self._lost_seconds)
        try:
            self._writer.append_events([stopped, resumed])
        except RecordUnavailable as error:
            self._problem = str(error)
            return
        self._problem, self._stopped_since, self._lost_seconds = "", None, 0

    def _try(self, item: _Seconds | _Events | _Seal) -> bool:
        self._writing_since = self._unhurried()
        try:
            match item:
                case _Seconds():
                    self._writer.append_seconds(item.seconds)
                    self._maintain(item.seconds[-1][0])
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
                self._keep_what_can_be(item)
        finally:
            self._writing_since = None
        return True

    def _keep_what_can_be(self, refused: _Events) -> None:
        """What happened by itself is kept event by event, so that a bad one takes no good one along."""
        self.completions.put((refused.then, None))
        if not refused.now_or_never and len(refused.events) > 1:
            for event in refused.events:
                alone = _Events([event], refused.then, False, refused.asked_at)
                if not self._try(alone):
                    self._keep(alone)

    def _failed(self, error: RecordUnavailable) -> None:
        if self._stopped_since is None:
            self._stopped_since = self._now()
        self._problem = str(error)

    def _maintain(self, at: Micros) -> None:
        """Seal and checkpoint. What fails here is tried again in the next second; nothing waits for it."""
        try:
            self._writer.seal_due(at)
            if at - self._checkpointed > CHECKPOINT_EVERY:
                self._checkpointed = at
                self._writer.checkpoint()
        except RecordUnavailable as error:
            self._failed(error)
        self._count()

    def _count(self) -> None:
        """Count what older sessions lack, a few at a time, while the disk takes what happens now."""
        if self._stopped_since is not None or not self._queue.empty():
            return
        try:
            self._writer.count_uncounted(COUNTED_AT_ONCE)
        except RecordUnavailable as error:
            self._failed(error)

    def _keep(self, item: _Seconds | _Events | _Seal) -> None:
        if isinstance(item, _Events):
            self.completions.put((item.then, None))
            if item.now_or_never:
                return
        if isinstance(item, _Seconds) and len(item.seconds) > 1:
            for second in item.seconds:
                self._keep(_Seconds([second]))
            return
        if isinstance(item, _Seconds):
            # Waves would fill the memory within the two hours that numbers are kept waiting.
            ((at, entries),) = item.seconds
            item = _Seconds([(at, [entry for entry in entries if isinstance(entry[2], Numeric)])])
        self._waiting.append(item)
        if len(self._waiting) > MOST_SECONDS_WAITING:
            for index, waiting in enumerate(self._waiting):
                if isinstance(waiting, _Seconds):
                    del self._waiting[index]
                    self._lost_seconds += 1
                    break


def _joined(items: Iterable[_Seconds | _Events | _Seal | None]) -> Iterator[_Seconds | _Events | _Seal | None]:
    """The same, with seconds that follow each other in one: a commit of many takes hardly longer than one of one."""
    for kind, alike in groupby(items, type):
        if kind is _Seconds:
            yield _Seconds([second for each in alike if isinstance(each, _Seconds) for second in each.seconds])
        else:
            yield from alike
