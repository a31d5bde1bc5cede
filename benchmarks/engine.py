"""What the alarm engine costs for 256 rooms with every kind of rule, beside a loop that only compares with limits."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from benchmarks.figures import Effort, Figure, Ratio, Result, What
from devices.readings import SECOND, Metric, Micros, Quality
from devices.simulation.patient import Patient, Trouble
from monitor.clinic.alarms.checks import check
from monitor.clinic.alarms.engine import AlarmEngine
from monitor.clinic.alarms.limits import MetricLimits, RateLimit, RelativeLimit, SideLimit
from monitor.clinic.alarms.rules import rules
from monitor.clinic.protocol import AlarmRules
from monitor.config import AlarmSettings
from monitor.service.policy import policy_for
from monitor.service.service import TICK

MEASURES = (What.ENGINE,)
ROOMS = 256
WARM_UP_S = 60
"""Fills the windows of the rates."""
CUFF_EVERY_S = 300
OVERDUE_AFTER: Micros = 1200 * SECOND
FALLS_IN, RACES_IN = 4, 16
"""One room in so many has a patient whose saturation falls again and again, one in so many a racing pulse."""
PLAIN = "a loop that compares each value with a low and a high limit"

Values = Mapping[Metric, float]

LIMITS = {
    Metric.SPO2: MetricLimits(
        low=SideLimit(
            limit=90,
            area=50,
            hysteresis=1,
            severe=85,
            severe_until="limit",
            baseline=RelativeLimit(percent=5, points=4, choose="looser", delay_s=15),
            rate=RateLimit(points=6, within_s=30),
        ),
        stuck_s=600,
    ),
    Metric.PR: MetricLimits(
        low=SideLimit(limit=50, delay_s=15, hysteresis=2, severe_points=10, rate=RateLimit(points=30, within_s=30)),
        high=SideLimit(
            limit=120,
            delay_s=15,
            hysteresis=2,
            severe=160,
            baseline=RelativeLimit(percent=30, delay_s=15),
            rate=RateLimit(points=30, within_s=30),
        ),
        stuck_s=600,
    ),
    Metric.PI: MetricLimits(low=SideLimit(limit=0.3, delay_s=30), stuck_s=600),
    Metric.SYS: MetricLimits(
        low=SideLimit(limit=90),
        high=SideLimit(limit=160, severe=180, baseline=RelativeLimit(percent=30, points=40, readings=2)),
    ),
    Metric.DIA: MetricLimits(
        low=SideLimit(limit=50),
        high=SideLimit(limit=100, readings=2, severe=110, baseline=RelativeLimit(points=25, readings=2)),
    ),
}
BASELINE = {Metric.SPO2: 97.0, Metric.PR: 74.0, Metric.SYS: 122.0, Metric.DIA: 76.0}
PLAIN_LIMITS = {
    Metric.SPO2: (90, 101),
    Metric.PR: (50, 120),
    Metric.PI: (0.3, 31),
    Metric.SYS: (90, 160),
    Metric.DIA: (50, 100),
}


@dataclass
class Spent:
    """Processor time in seconds, and what came of it."""

    engine: float = 0.0
    plain: float = 0.0
    alarms: int = 0
    shown: int = 0
    beyond: int = 0


def measure(effort: Effort) -> Result:
    """Take the figure of ``MEASURES``: the engine and the plain loop in turn, second by second of clinic time."""
    check(LIMITS)
    policy = policy_for(AlarmSettings(webhook="https://pager.example"), AlarmRules(), same_arm=True)
    engines = [AlarmEngine(f"{room}", f"S{room}", rules(LIMITS, BASELINE), policy) for room in range(ROOMS)]
    spent = Spent()
    for second, values in enumerate(_clinic(WARM_UP_S + effort.engine_s)):
        if second == WARM_UP_S:
            spent = Spent()
        _engine_second(engines, values, second * SECOND, spent)
        _plain_second(values, spent)
    cost, plain = (1000 * each / effort.engine_s for each in (spent.engine, spent.plain))
    per_room = len(rules(LIMITS, BASELINE))
    detail = (
        f"{per_room} rules a room; over {effort.engine_s} s of clinic time {spent.alarms} alarm events, "
        f"on average {spent.shown / effort.engine_s / (SECOND // TICK):.0f} alarms and delays shown"
    )
    ratio = Ratio(f"A second of alarms in {ROOMS} rooms", "ms", cost, plain, PLAIN)
    return Result([Figure(What.ENGINE, {"": cost}, detail)], [ratio])


def _clinic(count: int) -> Iterator[list[Values]]:
    """Every room's values, second by second; a cuff reading now and then, the rooms one after the other."""
    patients = [Patient(room, "desaturation" if room % FALLS_IN == 0 else "calm") for room in range(ROOMS)]
    for room, patient in enumerate(patients):
        patient.dose_at = -10.0 * room
        patient.trouble(Trouble.TACHYCARDIA, room % RACES_IN == 1, 0)
    for second in range(count):
        yield [_values(patient, second, (second + room) % CUFF_EVERY_S == 0) for room, patient in enumerate(patients)]


def _values(patient: Patient, second: int, cuff: bool) -> Values:
    felt = patient.vitals(second)
    values = {Metric.PI: round(felt.pi, 1), Metric.SPO2: float(round(felt.spo2)), Metric.PR: float(round(felt.pr))}
    return values | {Metric.SYS: float(round(felt.sys)), Metric.DIA: float(round(felt.dia))} if cuff else values


def _engine_second(engines: list[AlarmEngine], values: list[Values], start: Micros, spent: Spent) -> None:
    """What the service asks of the engines in a second: every value once, and at each tick what is due and to show."""
    began = time.process_time()
    for at in range(start, start + SECOND, TICK):
        for engine, own in zip(engines, values, strict=True):
            if at == start:
                for metric, value in own.items():
                    spent.alarms += len(engine.observe(metric, value, Quality.OK, at, at))
            spent.alarms += len(engine.due("nibp", "Blood pressure overdue, measure now", OVERDUE_AFTER, at))
            spent.shown += len(engine.alarms())
    spent.engine += time.process_time() - began


def _plain_second(values: list[Values], spent: Spent) -> None:
    began = time.process_time()
    for own in values:
        for metric, value in own.items():
            low, high = PLAIN_LIMITS[metric]
            if value < low or value > high:
                spent.beyond += 1
    spent.plain += time.process_time() - began
