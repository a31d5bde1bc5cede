"""What the first dose waits for: findings, each with the sentence that a nurse reads."""

from __future__ import annotations

from collections.abc import Mapping

from devices.readings import SECOND, Metric, Micros
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session
from monitor.clinic.treatment.events import Finding
from monitor.clinic.treatment.intake import MISSING, is_given
from monitor.clinic.treatment.plan import Gate
from monitor.clinic.treatment.scales import SCALES

MINUTE: Micros = 60 * SECOND


def findings(session: Session, protocol: Protocol, values: Mapping[Metric, float], now: Micros) -> dict[Finding, str]:
    """What speaks against the first dose now. ``values`` are the steady values of the last minute."""
    gate, found = protocol.gate, _pressure(session, protocol.gate, now)
    saturation = values.get(Metric.SPO2)
    if gate.spo2 is not None and saturation is None:
        found[Finding.SATURATION] = "There is no saturation: put the sensor on."
    elif gate.spo2 is not None and saturation is not None and saturation < gate.spo2:
        # Without the value: of each percent more or less it would be another finding. A deep fall is an alarm.
        found[Finding.SATURATION] = f"SpO₂ is below {gate.spo2:g} %."
    not_assessed = [SCALES[scale].label for scale in gate.assessments if session.treatment.newest(scale) is None]
    if not_assessed:
        found[Finding.ASSESSMENT] = f"Not assessed yet: {', '.join(not_assessed)}."
    not_given = [MISSING[answer] for answer in gate.answers if not is_given(session.treatment.intake, answer)]
    if not_given:
        found[Finding.INTAKE] = f"Intake: {', '.join(not_given)}."
    return found


def _pressure(session: Session, gate: Gate, now: Micros) -> dict[Finding, str]:
    readings = session.treatment.readings
    if not readings:
        return {Finding.NO_PRESSURE: "No blood pressure yet: take a reading."}
    newest = readings[-1]
    minutes = (now - newest.measured_at) // MINUTE
    if minutes > gate.within_min:
        # Not how old: a minute later that would be another finding, and a clinician's decision worth nothing.
        return {Finding.NO_PRESSURE: f"The last blood pressure is over {gate.within_min:g} min old: take a reading."}
    sys, dia = gate.pressures(session.treatment.intake.age)
    if newest.sys > sys or newest.dia > dia:
        return {Finding.PRESSURE: f"Blood pressure {newest.sys:.0f}/{newest.dia:.0f} is above {sys:g}/{dia:g}."}
    return {}


def open_findings(session: Session, found: Mapping[Finding, str]) -> dict[Finding, str]:
    """Findings that no clinician has decided on yet. A decision is about what was found, word for word: a pressure that
    is measured anew is a new finding.
    """
    override = session.treatment.override
    decided = {} if override is None else override.findings
    return {finding: text for finding, text in found.items() if decided.get(finding) != text}
