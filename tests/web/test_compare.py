"""The page that compares a patient's sessions: what it tells, to whom, and at which address."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from devices.readings import Micros
from monitor.clinic.events import AnyEvent, CuffMeasured, DoseStarted, PressureTaken, SessionOpened
from monitor.clinic.treatment.events import Amended
from monitor.config import load
from monitor.record.errors import EventsDamaged
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.reports.clinic_past import MOST, ClinicPast
from monitor.web.compare.marks import SHAPES, mark
from monitor.web.compare.page import compare_address, compare_page_at
from monitor.web.server import create_app
from tests.record.examples import sql
from tests.reports.courses import DAY, clinic_of, nasal, record_events
from tests.reports.lifelike import infusion
from tests.reports.recorded import record
from tests.reports.scripted import DOSE, in_order, without
from tests.web.markup import Seen
from tests.web.running import ORIGIN, Running
from tests.web.session_pages import html_of, shown, words
from tests.web.test_server import CONFIG, page_of

NOW: Micros = DOSE + 40 * DAY
FIRST, SECOND_ONE, THIRD = "aa01", "aa02", "aa03"


def asked(web: Running, **question: Any) -> dict[str, Any]:
    """What the two parts of the page become; a part that stays as it is is not among them."""
    parts = ("compare-choices", "compare")
    call = {
        "output": f"..{'...'.join(f'{part}.children' for part in parts)}..",
        "inputs": [{"id": "compare-request", "property": "data", "value": {"run": 1, "now": NOW, **question}}],
        "changedPropIds": ["compare-request.data"],
    }
    reply = web.post("/_dash-update-component", json=call, headers=ORIGIN)
    assert reply.status_code == 200, reply.text
    return {part: found["children"] for part, found in reply.json()["response"].items()}


def compared(web: Running, patient: str = "K-1", **question: Any) -> str:
    return words(html_of(asked(web, patient=patient, **question)["compare"]))


def chart(part: Any, name: str = "compare-courses") -> dict[str, Any] | None:
    """The figure of a chart in an answer."""
    if isinstance(part, list):
        return next((found for each in part if (found := chart(each, name)) is not None), None)
    if not isinstance(part, dict) or "props" not in part:
        return None
    if part["props"].get("id") == name:
        figure: dict[str, Any] = part["props"]["figure"]
        return figure
    return chart(part["props"].get("children"), name)


def courses(web: Running, patient: str = "K-1", **question: Any) -> dict[str, Any]:
    figure = chart(asked(web, patient=patient, **question)["compare"])
    assert figure is not None
    return figure


def of(patient: str, events: list[AnyEvent]) -> list[AnyEvent]:
    return [
        msgspec.structs.replace(each, patient=patient) if isinstance(each, SessionOpened) else each for each in events
    ]


def damage(folder: Path, kind: str, session: str, before: str, after: str) -> None:
    """Change what events say behind the record's back."""
    changed = "UPDATE event SET body = replace(body, '{}', '{}') WHERE kind = '{}' AND session = '{}'"
    sql(folder, changed.format(before, after, kind, session))


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    mine = [
        (FIRST, nasal("K-1", devices=2, rise=14, cadss=6, ready=118), 0),
        (SECOND_ONE, nasal("K-1", devices=3, rise=27, cadss=14, ready=131), 7 * DAY),
        (THIRD, nasal("K-1", devices=3, rise=21, cadss=9, ready=121), 14 * DAY),
    ]
    record_events(tmp_path, mine)
    return tmp_path


@pytest.fixture
def web(clinic: Path) -> Iterator[Running]:
    with Running(create_app(load(clinic / "config.toml"), clinic)) as client:
        client.sign_in(clinic)
        yield client


# ---- the sessions


def test_each_session_has_its_figures_and_leads_to_its_page(web: Running) -> None:
    html = html_of(asked(web, patient="K-1")["compare"])
    text = words(html)
    for part in ("3 of 3 sessions", "56 mg", "84 mg", "155/94 at +40 min", "+27 / +15", "CADSS-6 14", "+131 min"):
        assert part in text, part
    links = [marks["href"] for tag, marks in Seen(html).tags if tag == "a"]
    assert links == [f"/sessions/{each}" for each in (THIRD, SECOND_ONE, FIRST)], "the newest one is not on top"


