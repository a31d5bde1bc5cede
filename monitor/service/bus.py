"""The local bus: live frames by publish and subscribe, commands by request and reply, on loopback with CURVE keys.

The address file in the data folder is readable by its owner only; who cannot read it knows no server key and gets
neither frames nor answers.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import msgspec
import zmq
import zmq.asyncio

from monitor.service.messages import Outcome, Request

FRAME_TOPIC = b"frame"
PORTS = range(20_000, 32_000)
MOST_LAG = 200
"""Messages a slow subscriber may lag behind; what comes after is dropped, and it asks for a snapshot."""


def wave_topic(room: str) -> bytes:
    """The topic of a room's waves. The closing slash keeps room 1 apart from room 10."""
    return f"wave/{room}/".encode()


class BusUnavailable(Exception):
    """Nobody answered in time; the service is away or restarting."""


class BusAddress(msgspec.Struct, frozen=True):
    """Where the processes of one clinic meet. Ports are TCP on loopback; keys are Z85 text."""

    frames_port: int
    commands_port: int
    simulator_port: int
    public_key: str
    secret_key: str

    @staticmethod
    def create(folder: Path) -> BusAddress:
        """Choose free ports and new keys, and leave them in the data folder for the other processes."""
        public, secret = zmq.curve_keypair()
        frames, commands, simulator = _free_ports(3)
        address = BusAddress(frames, commands, simulator, public.decode(), secret.decode())
        path = folder / "bus.json"
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(msgspec.json.encode(address))
        return address

    @staticmethod
    def load(folder: Path) -> BusAddress:
        """Read the address of the clinic that runs on this data folder.

        Raises: BusUnavailable if none has been started there.
        """
        try:
            return msgspec.json.decode((folder / "bus.json").read_bytes(), type=BusAddress)
        except (OSError, msgspec.DecodeError) as error:
            raise BusUnavailable(f"No Chairside runs on {folder}; start one with: python app.py serve") from error


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on, below those that systems give to outgoing connections and could take meanwhile."""
    ports: list[int] = []
    while len(ports) < count:
        port = secrets.choice(PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            if port not in ports:
                ports.append(port)
    return ports


def bind(context: zmq.Context[zmq.Socket[bytes]], kind: int, port: int, address: BusAddress) -> zmq.Socket[bytes]:
    """A server's end of the bus."""
    end = context.socket(kind)
    end.curve_secretkey = address.secret_key.encode()
    end.curve_publickey = address.public_key.encode()
    end.curve_server = True
    end.linger = 0
    end.sndhwm = MOST_LAG
    end.bind(f"tcp://127.0.0.1:{port}")
    return end


def connect(end: zmq.Socket[Any], port: int, address: BusAddress) -> None:
    """Make this a caller's end of the bus."""
    public, secret = zmq.curve_keypair()
    end.curve_publickey, end.curve_secretkey = public, secret
    end.curve_serverkey = address.public_key.encode()
    end.linger = 0
    end.reconnect_ivl = 50
    end.reconnect_ivl_max = 500
    end.connect(f"tcp://127.0.0.1:{port}")


class Frames:
    """A subscription to the live channel; reconnects by itself when the service was away."""

    def __init__(self, address: BusAddress) -> None:
        self._end = zmq.asyncio.Context.instance().socket(zmq.SUB)
        self._end.rcvhwm = MOST_LAG
        self._address = address

    async def __aenter__(self) -> Frames:
        connect(self._end, self._address.frames_port, self._address)
        self._end.subscribe(FRAME_TOPIC)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.close()

    def want(self, topic: bytes) -> None:
        """Receive this topic, too."""
        self._end.subscribe(topic)

    def unwant(self, topic: bytes) -> None:
        """Receive this topic no longer."""
        self._end.unsubscribe(topic)

    def __aiter__(self) -> Frames:
        return self

    async def __anext__(self) -> tuple[bytes, bytes]:
        topic, body = await self._end.recv_multipart()
        return topic, body


async def ask(address: BusAddress, request: Request, timeout_s: float = 5.0) -> Outcome:
    """Send a command to the service and wait for its outcome.

    Raises: BusUnavailable if no answer comes in time; the command may still have been carried out.
    """
    return await _ask(address, address.commands_port, request, timeout_s)


async def ask_simulator(address: BusAddress, request: Request, timeout_s: float = 5.0) -> Outcome:
    """Send a command to the simulator; as ``ask``."""
    return await _ask(address, address.simulator_port, request, timeout_s)


async def _ask(address: BusAddress, port: int, request: Request, timeout_s: float) -> Outcome:
    end = zmq.asyncio.Context.instance().socket(zmq.DEALER)
    try:
        connect(end, port, address)
        await end.send(msgspec.json.encode(request))
        body = await asyncio.wait_for(end.recv(), timeout_s)
    except TimeoutError as error:
        raise BusUnavailable("No answer in time; the service is away or restarting.") from error
    finally:
        end.close()
    return msgspec.json.decode(body, type=Outcome)


def read_request(parts: Sequence[bytes]) -> Request | Outcome:
    """The request in a message, or the refusal of one that is none."""
    try:
        return msgspec.json.decode(b"".join(parts), type=Request)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Outcome(False, f"The command cannot be read: {error}")


class CommandServer:
    """The answering end of request and reply; a caller waits in no queue of ours."""

    def __init__(self, context: zmq.Context[zmq.Socket[bytes]], port: int, address: BusAddress) -> None:
        self._end = bind(context, zmq.ROUTER, port, address)

    def waiting(self, timeout_ms: int) -> tuple[bytes, Request] | None:
        """The next request and who to answer, or ``None`` after the timeout. What cannot be read is refused here."""
        if not self._end.poll(timeout_ms):
            return None
        caller, *rest = self._end.recv_multipart()
        request = read_request(rest)
        if isinstance(request, Request):
            return caller, request
        self.answer(caller, request)
        return None

    def answer(self, caller: bytes, outcome: Outcome) -> None:
        """Tell the caller; one who has gone is nobody's problem."""
        with suppress(zmq.Again):
            self._end.send_multipart([caller, msgspec.json.encode(outcome)], flags=zmq.NOBLOCK)

    def close(self) -> None:
        """Release the port."""
        self._end.close()
