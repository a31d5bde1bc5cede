"""The list of sessions: what each line tells, what is found, in which order, and what an address may ask."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from monitor.clinic.events import AlarmRaised, AnyEvent, Phase, SessionOpened
from monitor.clinic.priority import Priority
from monitor.clinic.treatment.events import Amended, FormSubmitted, Signed
from monitor.config import load
from monitor.people.saved_views import LONGEST_NAME, MOST
from monitor.record.finding import SORT_KEYS
from monitor.record.writer import RecordWriter
from monitor.web.server import create_app
from monitor.web.session_search import Search, search_of
from monitor.web.session_tables import COLUMNS, LAST_COLUMNS, USUAL_ORDER
from monitor.web.sessions_desk import PAGE_LENGTH, UNKNOWN
from tests.record.examples import sql
from tests.reports.lifelike import infusion, record_lifelike
from tests.reports.scripted import DOSE, SESSION, at, beginning, cuff, ended, in_order, opened, whole, without
from tests.web.markup import Seen
from tests.web.running import ORIGIN, Running
from tests.web.session_pages import DAY, NOTE, OPEN, listed, record_clinic, words
from tests.web.test_server import CONFIG

NOW = DOSE + 20 * DAY


def found(web: Running, query: dict[str, str] | None = None) -> list[str]:
    """The ids of the sessions on the page, in its order."""
    links = [marks.get("href") or "" for tag, marks in Seen(listed(web, query, NOW)).tags if tag == "a"]
    return [link.removeprefix("/sessions/") for link in links]


def shifted(events: list[AnyEvent], session: str, days: float, room: str = "1") -> list[AnyEvent]:
    told = in_order(events, session, room)
    return [msgspec.structs.replace(each, seq=0, at=each.at + round(days * DAY)) for each in told]


def alarm(minutes: float, priority: Priority) -> AlarmRaised:
    return AlarmRaised(
        at=at(minutes),
        by="service",
        condition=f"test.{priority}",
        priority=priority,
        text="test",
        since=at(minutes),
        onset=at(minutes),
    )


def of_patient(events: list[AnyEvent], patient: str) -> list[AnyEvent]:
    return [
        msgspec.structs.replace(each, patient=patient) if isinstance(each, SessionOpened) else each for each in events
    ]


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    record_clinic(tmp_path)
    return tmp_path


@pytest.fixture
def web(clinic: Path) -> Iterator[Running]:
    with Running(create_app(load(clinic / "config.toml"), clinic)) as client:
        client.sign_in(clinic)
        yield client


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Beside the two of the clinic, which ended and goes on on day 0: ``a`` aborted without a signature and with a high
    alarm on day 3, ``b`` an infusion on day 5, ``c`` corrected after its signature and sent, on day 14. Nothing changes
    it.
    """
    folder = tmp_path_factory.mktemp("ward")
    record_clinic(folder)
    aborted = [*beginning(), cuff(20, 170, 100), alarm(20, Priority.HIGH), ended(30, Phase.ABORTED)]
    corrected = Amended(at=at(150), by="nurse 1", corrects=3, text="-", reason="-", role="nurse")
    sent = [*whole(), corrected, FormSubmitted(at=at(200), by="nurse 1")]
    with RecordWriter(folder) as writer:
        writer.append_events(shifted(of_patient(aborted, "Z-9"), "a", 3, room="2"))
        writer.append_events(shifted([*infusion(), alarm(9, Priority.LOW)], "b", 5))
        writer.append_events(shifted(sent, "c", 14))
    with Running(create_app(load(folder / "config.toml"), folder)) as client:
        client.sign_in(folder)
        yield client


# ---- a line


def test_a_line_tells_what_a_clinician_looks_for(clinic: Path, web: Running) -> None:
    record_lifelike(clinic, session="abc", later=-DAY)
    text = words(listed(web))
    told = "K-117 SIMULATED Esketamine nasal, US 84 mg Room 1 150/92 +22/+13 86"
    assert told in text
    line = text[text.index(told) :]
    assert re.search(r" 86 (\d+ s|1 min \d+ s) ▲▲▲ ?1 high ▲▲ ?1 medium", line)
    assert "SpO₂ of 126 min: lowest 86 % at" in line
    assert "2 min without a value" in line, "the minute in doubt, and the last one, which has only begun"
    assert "Discharged 2 h 25 min Signed due in 5 d" in line


