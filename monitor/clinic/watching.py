"""What people may change about how a patient is watched: baseline, limits, symptoms, pauses and switched-off alarms.

Commands are judged against the folded session, as in ``session``: events that follow, or ``Refused``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress

from devices.readings import METRICS, SECOND, Metric, Micros
from monitor.clinic.alarms.auto_limits import Formula, auto_limits
from monitor.clinic.alarms.checks import LimitProblem
from monitor.clinic.alarms.limits import MetricLimits, Side, plain_limits
from monitor.clinic.alarms.overrides import LIMIT, place_of, setting_of, with_overrides
from monitor.clinic.alarms.policy import LONGEST_PAUSE_S
from monitor.clinic.alarms.symptoms import Symptom
from monitor.clinic.events import (
    AlarmsPaused,
    AlarmsResumed,
    AlarmsSwitchedOff,
    BaselineLocked,
    LimitChange,
    LimitsChanged,
    ProfileChanged,
    SymptomMarked,
    SymptomResolved,
)
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused
from monitor.clinic.session import Session, plain_text, pressure_baseline

BY_HAND, PROFILE, PROTOCOL_CHANGED = "by hand", "profile", "the protocol was changed"
SESSION_PARTS = ("", ".delay", ".area")
"""What may be set for one session, as keys end; the rest belongs to the protocol."""


def limits_in_force(session: Session, protocol: Protocol) -> dict[Metric, MetricLimits]:
    """The protocol's limits with the session's own in them.

    A side whose own settings do not fit any more, because the protocol was changed since, is as the protocol has it.
    """
    try:
        return with_overrides(protocol.limits, session.limit_settings)
    except LimitProblem:
        found = dict(protocol.limits)
    for own in _by_side(session.limit_settings):
        with suppress(LimitProblem):
            found = with_overrides(found, own)
    return found


def _by_side(settings: Mapping[str, float | None]) -> list[dict[str, float | None]]:
    sides = dict.fromkeys(_side_of(key) for key in settings)
    return [{key: value for key, value in settings.items() if _side_of(key) == side} for side in sides]


def _side_of(key: str) -> str:
    return ".".join(key.split(".")[:2])


def changed_profile(session: Session, protocol: Protocol, at: Micros) -> ProfileChanged | None:
    """That the protocol's alarm limits are others since a start; ``None`` when they are those that the record has."""
    limits = plain_limits(protocol.limits)
    if session.profile is None or session.profile == limits:
        return None
    return ProfileChanged(at=at, by="service", room=session.room, session=session.id, limits=limits)


def without_unfit(session: Session, protocol: Protocol, at: Micros) -> LimitsChanged | None:
    """What became of the session's own limits that a changed protocol has no place for; ``None`` when all fit."""
    present = limits_in_force(session, protocol)
    both = [(key, own, setting_of(present, key)) for key, own in session.limit_settings.items()]
    changes = [LimitChange(key, own, now) for key, own, now in both if own != now]
    if not changes:
        return None
    return LimitsChanged(
        at=at, by="service", room=session.room, session=session.id, changes=changes, why=PROTOCOL_CHANGED
    )


def set_limits(
    session: Session, protocol: Protocol, settings: Mapping[str, float | None], why: str, by: str, at: Micros
) -> LimitsChanged:
    """Give the session limits of its own. Refuses what crosses, what a guard forbids, and what changes nothing."""
    present = limits_in_force(session, protocol)
    try:
        for key, value in settings.items():
            _demand_changeable(protocol.limits, key, value)
        changes = _differences(present, with_overrides(present, settings), settings)
    except LimitProblem as problem:
        raise Refused(problem.sentence, problem.key) from problem
    if not changes:
        raise Refused("These are the limits already.")
    return LimitsChanged(at=at, by=by, room=session.room, session=session.id, changes=changes, why=why)


def _differences(
    before: Mapping[Metric, MetricLimits], after: Mapping[Metric, MetricLimits], keys: Iterable[str]
) -> list[LimitChange]:
    """What is different on the sides that these keys touch: a delay that is set also takes an area away."""
    sides = dict.fromkeys(_side_of(key) for key in keys)
    places = [f"{side}{part}" for side in sides for part in SESSION_PARTS]
    both = [(place, setting_of(before, place), setting_of(after, place)) for place in places]
    return [LimitChange(place, old, new) for place, old, new in both if old != new]


def _demand_changeable(profile: Mapping[Metric, MetricLimits], key: str, after: float | None) -> None:
    metric, side, field = place_of(key)
    part = "" if field == LIMIT else f".{key.rpartition('.')[2]}"
    given = profile.get(metric, MetricLimits()).side(side)
    if given is None or part not in SESSION_PARTS:
        raise LimitProblem(key, "this belongs to the protocol and is not changed for one session")
    if field == LIMIT and given.guard is not None and after is not None:
        lowest, highest = given.guard
        if not lowest <= after <= highest:
            unit = METRICS[metric].unit
            raise LimitProblem(key, f"{after:g} is outside the guard limits {lowest:g} to {highest:g} {unit}")


