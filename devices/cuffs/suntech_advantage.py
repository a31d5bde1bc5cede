"""SunTech Advantage OEM blood-pressure modules (SunTech Advantage OEM module specification, serial communication).

9600 baud, 8N1. The module never speaks first, but for ``K`` when a measurement is over, so a link to it is alive while
it answers polls.

A measurement: start → ``O`` → cuff pressure, polled 5 times a second → ``K`` → blood-pressure data, asked for once.
The module repeats its last result to whoever asks; so data count only after a ``K`` or when they differ from the last.
"""

from __future__ import annotations

from enum import Enum, auto

from devices.cuffs.suntech_frames import (
    ABORT,
    ABORTED,
    ANSWER_LENGTH,
    ASK_PRESSURE,
    ASK_RESULT,
    BUSY,
    EXECUTED,
    FAULTS,
    LEAK,
    LENGTHS,
    MODULE,
    NO_ANSWER,
    NO_RESULT,
    PRESSURE_LENGTH,
    RECEIVED,
    REFUSALS,
    RESULT_LENGTH,
    START_ADULT,
    STOPPED,
    STOPPED_THERE,
    TIMEOUT,
    TOO_HIGH,
    TOO_LONG,
    UNCONFIRMED,
    failure_text,
)
from devices.framing import FramedDecoder
from devices.readings import (
    SECOND,
    ConditionKind,
    Metric,
    Micros,
    Numeric,
    Quality,
    Reading,
    Reply,
    ReplyKind,
    plausible,
)

POLL_RUNNING: Micros = SECOND // 5
POLL_IDLE: Micros = SECOND
ANSWER_WITHIN: Micros = 2 * SECOND
STOP_AGAIN_AFTER: Micros = SECOND
RESULT_WITHIN: Micros = SECOND
FORGET_AFTER: Micros = SECOND // 2
"""The rest of a frame comes within milliseconds; what has waited longer is the start of none."""
START_SENDS, STOP_SENDS, RESULT_SENDS = 2, 2, 3
LONGEST_SILENCE: Micros = 10 * SECOND
LONGEST_MEASUREMENT: Micros = 180 * SECOND
"""Longer than the module's own limit for an adult."""
EMPTY_FOR: Micros = 3 * SECOND
EMPTY_BELOW, INFLATED_ABOVE, NEVER_ABOVE = 10, 40, 300
"""Cuff pressures in mmHg; 300 is the most that an adult cuff may reach (IEC 80601-2-30)."""
PRESSURES = (Metric.SYS, Metric.DIA, Metric.MAP)


class _Step(Enum):
    IDLE = auto()
    STARTING = auto()
    MEASURING = auto()
    FETCHING = auto()
    STOPPING = auto()


