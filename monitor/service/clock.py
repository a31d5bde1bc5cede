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
    back because somebody set the computer's clock. In a clinic that ``can_run_fast`` the record is ahead of the
    computer's clock because time ran fast there, and nobody has set anything.

    In a fast clinic it stands, and moves only when it is told to.
    """

    def __init__(self, not_before: Micros = 0, *, can_run_fast: bool = False) -> None:
        wall = self._wall()
        ahead = max(0, not_before - wall)
        self._gained: Micros = ahead if can_run_fast else 0
        self._offset = wall + ahead - self._gained - self._monotonic()
        self._stands: Micros | None = None
        self._reported = 0.0

    def now(self) -> Micros:
        """The present, UTC microseconds."""
        stands = self._stands
        return self.unhurried() + self._gained if stands is None else stands

    @property
    def gained_s(self) -> float:
        """How far time is ahead, in seconds, because it ran fast."""
        return (self.now() - self.unhurried()) / 1e6

    def stand(self) -> None:
        """Stop. Time goes on by ``move_to``."""
        self._stands = self.now()

    def move_to(self, at: Micros) -> None:
        """Go to this moment, which is not before the present, and stand there."""
        self._stands = at

    def go_on(self) -> None:
        """Run by itself again, from where it stands."""
        self._gained = self.now() - self.unhurried()
        self._stands = None

    def new_step(self) -> float | None:
        """By how many seconds the computer's clock has been changed since the last call that reported one."""
        away = (self._wall() - self.unhurried()) / 1e6
        if abs(away - self._reported) < STEP_S:
            return None
        step = away - self._reported
        self._reported = away
        return step

    @property
    def away_s(self) -> float:
        """How far the computer's clock is from ours, in seconds, as last reported."""
        return self._reported

    def unhurried(self) -> Micros:
        """What time it would be, had it never run fast: for what takes real time, such as a disk."""
        return self._monotonic() + self._offset

    @staticmethod
    def _wall() -> Micros:
        return time.time_ns() // 1000

    @staticmethod
    def _monotonic() -> Micros:
        # The boot clock goes on while the computer sleeps; the monotonic one stands still on Linux.
        return time.clock_gettime_ns(BOOT_CLOCK) // 1000 if BOOT_CLOCK is not None else time.monotonic_ns() // 1000
