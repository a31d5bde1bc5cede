"""What a restart knows of what was measured before it."""

from __future__ import annotations

from msgspec.structs import replace

from devices.readings import Metric
from monitor.clinic.events import PressureTaken
from monitor.service.restore import recorded
from tests.clinic.treatments import MINUTE, pressure


def test_a_restart_knows_all_that_a_reading_measured_by_cuff_and_by_hand() -> None:
    by_cuff = replace(pressure(5 * MINUTE, 150, 95), map=None)
    by_hand = PressureTaken(at=9 * MINUTE, by="nurse 1", measured_at=8 * MINUTE, sys=142, dia=88, pr=132)
    known = [(each.at, each.measured_at, each.metric, each.value) for each in recorded([], [by_cuff, by_hand])]
    assert known == [
        (5 * MINUTE, 5 * MINUTE, Metric.SYS, 150),
        (5 * MINUTE, 5 * MINUTE, Metric.DIA, 95),
        (5 * MINUTE, 5 * MINUTE, Metric.PR_NIBP, 70),
        (9 * MINUTE, 8 * MINUTE, Metric.SYS, 142),
        (9 * MINUTE, 8 * MINUTE, Metric.DIA, 88),
        (9 * MINUTE, 8 * MINUTE, Metric.PR_NIBP, 132),
    ]