def return_to_profile(session: Session, protocol: Protocol, by: str, at: Micros) -> LimitsChanged:
    """Go back to the limits of the protocol."""
    own = {key: setting_of(protocol.limits, key) for key in session.limit_settings}
    return set_limits(session, protocol, own, PROFILE, by, at)


def offered_limits(session: Session, protocol: Protocol, formula: Formula) -> dict[str, float | None]:
    """What a formula makes of the session's baseline: a setting for each limit that there is, moved into its guard."""
    offered: dict[str, float | None] = {}
    for metric, (low, high) in auto_limits(formula, session.baseline_values).items():
        for side, value in ((Side.LOW, low), (Side.HIGH, high)):
            given = protocol.limits.get(metric, MetricLimits()).side(side)
            if given is not None:
                lowest, highest = given.guard or (METRICS[metric].lowest, METRICS[metric].highest)
                offered[f"{metric}.{side}"] = float(min(max(value, lowest), highest))
    return offered


def take_offered_limits(session: Session, protocol: Protocol, formula: Formula, by: str, at: Micros) -> LimitsChanged:
    """Take the limits that a formula makes of the baseline."""
    offered = offered_limits(session, protocol, formula)
    if not offered:
        raise Refused("There is no baseline yet. Take a blood pressure first.")
    return set_limits(session, protocol, offered, f"formula {formula}", by, at)


def lock_baseline(
    session: Session,
    oximeter: Mapping[Metric, float],
    reason: str,
    by: str,
    at: Micros,
    dose_at: Micros | None = None,
) -> BaselineLocked:
    """Lock the patient's own values: before the first dose (``dose_at`` where one is told now) from the last two
    readings, later from the newest one.

    ``oximeter`` is the median of its last minute. Locking anew needs a reason.
    """
    if session.baseline is not None and not reason.strip():
        raise Refused("Say why the baseline is locked anew.", "reason")
    before_dose = session.first_dose_at is None or session.baseline is None
    earlier = session.readings_before(session.first_dose_at or dose_at) if before_dose else ()
    readings = earlier or session.treatment.readings[-1:]
    if not readings:
        raise Refused("There is no reading yet. Take a blood pressure first.")
    return BaselineLocked(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        values=pressure_baseline(readings) | dict(oximeter),
        readings=len(readings),
        reason=plain_text(reason, "reason"),
    )


def mark_symptom(session: Session, symptom: Symptom, by: str, at: Micros) -> SymptomMarked:
    """A sign that raises the emergency."""
    if symptom in session.symptoms:
        raise Refused(f"{symptom.label} is marked already.")
    return SymptomMarked(at=at, by=by, room=session.room, session=session.id, symptom=symptom)


def resolve_symptom(session: Session, symptom: Symptom, by: str, at: Micros) -> SymptomResolved:
    """The sign is gone."""
    if symptom not in session.symptoms:
        raise Refused(f"{symptom.label} is not marked.")
    return SymptomResolved(at=at, by=by, room=session.room, session=session.id, symptom=symptom)


def pause_alarms(session: Session, by: str, at: Micros) -> AlarmsPaused:
    """Pause the alarms of a room, such as while the probe is moved."""
    if None in session.alarms_off:
        raise Refused("The alarms of this room are paused or off already.")
    return AlarmsPaused(at=at, by=by, room=session.room, session=session.id, until=at + LONGEST_PAUSE_S * SECOND)


def switch_alarms_off(
    session: Session, condition: str | None, reason: str, by: str, role: str, allowed: Collection[str], at: Micros
) -> AlarmsSwitchedOff:
    """Switch an alarm off, or with ``None`` all of the room. Needs one of the ``allowed`` roles and a reason."""
    demand_role(role, allowed)
    if not reason.strip():
        raise Refused("Say why the alarm is switched off.", "reason")
    present = session.alarms_off.get(condition)
    if present is not None and present.until is None:
        raise Refused("This is off already.")
    if condition is not None and condition.startswith("symptom."):
        raise Refused("An emergency is not switched off. Mark the symptom as gone when it is.")
    return AlarmsSwitchedOff(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        condition=condition,
        role=role,
        reason=plain_text(reason, "reason"),
    )


def demand_role(role: str, allowed: Collection[str]) -> None:
    """Refuse a role that may not switch off."""
    if role not in allowed:
        raise Refused(f"Only {' or '.join(allowed) or 'nobody'} may switch this off; you are signed in as {role}.")


def resume_alarms(session: Session, condition: str | None, reason: str, by: str, at: Micros) -> AlarmsResumed:
    """Watch again."""
    if condition not in session.alarms_off:
        raise Refused("This is watched already.")
    return AlarmsResumed(at=at, by=by, room=session.room, session=session.id, condition=condition, reason=reason)
