"""A day of alarms in two rooms, and asking the page of alarms about it as its script does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from devices.readings import SECOND, Metric, Micros, Numeric
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnd,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmRaised,
    AnyEvent,
    CuffMeasured,
    EscalationStep,
    Phase,
    ServiceStarted,
    SessionEnded,
    SessionOpened,
)
from monitor.clinic.priority import Priority
from monitor.config import HOUSE
from monitor.record.writer import RecordWriter
from tests.web.markup import Seen
from tests.web.running import ORIGIN, Running
from tests.web.test_server import CONFIG, dash_call

START: Micros = 1_800_000_000 * SECOND
MINUTE, HOUR = 60 * SECOND, 3600 * SECOND
NOW = START + 24 * HOUR
LOG = "..alarm-figures.children...alarm-log.children...what-if-sessions.children.."
WHAT_IF = "what-if-result.children"


def opened(session: str, room: str, patient: str, at: Micros, protocol: str = "esketamine_us") -> SessionOpened:
    return SessionOpened(
        at=at,
        by="nurse 1",
        room=room,
        session=session,
        patient=patient,
        weight_kg=70,
        protocol=protocol,
        dose_mg=56,
        cuff_interval_s=None,
    )


def over(session: str, room: str, at: Micros) -> SessionEnded:
    return SessionEnded(at=at, by="nurse 1", room=room, session=session, phase=Phase.DISCHARGED)


def started(at: Micros, version: str = "1.0") -> ServiceStarted:
    return ServiceStarted(at=at, by="service", version=version, sqlite="3.46")


def raised(
    at: Micros,
    condition: str = "SpO2.low",
    text: str = "SpO₂ 86 < 90",
    priority: Priority = Priority.HIGH,
    session: str | None = "a",
    room: str = "1",
) -> AlarmRaised:
    return AlarmRaised(
        at=at,
        by="service",
        room=room,
        session=session,
        condition=condition,
        priority=priority,
        text=text,
        since=at,
        onset=at,
        value=86 if condition.startswith("SpO2") else None,
        limit=90 if condition.startswith("SpO2") else None,
    )


def of(alarm: AlarmRaised, kind: Any, after_s: int, **given: Any) -> Any:
    """Something that came of an alarm."""
    at = alarm.at + after_s * SECOND
    more = {"ended": at} if kind in (AlarmEnded, AlarmLatched) else {}
    by = given.pop("by", "service")
    place = {"room": alarm.room, "session": alarm.session, "condition": alarm.condition}
    return kind(at=at, by=by, **place, **more, **given)


DESATURATION = raised(START + 10 * MINUTE)
SENSOR_OFF = raised(
    START + 20 * MINUTE, "oximeter.sensor_off", "Oximeter: sensor off finger, put it back on", Priority.LOW
)
PRESSURE = raised(START + 80 * MINUTE, "SYS.high", "SYS 171 > 160", Priority.MEDIUM, "b", "2")
OF_NOBODY = raised(START + 85 * MINUTE, "message.failed", "A message did not arrive", Priority.MEDIUM, None, HOUSE)
EVENTS: list[AnyEvent] = [
    opened("a", "1", "K-1", START),
    DESATURATION,
    of(DESATURATION, AlarmEscalated, 30, step=EscalationStep.LOUDER),
    of(DESATURATION, AlarmLatched, 45, how=AlarmEnd.CLEARED),
    of(DESATURATION, AlarmAcknowledged, 60, by="nurse 2"),
    of(DESATURATION, AlarmEnded, 45, how=AlarmEnd.CLEARED),
    SENSOR_OFF,
    of(SENSOR_OFF, AlarmEnded, 10, how=AlarmEnd.CLEARED),
    opened("b", "2", "K-2", START + HOUR),
    PRESSURE,
    OF_NOBODY,
    over("a", "1", START + 2 * HOUR),
]


def second(room: str, session: str, at: Micros, spo2: float | None) -> tuple[str, str, Numeric]:
    return room, session, Numeric(Metric.SPO2, spo2, at, at, "oximeter")


def record(folder: Path) -> None:
    """A configuration and a day that is over but for session b."""
    (folder / "config.toml").write_text(CONFIG, "utf-8")
    with RecordWriter(folder) as writer:
        writer.append_events(EVENTS)
        # Session a: 20 s at 83 after five good minutes. Session b: one reading far too high.
        values = [97.0] * 300 + [83.0] * 20 + [97.0] * 60
        entries = [second("1", "a", START + number * SECOND, value) for number, value in enumerate(values)]
        writer.append_second(START + 10 * MINUTE, entries)
        writer.append_events([cuff(190, 90)])


def cuff(sys: float, minute: int) -> CuffMeasured:
    at = START + minute * MINUTE
    return CuffMeasured(
        at=at,
        by="service",
        room="2",
        session="b",
        measured_at=at - SECOND,
        sys=sys,
        dia=80,
        map=None,
        pr=None,
        source="cuff",
        simulated=False,
    )


def asked(web: Running, output: str, store: str, data: object) -> dict[str, Any]:
    reply = web.post("/_dash-update-component", json=dash_call(output, f"{store}.data", data), headers=ORIGIN)
    assert reply.status_code == 200, reply.text
    response: dict[str, Any] = reply.json()["response"]
    return response


def log_page(web: Running, **given: object) -> dict[str, Any]:
    return asked(web, LOG, "alarm-log-request", {"run": 7, "now": NOW, "since": 0, **given})


def words(part: object) -> str:
    """All the text in components, in order."""
    if isinstance(part, dict):
        props = part.get("props", part)
        return words(Seen(props["inside"]).texts if "inside" in props else props.get("children"))
    if isinstance(part, list):
        return " ".join(filter(None, map(words, part)))
    return "" if part is None else str(part)
