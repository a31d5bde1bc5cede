"""The alarm engine of one session.

Pure: values, device states, symptoms and times go in, alarm events come out. Every call first lets time pass up to
``now``, so that a value stands until the next one replaces it: a violation by samples at 0..14 s has lasted 15 s when
the sample at 15 s comes. Time must not run back; it is in microseconds of any steady clock.

A condition goes normal -> pending (not confirmed yet) -> active (unacknowledged or acknowledged) -> normal, or latched
until somebody answers. When values have been missing for longer than the hold, a pending condition is forgotten and an
active one ends as indeterminate.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TypeVar

from msgspec.structs import replace

from devices.readings import METRICS, NOT_LIVE, SECOND, ConditionKind, Metric, Micros, Quality
from monitor.clinic.alarms.confirmation import watch_on
from monitor.clinic.alarms.policy import ESCALATES, NOTHING_SPECIAL, AlarmPolicy
from monitor.clinic.alarms.rules import Rule
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.alarms.technical import EXPLAINED_BY, LOSS_OF_SIGNAL, TECHNICAL, CuffHold
from monitor.clinic.alarms.views import AlarmView, view_of
from monitor.clinic.alarms.watches import Latched, LimitWatch, Sample, ValueWatch, Watch
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmRaised,
)
from monitor.clinic.priority import Priority

AlarmEvent = AlarmRaised | AlarmAcknowledged | AlarmEscalated | AlarmLatched | AlarmEnded
AnyAlarmEvent = TypeVar("AnyAlarmEvent", AlarmRaised, AlarmAcknowledged, AlarmEscalated, AlarmLatched, AlarmEnded)

ENGINE = "service"
"""Who raises and ends alarms, in the record."""

ENDS_UNSEEN = frozenset({AlarmEnd.CLEARED, AlarmEnd.INDETERMINATE})
"""Ends that come by themselves, perhaps while nobody looked: only such an alarm is latched."""

STAYS_LATCHED = ENDS_UNSEEN | {AlarmEnd.SWITCHED_OFF}
"""Ends of which nobody who has not seen a latched alarm learns of it."""

WEAK_BY_PERFUSION = frozenset({Metric.SPO2, Metric.PR})
PI_SPEAKS_FOR: Micros = 10 * SECOND
"""A perfusion index says something of the signal for so long."""


class AlarmEngine:
    """Watches one session's values and devices against its rules."""

    def __init__(
        self, room: str, session: str | None, rules: Iterable[Rule], policy: AlarmPolicy = NOTHING_SPECIAL
    ) -> None:
        self._room = room
        self._session = session
        self._policy = policy
        self._watches: dict[str, Watch] = {}
        self._by_metric: dict[Metric, list[ValueWatch]] = {}
        self._signal_lost_by_cuff: set[str] = set()
        """Conditions that a cuff on the same arm may cause."""
        self._cuff_hold = CuffHold()
        self._measured: dict[Metric, Micros] = {}
        """When the newest cuff values were measured: one that is sent again is no new one."""
        self._weak_pi_at: Micros | None = None
        self._off: set[str | None] = set()
        """Conditions that raise nothing; ``None`` stands for every one that can be switched off."""
        self._now: Micros = 0
        for rule in rules:
            self._add(watch_on(rule))

    # ---- what is known of the patient and the devices

    def tick(self, now: Micros) -> list[AlarmEvent]:
        """Let time pass: delays run out, and what has been missing too long ends as indeterminate."""
        self._now = now
        events: list[AlarmEvent] = []
        for watch in self._watches.values():
            if watch.since is None:
                continue
            gone_since = watch.gone_since(now)
            if gone_since is not None and not (watch.raised and self._cuff_hold.explains_until(gone_since, now)):
                # A limit that was moved can make a violation of a value that came before.
                events += self._end(watch, AlarmEnd.INDETERMINATE, max(gone_since, watch.since), now)
            elif watch.raised:
                events += self._escalate(watch, now)
            else:
                events += self._raise_if_ready(watch, now)
        return events

    def observe(
        self,
        metric: Metric,
        value: float | None,
        quality: Quality,
        now: Micros,
        measured_at: Micros | None = None,
        lost_at: Micros | None = None,
    ) -> list[AlarmEvent]:
        """Take a value; ``None``, or one that is held, stored or partial, means that there is none now.

        A cuff value with the ``measured_at`` of one that was taken before is that one sent again: nothing new. A value
        that is missed only now, but was the last one at ``lost_at``, has been missing since then.
        """
        events = self.tick(now)
        live = None if quality & NOT_LIVE else value
        if metric is Metric.PI:
            self._weak_pi_at = now if live is not None and live < self._policy.weak_pi else None
        if self._was_taken(metric, live, measured_at):
            return events
        wait = self._policy.weak_wait if metric in WEAK_BY_PERFUSION and self._is_weak(quality, now) else 0
        questionable = bool(quality & Quality.QUESTIONABLE)
        sample = Sample(live, questionable, wait, now, now if lost_at is None else lost_at)
        for watch in self._by_metric.get(metric, ()):
            ended = watch.take(sample)
            if ended is not None:
                events += self._end(watch, AlarmEnd.CLEARED, ended, now)
                watch.take(sample)  # What ends an answered alarm may be the next fall.
        for watch in self._by_metric.get(metric, ()):
            # Not before all have seen the value: a severe alarm may speak for an ordinary one.
            events += self._raise_if_ready(watch, now)
        return events

    def _was_taken(self, metric: Metric, value: float | None, measured_at: Micros | None) -> bool:
        if value is None or measured_at is None or not METRICS[metric].episodic:
            return False
        newest = self._measured.get(metric)
        if newest is not None and measured_at <= newest:
            return True
        self._measured[metric] = measured_at
        return False

    def _is_weak(self, quality: Quality, now: Micros) -> bool:
        by_index = self._weak_pi_at is not None and now - self._weak_pi_at <= PI_SPEAKS_FOR
        return by_index or bool(quality & Quality.LOW_PERFUSION)

    def device(self, device: str, kind: ConditionKind, active: bool, now: Micros) -> list[AlarmEvent]:
        """Take a device's technical state; ``device`` is its name in the room."""
        rule = TECHNICAL.get(kind)
        if rule is None:
            return self.tick(now)
        condition = f"{device}.{kind}"
        if kind in LOSS_OF_SIGNAL:
            self._signal_lost_by_cuff.add(condition)
        text = f"{device.capitalize()}: {rule.text}"
        return self.state(Watch(condition, rule.priority, rule.delay, text), now if active else None, now)

    def symptom(self, symptom: Symptom, present: bool, now: Micros) -> list[AlarmEvent]:
        """Take what a nurse sees: an emergency at any pressure, until she says that it is gone."""
        watch = Watch(symptom.condition, Priority.HIGH, 0, symptom.text)
        return self.state(watch, now if present else None, now, AlarmEnd.RESOLVED)

    def due(self, what: str, text: str, at: Micros | None, now: Micros) -> list[AlarmEvent]:
        """Take when a measurement or assessment is due next, ``None``: never. It may be late by the policy's time."""
        watch = Watch(f"overdue.{what}", Priority.LOW, self._policy.overdue, text)
        return self.state(watch, at if at is not None and now >= at else None, now)

    def state(
        self, fresh: Watch, since: Micros | None, now: Micros, end: AlarmEnd = AlarmEnd.CLEARED
    ) -> list[AlarmEvent]:
        """Take that a condition has held since then, or with ``None`` does not hold; ``fresh`` says what it is."""
        events = self.tick(now)
        watch = self._watches.get(fresh.condition)
        if watch is None:
            if since is None:
                return events
            watch = self._watches[fresh.condition] = fresh
        if since is None:
            if watch.since is not None:
                events += self._end(watch, end, now, now)
        elif watch.since is None:
            watch.since = since
            events += self._raise_if_ready(watch, now)
        return events

    def cuff(self, running: bool, now: Micros) -> list[AlarmEvent]:
        """Take that the cuff begins to squeeze or has let go: on the oximeter's arm it takes the pulse away."""
        events = self.tick(now)
        if not running:
            self._cuff_hold.lets_go(now)
        elif self._policy.same_arm:
            self._cuff_hold.squeezes(now)
        return events

    # ---- what people and settings change

    def set_rules(self, rules: Iterable[Rule], now: Micros) -> list[AlarmEvent]:
        """Go on with other limits. What is still violated goes on with its time and its acknowledgement."""
        events = self.tick(now)
        wanted = {rule.condition: rule for rule in rules}
        changed: list[ValueWatch] = []
        for watch in [watch for watches in self._by_metric.values() for watch in watches]:
            rule = wanted.pop(watch.condition, None)
            if rule is None:
                events += self._end(watch, AlarmEnd.LIMITS_CHANGED, now, now)
                self._remove(watch)
            elif rule != watch.rule:
                ended, fresh = self._change(watch, rule, now)
                events += ended
                changed.append(fresh)
        for rule in wanted.values():
            self._add(watch_on(rule))
        for watch in changed:
            # Not before all are as they should be: one that is gone or moved may have spoken for another.
            events += self._raise_if_ready(watch, now)
        return events

    def _change(self, watch: ValueWatch, rule: Rule, now: Micros) -> tuple[list[AlarmEvent], ValueWatch]:
        """The alarm that this ends, and what watches from now on."""
        fresh = watch_on(rule)
        if not (isinstance(fresh, LimitWatch) and isinstance(watch, LimitWatch)):
            ended = self._end(watch, AlarmEnd.LIMITS_CHANGED, now, now)
            self._remove(watch)
            self._add(fresh)
            return ended, fresh
        gone_since = fresh.adopt(watch, now)
        self._remove(watch)
        self._add(fresh)
        if gone_since is not None:
            return self._end(fresh, AlarmEnd.LIMITS_CHANGED, gone_since, now), fresh
        return [], fresh

    def _add(self, watch: ValueWatch) -> None:
        assert watch.metric is not None  # noqa: S101 - a watch on values has one
        self._by_metric.setdefault(watch.metric, []).append(watch)
        before = self._watches.get(watch.condition)
        if before is not None:
            watch.latched = before.latched
        self._watches[watch.condition] = watch

    def _remove(self, watch: ValueWatch) -> None:
        assert watch.metric is not None  # noqa: S101 - as above
        self._by_metric[watch.metric].remove(watch)
        del self._watches[watch.condition]

    def acknowledge(self, conditions: Collection[str], by: str, now: Micros) -> list[AlarmEvent]:
        """Take notice of active or latched alarms. Nothing happens to what is acknowledged already or over."""
        # Time does not pass first here: what it would raise anew nobody has seen yet.
        self._now = now
        events: list[AlarmEvent] = []
        for watch in self._watches.values():
            if watch.condition not in conditions or watch.acknowledged_by is not None:
                continue
            if watch.raised:
                watch.acknowledged_by = by
                events.append(self._stamped(AlarmAcknowledged(at=now, by=by, condition=watch.condition)))
            elif watch.latched is not None:
                events.append(self._stamped(AlarmAcknowledged(at=now, by=by, condition=watch.condition)))
                events += self._unlatch(watch, now)
        return events

    def switch_off(self, condition: str | None, now: Micros) -> list[AlarmEvent]:
        """Raise this condition no more, or with ``None`` none but symptoms; what is active of it ends."""
        events = self.tick(now)
        self._off.add(condition)
        for watch in self._watches.values():
            if self._is_off(watch):
                events += self._end(watch, AlarmEnd.SWITCHED_OFF, watch.known_until(now), now, forget=False)
        return events

    def switch_on(self, condition: str | None, now: Micros) -> list[AlarmEvent]:
        """Raise it again; what has held for its delay meanwhile is raised at once, as of now."""
        were_off = [watch for watch in self._watches.values() if self._is_off(watch)]
        self._off.discard(condition)
        for watch in were_off:
            watch.watched_since = now
        return self.tick(now)

    def _is_off(self, watch: Watch) -> bool:
        return watch.condition in self._off or (None in self._off and not watch.condition.startswith("symptom."))

    def _is_hushed(self, watch: Watch) -> bool:
        return self._is_off(watch) or self._is_spoken_for(watch)

    def _is_spoken_for(self, watch: Watch) -> bool:
        """Whether a worse alarm is active, or about to be, that says all that this one would."""
        if not isinstance(watch, LimitWatch):
            device, _, kind = watch.condition.rpartition(".")
            causes = [self._watches.get(f"{device}.{cause}") for cause in EXPLAINED_BY.get(kind, ())]
            return any(cause is not None and cause.since is not None for cause in causes)
        return any(
            isinstance(worse, LimitWatch)
            and worse.rule.speaks_for(watch.rule)
            and (worse.raised or (worse.ready(self._now) and not self._is_off(worse)))
            for worse in self._by_metric[watch.rule.metric]
        )

    def end_all(self, now: Micros) -> list[AlarmEvent]:
        """The session is over: its alarms end with it."""
        return [
            event
            for watch in self._watches.values()
            for event in self._end(watch, AlarmEnd.SESSION_ENDED, watch.known_until(now), now)
        ]

    # ---- restart

    def restore(
        self, raised: AlarmRaised, acknowledged_by: str | None, now: Micros, escalated: int = 0
    ) -> list[AlarmEvent]:
        """Go on with an alarm that was active when the service stopped.

        A technical alarm stays until its device reports. One whose rule is no longer configured ends as indeterminate.
        """
        watch = self._watches.get(raised.condition)
        if isinstance(watch, ValueWatch):
            watch.restore(raised.since, raised.value, raised.text, now, now - self._now)
        else:
            watch = Watch(raised.condition, raised.priority, raised.onset - raised.since, raised.text, raised.since)
            self._watches[raised.condition] = watch
        watch.raised_at, watch.acknowledged_by, watch.escalated = raised.at, acknowledged_by, escalated
        watch.latched = None  # Played again, the time away may have looked like its end.
        if not isinstance(watch, ValueWatch) and raised.value is not None:
            return self._end(watch, AlarmEnd.INDETERMINATE, now, now)
        return []

    def restore_latched(self, raised: AlarmRaised, over: AlarmLatched) -> None:
        """Keep an alarm on the screens whose condition was over and that nobody had answered before the restart."""
        watch = self._watches.setdefault(
            raised.condition, Watch(raised.condition, raised.priority, raised.onset - raised.since, raised.text)
        )
        watch.latched = watch.latched or Latched(over.text or raised.text, raised.since, over.how, over.ended)

    def unraise(self, recorded: Collection[str]) -> None:
        """Forget which alarms were raised while recorded values were played again, but for those in the record."""
        for watch in self._watches.values():
            if watch.condition not in recorded:
                watch.raised_at, watch.acknowledged_by, watch.escalated, watch.latched = None, None, 0, None

    # ---- what screens show

    def alarms(self) -> list[AlarmView]:
        """What is pending, active or latched as of the last call: the most urgent first."""
        views = [
            view_of(watch, self._held_until(watch, self._now), self._now)
            for watch in self._watches.values()
            if watch.latched is not None or (watch.since is not None and (watch.raised or not self._is_hushed(watch)))
        ]
        return sorted(views, key=AlarmView.order)

    def _held_until(self, watch: Watch, now: Micros) -> Micros | None:
        """Until when the cuff holds this alarm back, if it does."""
        if watch.since is None or watch.raised or watch.condition not in self._signal_lost_by_cuff:
            return None
        return self._cuff_hold.explains_until(watch.since, now)

    def tells_of(self, condition: str) -> bool:
        """Whether this condition is an alarm now, or would be one if nothing held it back or had switched it off."""
        watch = self._watches.get(condition)
        if watch is None or watch.since is None:
            return False
        return watch.raised or self._is_off(watch) or self._held_until(watch, self._now) is not None

    # ---- events

    def _raise_if_ready(self, watch: Watch, now: Micros) -> list[AlarmEvent]:
        if not watch.ready(now) or self._is_hushed(watch):
            return []
        if self._held_until(watch, now) is not None:
            return []
        onset = watch.confirmed(now)
        assert watch.since is not None and onset is not None  # noqa: S101, PT018 - ready() says so
        events = self._unlatch(watch, now)
        watch.raised_at = now
        raised = AlarmRaised(
            at=now,
            by=ENGINE,
            condition=watch.condition,
            priority=watch.priority,
            text=watch.text,
            since=watch.since,
            onset=watch.not_before(onset),
            value=watch.value,
            limit=watch.limit,
        )
        return [*events, self._stamped(raised)]

    def _escalate(self, watch: Watch, now: Micros) -> list[AlarmEvent]:
        steps = self._policy.escalation
        if watch.escalated == len(steps) or watch.acknowledged_by is not None or watch.raised_at is None:
            return []
        due = steps[watch.escalated]
        if watch.priority not in ESCALATES or now - watch.raised_at < due.after:
            return []
        watch.escalated += 1
        return [self._stamped(AlarmEscalated(at=now, by=ENGINE, condition=watch.condition, step=due.step))]

    def _end(self, watch: Watch, how: AlarmEnd, ended: Micros, now: Micros, *, forget: bool = True) -> list[AlarmEvent]:
        """The alarm is over. With ``forget=False`` its condition goes on to be watched and only its alarm ends."""
        was_raised, answered, since = watch.raised, watch.acknowledged_by is not None, watch.since
        # A limit that was moved while values were missing begins later than the newest value came.
        ended = ended if since is None else watch.not_before(max(since, ended))
        watch.reset()
        if not forget:
            watch.since = since
        latches = how in ENDS_UNSEEN and was_raised and not answered and watch.priority in self._policy.latch
        if latches and since is not None:
            watch.latched = Latched(watch.last_words(), since, how, ended)
            over = AlarmLatched(
                at=now, by=ENGINE, condition=watch.condition, how=how, ended=ended, text=watch.last_words()
            )
            return [self._stamped(over)]
        events = [] if how in STAYS_LATCHED else self._unlatch(watch, now)
        if was_raised:
            events.append(self._ended(watch, how, ended, now))
        return events

    def _unlatch(self, watch: Watch, now: Micros) -> list[AlarmEvent]:
        """A latched alarm ends: it was answered, came again, or its session is over."""
        if watch.latched is None:
            return []
        over, watch.latched = watch.latched, None
        return [self._ended(watch, over.how, over.ended, now)]

    def _ended(self, watch: Watch, how: AlarmEnd, ended: Micros, now: Micros) -> AlarmEnded:
        return self._stamped(AlarmEnded(at=now, by=ENGINE, condition=watch.condition, how=how, ended=ended))

    def _stamped(self, event: AnyAlarmEvent) -> AnyAlarmEvent:
        return replace(event, room=self._room, session=self._session)