def test_all_sessions_are_ticked_until_others_are_chosen(web: Running) -> None:
    answer = asked(web, patient="K-1")
    boxes = [marks for tag, marks in Seen(html_of(answer["compare-choices"])).tags if tag == "input"]
    assert [(box["value"], "checked" in box) for box in boxes] == [(THIRD, True), (SECOND_ONE, True), (FIRST, True)]
    chosen = asked(web, patient="K-1", sessions=[FIRST])
    assert "compare-choices" not in chosen, "the boxes lose the focus when one is ticked"
    assert "1 of 3 sessions" in words(html_of(chosen["compare"]))
    assert "155/94" not in words(html_of(chosen["compare"]))


def test_lines_are_told_apart_without_colour(web: Running) -> None:
    lines = [each for each in courses(web)["data"] if each.get("yaxis") == "y" and "name" in each]
    assert [each["name"][:1] for each in lines] == ["1", "2", "3"], "the newest one does not lie over the others"
    looks = {(each["marker"]["symbol"][0], each["line"]["dash"]) for each in lines}
    assert len(looks) == 3
    all_looks = {(mark(number).symbol, mark(number).dash) for number in range(1, 3 * len(SHAPES) + 1)}
    assert len(all_looks) == 3 * len(SHAPES)


def test_a_reading_by_hand_has_an_open_shape(web: Running) -> None:
    line = next(each for each in courses(web)["data"] if each.get("name", "").startswith("3"))
    by_hand = [x for x, symbol in zip(line["x"], line["marker"]["symbol"], strict=True) if symbol.endswith("-open")]
    assert by_hand == [65]
    assert "by hand" in line["customdata"][line["x"].index(65)]


def test_a_session_of_another_protocol_is_told_apart(clinic: Path, web: Running) -> None:
    record_events(clinic, [("bb01", of("K-1", infusion()), 21 * DAY)])
    text = compared(web)
    assert "Esketamine nasal, US · another protocol" in text
    assert text.index("Ketamine infusion") < text.index("Esketamine nasal, US"), "the newest one's protocol comes first"
    names = {each["name"] for each in courses(web)["data"] if "name" in each}
    assert {name.count("Esketamine") for name in names if not name.startswith("4")} == {1}
    assert [name.count("Ketamine") for name in names if name.startswith("4")] == [0]
    assert "too few (n = 1)" in text, "the clinic's figures are of the newest session's protocol"


def test_simulated_sessions_are_marked(clinic: Path, web: Running) -> None:
    assert "SIMULATED" not in compared(web)
    record_events(clinic, [("bb01", nasal("K-1", simulated=True), 21 * DAY)])
    assert compared(web).count("SIMULATED") == 2, "at the head and at the session"


def test_one_session_none_and_no_dose_are_said_plainly(clinic: Path, web: Running) -> None:
    record_events(clinic, [("bb01", nasal("K-2"), 0), ("bb02", without(nasal("K-3"), DoseStarted), 0)])
    assert "1 of 1 session There is nothing to compare it with yet." in compared(web, "K-2")
    assert compared(web, "K-9") == "There is no session of K-9 in the record."
    text = compared(web, "K-3")
    assert "no dose was given, so it has no course" in text
    assert "155/" not in text
    assert compared(web, sessions=[]) == "Choose a session."


def test_sessions_of_others_cannot_be_asked_for(clinic: Path, web: Running) -> None:
    record_events(clinic, [("bb01", nasal("K-2"), 0)])
    assert compared(web, sessions=["bb01"]) == "Choose a session."


@pytest.mark.parametrize(
    "wrong", [{"sessions": [FIRST] * 13}, {"sessions": FIRST}, {"now": -1}, {"run": "x"}, {"x": 1}, {"patient": 5}]
)
def test_a_question_that_is_none_is_answered_in_words(web: Running, wrong: dict[str, Any]) -> None:
    assert compared(web, **{"patient": "K-1", **wrong}) == "This cannot be compared."


