"""What a room's gate and checklist rest on: the oximeter's last minutes, and how both stood a second ago."""

from __future__ import annotations

from collections import deque
from statistics import median

from devices.readings import MINUTE, NOT_LIVE, Metric, Micros, Numeric, Quality
from monitor.clinic.events import AnyEvent
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session
from monitor.clinic.treatment.checklist import ItemState, checklist, is_asked
from monitor.clinic.treatment.events import Finding
from monitor.clinic.treatment.gate import findings, open_findings
from monitor.clinic.treatment.plan import Saturation
from monitor.clinic.treatment.readiness import readiness
from monitor.clinic.treatment.saturation import SaturationCourse


def longest_evidence(protocol: Protocol) -> Micros:
    """How far back a checklist looks at the oximeter."""
    return max((round(item.minutes * MINUTE) for item in protocol.checklist if isinstance(item, Saturation)), default=0)


class Evidence:
    """Of one room, for the patient who is there."""

    def __init__(self) -> None:
        self._minute: dict[Metric, deque[tuple[Micros, float]]] = {
            metric: deque(maxlen=60) for metric in (Metric.SPO2, Metric.PR)
        }
        """A value a second of the last minute, with its time, from which a baseline is made."""
        self._saturation = SaturationCourse()
        self.checked: list[ItemState] = []
        """The checklist, replaced when something in it changes."""
        self.gate_found: dict[Finding, str] = {}
        """What the first dose waits for, replaced when it changes."""

    def remember(self, metric: Metric, value: float | None, quality: Quality, at: Micros) -> None:
        """Keep a value of now, one a second."""
        if metric not in self._minute or value is None or quality & NOT_LIVE:
            return
        self._minute[metric].append((at, value))
        if metric is Metric.SPO2:
            self._saturation.add(at, value)

    def remember_second(self, numbers: dict[Metric, Numeric], now: Micros) -> None:
        """Keep the newest values of a second."""
        for metric in self._minute:
            number = numbers.get(metric)
            if number is not None:
                self.remember(metric, number.value, number.quality, now)

    def forget(self) -> None:
        """Another patient."""
        for values in self._minute.values():
            values.clear()
        self._saturation.clear()
        self._keep([], {})

    def steady_values(self, now: Micros) -> dict[Metric, float]:
        """The median of the last minute of saturation and pulse, where there were values in it."""
        minute = {
            metric: [value for at, value in values if now - at <= MINUTE] for metric, values in self._minute.items()
        }
        return {metric: round(median(values)) for metric, values in minute.items() if values}

    def checklist(self, session: Session, protocol: Protocol, now: Micros) -> list[ItemState]:
        """The discharge checklist as it stands."""
        return checklist(session, protocol, self._saturation, now)

    def gate(
        self, session: Session, protocol: Protocol, now: Micros, dose_at: Micros | None = None
    ) -> dict[Finding, str]:
        """What speaks against the first dose, or spoke against one that is told later; decided on or not."""
        return findings(session, protocol, self.steady_values(now), now, dose_at)

    def look(self, session: Session, protocol: Protocol, now: Micros) -> list[AnyEvent]:
        """Look at gate and checklist as they are now; returns what became of the checklist."""
        asked = is_asked(session)
        found = {} if asked else open_findings(session, self.gate(session, protocol, now))
        self._keep(self.checklist(session, protocol, now), found)
        return list(readiness(session, protocol, self.checked, now)) if asked else []

    def _keep(self, checked: list[ItemState], gate_found: dict[Finding, str]) -> None:
        """What stays as it was is not replaced: what shows it is then not made anew."""
        if checked != self.checked:
            self.checked = checked
        if gate_found != self.gate_found:
            self.gate_found = gate_found
