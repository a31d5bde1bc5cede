"""Ports: what goes in comes out unchanged, and whatever goes wrong is one kind of error with a plain text."""

from __future__ import annotations

import os
import time
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.adapter import PortSettings
from devices.transports import PortUnavailable, Transport, open_port
from tests.devices.bench import RawPort, received, until

SLOW = PortSettings(9600)
EVERY_BYTE = bytes(range(256))


@pytest.fixture
def raw() -> Iterator[RawPort]:
    made = RawPort()
    yield made
    made.close()


def everything(transport: Transport, length: int) -> bytes:
    data = bytearray()

    def grown() -> bool:
        data.extend(transport.read())
        return len(data) >= length

    until(grown, f"{length} bytes arrived")
    return bytes(data)


def test_a_socket_carries_every_byte_both_ways(raw: RawPort) -> None:
    transport = open_port(raw.port, SLOW)
    caller = raw.accept()
    caller.sendall(EVERY_BYTE)
    assert everything(transport, 256) == EVERY_BYTE
    transport.write(EVERY_BYTE)
    assert received(caller, EVERY_BYTE) == EVERY_BYTE
    transport.close()


def test_a_terminal_carries_every_byte_both_ways() -> None:
    """Software flow control would eat bytes 11 and 13 (hex), which are values like any other."""
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    transport = open_port(os.ttyname(theirs), PortSettings(115200))
    os.write(ours, EVERY_BYTE)
    assert everything(transport, 256) == EVERY_BYTE
    transport.write(EVERY_BYTE)
    assert os.read(ours, 1000) == EVERY_BYTE
    transport.close()
    os.close(ours)
    os.close(theirs)


def test_what_waited_on_a_serial_port_before_it_was_opened_is_not_read_as_of_now() -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    os.write(ours, b"old")
    transport = open_port(os.ttyname(theirs), SLOW)
    os.write(ours, b"new")
    assert everything(transport, 3) == b"new"
    transport.close()
    os.close(ours)
    os.close(theirs)


def test_a_quiet_port_gives_nothing_after_a_short_wait(raw: RawPort) -> None:
    transport = open_port(raw.port, SLOW)
    raw.accept()
    began = time.monotonic()
    assert transport.read() == b""
    assert 0.02 < time.monotonic() - began < 1.0
    transport.close()


def test_a_closed_socket_is_told_by_the_next_read(raw: RawPort) -> None:
    transport = open_port(raw.port, SLOW)
    raw.accept().close()
    with pytest.raises(PortUnavailable):
        everything(transport, 1)
    transport.close()


def test_a_closed_socket_is_told_by_writing(raw: RawPort) -> None:
    transport = open_port(raw.port, SLOW)
    raw.accept().close()

    def fails() -> bool:
        try:
            transport.write(b"poll")
        except PortUnavailable:
            return True
        return False

    until(fails, "writing failed")
    transport.close()


def test_a_terminal_whose_other_end_is_gone_is_told_by_the_next_read() -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    transport = open_port(os.ttyname(theirs), SLOW)
    os.close(theirs)
    os.close(ours)
    with pytest.raises(PortUnavailable):
        everything(transport, 1)
    transport.close()


@pytest.mark.parametrize(
    ("port", "word"),
    [
        ("/dev/ttyNONE", "no such file"),
        ("", "no such file"),
        ("/dev/null", ""),
        ("nothing://", "nothing"),
        ("loop://?wrong=1", ""),
        ("socket://127.0.0.1", ""),
        ("file:/nowhere/capture.bin", "no such file"),
        ("file:/tmp", "directory"),
    ],
)
def test_a_port_that_cannot_be_opened_says_why_in_one_line(port: str, word: str) -> None:
    with pytest.raises(PortUnavailable) as error:
        open_port(port, SLOW)
    told = str(error.value)
    assert word in told
    assert told
    assert "\n" not in told


def test_a_port_that_nobody_serves_is_refused(raw: RawPort) -> None:
    raw.close()
    with pytest.raises(PortUnavailable, match="refused"):
        open_port(raw.port, SLOW)


def test_a_capture_is_played_whole_at_the_speed_of_its_line(tmp_path: Path) -> None:
    capture = tmp_path / "capture.bin"
    capture.write_bytes(EVERY_BYTE)
    transport = open_port(f"file:{capture}", SLOW)
    began = time.monotonic()
    assert everything(transport, 256) == EVERY_BYTE
    assert time.monotonic() - began >= 0.9 * 256 / 960
    transport.write(b"a capture does not listen")
    with pytest.raises(PortUnavailable, match="over"):
        transport.read()
    transport.close()


def test_an_empty_capture_is_over_at_once(tmp_path: Path) -> None:
    capture = tmp_path / "capture.bin"
    capture.touch()
    transport = open_port(f"file:{capture}", SLOW)
    with pytest.raises(PortUnavailable, match="over"):
        transport.read()
    transport.close()
