"""Ways to a device's bytes: serial ports and sockets through pyserial, and captured files.

A port is named by a URL or a device name, as pyserial takes it: ``/dev/ttyUSB0``, ``COM3``, ``/dev/pts/4``,
``socket://host:port``, ``rfc2217://host:port``; or ``file:PATH`` for a capture that is played at the line's own speed.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

import serial

from devices.adapter import PortSettings

READ_TIMEOUT_S = 0.05
"""How long a read gathers bytes. Long enough to cost little with 64 devices, short enough not to be seen."""

BITS_PER_BYTE = 10
"""Start bit, eight data bits, stop bit."""


class PortUnavailable(Exception):
    """The port cannot be opened or has gone; the text says why."""


class Transport(Protocol):
    """An open port."""

    def read(self, patience_s: float = READ_TIMEOUT_S) -> bytes:
        """What arrives within ``patience_s``; 0 takes what is there.

        Raises: PortUnavailable when the device was unplugged or the line is closed.
        """
        ...

    def write(self, data: bytes) -> None:
        """Send bytes.

        Raises: PortUnavailable as ``read``.
        """
        ...

    def close(self) -> None:
        """Release the port."""
        ...


def open_port(url: str, settings: PortSettings) -> Transport:
    """Open a port.

    Raises: PortUnavailable if it does not exist, is busy or may not be used.
    """
    if url.startswith("file:"):
        return _Capture(Path(url.removeprefix("file:")), settings)
    return _SerialPort(url, settings)


class _SerialPort:
    def __init__(self, url: str, settings: PortSettings) -> None:
        try:
            self._port = serial.serial_for_url(
                url,
                baudrate=settings.baud,
                parity=settings.parity,
                stopbits=settings.stop_bits,
                timeout=READ_TIMEOUT_S,
                write_timeout=1.0,
                xonxoff=False,
                rtscts=False,
                dsrdtr=False,
            )
        except (serial.SerialException, ValueError, LookupError, OSError) as error:
            # pyserial raises LookupError where it fails to word its own refusal.
            raise PortUnavailable(_plain(error)) from error

    def read(self, patience_s: float = READ_TIMEOUT_S) -> bytes:
        try:
            if patience_s != self._port.timeout:
                # Setting it configures a serial line anew.
                self._port.timeout = patience_s
            data: bytes = self._port.read(4096)
        except (serial.SerialException, OSError, TypeError) as error:
            # pyserial raises TypeError when a port is closed under a running read.
            raise PortUnavailable(_plain(error)) from error
        return data

    def write(self, data: bytes) -> None:
        try:
            self._port.write(data)
        except (serial.SerialException, OSError) as error:
            raise PortUnavailable(_plain(error)) from error

    def close(self) -> None:
        self._port.close()


class _Capture:
    """A captured byte stream, played at the line's speed; at its end the device is gone."""

    def __init__(self, path: Path, settings: PortSettings) -> None:
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise PortUnavailable(_plain(error)) from error
        self._chunk = max(1, round(settings.baud / BITS_PER_BYTE * READ_TIMEOUT_S))

    def read(self, patience_s: float = READ_TIMEOUT_S) -> bytes:
        time.sleep(patience_s)
        data = self._file.read(self._chunk)
        if not data:
            raise PortUnavailable("the capture is over")
        return data

    def write(self, data: bytes) -> None:
        """A capture does not listen."""

    def close(self) -> None:
        self._file.close()


def _plain(error: Exception) -> str:
    """The operating system's own words, without the address that the link names anyway."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    text = str(error)
    for words in ("No such file or directory", "Connection refused", "Permission denied", "Device or resource busy"):
        if words in text:
            return words.lower()
    return text or type(error).__name__
