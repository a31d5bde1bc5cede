"""The course of an infusion, stretch by stretch, as a chart draws it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from devices.readings import Micros
from monitor.clinic.events import AnyEvent
from monitor.clinic.treatment.dosing import HOUR, Infusion
from monitor.clinic.treatment.events import (
    DoseEvent,
    DosingEnded,
    InfusionPaused,
    InfusionResumed,
    InfusionStarted,
    RateChanged,
)


class Flow(msgspec.Struct, frozen=True):
    """A stretch of an infusion at one rate. In a pause ``rate_ml_h`` is the rate that was set to go on with, ``None``
    where none was set.
    """

    start: Micros
    end: Micros
    rate_ml_h: float | None
    paused: bool = False


def flows(events: Iterable[AnyEvent], infusion: Infusion | None, until: Micros) -> list[Flow]:
    """The stretches of an infusion that came to this with these events, corrections put in; empty without one.

    The last one reaches ``until`` now or the end of the session, unless dosing ended or the bag was empty before.
    """
    if infusion is None:
        return []
    made: list[Flow] = []
    rate = 0.0
    for event in sorted((each for each in events if isinstance(each, DoseEvent)), key=lambda each: each.happened_at):
        at = event.happened_at
        match event:
            case InfusionStarted(rate_ml_h=rate):
                flow = Flow(at, at, rate)
            case InfusionResumed():
                flow = Flow(at, at, rate)
            case RateChanged(rate_ml_h=rate):
                flow = Flow(at, at, rate, paused=bool(made) and made[-1].paused)
            case InfusionPaused():
                flow = Flow(at, at, None, paused=True)
            case DosingEnded():
                until = at
                continue
            case _:
                continue
        made = [*_ending(made, at), flow]
    return list(_until_empty(_ending(made, until), infusion.volume_ml))


def _until_empty(made: Iterable[Flow], left_ml: float) -> Iterator[Flow]:
    for flow in made:
        if flow.rate_ml_h is None or flow.paused:
            yield flow
            continue
        lasts = round(left_ml / flow.rate_ml_h * HOUR)
        if lasts <= flow.end - flow.start:
            yield msgspec.structs.replace(flow, end=flow.start + lasts)
            return
        left_ml -= flow.rate_ml_h * (flow.end - flow.start) / HOUR
        yield flow


def _ending(made: list[Flow], at: Micros) -> list[Flow]:
    return [*made[:-1], msgspec.structs.replace(made[-1], end=max(made[-1].start, at))] if made else made
