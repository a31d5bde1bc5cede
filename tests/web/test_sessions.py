"""The list of sessions, one past session, and the seven days in which its form is due."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pypdf import PdfReader

from devices.readings import SECOND, Micros
from monitor.clinic.events import AnyEvent, NoteWritten, Phase, SessionOpened
from monitor.clinic.monitoring_form.fields import MonitoringForm
from monitor.clinic.treatment.events import Amended, FormSubmitted
from monitor.clinic.treatment.intake import Intake
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.sessions import SessionRow
from monitor.record.writer import RecordWriter
from monitor.web.form_clock import FormState, day_words, form_state
from monitor.web.server import create_app
from monitor.web.sessions_desk import PAGE_LENGTH
from tests.record.examples import sql
from tests.reports.recorded import record
from tests.reports.scripted import DOSE, PROTOCOLS, SESSION, US, at, beginning, ended, in_order, signed, whole
from tests.web.markup import Seen
from tests.web.running import ORIGIN, Running
from tests.web.test_server import CONFIG

DAY: Micros = 86_400 * SECOND
OPEN = "0be11" * 4
NOTE = NoteWritten(at=at(30), by="nurse 1", text="<b>Feels</b> \N{RIGHT-TO-LEFT OVERRIDE}fine")


OUTPUTS = {"sessions": "sessions.children", "session": "..session.children...session-rest.children.."}


def asked(web: Running, part: str, data: object) -> str:
    """The page as HTML, as far as it is asked for."""
    call = {
        "output": OUTPUTS[part],
        "inputs": [{"id": f"{part}-request", "property": "data", "value": data}],
        "changedPropIds": [f"{part}-request.data"],
    }
    reply = web.post("/_dash-update-component", json=call, headers=ORIGIN)
    assert reply.status_code == 200, reply.text
    return "".join(html_of(each["children"]) for each in reply.json()["response"].values())


def html_of(part: Any) -> str:
    """What a browser makes of components that hold HTML, and of the others around them."""
    if part is None or isinstance(part, str):
        return part or ""
    if isinstance(part, list):
        return "".join(map(html_of, part))
    props = part["props"]
    if part["type"] == "Markup":
        marks = "".join(f' {name}="{value}"' for name, value in props["attributes"].items())
        return f"<{props['tag']}{marks}>{props['inside']}</{props['tag']}>"
    marks = "".join(f" {name}='{value}'" for name, value in props.items() if isinstance(value, str | int))
    return f"<{part['type']}{marks}>{html_of(props.get('children'))}</{part['type']}>"


def listed(web: Running, **choice: Any) -> str:
    return asked(web, "sessions", {"run": 1, "now": DOSE + DAY, **choice})


def shown(web: Running, session: str = SESSION, now: Micros = DOSE + DAY) -> str:
    return asked(web, "session", {"run": 1, "now": now, "session": session})


def words(html: str) -> str:
    return " ".join(" ".join(Seen(html).texts).split())


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    record(tmp_path, [*whole(), NOTE])
    record(tmp_path, beginning(Intake(name="<script>alert(1)</script>")), OPEN)
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
        ({"first_dose_us": None, "phase": "aborted"}, "–"),
        ({"ended_us": None, "phase": "recovery"}, "after the session"),
    ],
)
def test_where_no_form_is_awaited_none_is_due(changed: dict[str, Any], said: str) -> None:
    assert form_state(row(**changed), US, date(2027, 3, 1)) == FormState(said)


def test_a_protocol_without_a_form_owes_none() -> None:
    assert form_state(row(), PROTOCOLS["iv_ketamine"], date(2027, 3, 1)) == FormState("–")
    assert form_state(row(), None, date(2027, 3, 1)) == FormState("–")


def test_a_day_of_another_year_says_which() -> None:
    assert day_words(date(2026, 11, 2), date(2026, 12, 1)) == "2 Nov"
    assert day_words(date(2026, 11, 2), date(2027, 1, 1)) == "2 Nov 2026"


# ---- the list


def test_the_list_tells_of_each_session_on_one_line(web: Running) -> None:
    text = words(listed(web))
    assert "K-117 Esketamine nasal, US · 84 mg Room 1 2 h 25 min Discharged due in 6 d" in text
    assert "goes on: dosing after the session" in text
    assert f"/sessions/{SESSION}" in listed(web)


def many(count: int) -> list[AnyEvent]:
    """Sessions ``s0``, ``s1``, … of a minute each, one after another."""
    events: list[AnyEvent] = []
    for number in range(count):
        opened = SessionOpened(
            at=DOSE + number * DAY,
            by="nurse 1",
            room="1",
            session=f"{number:x}",
            patient=f"P-{number:05d}",
            weight_kg=70,
            protocol="iv_ketamine" if number % 2 else "esketamine_us",
            dose_mg=35,
            cuff_interval_s=None,
        )
        events.append(opened)
    return events


def test_pages_hold_every_session_once_the_newest_first(tmp_path: Path) -> None:
    with RecordWriter(tmp_path) as writer:
        writer.append_events(many(2 * PAGE_LENGTH + 3))
    with RecordReader(tmp_path) as reader:
        pages = [reader.found_sessions(PAGE_LENGTH, PAGE_LENGTH * number) for number in range(3)]
    assert [count for _, count in pages] == [2 * PAGE_LENGTH + 3] * 3
    assert [len(rows) for rows, _ in pages] == [PAGE_LENGTH, PAGE_LENGTH, 3]
    patients = [row.patient for rows, _ in pages for row in rows]
    assert patients == sorted(patients, reverse=True)
    assert len(set(patients)) == len(patients)


def test_a_page_beyond_the_last_is_the_last(web: Running) -> None:
    assert "Page 1 of 1 · 2 sessions" in words(listed(web, page=9))


@pytest.mark.parametrize(
    ("typed", "found"), [("k-11", 2), (" K-117 ", 2), ("117", 2), ("K-118", 0), ("%", 0), ("_", 0), ("' OR 1=1", 0)]
)
def test_patients_are_found_by_any_part_of_their_code(web: Running, typed: str, found: int) -> None:
    text = words(listed(web, patient=typed))
    assert ("No session with this choice." in text) == (found == 0)
    assert text.count("K-117") == found


def finished(session: str, days: int, *more: AnyEvent) -> list[AnyEvent]:
    """A dosed session that ended so many days after the others."""
    events = in_order([*beginning(), signed(120), ended(120), *more], session)
    return [msgspec.structs.replace(each, seq=0, at=each.at + days * DAY) for each in events]


def test_forms_that_are_due_come_with_the_one_that_waits_longest_first(clinic: Path, web: Running) -> None:
    sent = FormSubmitted(at=at(200), by="nurse 1")
    aborted = [in_order(beginning()[:1], "c")[0], *in_order([ended(1, Phase.ABORTED)], "c")]
    with RecordWriter(clinic) as writer:
        writer.append_events([*finished("a", -3), *finished("b", -9, sent)])
        writer.append_events([msgspec.structs.replace(each, seq=0) for each in aborted])
    html = listed(web, due=True, now=DOSE + 5 * DAY)
    links = [marks["href"] for tag, marks in Seen(html).tags if tag == "a"]
    assert links == ["/sessions/a", f"/sessions/{SESSION}"]
    assert "overdue 1 d" in words(html)
    assert 'class="form-state overdue"' in html
    everything = words(listed(web, now=DOSE + 5 * DAY))
    assert "sent " in everything


@pytest.mark.parametrize(
    "data", [None, 5, {}, {"run": 1}, {"run": 1, "now": -1}, {"run": 1, "now": 1, "page": -1}, {"run": 1, "x": 2}]
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
    command = {"type": "SubmitForm", "session": SESSION}
    commands = [marks["data-command"] for _, marks in Seen(shown(web)).tags if "data-command" in marks]
    assert [json.loads(each or "") for each in commands] == [command]
    assert "SubmitForm" not in shown(web, OPEN)
    with RecordWriter(clinic) as writer:
        writer.append_events([FormSubmitted(at=DOSE + DAY, by="nurse 1", session=SESSION, room="1")])
    html = shown(web)
    assert "data-command=" not in html
    assert "Form: sent 16 Jan" in words(html)


def entry_of(web: Running, text: str) -> int:
    """The number of the first entry that tells of something."""
    found = re.search(rf"#(\d+) \d\d:\d\d {re.escape(text)}", words(shown(web)))
    assert found is not None
    return int(found[1])


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
    assert f"monitoring-form-{SESSION}.pdf" in pdf.headers["content-disposition"]
    assert "K-117" in PdfReader(BytesIO(pdf.content)).pages[0].extract_text()
    given = web.get(f"/sessions/{SESSION}/form.json")
    assert given.headers["content-type"] == "application/json"
    form = msgspec.json.decode(given.content, type=MonitoringForm)
    assert (form.session, form.times.total_min) == (SESSION, 125)
