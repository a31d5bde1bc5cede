"""A receiver of HL7 messages on a real port, as well or badly behaved as a test wants."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from types import TracebackType
from typing import Self

Answer = Callable[["Receiver", socket.socket, bytes], None]
"""What is done with a message that came."""


def control_id(message: bytes) -> str:
    return message.split(b"\r")[0].split(b"|")[9].decode()


def acknowledgement(code: str, of: str, *more: str) -> bytes:
    segments = [f"MSH|^~\\&|EHR|HOSPITAL|||20270115||ACK^R01|A{of}|P|2.6", f"MSA|{code}|{of}", *more]
    return b"\x0b" + "".join(f"{segment}\r" for segment in segments).encode() + b"\x1c\r"


def answer(code: str, *more: str) -> Answer:
    return lambda _, connection, message: connection.sendall(acknowledgement(code, control_id(message), *more))


accept = answer("AA")


def split(*places: int) -> Answer:
    """Accept, with the answer cut at these places."""

    def accept_in_pieces(_: Receiver, connection: socket.socket, message: bytes) -> None:
        whole = acknowledgement("AA", control_id(message))
        for begin, end in zip((0, *places), (*places, len(whole)), strict=True):
            connection.sendall(whole[begin:end])

    return accept_in_pieces


def say(data: bytes) -> Answer:
    return lambda _, connection, __: connection.sendall(data)


def hang(receiver: Receiver, _: socket.socket, __: bytes) -> None:
    receiver.closed.wait()


def drip(receiver: Receiver, connection: socket.socket, _: bytes) -> None:
    """Begin an answer and never come to its end."""
    connection.sendall(b"\x0bMSH|")
    while not receiver.closed.wait(0.1):
        connection.sendall(b"x")


def half_and_close(_: Receiver, connection: socket.socket, message: bytes) -> None:
    connection.sendall(acknowledgement("AA", control_id(message))[:-9])
    connection.close()


def half_and_hang(receiver: Receiver, connection: socket.socket, message: bytes) -> None:
    connection.sendall(acknowledgement("AA", control_id(message))[:-9])
    receiver.closed.wait()


def close(_: Receiver, connection: socket.socket, __: bytes) -> None:
    connection.close()


def reset(_: Receiver, connection: socket.socket, __: bytes) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Receiver:
    """``answers`` are for one message after the other, the last of them for all that follow."""

    def __init__(self, answers: Iterable[Answer] = (accept,), port: int = 0) -> None:
        self.messages: list[bytes] = []
        """What came, also what came twice."""
        self.connections = 0
        self.closed = threading.Event()
        self._came = threading.Condition()
        self._answers = list(answers)
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", port))
        self.address: tuple[str, int] = self._server.getsockname()
        self._threads = [threading.Thread(target=self._listen, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Answer nobody any more."""
        self.closed.set()
        for each in (self._server, *self._open):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(5)

    def wait_for(self, count: int, within_s: float = 20) -> list[bytes]:
        """The messages, as soon as there are so many."""
        with self._came:
            assert self._came.wait_for(lambda: len(self.messages) >= count, within_s), f"{len(self.messages)} came"
        return self.messages

    def _listen(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._server.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self.connections += 1
                self._open.append(connection)
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                self._threads.append(thread)
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        waiting = b""
        with suppress(OSError):
            while data := connection.recv(65536):
                *frames, waiting = (waiting + data).split(b"\x1c\r")
                for frame in frames:
                    assert frame[:1] == b"\x0b"
                    self._take(connection, frame[1:])

    def _take(self, connection: socket.socket, message: bytes) -> None:
        with self._came:
            self.messages.append(message)
            do = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
            self._came.notify_all()
        do(self, connection, message)
