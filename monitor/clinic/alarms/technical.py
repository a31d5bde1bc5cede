"""Technical alarms: what each device state means to the nurse, how urgent it is, and how long it may last first."""

from __future__ import annotations

import msgspec

from devices.readings import SECOND, ConditionKind, Micros
from monitor.clinic.events import Priority


class TechnicalRule(msgspec.Struct, frozen=True):
    """How a device state alarms. ``text`` follows the device's name and says what to do."""

    priority: Priority
    delay: Micros
    text: str


TECHNICAL: dict[ConditionKind, TechnicalRule] = {
    ConditionKind.LINK_DOWN: TechnicalRule(Priority.MEDIUM, 0, "not connected, check cable and power"),
    ConditionKind.NO_DATA: TechnicalRule(Priority.MEDIUM, 0, "sends no data, check the device"),
    ConditionKind.NO_VALUE: TechnicalRule(Priority.MEDIUM, 0, "gives no values, check the sensor"),
    ConditionKind.SENSOR_OFF: TechnicalRule(Priority.LOW, 5 * SECOND, "sensor off finger"),
    ConditionKind.NO_SENSOR: TechnicalRule(Priority.LOW, 0, "sensor unplugged from the device"),
    ConditionKind.SEARCHING: TechnicalRule(Priority.LOW, 20 * SECOND, "finds no pulse, check the finger"),
    ConditionKind.LOW_BATTERY: TechnicalRule(Priority.LOW, 0, "battery low, charge or change it"),
    ConditionKind.NO_READING: TechnicalRule(Priority.MEDIUM, 0, "gives no reading, measure by hand"),
    ConditionKind.CUFF_LEAK: TechnicalRule(Priority.LOW, 0, "leaks or is loose, check cuff and hose"),
    ConditionKind.CUFF_FAULT: TechnicalRule(Priority.MEDIUM, 0, "reports a fault, use another cuff"),
}
"""States that are not listed (interference, low perfusion) mark the number and do not alarm."""
