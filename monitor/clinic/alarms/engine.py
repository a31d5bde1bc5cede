"""The alarm engine of one session.

Pure: values, device states and times go in, alarm events come out. Every call first lets time pass up to ``now``, so
that a value stands until the next one replaces it: a violation by samples at 0..14 s has lasted 15 s when the sample at
15 s comes. Time must not run back; it is in microseconds of any steady clock.

A condition goes normal -> pending (in its delay) -> active (unacknowledged or acknowledged) -> normal. When values have
been missing for longer than the hold, a pending condition is forgotten and an active one ends as indeterminate.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from devices.readings import NOT_LIVE, ConditionKind, Metric, Micros, Quality
from monitor.clinic.alarms.limits import LimitRule
from monitor.clinic.alarms.technical import TECHNICAL
from monitor.clinic.alarms.watches import LimitWatch, Watch
from monitor.clinic.events import AlarmAcknowledged, AlarmEnd, AlarmEnded, AlarmRaised, Priority

AlarmEvent = AlarmRaised | AlarmAcknowledged | AlarmEnded

ENGINE = "service"
"""Who raises and ends alarms, in the record."""

URGENCY = {Priority.HIGH: 0, Priority.MEDIUM: 1, Priority.LOW: 2}


class AlarmView(msgspec.Struct, frozen=True):
    """An alarm that is pending (in its delay) or active. Sorted: active first, highest priority, then the newest."""

    condition: str
    metric: Metric | None
    priority: Priority
    text: str
    since: Micros
    active: bool
    acknowledged_by: str | None


class AlarmEngine:
    """Watches one session's values and devices against its rules."""

    def __init__(self, room: str, session: str, rules: Iterable[LimitRule]) -> None:
        self._room = room
        self._session = session
        self._limits: dict[Metric, list[LimitWatch]] = {}
        self._watches: dict[str, Watch] = {}
        for rule in rules:
            watch = LimitWatch(rule)
            self._limits.setdefault(rule.metric, []).append(watch)
            self._watches[rule.condition] = watch

    def tick(self, now: Micros) -> list[AlarmEvent]:
        """Let time pass: delays run out, and what has been missing too long ends as indeterminate."""
        events: list[AlarmEvent] = []
        for watch in self._watches.values():
            if watch.since is None:
                continue
            gone_since = watch.gone_since(now)
            if gone_since is not None:
                events += self._end(watch, AlarmEnd.INDETERMINATE, gone_since, now)
            elif watch.ready(now):
                events.append(self._raise(watch, now))
        return events

    def observe(self, metric: Metric, value: float | None, quality: Quality, now: Micros) -> list[AlarmEvent]:
        """Take a value; ``None``, or one that is held, stored or partial, means that there is none now."""
        events = self.tick(now)
        live = None if quality & NOT_LIVE else value
        for watch in self._limits.get(metric, ()):
            ended = watch.take(live, bool(quality & Quality.QUESTIONABLE), now)
            if ended is not None:
                events += self._end(watch, AlarmEnd.CLEARED, ended, now)
            elif watch.ready(now):
                events.append(self._raise(watch, now))
        return events

    def device(self, device: str, kind: ConditionKind, active: bool, now: Micros) -> list[AlarmEvent]:
        """Take a device's technical state; ``device`` is its name in the room."""
        events = self.tick(now)
        rule = TECHNICAL.get(kind)
        if rule is None:
            return events
        condition = f"{device}.{kind}"
        text = f"{device.capitalize()}: {rule.text}"
        watch = self._watches.setdefault(condition, Watch(condition, rule.priority, rule.delay, text))
        if active and watch.since is None:
            watch.since = now
            if watch.ready(now):
                events.append(self._raise(watch, now))
        elif not active and watch.since is not None:
            events += self._end(watch, AlarmEnd.CLEARED, now, now)
        return events

    def acknowledge(self, condition: str | None, by: str, now: Micros) -> list[AlarmEvent]:
        """Take notice of one active alarm, or with ``None`` of all. Nothing happens to what is acknowledged already."""
        events: list[AlarmEvent] = []
        for watch in self._watches.values():
            if watch.raised and watch.acknowledged_by is None and condition in (None, watch.condition):
                watch.acknowledged_by = by
                events.append(
                    AlarmAcknowledged(at=now, by=by, room=self._room, session=self._session, condition=watch.condition)
                )
        return events

    def end_all(self, now: Micros) -> list[AlarmEvent]:
        """The session is over: its alarms end with it."""
        return [
            event
            for watch in self._watches.values()
            for event in self._end(watch, AlarmEnd.SESSION_ENDED, watch.known_until(now), now)
        ]

    def restore(self, raised: AlarmRaised, acknowledged_by: str | None, now: Micros) -> list[AlarmEvent]:
        """Go on with an alarm that was active when the service stopped.

        A technical alarm stays until its device reports. One whose rule is no longer configured ends as indeterminate.
        """
        watch = self._watches.get(raised.condition)
        if isinstance(watch, LimitWatch):
            watch.restore(raised.since, raised.value, now)
        else:
            delay = raised.onset - raised.since
            watch = Watch(raised.condition, raised.priority, delay, raised.text, raised.since, raised=True)
            if raised.limit is not None:
                return self._end(watch, AlarmEnd.INDETERMINATE, now, now)
            self._watches[raised.condition] = watch
        watch.acknowledged_by = acknowledged_by
        return []

    def alarms(self) -> list[AlarmView]:
        """What is pending or active now."""
        views = [
            AlarmView(
                watch.condition,
                watch.metric,
                watch.priority,
                watch.text,
                watch.since,
                watch.raised,
                watch.acknowledged_by,
            )
            for watch in self._watches.values()
            if watch.since is not None
        ]
        return sorted(views, key=lambda view: (not view.active, URGENCY[view.priority], -view.since))

    def _raise(self, watch: Watch, now: Micros) -> AlarmRaised:
        assert watch.since is not None  # noqa: S101 - ready() says so
        watch.raised = True
        return AlarmRaised(
            at=now,
            by=ENGINE,
            room=self._room,
            session=self._session,
            condition=watch.condition,
            priority=watch.priority,
            text=watch.text,
            since=watch.since,
            onset=watch.since + watch.delay,
            value=watch.value,
            limit=watch.limit,
        )

    def _end(self, watch: Watch, how: AlarmEnd, ended: Micros, now: Micros) -> list[AlarmEvent]:
        was_raised = watch.raised
        watch.reset()
        if not was_raised:
            return []
        return [
            AlarmEnded(
                at=now,
                by=ENGINE,
                room=self._room,
                session=self._session,
                condition=watch.condition,
                how=how,
                ended=ended,
            )
        ]
