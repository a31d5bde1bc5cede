"""The review chart: what is in the record is in the picture, and nothing else is."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray

from devices.readings import SECOND, Metric, Micros, Numeric, Quality
from monitor.clinic.events import AnyEvent, NoteWritten
from monitor.clinic.figures.table import STEPS_MIN, steps
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    InfusionPaused,
    InfusionResumed,
    OxygenSet,
    RateChanged,
)
from monitor.clinic.treatment.scales import Scale
from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.series import Series
from monitor.record.writer import RecordWriter
from monitor.reports.clinic_time import clock
from monitor.reports.session_record import SessionRecord, read_session
from monitor.web.markup import to_html
from monitor.web.review import paper
from monitor.web.review.chart import figure
from monitor.web.review.curves import curve
from monitor.web.review.table import MOST_ROWS, fitting_step, table_card
from monitor.web.review.thinning import MOST_POINTS, lone, longest_step, thinned
from monitor.web.review.told import told
from monitor.web.server import create_app
from tests.record.examples import sql
from tests.reports.lifelike import DROP_OUT_MIN, LOWEST, esketamine, infusion, record_lifelike
from tests.reports.scripted import CONFIG, MINUTE, SESSION, assessed, at, beginning, ended, without
from tests.web.running import ORIGIN, Running
from tests.web.session_pages import entry_of, shown, words

HOSTILE = "<script>alert(1)</script> \N{RIGHT-TO-LEFT OVERRIDE}gnp <a href='x'>=1+1</a>"
MARK = ArtefactMarked(
    at=at(130), by="nurse 1", start=at(52), end=at(54), metrics=(Metric.SPO2,), reason=HOSTILE, role="nurse"
)
ALL_TOLD = [*esketamine(), NoteWritten(at=at(31), by="nurse 1", text=HOSTILE), MARK]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A whole session with its wave around the desaturation, which somebody marked as an artefact."""
    folder = tmp_path_factory.mktemp("review")
    record_lifelike(folder, ALL_TOLD, waves_min=(51, 55))
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> SessionRecord:
    return read(folder)


def read(folder: Path) -> SessionRecord:
    with RecordReader(folder) as reader:
        record = read_session(reader, load(CONFIG), SESSION, at(200))
    assert record is not None
    return record


def drawn(found: SessionRecord, view: tuple[Micros, Micros] | None = None, **more: Any) -> dict[str, Any]:
    return figure(found, told(found, clock), view, **more)


def numbers(values: Any) -> NDArray[np.float64]:
    if isinstance(values, dict):
        raw = base64.b64decode(values["bdata"])
        return np.frombuffer(raw, np.float32 if values["dtype"] == "f4" else np.float64).astype(np.float64)
    return np.array([np.nan if each is None else each for each in values], np.float64)


