"""Links over real loopback sockets and pseudo terminals: contact, loss, silence, return, and never an old number."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devices.adapter import Cuff, Vitals
from devices.cuffs.suntech_emulator import SunTechEmulator
from devices.cuffs.suntech_frames import ASK_PRESSURE, START_ADULT, framed
from devices.link import HELD_UP, LONGEST_PAUSE_S, STALL, Link
from devices.oximeters.nonin_df2 import NoninDf2Emulator
from devices.readings import SECOND, ConditionKind, Metric, Micros, Numeric, Reply, ReplyKind
from devices.simulation.host import serve_pty
from tests.devices.bench import Clock, Device, Ear, Loop, RawPort, link_to, of_kind, received, running, until
from tests.devices.captures import AT, df2_packet, slots

DOWN, NO_DATA = ConditionKind.LINK_DOWN, ConditionKind.NO_DATA


@pytest.fixture
def loop() -> Iterator[Loop]:
    made = Loop()
    yield made
    made.close()


@pytest.fixture
def device(loop: Loop) -> Iterator[Device]:
    made = Device(loop)
    yield made
    made.unplug()


@pytest.fixture
def raw() -> Iterator[RawPort]:
    made = RawPort()
    yield made
    made.close()


@pytest.fixture
def ear() -> Ear:
    return Ear()


def link_threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "link device"]


def test_a_link_tells_that_its_device_is_there_before_its_first_number(device: Device, ear: Ear) -> None:
    with running(link_to(device.port, ear)) as link:
        until(ear.numbers, "a number arrived")
        assert (link.status.state, link.status.problem, link.status.connections) == ("ok", "", 1)
    assert (ear.states(DOWN), ear.states(NO_DATA)) == ([False], [False])
    first = next(place for place, each in enumerate(ear.heard) if isinstance(each, Numeric))
    assert of_kind(ear.heard[:first], DOWN)
    assert set(ear.numbers()) == {97}
    assert ear.threads == {"link device"}


def test_a_pulled_plug_is_noticed_at_once(device: Device, ear: Ear) -> None:
    with running(link_to(device.port, ear)) as link:
        until(ear.numbers, "a number arrived")
        device.unplug()
        pulled = time.monotonic()
        until(lambda: ear.is_now(DOWN), "the loss was told", deadline_s=1.0)
        assert time.monotonic() - pulled < 1.0
        assert link.status.state == "lost"
        assert link.status.problem
        last = of_kind(ear.heard, DOWN)[-1]
        assert (last.source, last.text) == ("device", link.status.problem)


def test_a_silent_device_is_no_data_after_three_seconds_and_not_before(device: Device, ear: Ear) -> None:
    with running(link_to(device.port, ear)) as link:
        until(ear.numbers, "a number arrived")
        device.host.silent = True
        until(lambda: ear.is_now(NO_DATA), "the silence was told")
        assert (link.status.state, ear.states(DOWN)) == ("silent", [False, False])
        silence = of_kind(ear.heard, NO_DATA)[-1].at - max(each.at for each in ear.heard if isinstance(each, Numeric))
        assert STALL < silence < STALL + 2 * SECOND
        device.host.silent = False
        until(lambda: ear.states(NO_DATA)[-1] is False, "the device was heard again")
        assert (link.status.state, link.status.connections) == ("ok", 1)
    assert ear.states(NO_DATA) == [False, True, False]


def test_a_device_that_never_said_a_word_is_no_data(raw: RawPort, ear: Ear) -> None:
    with running(link_to(raw.port, ear)) as link:
        raw.accept()
        until(lambda: ear.is_now(NO_DATA), "the silence was told")
        assert link.status.state == "silent"
    assert not ear.is_now(DOWN)


def test_a_device_that_is_plugged_in_again_is_found_by_itself(device: Device, ear: Ear) -> None:
    with running(link_to(device.port, ear)) as link:
        for connection in (1, 2):
            before = len(ear.heard)
            until(lambda since=before: ear.numbers(since=since), "a number arrived")  # type: ignore[misc]
            assert (link.status.state, link.status.connections) == ("ok", connection)
            device.unplug()
            until(lambda: ear.is_now(DOWN), "the loss was told")
            device.plug_in()
    assert ear.states(DOWN)[:4] == [False, True] * 2


def test_the_counters_go_on_over_connections(device: Device, ear: Ear) -> None:
    with running(link_to(device.port, ear)) as link:
        until(ear.numbers, "a number arrived")
        device.unplug()
        until(lambda: ear.is_now(DOWN), "the loss was told")
        first = link.status.counters.frames
        assert first >= 25
        device.plug_in()
        until(lambda: link.status.counters.frames >= first + 25, "frames of both connections were counted")


def test_a_port_that_does_not_exist_is_told_once_and_used_when_it_appears(device: Device, ear: Ear) -> None:
    device.unplug()
    with running(link_to(device.port, ear)) as link:
        until(lambda: ear.is_now(DOWN), "the loss was told")
        assert (link.status.state, link.status.connections) == ("lost", 0)
        assert "refused" in link.status.problem
        tried_until = time.monotonic() + 0.6
        until(lambda: time.monotonic() > tried_until, "the link tried again")
        assert ear.states(DOWN) == [True]
        device.plug_in()
        until(ear.numbers, "a number arrived", deadline_s=LONGEST_PAUSE_S + 2)
        assert link.status.state == "ok"


def test_a_port_that_hangs_up_at_once_is_not_hammered(raw: RawPort, ear: Ear) -> None:
    calls = 0
    with running(link_to(raw.port, ear)):
        end = time.monotonic() + 1.2
        while time.monotonic() < end:
            raw.accept().close()
            calls += 1
    assert 2 <= calls <= 7
    assert ear.states(DOWN) == [True]


@pytest.mark.parametrize("port", ["socket://127.0.0.1", "socket://127.0.0.1:x", "nothing://", "", "/dev/null", "/"])
def test_a_port_that_can_never_work_is_told_and_ends_no_thread(port: str, ear: Ear) -> None:
    with running(link_to(port, ear)) as link:
        until(lambda: ear.is_now(DOWN), "the loss was told")
        assert link.status.problem
        assert link_threads()


def test_half_frames_that_drip_never_make_a_number(raw: RawPort, ear: Ear) -> None:
    whole = df2_packet(slots(72, 98))
    with running(link_to(raw.port, ear, now=Clock(SECOND // 20))):
        caller = raw.accept()
        while not ear.is_now(NO_DATA):
            for start in range(0, 50, 5):
                caller.sendall(whole[start : start + 3])
            threading.Event().wait(0.01)
    assert ear.numbers() == []
    assert [each for each in ear.heard if isinstance(each, Numeric)] == []


def answered(raw: RawPort, link: Link, call: int = 1) -> socket.socket:
    """The link's call, taken when it has begun to listen: what comes while a port is being opened is flushed."""
    caller = raw.accept()
    until(lambda: link.status.connections == call, "the port was open")
    return caller


