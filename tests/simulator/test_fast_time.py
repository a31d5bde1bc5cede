"""A clinic of one simulated room whose time runs fast, over the real path: sockets, links, alarms, record."""

from __future__ import annotations

import asyncio
import itertools
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import Popen

import pytest

from devices.readings import SECOND, Metric, Micros
from monitor.clinic.events import (
    AlarmRaised,
    AnyEvent,
    ClockStepped,
    CuffMeasured,
    CuffStarted,
    LinkLost,
    SpeedSet,
)
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.verify import verify
from monitor.service.bus import BusAddress, ask_simulator
from monitor.service.messages import (
    FASTEST,
    GetSnapshot,
    Request,
    SetCuffInterval,
    SetFault,
    SetSpeed,
    TestAlarmChain,
)
from tests.service.bedside import Bedside
from tests.service.clinic import (
    ask_now,
    measures,
    room_when,
    running_service,
    running_simulator,
    session_in,
    snapshot,
    start_session,
    write_config,
    write_simulated_config,
)

MINUTE = 60 * SECOND
INTERVAL = 5 * MINUTE


class Clinic:
    """One room with one patient."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = write_simulated_config(folder)
        self.address = BusAddress.create(folder)
        self.simulator: Popen[bytes]

    @contextmanager
    def running(self) -> Iterator[None]:
        with running_simulator(self.config, self.folder) as self.simulator, running_service(self.config, self.folder):
            room_when(self.address, measures)
            yield

    def start(self) -> None:
        assert ask_now(self.address, start_session("1", "K-1")).done
        session = session_in(self.address, "1")
        assert ask_now(self.address, SetCuffInterval(room="1", session=session, minutes=INTERVAL // MINUTE)).done

    def set_speed(self, speed: float) -> None:
        assert ask_now(self.address, SetSpeed(speed=speed)).done

    def fault(self, fault: str, *, active: bool = True) -> None:
        order = SetFault(room="1", device="oximeter", fault=fault, active=active)
        assert asyncio.run(ask_simulator(self.address, Request("nurse 1", order))).done

    def now(self) -> Micros:
        shown = ask_now(self.address, GetSnapshot()).snapshot
        assert shown is not None
        at: Micros = shown["at"]
        return at

    def let_pass(self, how_long: Micros) -> None:
        until = self.now() + how_long
        began = time.monotonic()
        while self.now() < until:
            assert time.monotonic() < began + 60, "time does not go on"
            time.sleep(0.05)

    def events(self) -> list[AnyEvent]:
        return RecordReader(self.folder).events()


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path)


def spacing(folder: Path) -> list[float]:
    """Between one saturation of the session and the next, in seconds."""
    with RecordReader(folder) as reader:
        at_ms = reader.numerics(reader.sessions(1)[0].id, Metric.SPO2).at_ms
    return [float(after - before) / 1000 for before, after in itertools.pairwise(at_ms)]


def test_time_passes_fast_as_it_would_have_passed_and_waits_for_devices_that_are_held_up(clinic: Clinic) -> None:
    with clinic.running():
        clinic.start()
        began = clinic.now()
        clinic.set_speed(FASTEST)
        clinic.let_pass(6 * MINUTE)
        clinic.simulator.send_signal(signal.SIGSTOP)
        stood, real = clinic.now(), time.monotonic()
        while time.monotonic() < real + 1.5:
            assert clinic.now() <= stood + MINUTE, "time goes on without the devices"
        clinic.simulator.send_signal(signal.SIGCONT)
        clinic.let_pass(6 * MINUTE)
        clinic.set_speed(1)
        ended, real = clinic.now(), time.monotonic()
        shown = [ended, *(clinic.now() for _ in range(20))]
        assert shown == sorted(shown), "time ran back"
        assert shown[-1] - ended <= (time.monotonic() - real + 0.5) * SECOND, "time still runs fast"
        clinic.let_pass(2 * SECOND)
    events = clinic.events()
    since = [event for event in events if event.at > began]
    assert [event for event in since if isinstance(event, AlarmRaised | LinkLost | ClockStepped)] == []
    starts = [event.at for event in events if isinstance(event, CuffStarted)]
    due = range(began + INTERVAL, ended, INTERVAL)
    assert len(starts) in {len(due), len(due) + 1}
    assert all(abs(after - before - INTERVAL) <= SECOND for before, after in itertools.pairwise(starts))
    readings = [event.at for event in events if isinstance(event, CuffMeasured)]
    assert len(readings) >= len(due) - 1
    inflated = [end - start for start, end in zip(starts, readings, strict=False)]
    assert all(15 * SECOND < each < 60 * SECOND for each in inflated), "a cuff inflates in its own time"
    apart = spacing(clinic.folder)
    assert len(apart) > 12 * 60
    assert min(apart) >= 0.5
    assert max(apart) <= 1.5
    assert verify(clinic.folder).sound


def test_alarms_keep_their_delay_and_after_a_kill_the_clinic_goes_on_at_ordinary_speed(clinic: Clinic) -> None:
    with running_simulator(clinic.config, clinic.folder):
        with running_service(clinic.config, clinic.folder):
            room_when(clinic.address, measures)
            assert not ask_now(clinic.address, SetSpeed(speed=0.5)).done
            clinic.set_speed(FASTEST)
            clinic.start()
            assert "ordinary speed" in ask_now(clinic.address, TestAlarmChain()).text
            clinic.fault("tachycardia")
            clinic.let_pass(MINUTE)
            clinic.fault("silence")
            clinic.let_pass(MINUTE)
            clinic.fault("silence", active=False)
            killed = clinic.now()
        with running_service(clinic.config, clinic.folder):
            snapshot(clinic.address)
            assert clinic.now() >= killed - 10 * SECOND, "time ran back for the patient in the chair"
            room_when(clinic.address, measures)
            clinic.let_pass(2 * SECOND)
    events = clinic.events()
    raised = {event.condition: event for event in events if isinstance(event, AlarmRaised)}
    fast_pulse = raised["PR.high"]
    high = load(clinic.config).protocols["esketamine_us"].limits[Metric.PR].high
    assert high is not None
    assert high.delay_s
    assert fast_pulse.at - fast_pulse.since == pytest.approx(high.delay_s * SECOND, abs=SECOND)
    assert "oximeter.no_data" in raised, "a silent device is told in fast time, too"
    assert [event.speed for event in events if isinstance(event, SpeedSet)] == [FASTEST]
    assert not [event for event in events if isinstance(event, ClockStepped)], "nobody has changed a clock"


def test_time_never_runs_fast_where_a_room_is_real(tmp_path: Path) -> None:
    bedside = Bedside()
    config = write_config(tmp_path, {"1": bedside.attach("nonin_df8"), "2": ""})
    address = BusAddress.create(tmp_path)
    try:
        with running_service(config, tmp_path):
            room_when(address, measures)
            refused = ask_now(address, SetSpeed(speed=10))
            assert not refused.done
            assert refused.text.startswith("Room 1 and Room 2 are not simulated.")
            assert ask_now(address, SetSpeed(speed=1)).done
    finally:
        bedside.close()
