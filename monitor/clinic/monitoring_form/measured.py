"""What the form says of blood pressure, saturation and vital signs."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from msgspec.structs import replace

from devices.readings import MINUTE, NOT_LIVE, SECOND, Metric, Micros, Numeric, Quality
from monitor.clinic.events import AnyEvent, PressureReading
from monitor.clinic.figures.pressure import valid_readings
from monitor.clinic.happened import whole_minutes
from monitor.clinic.monitoring_form.fields import Oximetry, Pressure, Pressures, Vitals
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session, folded
from monitor.clinic.treatment.ending import DISCHARGE
from monitor.clinic.treatment.events import DeviceGiven, Finding, InfusionStarted, Stage
from monitor.clinic.treatment.gate import findings
from monitor.clinic.treatment.plan import PressureNearBaseline, Saturation

AT_40: Micros = 40 * MINUTE
ABOUT_40: Micros = 10 * MINUTE
"""How far from 40 minutes a reading may be."""
BEFORE_COMPLETION: Micros = 30 * MINUTE
"""How long before the end the last reading may be; older, it says nothing of the patient who leaves."""
VITAL_FINDINGS = {Finding.NO_PRESSURE, Finding.PRESSURE, Finding.SATURATION}


def pressures(session: Session) -> Pressures:
    """The readings before the dose, at about 40 min, and before completion, without those marked as artefacts."""
    zero, end = session.first_dose_at, session.ended_at
    if zero is None:
        return Pressures()
    readings = valid_readings(session)
    before = [each for each in readings if each.measured_at <= zero]
    after = [each for each in readings if each.measured_at > zero]
    about_40 = [each for each in after if abs(each.measured_at - zero - AT_40) <= ABOUT_40]
    last = [each for each in after if end is not None and end - BEFORE_COMPLETION <= each.measured_at <= end]
    return Pressures(
        before_dose=_pressure(max(before, key=_measured, default=None), zero),
        at_40_min=_pressure(min(about_40, key=lambda each: abs(each.measured_at - zero - AT_40), default=None), zero),
        before_completion=_pressure(max(last, key=_measured, default=None), zero),
    )


def _measured(reading: PressureReading) -> Micros:
    return reading.measured_at


def _pressure(reading: PressureReading | None, zero: Micros) -> Pressure | None:
    if reading is None:
        return None
    minutes = whole_minutes((reading.measured_at - zero) / MINUTE)
    return Pressure(sys=round(reading.sys), dia=round(reading.dia), minutes=minutes)


def oximetry(session: Session, saturation: Sequence[Numeric] | None) -> Oximetry:
    """What the oximeter gave from the first dose on. Where there is nothing, or not all could be read (``None``),
    nothing is said: that another oximeter was on does not stand in the record. What was marked as an artefact or
    questioned was watched all the same, and is not the lowest value.
    """
    zero, end = session.first_dose_at, session.ended_at
    marks = [each for each in session.treatment.artefacts if Metric.SPO2 in each.metrics]
    if saturation is None or zero is None:
        return Oximetry()
    live = [
        (each.at, each.value, each.quality)
        for each in saturation
        if each.value is not None
        and not each.quality & NOT_LIVE
        and each.at >= zero
        and (end is None or each.at <= end)
    ]
    counted = [
        value
        for at, value, quality in live
        if not quality & Quality.QUESTIONABLE and not any(mark.start <= at <= mark.end for mark in marks)
    ]
    seconds = {at // SECOND for at, _, _ in live}
    lowest = min(counted, default=None)
    if not live:
        return Oximetry()
    return Oximetry(on=True, lowest_spo2=None if lowest is None else int(lowest), minutes=len(seconds) // 60)


def vitals(
    events: Sequence[AnyEvent], session: Session, protocol: Protocol | None, saturation: Sequence[Numeric] | None
) -> Vitals:
    """Whether gate and checklist found the vital signs acceptable; ``None`` where neither was asked."""
    if protocol is None:
        return Vitals()
    return Vitals(
        acceptable_before_dose=_before_dose(events, protocol, saturation),
        acceptable_before_completion=_before_completion(session, protocol),
    )


def _before_dose(events: Sequence[AnyEvent], protocol: Protocol, saturation: Sequence[Numeric] | None) -> bool | None:
    """The dose is given only when the gate finds nothing that no clinician decided on. So what was not decided on was
    right; what was is looked at again as it was then. So is all of a dose that was told later: it did not wait.
    """
    doses = ((i, each) for i, each in enumerate(events) if isinstance(each, DeviceGiven | InfusionStarted))
    place, dose = next(doses, (0, None))
    before = folded(events[:place])
    if dose is None or before is None:
        return None
    override, given_at = before.treatment.override, dose.happened_at
    decided = set() if override is None else VITAL_FINDINGS & set(override.findings)
    told_later = given_at < dose.at
    if not decided and not told_later and not dose.warnings:
        return True
    steady = _steady(saturation or (), given_at)
    found = VITAL_FINDINGS & set(findings(_measured_by(given_at, before), protocol, steady, given_at))
    if not told_later and Finding.SATURATION not in decided:
        found -= {Finding.SATURATION}
    if Finding.PRESSURE in found or (Finding.SATURATION in found and steady):
        return False
    return None if found else True


def _measured_by(at: Micros, session: Session) -> Session:
    """The session with the readings that there were at a time."""
    readings = tuple(each for each in session.treatment.readings if each.measured_at <= at)
    return replace(session, treatment=replace(session.treatment, readings=readings))


def _steady(saturation: Sequence[Numeric], at: Micros) -> dict[Metric, float]:
    values = [
        each.value
        for each in saturation
        if each.value is not None and not each.quality & NOT_LIVE and at - MINUTE <= each.at <= at
    ]
    return {Metric.SPO2: round(median(values))} if values else {}


def _before_completion(session: Session, protocol: Protocol) -> bool | None:
    """What the checklist said of pressure and saturation when the patient left."""
    vital = {item.text for item in protocol.checklist if isinstance(item, PressureNearBaseline | Saturation)}
    if not vital or session.ended_at is None:
        return None
    treatment = session.treatment
    if Stage.STABLE in treatment.holding:
        return True
    if not any(each.meaning == DISCHARGE for each in treatment.signatures):
        return None
    if treatment.overridden is None:
        return True
    open_items = set(treatment.overridden.items)
    if vital & open_items:
        return False
    known = {item.text for item in protocol.checklist}
    return True if open_items <= known else None
