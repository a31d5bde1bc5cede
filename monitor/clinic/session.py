"""A session as the fold of its events, and the rules of what may happen next.

Commands are judged against the folded session: a rule either returns the events that follow or raises ``Refused``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from statistics import median
from typing import Self

import msgspec
from msgspec.structs import replace

from devices.readings import SECOND, Metric, Micros
from monitor.clinic.alarms.limits import PlainLimit, plain_limits
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnded,
    AlarmEscalated,
    AlarmLatched,
    AlarmRaised,
    AlarmsPaused,
    AlarmsResumed,
    AlarmsSwitchedOff,
    AnyEvent,
    BaselineLocked,
    CuffFailed,
    CuffIntervalSet,
    CuffMeasured,
    CuffStarted,
    DoseStarted,
    LimitsChanged,
    NoteWritten,
    Phase,
    PhaseEntered,
    PressureReading,
    ProfileChanged,
    SessionEnded,
    SessionOpened,
    SymptomMarked,
    SymptomResolved,
)
from monitor.clinic.protocol import STEPS, Protocol
from monitor.clinic.refusal import Refused
from monitor.clinic.treatment.course import Treatment
from monitor.clinic.treatment.intake import Intake

SHORTEST_CUFF_MINUTES = 2
LONGEST_CUFF_MINUTES = 120
CUFF_RETRIES = 2
CUFF_RETRY_S = 60
"""A movement spoils one reading in thirty, so a failed one is tried again soon; but no arm is squeezed for ever."""
LONGEST_NOTE = 2000
PATIENT_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._/-]{0,31}")
WEIGHT_KG = (20.0, 300.0)
NOTHING_ASKED = Intake()


class OpenAlarm(msgspec.Struct, frozen=True):
    """An alarm that is active or latched according to the record. ``escalated`` counts the steps taken."""

    raised: AlarmRaised
    acknowledged_by: str | None = None
    escalated: int = 0
    latched: AlarmLatched | None = None


class AlarmsOff(msgspec.Struct, frozen=True):
    """Alarms that a person paused (``until``) or switched off, with who, when and why."""

    by: str
    at: Micros
    reason: str = ""
    until: Micros | None = None


class Session(msgspec.Struct, frozen=True):
    """One patient's treatment as it stands. ``cuff_anchor`` is what the next automatic reading counts from."""

    id: str
    room: str
    patient: str
    weight_kg: float
    protocol: str
    dose_mg: float
    opened_at: Micros
    phase: Phase
    phase_since: Micros
    cuff_interval_s: int | None
    cuff_anchor: Micros
    first_dose_at: Micros | None = None
    ended_at: Micros | None = None
    treatment: Treatment = Treatment()
    baseline: BaselineLocked | None = None
    """What relative limits refer to; ``None`` until it is locked."""
    baseline_at_dose: BaselineLocked | None = None
    """The one that was locked when the first dose was charted: what the session is told against."""
    profile: tuple[PlainLimit, ...] | None = None
    """The protocol's alarm limits as they were configured; ``None`` in records from before they were kept."""
    limit_settings: dict[str, float | None] = {}
    """The session's own alarm limits, over those of its protocol: key and value as in ``LimitChange``."""
    symptoms: dict[Symptom, Micros] = {}
    """The signs of an emergency that are present, and since when."""
    alarms_off: dict[str | None, AlarmsOff] = {}
    """Alarm conditions that are paused or switched off; ``None`` stands for all."""
    cuff_interval_since: Micros = 0
    cuff_problem: str = ""
    """Why the newest attempt gave no reading; empty after a good one."""
    cuff_failures: int = 0
    """Attempts in a row that gave no reading and may be tried again."""
    cuff_running: bool = False
    """Whether the newest attempt has neither given a reading nor failed."""
    cuff_tried_at: Micros | None = None
    """When the newest attempt began or, later, failed."""
    alarms: dict[str, OpenAlarm] = {}

    @classmethod
    def opened(cls, event: SessionOpened) -> Self:
        """The session as its first event leaves it."""
        assert event.session is not None and event.room is not None  # noqa: S101, PT018 - every SessionOpened has both
        return cls(
            id=event.session,
            room=event.room,
            patient=event.patient,
            weight_kg=event.weight_kg,
            protocol=event.protocol,
            dose_mg=event.dose_mg,
            opened_at=event.at,
            phase=Phase.BASELINE,
            phase_since=event.at,
            cuff_interval_s=event.cuff_interval_s,
            cuff_anchor=event.at,
            cuff_interval_since=event.at,
            treatment=Treatment(intake=event.intake),
            profile=event.limits,
        )

    def apply(self, event: AnyEvent) -> Session:
        """The session after the event. Events that change nothing here leave it as it is."""
        return replace(self._after(event), treatment=self.treatment.apply(event))

    def _after(self, event: AnyEvent) -> Session:
        match event:
            case DoseStarted():
                return replace(self, first_dose_at=event.zero, baseline_at_dose=self.baseline)
            case PhaseEntered():
                return replace(self, phase=event.phase, phase_since=event.at)
            case SessionEnded():
                return replace(self, phase=event.phase, phase_since=event.at, ended_at=event.at, alarms={})
            case CuffIntervalSet():
                return replace(
                    self, cuff_interval_s=event.interval_s, cuff_anchor=event.at, cuff_interval_since=event.at
                )
            case CuffStarted():
                return replace(self, cuff_anchor=event.at, cuff_tried_at=event.at, cuff_running=True)
            case CuffMeasured():
                return replace(self, cuff_problem="", cuff_failures=0, cuff_running=False)
            case CuffFailed():
                failures = self.cuff_failures + 1
                if event.stopped:
                    failures = self.cuff_failures if self.cuff_gives_up else 0
                return replace(
                    self,
                    cuff_problem=event.reason,
                    cuff_failures=failures,
                    cuff_anchor=event.at,
                    cuff_tried_at=event.at,
                    cuff_running=False,
                )
            case BaselineLocked():
                return replace(self, baseline=event)
            case ProfileChanged():
                return replace(self, profile=event.limits)
            case LimitsChanged():
                changed = {change.key: change.after for change in event.changes}
                kept = {key: value for key, value in self.limit_settings.items() if key not in changed}
                return replace(self, limit_settings=kept | changed)
            case SymptomMarked():
                return replace(self, symptoms={event.symptom: event.at} | self.symptoms)
            case SymptomResolved():
                return replace(self, symptoms={k: v for k, v in self.symptoms.items() if k != event.symptom})
            case AlarmsPaused():
                return replace(
                    self, alarms_off=self.alarms_off | {None: AlarmsOff(event.by, event.at, "", event.until)}
                )
            case AlarmsSwitchedOff():
                off = AlarmsOff(event.by, event.at, event.reason)
                return replace(self, alarms_off=self.alarms_off | {event.condition: off})
            case AlarmsResumed():
                return replace(self, alarms_off={k: v for k, v in self.alarms_off.items() if k != event.condition})
        return replace(self, alarms=after_alarm_event(self.alarms, event))

    @property
    def next_phase(self) -> Phase | None:
        """The step that follows, or ``None`` when the session is over."""
        if self.phase not in STEPS[:-1]:
            return None
        return STEPS[STEPS.index(self.phase) + 1]

    def readings_before(self, dose_at: Micros | None) -> tuple[PressureReading, ...]:
        """The last two readings before a first dose at that time, ``None``: so far."""
        taken = [each for each in self.treatment.readings if dose_at is None or each.measured_at <= dose_at]
        return tuple(taken[-2:])

    @property
    def readings_before_dose(self) -> tuple[PressureReading, ...]:
        """The last two readings before the first dose."""
        return self.readings_before(self.first_dose_at)

    @property
    def baseline_values(self) -> dict[Metric, float]:
        """The locked baseline, or until then what the readings so far would make it."""
        return self.baseline.values if self.baseline else pressure_baseline(self.readings_before_dose)

    @property
    def reading_due_at(self) -> Micros | None:
        """By when there should be a new reading: an interval after the last good one; ``None`` when only by hand."""
        if self.cuff_interval_s is None or self.ended_at is not None:
            return None
        newest = self.treatment.newest_reading
        last = newest.measured_at if newest else 0
        return max(last, self.cuff_interval_since) + self.cuff_interval_s * SECOND

    @property
    def cuff_gives_up(self) -> bool:
        """Whether the cuff failed as often as it is tried again: somebody must measure by hand."""
        return self.cuff_failures > CUFF_RETRIES

    @property
    def next_cuff_at(self) -> Micros | None:
        """When the cuff measures by itself, or ``None`` when only by hand."""
        if self.cuff_interval_s is None or self.ended_at is not None:
            return None
        wait_s = self.cuff_interval_s
        if self.cuff_failures and not self.cuff_gives_up:
            wait_s = min(CUFF_RETRY_S, wait_s)
        return self.cuff_anchor + wait_s * SECOND


