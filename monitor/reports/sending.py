"""Sessions of the record to a receiver of HL7 messages; what it did not acknowledge does not count as sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from monitor.config import Config, Hl7Settings, address_problem
from monitor.hl7.mllp import Delivery, send
from monitor.record.reader import RecordReader
from monitor.reports.export import ExportProblem, Kept, problems_of, read
from monitor.reports.formats import demand_beginning
from monitor.reports.hl7 import oru_messages
from monitor.reports.kinds import Format


class Sent(NamedTuple):
    """What became of a session's messages, and what of its record is damaged and therefore missing in them."""

    session: str
    messages: int
    delivery: Delivery
    damaged: tuple[str, ...]

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
    if problem := address_problem(address):
        raise ExportProblem(f"--send {address}: {problem}.")
    return Hl7Settings(address).host_and_port


def send_one(reader: RecordReader, config: Config, session: str, address: tuple[str, int]) -> Sent:
    """Send one session.

    Raises: ExportProblem for one that is not there, whose beginning is damaged, or that cannot be made; RecordError.
    """
    with problems_of(session, Format.HL7):
        found = read(reader, config, session)
        demand_beginning(found)
        messages = list(oru_messages(found))
    return Sent(session, len(messages), send(messages, address), found.damaged)


def send_all(
    reader: RecordReader, config: Config, sessions: Iterable[str], address: tuple[str, int]
) -> Iterator[Sent | Kept]:
    """Send one session after the other. One that cannot be sent keeps none of the others back; a receiver that does not
    answer ends it.

    Raises: RecordError.
    """
    for session in sessions:
        try:
            sent = send_one(reader, config, session, address)
        except ExportProblem as error:
            yield Kept(session, str(error))
            continue
        yield sent
        if sent.delivery.stopped is not None:
            return
