"""Whole treatments as their events, told by minutes from the first dose."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from devices.readings import SECOND, Metric, Micros, Numeric, Quality
from monitor.clinic.events import (
    AnyEvent,
    CuffMeasured,
    DoseStarted,
    Phase,
    PhaseEntered,
    SessionEnded,
    SessionOpened,
)
from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.clinic.monitoring_form.filling import Surroundings, monitoring_form
from monitor.clinic.treatment.events import (
    AssessmentRecorded,
    DeviceGiven,
    DosingEnded,
    ReadinessReached,
    Signed,
    Stage,
)
from monitor.clinic.treatment.intake import Intake, MedicineClass
from monitor.clinic.treatment.scales import Scale
from monitor.config import load

CONFIG = Path(__file__).parents[2] / "config.toml"
PROTOCOLS = load(CONFIG).protocols
US = PROTOCOLS["esketamine_us"]

MINUTE: Micros = 60 * SECOND
DOSE: Micros = 1_800_000_000 * SECOND
"""The first device."""
SESSION = "5e55104a" * 4
DIGEST = "ab" * 32
INTAKE = Intake(
    name="Pâtient Größe",
    birth_date="1984-02-29",
    age=42,
    medicines=(MedicineClass.OPIOIDS,),
    session_number=3,
)


def at(minutes: float) -> Micros:
    return DOSE + round(minutes * MINUTE)


def cuff(minutes: float, sys: float, dia: float, *, simulated: bool = False) -> CuffMeasured:
    return CuffMeasured(
        at=at(minutes),
        by="cuff",
        measured_at=at(minutes),
        sys=sys,
        dia=dia,
        map=None,
        pr=None,
        source="cuff",
        simulated=simulated,
    )


def assessed(minutes: float, scale: Scale, result: int, told: float | None = None) -> AssessmentRecorded:
    return AssessmentRecorded(
        at=at(minutes if told is None else told),
        by="nurse 1",
        scale=scale,
        values={},
        result=result,
        given_at=at(minutes),
    )


def device(number: int, minutes: float, lot: str = "22KG") -> DeviceGiven:
    return DeviceGiven(
        at=at(minutes),
        by="nurse 1",
        number=number,
        mg=28,
        lot=f"{lot}{number}",
        expiry="2027-03",
        self_administered=True,
        observed_by="nurse 1",
        given_at=at(minutes),
    )


def opened(
    intake: Intake = INTAKE,
    protocol: str = "esketamine_us",
    patient: str = "K-117",
    *,
    simulated: bool | None = False,
) -> SessionOpened:
    return SessionOpened(
        at=at(-20),
        by="nurse 1",
        patient=patient,
        weight_kg=70,
        protocol=protocol,
        dose_mg=84,
        cuff_interval_s=None,
        intake=intake,
        simulated=simulated,
    )


def signed(minutes: float, meaning: str = "discharge") -> Signed:
    return Signed(at=at(minutes), by="nurse 2", role="nurse", meaning=meaning, covers=30, digest=DIGEST)


def ended(minutes: float, phase: Phase = Phase.DISCHARGED) -> SessionEnded:
    return SessionEnded(at=at(minutes), by="nurse 2", phase=phase)


def beginning(intake: Intake = INTAKE) -> list[AnyEvent]:
    """From arrival to the first device."""
    return [
        opened(intake),
        cuff(-10, 128, 79),
        assessed(-5, Scale.MOAAS, 5),
        device(1, 0),
        PhaseEntered(at=at(0), by="nurse 1", phase=Phase.DOSING),
        DoseStarted(at=at(0), by="nurse 1", given_at=at(0)),
    ]


def whole() -> list[AnyEvent]:
    """Three devices, sedated from 15 to 55 min, dissociated from 40 to 70 min, stable at 75 min, discharged at 125."""
    return [
        *beginning(),
        device(2, 5),
        device(3, 10),
        DosingEnded(at=at(11), by="nurse 1", complete=True, mg=84),
        assessed(15, Scale.MOAAS, 4),
        cuff(20, 150, 92),
        cuff(41.5, 146, 90),
        assessed(40, Scale.CADSS6, 11, told=42),
        cuff(55, 140, 86),
        assessed(55, Scale.MOAAS, 5),
        assessed(70, Scale.CADSS6, 2),
        ReadinessReached(at=at(75.8), by="service", stage=Stage.STABLE),
        cuff(118, 131, 80),
        ReadinessReached(at=at(120), by="service", stage=Stage.READY),
        signed(125),
        ended(125.9),
    ]


def without(events: Sequence[AnyEvent], *unwanted: type[AnyEvent]) -> list[AnyEvent]:
    return [each for each in events if not isinstance(each, unwanted)]


def in_order(events: Sequence[AnyEvent], session: str = SESSION, room: str = "1") -> list[AnyEvent]:
    """As the record has them: in the order in which they were told, each with its number, session and room."""
    told = sorted(events, key=lambda each: each.at)
    return [
        msgspec.structs.replace(each, seq=number, session=session, room=room) for number, each in enumerate(told, 1)
    ]


def saturation(*values: tuple[float, float | None], quality: Quality = Quality.OK) -> list[Numeric]:
    """Values by minutes."""
    return [Numeric(Metric.SPO2, value, at(minutes), at(minutes), "oximeter", quality) for minutes, value in values]


AROUND = Surroundings(clinic="Test clinic", room="Room 1", protocol=US, date_of=lambda _: "2027-01-15")


def form_of(
    events: Sequence[AnyEvent], numerics: Sequence[Numeric] | None = None, around: Surroundings = AROUND
) -> MonitoringForm:
    form = monitoring_form(in_order(events), around, numerics)
    assert form is not None
    return form
