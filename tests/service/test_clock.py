"""The service's clock, when somebody sets the computer's."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from devices.readings import SECOND, Metric, Numeric
from monitor.clinic.events import SessionOpened
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.service.bus import BusAddress
from monitor.service.clock import SteadyClock
from tests.service.bedside import Bedside
from tests.service.clinic import alarm, room_when, running_service

HOUR = 3600 * SECOND


def wall() -> int:
    return time.time_ns() // 1000


def test_time_does_not_run_back_for_what_goes_on_and_the_difference_is_told() -> None:
    later = wall() + HOUR
    clock = SteadyClock(not_before=later)
    assert later <= clock.now() < later + 60 * SECOND
    step = clock.new_step()
    assert step is not None
    assert -3600 <= step < -3540
    assert clock.new_step() is None, "it is told once"


def test_a_clock_that_was_not_set_back_is_the_computers() -> None:
    clock = SteadyClock(not_before=wall() - HOUR)
    assert abs(clock.now() - wall()) < SECOND
    assert clock.new_step() is None


def test_time_that_stood_and_was_moved_goes_on_from_there_and_nobody_has_set_a_clock() -> None:
    clock = SteadyClock()
    clock.stand()
    stood = clock.now()
    assert clock.now() == stood
    clock.move_to(stood + 2 * HOUR)
    assert clock.now() == stood + 2 * HOUR
    assert clock.new_step() is None
    clock.go_on()
    assert 0 <= clock.now() - stood - 2 * HOUR < SECOND
    assert clock.gained_s == pytest.approx(7200, abs=1)
    assert clock.new_step() is None


def test_where_time_can_run_fast_a_record_that_is_ahead_tells_of_no_changed_clock() -> None:
    later = wall() + HOUR
    clock = SteadyClock(not_before=later, can_run_fast=True)
    assert later <= clock.now() < later + 60 * SECOND
    assert clock.gained_s == pytest.approx(3600, abs=1)
    assert clock.new_step() is None


def test_a_patient_is_watched_on_when_the_clock_was_set_back_before_a_restart(
    bedside: Bedside, config: Path, address: BusAddress, tmp_path: Path
) -> None:
    """The record of the open session lies an hour in the future; a fall that begins now must alarm all the same."""
    later = wall() + HOUR
    opened = SessionOpened(
        at=later, by="nurse 1", room="1", session="s", patient="K-1", weight_kg=70, protocol="esketamine_us",
        dose_mg=56, cuff_interval_s=None,
    )  # fmt: skip
    measured = later + SECOND
    with RecordWriter(tmp_path) as writer:
        writer.append_events([opened])
        writer.append_second(measured, [("1", "s", Numeric(Metric.SPO2, 97, measured, measured, "oximeter"))])
    with RecordReader(tmp_path) as reader:
        assert reader.newest_of_open_sessions() == measured
    bedside.vitals.spo2 = 80
    with running_service(config, tmp_path):
        found = alarm(room_when(address, lambda room: alarm(room, "SpO2.low.severe")), "SpO2.low.severe")
    assert found is not None
    assert found["since"] >= measured