def folded(events: Sequence[AnyEvent]) -> Session | None:
    """A session as its events leave it; ``None`` when the one that opened it is not among them."""
    if not events or not isinstance(events[0], SessionOpened):
        return None
    session = Session.opened(events[0])
    for event in events[1:]:
        session = session.apply(event)
    return session


def after_alarm_event(alarms: dict[str, OpenAlarm], event: AnyEvent) -> dict[str, OpenAlarm]:
    """The open alarms after an event; others than those of alarms change nothing."""
    match event:
        case AlarmRaised():
            return alarms | {event.condition: OpenAlarm(event)}
        case AlarmEnded():
            return {condition: alarm for condition, alarm in alarms.items() if condition != event.condition}
        case AlarmAcknowledged() | AlarmEscalated() | AlarmLatched() if event.condition in alarms:
            before = alarms[event.condition]
        case _:
            return alarms
    match event:
        case AlarmAcknowledged():
            after = replace(before, acknowledged_by=event.by)
        case AlarmEscalated():
            after = replace(before, escalated=before.escalated + 1)
        case AlarmLatched():
            after = replace(before, latched=event)
    return alarms | {event.condition: after}


def pressure_baseline(readings: Sequence[PressureReading]) -> dict[Metric, float]:
    """The median of readings, of two their mean; empty without a reading."""
    if not readings:
        return {}
    columns = {
        Metric.SYS: [reading.sys for reading in readings],
        Metric.DIA: [reading.dia for reading in readings],
        Metric.MAP: [reading.map for reading in readings if reading.map is not None],
    }
    return {metric: round(median(values)) for metric, values in columns.items() if values}


