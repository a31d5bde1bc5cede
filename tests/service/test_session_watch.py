"""A session's alarms over a restart of the service."""

from __future__ import annotations

from devices.readings import SECOND, Metric, Micros, Quality
from monitor import config
from monitor.clinic.alarms.limits import MetricLimits, RateLimit, SideLimit
from monitor.clinic.alarms.policy import NOTHING_SPECIAL
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.alarms.trial import Recorded
from monitor.clinic.events import AlarmEnd, AlarmEnded, AnyEvent, SessionOpened, SymptomMarked
from monitor.clinic.session import Session
from monitor.service.session_watch import SHORTEST_LOOK_BACK, SessionWatch, look_back

AT = 1_700_000_000 * SECOND
HOUR = 3600 * SECOND
PROTOCOL = config.load(config.SHIPPED_PROTOCOLS.parent.parent / "config.toml").protocols["esketamine_us"]
OPENED = SessionOpened(
    at=AT - HOUR, by="nurse 1", room="1", session="s", patient="K-1", weight_kg=70, protocol="esketamine_us",
    dose_mg=56, cuff_interval_s=None,
)  # fmt: skip


def restarted(past: list[AnyEvent], values: list[Recorded], now: Micros) -> SessionWatch:
    """The watch that goes on with a session whose record this is."""
    session = Session.opened(OPENED)
    for event in past:
        session = session.apply(event)
    watch = SessionWatch(session, PROTOCOL, NOTHING_SPECIAL)
    assert watch.resume(session, values, now) == []
    return watch


def test_a_symptom_of_long_ago_does_not_keep_an_alarm_of_the_oximeter_after_its_values_are_gone() -> None:
    session = Session.opened(OPENED)
    before = SessionWatch(session, PROTOCOL, NOTHING_SPECIAL)
    marked = SymptomMarked(at=AT - HOUR, by="nurse 1", room="1", session="s", symptom=Symptom.CHEST_PAIN)
    past: list[AnyEvent] = [marked, *before.follow(marked, session.apply(marked), AT - HOUR)]
    values = [Recorded(AT + second * SECOND, Metric.SPO2, 80.0, Quality.OK) for second in range(20)]
    for each in values:
        past += before.engine.observe(each.metric, each.value, each.quality, each.at)
    watch = restarted(past, values, AT + 25 * SECOND)
    assert {alarm.condition for alarm in watch.engine.alarms()} == {"symptom.chest_pain", "SpO2.low.severe"}
    events = watch.engine.tick(AT + 32 * SECOND)
    assert [(event.condition, event.how) for event in events if isinstance(event, AlarmEnded)] == [
        ("SpO2.low.severe", AlarmEnd.INDETERMINATE)
    ]


def test_as_much_is_played_again_as_the_slowest_rule_looks_back() -> None:
    rate = RateLimit(points=40, within_s=300)
    assert look_back({}) == SHORTEST_LOOK_BACK
    assert look_back({Metric.PR: MetricLimits(high=SideLimit(limit=120, rate=rate))}) == 300 * SECOND
    assert look_back({Metric.PR: MetricLimits(stuck_s=600)}) == 600 * SECOND
