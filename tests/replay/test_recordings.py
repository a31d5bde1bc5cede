"""Real recordings: the alarms of a replay are those that the rule, read by another hand, finds in them; the shipped
limits tell of every severe fall with fewer alarms; and a cuff reading that is sent again, or in part, is none.
"""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from tests.replay import table
from tests.replay.recordings import (
    DATA,
    HOLD_S,
    PLAIN,
    PLAIN_SEVERE,
    PLAIN_STEADY,
    RECORDINGS,
    SEVERE,
    SEVERE_S,
    SEVERE_STEADY,
    SHARED,
    SHIPPED,
    Alarm,
    Recording,
    alarm_of,
    alarms,
    lines,
    replayed,
    severe_episodes,
    short_falls,
    stretches,
)

ORACLE = SHARED / "tools" / "alarm_oracle.py"
DOCUMENTED = Path(__file__).parent.parent.parent / "docs" / "alarms.md"
DELAY_S = 15.0
TOLERANCE_S = 2.0

pytestmark = [
    pytest.mark.recordings,
    pytest.mark.skipif(not DATA.is_dir(), reason=f"the folder of real recordings is not at {DATA}"),
]

each_recording = pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)

Spans = list[tuple[float, float]]


def episodes_by_another_hand(recording: Recording, column: str, limit: float, *, below: bool) -> Spans:
    """Onset and end of every stretch beyond the limit that lasts the delay."""
    found = stretches(recording, column, limit, below=below)
    return [(each.start + DELAY_S, each.end) for each in found if each.lasted >= DELAY_S]


@each_recording
def test_the_alarms_of_a_recording_are_those_of_the_rule(recording: Recording) -> None:
    plain = {
        "SpO2.low": episodes_by_another_hand(recording, recording.spo2, 90, below=True),
        "PR.low": episodes_by_another_hand(recording, recording.pr, 50, below=True),
        "PR.high": episodes_by_another_hand(recording, recording.pr, 120, below=False),
    }
    found = alarms(recording, PLAIN)
    assert {alarm.condition for alarm in found} <= set(plain)
    for condition, expected in plain.items():
        ours = [(alarm.onset, alarm.end) for alarm in found if alarm.condition == condition]
        assert len(ours) == len(expected)
        for one, other in zip(ours, expected, strict=True):
            assert one == pytest.approx(other, abs=TOLERANCE_S)


@pytest.mark.skipif(not ORACLE.is_file(), reason=f"the oracle is not at {ORACLE}")
@each_recording
def test_the_other_hand_finds_what_the_oracle_beside_the_recordings_finds(recording: Recording) -> None:
    judge = runpy.run_path(str(ORACLE))["episodes"]
    seconds = [float(line["t_s"]) for line in lines(recording)]
    for column, limit, below in ((recording.spo2, 90, True), (recording.pr, 50, True), (recording.pr, 120, False)):
        values = [float(line[column]) if line[column] else None for line in lines(recording)]
        found = judge(seconds, values, "lt" if below else "gt", limit, DELAY_S, HOLD_S)
        assert found == episodes_by_another_hand(recording, column, limit, below=below)
    saturation = [float(line[recording.spo2]) if line[recording.spo2] else None for line in lines(recording)]
    severe = judge(seconds, saturation, "lt", SEVERE, SEVERE_S, HOLD_S)
    assert severe == [(fall.start + SEVERE_S, fall.end) for fall in severe_episodes(recording)]


@each_recording
def test_the_shipped_limits_tell_of_every_severe_fall(recording: Recording) -> None:
    found = alarms(recording, SHIPPED)
    assert [fall for fall in severe_episodes(recording) if alarm_of(fall, found) is None] == []


def test_the_shipped_limits_alarm_less_than_plainer_ones_that_tell_of_less_or_as_much() -> None:
    severe = sum(len(severe_episodes(recording)) for recording in RECORDINGS)
    assert table.caught(RECORDINGS, PLAIN, severe_episodes) == severe - 2
    assert table.caught(RECORDINGS, PLAIN_SEVERE, severe_episodes) == severe
    assert table.caught(RECORDINGS, SHIPPED, severe_episodes) == severe
    shipped = table.count(RECORDINGS, SHIPPED)
    assert shipped < table.count(RECORDINGS, PLAIN_STEADY) < table.count(RECORDINGS, PLAIN)
    assert shipped < table.count(RECORDINGS, SEVERE_STEADY) < table.count(RECORDINGS, PLAIN_SEVERE)
    assert table.caught(RECORDINGS, SHIPPED, short_falls) > table.caught(RECORDINGS, PLAIN, short_falls)


def test_no_pulse_in_the_recordings_stands_still_for_so_long_that_the_sensor_is_blamed() -> None:
    every = [alarm.condition for recording in RECORDINGS for alarm in alarms(recording, SHIPPED)]
    assert "PR.high" in every, "the pulse was not watched"
    assert "PR.stuck" not in every


def test_the_documented_tables_are_those_of_the_recordings() -> None:
    documented = DOCUMENTED.read_text("utf-8")
    assert [part for part in table.page() if part not in documented] == [], "run python -m tests.replay.table"


def pressures(hours: str, kind: str, *options: str) -> list[Alarm]:
    """The alarms on a patient's cuff readings, as they were measured or as the monitor sent them."""
    columns = {"sys_mmhg": "SYS", "dia_mmhg": "DIA", "mean_mmhg": "MAP", "pr_bpm": "PR_NIBP"}
    mapped = [part for column, metric in columns.items() for part in ("--map", f"nibp_{column}={metric}")]
    path = DATA / "icu_85594648" / f"hours_{hours}_nibp_{kind}.csv"
    return replayed(path, *mapped, *options)


@pytest.mark.parametrize(
    ("hours", "count"), [("00_06", 2), ("46_52", 5)], ids=["157 sendings of 18 readings", "153 sendings of 14 readings"]
)
def test_a_cuff_reading_alarms_once_however_often_the_monitor_sends_it(hours: str, count: int) -> None:
    profile = ["--protocol", "esketamine_us", "--baseline", "SYS=120", "--baseline", "DIA=62"]
    measured = pressures(hours, "measurements", *profile)
    assert len(measured) == count
    assert pressures(hours, "transmissions", *profile) == measured


def test_a_reading_that_is_sent_again_is_no_second_reading() -> None:
    profile = ["--protocol", "esketamine_us", "--limit", "SYS.high=179"]
    one_beyond = pressures("46_52", "transmissions", *profile, "--baseline", "SYS=128")
    assert [alarm for alarm in one_beyond if alarm.condition == "SYS.high.baseline"] == []
    two_beyond = pressures("46_52", "transmissions", *profile, "--baseline", "SYS=120")
    found = [alarm for alarm in two_beyond if alarm.condition == "SYS.high.baseline"]
    assert found == [Alarm("SYS.high.baseline", 176881.668, 178146.865)]


def test_a_systolic_value_that_comes_alone_before_its_reading_alarms_nobody() -> None:
    """At 7555 s the monitor sends 73 alone; the whole reading ten seconds later says 80 over 48."""
    assert pressures("00_06", "transmissions", "--limit", "SYS.low=75") == []
    assert pressures("00_06", "transmissions", "--limit", "SYS.low=81")[0] == Alarm("SYS.low", 7565.569, 7739.725)