def test_a_stream_cut_at_every_byte_gives_its_numbers(raw: RawPort, ear: Ear) -> None:
    with running(link_to(raw.port, ear)) as link:
        caller = answered(raw, link)
        caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(3):
            for byte in df2_packet(slots(72, 98, timer=number)):
                caller.sendall(bytes([byte]))
        until(lambda: len(ear.numbers()) >= 2, "two packets arrived")
    assert set(ear.numbers()) == {98}
    assert set(ear.numbers(Metric.PR)) == {72}


def test_what_was_sent_before_the_connection_broke_is_not_joined_with_what_follows(raw: RawPort, ear: Ear) -> None:
    """Half a packet of one patient and half of the next must not make one."""
    first, second = df2_packet(slots(60, 80)), df2_packet(slots(90, 99))
    with running(link_to(raw.port, ear)) as link:
        caller = answered(raw, link)
        caller.sendall(first[:60])
        until(lambda: link.status.counters.frames, "half of the packet was read")
        caller.close()
        answered(raw, link, 2).sendall(second[60:] + df2_packet(slots(90, 99, timer=1)) + second[:10])
        until(ear.numbers, "a number arrived")
    assert set(ear.numbers()) == {99}


def hold_up_while_the_patient_changes(ear: Ear, clock: Clock, device: Device) -> int:
    """Blocks the link while the device goes on sending, first 97 and then 80. Returns where to listen on from."""
    with ear.hold_up():
        piled = device.felt + 50
        until(lambda: device.felt > piled, "old values piled up")
        device.vitals = Vitals(spo2=80, pr=70)
        piled = device.felt + 60
        until(lambda: device.felt > piled, "new values piled up")
        clock.at += 10 * SECOND
        return len(ear.heard)


