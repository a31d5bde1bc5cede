"""A patient good enough to look at: pulse, pleth that matches it, saturation, breathing, and pressure after a dose.

Sizes follow published courses. Ketamine infusion: peak near 40 minutes of 16/11 mmHg (SD 11/8), back within 60 to 90
minutes of the end (Yale cohort 2024, 2,342 infusions). Esketamine spray: peak near 40 minutes of about 13/9 mmHg, most
of it gone by 90 minutes (Spravato prescribing information, sections 5.1 and 12.2). The noise is assumed.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from devices.adapter import Vitals

DESATURATION_EVERY_S = 600.0
DESATURATION_FROM_S = 90.0
DESATURATION_LENGTH_S = 75.0
PEAK_S = 40 * 60.0


class Trouble(StrEnum):
    """What a tester can let a patient have, until it is ended."""

    DESATURATION = "desaturate"
    """A fall of saturation by 12.5 points in half a minute."""
    TACHYCARDIA = "tachycardia"
    BRADYCARDIA = "bradycardia"
    HYPERTENSION = "hypertension"
    WEAK_PULSE = "weak_pulse"
    """A cold finger: the perfusion index falls to 0.2 %."""
    STUCK = "stuck"
    """The numbers do not change any more, as with a sensor that hangs; the pleth goes on."""


@dataclass
class Story:
    """How a patient answers to the drug: rise of pressure and pulse at the peak, and whether breathing falters."""

    rise_sys: tuple[float, float]
    rise_dia: tuple[float, float]
    baseline_sys: tuple[float, float]
    baseline_dia: tuple[float, float]
    desaturates: bool = False


STORIES: dict[str, Story] = {
    "calm": Story((13, 5), (8, 3), (120, 7), (75, 5)),
    "reactive": Story((38, 6), (22, 4), (134, 5), (84, 4)),
    "desaturation": Story((16, 5), (10, 3), (122, 7), (76, 5), desaturates=True),
}


class Patient:
    """One simulated person. ``at`` is in seconds of the simulation's clock; the pulse only goes forward,
    whichever of several devices asks.
    """

    def __init__(self, seed: int, story: str = "calm") -> None:
        self._random = random.Random(seed)
        gauss = self._random.gauss
        self._story = STORIES[story]
        self._baseline_sys = gauss(*self._story.baseline_sys)
        self._baseline_dia = gauss(*self._story.baseline_dia)
        self._rise_sys = gauss(*self._story.rise_sys)
        self._rise_dia = gauss(*self._story.rise_dia)
        self._rise_pr = gauss(5, 3)
        self._spo2 = min(99.4, gauss(97.5, 0.8))
        self._pr = gauss(74, 7)
        self._rr = gauss(15, 1.5)
        self._pi = max(1.0, gauss(4.5, 1.5))
        self._waves = [self._random.uniform(0, math.tau) for _ in range(6)]
        self._pulse_phase = self._breath_phase = 0.0
        self._at: float | None = None
        self.dose_at: float | None = None
        """When the dose began, or ``None``."""
        self.attached = True
        """Whether probe and cuff are on."""
        self._troubles: dict[Trouble, float] = {}
        """Which there are, and since when."""
        self._stuck: Vitals | None = None

    def trouble(self, trouble: Trouble, present: bool, at: float) -> None:
        """Let something begin or end."""
        self._stuck = None
        if present:
            self._troubles.setdefault(trouble, at)
        else:
            self._troubles.pop(trouble, None)

    def vitals(self, at: float) -> Vitals:
        """What sensors on this patient feel at a time."""
        effect = self._effect(at)
        pr = self._pr + self._rise_pr * effect + self._wander(at, 1.6, (0, 1))
        rr = self._rr - 1.5 * effect + self._wander(at, 0.8, (4, 5))
        behind = self._advance(at, pr, rr)
        breath = math.sin(math.tau * self._breath_phase)
        pr += 1.2 * breath + 70 * self._has(Trouble.TACHYCARDIA) - 35 * self._has(Trouble.BRADYCARDIA)
        sys = self._baseline_sys + self._rise_sys * effect + self._wander(at, 3.0, (2, 3))
        dia = self._baseline_dia + self._rise_dia * effect + self._wander(at, 2.0, (3, 4))
        sys += 70 * self._has(Trouble.HYPERTENSION)
        dia += 40 * self._has(Trouble.HYPERTENSION)
        fall = self._fall(at)
        felt = Vitals(
            spo2=min(100.0, self._spo2 - fall - 0.4 * effect + self._wander(at, 0.5, (1, 5))),
            pr=pr + 1.2 * fall,
            pi=0.2 if self._has(Trouble.WEAK_PULSE) else max(0.3, self._pi + self._wander(at, 0.6, (0, 4))),
            sys=sys,
            dia=dia,
            map=dia + (sys - dia) / 3,
            pleth=self._pleth(breath, behind * pr / 60),
            attached=self.attached,
        )
        return self._as_stuck(felt) if self._has(Trouble.STUCK) else felt

    def _has(self, trouble: Trouble) -> bool:
        return trouble in self._troubles

    def _as_stuck(self, felt: Vitals) -> Vitals:
        """The numbers of the moment at which they stuck, on the pulse of now."""
        if self._stuck is None:
            self._stuck = felt
        return replace(felt, spo2=self._stuck.spo2, pr=self._stuck.pr, pi=self._stuck.pi)

    def _advance(self, at: float, pr: float, rr: float) -> float:
        """Let the heart beat up to ``at``; returns by how much another device has asked for a later time already."""
        step = 0.0 if self._at is None else max(0.0, at - self._at)
        self._at = at if self._at is None else max(at, self._at)
        self._pulse_phase = (self._pulse_phase + step * pr / 60) % 1.0
        self._breath_phase = (self._breath_phase + step * rr / 60) % 1.0
        return self._at - at

    def _effect(self, at: float) -> float:
        """The drug's effect, 0..1: a lag, a rise to the peak at 40 minutes, then half gone every 20 minutes."""
        if self.dose_at is None:
            return 0.0
        since = at - self.dose_at - 4 * 60
        if since <= 0:
            return 0.0
        risen = (1 - math.exp(-min(since, PEAK_S) / 900)) / (1 - math.exp(-PEAK_S / 900))
        return risen if since < PEAK_S else 0.5 ** ((since - PEAK_S) / 1200)

    def _fall(self, at: float) -> float:
        """Points of saturation lost to a pause in breathing."""
        started = self._troubles.get(Trouble.DESATURATION)
        if started is None and self._story.desaturates and self.dose_at is not None:
            since_dose = at - self.dose_at - DESATURATION_FROM_S
            if since_dose >= 0:
                started = at - since_dose % DESATURATION_EVERY_S
        if started is None or at < started:
            return 0.0
        since = at - started
        depth = 12.5 if since < DESATURATION_LENGTH_S else 12.5 * 0.5 ** ((since - DESATURATION_LENGTH_S) / 8)
        return min(depth, since * 0.35)

    def _wander(self, at: float, size: float, waves: tuple[int, int]) -> float:
        """A slow, smooth drift without a memory of its own, so that any instant can be asked for."""
        first, second = (self._waves[index] for index in waves)
        return size * (0.6 * math.sin(at / 37 + first) + 0.4 * math.sin(at / 11 + second))

    def _pleth(self, breath: float, beats_behind: float) -> float:
        """The pulse wave: a steep systolic peak, the dicrotic wave after it, riding on the breath."""
        phase = (self._pulse_phase - beats_behind) % 1.0
        systolic = math.exp(-(((phase - 0.18) / 0.085) ** 2))
        dicrotic = 0.38 * math.exp(-(((phase - 0.46) / 0.12) ** 2))
        height = 0.62 + 0.05 * breath
        wave = 0.16 + 0.03 * breath + height * (systolic + dicrotic) + self._random.gauss(0, 0.004)
        return min(1.0, max(0.0, wave))
