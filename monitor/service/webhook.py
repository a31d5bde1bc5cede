"""Tells another system of an alarm that nobody has answered, by a web request. Names no patient."""

from __future__ import annotations

import queue
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from http.client import HTTPException

import msgspec

from devices.readings import Micros
from monitor.clinic.priority import Priority

TIMEOUT_S = 5.0
PAUSES_S: Sequence[float] = (1.0, 5.0)
"""Between the tries; there is one more try than pauses."""


class UnansweredAlarm(msgspec.Struct, frozen=True):
    """The body of the request, as JSON. Times are UTC microseconds."""

    clinic: str
    room: str
    condition: str
    priority: Priority
    text: str
    since: Micros


class Sent(msgspec.Struct, frozen=True):
    """What became of a message; ``problem`` is empty when it arrived."""

    session: str | None
    room: str
    condition: str
    problem: str


class Webhook:
    """Sends in a thread of its own, one message after the other. ``results`` is read by the service."""

    def __init__(self, address: str, pauses_s: Sequence[float] = PAUSES_S) -> None:
        self._address = address
        self._pauses_s = pauses_s
        self._waiting: queue.SimpleQueue[tuple[str | None, str, UnansweredAlarm] | None] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhook", daemon=True)
        self.results: queue.SimpleQueue[Sent] = queue.SimpleQueue()

    def start(self) -> None:
        """Begin to send."""
        self._thread.start()

    def stop(self) -> None:
        """Give up what has not been sent."""
        self._stopped.set()
        self._waiting.put(None)

    def send(self, session: str | None, room: str, alarm: UnansweredAlarm) -> None:
        """Send as soon as the ones before are done."""
        self._waiting.put((session, room, alarm))

    def _run(self) -> None:
        while (waiting := self._waiting.get()) is not None and not self._stopped.is_set():
            session, room, alarm = waiting
            self.results.put(Sent(session, room, alarm.condition, self._try_to_send(alarm)))

    def _try_to_send(self, alarm: UnansweredAlarm) -> str:
        problem = self._post(alarm)
        for pause_s in self._pauses_s:
            if not problem or self._stopped.wait(pause_s):
                break
            problem = self._post(alarm)
        return problem

    def _post(self, alarm: UnansweredAlarm) -> str:
        """Why it did not arrive, in plain words; empty when it did."""
        request = urllib.request.Request(  # noqa: S310 - config.py lets only http and https pass
            self._address, msgspec.json.encode(alarm), {"Content-Type": "application/json"}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT_S):  # noqa: S310 - as above
                return ""
        except urllib.error.HTTPError as error:
            return f"the receiver answered {error.code}"
        except (OSError, HTTPException, ValueError) as error:
            return f"no answer from the receiver: {getattr(error, 'reason', error)}"
