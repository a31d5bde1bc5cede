"""Going on after a restart with the alarms that were open before it."""

from __future__ import annotations

from collections.abc import Mapping

from devices.readings import Micros
from monitor.clinic.alarms.engine import AlarmEngine, AlarmEvent
from monitor.clinic.session import OpenAlarm


def go_on(engine: AlarmEngine, alarms: Mapping[str, OpenAlarm], now: Micros) -> list[AlarmEvent]:
    """Lay the record's open alarms over an engine to which the values of the last minutes were played again.

    What the record does not know was not raised; it is raised anew when it holds.
    """
    engine.unraise(alarms)
    events: list[AlarmEvent] = []
    for alarm in alarms.values():
        if alarm.latched is not None:
            engine.restore_latched(alarm.raised, alarm.latched)
        else:
            events += engine.restore(alarm.raised, alarm.acknowledged_by, now, alarm.escalated)
    return events
