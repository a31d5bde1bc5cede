"""An infusion whose start, changes and end are charted minutes later: they count from when they were."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import msgspec
import pytest

from devices.readings import SECOND, Micros
from monitor.clinic.events import AnyEvent
from monitor.clinic.refusal import Refused, Unconfirmed
from monitor.clinic.session import Session, open_session
from monitor.clinic.treatment.checklist import observed_from
from monitor.clinic.treatment.events import DoseEvent, DosingEnded, Finding, InfusionStarted
from monitor.clinic.treatment.giving import (
    Ordered,
    change_rate,
    end_dosing,
    give_bolus,
    pause_infusion,
    resume_infusion,
    start_infusion,
)
from tests.clinic.treatments import MINUTE, NURSE, SHIPPED, after, first_dose, of, pressure

SPRAY, INFUSION = SHIPPED["esketamine_us"], SHIPPED["iv_ketamine"]
OPENED: Micros = 1_800_000_000 * SECOND + 17 * SECOND
"""Not at a whole minute, as no session is."""
ORDER = Ordered(35, 50, 40, "B2")
NOTHING_FOUND: Mapping[Finding, str] = {}


def minute(number: float) -> Micros:
    return OPENED + round(number * MINUTE)


def waiting() -> Session:
    """A patient to whom nothing was given yet."""
    return Session.opened(open_session("a", "1", "K-1", 70, INFUSION, 35, NURSE, OPENED))


def infusing() -> Session:
    """35 mg in 40 minutes, charted as it began."""
    return after(waiting(), *first_dose(waiting(), INFUSION, minute(10)))


def mg(session: Session, at: float) -> float:
    return session.treatment.dosing.mg_at(minute(at))


def started(
    session: Session,
    told: float,
    given: float,
    found: Mapping[Finding, str] = NOTHING_FOUND,
    confirmed: Collection[str] = (),
) -> list[AnyEvent]:
    order = msgspec.structs.replace(ORDER, given_at=minute(given))
    return start_infusion(session, INFUSION, order, found, confirmed, NURSE, minute(told))


def test_what_is_charted_later_counts_from_when_it_was() -> None:
    session = after(waiting(), *started(waiting(), told=13, given=10))
    assert session.first_dose_at == minute(10)
    assert mg(session, 13) == 2.625
    session = after(session, pause_infusion(session, "nausea", NURSE, minute(22), minute(20)))
    assert mg(session, 22) == 8.75
    session = after(session, resume_infusion(session, NURSE, minute(28), minute(26)))
    assert mg(session, 28) == 10.5
    session = after(session, change_rate(session, INFUSION, 37.5, (), NURSE, minute(41), minute(36)))
    assert mg(session, 46) == 17.5 + 4.375
    assert session.treatment.dosing.infusion is not None
    assert session.treatment.dosing.infusion.empty_at == minute(76)
    session = after(session, give_bolus(session, INFUSION, 5, (), NURSE, minute(56), minute(50)))
    events = end_dosing(session, INFUSION, "nausea", NURSE, minute(60), minute(56))
    (ended,) = of(DosingEnded, events)
    assert (ended.at, ended.happened_at) == (minute(60), minute(56))
    assert (ended.mg, ended.complete) == (17.5 + 8.75 + 5, False)
    assert mg(after(session, *events), 90) == ended.mg


def test_an_end_told_once_the_bag_would_be_empty_is_still_an_early_one() -> None:
    with pytest.raises(Refused, match=r"Only 17\.5 of 35 mg"):
        end_dosing(infusing(), INFUSION, "", NURSE, minute(60), minute(30))
    assert of(DosingEnded, end_dosing(infusing(), INFUSION, "", NURSE, minute(60)))[0].complete


def test_the_observation_after_the_end_of_dosing_begins_when_it_ended() -> None:
    session = after(infusing(), *end_dosing(infusing(), INFUSION, "", NURSE, minute(57), minute(50)))
    assert INFUSION.observation.anchor == "end_of_dosing"
    assert observed_from(session, INFUSION.observation) == minute(50)


def test_what_is_told_later_did_not_come_before_what_is_charted_already() -> None:
    told = minute(50)

    def refused(words: str, ask: Callable[[Micros], object], given: float) -> None:
        with pytest.raises(Refused, match=f"{words} after that: give the times in their order") as refusal:
            ask(minute(given))
        assert refusal.value.field == "given_at"

    session = infusing()
    refused("The infusion was started", lambda given: pause_infusion(session, "nausea", NURSE, told, given), 9)
    paused = after(session, pause_infusion(session, "nausea", NURSE, told, minute(20)))
    refused("The infusion was paused", lambda given: resume_infusion(paused, NURSE, told, given), 19)
    resumed = after(paused, resume_infusion(paused, NURSE, told, minute(26)))
    refused("The infusion was resumed", lambda given: change_rate(resumed, INFUSION, 50, (), NURSE, told, given), 25)
    faster = after(resumed, change_rate(resumed, INFUSION, 50, (), NURSE, told, minute(36)))
    refused("The rate was changed", lambda given: give_bolus(faster, INFUSION, 5, (), NURSE, told, given), 35)
    bolus = after(faster, give_bolus(faster, INFUSION, 5, (), NURSE, told, minute(40)))
    refused("A bolus was given", lambda given: end_dosing(bolus, INFUSION, "nausea", NURSE, told, given), 39)
    arrived = Session.opened(open_session("a", "1", "K-1", 70, SPRAY, 56, NURSE, OPENED))
    sprayed = after(arrived, *first_dose(arrived, SPRAY, minute(10)))
    refused("Device 1 was used", lambda given: end_dosing(sprayed, SPRAY, "nausea", NURSE, told, given), 9)


def test_a_time_in_whole_minutes_of_the_same_minute_is_right_after_what_came_before() -> None:
    whole_minute = minute(10) // MINUTE * MINUTE
    assert whole_minute < minute(10)
    assert pause_infusion(infusing(), "nausea", NURSE, minute(12), whole_minute).happened_at == minute(10)


def test_a_change_of_an_infusion_is_not_still_to_come() -> None:
    with pytest.raises(Refused, match="30 min from now") as refusal:
        pause_infusion(infusing(), "nausea", NURSE, minute(20), minute(50))
    assert refusal.value.field == "given_at"


def test_what_speaks_against_an_infusion_that_runs_already_is_asked_about() -> None:
    found = {Finding.PRESSURE: "Blood pressure 152/94 is above 140/90."}
    with pytest.raises(Refused, match="The dose waits"):
        start_infusion(waiting(), INFUSION, ORDER, found, list(found.values()), NURSE, minute(10))
    with pytest.raises(Unconfirmed) as asked:
        started(waiting(), 13, 10, found)
    assert asked.value.warnings == tuple(found.values())
    (event,) = of(InfusionStarted, started(waiting(), 13, 10, found, asked.value.warnings))
    assert (event.happened_at, event.warnings) == (minute(10), asked.value.warnings)


def test_an_infusion_started_before_the_first_reading_asks_because_nobody_knew_the_pressure() -> None:
    session = after(waiting(), pressure(minute(12)))
    with pytest.raises(Unconfirmed) as asked:
        started(session, 13, 10)
    assert asked.value.warnings == ("The first blood pressure was measured after this dose.",)
    assert started(session, 13, 12.5)


def test_a_record_from_when_only_now_could_be_charted_is_read_as_it_was() -> None:
    events, session = first_dose(waiting(), INFUSION, minute(10)), infusing()
    for change in (
        lambda now: [pause_infusion(now, "nausea", NURSE, minute(20))],
        lambda now: [resume_infusion(now, NURSE, minute(26))],
        lambda now: [change_rate(now, INFUSION, 37.5, (), NURSE, minute(30))],
        lambda now: [give_bolus(now, INFUSION, 5, (), NURSE, minute(34))],
        lambda now: end_dosing(now, INFUSION, "nausea", NURSE, minute(50)),
    ):
        events += change(session)
        session = after(waiting(), *events)
    old = after(waiting(), *map(as_written_before, events))
    assert [mg(old, at) for at in (50, 90)] == [mg(session, at) for at in (50, 90)]
    assert mg(old, 50) == 8.75 + 3.5 + 8.75 + 5
    assert old.first_dose_at == minute(10)
    assert observed_from(old, INFUSION.observation) == minute(50)


def as_written_before(event: AnyEvent) -> AnyEvent:
    """The event as a record of old has it."""
    written = msgspec.to_builtins(event)
    if isinstance(event, DoseEvent):
        assert written.pop("given_at") == event.at
    old: AnyEvent = msgspec.convert(written, AnyEvent)
    return old
