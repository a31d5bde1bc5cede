"""The service's one clock: UTC that never jumps."""

from __future__ import annotations

import time

from devices.readings import Micros

BOOT_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)

STEP_S = 0.5
"""A difference above this between the computer's clock and ours is a step, not drift."""


class SteadyClock:
    """UTC as it was at the start, carried on by the monotonic clock: no delay or age depends on a clock change.

    It never begins before ``not_before``, the newest time of what goes on: to a patient in the chair time does not run
    back because somebody set the computer's clock.
    """

    def __init__(self, not_before: Micros = 0) -> None:
        self._offset = max(self._wall(), not_before) - self._monotonic()
        self._reported = 0.0

    def now(self) -> Micros:
        """The present, UTC microseconds."""
        return self._monotonic() + self._offset

    def new_step(self) -> float | None:
        """By how many seconds the computer's clock has been changed since the last call that reported one."""
        away = (self._wall() - self.now()) / 1e6
        if abs(away - self._reported) < STEP_S:
            return None
        step = away - self._reported
        self._reported = away
        return step

    @property
    def away_s(self) -> float:
        """How far the computer's clock is from ours, in seconds, as last reported."""
        return self._reported

    @staticmethod
    def _wall() -> Micros:
        return time.time_ns() // 1000

    @staticmethod
    def _monotonic() -> Micros:
        # The boot clock goes on while the computer sleeps; the monotonic one stands still on Linux.
        return time.clock_gettime_ns(BOOT_CLOCK) // 1000 if BOOT_CLOCK is not None else time.monotonic_ns() // 1000