def test_a_backlog_on_a_socket_is_dropped_not_shown_as_now(device: Device, ear: Ear) -> None:
    clock = Clock(SECOND // 20)
    with running(link_to(device.port, ear, now=clock)) as link:
        until(ear.numbers, "a number arrived")
        since = hold_up_while_the_patient_changes(ear, clock, device)
        until(lambda: ear.numbers(since=since), "a number arrived after the hold-up")
        assert set(ear.numbers(since=since)) == {80}, "a value from before the hold-up was shown as of now"
        assert link.status.connections == 2
    assert HELD_UP in [each.text for each in of_kind(ear.heard, DOWN)]


class PtyDevice(Device):
    """The same device on a pseudo terminal, as a USB adapter would be."""

    def __init__(self, loop: Loop) -> None:
        self.vitals = Vitals(spo2=97, pr=70)
        self.felt = 0
        self._loop = loop
        named: list[str] = []
        self._task = asyncio.run_coroutine_threadsafe(
            serve_pty(NoninDf2Emulator(), self._feel, named.append), loop.loop
        )
        self.port = until(lambda: named, "the terminal was named")[0]

    def unplug(self) -> None:
        self._task.cancel()
        until(lambda: asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self._loop.loop).result(1) is None, "it ended")


@contextmanager
def on_a_terminal(loop: Loop) -> Iterator[PtyDevice]:
    made = PtyDevice(loop)
    try:
        yield made
    finally:
        made.unplug()


def test_a_device_on_a_terminal_is_read_and_its_loss_noticed_at_once(loop: Loop, ear: Ear) -> None:
    with on_a_terminal(loop) as device, running(link_to(device.port, ear)) as link:
        until(ear.numbers, "a number arrived")
        assert set(ear.numbers()) == {97}
        device.unplug()
        until(lambda: ear.is_now(DOWN), "the loss was told", deadline_s=1.0)
        assert link.status.state == "lost"


