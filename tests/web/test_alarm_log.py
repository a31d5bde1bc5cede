"""The alarm log and its statistics, asked for as the page's script asks, and what is no question at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from devices.readings import SECOND
from monitor.clinic.alarms.episodes import episodes
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmEnd,
    AlarmEnded,
    AlarmLatched,
)
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.web.alarm_log import PAGE_LENGTH, AlarmLog, LogRequest
from monitor.web.alarm_tables import log
from monitor.web.alarm_words import condition_words, end_words, span_words
from monitor.web.server import create_app
from tests.record.examples import sql
from tests.web.recorded_alarms import (
    DESATURATION,
    HOUR,
    LOG,
    NOW,
    PRESSURE,
    SENSOR_OFF,
    START,
    WHAT_IF,
    asked,
    log_page,
    of,
    over,
    raised,
    record,
    words,
)
from tests.web.running import Running
from tests.web.test_server import CONFIG


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    record(tmp_path)
    return tmp_path


@pytest.fixture
def reader(clinic: Path) -> Iterator[RecordReader]:
    with RecordReader(clinic) as opened_reader:
        yield opened_reader


@pytest.fixture
def web(clinic: Path) -> Iterator[Running]:
    with Running(create_app(load(clinic / "config.toml"), clinic)) as client:
        yield client


def conditions(reader: RecordReader, **given: Any) -> list[str]:
    page = AlarmLog(reader).read(LogRequest(run=1, now=NOW, since=given.pop("since", 0), **given))
    return [line.episode.raised.condition for line in page.lines]


def test_a_line_tells_of_an_alarm_from_its_raise_to_its_answer(web: Running) -> None:
    text = words(log_page(web)["alarm-log"])
    line = "Room 1 K-1 SpO₂ 86 < 90 ▲▲▲ High 86 90 45 s cleared, latched until answered nurse 2 1 min 00 s louder"
    assert line in text
    assert text.index("SYS 171 > 160") < text.index("sensor off") < text.index(line), "the newest stands first"
    assert "22 h 40 min still on –" in text


def test_an_alarm_whose_end_is_lost_does_not_go_on_for_ever(clinic: Path, web: Running) -> None:
    with RecordWriter(clinic) as writer:
        writer.append_events([over("b", "2", START + 2 * HOUR)])
    text = words(log_page(web)["alarm-log"])
    assert "still on" not in text
    assert "– end not recorded –" in text


def test_times_are_left_to_the_browsers_clock(web: Running) -> None:
    assert f'data-at="{DESATURATION.onset}"' in str(log_page(web)["alarm-log"])


def test_alarms_of_chairside_itself_are_no_patients_alarms(reader: RecordReader) -> None:
    assert conditions(reader) == ["SYS.high", "oximeter.sensor_off", "SpO2.low"]


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ({"room": "1"}, ["oximeter.sensor_off", "SpO2.low"]),
        ({"patient": " k-2 "}, ["SYS.high"]),
        ({"patient": "K-"}, []),
        ({"priority": "high"}, ["SpO2.low"]),
        ({"condition": "SpO2"}, ["SpO2.low"]),
        ({"condition": "SpO2.low"}, ["SpO2.low"]),
        ({"condition": "SpO2.lo"}, []),
        ({"condition": "oximeter"}, ["oximeter.sensor_off"]),
        ({"kind": "physiological"}, ["SYS.high", "SpO2.low"]),
        ({"kind": "technical"}, ["oximeter.sensor_off"]),
        ({"unanswered": True}, ["SYS.high", "oximeter.sensor_off"]),
        ({"since": START + HOUR}, ["SYS.high"]),
        ({"room": "1", "unanswered": True, "priority": "low"}, ["oximeter.sensor_off"]),
        ({"since": NOW - 1}, []),
    ],
)
def test_the_log_holds_what_was_chosen(reader: RecordReader, choice: dict[str, Any], found: list[str]) -> None:
    assert conditions(reader, **choice) == found


def test_the_figures_follow_the_choice_and_hours_of_other_rooms_do_not_count(reader: RecordReader) -> None:
    log = AlarmLog(reader)
    whole = log.read(LogRequest(run=1, now=NOW, since=0)).figures
    assert (whole.alarms, whole.room_hours, whole.acknowledged) == (3, 25.0, 1)
    first_room = log.read(LogRequest(run=1, now=NOW, since=0, room="1")).figures
    assert (first_room.alarms, first_room.room_hours, first_room.per_room_hour) == (2, 2.0, 1.0)
    last_hour = log.read(LogRequest(run=1, now=START + 2 * HOUR, since=START + HOUR)).figures
    assert last_hour.room_hours == 2.0


def test_what_is_recorded_meanwhile_is_in_the_next_answer(clinic: Path, reader: RecordReader) -> None:
    log = AlarmLog(reader)
    request = LogRequest(run=1, now=NOW, since=0)
    assert log.read(request).lines[0].episode.acknowledged is None
    with RecordWriter(clinic) as writer:
        writer.append_events([of(PRESSURE, AlarmAcknowledged, 20, by="nurse 1")])
    answered = log.read(request).lines[0].episode.acknowledged
    assert answered is not None
    assert answered.by == "nurse 1"
    narrow = LogRequest(run=2, now=NOW, since=START + HOUR)
    assert len(log.read(narrow).lines) == 1
    assert len(log.read(request).lines) == 3, "a longer time must come back whole"


def test_pages_hold_every_alarm_once(clinic: Path, reader: RecordReader) -> None:
    many = [raised(START + HOUR + number * SECOND, f"x.{number}") for number in range(2 * PAGE_LENGTH)]
    with RecordWriter(clinic) as writer:
        writer.append_events(many)
    log = AlarmLog(reader)
    pages = [log.read(LogRequest(run=1, now=NOW, since=0, page=number)) for number in range(3)]
    seen = [line.episode.raised.seq for page in pages for line in page.lines]
    assert len(seen) == len(set(seen)) == 2 * PAGE_LENGTH + 3
    assert [page.pages for page in pages] == [3, 3, 3]
    with RecordWriter(clinic) as writer:
        writer.append_events([raised(NOW + SECOND, "x.later")])
    again = log.read(LogRequest(run=2, now=NOW, since=0, page=1))
    assert again.lines == pages[1].lines, "an alarm that comes meanwhile shifts no page"
    beyond = log.read(LogRequest(run=1, now=NOW, since=0, page=99))
    assert (beyond.page, len(beyond.lines)) == (2, 3)


def test_turning_a_page_leaves_figures_and_chosen_sessions_alone(web: Running) -> None:
    assert set(log_page(web, page=0, only_list=True)) == {"alarm-log"}


def test_more_than_can_be_read_is_said_and_the_hours_are_those_of_what_was_read(reader: RecordReader) -> None:
    page = AlarmLog(reader, most_events=3).read(LogRequest(run=1, now=NOW, since=0))
    assert [line.episode.raised.condition for line in page.lines] == ["SYS.high", "oximeter.sensor_off"]
    assert page.since == SENSOR_OFF.at
    assert page.figures.room_hours == pytest.approx(100 / 60 + 23)
    assert "Too many to read at once" in str(log(page, 1, NOW, str))


def test_a_damaged_event_is_told_and_the_rest_is_listed(clinic: Path, web: Running) -> None:
    sql(clinic, "UPDATE event SET body = replace(body, 'sensor off', 'sensor on') WHERE seq = 7")
    text = words(log_page(web)["alarm-log"])
    assert "A part of the record is damaged and was left out." in text
    assert "sensor o" not in text
    assert "SpO₂ 86 < 90" in text


def test_a_record_that_cannot_be_read_is_said_not_shown_as_no_alarms(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    with Running(create_app(load(tmp_path / "config.toml"), tmp_path)) as web:
        text = words(log_page(web)["alarm-log"])
        assert "The record cannot be read now" in text
        assert "No alarm" not in text
        tried = asked(
            web, WHAT_IF, "what-if-request", {"run": 1, "now": NOW, "sessions": ["a"], "settings": {"SpO2.low": "88"}}
        )
        assert "The record cannot be read now" in words(tried["what-if-result"])


@pytest.mark.parametrize(
    "data",
    [
        None,
        5,
        [],
        {},
        {"run": 1, "now": NOW},
        {"run": 1, "now": NOW, "since": -1},
        {"run": 1, "now": NOW, "since": "0"},
        {"run": 1, "now": 2**60, "since": 0},
        {"run": 1, "now": NOW, "since": 0, "page": -1},
        {"run": 1, "now": NOW, "since": 0, "room": "x" * 65},
        {"run": 1, "now": NOW, "since": 0, "priority": "urgent"},
        {"run": 1, "now": NOW, "since": 0, "nothing": 1},
    ],
)
def test_a_question_that_is_none_is_answered_in_words(web: Running, data: object) -> None:
    assert words(asked(web, LOG, "alarm-log-request", data)["alarm-log"]) == "This cannot be listed."
    assert words(asked(web, WHAT_IF, "what-if-request", data)["what-if-result"]) == "This cannot be tried."


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("SpO2.low", "SpO₂ low"),
        ("SYS.high.severe", "SYS high severe"),
        ("PR.stuck", "PR stuck"),
        ("oximeter.sensor_off", "Oximeter sensor off"),
        ("symptom.chest_pain", "Chest pain"),
        ("overdue.nibp", "Overdue nibp"),
        ("x", "X"),
    ],
)
def test_conditions_are_told_in_words(condition: str, said: str) -> None:
    assert condition_words(condition) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 s"), (59.6, "1 min 00 s"), (59.4, "59 s"), (72, "1 min 12 s"), (3599, "59 min 59 s"), (7500, "2 h 05 min")],
)
def test_spans_are_told_to_the_second(seconds: float, said: str) -> None:
    assert span_words(round(seconds * SECOND)) == said


@pytest.mark.parametrize("how", list(AlarmEnd))
def test_every_end_has_words_of_its_own(how: AlarmEnd) -> None:
    (ended,) = episodes([DESATURATION, of(DESATURATION, AlarmEnded, 45, how=how)])
    (latched,) = episodes([DESATURATION, of(DESATURATION, AlarmLatched, 45, how=how)])
    told = end_words(ended, session_open=True)
    assert told
    assert told != "still on"
    assert end_words(latched, session_open=True) == "over, waits for an answer"
    assert end_words(latched, session_open=False) == "end not recorded"