def test_a_session_that_goes_on_says_so_and_is_not_called_unsigned(web: Running) -> None:
    text = words(listed(web))
    assert "goes on: dosing figures so far – after the session" in text


def test_what_is_not_counted_yet_is_no_number(clinic: Path, web: Running) -> None:
    sql(clinic, "DELETE FROM glance")
    html = listed(web)
    row = html[html.index(f'data-session="{SESSION}"') :].partition("</tr>")[0]
    assert row.count("Not counted yet") == 7
    assert "<svg" not in row
    assert f'data-session="{SESSION}"' not in listed(web, {"alarms": "none"}), "nobody knows that there was none"
    assert f'data-session="{SESSION}"' not in listed(web, {"signature": "signed"})


def test_damage_is_marked_in_place_of_a_number(clinic: Path, web: Running) -> None:
    record_lifelike(clinic, session="abc", later=-DAY)
    sql(clinic, "UPDATE chunk SET body = rotten(body) WHERE metric = 'SpO2'")
    with RecordWriter(clinic) as writer:
        late = Signed(
            at=at(500), by="Dr. 1", room="1", session="abc", role="clinician", meaning="x", covers=1, digest=""
        )
        writer.append_events([late])
    html = listed(web)
    row = html[html.index('data-session="abc"') :].partition("</tr>")[0]
    assert words(row).count("damaged") == 1
    assert "150/92" in row


def test_nothing_typed_acts_on_the_list(clinic: Path, web: Running) -> None:
    """Codes are checked when a session is opened; an older record may hold anything."""
    with RecordWriter(clinic) as writer:
        writer.append_events(shifted([opened(patient="<b>K</b>\"'"), cuff(1, 120, 80)], "d", 1))
    html = listed(web)
    assert "<b>K" not in html
    assert "<b>K</b>\"'" in words(html)


# ---- what is found


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({}, ["c", "a", SESSION, "b", OPEN]),
        ({"patient": "z-"}, ["a"]),
        ({"patient": " K-117 "}, ["c", SESSION, OPEN]),
        ({"patient": "%"}, []),
        ({"protocol": "iv_ketamine"}, ["b"]),
        ({"protocol": "drug:Esketamine"}, ["c", "a", SESSION, OPEN]),
        ({"protocol": "drug:None"}, []),
        ({"room": "2"}, ["a"]),
        ({"alarms": "any"}, ["a", "b"]),
        ({"alarms": "high"}, ["a"]),
        ({"alarms": "none"}, ["c", SESSION]),
        ({"signature": "to_sign"}, ["c", "a"]),
        ({"signature": "unsigned"}, ["a"]),
        ({"signature": "changed"}, ["c"]),
        ({"signature": "signed"}, [SESSION, "b"]),
        ({"form": "due"}, ["a", SESSION]),
        ({"form": "overdue"}, ["a", SESSION]),
        ({"form": "sent"}, ["c"]),
        ({"from": "2027-01-18", "to": "2027-01-18"}, ["a"]),
        ({"from": "2027-01-19"}, ["c", "b"]),
        ({"to": "2027-01-15"}, [SESSION, OPEN]),
        ({"signature": "to_sign", "alarms": "high", "room": "2", "form": "overdue", "patient": "9"}, ["a"]),
        ({"signature": "to_sign", "alarms": "none", "room": "2"}, []),
    ],
)
def test_what_is_asked_for_is_found(ward: Running, query: dict[str, str], ids: list[str]) -> None:
    assert found(ward, query) == ids


def test_what_waits_for_somebody_comes_first_and_the_page_says_so(ward: Running) -> None:
    ids = found(ward)
    assert ids[:3] == ["c", "a", SESSION], "to sign, or overdue; of these the newest first"
    assert ids[3] == "b"
    assert USUAL_ORDER in words(listed(ward))