def test_damage_is_named_and_the_rest_is_shown(clinic: Path, web: Running) -> None:
    damage(clinic, "CuffMeasured", SECOND_ONE, "155", "115")
    text = compared(web)
    assert "Session 2, 22 Jan: a part of the record is damaged and was left out. Run app.py verify." in text
    assert "does not follow from the event before it" in text
    assert "155/94" not in text
    assert "115/94" not in text
    assert "149/91 at +40 min" in text, "the other sessions are not shown any more"
    assert "Left out, because a part is damaged: 1." in text


def test_where_saturation_is_damaged_only_bounds_are_told(clinic: Path, web: Running) -> None:
    record(clinic, nasal("K-1"), "aa04", [97.0, *[88.0] * 30, 97.0])
    assert "88 %" in compared(web)
    sql(clinic, "UPDATE journal SET body = rotten(body) WHERE seq = 3")
    text = compared(web)
    assert "at most 88 %" in text
    assert "at least 30 s" in text


def test_a_session_whose_beginning_is_damaged_cannot_be_compared(clinic: Path, web: Running) -> None:
    damage(clinic, "SessionOpened", FIRST, "K-1", "K-8")
    assert "Session 1, 15 Jan cannot be compared: its beginning is damaged." in compared(web)


def test_a_record_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(CONFIG, "utf-8")
    with Running(create_app(load(tmp_path / "config.toml"), tmp_path)) as web:
        web.sign_in(tmp_path)
        assert "The record cannot be read now" in compared(web)


# ---- what is usual


def test_below_ten_sessions_there_is_no_band(web: Running) -> None:
    text = compared(web)
    assert "No band of this clinic: too few ended sessions (n = 3)." in text
    assert "too few (n = 3)" in text
    assert not [each for each in courses(web)["data"] if each.get("fill")]


def test_what_is_usual_counts_all_patients_and_names_none(clinic: Path, web: Running) -> None:
    record_events(clinic, clinic_of(12))
    answer = asked(web, patient="K-1")
    text = words(html_of(answer["compare"]))
    assert "Counted: 15 real sessions of all patients, 15 Jan to 29 Jan." in text
    # The rises of the others are 0 to 11 mmHg, but of the lowest four their reading by hand is higher: 2, 2, 3, 3.
    assert "Median +7 +5 125 min" in text
    assert "C-1" not in str(answer)
    assert "n = 15" in str([each["customdata"] for each in courses(web)["data"] if "this clinic" in str(each)])


def test_simulated_sessions_are_counted_apart(clinic: Path, web: Running) -> None:
    record_events(clinic, clinic_of(12, simulated=True))
    assert "Counted: 3 real sessions of all patients" in compared(web)
    assert "Counted: 12 simulated sessions of all patients" in compared(web, "C-1")


def test_a_simulated_session_without_a_simulated_pressure_is_not_usual_of_real_ones(clinic: Path, web: Running) -> None:
    by_hand = [
        msgspec.structs.replace(each, simulated=True) if isinstance(each, SessionOpened) else each
        for each in nasal("K-2")
    ]
    record_events(clinic, [("bb01", by_hand, 0)])
    assert "Counted: 3 real sessions of all patients" in compared(web)
    text = compared(web, "K-2")
    assert "SIMULATED" in text
    assert "Counted: 1 simulated session of all patients" in text


def test_old_sessions_and_those_that_go_on_are_not_counted(clinic: Path, web: Running) -> None:
    record_events(clinic, [("bb01", nasal("K-2"), -800 * DAY), ("bb02", nasal("K-3")[:-1], 0)])
    assert "Counted: 3 real sessions of all patients" in compared(web)


