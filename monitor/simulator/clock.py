"""The time in which the simulated patients and their devices live."""

from __future__ import annotations

import time

from devices.readings import SECOND, Micros


class SimulatedClock:
    """Seconds from anywhere. They go by as real ones do, until the clinic plays its time by itself."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._stands = 0.0
        self.played_to: Micros | None = None
        """The clinic's time up to which it was played; ``None`` while time goes by itself."""

    def now(self) -> float:
        """The present."""
        return time.monotonic() + self._ahead if self.played_to is None else self._stands

    def play_to(self, clinic: Micros) -> None:
        """Go on to this time of the clinic and stand there; the first time only joins it. It never goes back."""
        if self.played_to is None:
            self._stands, self.played_to = self.now(), clinic
        elif clinic > self.played_to:
            self._stands += (clinic - self.played_to) / SECOND
            self.played_to = clinic

    def go_on(self) -> None:
        """Go by itself again, without a jump."""
        self._ahead = self.now() - time.monotonic()
        self.played_to = None