@pytest.mark.parametrize("key", SORT_KEYS)
def test_every_column_orders_both_ways_and_what_has_no_value_comes_last(ward: Running, key: str) -> None:
    up, down = found(ward, {"sort": key}), found(ward, {"sort": f"-{key}"})
    assert sorted(up) == sorted(down) == sorted(found(ward))
    nobody_has_one = key in {"lowest", "below"}
    assert (up == down) == nobody_has_one
    heads = [marks for tag, marks in Seen(listed(ward, {"sort": key})).tags if tag == "th" and "aria-sort" in marks]
    assert [marks["aria-sort"] for marks in heads] == ["ascending"]
    assert 'aria-sort="descending"' in listed(ward, {"sort": f"-{key}"})


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("-peak", "a", OPEN),
        ("peak", "c", OPEN),
        ("-date", "c", OPEN),
        ("patient", "b", "a"),
        ("-room", "a", OPEN),
        ("-alarms", "a", OPEN),
        ("signature", "a", OPEN),
        ("form", SESSION, "c"),
    ],
)
def test_an_order_means_what_it_says(ward: Running, sort: str, first: str, last: str) -> None:
    ids = found(ward, {"sort": sort})
    assert (ids[0], ids[-1]) == (first, last)


def test_a_heading_turns_the_order_around(web: Running) -> None:
    def leads_to(sort: str) -> str | None:
        tags = Seen(listed(web, {"sort": sort})).tags
        buttons = [marks for _, marks in tags if marks.get("data-column") == "peak"]
        return buttons[0]["data-sort"]

    assert leads_to("") == "-peak", "the highest is what one looks for"
    assert leads_to("-peak") == "peak"
    assert leads_to("peak") == "-peak"


def test_every_column_can_be_ordered() -> None:
    assert {column.key for column in (*COLUMNS, *LAST_COLUMNS)} == set(SORT_KEYS)


# ---- what is damaged


