"""What the engine keeps of one alarm condition: normal, pending in its delay, active, acknowledged."""

from __future__ import annotations

from dataclasses import dataclass

from devices.readings import METRICS, SECOND, Metric, Micros
from monitor.clinic.alarms.limits import LimitRule, Side
from monitor.clinic.events import Priority

STREAM_HOLD: Micros = 5 * SECOND
"""A violation survives a missing stretch of at most this long; monitors that tick every 1.024 s leave such holes."""

EPISODIC_HOLD: Micros = 30 * 60 * SECOND
"""A cuff reading speaks for the patient for this long when no other follows."""


@dataclass
class Watch:
    """A watch on a device's state, and what every watch has. ``since`` is when the condition began, ``None`` while it
    does not hold; ``raised`` says that it has become an alarm.
    """

    condition: str
    priority: Priority
    delay: Micros
    text: str = ""
    since: Micros | None = None
    raised: bool = False
    acknowledged_by: str | None = None

    metric: Metric | None = None
    value: float | None = None
    limit: float | None = None

    def ready(self, now: Micros) -> bool:
        """Whether the condition has held for its delay and waits to be raised."""
        return not self.raised and self.since is not None and now - self.since >= self.delay

    def gone_since(self, now: Micros) -> Micros | None:  # noqa: ARG002 - a device's state is never unknown
        """Since when nothing is known of the condition any more; ``None`` while it is known."""
        return None

    def known_until(self, now: Micros) -> Micros:
        """Until when something was known of the condition: now, or when values began to be missing."""
        return now

    def reset(self) -> None:
        """Back to normal."""
        self.since, self.raised, self.acknowledged_by = None, False, None


class LimitWatch(Watch):
    """A watch on a value against one limit."""

    def __init__(self, rule: LimitRule) -> None:
        super().__init__(rule.condition, rule.priority, rule.delay, metric=rule.metric, limit=rule.limit)
        self._rule = rule
        self._hold = EPISODIC_HOLD if METRICS[rule.metric].episodic else STREAM_HOLD
        self._seen: Micros | None = None
        self._missing_since: Micros | None = None
        self._doubted = False

    def take(self, value: float | None, questionable: bool, now: Micros) -> Micros | None:
        """Take a value, or ``None`` for "no value now". Returns when the condition ended if this value ends it."""
        if value is None:
            if self._missing_since is None:
                self._missing_since = now
            return None
        stood_until = self.known_until(now)
        self._seen, self._missing_since = now, None
        if self._rule.violates(value):
            # One questionable value proves nothing; the next violating one confirms it.
            self._doubted = questionable and self.since is None
            if self.since is None:
                self.since = now
            self.value, self.text = value, self._rule.text(value)
            return None
        if self.since is None:
            return None
        if self.raised and not self._rule.clears(value):
            self.text = self._in_between(value)
            return None
        return stood_until

    def ready(self, now: Micros) -> bool:
        """As for every watch; a value that is missing or stands alone in doubt raises nothing."""
        return self._missing_since is None and not self._doubted and super().ready(now)

    def gone_since(self, now: Micros) -> Micros | None:
        """Since when values have been missing, if for longer than the hold."""
        last = self._seen if self._missing_since is None else self._missing_since
        return last if last is not None and now - last > self._hold else None

    def known_until(self, now: Micros) -> Micros:
        """As for every watch."""
        return now if self._missing_since is None else self._missing_since

    def restore(self, since: Micros, value: float | None, now: Micros) -> None:
        """Go on with an alarm that was active before a restart, as if a value had come just now."""
        self.since, self.raised, self.value = since, True, value
        self._seen, self._missing_since = now, None
        self.text = self._rule.text(value)

    def _in_between(self, value: float) -> str:
        info = METRICS[self._rule.metric]
        low = self._rule.side is Side.LOW
        clears_at = self._rule.limit + (self._rule.hysteresis if low else -self._rule.hysteresis)
        return f"{info.label} {value:.{info.decimals}f}, clears at {clears_at:g}"
