"""What a protocol asks of a treatment, as data: gate before the dose, checks of the dose, what is due, checklist.

Every number is the site's own; the shipped protocols say where theirs come from.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from monitor.clinic.treatment.intake import Answer
from monitor.clinic.treatment.scales import Scale


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a protocol file."""


class AgeBand(_Table, frozen=True):
    """Pressures (mmHg) that hold from an age on."""

    from_age: int
    sys: float
    dia: float


class Gate(_Table, frozen=True):
    """What is looked at before the first dose. A finding is no refusal: the nurse waits and repeats, or a clinician
    decides. The newest reading, at most ``within_min`` old, must not be above ``sys``/``dia`` (mmHg), the saturation
    not below ``spo2`` (%); the ``answers`` of the intake and the ``assessments`` must be there.
    """

    sys: float
    dia: float
    by_age: tuple[AgeBand, ...] = ()
    spo2: float | None = None
    within_min: float = 30.0
    repeat_min: int = 5
    answers: tuple[Answer, ...] = ()
    assessments: tuple[Scale, ...] = ()

    def pressures(self, age: int | None) -> tuple[float, float]:
        """The highest systolic and diastolic pressure at an age; an unknown age is a young one."""
        held = [band for band in self.by_age if age is not None and age >= band.from_age]
        band = max(held, key=lambda each: each.from_age, default=None)
        return (self.sys, self.dia) if band is None else (band.sys, band.dia)


class DoseChecks(_Table, frozen=True):
    """Beyond these a person is asked whether it is right; it is never refused. Doses in mg/kg, rates in mg/kg/h,
    weights in kg; a weight that differs from the last visit's by more than ``weight_change`` percent is asked about.
    """

    mg_per_kg: float | None = None
    mg_per_kg_h: float | None = None
    shortest_min: float | None = None
    lightest: float = 40.0
    heaviest: float = 150.0
    weight_change: float = 10.0


def exceeds(value: float, most: float) -> bool:
    """Whether a value is above what is usual: by more than arithmetic or rounding alone makes of it."""
    return value > most * 1.0005


class Observation(_Table, frozen=True):
    """How long a patient stays at least, counted from the first dose or from the end of dosing."""

    minutes: float
    anchor: Literal["first_dose", "end_of_dosing"]


class Due(_Table, frozen=True):
    """A measurement or an assessment that the protocol asks for: before the dose, so many minutes after the first dose
    (``at_min``), and every ``every_min`` from then on until the end. It is overdue ``grace_min`` late.
    """

    what: str
    """``nibp``, or a scale by its id."""
    before_dose: bool = False
    at_min: tuple[float, ...] = ()
    every_min: float | None = None
    grace_min: float = 5.0


class MedicineChoice(_Table, frozen=True):
    """A medicine to choose from when another one is charted, and its usual doses. An entry, no advice."""

    name: str
    doses: tuple[str, ...]


class _Item(_Table, frozen=True, kw_only=True, tag_field="rule"):
    """What must be true before the patient leaves. ``id`` names it in the record."""

    id: str
    text: str


class Observed(_Item, frozen=True, kw_only=True, tag="observed"):
    """The minimum observation is over."""


class PressureNearBaseline(_Item, frozen=True, kw_only=True, tag="pressure_near_baseline"):
    """The newest ``readings`` are at most ``percent`` above the baseline and ``below_percent`` below it, and none is
    above ``highest_sys`` or ``highest_dia`` (mmHg), however high the baseline was. The newest is at most ``within_min``
    old.
    """

    percent: float = 10.0
    below_percent: float = 20.0
    highest_sys: float | None = None
    highest_dia: float | None = None
    readings: int = 2
    within_min: float = 30.0


class Saturation(_Item, frozen=True, kw_only=True, tag="saturation"):
    """For ``minutes`` on room air, no saturation below ``at_least`` (%), and values for most of the time."""

    at_least: float
    minutes: float


class NoHighAlarm(_Item, frozen=True, kw_only=True, tag="no_high_alarm"):
    """No alarm of high priority is on or waits for an answer, and all are watched."""


class Assessed(_Item, frozen=True, kw_only=True, tag="assessed"):
    """The newest result after the first dose lies within ``at_least`` and ``at_most``, and is at most ``within_min``
    old.
    """

    scale: Scale
    at_least: int | None = None
    at_most: int | None = None
    within_min: float = 30.0


class Attested(_Item, frozen=True, kw_only=True, tag="attested"):
    """A person attests it. ``asks`` is what they may add, such as who the escort is."""

    asks: str = ""


ChecklistItem = Observed | PressureNearBaseline | Saturation | NoHighAlarm | Assessed | Attested
