"""The policy for a session's alarms, from the clinic's settings, the protocol and the room."""

from __future__ import annotations

from msgspec.structs import replace

from devices.readings import SECOND
from monitor.clinic.alarms.policy import AlarmPolicy, Escalation
from monitor.clinic.events import EscalationStep
from monitor.clinic.protocol import AlarmRules
from monitor.config import AlarmSettings


def policy_for(clinic: AlarmSettings, protocol: AlarmRules, same_arm: bool) -> AlarmPolicy:
    """How the alarms of a session are dealt with."""
    steps = [
        Escalation(EscalationStep.LOUDER, clinic.louder_s * SECOND),
        Escalation(EscalationStep.BANNER, clinic.banner_s * SECOND),
    ]
    if clinic.webhook is not None:
        steps.append(Escalation(EscalationStep.MESSAGE, clinic.message_s * SECOND))
    return replace(protocol.policy(), escalation=tuple(steps), same_arm=same_arm)
