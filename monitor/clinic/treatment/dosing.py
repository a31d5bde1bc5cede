"""What was given so far, as a fold: nasal devices, or an infusion whose milligrams are the integral of its rate."""

from __future__ import annotations

from typing import Self

import msgspec
from msgspec.structs import replace

from devices.readings import SECOND, Micros
from monitor.clinic.events import SessionEnded
from monitor.clinic.treatment.events import (
    BolusGiven,
    DeviceGiven,
    DoseEvent,
    DosingEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    RateChanged,
)

HOUR: Micros = 3600 * SECOND


class Infusion(msgspec.Struct, frozen=True):
    """An infusion. ``infused_mg`` were in at ``since``; from then on it runs at ``rate_ml_h``, unless it is paused or
    over. More than ``dose_mg``, which is all there is, never flows.
    """

    dose_mg: float
    volume_ml: float
    minutes: float
    rate_ml_h: float
    since: Micros
    infused_mg: float = 0.0
    running: bool = True
    paused_for: str = ""

    @classmethod
    def started(cls, event: InfusionStarted) -> Self:
        """The infusion as it begins."""
        return cls(event.dose_mg, event.volume_ml, event.minutes, event.rate_ml_h, since=event.happened_at)

    @property
    def mg_per_ml(self) -> float:
        """The concentration."""
        return self.dose_mg / self.volume_ml

    @property
    def mg_per_h(self) -> float:
        """How fast it runs now; 0 while it stands."""
        return self.rate_ml_h * self.mg_per_ml if self.running else 0.0

    def mg_at(self, at: Micros) -> float:
        """The milligrams that are in at a time not before ``since``."""
        return min(self.dose_mg, self.infused_mg + self.mg_per_h * (at - self.since) / HOUR)

    @property
    def empty_at(self) -> Micros | None:
        """When all of it is in, if it goes on like this; ``None`` while it stands."""
        if not self.running:
            return None
        return self.since + round((self.dose_mg - self.infused_mg) / self.mg_per_h * HOUR)

    def from_then(
        self, at: Micros, *, rate_ml_h: float | None = None, running: bool | None = None, why: str = ""
    ) -> Self:
        """The infusion once it runs otherwise from ``at`` on."""
        return replace(
            self,
            infused_mg=self.mg_at(at),
            since=at,
            rate_ml_h=self.rate_ml_h if rate_ml_h is None else rate_ml_h,
            running=self.running if running is None else running,
            paused_for=why,
        )


class Dosing(msgspec.Struct, frozen=True):
    """All that was given of the drug."""

    devices: tuple[DeviceGiven, ...] = ()
    infusion: Infusion | None = None
    boluses: tuple[BolusGiven, ...] = ()
    ended: DosingEnded | None = None
    newest: DoseEvent | None = None
    """What happened last of all this: what is told later did not come before it."""

    def apply(self, event: DoseEvent | SessionEnded) -> Dosing:
        """What was given once the event has happened."""
        after = self._after(event)
        return after if isinstance(event, SessionEnded) else replace(after, newest=event)

    def _after(self, event: DoseEvent | SessionEnded) -> Dosing:
        match event:
            case DeviceGiven():
                return replace(self, devices=(*self.devices, event))
            case InfusionStarted():
                return replace(self, infusion=Infusion.started(event))
            case BolusGiven():
                return replace(self, boluses=(*self.boluses, event))
            case DosingEnded():
                stopped = None if self.infusion is None else self.infusion.from_then(event.happened_at, running=False)
                return replace(self, ended=event, infusion=stopped)
        if self.infusion is None:
            return self
        match event:
            case RateChanged(rate_ml_h=rate) if not self.infusion.running:
                return replace(self, infusion=replace(self.infusion, rate_ml_h=rate))
            case RateChanged(happened_at=at, rate_ml_h=rate):
                return replace(self, infusion=self.infusion.from_then(at, rate_ml_h=rate))
            case InfusionPaused(happened_at=at, reason=reason):
                return replace(self, infusion=self.infusion.from_then(at, running=False, why=reason))
            case InfusionResumed(happened_at=at):
                return replace(self, infusion=self.infusion.from_then(at, running=True))
            case SessionEnded():
                # Nobody says that the pump was stopped when a patient leaves in haste; it gives nothing from then on.
                return replace(self, infusion=self.infusion.from_then(event.at, running=False))
        return self

    @property
    def begun(self) -> bool:
        """Whether anything was given yet."""
        return bool(self.devices) or self.infusion is not None

    def mg_at(self, at: Micros) -> float:
        """The milligrams given up to a time that is not before the newest event."""
        infused = 0.0 if self.infusion is None else self.infusion.mg_at(at)
        return sum(device.mg for device in self.devices) + sum(bolus.mg for bolus in self.boluses) + infused
