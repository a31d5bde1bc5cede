"""The contract that every device protocol keeps, and the registry of protocols.

A decoder does no input or output: bytes and times come in, readings and bytes to send come out. So a capture can be
cut at every byte, fuzzed and timed without a port. The emulator of the same protocol stands in the same file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, runtime_checkable

import msgspec

from devices.readings import Micros, Quality, Reading


class Counters(msgspec.Struct):
    """What a decoder saw. ``skipped`` counts bytes that belonged to no good frame."""

    frames: int = 0
    bad_checksums: int = 0
    resyncs: int = 0
    skipped: int = 0


class Decoder(Protocol):
    """One connection's worth of decoding; a new connection gets a new decoder.

    Built as ``decoder(source, mark)``: ``source`` names the device in every reading, ``mark`` is a quality that every
    value carries (``Quality.SIMULATED`` for an emulator).
    """

    counters: Counters

    def feed(self, data: bytes, at: Micros) -> Iterable[Reading]:
        """Take bytes that arrived at ``at``, cut anywhere; never raises for what a device sends.

        Ask with no bytes after every ``due`` as well: what did not happen in time, such as an answer, is told here.
        """
        ...

    @property
    def pending(self) -> int:
        """How many bytes are kept because they may yet become a frame."""
        ...

    def due(self, at: Micros) -> bytes:
        """Bytes to send now: selections, keep-alives, polls. Asked at least ten times a second."""
        ...

    def closing(self) -> bytes:
        """Bytes to send before the link is closed on purpose, such as a stop or an abort."""
        ...


@runtime_checkable
class Cuff(Protocol):
    """What a decoder adds when its device can be told to measure."""

    def start(self) -> None:
        """Ask for one measurement; the command goes out with the next ``due``."""
        ...

    def cancel(self) -> None:
        """Deflate now; the command goes out with the next ``due``."""
        ...


class Vitals(msgspec.Struct):
    """What an emulated sensor feels at one instant. ``pleth`` is 0..1; ``attached`` False: probe off, cuff untied;
    ``pulse`` False: none reaches the finger, as below a squeezing cuff.
    """

    spo2: float = 97.0
    pr: float = 70.0
    pi: float = 4.0
    sys: float = 120.0
    dia: float = 75.0
    map: float = 90.0
    pleth: float = 0.5
    attached: bool = True
    pulse: bool = True


class Emulator(Protocol):
    """The device's side of the protocol. ``rate_hz`` is how often ``step`` is called per second of device time."""

    rate_hz: float

    def receive(self, data: bytes) -> bytes:
        """Take what the host sent, cut anywhere, and return what the device answers at once."""
        ...

    def step(self, vitals: Vitals) -> bytes:
        """The bytes that the device sends in this step; may be none."""
        ...


@runtime_checkable
class SqueezingEmulator(Protocol):
    """What the emulator of a cuff adds."""

    pressure: float
    """In the cuff now, mmHg."""


class PortSettings(msgspec.Struct, frozen=True):
    """Serial line settings. Software flow control is always off: payload bytes 11 and 13 (hex) would be eaten."""

    baud: int
    parity: str = "N"
    stop_bits: int = 1


class ProtocolInfo(msgspec.Struct, frozen=True):
    """A line of the registry."""

    name: str
    title: str
    kind: str
    """``oximeter`` or ``cuff``."""
    port: PortSettings
    decoder: Callable[[str, Quality], Decoder]
    emulator: Callable[[], Emulator]
    stream: bool
    """True when the device sends all the time, so that silence is a fault."""
    select: Callable[[str, Quality], Decoder] | None = None
    """The decoder for a device that must first be told to use this format; ``None`` where that does not exist."""
