"""The alarm log and its statistics, asked for as the page's script asks, and what is no question at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from devices.readings import SECOND
from monitor.clinic.alarms.episodes import Episode, episodes
from monitor.clinic.events import (
    AlarmAcknowledged,
    AlarmChainTested,
    AlarmEnd,
    AlarmEnded,
    AlarmLatched,
    AlarmsPaused,
    AlarmsResumed,
    AlarmsSwitchedOff,
    AudioPaused,
    AudioResumed,
    AudioSwitchedOff,
)
from monitor.config import HOUSE, load
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.reports.words.alarm_words import condition_words, end_words, span_words
from monitor.web.alarm_log import PAGE_LENGTH, AlarmLog, LogRequest
from monitor.web.alarm_tables import MOST_TOLD, log
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
    started,
    words,
)
from tests.web.running import Running
from tests.web.test_server import CONFIG


def conditions(reader: RecordReader, **given: Any) -> list[str]:
    page = AlarmLog(reader).read(LogRequest(run=1, now=NOW, since=given.pop("since", 0), **given))
    return [line.episode.raised.condition for line in page.lines]


def test_a_line_tells_of_an_alarm_from_its_raise_to_its_answer(web: Running) -> None:
    text = words(log_page(web)["alarm-log"])
    line = "Room 1 K-1 SpO₂ 86 < 90 ▲▲▲ High 86 90 45 s cleared, answered after that nurse 2 1 min 00 s louder"
    assert line in text
    assert text.index("SYS 171 > 160") < text.index("sensor off") < text.index(line), "the newest stands first"
    assert "22 h 40 min still on –" in text


def test_an_alarm_whose_end_is_lost_does_not_go_on_for_ever(clinic: Path, web: Running) -> None:
    with RecordWriter(clinic) as writer:
        writer.append_events([over("b", "2", START + 2 * HOUR)])
    text = words(log_page(web, patient="K-2")["alarm-log"])
    assert "still on" not in text
    assert "– end not recorded –" in text


def test_times_are_left_to_the_browsers_clock(web: Running) -> None:
    assert f'data-at="{DESATURATION.onset}"' in str(log_page(web)["alarm-log"])


def test_alarms_of_chairside_itself_are_listed_and_are_no_patients_alarms(web: Running, reader: RecordReader) -> None:
    assert "Chairside – A message did not arrive ▲▲ Medium" in words(log_page(web)["alarm-log"])
    assert conditions(reader, room=HOUSE) == ["message.failed"]
    assert conditions(reader, priority="medium") == ["message.failed", "SYS.high"]
    assert conditions(reader, kind="technical") == ["message.failed", "oximeter.sensor_off"]
    alone = AlarmLog(reader).read(LogRequest(run=1, now=NOW, since=0, room=HOUSE))
    assert (alone.alarms, alone.figures.alarms, alone.figures.room_hours, alone.sessions) == (1, 0, 0, [])


def test_an_alarm_of_chairside_is_on_until_it_ends_also_over_a_restart(clinic: Path, reader: RecordReader) -> None:
    request = LogRequest(run=1, now=NOW, since=0, room=HOUSE)
    with RecordWriter(clinic) as writer:
        writer.append_events([started(START + 3 * HOUR)])
    assert [line.watched for line in AlarmLog(reader).read(request).lines] == [True]


def test_who_silenced_the_clinic_and_whether_the_chain_holds_is_told_of_the_chosen_time(
    clinic: Path, web: Running
) -> None:
    assert "Nothing in this time." in words(log_page(web)["alarm-log"])
    with RecordWriter(clinic) as writer:
        writer.append_events(
            [
                AudioPaused(at=START + HOUR, by="nurse 1", until=START + HOUR + 120 * SECOND),
                AudioSwitchedOff(at=START + 2 * HOUR, by="dr 1", role="clinician", reason="fire drill"),
                AudioResumed(at=START + 3 * HOUR, by="nurse 2", reason="ended by hand"),
                AlarmChainTested(at=START + 4 * HOUR, by="service", room=HOUSE, ms=None),
                AudioPaused(at=NOW + HOUR, by="nurse of tomorrow", until=NOW + HOUR),
            ]
        )
    text = words(log_page(web, room="1", since=START + 2 * HOUR)["alarm-log"])
    tested, resumed, off = (text.index(each) for each in ("FAILED", "on again · ended by hand · nurse 2", "fire drill"))
    assert tested < resumed < off, "the newest stands first"
    assert "nurse 1" not in text, "that was before the chosen time"
    assert "tomorrow" not in text
    assert "Audio paused by nurse 1" in words(log_page(web)["alarm-log"])


def test_whose_alarms_were_silenced_is_told_of_the_patients_who_were_asked_for(clinic: Path, web: Running) -> None:
    off = AlarmsSwitchedOff(
        at=START, by="nurse 1", room="1", session="a", condition="SpO2.low", role="nurse", reason="nail polish"
    )
    on = AlarmsResumed(at=START, by="nurse 2", room="1", session="a", condition="SpO2.low", reason="ended by hand")
    with RecordWriter(clinic) as writer:
        writer.append_events(
            [AlarmsPaused(at=START, by="nurse 1", room="1", session="a", until=START + 120 * SECOND), off, on]
        )
    text = " ".join(words(log_page(web, patient="K-1")["alarm-log"]).split())
    assert "All alarms paused of K-1 for 120 s · nurse 1" in text
    assert "Alarm “SpO₂ low” off of K-1 · nail polish · nurse 1" in text
    assert "Alarm “SpO₂ low” of K-1 on again · ended by hand · nurse 2" in text
    assert "nail polish" not in words(log_page(web, patient="K-2")["alarm-log"])


def test_of_many_things_that_happened_the_newest_are_told_and_how_many_there_are(clinic: Path, web: Running) -> None:
    with RecordWriter(clinic) as writer:
        writer.append_events([started(START + number * SECOND, f"0.{number}") for number in range(MOST_TOLD + 1)])
    text = words(log_page(web)["alarm-log"])
    assert f"The newest {MOST_TOLD} of {MOST_TOLD + 1}." in text
    assert f"Chairside 0.{MOST_TOLD} started" in text
    assert "Chairside 0.0 started" not in text


@pytest.mark.parametrize(
    ("choice", "found"),
    [
        ({}, ["message.failed", "SYS.high", "oximeter.sensor_off", "SpO2.low"]),
        ({"room": "1"}, ["oximeter.sensor_off", "SpO2.low"]),
        ({"patient": " k-2 "}, ["SYS.high"]),
        ({"patient": "K-"}, []),
        ({"priority": "high"}, ["SpO2.low"]),
        ({"condition": "SpO2"}, ["SpO2.low"]),
        ({"condition": "SpO2.low"}, ["SpO2.low"]),
        ({"condition": "SpO2.lo"}, []),
        ({"condition": "oximeter"}, ["oximeter.sensor_off"]),
        ({"kind": "physiological"}, ["SYS.high", "SpO2.low"]),
        ({"unanswered": True}, ["message.failed", "SYS.high", "oximeter.sensor_off"]),
        ({"since": START + HOUR}, ["message.failed", "SYS.high"]),
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
    request = LogRequest(run=1, now=NOW, since=0, kind="physiological")
    assert log.read(request).lines[0].episode.acknowledged is None
    with RecordWriter(clinic) as writer:
        writer.append_events([of(PRESSURE, AlarmAcknowledged, 20, by="nurse 1")])
    answered = log.read(request).lines[0].episode.acknowledged
    assert answered is not None
    assert answered.by == "nurse 1"
    narrow = LogRequest(run=2, now=NOW, since=START + HOUR, kind="physiological")
    assert len(log.read(narrow).lines) == 1
    assert len(log.read(request).lines) == 2, "a longer time must come back whole"


def test_pages_hold_every_alarm_once(clinic: Path, reader: RecordReader) -> None:
    many = [raised(START + HOUR + number * SECOND, f"x.{number}") for number in range(2 * PAGE_LENGTH)]
    with RecordWriter(clinic) as writer:
        writer.append_events(many)
    log = AlarmLog(reader)
    pages = [log.read(LogRequest(run=1, now=NOW, since=0, page=number)) for number in range(3)]
    seen = [line.episode.raised.seq for page in pages for line in page.lines]
    assert len(seen) == len(set(seen)) == 2 * PAGE_LENGTH + 4
    assert [page.pages for page in pages] == [3, 3, 3]
    with RecordWriter(clinic) as writer:
        writer.append_events([raised(NOW + SECOND, "x.later")])
    again = log.read(LogRequest(run=2, now=NOW, since=0, page=1))
    assert again.lines == pages[1].lines, "an alarm that comes meanwhile shifts no page"
    beyond = log.read(LogRequest(run=1, now=NOW, since=0, page=99))
    assert (beyond.page, len(beyond.lines)) == (2, 4)


def test_turning_a_page_leaves_figures_and_chosen_sessions_alone(web: Running) -> None:
    assert set(log_page(web, page=0, only_list=True)) == {"alarm-log"}


def test_more_than_can_be_read_is_said_and_the_hours_are_those_of_what_was_read(reader: RecordReader) -> None:
    page = AlarmLog(reader, most_events=4).read(LogRequest(run=1, now=NOW, since=0))
    told = [line.episode.raised.condition for line in page.lines]
    assert told == ["message.failed", "SYS.high", "oximeter.sensor_off"]
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
        web.sign_in(tmp_path)
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


def test_every_end_has_words_of_its_own() -> None:
    ends = [episodes([DESATURATION, of(DESATURATION, AlarmEnded, 45, how=how)])[0] for how in AlarmEnd]
    told = {end_words(Episode(DESATURATION), watched=True), *(end_words(each, watched=True) for each in ends)}
    assert len(told) == len(AlarmEnd) + 1
    assert all(told)


@pytest.mark.parametrize("how", list(AlarmEnd))
def test_a_latched_alarm_waits_for_an_answer_while_somebody_can_give_one(how: AlarmEnd) -> None:
    (latched,) = episodes([DESATURATION, of(DESATURATION, AlarmLatched, 45, how=how)])
    assert end_words(latched, watched=True) == "over, waits for an answer"
    assert end_words(latched, watched=False) == "end not recorded"
