"""Technical alarms: what each device state means to the nurse, how urgent it is, and how long it may last first."""

from __future__ import annotations

import msgspec

from devices.readings import SECOND, ConditionKind, Micros
from monitor.clinic.priority import Priority


class TechnicalRule(msgspec.Struct, frozen=True):
    """How a device state alarms. ``text`` follows the device's name and says what to do."""

    priority: Priority
    delay: Micros
    text: str


TECHNICAL: dict[ConditionKind, TechnicalRule] = {
    ConditionKind.LINK_DOWN: TechnicalRule(Priority.MEDIUM, 0, "not connected, check cable and power"),
    ConditionKind.NO_DATA: TechnicalRule(Priority.MEDIUM, 0, "sends no data, check the device"),
    ConditionKind.NO_VALUE: TechnicalRule(Priority.MEDIUM, 0, "gives no steady values, check the sensor"),
    ConditionKind.SENSOR_OFF: TechnicalRule(Priority.LOW, 5 * SECOND, "sensor off finger, put it back on"),
    ConditionKind.NO_SENSOR: TechnicalRule(Priority.LOW, 0, "sensor unplugged from the device, plug it in"),
    ConditionKind.SEARCHING: TechnicalRule(Priority.LOW, 20 * SECOND, "finds no pulse, check the finger"),
    ConditionKind.INTERFERENCE: TechnicalRule(Priority.LOW, 30 * SECOND, "signal disturbed, keep the hand still"),
    ConditionKind.LOW_PERFUSION: TechnicalRule(
        Priority.LOW, 60 * SECOND, "weak pulse at the finger, warm the hand or change the finger"
    ),
    ConditionKind.LOW_BATTERY: TechnicalRule(Priority.LOW, 0, "battery low, charge or change it"),
    ConditionKind.NO_READING: TechnicalRule(Priority.MEDIUM, 0, "gives no reading, measure by hand"),
    ConditionKind.CUFF_LEAK: TechnicalRule(Priority.LOW, 0, "leaks or is loose, check cuff and hose"),
    ConditionKind.CUFF_FAULT: TechnicalRule(Priority.MEDIUM, 0, "reports a fault, use another cuff"),
}

LOSS_OF_SIGNAL = frozenset(
    {
        ConditionKind.SENSOR_OFF,
        ConditionKind.SEARCHING,
        ConditionKind.NO_VALUE,
        ConditionKind.INTERFERENCE,
        ConditionKind.LOW_PERFUSION,
    }
)
"""What a cuff does to an oximeter on the same arm by squeezing its pulse away (reference: data-quality behaviours)."""

LONGEST_CUFF_HOLD: Micros = 60 * SECOND
"""A cuff on the same arm holds back such an alarm for so long at most (reference: data-quality behaviours)."""

PULSE_RETURNS: Micros = 15 * SECOND
"""An oximeter shows a number 6 to 13 s after the pulse is back (recordings: probe-off returns)."""


class CuffHold:
    """How long a cuff on the oximeter's arm explains that the pulse is gone."""

    def __init__(self) -> None:
        self._until: Micros | None = None

    def squeezes(self, now: Micros) -> None:
        """The cuff begins to squeeze."""
        self._until = now + LONGEST_CUFF_HOLD

    def lets_go(self, now: Micros) -> None:
        """The cuff has let go; the pulse needs some time to be found again."""
        if self._until is not None:
            self._until = min(self._until, now + PULSE_RETURNS)

    def explains_until(self, lost_since: Micros, now: Micros) -> Micros | None:
        """Until when it explains a signal that was lost then, if it does: never longer than the longest hold."""
        if self._until is None:
            return None
        until = min(self._until, lost_since + LONGEST_CUFF_HOLD)
        return until if now < until else None


PROBE_AWAY = (ConditionKind.SENSOR_OFF, ConditionKind.NO_SENSOR)
EXPLAINED_BY: dict[str, tuple[ConditionKind, ...]] = {
    ConditionKind.SEARCHING: PROBE_AWAY,
    ConditionKind.INTERFERENCE: PROBE_AWAY,
    ConditionKind.LOW_PERFUSION: PROBE_AWAY,
}
"""A state that follows from another one of the same device is no alarm of its own beside it."""