def open_session(
    session: str,
    room: str,
    patient: str,
    weight_kg: float,
    protocol: Protocol,
    dose_mg: float,
    by: str,
    at: Micros,
    intake: Intake = NOTHING_ASKED,
) -> SessionOpened:
    """Begin a treatment. Refuses what can only be a slip of the keyboard."""
    code = patient.strip()
    if not PATIENT_CODE.fullmatch(code):
        raise Refused("Give a patient code of 1 to 32 letters, digits, dots, dashes or spaces.", "patient")
    lightest, heaviest = WEIGHT_KG
    if not lightest <= weight_kg <= heaviest:
        raise Refused(f"{weight_kg:g} kg cannot be right; allowed is {lightest:g} to {heaviest:g} kg.", "weight_kg")
    if not 0 < dose_mg <= protocol.dose.highest_mg:
        highest = f"{protocol.dose.highest_mg:g} mg"
        raise Refused(f"{dose_mg:g} mg cannot be right for {protocol.title}; allowed is up to {highest}.", "dose_mg")
    if protocol.dose.fixed_mg and dose_mg not in protocol.dose.fixed_mg:
        offered = " or ".join(f"{mg:g}" for mg in protocol.dose.fixed_mg)
        raise Refused(f"{protocol.title} is given as {offered} mg.", "dose_mg")
    return SessionOpened(
        at=at,
        by=by,
        room=room,
        session=session,
        patient=code,
        weight_kg=weight_kg,
        protocol=protocol.id,
        dose_mg=dose_mg,
        cuff_interval_s=_cuff_seconds(protocol, Phase.BASELINE),
        intake=intake,
        limits=plain_limits(protocol.limits),
    )


