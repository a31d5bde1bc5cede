"""What the engine keeps of one alarm condition: normal, pending, active, acknowledged, latched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from devices.readings import METRICS, SECOND, Metric, Micros
from monitor.clinic.alarms.rules import LimitRule, Rule
from monitor.clinic.events import AlarmEnd
from monitor.clinic.priority import Priority

STREAM_HOLD: Micros = 5 * SECOND
"""A violation survives a missing stretch of at most this long; monitors that tick every 1.024 s leave such holes."""

EPISODIC_HOLD: Micros = 30 * 60 * SECOND
"""A cuff reading speaks for the patient for this long when no other follows."""

RELAPSE_AFTER: Micros = 60 * SECOND
"""A value that was back inside its severe limit for so long and falls again is another fall than the one answered."""


class Latched(NamedTuple):
    """An alarm that nobody has answered yet, although its condition is over: what it said, and from when to when."""

    text: str
    since: Micros
    how: AlarmEnd
    ended: Micros


@dataclass
class Watch:
    """A watch on a device's state, a symptom, a due time, and what every watch has.

    ``since`` is when the condition began, ``None`` while it does not hold; ``raised_at`` when it became an alarm.
    """

    condition: str
    priority: Priority
    delay: Micros
    text: str = ""
    since: Micros | None = None
    raised_at: Micros | None = None
    acknowledged_by: str | None = None
    escalated: int = 0
    latched: Latched | None = None
    watched_since: Micros | None = None
    """When it was switched on again: no alarm of it begins before that."""

    metric: Metric | None = None
    value: float | None = None
    limit: float | None = None

    @property
    def raised(self) -> bool:
        """Whether the condition holds and has become an alarm."""
        return self.raised_at is not None

    def confirmed(self, now: Micros) -> Micros | None:
        """When the condition had held for long enough to be an alarm; ``None`` while it has not."""
        if self.since is None or now - self.since < self.delay:
            return None
        return self.since + self.delay

    def ready(self, now: Micros) -> bool:
        """Whether the condition is confirmed and waits to be raised."""
        return self.raised_at is None and self.confirmed(now) is not None

    def gone_since(self, now: Micros) -> Micros | None:  # noqa: ARG002 - a device's state is never unknown
        """Since when nothing is known of the condition any more; ``None`` while it is known."""
        return None

    def known_until(self, now: Micros) -> Micros:
        """Until when something was known of the condition: now, or when values began to be missing."""
        return now

    def not_before(self, at: Micros) -> Micros:
        """This time, or when it was switched on again, if that is later."""
        return at if self.watched_since is None else max(at, self.watched_since)

    def last_words(self) -> str:
        """What it says when it is over."""
        return self.text

    def reset(self) -> None:
        """The condition holds no more."""
        self.since = self.raised_at = self.acknowledged_by = None
        self.escalated = 0


class Sample(NamedTuple):
    """A value as it comes; ``None`` for "no value now", when the one before stood only until ``lost_at``.

    ``wait`` is how long a violation of nothing but values as weak as this one must have lasted at least.
    """

    value: float | None
    questionable: bool
    wait: Micros
    at: Micros
    lost_at: Micros


class ValueWatch(Watch):
    """A watch on a metric's values. They may be missing for a while, in doubt, or weak evidence."""

    def __init__(self, rule: Rule, priority: Priority, delay: Micros) -> None:
        super().__init__(rule.condition, priority, delay, metric=rule.metric)
        self.rule: Rule = rule
        self._hold = EPISODIC_HOLD if METRICS[rule.metric].episodic else STREAM_HOLD
        self._seen: Micros | None = None
        self._missing_since: Micros | None = None

    def take(self, sample: Sample) -> Micros | None:
        """Take a value. Returns when the condition ended if this value ends it."""
        if sample.value is None:
            if self._missing_since is None:
                self._missing_since = sample.lost_at if self._seen is None else max(sample.lost_at, self._seen)
            return None
        lost = self.gone_since(sample.at) is not None
        stood_until = self.known_until(sample.at)
        self._seen, self._missing_since = sample.at, None
        return self._judge(sample.value, sample, stood_until, lost)

    def _judge(self, value: float, sample: Sample, stood_until: Micros, lost: bool) -> Micros | None:
        """Look at a value that is there. The one before it stood until ``stood_until``; ``lost``: too long ago."""
        raise NotImplementedError

    def ready(self, now: Micros) -> bool:
        """As for every watch; while values are missing nothing is raised."""
        return self._missing_since is None and super().ready(now)

    def gone_since(self, now: Micros) -> Micros | None:
        """Since when values have been missing, if for longer than the hold."""
        last = self._seen if self._missing_since is None else self._missing_since
        return last if last is not None and now - last > self._hold else None

    def known_until(self, now: Micros) -> Micros:
        """As for every watch."""
        return now if self._missing_since is None else self._missing_since

    def restore(self, since: Micros, value: float | None, text: str, now: Micros, away: Micros) -> None:
        """Go on with an alarm from before a restart that took the time ``away``.

        Values that were played again keep their say: whether and for how long they were missing, but for the time away.
        Where they know nothing of it, it is as if a value had come just now.
        """
        if self.since is None or self._seen is None:
            self._seen, self._missing_since = now, None
            self.value, self.text = value, text
        else:
            self._seen += away
            self._missing_since = None if self._missing_since is None else self._missing_since + away
        self.since = since


