"""The shipped protocols: each can run a session, and its limits can alarm."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from devices.readings import METRICS, Metric
from monitor.clinic.alarms.limits import Side
from monitor.clinic.alarms.overrides import place_of, with_overrides
from monitor.clinic.alarms.rules import LimitRule, RuleKind, rules
from monitor.clinic.events import Phase
from monitor.clinic.protocol import STEPS, Protocol
from monitor.clinic.session import (
    LONGEST_CUFF_MINUTES,
    SHORTEST_CUFF_MINUTES,
    Session,
    open_session,
)
from monitor.clinic.treatment.plan import (
    Assessed,
    Attested,
    NoHighAlarm,
    Observed,
    PressureNearBaseline,
    Saturation,
)
from monitor.config import SHIPPED_PROTOCOLS
from tests.clinic.treatments import SHIPPED, after, ending, entered

every = pytest.mark.parametrize("protocol", SHIPPED.values(), ids=SHIPPED)


def test_the_three_promised_protocols_are_shipped() -> None:
    assert set(SHIPPED) >= {"esketamine_us", "esketamine_eu", "iv_ketamine"}
    assert len(SHIPPED) == len(list(SHIPPED_PROTOCOLS.glob("*.toml")))


@every
def test_a_session_of_the_protocol_runs_to_its_end(protocol: Protocol) -> None:
    dose = protocol.dose.fixed_mg[0] if protocol.dose.fixed_mg else 70 * (protocol.dose.mg_per_kg or 0)
    session = Session.opened(open_session("a", "1", "K-1", 70, protocol, dose, "nurse", 0))
    for at, phase in enumerate(STEPS[1:-1], 1):
        session = entered(session, phase, protocol, at)
        if phase in protocol.cuff_minutes:
            assert session.cuff_interval_s == protocol.cuff_minutes[phase] * 60
    assert after(session, *ending(session, Phase.DISCHARGED, 9)).phase is Phase.DISCHARGED


@every
def test_every_dose_that_is_offered_may_be_given(protocol: Protocol) -> None:
    heaviest = protocol.dose.fixed_mg or [120 * (protocol.dose.mg_per_kg or 0)]
    for dose in heaviest:
        assert open_session("a", "1", "K-1", 120, protocol, dose, "nurse", 0).dose_mg == dose


@every
def test_saturation_pulse_and_pressure_are_watched_on_the_dangerous_sides(protocol: Protocol) -> None:
    watched = {rule.condition for rule in rules(protocol.limits)}
    assert watched >= {"SpO2.low", "SpO2.low.severe", "PR.low", "PR.high", "SYS.low", "SYS.high", "SYS.high.severe"}


def limit_rules(protocol: Protocol, settings: Mapping[str, float] | None = None) -> list[LimitRule]:
    limits = with_overrides(protocol.limits, settings or {})
    baseline = {Metric.SYS: 120.0, Metric.DIA: 75.0}
    return [rule for rule in rules(limits, baseline) if isinstance(rule, LimitRule)]


@every
def test_a_cuff_reading_alarms_without_delay_and_a_stream_does_not_alarm_on_a_blip(protocol: Protocol) -> None:
    for rule in limit_rules(protocol):
        if METRICS[rule.metric].episodic:
            assert rule.delay == 0
            assert rule.readings == 1 or rule.kind is RuleKind.BASELINE, "a pressure beyond its limit waits"
        elif rule.kind is not RuleKind.SEVERE:
            assert rule.delay > 0 or rule.area


@every
def test_no_limit_alarms_on_a_healthy_person(protocol: Protocol) -> None:
    healthy = {Metric.SPO2: 97.0, Metric.PR: 70.0, Metric.SYS: 120.0, Metric.DIA: 75.0, Metric.MAP: 90.0, Metric.RR: 15}
    assert [rule for rule in limit_rules(protocol) if rule.violates(healthy[rule.metric])] == []
    assert {rule.side for rule in limit_rules(protocol)} == set(Side)


@every
@pytest.mark.parametrize("condition", ["SpO2.low", "SYS.high", "DIA.high"])
def test_one_fall_is_one_alarm_wherever_the_limit_of_a_session_is_moved(protocol: Protocol, condition: str) -> None:
    metric, side, _ = place_of(condition)
    given = protocol.limits[metric].side(side)
    assert given is not None
    assert given.guard is not None
    for limit in (given.limit, *given.guard):
        by_name = {rule.condition: rule for rule in limit_rules(protocol, {condition: limit})}
        assert by_name[f"{condition}.severe"].speaks_for(by_name[condition])
        assert by_name[f"{condition}.severe"].clears_at == by_name[condition].clears_at


@every
def test_no_limit_of_a_session_can_be_moved_as_far_as_its_severe_one(protocol: Protocol) -> None:
    for sides in protocol.limits.values():
        for side in Side:
            given = sides.side(side)
            severe = None if given is None else given.severe_limit(side)
            if given is not None and severe is not None:
                assert given.guard is not None
                assert all(side.beyond(severe, end) for end in given.guard)


@every
def test_the_cuff_interval_of_a_phase_is_one_that_a_nurse_might_choose(protocol: Protocol) -> None:
    assert protocol.cuff_minutes
    assert all(SHORTEST_CUFF_MINUTES <= each <= LONGEST_CUFF_MINUTES for each in protocol.cuff_minutes.values())


@every
def test_the_way_home_needs_findings_assessments_and_a_nurse(protocol: Protocol) -> None:
    rules_used = {type(item) for item in protocol.checklist}
    assert rules_used == {Observed, PressureNearBaseline, Saturation, NoHighAlarm, Assessed, Attested}
    assert len({item.text for item in protocol.checklist}) == len(protocol.checklist)
