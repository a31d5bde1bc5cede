"""What the first dose waits for: findings, each with the sentence that a nurse reads."""

from __future__ import annotations

from collections.abc import Mapping

from devices.readings import MINUTE, Metric, Micros
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session
from monitor.clinic.treatment.events import Finding
from monitor.clinic.treatment.intake import objection
from monitor.clinic.treatment.plan import Gate
from monitor.clinic.treatment.scales import SCALES


def findings(
    session: Session,
    protocol: Protocol,
    values: Mapping[Metric, float],
    now: Micros,
    dose_at: Micros | None = None,
) -> dict[Finding, str]:
    """What speaks against the first dose now, or spoke against the one at ``dose_at`` that is told later. ``values``
    are the steady values of the last minute; what they were at a dose that is told later is not known.
    """
    gate, found = protocol.gate, _pressure(session, protocol.gate, now, dose_at)
    if gate.spo2 is not None and dose_at is None:
        found |= _saturation(values.get(Metric.SPO2), gate.spo2)
    not_assessed = [SCALES[scale].label for scale in gate.assessments if session.treatment.newest(scale) is None]
    if not_assessed:
        found[Finding.ASSESSMENT] = f"Not assessed yet: {', '.join(not_assessed)}."
    objections = [objection(session.treatment.intake, answer) for answer in gate.answers]
    if any(objections):
        found[Finding.INTAKE] = f"Intake: {', '.join(filter(None, objections))}."
    return found


def _saturation(saturation: float | None, lowest: float) -> dict[Finding, str]:
    if saturation is None:
        return {Finding.SATURATION: "There is no saturation: put the sensor on."}
    # Without the value: of each percent more or less it would be another finding. A deep fall is an alarm.
    return {Finding.SATURATION: f"SpO₂ is below {lowest:g} %."} if saturation < lowest else {}


def _pressure(session: Session, gate: Gate, now: Micros, dose_at: Micros | None) -> dict[Finding, str]:
    readings = session.readings_before(dose_at)
    if dose_at is not None and not readings and session.treatment.readings:
        return {}  # Said of the dose itself: the first reading came after it.
    if not readings:
        return {Finding.NO_PRESSURE: "No blood pressure yet: take a reading."}
    newest = readings[-1]
    minutes = ((now if dose_at is None else dose_at) - newest.measured_at) // MINUTE
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
