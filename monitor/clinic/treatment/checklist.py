"""The discharge checklist: whether each item holds, on what evidence, and else what is missing and until when."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile

import msgspec

from devices.readings import MINUTE, Metric, Micros
from monitor.clinic.priority import Priority
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import Session
from monitor.clinic.treatment.plan import (
    Assessed,
    Attested,
    ChecklistItem,
    NoHighAlarm,
    Observation,
    Observed,
    PressureNearBaseline,
    Saturation,
)
from monitor.clinic.treatment.saturation import SaturationCourse
from monitor.clinic.treatment.scales import SCALES

ENOUGH = 0.8
"""The share of a stretch in which there must have been values for it to count as watched."""
KINDS = {Assessed: "assess", Attested: "nurse"}


class ItemState(msgspec.Struct, frozen=True):
    """An item as it stands. ``said`` is the evidence; ``missing`` what it waits for, and ``holds_at`` when time alone
    will make it true. ``kind``: found by Chairside (``auto``), ``assess``, or attested by a ``nurse``.
    """

    id: str
    text: str
    kind: str
    holds: bool
    said: str
    missing: str = ""
    holds_at: Micros | None = None


def checklist(session: Session, protocol: Protocol, saturation: SaturationCourse, now: Micros) -> list[ItemState]:
    """Every item of the protocol's checklist, in its order."""
    return [_state(item, session, protocol, saturation, now) for item in protocol.checklist]


def _state(
    item: ChecklistItem, session: Session, protocol: Protocol, saturation: SaturationCourse, now: Micros
) -> ItemState:
    match item:
        case Observed():
            return _observed(item, session, protocol.observation, now)
        case PressureNearBaseline():
            return _pressure(item, session, now)
        case Saturation():
            return _saturation(item, session, saturation, now)
        case NoHighAlarm():
            return _alarms(item, session)
        case Assessed():
            return _assessed(item, session, now)
        case Attested():
            return _attested(item, session)


def _made(item: ChecklistItem, holds: bool, said: str, missing: str = "", holds_at: Micros | None = None) -> ItemState:
    kind = KINDS.get(type(item), "auto")
    return ItemState(item.id, item.text, kind, holds, said, "" if holds else missing, None if holds else holds_at)


def observed_from(session: Session, observation: Observation) -> Micros | None:
    """From when on the minimum observation counts; ``None`` until that has happened."""
    if observation.anchor == "first_dose":
        return session.first_dose_at
    ended = session.treatment.dosing.ended
    return None if ended is None else ended.happened_at


def _observed(item: Observed, session: Session, observation: Observation, now: Micros) -> ItemState:
    anchor = observed_from(session, observation)
    if anchor is None:
        waits = "the first dose" if session.first_dose_at is None else "the end of dosing"
        return _made(item, False, "not begun", f"counts from {waits}")
    until = anchor + round(observation.minutes * MINUTE)
    passed = max(0, now - anchor) // MINUTE
    return _made(item, now >= until, f"{passed} of {observation.minutes:g} min", holds_at=until)


def _pressure(item: PressureNearBaseline, session: Session, now: Micros) -> ItemState:
    baseline = session.baseline.values if session.baseline else {}
    sys, dia = baseline.get(Metric.SYS), baseline.get(Metric.DIA)
    if sys is None or dia is None:
        return _made(item, False, "no baseline was measured", "a clinician decides")
    highest = (_above(sys, item.percent, item.highest_sys), _above(dia, item.percent, item.highest_dia))
    # Of a very high baseline even a fall of so many percent may end above what anybody goes home with.
    lowest = (
        min(_below(sys, item.below_percent), highest[0]),
        min(_below(dia, item.below_percent), highest[1]),
    )
    zero = session.first_dose_at
    readings = [each for each in session.treatment.readings if zero is not None and each.measured_at > zero]
    base = f"baseline {sys:g}/{dia:g}"
    if not readings:
        return _made(
            item, False, f"none since the first dose, {base}", "after " + _wanted(item.readings, lowest, highest)
        )
    good = takewhile(lambda each: _within((each.sys, each.dia), lowest, highest), reversed(readings))
    short = item.readings - len(list(good))
    newest = readings[-1]
    age = (now - newest.measured_at) // MINUTE
    said = f"{newest.sys:.0f}/{newest.dia:.0f} {age} min ago, {base}"
    holds = short <= 0 and age <= item.within_min
    return _made(item, holds, said, "after " + _wanted(max(1, short), lowest, highest))