def begin_dosing(session: Session, protocol: Protocol, zero: Micros, by: str, at: Micros) -> list[AnyEvent]:
    """What the first dose begins. It was given at ``zero``, where all later times count from."""
    room, own = session.room, session.id
    events = _enter(session, Phase.DOSING, protocol, by, at)
    return [*events, DoseStarted(at=at, by=by, room=room, session=own, given_at=zero)]


def enter_monitoring(session: Session, protocol: Protocol, by: str, at: Micros) -> list[AnyEvent]:
    """What the end of dosing begins."""
    return _enter(session, Phase.MONITORING, protocol, by, at)


def enter_phase(session: Session, phase: Phase, protocol: Protocol, by: str, at: Micros) -> list[AnyEvent]:
    """Move on to recovery. The other phases begin with what happens in them: a dose, its end, a signature."""
    if phase is not session.next_phase or phase is Phase.DISCHARGED:
        expected = session.next_phase
        raise Refused(f"The session is in {session.phase}; the next step is {expected or 'none, it is over'}.")
    if phase is Phase.DOSING:
        raise Refused("Dosing begins when the first dose is charted.")
    if phase is Phase.MONITORING:
        raise Refused("Monitoring begins when the end of dosing is charted.")
    return _enter(session, phase, protocol, by, at)


def _enter(session: Session, phase: Phase, protocol: Protocol, by: str, at: Micros) -> list[AnyEvent]:
    room, own = session.room, session.id
    events: list[AnyEvent] = [PhaseEntered(at=at, by=by, room=room, session=own, phase=phase)]
    seconds = _cuff_seconds(protocol, phase)
    if seconds != session.cuff_interval_s:
        who = f"protocol {protocol.id}"
        events.append(CuffIntervalSet(at=at, by=who, room=room, session=own, interval_s=seconds))
    return events


def demand_open(session: Session) -> None:
    """Refuse to end a session that is over."""
    if session.ended_at is not None:
        raise Refused(f"The session is over already: {session.phase}.")


def abort_session(session: Session, reason: str, by: str, at: Micros) -> SessionEnded:
    """Stop the session; in an emergency nobody types a PIN."""
    demand_open(session)
    if not reason.strip():
        raise Refused("Say why the session is stopped early.", "reason")
    return SessionEnded(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        phase=Phase.ABORTED,
        reason=plain_text(reason, "reason"),
    )


def set_cuff_interval(session: Session, minutes: int | None, by: str, at: Micros) -> CuffIntervalSet:
    """Change how often the cuff measures by itself; the new interval counts from now."""
    if minutes is not None and not SHORTEST_CUFF_MINUTES <= minutes <= LONGEST_CUFF_MINUTES:
        allowed = f"{SHORTEST_CUFF_MINUTES} to {LONGEST_CUFF_MINUTES} min, or by hand"
        raise Refused(f"Every {minutes} min is not possible; allowed is {allowed}.", "minutes")
    seconds = None if minutes is None else minutes * 60
    return CuffIntervalSet(at=at, by=by, room=session.room, session=session.id, interval_s=seconds)


def write_note(session: Session, text: str, by: str, at: Micros) -> NoteWritten:
    """Add a line to the timeline."""
    if not text.strip():
        raise Refused("The note is empty.", "text")
    return NoteWritten(at=at, by=by, room=session.room, session=session.id, text=plain_text(text, "text"))


def plain_text(text: str, field: str) -> str:
    """What a person typed, without space around it. Refuses a text that is too long, at its field."""
    if len(text) > LONGEST_NOTE:
        raise Refused(f"That is {len(text)} characters; at most {LONGEST_NOTE} fit.", field)
    return text.strip()


def required_text(text: str, field: str, problem: str) -> str:
    """What a person typed in a field that must not be empty; ``problem`` says so."""
    if not text.strip():
        raise Refused(problem, field)
    return plain_text(text, field)


def _cuff_seconds(protocol: Protocol, phase: Phase) -> int | None:
    minutes = protocol.cuff_minutes.get(phase)
    return None if minutes is None else minutes * 60
