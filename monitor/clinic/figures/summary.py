"""All figures of a session."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median

import msgspec

from devices.readings import MINUTE, Metric, Micros
from monitor.clinic.alarms.episodes import Episode as Alarm
from monitor.clinic.alarms.episodes import episodes as alarms_of
from monitor.clinic.alarms.limits import PlainLimit, plain_limits
from monitor.clinic.events import AnyEvent, SessionOpened
from monitor.clinic.figures.curves import NOTHING, Curve
from monitor.clinic.figures.limits import outside_s, readings_outside, stretches
from monitor.clinic.figures.pressure import PressureFigures, pressure_figures, readings_after_dose
from monitor.clinic.figures.saturation import SaturationFigures, saturation_figures
from monitor.clinic.priority import Priority
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session
from monitor.clinic.treatment.episodes import Course, episodes
from monitor.clinic.treatment.events import Episode, Signed, Stage
from monitor.clinic.treatment.flows import flows


class DoseFigures(msgspec.Struct, frozen=True):
    """Milligrams; ``given_mg`` is ``None`` before the first dose. ``ended_at`` is ``None`` while it is given."""

    planned_mg: float
    given_mg: float | None = None
    began_at: Micros | None = None
    ended_at: Micros | None = None


class AlarmFigures(msgspec.Struct, frozen=True):
    """How many alarms there were of each priority; seconds until somebody acknowledged, the median and the longest;
    how many nobody acknowledged.
    """

    count: dict[Priority, int] = {}
    median_s: float | None = None
    longest_s: float | None = None
    unanswered: int = 0


class Figures(msgspec.Struct, frozen=True):
    """What a session comes to. Times are moments in microseconds; durations say their unit."""

    dose: DoseFigures
    pressure: PressureFigures
    saturation: SaturationFigures
    outside_s: dict[Metric, float]
    """Seconds beyond a limit, by streamed metric that has limits and values; empty where no limits are known."""
    readings_outside: int | None
    """Blood pressures beyond a limit, of those after the first dose; ``None`` where no limits are known."""
    effects: dict[Episode, Course]
    alarms: AlarmFigures
    stable_at: Micros | None
    """When the patient could have left but for the minimum observation."""
    ready_at: Micros | None
    """Clinically ready."""
    ended_at: Micros | None
    signatures: tuple[Signed, ...]
    is_signed: bool
    """Whether the newest signature stands for the record as it is."""

    def minutes_from_dose(self, at: Micros | None) -> float | None:
        """Minutes from the first dose."""
        zero = self.dose.began_at
        return None if at is None or zero is None else (at - zero) / MINUTE

    @property
    def observed_min(self) -> float | None:
        """From the first dose to the end, in minutes; ``None`` while it goes on, and without a dose."""
        return self.minutes_from_dose(self.ended_at)


def figures(
    session: Session,
    events: Sequence[AnyEvent],
    curves: Mapping[Metric, Curve],
    protocol: Protocol | None,
    until: Micros,
) -> Figures:
    """The figures of a session with these events, corrections put in, and these curves, artefacts left out.

    They are about the time from the first dose, without one from the beginning, to the end, or ``until`` now. The
    limits of ``protocol`` count for a session whose record does not have its own.
    """
    start = session.opened_at if session.first_dose_at is None else session.first_dose_at
    end = (until if session.ended_at is None else session.ended_at) + 1
    own = {metric: curve.between(start, end) for metric, curve in curves.items()}
    profile = _profile(events, protocol)
    parts = [] if profile is None else list(stretches(events, profile, start, end))
    treatment = session.treatment
    return Figures(
        dose=_dose(session, events, until),
        pressure=pressure_figures(session),
        saturation=saturation_figures(own.get(Metric.SPO2, NOTHING)),
        outside_s=outside_s(parts, own),
        readings_outside=None if profile is None else readings_outside(parts, readings_after_dose(session)),
        effects=episodes(treatment, session.first_dose_at),
        alarms=alarm_figures(alarms_of(events)),
        stable_at=treatment.reached.get(Stage.STABLE),
        ready_at=treatment.reached.get(Stage.READY),
        ended_at=session.ended_at,
        signatures=treatment.signatures,
        is_signed=treatment.is_signed,
    )


def _profile(events: Sequence[AnyEvent], protocol: Protocol | None) -> tuple[PlainLimit, ...] | None:
    own = next((event.limits for event in events if isinstance(event, SessionOpened)), None)
    return plain_limits(protocol.limits) if own is None and protocol is not None else own


def _dose(session: Session, events: Sequence[AnyEvent], until: Micros) -> DoseFigures:
    dosing = session.treatment.dosing
    if not dosing.begun:
        return DoseFigures(session.dose_mg)
    ended = dosing.ended
    if ended is not None:
        return DoseFigures(session.dose_mg, ended.mg, session.first_dose_at, ended.happened_at)
    given = round(dosing.mg_at(session.ended_at or until), 2)
    stopped_at = session.ended_at
    if stopped_at is not None and dosing.infusion is not None:
        stopped_at = flows(events, dosing.infusion, stopped_at)[-1].end
    return DoseFigures(session.dose_mg, given, session.first_dose_at, stopped_at)


def alarm_figures(alarms: Sequence[Alarm]) -> AlarmFigures:
    """The figures of a session's alarms."""
    waited = [alarm.seconds_to_acknowledge for alarm in alarms if alarm.seconds_to_acknowledge is not None]
    return AlarmFigures(
        count=dict(Counter(alarm.raised.priority for alarm in alarms)),
        median_s=median(waited) if waited else None,
        longest_s=max(waited, default=None),
        unanswered=len(alarms) - len(waited),
    )
