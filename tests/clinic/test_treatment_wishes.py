"""A treatment whatever people ask for, in any order and with any times: what is refused changes nothing, and the rest
adds up to what a slow reading of the record says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from devices.readings import SECOND, Micros
from monitor.clinic.events import AlarmEnd, AlarmEnded, AlarmRaised, AnyEvent, Phase
from monitor.clinic.priority import Priority
from monitor.clinic.protocol import Protocol
from monitor.clinic.refusal import Refused, Unconfirmed
from monitor.clinic.session import Session, enter_phase, open_session
from monitor.clinic.treatment.arriving import hold_dose, override_gate
from monitor.clinic.treatment.charting import (
    attest,
    give_medicine,
    record_assessment,
    set_episode,
    set_oxygen,
    withdraw_attestation,
)
from monitor.clinic.treatment.checklist import checklist
from monitor.clinic.treatment.events import DoseEvent, Episode, Finding, Stage
from monitor.clinic.treatment.giving import (
    Nasal,
    Ordered,
    change_rate,
    end_dosing,
    give_bolus,
    give_device,
    pause_infusion,
    resume_infusion,
    start_infusion,
)
from monitor.clinic.treatment.plan import Observation
from monitor.clinic.treatment.pressure import take_pressure
from monitor.clinic.treatment.readiness import readiness
from monitor.clinic.treatment.saturation import SaturationCourse
from monitor.clinic.treatment.scales import Scale
from monitor.clinic.watching import lock_baseline
from tests.clinic import course_of_record
from tests.clinic.treatments import ENDINGS, MINUTE, MONTH, NURSE, SHIPPED, ending, pressure

START: Micros = 1_800_000_000 * SECOND
SOON = {"observation": Observation(minutes=5, anchor="first_dose")}
SPRAY = replace(SHIPPED["esketamine_us"], **SOON)
INFUSION = replace(SHIPPED["iv_ketamine"], observation=Observation(minutes=3, anchor="end_of_dosing"))
DOSES = {SPRAY.id: 56.0, INFUSION.id: 35.0}

times = st.one_of(st.none(), st.integers(-200 * 60, 120).map(lambda seconds: seconds * SECOND))
"""When it was, from now; some before the session, some still to come."""
lately = st.one_of(st.none(), st.integers(-300, 60).map(lambda seconds: seconds * SECOND))
numbers = st.sampled_from([0.0, -1.0, 0.05, 0.1, 5.0, 37.5, 75.0, 151.0, 999.9, 1e9, 1e-300, math.nan, math.inf])
scales = st.sampled_from([Scale.MOAAS, Scale.NAUSEA, Scale.GAIT, Scale.PAIN])
wishes = st.one_of(
    st.tuples(st.just("device"), times, st.sampled_from(["2027-03", "2020-01", "03/27"])),
    st.tuples(
        st.just("start"), times, st.sampled_from([35.0, 3.5, 100.0, 1e-9]), st.sampled_from([50.0, 0.0]), numbers
    ),
    st.tuples(st.just("rate"), times, numbers),
    st.tuples(st.just("pause"), times, st.sampled_from(["", "nausea"])),
    st.tuples(st.just("resume"), times),
    st.tuples(st.just("bolus"), times, numbers),
    st.tuples(st.just("dosed"), times, st.sampled_from(["", "nausea"])),
    st.tuples(st.just("reading"), st.sampled_from([96, 120, 132, 133, 170])),
    st.tuples(st.just("by hand"), st.sampled_from([96, 120, 133, 213, 400]), times),
    st.tuples(st.just("baseline")),
    st.tuples(st.just("assess"), scales, st.integers(-1, 6), times),
    st.tuples(st.just("oxygen"), st.sampled_from([0.0, 0.0, 2.5, 99.0])),
    st.tuples(st.just("attest"), st.sampled_from(["safety", "escort", "instructions", "gait"])),
    st.tuples(st.just("withdraw"), st.sampled_from(["safety", "escort"])),
    st.tuples(st.just("alarm"), st.sampled_from(["SpO2.low", "PR.low"]), st.sampled_from(Priority)),
    st.tuples(st.just("answered"), st.sampled_from(["SpO2.low", "PR.low"])),
    st.tuples(st.just("hold"), st.integers(-1, 130)),
    st.tuples(st.just("override"), st.sampled_from(["nurse", "clinician"])),
    st.tuples(st.just("episode"), times, times),
    st.tuples(st.just("medicine"), times),
    st.tuples(st.just("recover")),
    st.tuples(st.just("end"), st.sampled_from(ENDINGS)),
)
dosing = st.one_of(
    st.tuples(st.just("device"), lately, st.just("2027-03")),
    st.tuples(st.just("rate"), lately, st.sampled_from([5.0, 37.5, 75.0, 151.0])),
    st.tuples(st.just("pause"), lately, st.just("nausea")),
    st.tuples(st.just("resume"), lately),
    st.tuples(st.just("bolus"), lately, st.sampled_from([0.1, 5.0])),
    st.tuples(st.just("dosed"), lately, st.sampled_from(["", "", "nausea"])),
)
"""What is given, most of it charted minutes later."""
Step = tuple[tuple[object, ...], int, float | None]


def begun(ago: Micros | None) -> list[Step]:
    """The usual beginning by either route, with the dose as it was told; the other route is refused."""
    return [
        (("reading", 120), 60, 97.0),
        (("baseline",), 5, 97.0),
        (("device", ago, "2027-03"), 30, 97.0),
        (("start", ago, 35.0, 50.0, 40.0), 1, 97.0),
    ]


gaps = st.one_of(st.just(0), st.integers(0, 240))
saturations = st.sampled_from([97.0, 97.0, 97.0, 94.0, 93.0, None])
steps = st.tuples(
    st.sampled_from([begun(None), begun(-80 * SECOND), []]),
    st.lists(st.tuples(dosing, st.integers(60, 300), st.just(97.0)), max_size=8),
    st.lists(st.tuples(wishes, gaps, saturations), max_size=20),
).map(lambda parts: [*parts[0], *parts[1], *parts[2]])
"""Each wish with the seconds that pass before it and the saturation during them."""
whatever = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])


@dataclass
class Life:
    """A session that carries out what may be carried out."""

    protocol: Protocol
    session: Session
    events: list[AnyEvent] = field(default_factory=list)
    values: dict[Micros, float] = field(default_factory=dict)
    saturation: SaturationCourse = field(default_factory=SaturationCourse)
    said: list[str] = field(default_factory=list)
    now: Micros = START

    def pass_time(self, seconds: int, saturation: float | None) -> None:
        for _ in range(seconds):
            self.now += SECOND
            if saturation is not None:
                self.values[self.now] = saturation
                self.saturation.add(self.now, saturation)

    def wish(self, wish: tuple[object, ...]) -> None:
        """Ask, confirming whatever is asked back."""
        before = msgspec.json.encode(self.session)
        try:
            try:
                events = asked(self, wish, ())
            except Unconfirmed as back:
                events = asked(self, wish, back.warnings)
        except Refused as refused:
            self.said.append(refused.text)
            events = []
        assert msgspec.json.encode(self.session) == before, "asking alone changed something"
        for event in events:
            self.session = self.session.apply(event)
        self.events += events


def asked(life: Life, wish: tuple[object, ...], confirmed: Sequence[str]) -> list[AnyEvent]:
    session, protocol, now = life.session, life.protocol, life.now
    match wish:
        case "device" | "start" | "rate" | "pause" | "resume" | "bolus" | "dosed", (int() | None) as ago, *told:
            when = None if ago is None else now + ago
            events = dosed(life, (wish[0], *told), when, confirmed)
            demand_told(life, events[0], when)
            return events
        case ("recover",):
            return enter_phase(session, Phase.RECOVERY, protocol, NURSE, now)
        case "end", Phase() as phase:
            return ending(session, phase, now)
        case "by hand", int(sys), (int() | None) as ago:
            measured_at = None if ago is None else now + ago
            return [take_pressure(session, sys, round(sys / 1.5), None, measured_at, confirmed, NURSE, now)]
    return [charted(life, wish)]


def dosed(life: Life, wish: tuple[object, ...], when: Micros | None, confirmed: Sequence[str]) -> list[AnyEvent]:
    session, protocol, now = life.session, life.protocol, life.now
    match wish:
        case "device", str(expiry):
            device = Nasal("A1", expiry, NURSE, given_at=when)
            return give_device(session, protocol, device, MONTH, {}, confirmed, NURSE, now)
        case "start", float(mg), float(ml), float(minutes):
            order = Ordered(mg, ml, minutes, "B2", given_at=when)
            return start_infusion(session, protocol, order, {}, confirmed, NURSE, now)
        case "rate", float(rate):
            return [change_rate(session, protocol, rate, confirmed, NURSE, now, when)]
        case "pause", str(reason):
            return [pause_infusion(session, reason, NURSE, now, when)]
        case ("resume",):
            return [resume_infusion(session, NURSE, now, when)]
        case "bolus", float(mg):
            return [give_bolus(session, protocol, mg, confirmed, NURSE, now, when)]
        case "dosed", str(reason):
            return end_dosing(session, protocol, reason, NURSE, now, when)
    raise AssertionError(wish)


def demand_told(life: Life, event: AnyEvent, when: Micros | None) -> None:
    """It was when the person says, to the minute that their clock shows; what they say nothing of is now."""
    assert isinstance(event, DoseEvent)
    told = life.now if when is None else when
    assert abs(event.happened_at - told) <= (0 if when is None else MINUTE), "another time was charted than was told"


def charted(life: Life, wish: tuple[object, ...]) -> AnyEvent:
    session, protocol, now = life.session, life.protocol, life.now
    match wish:
        case "reading", int(sys):
            return pressure(now, sys, round(sys / 1.5))
        case ("baseline",):
            return lock_baseline(session, {}, "again", NURSE, now)
        case "assess", Scale() as scale, int(result), (int() | None) as ago:
            given_at = None if ago is None else now + ago
            return record_assessment(session, scale, {"value": result}, given_at, NURSE, now)
        case "oxygen", float(litres):
            return set_oxygen(session, litres, NURSE, now)
        case "attest", str(item):
            return attest(session, protocol, item, "sister", NURSE, now)
        case "withdraw", str(item):
            return withdraw_attestation(session, protocol, item, "", NURSE, now)
        case "alarm", str(condition), Priority() as priority if condition not in session.alarms:
            return AlarmRaised(
                at=now, by="service", condition=condition, priority=priority, text="SpO₂ 86", since=now, onset=now
            )
        case "answered", str(condition) if condition in session.alarms:
            return AlarmEnded(at=now, by="service", condition=condition, how=AlarmEnd.CLEARED, ended=now)
        case "hold", int(minutes):
            return hold_dose(session, minutes, {Finding.PRESSURE: "152/94"}, NURSE, now)
        case "override", str(role):
            return override_gate(session, {Finding.PRESSURE: "152/94"}, ["152/94"], "known", "Dr. 1", role, now)
        case "episode", (int() | None) as onset, (int() | None) as resolved:
            began, over = (None if ago is None else now + ago for ago in (onset, resolved))
            return set_episode(session, Episode.SEDATION, began, over, "seen", NURSE, now)
        case "medicine", (int() | None) as ago:
            return give_medicine(session, "Ondansetron", "4 mg", None if ago is None else now + ago, NURSE, now)
    raise Refused("This alarm is there already, or is not there.")


def lived(protocol: Protocol, wanted: list[Step]) -> Life:
    """The life of a session until its end. Afterwards the service lets nobody chart in it."""
    opened = Session.opened(open_session("a", "1", "K-1", 70, protocol, DOSES[protocol.id], NURSE, START))
    life = Life(protocol, opened)
    for wish, seconds, saturation in wanted:
        life.pass_time(seconds, saturation)
        life.wish(wish)
        if life.session.ended_at is not None:
            break
    assert all(text.endswith(".") for text in life.said), "a refusal is no sentence"
    return life


both = pytest.mark.parametrize("protocol", [SPRAY, INFUSION], ids=["spray", "infusion"])


@both
@given(wanted=steps, later=st.integers(0, 7200))
@whatever
def test_what_was_given_is_what_the_record_adds_up_to(protocol: Protocol, wanted: list[Step], later: int) -> None:
    life = lived(protocol, wanted)
    dosing = life.session.treatment.dosing
    for until in (life.now, life.now + later * SECOND):
        slow = course_of_record.mg_given(life.events, until)
        assert math.isclose(dosing.mg_at(until), slow, rel_tol=1e-9, abs_tol=1e-9)
    if dosing.ended is not None:
        exact = course_of_record.mg_given(life.events, dosing.ended.happened_at)
        assert abs(dosing.ended.mg - exact) <= 0.005 + 1e-9, "the record says another dose than was given"
    if dosing.infusion is not None:
        assert dosing.infusion.mg_at(life.now + 10**15) <= dosing.infusion.dose_mg
    zero = course_of_record.first_dose_at(life.events)
    assert life.session.first_dose_at == zero
    assert zero is None or START <= zero <= life.now
    assert (dosing.ended.happened_at if dosing.ended else None) == course_of_record.ended_at(life.events)
    told = [(each.happened_at, each.at) for each in life.events if isinstance(each, DoseEvent)]
    assert told == sorted(told), "something was charted out of its order"
    assert all(START <= was <= at for was, at in told)
    for before, after in pairwise(dosing.devices):
        apart = after.given_at - before.given_at
        assert apart >= 0
        assert apart >= 5 * MINUTE or any("too early" in text for text in after.warnings)
    assert sum(device.mg for device in dosing.devices) <= life.session.dose_mg


@both
@given(wanted=steps, later=st.integers(0, 900), saturation=st.sampled_from([97.0, 93.0, None]))
@whatever
def test_the_checklist_says_what_a_slow_reading_of_the_record_says(
    protocol: Protocol,
    wanted: list[Step],
    later: int,
    saturation: float | None,
) -> None:
    life = lived(protocol, wanted)
    life.pass_time(later, saturation)
    states = checklist(life.session, protocol, life.saturation, life.now)
    # What is high in the record is what is shown as high until the end, when all alarms are over.
    events = (
        life.events if life.session.ended_at is None else [e for e in life.events if not isinstance(e, AlarmRaised)]
    )
    assert {state.id: state.holds for state in states} == course_of_record.holding(
        events, life.values, protocol, life.now
    )
    for state in states:
        assert state.said
        assert not (state.holds and (state.missing or state.holds_at)), "it holds and still waits for something"
        if state.holds_at is not None:
            assert state.holds_at > life.now, "it should hold by now"


@both
@given(wanted=steps)
@whatever
def test_what_time_alone_makes_true_is_true_then(protocol: Protocol, wanted: list[Step]) -> None:
    life = lived(protocol, wanted)
    waiting = [state for state in checklist(life.session, protocol, life.saturation, life.now) if state.holds_at]
    for state in sorted(waiting, key=lambda each: each.holds_at or 0):
        assert state.holds_at is not None
        life.pass_time((state.holds_at - life.now) // SECOND, 97.0)
        ids = {each.id: each.holds for each in checklist(life.session, protocol, life.saturation, life.now)}
        enough = len([at for at in life.values if life.now - 10 * MINUTE < at <= life.now]) >= 480
        assert ids[state.id] or (state.id == "saturation" and not enough)


@both
@given(wanted=steps)
@whatever
def test_readiness_is_stamped_when_it_first_held(protocol: Protocol, wanted: list[Step]) -> None:
    few = replace(protocol, checklist=[item for item in protocol.checklist if item.id in ("observed", "awake")])
    life, held_before, first = lived(few, []), dict.fromkeys(Stage, False), dict[Stage, Micros]()
    for wish, seconds, saturation in wanted:
        life.pass_time(seconds, saturation)
        life.wish(wish)
        if life.session.ended_at is not None:
            break
        holds = course_of_record.holding(life.events, life.values, few, life.now)
        now_held = {Stage.STABLE: holds["awake"], Stage.READY: all(holds.values())}
        edges = readiness(life.session, few, checklist(life.session, few, life.saturation, life.now), life.now)
        assert {edge.stage for edge in edges} == {stage for stage in Stage if now_held[stage] != held_before[stage]}
        for edge in edges:
            life.session = life.session.apply(edge)
        for stage in Stage:
            if now_held[stage]:
                first.setdefault(stage, life.now)
        held_before = now_held
        assert life.session.treatment.reached == first
        assert life.session.treatment.holding == {stage for stage in Stage if now_held[stage]}


@both
@given(wanted=steps)
@whatever
def test_a_session_read_back_from_its_record_is_the_same(protocol: Protocol, wanted: list[Step]) -> None:
    life = lived(protocol, wanted)
    opened = open_session("a", "1", "K-1", 70, protocol, DOSES[protocol.id], NURSE, START)
    session = Session.opened(opened)
    for event in life.events:
        session = session.apply(msgspec.json.decode(msgspec.json.encode(event), type=AnyEvent))
    assert session == life.session