def _within(pressure: tuple[float, float], lowest: tuple[int, int], highest: tuple[int, int]) -> bool:
    return all(low <= each <= high for low, each, high in zip(lowest, pressure, highest, strict=True))


def _wanted(readings: int, lowest: tuple[int, int], highest: tuple[int, int]) -> str:
    many = "a reading" if readings == 1 else f"{readings} readings"
    return f"{many} from {lowest[0]}/{lowest[1]} to {highest[0]}/{highest[1]}"


def _above(value: float, percent: float, ceiling: float | None) -> int:
    """The highest whole pressure that is at most so far above, and not above the ceiling."""
    above = value * (100 + percent) // 100
    return int(above if ceiling is None else min(above, ceiling))


def _below(value: float, percent: float) -> int:
    """The lowest whole pressure that is at most so far below."""
    return -int(-value * (100 - percent) // 100)


def _saturation(item: Saturation, session: Session, saturation: SaturationCourse, now: Micros) -> ItemState:
    span = round(item.minutes * MINUTE)
    window = saturation.window(now - span, now, item.at_least)
    said = "no values" if window.lowest is None else f"lowest {window.lowest:.0f} %"
    air_since = session.treatment.room_air_since
    if air_since is None:
        litres = session.treatment.oxygen.litres_min if session.treatment.oxygen else 0
        return _made(item, False, f"{said}, on {litres:g} L/min oxygen", f"after {item.minutes:g} min on room air")
    begins = max(air_since, window.low_at or 0)
    if begins > now - span:
        return _made(item, False, said, holds_at=begins + span)
    if window.share < ENOUGH:
        share = f"values for {window.share * item.minutes:.0f} of {item.minutes:g} min"
        return _made(item, False, f"{said}, {share}", "after more values")
    return _made(item, True, said)


def _alarms(item: NoHighAlarm, session: Session) -> ItemState:
    if session.alarms_off:
        return _made(item, False, "alarms are paused or off", "when they are on again")
    high = [alarm.raised.text for alarm in session.alarms.values() if alarm.raised.priority is Priority.HIGH]
    return _made(item, not high, ", ".join(high) or "none", "when it is over and answered")


def _assessed(item: Assessed, session: Session, now: Micros) -> ItemState:
    label = SCALES[item.scale].label
    newest, zero = session.treatment.newest(item.scale), session.first_dose_at
    if newest is None or zero is None or newest.given_at < zero:
        return _made(item, False, "not assessed since the first dose", f"assess {label}")
    age = (now - newest.given_at) // MINUTE
    said = f"{label} {newest.result}, {age} min ago"
    low_enough = item.at_most is None or newest.result <= item.at_most
    high_enough = item.at_least is None or newest.result >= item.at_least
    recent = age <= item.within_min
    return _made(item, low_enough and high_enough and recent, said, f"assess {label} again")


def _attested(item: Attested, session: Session) -> ItemState:
    attested = session.treatment.attested.get(item.id)
    if attested is None:
        return _made(item, False, "not done")
    return _made(item, True, f"{attested.by}: {attested.remark}" if attested.remark else attested.by)


def is_asked(session: Session) -> bool:
    """Whether the checklist is looked at yet: from the first dose on."""
    return session.first_dose_at is not None and session.ended_at is None


def missing(states: Sequence[ItemState]) -> list[ItemState]:
    """The items that do not hold."""
    return [state for state in states if not state.holds]