class LimitWatch(ValueWatch):
    """A watch on a value against one limit, confirmed by its delay."""

    rule: LimitRule

    def __init__(self, rule: LimitRule) -> None:
        super().__init__(rule, rule.priority, rule.delay)
        self.limit = rule.limit
        self._doubted = False
        self._wait: Micros = 0
        self._newest: Sample | None = None
        self._worst: float | None = None
        """The furthest value of the violation that nothing puts in doubt."""
        self._back_since: Micros | None = None
        """Since when no value that is believed violates the limit; ``None`` while one does."""

    def _judge(self, value: float, sample: Sample, stood_until: Micros, lost: bool) -> Micros | None:  # noqa: ARG002
        believed = not sample.questionable or self._violated_by_newest()
        self._newest = sample
        if self.rule.violates(value):
            if believed and self._relapses(sample.at):
                return sample.at
            self._back_since = None if believed else self._back_since
            if self.since is None:
                self._worst = None
                self._begin(sample, sample.at)
            else:
                self._doubted = False
                self._wait = min(self._wait, sample.wait)
            self.value, self.text = value, self.rule.text(value)
            if not sample.questionable:
                self._worst = self._further(value)
            return None
        if self._back_since is None and self.rule.is_back(value):
            self._back_since = sample.at
        if self.since is None:
            return None
        if self.raised and not self.rule.clears(value):
            self.text = self.rule.text_in_between(value)
            return None
        return stood_until

    def _relapses(self, now: Micros) -> bool:
        """Whether a violation now is another fall than the one that the alarm is about and that somebody answered."""
        lasts_longer = self.rule.ends_with is not None and self.acknowledged_by is not None
        return lasts_longer and self._back_since is not None and now - self._back_since >= RELAPSE_AFTER

    def _violated_by_newest(self) -> bool:
        return self._newest is not None and self._newest.value is not None and self.rule.violates(self._newest.value)

    def _further(self, value: float) -> float:
        if self._worst is None or self.rule.side.beyond(value, self._worst):
            return value
        return self._worst

    def last_words(self) -> str:
        """As for every watch: the worst that there was, not that it was nearly over."""
        return self.rule.text(self.value if self._worst is None else self._worst)

    def restore(self, since: Micros, value: float | None, text: str, now: Micros, away: Micros) -> None:
        """As for every watch on values."""
        # What was played again is known with its doubts; the value that the alarm was raised with is not.
        played_again = self.since is not None and self._seen is not None
        super().restore(since, value, text, now, away)
        self._worst = self._worst if played_again else value

    def _begin(self, sample: Sample, since: Micros) -> None:
        """A violation begins. One questionable value proves nothing; the next violating one confirms it."""
        self.since, self._doubted, self._wait = since, sample.questionable, sample.wait

    def confirmed(self, now: Micros) -> Micros | None:
        """As for every watch; a value that stands alone in doubt confirms nothing, and weak evidence takes longer."""
        delay = max(self.delay, self._wait)
        if self._doubted or self.since is None or now - self.since < delay:
            return None
        return self.since + delay

    def adopt(self, before: LimitWatch, now: Micros) -> Micros | None:
        """Go on from the watch on the same condition before its limit was changed.

        Returns when the condition ended, which is now, if the newest value is well within the new limit.
        """
        self._seen, self._missing_since, self._newest = before._seen, before._missing_since, before._newest
        self.since, self.raised_at, self.acknowledged_by = before.since, before.raised_at, before.acknowledged_by
        self.escalated, self.latched, self.watched_since = before.escalated, before.latched, before.watched_since
        self.value, self.text = before.value, before.text
        self._doubted, self._wait = before._doubted, before._wait
        self._worst, self._back_since = before._worst, before._back_since
        newest = self._newest
        if newest is None or newest.value is None or self.gone_since(now) is not None:
            return None
        if self.rule.violates(newest.value):
            if self.since is None:
                self._begin(newest, now)
            self.value, self.text = newest.value, self.rule.text(newest.value)
            return None
        if self.raised and not self.rule.clears(newest.value):
            self.text = self.rule.text_in_between(newest.value)
            return None
        return None if self.since is None else now
