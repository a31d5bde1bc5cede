"""When something was, for everything that draws, lists or sends it; and what was written down from memory."""

from __future__ import annotations

import msgspec
import pytest

from monitor.clinic.events import AnyEvent, DoseStarted, NoteWritten, PressureTaken
from monitor.clinic.happened import happened_at, told_late
from monitor.clinic.treatment.events import BolusGiven, MedicineGiven
from tests.reports.scripted import at, cuff

WHO = "nurse 1"


@pytest.mark.parametrize(
    "event",
    [
        DoseStarted(at=at(36), by=WHO, given_at=at(30)),
        BolusGiven(at=at(36), by=WHO, given_at=at(30), mg=5),
        MedicineGiven(at=at(36), by=WHO, given_at=at(30), medicine="Ondansetron", dose="4 mg IV"),
        PressureTaken(at=at(36), by=WHO, measured_at=at(30), sys=141, dia=85, pr=None),
    ],
)
def test_what_is_told_later_stands_where_it_was_and_is_late(event: AnyEvent) -> None:
    assert happened_at(event) == at(30)
    assert told_late(event)


def test_nothing_told_at_once_or_sent_by_a_device_is_late() -> None:
    reading = cuff(30, 130, 80)
    sent_again = msgspec.structs.replace(reading, at=at(60))
    assert happened_at(sent_again) == reading.measured_at
    assert not told_late(sent_again)
    assert not told_late(NoteWritten(at=at(60), by=WHO, text="sleeps"))
    assert not told_late(MedicineGiven(at=at(35), by=WHO, given_at=at(30), medicine="Ondansetron", dose="4 mg IV"))
