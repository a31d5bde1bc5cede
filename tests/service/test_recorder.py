from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devices.readings import SECOND, Metric, Numeric
from monitor.clinic.events import (
    AnyEvent,
    NoteWritten,
    Phase,
    PhaseEntered,
    RecordingResumed,
    RecordingStopped,
    SessionOpened,
)
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.service.recorder import Recorder

AT = 1_700_000_000 * SECOND


def note(text: str) -> NoteWritten:
    return NoteWritten(at=AT, by="nurse 1", room="1", session="s", text=text)


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[Recorder]:
    recorder = Recorder(RecordWriter(tmp_path), lambda: AT, lambda: AT)
    recorder.start()
    yield recorder
    recorder.stop()


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow, as on a disk without space."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def answer_of(recorder: Recorder, send: Callable[[Callable[[list[AnyEvent] | None], None]], None]) -> bool:
    """Whether the events were kept, as the sender is told."""
    told: list[bool] = []
    send(lambda events: told.append(events is not None))
    then, events = recorder.completions.get(timeout=10)
    then(events)
    return told[0]


def wait_until(true: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until, "the recorder did not get there in time"
        time.sleep(0.01)


def test_a_click_is_answered_when_it_is_kept(recorder: Recorder, tmp_path: Path) -> None:
    assert answer_of(recorder, lambda then: recorder.ask([note("kept")], then))
    assert [event.text for event in RecordReader(tmp_path).events() if isinstance(event, NoteWritten)] == ["kept"]


def test_on_a_full_disk_a_click_is_refused_and_an_alarm_waits(recorder: Recorder, tmp_path: Path) -> None:
    with full_disk():
        assert not answer_of(recorder, lambda then: recorder.ask([note("a click")], then))
        assert recorder.problem, "the screens are not told that nothing is kept"
        assert not answer_of(recorder, lambda then: recorder.happened([note("an alarm")], then))
        recorder.measured(AT, [("1", None, Numeric(Metric.SPO2, 97, AT, AT))])
    wait_until(lambda: not recorder.problem)
    events = RecordReader(tmp_path).events()
    assert [event.text for event in events if isinstance(event, NoteWritten)] == ["an alarm"]
    assert {RecordingStopped, RecordingResumed} <= {type(event) for event in events}, "the gap is not marked"
    assert len(RecordReader(tmp_path).tail("1", AT - SECOND)) == 1, "a measured second is lost"


def test_what_contradicts_the_record_does_not_stop_it(recorder: Recorder) -> None:
    opened = SessionOpened(
        at=AT,
        by="nurse 1",
        room="1",
        session="s",
        patient="K-1",
        weight_kg=70,
        protocol="p",
        dose_mg=56,
        cuff_interval_s=None,
    )
    assert answer_of(recorder, lambda then: recorder.ask([opened], then))
    assert not answer_of(recorder, lambda then: recorder.happened([opened], then))
    assert answer_of(recorder, lambda then: recorder.ask([note("the next")], then))


def test_a_bad_event_takes_no_good_one_along(recorder: Recorder, tmp_path: Path) -> None:
    unknown = PhaseEntered(at=AT, by="nurse 1", room="1", session="never opened", phase=Phase.DOSING)
    recorder.happened([note("before"), unknown, note("after")], lambda _: None)
    wait_until(lambda: len(RecordReader(tmp_path).events()) == 2)
    kept = [event.text for event in RecordReader(tmp_path).events() if isinstance(event, NoteWritten)]
    assert kept == ["before", "after"]


def test_seconds_that_have_piled_up_are_all_kept_in_their_order(tmp_path: Path) -> None:
    recorder = Recorder(RecordWriter(tmp_path), lambda: AT, lambda: AT)
    times = [AT + number * SECOND for number in range(20)]
    for at in times:
        recorder.measured(at, [("1", None, Numeric(Metric.SPO2, 97, at, at))])
        if at == times[9]:
            recorder.happened([note("between")], lambda _: None)
    assert recorder.behind == 21
    recorder.start()
    wait_until(lambda: not recorder.behind)
    reader = RecordReader(tmp_path)
    assert [each.at for each in reader.tail("1", AT - SECOND) if isinstance(each, Numeric)] == times
    assert [event.text for event in reader.events() if isinstance(event, NoteWritten)] == ["between"]
    recorder.stop()


def test_seconds_that_have_piled_up_wait_for_a_full_disk_and_are_kept(tmp_path: Path) -> None:
    recorder = Recorder(RecordWriter(tmp_path), lambda: AT, lambda: AT)
    for number in range(3):
        recorder.measured(AT + number * SECOND, [("1", None, Numeric(Metric.SPO2, 97, AT, AT))])
    with full_disk():
        recorder.start()
        wait_until(lambda: not recorder.behind)
        assert recorder.problem
    wait_until(lambda: not recorder.problem)
    assert len(RecordReader(tmp_path).tail("1", AT - SECOND)) == 3, "a measured second is lost"
    recorder.stop()