def curve_of(made: dict[str, Any], metric: Metric, kind: str = "") -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The points of a curve; none when there is no such curve."""
    for trace in made["data"]:
        meta = trace.get("meta", {})
        if (meta.get("metric"), meta.get("kind")) == (metric, kind):
            return numbers(trace["x"]), numbers(trace["y"])
    return np.empty(0), np.empty(0)


def x(made: dict[str, Any], minutes: float) -> float:
    return float(at(minutes) // 1000 + made["layout"]["meta"]["offset_ms"])


def between(
    made: dict[str, Any], points: tuple[NDArray[np.float64], NDArray[np.float64]], start: float, end: float
) -> NDArray[np.float64]:
    inside = (points[0] >= x(made, start)) & (points[0] < x(made, end))
    return points[1][inside]


# ---- curves


def test_a_drop_out_is_a_gap_at_every_width(found: SessionRecord) -> None:
    for view in (None, (at(30), at(36))):
        made = drawn(found, view)
        around = between(made, curve_of(made, Metric.SPO2), DROP_OUT_MIN[0] - 0.25, DROP_OUT_MIN[1])
        assert np.isnan(around).sum() == 1, "one interruption"
        assert not between(made, curve_of(made, Metric.SPO2), DROP_OUT_MIN[0] + 0.01, DROP_OUT_MIN[1] - 0.01).size


def test_few_points_keep_every_dip_and_peak() -> None:
    at_ms = np.arange(0, 7_200_000, 1000)
    value = np.full(7200, 97.0)
    value[[1234, 5678]] = 71, 100
    thin_x, thin_y = thinned(at_ms, value, np.zeros(7200, np.bool_), longest_step(at_ms), (0, 7_200_000))
    assert len(thin_x) <= MOST_POINTS
    assert {71.0, 100.0} <= set(thin_y.tolist())
    assert thin_x[thin_y == 71.0] == 1_234_000


def test_a_stretch_in_view_has_every_value() -> None:
    at_ms = np.arange(0, 7_200_000, 1000)
    value = np.arange(7200.0)
    thin_x, _ = thinned(at_ms, value, np.zeros(7200, np.bool_), 3000, (3_000_000, 3_300_000))
    assert set(range(3_000_000, 3_300_000, 1000)) <= set(thin_x.tolist())
    assert thin_x.min() < 60_000, "beside it the curve is there too"


def test_values_that_come_and_go_all_the_time_are_not_joined() -> None:
    at_ms = np.arange(0, 7_200_000, 1000)
    value = np.full(7200, 97.0)
    thin_x, thin_y = thinned(at_ms, value, np.ones(7200, np.bool_), 3000, (0, 7_200_000))
    assert len(thin_x) <= MOST_POINTS
    assert lone(thin_y).sum() > MOST_POINTS // 3, "each stands alone, as a dot"


def test_a_slow_source_has_no_gaps_between_its_values() -> None:
    at_ms = np.arange(0, 7_200_000, 60_000)
    _, thin_y = thinned(at_ms, np.full(120, 14.0), np.zeros(120, np.bool_), longest_step(at_ms), (0, 7_200_000))
    assert not np.isnan(thin_y).any()


def test_questioned_values_are_drawn_apart(found: SessionRecord) -> None:
    made = drawn(found)
    assert np.nanmin(curve_of(made, Metric.SPO2)[1]) > 90
    assert set(curve_of(made, Metric.SPO2, "questioned")[1].tolist()) == {71.0}


def test_what_a_device_held_is_never_drawn_as_measured() -> None:
    readings = [
        Numeric(Metric.SPO2, 97 if second < 10 else 55, at(0) + second * SECOND, at(0), "a", quality)
        for second in range(20)
        for quality in [Quality.OK if second < 10 else Quality.HELD]
    ]
    sheet = paper.Sheet((at(0), at(1)), (at(0), at(1)), 0)
    parts = curve(Series.of(readings), Metric.SPO2, (), "spo2", {"color": "#000", "width": 1}, sheet)
    kinds = {trace["meta"]["kind"]: numbers(trace["y"]) for _, trace in parts if "meta" in trace}
    assert set(kinds[""].tolist()) == {97.0}
    assert set(kinds["held"].tolist()) == {55.0}


def test_under_a_mark_values_stay_visible_and_grey(found: SessionRecord) -> None:
    made = drawn(found)
    assert np.nanmin(curve_of(made, Metric.SPO2, "artefact")[1]) == LOWEST
    assert not (between(made, curve_of(made, Metric.SPO2), 52.1, 53.9) > 0).any()
    shades = [shape for shape in made["layout"]["shapes"] if shape["fillcolor"] == paper.ASIDE]
    assert [(shape["x0"], shape["x1"]) for shape in shades] == [(x(made, 52), x(made, 54))]


def test_the_wave_is_shown_whole_in_a_minute_and_its_gaps_are_gaps(folder: Path, found: SessionRecord) -> None:
    view = (at(50.5), at(51.5))
    with RecordReader(folder) as reader:
        made = drawn(found, view, wave=reader.waveform(SESSION, Metric.PLETH, *view))
    wave = next(trace for trace in made["data"] if trace.get("meta") == {"wave": "pleth"})
    times, samples = numbers(wave["x"]), numbers(wave["y"])
    assert times.min() == pytest.approx(x(made, 51), abs=2), "nothing where there was no wave"
    assert len(samples) == pytest.approx(30 * 75, abs=26)
    assert not np.isnan(samples).any(), "segments that touch are one line"
    assert all("wave" not in (trace.get("meta") or {}) for trace in drawn(found)["data"])


# ---- marks


def named(made: dict[str, Any], name: str) -> dict[str, Any]:
    return next(trace for trace in made["data"] if trace.get("name") == name)


def test_pressures_by_hand_are_open_carets(found: SessionRecord) -> None:
    systolic = named(drawn(found), "SYS")
    symbols = dict(zip(systolic["y"], systolic["marker"]["symbol"], strict=True))
    assert [value for value, symbol in symbols.items() if "open" in symbol] == [138]
    assert len(symbols) == 7


def test_devices_alarms_and_numbers_are_where_they_were(found: SessionRecord) -> None:
    made = drawn(found)
    given = named(made, "given")
    marks = dict(zip(given["x"], given["text"], strict=True))
    assert [marks[x(made, minutes)].strip() for minutes in (0, 5, 10)] == ["28", "28", "28"]
    assert named(made, "high alarms")["x"][:2] == [x(made, 53), x(made, 53.8)]
    listed = [each.number for each in told(found, clock) if each.number is not None]
    assert listed == list(range(1, len(listed) + 1))
    read_out = made["layout"]["meta"]["events"]
    assert [each["number"] for each in read_out] == listed, "the list and the chart have the same numbers"


def test_of_two_results_for_one_moment_the_chart_shows_the_one_told_last(found: SessionRecord) -> None:
    again = [assessed(41, Scale.CADSS6, 9, told=43), assessed(41, Scale.CADSS6, 7, told=44)]
    session = found.session
    assert session is not None
    for each in again:
        session = session.apply(each)
    made = drawn(msgspec.structs.replace(found, session=session))
    results = [each["result"] for each in made["layout"]["meta"]["assessments"] if each["at"] == x(made, 41)]
    assert results == [7]


def test_an_infusion_is_a_bar_with_its_rates_and_pauses(tmp_path: Path) -> None:
    changes: list[AnyEvent] = [
        RateChanged(at=at(12), by="nurse 1", rate_ml_h=50),
        InfusionPaused(at=at(25), by="nurse 1", reason="Blood pressure"),
        InfusionResumed(at=at(30), by="nurse 1"),
        OxygenSet(at=at(26), by="nurse 1", litres_min=2),
    ]
    record_lifelike(tmp_path, [*infusion(), *changes])
    made = drawn(read(tmp_path))
    bars = [(each["from"], each["to"], each["text"]) for each in made["layout"]["meta"]["bars"]]
    assert bars == [
        (x(made, 0), x(made, 12), "34 mg · 75 mL/h"),
        (x(made, 12), x(made, 25), "50 mL/h"),
        (x(made, 25), x(made, 30), "pause"),
        (x(made, 30), x(made, 40), "50 mL/h"),
    ]
    assert named(made, "paused")["x"] == [x(made, 25), x(made, 30), None]


def test_nothing_that_was_typed_is_markup_in_the_chart(found: SessionRecord) -> None:
    made = drawn(found)
    texts = [text for trace in made["data"] for text in trace.get("text", [])]
    texts += [each["text"] for each in made["layout"]["annotations"]]
    assert any("&lt;script&gt;" in text for text in texts), "it is shown"
    for text in texts:
        assert "<" not in text
        assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in text
    assert all("hovertemplate" not in trace for trace in made["data"])
    assert made["layout"]["hovermode"] is False


def test_a_damaged_stretch_is_shaded_and_named(tmp_path: Path) -> None:
    record_lifelike(tmp_path, without(esketamine()))
    sql(tmp_path, "UPDATE chunk SET body = substr(body, 1, length(body) - 4) WHERE metric = 'SpO2' AND rowid % 5 = 1")
    found = read(tmp_path)
    assert found.damaged
    made = drawn(found)
    assert "record damaged" in [each["text"] for each in made["layout"]["annotations"]]
    lost = made["layout"]["meta"]["lost"][0]
    begin, end = ((lost[name] - x(made, 0)) / (MINUTE / 1000) for name in ("from", "to"))
    assert not between(made, curve_of(made, Metric.SPO2), begin, end).size
    assert between(made, curve_of(made, Metric.PR), begin, end).size, "what is intact is there"


# ---- the page


@pytest.fixture
def web(folder: Path) -> Iterator[Running]:
    (folder / "config.toml").write_text(CONFIG.read_text("utf-8"), "utf-8")
    with Running(create_app(load(CONFIG), folder)) as client:
        client.sign_in(folder)
        yield client


def asked(web: Running, data: object) -> Any:
    call = {
        "output": "review-drawn.data",
        "inputs": [{"id": "review-request", "property": "data", "value": data}],
        "changedPropIds": ["review-request.data"],
    }
    reply = web.post("/_dash-update-component", json=call, headers=ORIGIN)
    assert reply.status_code == 200, reply.text
    return reply.json()["response"]["review-drawn"]["data"]


ASKED = {"run": 3, "now": at(200), "session": SESSION}


@pytest.mark.parametrize(
    "data",
    [
        None,
        5,
        {},
        {**ASKED, "run": -1},
        {**ASKED, "view": [1]},
        {**ASKED, "view": [at(2), at(1)]},
        {**ASKED, "view": [at(1), at(1)]},
        {**ASKED, "view": [-1, at(1)]},
        {**ASKED, "view": [0, 2**60]},
        {**ASKED, "view": ["<b>", "x"]},
        {**ASKED, "more": 1},
        {**ASKED, "session": "x" * 65},
    ],
)
def test_a_chart_that_nobody_could_want_is_answered_in_words(web: Running, data: object) -> None:
    assert asked(web, data) == {"problem": "This cannot be drawn."}


def test_a_chart_is_for_those_who_may_know(web: Running) -> None:
    assert asked(web, ASKED)["layout"]["meta"]["run"] == 3
    assert asked(web, {**ASKED, "session": "ffff"})["problem"] == "There is no such session in the record."
    web.cookies.clear()
    assert asked(web, ASKED) == {"problem": "Sign in to see the chart.", "run": 3}


def test_a_stretch_of_the_chart_is_small_enough_to_be_sent_at_once(web: Running) -> None:
    for view in (None, [at(50), at(55)], [at(52), at(53)]):
        assert len(json.dumps(asked(web, {**ASKED, "view": view}))) < 200_000


def test_every_figure_with_a_place_leads_there(web: Running) -> None:
    html = shown(web, now=at(200))
    assert "Lowest SpO₂ 96 %" in words(html), "the marked desaturation counts for nothing"
    assert f'"at":{at(20)}' in html.replace("&quot;", '"'), "the peak pressure"


def test_an_amended_dose_shows_what_was_and_what_is_right(web: Running, folder: Path) -> None:
    entry = entry_of(web, "Device 3, 28 mg")
    fix = Amended(
        at=at(180),
        by="nurse 2",
        session=SESSION,
        room="1",
        corrects=entry,
        text="Half of it was lost",
        reason="seen at once",
        role="nurse",
        changes={"mg": 14},
    )
    with RecordWriter(folder) as writer:
        writer.append_events([fix])
    text = words(shown(web, now=at(200)))
    assert "was: Device 3, 28 mg" in text
    assert "Corrected: Half of it was lost · seen at once · nurse 2, nurse" in text
    assert "Dose 70 mg of 84 mg planned" in text
    assert "Changed since it was signed." in text
    given = named(asked(web, ASKED), "given")
    assert [each.strip() for each in given["text"]][:3] == ["28", "28", "14"]


def test_what_was_told_late_says_so(web: Running) -> None:
    text = words(shown(web, now=at(200)))
    assert "Ondansetron 4 mg IV" in text
    ondansetron = text.index("Ondansetron 4 mg IV")
    assert "late" in text[ondansetron : ondansetron + 60]


# ---- the table


def pressed_step(html: str) -> list[str]:
    """Attributes come in any order."""
    pressed = [each for each in re.findall(r"<button [^>]*>", html) if 'aria-pressed="true"' in each]
    return [step for each in pressed for step in re.findall(r'data-step="(\d+)"', each)]


def test_a_session_that_nobody_ended_for_days_has_a_table_that_can_be_read(tmp_path: Path) -> None:
    record_lifelike(tmp_path, [*beginning(), ended(72 * 60)])
    html = to_html(table_card(read(tmp_path), 1))
    assert 72 * 4 <= html.count("<tr>") <= MOST_ROWS
    assert "Every 1 minute it would be more than 600 lines: it is every 15 minutes." in html
    assert pressed_step(html) == ["15"], "the button says what is shown"


def test_a_table_that_is_short_enough_has_the_steps_asked_for(found: SessionRecord) -> None:
    html = to_html(table_card(found, 1))
    assert "more than" not in html
    assert pressed_step(html) == ["1"]


@pytest.mark.parametrize("hours", [0, 1, 9.9, 9.97, 10, 49, 50, 150, 24 * 25, 24 * 400])
@pytest.mark.parametrize("begins", [0, 1, 14 * MINUTE + 59 * SECOND])
@pytest.mark.parametrize("asked", STEPS_MIN)
def test_no_table_has_more_rows_than_anybody_reads(hours: float, begins: Micros, asked: int) -> None:
    lasted = round(hours * 60 * MINUTE)
    minutes = fitting_step(lasted, asked)
    assert minutes >= asked
    assert len(list(steps([], {}, (), (begins, begins + lasted), minutes))) <= MOST_ROWS
