"""Commands on one session wait for each other: what is still on its way to the disk is known to none of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from devices.readings import Metric
from monitor.clinic.events import AnyEvent
from monitor.clinic.treatment.events import Amended, DeviceGiven, Signed
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.service.bus import BusAddress
from monitor.service.messages import AnyCommand, Outcome
from monitor.service.service import Service
from monitor.service.treatment_messages import Amend, MarkArtefact, Review, SignAgain, SubmitForm
from tests.reports.recorded import record
from tests.reports.scripted import SESSION, at, whole, without
from tests.service.clinic import ask_now, write_config

OTHER = "07e5" * 8
WAITS = "The step before this one is still being saved. Try again."
ALL = 10**6
"""As who has seen all there is."""


class Held:
    """A service whose loop the test turns, and whose recorder writes nothing until it is let go."""

    def __init__(self, folder: Path) -> None:
        self._address = BusAddress.create(folder)
        self._service = Service(load(write_config(folder, {"1": ""})), folder, self._address)
        self._people = ThreadPoolExecutor()

    def ask(self, command: AnyCommand) -> Future[Outcome]:
        """Somebody asks, and the service takes it in."""
        asked = self._people.submit(ask_now, self._address, command, "Dr. 1", 10.0, "clinician", signed=True)
        self._service._answer(10_000)
        return asked

    def let_go(self, waiting: int = 1) -> None:
        """Let the recorder write the changes that wait, and the service hear of each."""
        self._service._recorder.start()
        for _ in range(waiting):
            then, events = self._service._recorder.completions.get(timeout=10)
            then(events)

    def close(self) -> None:
        self._people.shutdown()
        self._service._recorder.stop()
        self._service._commands.close()
        self._service._publisher.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two sessions that are over and wait for a signature."""
    record(tmp_path, without(whole(), Signed))
    record(tmp_path, without(whole(), Signed), OTHER)
    return tmp_path


@pytest.fixture
def held(folder: Path) -> Iterator[Held]:
    service = Held(folder)
    yield service
    service.close()


def told(folder: Path) -> list[AnyEvent]:
    with RecordReader(folder) as reader:
        return reader.events()


def correction(folder: Path, session: str = SESSION) -> Amend:
    """In words, so that nothing about it is unusual."""
    first = next(each.seq for each in told(folder) if isinstance(each, DeviceGiven) and each.session == session)
    return Amend(session=session, corrects=first, text="Spilt", reason="Seen at once")


@pytest.mark.parametrize(
    "command",
    [
        SignAgain(session=SESSION, seen=ALL),
        SubmitForm(session=SESSION, seen=ALL),
        MarkArtefact(session=SESSION, start=at(52), end=at(54), metrics=(Metric.SPO2,), reason="moved"),
        Review(session=SESSION, text="Tolerated well"),
    ],
)
def test_nothing_is_said_of_a_session_while_its_correction_is_on_its_way(
    folder: Path, held: Held, command: AnyCommand
) -> None:
    amended = held.ask(correction(folder))
    outcome = held.ask(command).result()
    assert (outcome.done, outcome.text) == (False, WAITS), "it was judged without the correction"
    held.let_go()
    assert amended.result().done
    assert isinstance(told(folder)[-1], Amended)


def test_of_two_corrections_at_once_the_second_waits_for_the_first(folder: Path, held: Held) -> None:
    first, second = held.ask(correction(folder)), held.ask(correction(folder))
    assert second.result().text == WAITS
    held.let_go()
    assert first.result().done
    assert held.ask(Review(session=SESSION, text=" ")).result().field == "text", "it waits for ever"


def test_another_session_does_not_wait(folder: Path, held: Held) -> None:
    held.ask(correction(folder))
    other = held.ask(correction(folder, OTHER))
    held.let_go(2)
    assert other.result(10).done
