"""Sessions of the record to a receiver of HL7 messages; what it did not acknowledge does not count as sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from monitor.config import HOST_AND_PORT, Config, Hl7Settings
from monitor.hl7.mllp import Delivery, send
from monitor.record.reader import RecordReader
from monitor.reports.export import ExportProblem, read
from monitor.reports.hl7 import oru_messages


class Sent(NamedTuple):
    """What became of a session's messages."""

    session: str
    messages: int
    delivery: Delivery

    @property
    def whole(self) -> bool:
        """Whether the receiver accepted all of them."""
        return self.delivery.accepted == self.messages

    def __str__(self) -> str:
        told = f"session {self.session}: {self.delivery.accepted} of {self.messages} messages accepted"
        troubles = [str(each) for each in self.delivery.refused[:3]]
        if self.delivery.stopped is not None:
            troubles.append(f"stopped: {self.delivery.stopped}")
        return "; ".join([told, *troubles])


def receiver(address: str) -> tuple[str, int]:
    """Host and port. Raises: ExportProblem."""
    found = HOST_AND_PORT.fullmatch(address)
    if found is None or not 0 < int(found[2]) < 1 << 16:
        raise ExportProblem(f"--send {address}: write HOST:PORT.")
    return Hl7Settings(address).host_and_port


def send_all(reader: RecordReader, config: Config, sessions: Sequence[str], address: tuple[str, int]) -> Iterator[Sent]:
    """Send one session after the other; a receiver that does not answer ends it.

    Raises: ExportProblem for a session that is not there; RecordError.
    """
    for session in sessions:
        messages = list(oru_messages(read(reader, config, session)))
        sent = Sent(session, len(messages), send(messages, address))
        yield sent
        if sent.delivery.stopped is not None:
            return
