"""One past session, and the seven days in which its form is due."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from monitor.clinic.events import AnyEvent
from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.clinic.treatment.events import Amended, FormSubmitted
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.sessions import SessionRow
from monitor.record.writer import RecordWriter
from monitor.web.form_clock import FormState, day_words, form_state
from monitor.web.server import create_app
from tests.record.examples import sql
from tests.reports.scripted import DOSE, PROTOCOLS, SESSION, US, at
from tests.web.markup import Seen
from tests.web.running import Running
from tests.web.session_pages import DAY, OPEN, asked, entry_of, listed, record_clinic, shown, words
from tests.web.test_server import CONFIG


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    record_clinic(tmp_path)
    return tmp_path


@pytest.fixture
def web(clinic: Path) -> Iterator[Running]:
    with Running(create_app(load(clinic / "config.toml"), clinic)) as client:
        client.sign_in(clinic)
        yield client


# ---- the seven days


def row(**changed: Any) -> SessionRow:
    ended_at = changed.pop("ended_us", at(120))
    given = SessionRow(
        id="a",
        room="1",
        patient="K-1",
        protocol="esketamine_us",
        dose_mg=84,
        weight_kg=70,
        opened_us=at(-20),
        first_dose_us=DOSE,
        ended_us=ended_at,
        phase="discharged",
    )
    return msgspec.structs.replace(given, **changed)


@pytest.mark.parametrize(
    ("days", "state"),
    [
        (0, FormState("due in 7 d", "due")),
        (1, FormState("due in 6 d", "due")),
        (6, FormState("due in 1 d", "due")),
        (7, FormState("due today", "due")),
        (8, FormState("overdue 1 d", "overdue")),
        (30, FormState("overdue 23 d", "overdue")),
    ],
)
def test_a_form_is_due_for_seven_calendar_days(days: int, state: FormState) -> None:
    assert form_state(row(), US, date(2027, 1, 15 + days) if days < 10 else date(2027, 2, 14)) == state


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"form_sent_us": at(60 * 24 * 40)}, "sent 24 Feb"),
        ({"form_sent_us": at(60 * 24 * 40), "first_dose_us": None}, "sent 24 Feb"),
        ({"first_dose_us": None, "phase": "aborted"}, "–"),
        ({"ended_us": None, "phase": "recovery"}, "after the session"),
    ],
)
def test_where_no_form_is_awaited_none_is_due(changed: dict[str, Any], said: str) -> None:
    assert form_state(row(**changed), US, date(2027, 3, 1)) == FormState(said)


@pytest.mark.parametrize("changed", [{}, {"first_dose_us": None}])
def test_a_form_that_was_sent_is_due_again_after_a_correction(changed: dict[str, Any]) -> None:
    sent = row(form_sent_us=at(60 * 24 * 40), form_changed=True, **changed)
    assert form_state(sent, US, date(2027, 3, 1)) == FormState("sent 24 Feb, changed since", "due")


def test_a_protocol_without_a_form_owes_none() -> None:
    assert form_state(row(), PROTOCOLS["iv_ketamine"], date(2027, 3, 1)) == FormState("–")
    assert form_state(row(), None, date(2027, 3, 1)) == FormState("–")


def test_a_day_of_another_year_says_which() -> None:
    assert day_words(date(2026, 11, 2), date(2026, 12, 1)) == "2 Nov"
    assert day_words(date(2026, 11, 2), date(2027, 1, 1)) == "2 Nov 2026"


# ---- questions


@pytest.mark.parametrize(
    "data", [None, 5, {}, {"run": 1}, {"run": 1, "now": -1}, {"run": 1, "now": 1, "query": 3}, {"run": 1, "x": 2}]
)
def test_a_question_that_is_none_is_answered_in_words(web: Running, data: object) -> None:
    assert words(asked(web, "sessions", data)) == "This cannot be listed."
    assert words(asked(web, "session", data)) == "This cannot be shown."


def test_a_record_that_cannot_be_read_is_said_not_shown_as_empty(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    with Running(create_app(load(tmp_path / "config.toml"), tmp_path)) as web:
        web.sign_in(tmp_path)
        assert "The record cannot be read now" in words(listed(web))
        assert "The record cannot be read now" in words(shown(web))
        assert web.get(f"/sessions/{SESSION}").status_code == 200, "the page itself says why there is nothing"
        assert web.get(f"/sessions/{SESSION}/form.pdf").status_code == 503


# ---- one session


def test_a_session_tells_who_when_and_how_it_ended(web: Running) -> None:
    text = words(shown(web))
    signed_by = "Signed: discharge nurse 2, nurse"
    for part in ("Patient K-117", "Dose 84 mg of 84 mg planned", "Ended Discharged", signed_by, "Room Room 1"):
        assert part in text, part
    assert "Device 1, 28 mg" in text
    assert "NIBP 146/90" in text


def test_the_form_names_what_is_missing(web: Running) -> None:
    text = words(shown(web))
    lacking = "Sex, Address of the site, Phone and e-mail of who monitored, Pulse oximetry, Respiratory depression"
    assert f"5 missing: {lacking}" in text
    assert "Prepared by Chairside from its record." in text
    assert "Form: due in 6 d" in text


def test_only_while_a_form_is_due_it_can_be_marked_as_sent(clinic: Path, web: Running) -> None:
    assert commands(shown(web)) == [{"type": "SubmitForm", "session": SESSION, "seen": newest(clinic)}]
    assert "SubmitForm" not in shown(web, OPEN)
    append(clinic, FormSubmitted(at=DOSE + DAY, by="nurse 1"))
    html = shown(web)
    assert commands(html) == []
    assert "Form: sent 16 Jan" in words(html)
    assert "changed since" not in words(html)


def commands(html: str) -> list[dict[str, Any]]:
    """What its buttons ask for."""
    return [json.loads(marks["data-command"] or "") for _, marks in Seen(html).tags if "data-command" in marks]


def newest(clinic: Path) -> int:
    """The number of the newest event of the whole session."""
    with RecordReader(clinic) as reader:
        return reader.events(session=SESSION)[-1].seq


def append(clinic: Path, *events: AnyEvent) -> None:
    with RecordWriter(clinic) as writer:
        writer.append_events([msgspec.structs.replace(each, session=SESSION, room="1") for each in events])


def test_a_form_that_was_sent_before_a_correction_can_be_marked_as_sent_again(clinic: Path, web: Running) -> None:
    append(clinic, FormSubmitted(at=DOSE + DAY, by="nurse 1"))
    fix = Amended(at=DOSE + DAY, by="nurse 1", corrects=4, text="14 mg", reason="spilt", role="nurse")
    append(clinic, msgspec.structs.replace(fix, changes={"mg": 14}))
    html = shown(web)
    assert "Form: sent 16 Jan, changed since" in words(html)
    assert "Mark form as sent again" in words(html)
    assert commands(html) == [{"type": "SubmitForm", "session": SESSION, "seen": newest(clinic)}]
    assert "Correction of entry 4, already put in here: 14 mg. Why: spilt (nurse 1)." in words(html)
    assert "sent 16 Jan, changed since" in words(listed(web, {"form": "due"}))
    assert f"/sessions/{SESSION}" not in listed(web, {"form": "sent"})


def test_who_signs_again_signs_what_the_page_shows(clinic: Path, web: Running) -> None:
    append(clinic, Amended(at=DOSE + DAY, by="nurse 1", corrects=4, text="-", reason="-", role="nurse"))
    forms = [marks for _, marks in Seen(shown(web)).tags if marks.get("data-command-type") == "SignAgain"]
    assert [json.loads(each["data-fixed"] or "") for each in forms] == [{"session": SESSION, "seen": newest(clinic)}]


def test_a_correction_stands_beside_its_entry_which_stays(clinic: Path, web: Running) -> None:
    entry = entry_of(web, "Device 2, 28 mg")
    fix = Amended(
        at=DOSE + 2 * DAY,
        by="nurse 1",
        session=SESSION,
        room="1",
        corrects=entry,
        text="Lot was <i>22KH2</i>",
        reason="misread",
        role="nurse",
    )
    with RecordWriter(clinic) as writer:
        writer.append_events([fix])
    html = shown(web)
    text = words(html)
    told, corrected = text.index("Device 2, 28 mg"), text.index("Corrected: Lot was <i>22KH2</i> · misread · nurse 1")
    assert told < corrected < text.index("Device 3, 28 mg")
    assert "<i>" not in html
    assert f"Correction of entry {entry}: Lot was <i>22KH2</i>. Why: misread (nurse 1)." in text
    assert "Amendment to entry" not in text, "it is told once"


def test_a_correction_names_its_session_and_asks_for_what_the_command_needs(web: Running) -> None:
    html = shown(web).replace("&quot;", '"').replace("'", '"')
    assert '"session":"' + SESSION in html
    assert 'data-command-type="Amend"' in html
    for name in ("text", "reason", "pin"):
        assert f'name="{name}"' in html, name
    assert 'type="password"' in html
    assert "Amend" not in shown(web, OPEN), "what goes on is charted, not corrected"


def test_nothing_typed_acts_on_the_page(web: Running) -> None:
    for html in (shown(web), shown(web, OPEN)):
        assert "<b>Feels" not in html
        assert "<script>" not in html
    assert "<b>Feels</b>" in words(shown(web))
    assert "<script>alert(1)</script>" in words(shown(web, OPEN))


def test_marks_of_the_form_stand_at_the_head(web: Running) -> None:
    assert "NOT FINISHED" in words(shown(web, OPEN))
    assert "NOT FINISHED" not in words(shown(web))


def test_damage_is_told_and_the_rest_is_shown(clinic: Path, web: Running) -> None:
    sql(clinic, "UPDATE event SET body = replace(body, '146', '116') WHERE kind = 'CuffMeasured'")
    text = words(shown(web))
    assert "A part of the record is damaged and was left out." in text
    assert "NIBP 150/92" in text
    assert "146/90" not in text
    assert "116/90" not in text
    assert "Blood pressure at about 40 min missing" in text


# ---- addresses


@pytest.mark.parametrize("path", [f"/sessions/{SESSION}", f"/sessions/{SESSION}/", "/sessions", "/sessions/"])
def test_a_session_has_an_address_of_its_own(web: Running, path: str) -> None:
    reply = web.get(path)
    assert reply.status_code == 200
    assert "/assets/72-sessions.js" in reply.text


@pytest.mark.parametrize(
    "path", ["/sessions/ffff", "/sessions/K-117", "/sessions/a/b", "/sessions/ffff/form.pdf", "/sessions/<script>"]
)
def test_a_session_that_is_not_in_the_record_is_said_plainly(web: Running, path: str) -> None:
    reply = web.get(path)
    assert reply.status_code == 404
    assert "There is no such session in the record." in reply.text
    assert "<script>" not in reply.text


def test_other_files_of_a_session_are_not_offered(web: Running) -> None:
    assert web.get(f"/sessions/{SESSION}/form.xml").status_code == 404


def test_the_form_is_handed_out_as_a_file(web: Running) -> None:
    pdf = web.get(f"/sessions/{SESSION}/form.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["cache-control"] == "no-store"
    assert f"K-117_{SESSION[:8]}_form.pdf" in pdf.headers["content-disposition"]
    assert "K-117" in PdfReader(BytesIO(pdf.content)).pages[0].extract_text()
    given = web.get(f"/sessions/{SESSION}/form.json")
    assert given.headers["content-type"] == "application/json"
    form = msgspec.json.decode(given.content, type=MonitoringForm)
    assert (form.session, form.times.total_min) == (SESSION, 125)
