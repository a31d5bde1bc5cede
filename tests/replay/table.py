"""What the shipped limits make of the real recordings, beside plainer rules, as it stands in ``docs/alarms.md``.

Run by hand, ``python -m tests.replay.table`` prints it anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence

from tests.replay.recordings import (
    ONE_FALL,
    PLAIN,
    PLAIN_SEVERE,
    PLAIN_STEADY,
    RECORDINGS,
    SEVERE_STEADY,
    SHIPPED,
    WITH_AREA,
    Recording,
    Stretch,
    Way,
    alarm_of,
    alarms,
    hours,
    severe_episodes,
    short_falls,
)

Finder = Callable[[Recording], list[Stretch]]

COMPARED = (PLAIN, PLAIN_SEVERE, SHIPPED)
WAYS = (PLAIN, PLAIN_STEADY, PLAIN_SEVERE, SEVERE_STEADY, ONE_FALL, WITH_AREA, SHIPPED)


def count(recordings: Iterable[Recording], way: Way) -> int:
    """How many alarms."""
    return sum(len(alarms(recording, way)) for recording in recordings)


def caught(recordings: Iterable[Recording], way: Way, falls: Finder) -> int:
    """How many of the falls had an alarm."""
    return sum(
        alarm_of(fall, alarms(recording, way)) is not None for recording in recordings for fall in falls(recording)
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    every = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in every)


def together() -> str:
    """All recordings in one, every way a line."""
    whole = sum(hours(recording) for recording in RECORDINGS)
    severe = sum(len(severe_episodes(recording)) for recording in RECORDINGS)
    short = sum(len(short_falls(recording)) for recording in RECORDINGS)
    rows = [
        [
            way.name,
            f"{count(RECORDINGS, way)}",
            f"{count(RECORDINGS, way) / whole:.1f}",
            f"{caught(RECORDINGS, way, severe_episodes)} of {severe}",
            f"{caught(RECORDINGS, way, short_falls)} of {short}",
        ]
        for way in WAYS
    ]
    head = [
        f"rule, over {whole:.1f} h",
        "alarms",
        "an hour",
        "severe episodes alarmed",
        "shorter falls below 85 alarmed",
    ]
    return _table(head, rows)


def by_recording() -> str:
    """Every recording a line: alarms an hour, and severe episodes alarmed, by the three ways."""
    groups: dict[str, list[Recording]] = {}
    for recording in RECORDINGS:
        groups.setdefault(recording.group, []).append(recording)
    rows = []
    for group, members in groups.items():
        spent = sum(hours(recording) for recording in members)
        severe = sum(len(severe_episodes(recording)) for recording in members)
        rows.append(
            [
                group,
                f"{spent:.2f}",
                *[f"{count(members, way) / spent:.1f}" for way in COMPARED],
                f"{severe}",
                *[f"{caught(members, way, severe_episodes)}" for way in COMPARED],
            ]
        )
    head = [
        "recording",
        "h",
        "plain /h",
        "and severe /h",
        "shipped /h",
        "severe episodes",
        "plain",
        "and severe",
        "shipped",
    ]
    return _table(head, rows)


def episodes() -> str:
    """Every severe episode, and how long after its start the shipped limits alarmed."""
    told = [_episode(recording, fall) for recording in RECORDINGS for fall in severe_episodes(recording)]
    return _table(["recording", "start, s", "length, s", "lowest, %", "alarm after, s", "condition"], told)


def _episode(recording: Recording, fall: Stretch) -> list[str]:
    alarm = alarm_of(fall, alarms(recording, SHIPPED))
    after = (
        "**none**" if alarm is None else "on already" if alarm.onset < fall.start else f"{alarm.onset - fall.start:g}"
    )
    which = "" if alarm is None else alarm.condition
    return [recording.name, f"{fall.start:g}", f"{fall.lasted:g}", f"{fall.worst:g}", after, which]


def page() -> list[str]:
    """The parts that stand in the documentation, word for word."""
    return [together(), by_recording(), episodes()]


if __name__ == "__main__":
    sys.stdout.write("\n".join(page()))
