"""Sends HL7 messages over TCP and believes only what the receiver acknowledged.

Frames are those of the minimal lower layer protocol (HL7 v2.x, MLLP release 1): 0B, message, 1C 0D. An answer names its
message by the control id; AA and CA accept, AE and CE mean that it could not be done now, AR and CR that it never will.
"""

from __future__ import annotations

import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import msgspec

from monitor.hl7.text import SEGMENT_END

BEGIN, END = b"\x0b", b"\x1c\r"
LONGEST_ANSWER = 64 * 1024
LONGEST_TEXT = 200
ACCEPTED, LATER, NEVER = ("AA", "CA"), ("AE", "CE"), ("AR", "CR")


class Patience(msgspec.Struct, frozen=True):
    """How long to wait for the connection and for each answer; and the pauses between the tries of a message, of which
    there is one more than pauses.
    """

    connect_s: float = 5.0
    answer_s: float = 10.0
    pauses_s: Sequence[float] = (1.0, 5.0, 15.0)


ORDINARY = Patience()


class Refused(msgspec.Struct, frozen=True):
    """The receiver took a message and does not want it. ``code`` is its MSA-1, ``text`` why."""

    control_id: str
    code: str
    text: str

    def __str__(self) -> str:
        return f"the receiver answered {self.code} to {self.control_id}: {self.text or 'it does not say why'}"


class Unanswered(msgspec.Struct, frozen=True):
    """Nobody knows whether a message arrived; it counts as not sent."""

    control_id: str
    problem: str

    def __str__(self) -> str:
        return self.problem


class Delivery(msgspec.Struct, frozen=True):
    """What became of messages. The first ``handled`` were accepted or refused; go on with the one after them."""

    accepted: int
    refused: tuple[Refused, ...] = ()
    stopped: Unanswered | None = None

    @property
    def handled(self) -> int:
        """How many need not be sent again."""
        return self.accepted + len(self.refused)


class Answer(msgspec.Struct, frozen=True):
    """An acknowledgement."""

    code: str
    control_id: str
    text: str

    @classmethod
    def parsed(cls, frame: bytes) -> Answer | None:
        """``None`` for what is not an acknowledgement."""
        segments = frame.decode("utf-8", "replace").replace("\n", SEGMENT_END).split(SEGMENT_END)
        if not segments[0].startswith("MSH") or len(segments[0]) < len("MSH|"):
            return None
        rows = [segment.split(segments[0][3]) for segment in segments]
        said = next((row for row in rows if row[0] == "MSA" and len(row) > 2), None)
        if said is None or said[1] not in ACCEPTED + LATER + NEVER:
            return None
        # MSA-3 was for a text up to version 2.6; ERR-8 is for people, ERR-7 for technicians, ERR-3 is the code.
        error: list[str] = next((row for row in rows if row[0] == "ERR"), [])
        texts = [*said[3:4], *(error[place] for place in (8, 7, 3) if len(error) > place)]
        text = next((_plain(text) for text in texts if text.strip()), "")
        return cls(said[1], said[2], text)


def _plain(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)[:LONGEST_TEXT].strip()


class Frames:
    """Cuts what arrives into frames, wherever it was cut on its way. What lies between frames is passed over."""

    def __init__(self) -> None:
        self._buffer = b""
        self._whole: deque[bytes] = deque()

    def feed(self, data: bytes) -> None:
        """Take bytes.

        Raises: ValueError when a frame is longer than any answer.
        """
        *whole, self._buffer = (self._buffer + data).split(END[:1])
        if len(self._buffer) > LONGEST_ANSWER:
            raise ValueError("it has no end")
        self._whole += [frame.rpartition(BEGIN)[2] for frame in whole if BEGIN in frame]

    def next(self) -> bytes | None:
        """The oldest frame that is whole and was not taken yet."""
        return self._whole.popleft() if self._whole else None


def framed(message: str) -> bytes:
    """The bytes of a message on the wire.

    Raises: ValueError for a message that would end the frame.
    """
    content = message.encode()
    if BEGIN in content or END[:1] in content:
        raise ValueError("a message with the bytes of a frame in it cannot be sent")
    return BEGIN + content + END


