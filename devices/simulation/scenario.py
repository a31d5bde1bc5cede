"""A scenario for one emulated device: a patient's story, and values that are set at given times.

    story = "calm"
    dose_at_s = 60
    [[step]]
    at_s = 120
    spo2 = 86
    [[step]]
    at_s = 180
    attached = false

A step's values hold until a later step names the same one; ``release = true`` gives all back to the patient.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from devices.adapter import Vitals
from devices.readings import METRICS, Metric, plausible
from devices.simulation.patient import Patient


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sensors feel from ``at_s`` on, in the units of ``Vitals``; ``None`` leaves a value to the patient."""

    at_s: float
    spo2: float | None = None
    pr: float | None = None
    pi: float | None = None
    sys: float | None = None
    dia: float | None = None
    attached: bool | None = None
    release: bool = False


class Scenario(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole scenario."""

    story: Literal["calm", "reactive", "desaturation"] = "calm"
    dose_at_s: float | None = None
    step: list[Step] = []


class ImpossibleStep(ValueError):
    """A step asks for what no body has. The text names the key, the value and what is allowed."""


FELT = {"spo2": Metric.SPO2, "pr": Metric.PR, "pi": Metric.PI, "sys": Metric.SYS, "dia": Metric.DIA}


def check(scenario: Scenario) -> None:
    """Raise ``ImpossibleStep`` where a value is outside what a body can have."""
    for number, step in enumerate(scenario.step):
        for name, metric in FELT.items():
            value = getattr(step, name)
            if value is not None and plausible(metric, value) is None:
                info = METRICS[metric]
                allowed = f"{info.lowest:g} to {info.highest:g} {info.unit}"
                raise ImpossibleStep(f"step[{number}].{name}: {value:g} is not possible; allowed is {allowed}")


class ScriptedPatient:
    """Plays a scenario. The first call is its time zero."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self._patient = Patient(seed, scenario.story)
        self._scenario = scenario
        self._steps = sorted(scenario.step, key=lambda step: step.at_s)
        self._zero: float | None = None

    def vitals(self, at: float) -> Vitals:
        """What the sensors feel at a time, in seconds of any steady clock."""
        if self._zero is None:
            self._zero = at
            if self._scenario.dose_at_s is not None:
                self._patient.dose_at = at + self._scenario.dose_at_s
        vitals = self._patient.vitals(at)
        forced: dict[str, float | bool] = {}
        for step in self._steps:
            if step.at_s > at - self._zero:
                continue
            if step.release:
                forced.clear()
            named = msgspec.structs.asdict(step)
            forced |= {k: v for k, v in named.items() if v is not None and k not in ("at_s", "release")}
        for name, value in forced.items():
            setattr(vitals, name, value)
        if "sys" in forced or "dia" in forced:
            vitals.map = vitals.dia + (vitals.sys - vitals.dia) / 3
        return vitals