def test_a_correction_counts_in_the_next_answer(clinic: Path) -> None:
    with RecordReader(clinic) as reader:
        past = ClinicPast(reader, load(clinic / "config.toml"))
        before = past.of("esketamine_us", NOW, simulated=False)
        assert past.of("esketamine_us", NOW, simulated=False) is before
        reading = next(each for each in reader.events(session=FIRST) if isinstance(each, PressureTaken))
        fix = Amended(
            at=NOW,
            by="nurse 1",
            session=FIRST,
            room="1",
            corrects=reading.seq,
            text="was 200",
            reason="misread",
            role="nurse",
            changes={"sys": 200.0},
        )
        with RecordWriter(clinic) as writer:
            writer.append_events([fix, *clinic_events(9)])
        after = past.of("esketamine_us", NOW, simulated=False)
    assert after.distribution.sessions == 12
    assert after.distribution.rise_sys.at[95] > 30


def clinic_events(count: int) -> list[AnyEvent]:
    """Of other patients, as they are told to a writer."""
    return [
        msgspec.structs.replace(each, seq=0)
        for session, events, _ in clinic_of(count)
        for each in in_order(events, session)
    ]


def test_only_the_newest_sessions_are_read(clinic: Path) -> None:
    with RecordReader(clinic) as reader:
        newest = reader.ended_sessions("esketamine_us", 0, 2)
        assert [row.id for row, _ in newest] == [THIRD, SECOND_ONE]
        assert [seq for _, seq in newest] == [reader.events(session=row.id)[-1].seq for row, _ in newest]
        assert not ClinicPast(reader, load(clinic / "config.toml")).of("esketamine_us", NOW, simulated=False).cut
    assert MOST == 500


def test_events_of_several_sessions_are_read_at_once_and_checked(clinic: Path) -> None:
    damage(clinic, "CuffMeasured", THIRD, "128", "118")
    with RecordReader(clinic) as reader:
        found = reader.events_of([FIRST, THIRD, "ffff"], [CuffMeasured, DoseStarted])
        alone = [each for each in reader.events(session=FIRST) if isinstance(each, CuffMeasured | DoseStarted)]
    assert found[FIRST] == alone
    damaged = found[THIRD]
    assert isinstance(damaged, EventsDamaged)
    assert len(damaged.damaged) >= 2
    assert set(found) == {FIRST, THIRD}


# ---- who may know, and addresses


def test_nobody_who_is_not_signed_in_is_told_anything(clinic: Path) -> None:
    with Running(create_app(load(clinic / "config.toml"), clinic)) as web:
        known, unknown = asked(web, patient="K-1"), asked(web, patient="K-9")
    assert known == unknown
    assert known["compare-choices"] == []
    assert words(html_of(known["compare"])) == "Sign in to compare sessions."


@pytest.mark.parametrize("code", ["K-1", "K 1", "K.1", "K_1", "K/1", "K/", "K/..", "A" * 32])
def test_every_patient_code_has_an_address(web: Running, code: str) -> None:
    address = compare_address(code)
    assert address.count("/") == 2
    reply = web.get(address)
    assert reply.status_code == 200
    assert "/assets/76-compare.js" in reply.text
    page = compare_page_at(address)
    assert page is not None
    assert page().to_plotly_json()["props"]["data-compare-page"] == code
    assert f'"data-compare-page":"{code}"' in page_of(web, address)


@pytest.mark.parametrize(
    "path",
    [
        "/compare",
        "/compare/",
        "/compare/<script>alert(1)</script>",
        "/compare/" + "A" * 33,
        "/compare/%00",
        "/compare/..x",
    ],
)
def test_what_is_no_patient_code_is_no_address(web: Running, path: str) -> None:
    reply = web.get(path)
    assert reply.status_code == 404
    assert "<script>alert" not in reply.text
    assert compare_page_at(path) is None


def test_a_hostile_code_in_the_record_is_inert(clinic: Path, web: Running) -> None:
    code = '<img src=x onerror="alert(1)">'
    record_events(clinic, [("bb01", nasal(code), 0)])
    answer = asked(web, patient=code)
    assert code in words(html_of(answer["compare"]))
    assert "<img" not in html_of(answer["compare"])
    assert "<img" not in html_of(asked(web, patient=code + "x")["compare"])


def test_a_session_leads_to_the_comparison(web: Running) -> None:
    links = [marks.get("href") for tag, marks in Seen(shown(web, FIRST)).tags if tag == "a"]
    assert "/compare/K-1" in links