def control_id(message: str) -> str:
    """MSH-10 of a message."""
    return message.split(SEGMENT_END, 1)[0].split(message[3])[9]


class _Failed(Exception):
    """Why an exchange came to nothing, in plain words."""


class Sender:
    """Delivers messages one after the other over a connection that it makes anew when it breaks. ``wait`` pauses for so
    many seconds, and returns whether to give up.
    """

    def __init__(
        self, address: tuple[str, int], patience: Patience = ORDINARY, wait: Callable[[float], bool] | None = None
    ) -> None:
        self._address = address
        self._patience = patience
        self._wait = wait or _sleep
        self._connection: socket.socket | None = None
        self._frames = Frames()
        self._answered: str | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            with suppress(OSError):
                self._connection.close()
            self._connection = None

    def deliver(self, message: str) -> Refused | Unanswered | None:
        """Send until it is answered, as often as patience allows; ``None`` when it was accepted."""
        pauses = iter(self._patience.pauses_s)
        while True:
            problem = self._try(message)
            if problem is None or (isinstance(problem, Refused) and problem.code in NEVER):
                return problem
            pause_s = next(pauses, None)
            if pause_s is None or self._wait(pause_s):
                return problem

    def _try(self, message: str) -> Refused | Unanswered | None:
        own = control_id(message)
        try:
            answer = self._exchange(framed(message), own)
        except _Failed as failed:
            self.close()
            return Unanswered(own, str(failed))
        return None if answer.code in ACCEPTED else Refused(own, answer.code, answer.text)

    def _exchange(self, frame: bytes, own: str) -> Answer:
        """Send it and wait for its answer."""
        host, port = self._address
        where = f"{host} port {port}"
        try:
            connection = self._connected()
        except OSError as error:
            raise _Failed(f"no connection to {where}: {error.strerror or error}") from error
        except UnicodeError as error:
            raise _Failed(f"no connection to {where}: no computer can be called that") from error
        until = time.monotonic() + self._patience.answer_s
        try:
            connection.settimeout(self._patience.answer_s)
            connection.sendall(frame)
            answer = self._answer(connection, until)
            while answer.control_id == self._answered != own:
                answer = self._answer(connection, until)
        except TimeoutError as error:
            raise _Failed(f"{where} did not answer within {self._patience.answer_s:g} s") from error
        except OSError as error:
            raise _Failed(f"the connection to {where} broke: {error.strerror or error}") from error
        except ValueError as error:
            raise _Failed(f"{where} answers what is no acknowledgement: {error}") from error
        if answer.control_id != own:
            raise _Failed(f"{where} acknowledged another message than {own}")
        self._answered = own
        return answer

    def _connected(self) -> socket.socket:
        if self._connection is None:
            self._connection = socket.create_connection(self._address, self._patience.connect_s)
            self._frames, self._answered = Frames(), None
        return self._connection

    def _answer(self, connection: socket.socket, until: float) -> Answer:
        """The next acknowledgement that comes.

        Raises: TimeoutError, ConnectionError; ValueError for what is none.
        """
        while (frame := self._frames.next()) is None:
            left_s = until - time.monotonic()
            if left_s <= 0:
                raise TimeoutError
            connection.settimeout(left_s)
            data = connection.recv(4096)
            if not data:
                raise ConnectionResetError("it was closed before the answer was whole")
            self._frames.feed(data)
        answer = Answer.parsed(frame)
        if answer is None:
            raise ValueError("not understood")
        return answer


def send(
    messages: Sequence[str],
    address: tuple[str, int],
    patience: Patience = ORDINARY,
    wait: Callable[[float], bool] | None = None,
) -> Delivery:
    """Deliver messages in order. One that is refused is passed over, one that is not answered ends it: with the rest,
    ``messages[delivery.handled:]``, it can be gone on later.
    """
    accepted, refused = 0, list[Refused]()
    with Sender(address, patience, wait) as sender:
        for message in messages:
            problem = sender.deliver(message)
            if isinstance(problem, Unanswered):
                return Delivery(accepted, tuple(refused), problem)
            if isinstance(problem, Refused):
                refused.append(problem)
            else:
                accepted += 1
    return Delivery(accepted, tuple(refused))


def _sleep(seconds: float) -> bool:
    time.sleep(seconds)
    return False
