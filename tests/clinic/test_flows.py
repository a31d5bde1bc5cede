"""The stretches of an infusion that charts draw: rates, pauses, and where it was over."""

from __future__ import annotations

import msgspec

from monitor.clinic.events import AnyEvent, Phase
from monitor.clinic.figures.summary import figures
from monitor.clinic.session import folded
from monitor.clinic.treatment.dosing import Dosing
from monitor.clinic.treatment.events import DoseEvent, DosingEnded, InfusionPaused, InfusionResumed, RateChanged
from monitor.clinic.treatment.flows import Flow, flows
from tests.reports.lifelike import infusion
from tests.reports.scripted import PROTOCOLS, at, ended, in_order

WHO = "nurse 1"


def drawn(events: list[AnyEvent], until_min: float) -> list[Flow]:
    dosing = Dosing()
    for event in events:
        dosing = dosing.apply(event) if isinstance(event, DoseEvent) else dosing
    return flows(events, dosing.infusion, at(until_min))


def running() -> list[AnyEvent]:
    """An infusion of 40 minutes from minute 0 on, and nothing after it was started."""
    return [each for each in infusion() if each.at <= at(0)]


def test_a_rate_that_is_set_in_a_pause_is_the_one_to_go_on_with() -> None:
    changes: list[AnyEvent] = [
        InfusionPaused(at=at(10), by=WHO, reason="nausea"),
        RateChanged(at=at(12), by=WHO, rate_ml_h=50),
        InfusionResumed(at=at(15), by=WHO),
    ]
    first, pause, changed, last = drawn([*running(), *changes], 20)
    assert (first.end, first.paused) == (at(10), False)
    assert pause == Flow(at(10), at(12), None, paused=True)
    assert changed == Flow(at(12), at(15), 50, paused=True)
    assert last == Flow(at(15), at(20), 50)


def test_an_infusion_is_not_drawn_on_when_its_bag_was_empty() -> None:
    (only,) = drawn(running(), 300)
    assert at(30) < only.end < at(60)


def test_what_was_stopped_ends_there() -> None:
    (only,) = drawn([*running(), DosingEnded(at=at(20), by=WHO, given_at=at(18), complete=False, mg=20)], 60)
    assert only.end == at(18)


def test_an_empty_bag_flows_no_longer_whenever_its_end_is_told() -> None:
    told_late = DosingEnded(at=at(60), by=WHO, complete=True, mg=34)
    (only,) = drawn([*running(), told_late], 90)
    assert only.end == at(40)
    slower = RateChanged(at=at(20), by=WHO, rate_ml_h=37.5)
    assert [each.end for each in drawn([*running(), slower, told_late], 90)] == [at(20), at(60)]
    left = msgspec.structs.replace(ended(90), phase=Phase.ABORTED)
    events = in_order([*running(), left])
    session = folded(events)
    assert session is not None
    found = figures(session, events, {}, PROTOCOLS["iv_ketamine"], at(120))
    assert (found.dose.given_mg, found.dose.ended_at) == (34, at(40)), "nothing was given from an empty bag"