class SunTechDecoder(FramedDecoder):
    """Drives one module: SYS, DIA, MAP and PR_NIBP with one common ``measured_at``, and CUFF while it is asked for."""

    def __init__(self, source: str = "", mark: Quality = Quality.OK) -> None:
        super().__init__(source, mark)
        self._greeted = self._learning = False
        self._grew: Micros = 0
        self._untold: list[Reading] = []
        self._step = _Step.IDLE
        self._start_wanted = False
        self._stop_wanted: tuple[ReplyKind, str] | None = None
        self._outcome = (ReplyKind.CANCELLED, STOPPED)
        self._sends = 0
        self._deadline: Micros = 0
        self._next_poll: Micros | None = None
        self._started: Micros = 0
        self._heard: Micros = 0
        self._was_inflated = False
        self._empty_since: Micros | None = None
        self._completed_at: Micros | None = None
        self._last_result = b""
        self._ignore_results = False

    @property
    def measuring(self) -> bool:
        """True from ``start`` until the result, the failure or the end of a stop."""
        return self._start_wanted or self._step is not _Step.IDLE

    def start(self) -> None:
        """Ask for one measurement with the next ``due``; does nothing while one runs."""
        self._start_wanted = self._start_wanted or self._step is _Step.IDLE

    def cancel(self) -> None:
        """Deflate with the next ``due``, also when no measurement is known to run."""
        self._start_wanted = False
        self._stop_wanted = (ReplyKind.CANCELLED, STOPPED)

    def closing(self) -> bytes:
        """An abort: a cuff is never left inflated by nobody."""
        return ABORT

    def due(self, at: Micros) -> bytes:
        """The command that is due now, or a poll of the cuff pressure.

        A connection begins with an abort, because nobody waits for what an earlier one may have started, and with a
        question for the result that the module still holds, so that it is known as an old one.
        """
        if not self._greeted:
            self._greeted = self._learning = True
            return ABORT + ASK_RESULT
        if self._stop_wanted:
            return self._stop(at)
        if self._start_wanted:
            return self._begin(at)
        return self._overdue(at) or self._poll(at)

    def feed(self, data: bytes, at: Micros) -> list[Reading]:
        """Take bytes that arrived at ``at``; with none, tell what did not happen in time."""
        readings, self._untold = self._untold, []
        if self._buffer and at - self._grew > FORGET_AFTER:
            self.counters.skipped += len(self._buffer)
            self._buffer.clear()
        if data:
            self._grew = at
        return readings + super().feed(data, at)

    def _consume(self, start: int, at: Micros, readings: list[Reading]) -> int:
        """Use the bytes at ``start``; how many were used, 0 when more are needed to tell."""
        if self._buffer[start] != MODULE:
            return self._skip()
        if len(self._buffer) < start + 2:
            return 0
        length = self._buffer[start + 1]
        if length not in LENGTHS:
            return self._skip()
        frame = bytes(self._buffer[start : start + length])
        if len(frame) < length:
            return 0
        if sum(frame) & 0xFF:
            self.counters.bad_checksums += self._locked
            return self._skip()
        self._locked = True
        self._heard = at
        self.counters.frames += 1
        if length == ANSWER_LENGTH:
            readings += self._answered(frame[2], at)
        elif length == PRESSURE_LENGTH:
            readings += self._felt(int.from_bytes(frame[2:4], "little"), at)
        elif length == RESULT_LENGTH:
            readings += self._result(frame, at)
        return length

    def _skip(self) -> int:
        if self._locked:
            self._locked = False
            self.counters.resyncs += 1
        self.counters.skipped += 1
        return 1

    def _ask(self, command: bytes, at: Micros, within: Micros) -> bytes:
        self._sends += 1
        self._deadline = at + within
        return command

    def _go(self, step: _Step, at: Micros) -> None:
        """Enter a step whose command goes out with the next ``due``."""
        self._step = step
        self._sends = 0
        self._deadline = at

    def _begin(self, at: Micros) -> bytes:
        self._start_wanted = self._learning = False
        self._ignore_results = False
        self._completed_at = None
        self._was_inflated = False
        self._empty_since = None
        self._started = at
        self._go(_Step.STARTING, at)
        return self._ask(START_ADULT, at, ANSWER_WITHIN)

    def _stop(self, at: Micros) -> bytes:
        if self._stop_wanted and self._step is not _Step.STOPPING:
            self._outcome = self._stop_wanted
        self._stop_wanted = None
        self._ignore_results = True
        self._go(_Step.STOPPING, at)
        return self._ask(ABORT, at, STOP_AGAIN_AFTER)

    def _poll(self, at: Micros) -> bytes:
        if self._next_poll is not None and at < self._next_poll:
            return b""
        self._next_poll = at + (POLL_IDLE if self._step is _Step.IDLE else POLL_RUNNING)
        return ASK_PRESSURE

    def _overdue(self, at: Micros) -> bytes:
        """What the passing of time calls for in the present step."""
        if self._step is _Step.MEASURING:
            self._watch(at)
        if self._stop_wanted:
            return self._stop(at)
        if self._step in (_Step.IDLE, _Step.MEASURING) or at < self._deadline:
            return b""
        if self._step is _Step.STARTING and self._sends < START_SENDS:
            return self._ask(START_ADULT, at, ANSWER_WITHIN)
        if self._step is _Step.FETCHING and self._sends < RESULT_SENDS:
            return self._ask(ASK_RESULT, at, RESULT_WITHIN)
        if self._step is _Step.STOPPING and self._sends < STOP_SENDS:
            return self._ask(ABORT, at, STOP_AGAIN_AFTER)
        return self._give_up(at)

    def _watch(self, at: Micros) -> None:
        """Do not rely on the module alone to end a measurement."""
        if at - self._started >= LONGEST_MEASUREMENT:
            self._stop_wanted = (ReplyKind.FAILED, TOO_LONG)
        elif at - self._heard >= LONGEST_SILENCE:
            self._stop_wanted = (ReplyKind.FAILED, NO_ANSWER)
        elif self._empty_since is not None and at - self._empty_since >= EMPTY_FOR:
            # The cuff filled and emptied, so it is over; the ``K`` was lost.
            self._go(_Step.FETCHING, at)

    def _give_up(self, at: Micros) -> bytes:
        """End a step whose command was sent often enough without an answer."""
        if self._step is _Step.STOPPING:
            kind, text = self._outcome
            self._untold.append(self._end(kind, text + UNCONFIRMED, at))
            return b""
        unanswered = NO_ANSWER if self._step is _Step.STARTING else NO_RESULT
        self._untold.append(self._end(ReplyKind.FAILED, unanswered, at))
        self._ignore_results = True
        return ABORT

    def _end(self, kind: ReplyKind, text: str, at: Micros) -> Reply:
        self._step = _Step.IDLE
        return Reply(kind, at, self._source, text)

    def _answered(self, letter: int, at: Micros) -> list[Reading]:
        if letter == EXECUTED:
            self._completed_at = at
        if self._step is _Step.STARTING:
            return self._start_answered(letter, at)
        if self._step is _Step.STOPPING and letter == ABORTED:
            return [self._end(*self._outcome, at)]
        if self._step in (_Step.MEASURING, _Step.FETCHING) and letter in (ABORTED, TIMEOUT):
            self._ignore_results = True
            return [self._end(ReplyKind.FAILED, STOPPED_THERE if letter == ABORTED else REFUSALS[TIMEOUT], at)]
        if self._step is _Step.MEASURING and letter == EXECUTED:
            self._go(_Step.FETCHING, at)
        return []

    def _start_answered(self, letter: int, at: Micros) -> list[Reading]:
        # Busy after a second start: the first one was obeyed and its answer lost.
        if letter == RECEIVED or (letter == BUSY and self._sends == START_SENDS):
            self._step = _Step.MEASURING
            self._completed_at = None
            return [Reply(ReplyKind.STARTED, at, self._source)]
        if letter in REFUSALS:
            return [self._end(ReplyKind.REFUSED, REFUSALS[letter], at)]
        return []

    def _felt(self, pressure: int, at: Micros) -> list[Reading]:
        if pressure > INFLATED_ABOVE:
            self._was_inflated = True
        if pressure >= EMPTY_BELOW or not self._was_inflated:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = at
        if pressure > NEVER_ABOVE and self._step is _Step.MEASURING:
            self._stop_wanted = (ReplyKind.FAILED, TOO_HIGH)
        return [self._numeric(Metric.CUFF, pressure, at, at)]

    def _result(self, frame: bytes, at: Micros) -> list[Reading]:
        if self._step not in (_Step.IDLE, _Step.FETCHING) or (self._step is _Step.IDLE and self._ignore_results):
            return []
        completed_at, self._completed_at = self._completed_at, None
        if self._learning:
            self._learning = False
            self._last_result = frame
            return []
        # Without a ``K``, only data that differ from the last ones can be new.
        old_one_is_known = bool(self._last_result) or not self._greeted
        is_new = completed_at is not None or (old_one_is_known and frame != self._last_result)
        self._last_result = frame
        if not is_new and self._step is _Step.IDLE:
            return []
        if not is_new and not frame[20]:
            return [self._end(ReplyKind.FAILED, NO_RESULT, at)]
        measured_at = at if completed_at is None else completed_at
        if code := frame[20]:
            return self._failure(code, measured_at, at)
        return self._pressures(frame, measured_at, at)

    def _failure(self, code: int, measured_at: Micros, at: Micros) -> list[Reading]:
        text = failure_text(code)
        readings: list[Reading] = []
        readings += self._conditions.update(ConditionKind.CUFF_LEAK, code == LEAK, at, text)
        if code in FAULTS:
            readings += self._conditions.update(ConditionKind.CUFF_FAULT, True, at, text)
        return [*readings, *self._blank(measured_at, at), self._end(ReplyKind.FAILED, text, at)]

    def _pressures(self, frame: bytes, measured_at: Micros, at: Micros) -> list[Reading]:
        sys, dia, mean = (int.from_bytes(frame[place : place + 2], "little") for place in (2, 4, 18))
        believable = dia < sys and plausible(Metric.SYS, sys) is not None and plausible(Metric.DIA, dia) is not None
        if not believable:
            return [*self._blank(measured_at, at), self._end(ReplyKind.FAILED, NO_RESULT, at)]
        values = {Metric.SYS: sys, Metric.DIA: dia, Metric.MAP: mean if dia <= mean <= sys else None}
        return [
            *self._conditions.update(ConditionKind.CUFF_LEAK, False, at),
            *self._conditions.update(ConditionKind.CUFF_FAULT, False, at),
            *(self._numeric(metric, value, measured_at, at) for metric, value in values.items()),
            self._numeric(Metric.PR_NIBP, frame[16], measured_at, at),
            self._end(ReplyKind.DONE, f"{sys}/{dia} mmHg", at),
        ]

    def _blank(self, measured_at: Micros, at: Micros) -> list[Reading]:
        return [self._numeric(metric, None, measured_at, at) for metric in (*PRESSURES, Metric.PR_NIBP)]

    def _numeric(self, metric: Metric, value: int | None, measured_at: Micros, at: Micros) -> Numeric:
        known = None if value is None else plausible(metric, value)
        return Numeric(metric, known, at, measured_at, self._source, self._mark)
