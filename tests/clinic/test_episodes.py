"""Alarms as episodes, and recorded values played through other rules."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from devices.readings import SECOND, Metric, Quality
from monitor.clinic.alarms.engine import AlarmEngine, AlarmEvent
from monitor.clinic.alarms.episodes import Episode, episodes
from monitor.clinic.alarms.policy import AlarmPolicy, Escalation
from monitor.clinic.alarms.rules import Rule
from monitor.clinic.alarms.trial import TRIAL, Recorded, trial
from monitor.clinic.events import AlarmEnd, AlarmRaised, EscalationStep
from monitor.clinic.priority import Priority
from tests.clinic.actions import Action, carry_out, courses, policies, some_rules
from tests.clinic.series import HIGH_SYS, LOW, WELL, engine, low_spo2, play, severe_spo2

LOUDER, BANNER = EscalationStep.LOUDER, EscalationStep.BANNER
IMPATIENT = AlarmPolicy(escalation=(Escalation(LOUDER, 5 * SECOND), Escalation(BANNER, 10 * SECOND)))
LATCHING = AlarmPolicy(latch=frozenset({Priority.HIGH}))


def test_an_episode_runs_from_onset_to_end_with_its_answer() -> None:
    watched = engine(low_spo2(delay_s=5))
    events: list[AlarmEvent] = play(watched, [LOW] * 8)
    events += watched.acknowledge(["SpO2.low"], "nurse", 7 * SECOND)
    events += play(watched, [WELL], start_s=12)
    (episode,) = episodes(events)
    assert episode.acknowledged is not None
    assert (episode.acknowledged.by, episode.seconds_to_acknowledge) == ("nurse", 2)
    assert episode.lasted(now=99 * SECOND) == 7 * SECOND


def test_an_open_alarm_lasts_until_now_and_waits_for_its_answer() -> None:
    (episode,) = episodes(play(engine(low_spo2(delay_s=5)), [LOW] * 8))
    assert (episode.ended, episode.acknowledged, episode.seconds_to_acknowledge) == (None, None, None)
    assert episode.lasted(now=65 * SECOND) == 60 * SECOND


def test_a_latched_alarm_lasts_as_long_as_its_cause_and_not_until_somebody_answers() -> None:
    watched = engine(low_spo2(delay_s=0), policy=LATCHING)
    events: list[AlarmEvent] = play(watched, [LOW, LOW, WELL])
    (episode,) = episodes(events)
    assert episode.lasted(now=600 * SECOND) == 2 * SECOND
    events += watched.acknowledge(["SpO2.low"], "nurse", 300 * SECOND)
    (episode,) = episodes(events)
    assert (episode.lasted(now=600 * SECOND), episode.seconds_to_acknowledge) == (2 * SECOND, 300)


def test_each_alarm_tells_the_steps_that_were_taken_for_it() -> None:
    events = play(engine(severe_spo2(), policy=IMPATIENT), [*[70.0] * 12, WELL, *[70.0] * 7, WELL, 70.0])
    assert [each.steps for each in episodes(events)] == [(LOUDER, BANNER), (LOUDER,), ()]


def test_the_same_condition_again_is_another_episode() -> None:
    events = play(engine(severe_spo2()), [70.0, WELL, 71.0, WELL])
    assert [each.raised.value for each in episodes(events)] == [70, 71]


def test_what_happened_to_an_alarm_from_before_the_first_event_is_passed_over() -> None:
    _, *rest = play(engine(severe_spo2()), [70.0, WELL, 71.0, WELL])
    assert [each.raised.value for each in episodes(rest)] == [71]


def test_the_same_condition_in_two_rooms_is_two_episodes() -> None:
    north, south = AlarmEngine("1", "a", [severe_spo2()]), AlarmEngine("2", "b", [severe_spo2()])
    events = play(north, [70.0]) + play(south, [71.0]) + play(north, [WELL], start_s=5)
    assert [(each.raised.room, each.ended is None) for each in episodes(events)] == [("1", False), ("2", True)]


@given(course=courses, rules=some_rules(), policy=policies)
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_every_alarm_is_one_episode_that_holds_its_own_events(
    course: list[Action], rules: list[Rule], policy: AlarmPolicy
) -> None:
    watched, now = AlarmEngine("1", "a", rules, policy), 0
    events: list[AlarmEvent] = []
    for later, what in course:
        now += later
        events += carry_out(watched, what, now)
    events += watched.end_all(now)
    found = episodes(events)
    assert [each.raised for each in found] == [event for event in events if isinstance(event, AlarmRaised)]
    assert all(_is_whole(each) for each in found)


def _is_whole(episode: Episode) -> bool:
    ended = episode.ended
    return ended is not None and ended.condition == episode.raised.condition and episode.raised.at <= ended.at


# ---- recorded values through other rules


def recorded(values: list[float | None], quality: Quality = Quality.OK) -> list[Recorded]:
    return [Recorded(second * SECOND, Metric.SPO2, value, quality) for second, value in enumerate(values)]


def test_a_trial_alarms_as_the_engine_does_that_watches_patients() -> None:
    values: list[float | None] = [*[WELL] * 5, *[LOW] * 20, WELL, 70.0, WELL]
    found = trial(recorded(values), 60 * SECOND, [low_spo2(), severe_spo2()])
    assert [(each.raised.condition, each.raised.onset // SECOND) for each in found] == [
        ("SpO2.low", 20),
        ("SpO2.low.severe", 26),
    ]
    assert all(each.raised.session == TRIAL for each in found)


def test_an_alarm_that_is_still_on_at_the_end_of_the_trial_ends_with_it() -> None:
    (episode,) = trial(recorded([LOW] * 20), 20 * SECOND, [low_spo2()])
    assert episode.ended is not None
    assert (episode.ended.how, episode.ended.ended) == (AlarmEnd.SESSION_ENDED, 20 * SECOND)


def test_a_trial_weighs_weak_signals_and_readings_that_were_sent_again() -> None:
    weak = [*recorded([70.0] * 4, Quality.LOW_PERFUSION), Recorded(4 * SECOND, Metric.SPO2, WELL)]
    again = [Recorded(second * SECOND, Metric.SYS, 171, Quality.OK, measured_at=1) for second in range(5, 9)]
    found = trial([*weak, *again], 9 * SECOND, [severe_spo2(), HIGH_SYS])
    assert [each.raised.condition for each in found] == ["SYS.high"]