def test_a_backlog_on_a_terminal_is_dropped_not_shown_as_now(loop: Loop, ear: Ear) -> None:
    clock = Clock(SECOND // 20)
    with on_a_terminal(loop) as device, running(link_to(device.port, ear, now=clock)):
        until(ear.numbers, "a number arrived")
        since = hold_up_while_the_patient_changes(ear, clock, device)
        until(lambda: ear.numbers(since=since), "a number arrived after the hold-up")
        assert set(ear.numbers(since=since)) == {80}, "a value from before the hold-up was shown as of now"


def test_stop_ends_the_thread_even_between_two_attempts(device: Device, ear: Ear) -> None:
    device.unplug()
    link = link_to(device.port, ear)
    link.start()
    until(lambda: ear.is_now(DOWN), "the loss was told")
    began = time.monotonic()
    link.stop()
    link.join()
    assert time.monotonic() - began < 1.0
    assert link_threads() == []


def test_stop_deflates_a_cuff_that_is_measuring(loop: Loop, ear: Ear) -> None:
    device = Device(loop, "suntech_advantage")
    link = link_to(device.port, ear, "suntech_advantage", now=lambda: AT + time.monotonic_ns() // 1000)
    link.start()
    until(lambda: link.tell_cuff(lambda cuff: cuff.start()), "the cuff took the order")
    (emulator,) = device.emulators
    assert isinstance(emulator, SunTechEmulator)
    until(lambda: emulator.running, "the cuff inflated")
    until(lambda: [each for each in ear.heard if isinstance(each, Reply)], "the start was confirmed")
    link.stop()
    link.join()
    until(lambda: not emulator.running, "the cuff was told to deflate")
    assert link_threads() == []
    device.unplug()


def test_no_cuff_inflates_because_its_link_begins_or_ends(raw: RawPort, ear: Ear) -> None:
    with running(link_to(raw.port, ear, "suntech_advantage")):
        caller = raw.accept()
        sent = received(caller, ASK_PRESSURE)
    while more := caller.recv(4096):
        sent += more
    assert START_ADULT not in sent


def test_a_cuff_measures_over_its_link(loop: Loop, ear: Ear) -> None:
    device = Device(loop, "suntech_advantage")
    device.vitals = Vitals(sys=131, dia=82, map=98, pr=70)
    link = link_to(device.port, ear, "suntech_advantage", now=lambda: AT + time.monotonic_ns() // 1000)
    with running(link):
        until(lambda: link.status.state == "ok", "the cuff answered")
        (emulator,) = device.emulators
        assert isinstance(emulator, SunTechEmulator)
        emulator.speed = 40.0
        assert link.tell_cuff(lambda cuff: cuff.start())
        until(lambda: [each for each in ear.heard if isinstance(each, Reply) and each.kind is ReplyKind.DONE], "done")
        assert (ear.numbers(Metric.SYS), ear.numbers(Metric.DIA)) == ([131], [82])
    device.unplug()


def test_a_link_that_stands_by_reads_only_in_its_turns_and_then_goes_on(device: Device, ear: Ear) -> None:
    with running(link_to(device.port, ear, now=Clock(SECOND // 20))) as link:
        until(ear.numbers, "a number arrived")
        link.stand_by()
        link.wait_until_stood_by()
        since, felt = len(ear.heard), device.felt
        until(lambda: device.felt > felt + 30, "the device went on sending")
        assert len(ear.heard) == since, "the thread still reads"
        link.turn()
        assert ear.numbers(since=since), "what was there was not read in one turn"
        link.go_on()
        since = len(ear.heard)
        until(lambda: ear.numbers(since=since), "the thread read again")


def test_a_link_that_stands_by_pauses_between_attempts_in_its_own_time(device: Device, ear: Ear) -> None:
    clock = Clock(0)
    with running(link_to(device.port, ear, now=clock)) as link:

        def is_lost_after_a_turn() -> bool:
            link.turn()
            return ear.is_now(DOWN)

        until(ear.numbers, "a number arrived")
        link.stand_by()
        link.wait_until_stood_by()
        device.unplug()
        until(is_lost_after_a_turn, "the loss was told")
        device.plug_in()
        link.turn()
        assert link.status.connections == 1, "it did not pause"
        clock.at += 5 * SECOND
        link.turn()
        assert link.status.connections == 2


def test_an_oximeter_and_a_lost_cuff_take_no_orders(device: Device, loop: Loop, ear: Ear) -> None:
    with running(link_to(device.port, ear)) as link:
        until(ear.numbers, "a number arrived")
        assert not link.tell_cuff(lambda cuff: cuff.start())
    cuff = Device(loop, "suntech_advantage")
    lost = Ear()
    with running(link_to(cuff.port, lost, "suntech_advantage")) as link:
        until(lambda: link.status.state == "ok", "the cuff answered")
        cuff.unplug()
        until(lambda: lost.is_now(DOWN), "the loss was told")
        assert not link.tell_cuff(lambda cuff: cuff.start())


def test_an_order_lost_with_its_connection_does_not_inflate_the_cuff_later(raw: RawPort, ear: Ear) -> None:
    """The nurse was told that the cuff is gone; when it is back it must not squeeze the patient by itself."""
    clock = Clock()
    orders: list[bool] = []
    callers: list[socket.socket] = []

    def now() -> Micros:
        # Asked between the taking of orders and the next read: the order comes just too late for this connection.
        if ear.states(DOWN) == [False] and not orders:
            orders.append(link.tell_cuff(start))
            callers[0].close()
        return clock()

    def start(cuff: Cuff) -> None:
        cuff.start()

    link = link_to(raw.port, ear, "suntech_advantage", now)
    with running(link):
        callers.append(raw.accept())
        received(callers[0], ASK_PRESSURE)
        callers[0].sendall(framed(0x3E, 5, 0, 0))
        callers.append(raw.accept())
        sent = received(callers[1], ASK_PRESSURE)
        callers[1].sendall(framed(0x3E, 5, 0, 0))
        sent += received(callers[1], ASK_PRESSURE)
    assert orders == [True]
    assert START_ADULT not in sent


def test_a_captured_file_is_played_and_then_gone(tmp_path: Path, ear: Ear) -> None:
    capture = tmp_path / "capture.bin"
    capture.write_bytes(b"".join(df2_packet(slots(72, 98, timer=number)) for number in range(3)))
    with running(link_to(f"file:{capture}", ear)) as link:
        until(lambda: ear.is_now(DOWN), "the end was told")
        assert link.status.problem == "the capture is over"
        assert link.status.state == "lost"
    assert ear.numbers() == [98, 98, 98]