def test_an_unsigned_session_of_which_an_event_is_damaged_comes_first_and_says_both(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    with RecordWriter(tmp_path) as writer:
        writer.append_events(shifted([*without(whole(), Signed), NOTE], "a", 0))
        writer.append_events(shifted(whole(), "b", 1))
    sql(tmp_path, "UPDATE event SET body = replace(body, 'Feels', 'Fools') WHERE kind = 'NoteWritten'")
    with RecordWriter(tmp_path) as writer:
        writer.append_events([msgspec.structs.replace(NOTE, at=at(300), session="a", room="1")])
    with Running(create_app(load(tmp_path / "config.toml"), tmp_path)) as client:
        client.sign_in(tmp_path)
        assert found(client, {"signature": "to_sign"}) == found(client, {"signature": "unsigned"}) == ["a"]
        line = listed(client, {"signature": "to_sign"})
        assert "damaged" in words(line)
        assert "Unsigned" in words(line)
        assert "150/92" not in line, "a reading may be missing"


# ---- pages


def many(count: int) -> list[AnyEvent]:
    """Sessions of a moment each, one a day."""
    return [
        msgspec.structs.replace(
            opened(patient=f"P-{number:05d}"), at=DOSE + number * DAY, session=f"{number:x}", room="1"
        )
        for number in range(count)
    ]


@pytest.fixture
def long_list(tmp_path: Path) -> Iterator[Running]:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    with RecordWriter(tmp_path) as writer:
        writer.append_events(many(2 * PAGE_LENGTH + 3))
    with Running(create_app(load(tmp_path / "config.toml"), tmp_path)) as client:
        client.sign_in(tmp_path)
        yield client


def test_pages_hold_every_session_once_the_newest_first(long_list: Running) -> None:
    pages = [found(long_list, {"page": str(number)}) for number in (1, 2, 3)]
    assert [len(ids) for ids in pages] == [PAGE_LENGTH, PAGE_LENGTH, 3]
    ids = [int(each, 16) for page in pages for each in page]
    assert ids == sorted(range(2 * PAGE_LENGTH + 3), reverse=True)
    assert "103 sessions" in words(listed(long_list))
    assert "Page 2 of 3" in words(listed(long_list, {"page": "2"}))


def test_a_page_beyond_the_last_is_the_last(long_list: Running) -> None:
    assert "Page 3 of 3" in words(listed(long_list, {"page": "9"}))


# ---- what an address may ask


@pytest.mark.parametrize(
    "query",
    [
        {"alarms": "many"},
        {"form": "yes"},
        {"signature": "mine"},
        {"sort": "weight"},
        {"sort": "-"},
        {"sort": "--peak"},
        {"page": "0"},
        {"page": "x"},
        {"from": "yesterday"},
        {"to": "2027-02-30"},
        {"from": "0001-01-01"},
        {"colour": "red"},
        {"patient": "x" * 33},
    ],
)
def test_what_the_list_does_not_know_is_said_in_a_sentence(ward: Running, query: dict[str, str]) -> None:
    assert words(listed(ward, query)) == UNKNOWN


def test_empty_members_ask_for_nothing() -> None:
    assert search_of({"patient": "", "from": "", "alarms": "", "sort": "", "page": ""}) == Search()
    assert search_of(["patient"]) is None


def test_a_search_and_its_query_say_the_same() -> None:
    search = search_of({"from": "2027-01-02", "alarms": "high", "sort": "-peak", "page": "3", "patient": "K 1&2"})
    assert search is not None
    assert search.since == date(2027, 1, 2)
    assert search.query() == "patient=K+1%262&from=2027-01-02&alarms=high&sort=-peak"
    assert Search().query() == ""


def test_who_is_not_signed_in_sees_no_session(clinic: Path) -> None:
    with Running(create_app(load(clinic / "config.toml"), clinic)) as stranger:
        assert words(listed(stranger)) == "Sign in to see the sessions."
        assert stranger.get("/session-views").status_code == 401
        assert save(stranger, "Mine", "").status_code == 401


# ---- saved views


def save(web: Running, name: object, query: object) -> Any:
    return web.post("/session-views", json={"name": name, "query": query}, headers=ORIGIN)


def views(web: Running) -> list[dict[str, str]]:
    kept: list[dict[str, str]] = web.get("/session-views").json()["views"]
    return kept


def test_a_view_is_kept_replaced_and_removed(web: Running) -> None:
    assert save(web, " High alarms ", "alarms=high&sort=-peak&page=4").json()["done"]
    assert views(web) == [{"name": "High alarms", "query": "alarms=high&sort=-peak"}]
    assert save(web, "high ALARMS", "alarms=any").json()["done"]
    assert views(web) == [{"name": "high ALARMS", "query": "alarms=any"}]
    gone = web.post("/session-views/remove", json={"name": "High alarms"}, headers=ORIGIN)
    assert gone.json()["done"]
    assert views(web) == []


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("", ""),
        ("   ", ""),
        ("x" * (LONGEST_NAME + 1), ""),
        ("two\nlines", ""),
        ("\N{RIGHT-TO-LEFT OVERRIDE}x", ""),
        ("ok", "colour=red"),
        ("ok", "alarms=many"),
        (5, ""),
        ("ok", "patient=" + "x" * 600),
    ],
)
def test_a_view_that_cannot_be_is_refused_in_words(ward: Running, name: object, query: object) -> None:
    reply = save(ward, name, query)
    assert reply.status_code == 409
    assert reply.json()["text"].endswith(".")
    assert views(ward) == []


def test_nobody_can_keep_views_without_end(web: Running) -> None:
    replies = [save(web, f"View {number}", "").status_code for number in range(MOST + 1)]
    assert replies == [200] * MOST + [409]
    assert save(web, "View 3", "alarms=any").status_code == 200, "one that is there can still be replaced"


def test_views_are_asked_for_by_our_own_pages_only(web: Running) -> None:
    assert web.post("/session-views", json={"name": "x", "query": ""}).status_code == 403
