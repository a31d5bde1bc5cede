"""A blood pressure that a person measured: what a cuff that gives no reading leaves to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from devices.readings import Metric, Micros
from monitor.clinic.events import PressureReading, PressureTaken
from monitor.clinic.refusal import Refused, confirmed_warnings
from monitor.clinic.session import Session
from monitor.clinic.treatment.times import time_of

POSSIBLE = {"sys": (40.0, 300.0), "dia": (20.0, 200.0), "pr": (20.0, 300.0)}
"""What a sphygmomanometer and a finger can find, in mmHg and per minute: beyond it is a slip of the keyboard."""
USUAL = {"sys": (80.0, 200.0), "dia": (40.0, 120.0), "pr": (40.0, 150.0)}
"""Beyond it the person is asked whether it is right."""
LABELS = {"sys": "Systolic", "dia": "Diastolic", "pr": "Pulse"}


def take_pressure(
    session: Session,
    sys: float,
    dia: float,
    pr: float | None,
    given_at: Micros | None,
    confirmed: Collection[str],
    by: str,
    at: Micros,
) -> PressureTaken:
    """Chart a blood pressure that was measured by hand."""
    values = {"sys": sys, "dia": dia} | ({} if pr is None else {"pr": pr})
    for name, value in values.items():
        lowest, highest = POSSIBLE[name]
        if not lowest <= value <= highest:
            raise Refused(f"{value:g} cannot be right; allowed is {lowest:g} to {highest:g}.", name)
    demand_over(sys, dia, "dia")
    return PressureTaken(
        at=at,
        by=by,
        room=session.room,
        session=session.id,
        measured_at=time_of(session, given_at, at),
        sys=sys,
        dia=dia,
        pr=pr,
        warnings=confirmed_warnings(unusual_pressure(values), confirmed),
    )


def demand_over(sys: float, dia: float, field: str) -> None:
    """Refuse, at a field, a diastolic pressure that is not below the systolic one."""
    if dia >= sys:
        raise Refused(f"The diastolic pressure is below the systolic one, {sys:g}.", field)


def unusual_pressure(values: Mapping[str, float]) -> list[str]:
    """What a person is asked about values by their names."""
    return [
        f"{LABELS[name]} {value:g} is {'low' if value < USUAL[name][0] else 'high'}."
        for name, value in values.items()
        if not USUAL[name][0] <= value <= USUAL[name][1]
    ]


def values_of(reading: PressureReading) -> dict[Metric, float]:
    """What a reading measured, each under its metric."""
    values = {Metric.SYS: reading.sys, Metric.DIA: reading.dia, Metric.MAP: reading.map, Metric.PR_NIBP: reading.pr}
    return {metric: value for metric, value in values.items() if value is not None}
