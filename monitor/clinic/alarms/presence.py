"""Whether an oximeter gives values that somebody can be watched by."""

from __future__ import annotations

from enum import Enum

from devices.readings import SECOND, Micros

NO_VALUE_AFTER: Micros = 10 * SECOND
"""Without values for so long, and without a reason for it, is an alarm of its own."""
STEADY_FOR: Micros = 10 * SECOND
"""Values that come for so long without a break are steady, whatever was before."""
FORGIVES = 2
"""A second without values is made up for by so many seconds with them."""
MAY_LAST = 3
"""With a reason that may be over in a moment, such as a probe that is being moved, so many times as long."""


class Reason(Enum):
    """Why there is no value."""

    UNKNOWN = "unknown"
    TOLD = "told"
    """The device says why, but that is no alarm yet."""
    ALARMED = "alarmed"
    """An alarm says why."""


class Presence:
    """Counts the time without values. One that is there now and then is as bad as none: nothing lasts for long enough
    to alarm, and nothing is missing for long enough to be missed.
    """

    def __init__(self, now: Micros, *, missing: bool = False) -> None:
        self._missed: Micros = NO_VALUE_AFTER if missing else 0
        self._steady_since: Micros | None = None
        self._at = now
        self.missing = missing
        """Whether there have been no steady values for too long."""

    def look(self, valued: bool, reason: Reason, now: Micros) -> None:
        """Take that since the last look there was a value, or none for this reason."""
        span, self._at = now - self._at, now
        if valued:
            self._steady_since = now if self._steady_since is None else self._steady_since
            steady = now - self._steady_since >= STEADY_FOR
            self._missed = 0 if steady else max(0, self._missed - span // FORGIVES)
        else:
            self._steady_since = None
            counts = {Reason.UNKNOWN: span, Reason.TOLD: span // MAY_LAST, Reason.ALARMED: 0}[reason]
            self._missed = min(NO_VALUE_AFTER, self._missed + counts)
        self.missing = self._missed == NO_VALUE_AFTER or (self.missing and self._missed > 0)
