"""Whether an oximeter gives values that somebody can be watched by."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from devices.readings import SECOND
from monitor.clinic.alarms.presence import Presence, Reason

valued = st.just((True, Reason.UNKNOWN))
anything = st.tuples(st.booleans(), st.sampled_from(Reason))


def after(seconds: list[tuple[bool, Reason]]) -> list[bool]:
    """Whether the values are missing, after each second."""
    presence = Presence(0)
    found = []
    for second, (there, reason) in enumerate(seconds, 1):
        presence.look(there, reason, second * SECOND)
        found.append(presence.missing)
    return found


@given(st.lists(anything, max_size=60))
def test_ten_seconds_without_values_and_without_a_reason_are_missed_whatever_was_before(
    before: list[tuple[bool, Reason]],
) -> None:
    assert after([*before, *[(False, Reason.UNKNOWN)] * 10])[-1]


@given(st.lists(anything, max_size=60))
def test_eleven_seconds_of_values_are_enough_whatever_was_before(before: list[tuple[bool, Reason]]) -> None:
    assert not after([*before, *[(True, Reason.UNKNOWN)] * 11])[-1]


@given(st.lists(valued | st.just((False, Reason.ALARMED)), max_size=120))
def test_what_an_alarm_tells_already_is_not_told_twice(seconds: list[tuple[bool, Reason]]) -> None:
    assert not any(after(seconds))


@given(there=st.integers(0, 9), gone=st.integers(5, 9))
def test_values_that_come_and_go_are_missed_within_minutes(there: int, gone: int) -> None:
    """Unless they are there for twice as long as they are not, which is long enough for every rule."""
    rhythm = [*[(True, Reason.UNKNOWN)] * there, *[(False, Reason.UNKNOWN)] * gone]
    assert after(rhythm * (420 // len(rhythm)))[-1] is (there < 2 * gone)


def test_a_reason_that_is_no_alarm_yet_excuses_for_three_times_as_long() -> None:
    assert not after([(False, Reason.TOLD)] * 29)[-1]
    assert after([(False, Reason.TOLD)] * 31)[-1]


def test_a_hole_now_and_then_is_nothing() -> None:
    assert not any(after(([(True, Reason.UNKNOWN)] * 20 + [(False, Reason.UNKNOWN)] * 4) * 20))
