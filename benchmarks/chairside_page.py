"""Where things stand on Chairside's board."""

from __future__ import annotations

import time
from collections.abc import Iterable

from benchmarks.browser import Watched
from benchmarks.clinic import Clinic
from benchmarks.delays import Change, Delays, delays
from benchmarks.probes import CRISES, PACKETS_A_CRISIS, PACKETS_A_STEP, STEPS

HIGH_PRIORITY, OVER = "▲▲▲", "not answered"
CRISIS, WELL = (str(value) for value in CRISES)
ALL_LIVE = """(() => {
  const all = [...document.querySelectorAll('.treated [data-bind="SpO2"]')];
  return all.length > 0 && all.every(each => /^[0-9]+$/.test(each.textContent));
})()"""


def wait_until_live(page: Watched) -> None:
    """Wait until every room on the board shows its saturation."""
    page.wait_until(ALL_LIVE, "a saturation in every room")


def watch_steps(page: Watched, clinic: Clinic, seconds: float) -> Delays:
    """Let the saturation change in small steps, and see how long each takes to the page."""
    _record(page, clinic, "SpO2")
    for probe in clinic.probes:
        probe.follow(STEPS, PACKETS_A_STEP)
    page.wait(seconds)
    return delays(_written(clinic), page.seen(), time.time())


def watch_crises(page: Watched, clinic: Clinic, seconds: float) -> Delays:
    """Let the saturation fall below a limit without delay, again and again, and see how long each alarm takes."""
    _record(page, clinic, "alarm")
    for probe in clinic.probes:
        probe.follow(CRISES, PACKETS_A_CRISIS)
    page.wait(seconds)
    return delays(_written(clinic), _as_written(page.seen()), time.time(), only=CRISIS)


def _record(page: Watched, clinic: Clinic, binding: str) -> None:
    rooms = [probe.room for probe in clinic.probes]
    page.record({room: f'[data-tile][data-room="{room}"] .treated [data-bind="{binding}"]' for room in rooms})


def _written(clinic: Clinic) -> list[Change]:
    return [change for probe in clinic.probes for change in probe.written]


def _as_written(seen: Iterable[Change]) -> list[Change]:
    """What a tile's strip says, as what the device wrote: an alarm of high priority is there, or it is over or not."""
    return [Change(room, CRISIS if _is_on(text) else WELL, at) for room, text, at in seen]


def _is_on(text: str) -> bool:
    return text.startswith(HIGH_PRIORITY) and OVER not in text
