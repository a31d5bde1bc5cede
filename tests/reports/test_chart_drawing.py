"""What a chart draws: a fall of a moment is seen, a gap is never bridged, what is in doubt is marked."""

from __future__ import annotations

import math
import time
from itertools import pairwise
from pathlib import Path

import pytest

from devices.readings import MINUTE, SECOND
from monitor.clinic.events import AnyEvent
from monitor.clinic.figures.curves import Curve
from monitor.clinic.treatment.events import InfusionPaused, InfusionResumed, OxygenSet, RateChanged
from monitor.reports.chart.axes import TimeAxis, reaching
from monitor.reports.chart.curve_lane import COLUMN
from monitor.reports.chart.lane import rows_of
from monitor.reports.chart.thinning import stretches, thinned
from monitor.reports.chart_pdf import chart_pdf
from monitor.reports.session_record import SessionRecord
from tests.reports.charts import axis_of, charted, curves, pages, read, words
from tests.reports.lifelike import DROP_OUT_MIN, infusion, record_lifelike
from tests.reports.scripted import at, whole


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> SessionRecord:
    folder = tmp_path_factory.mktemp("esketamine")
    record_lifelike(folder)
    return read(folder)


def test_a_fall_of_three_seconds_is_seen_on_paper(tmp_path: Path) -> None:
    values = [97.0] * 60 + [91.0] * 30 + [97.0] * 60 + [82.0] * 3 + [97.0] * 60
    strokes = curves(charted(tmp_path, whole(), values))
    heights = sorted({round(each, 1) for stroke in strokes for each in (stroke.y, stroke.to_y)})
    assert len(heights) == 3
    low, middle, high = heights
    assert (high - low) / (high - middle) == pytest.approx((97 - 82) / (97 - 91), rel=0.02)


def test_no_line_bridges_a_gap(found: SessionRecord) -> None:
    axis = axis_of(found)
    left, right = (axis.x(at(minutes)) for minutes in DROP_OUT_MIN)
    strokes = curves(found)
    assert any(each.to_x < left for each in strokes)
    assert any(each.x > right for each in strokes)
    assert [each for each in strokes if each.x < left + 0.2 and each.to_x > right - 0.2] == []


def test_questioned_values_are_marked_with_what_they_were(found: SessionRecord) -> None:
    assert "? 71" in pages(found)[0]
    axis = axis_of(found)
    left, right = axis.x(at(80)), axis.x(at(81))
    assert [each for each in curves(found) if left + 0.3 < each.x and each.to_x < right - 0.3] == []


@pytest.mark.parametrize("seconds", [1, 60, 3600, 8 * 3600])
def test_thinning_keeps_the_lowest_and_highest_of_every_column(seconds: int) -> None:
    values = [97 + 3 * math.sin(number * number) for number in range(seconds)]
    curve = Curve.of([(number * SECOND, value) for number, value in enumerate(values)])
    column = 13 * SECOND
    thin = thinned(curve, 0, column)
    kept: dict[int, list[float]] = {}
    for moment, value in zip(thin.at.tolist(), thin.value.tolist(), strict=True):
        kept.setdefault(moment // column, []).append(value)
    for number in range(-(-seconds // 13)):
        own = values[number * 13 : (number + 1) * 13]
        assert (min(kept[number]), max(kept[number])) == (min(own), max(own))
        assert (kept[number][0], kept[number][-1]) == (own[0], own[-1])
        assert len(kept[number]) <= 4


def test_a_curve_falls_apart_where_values_are_missing() -> None:
    curve = Curve.of([(second * SECOND, 97.0) for second in (0, 1, 3, 6, 7)])
    assert [part.at.tolist() for part in stretches(curve)] == [[0, SECOND, 3 * SECOND], [6 * SECOND, 7 * SECOND]]
    assert list(stretches(Curve.of([]))) == []
    assert COLUMN < 0.5, "a printer tells more apart than is drawn"


def test_an_infusion_has_its_milligrams_rates_and_pauses(tmp_path: Path) -> None:
    events: list[AnyEvent] = [
        *infusion(),
        InfusionPaused(at=at(12), by="nurse 1", reason="nausea"),
        InfusionResumed(at=at(20), by="nurse 1"),
        RateChanged(at=at(27), by="nurse 1", rate_ml_h=60),
        OxygenSet(at=at(52), by="nurse 1", litres_min=2),
        OxygenSet(at=at(70), by="nurse 1", litres_min=0),
    ]
    found = charted(tmp_path, events)
    first = pages(found)[0]
    for text in ("34 mg in 50 mL", "5 mg", "75 mL/h", "paused", "60 mL/h", "2 L/min", "Ketamine IV"):
        assert text in first, text
    assert "Infusion paused · nausea · nurse 1" in words(found)


def test_a_chart_of_two_hours_is_drawn_in_time(found: SessionRecord) -> None:
    began = time.process_time()
    chart_pdf(found)
    assert time.process_time() - began < 2


@pytest.mark.parametrize("minutes", [15, 150, 480, 1440, 14 * 1440, 100 * 1440])
def test_the_grid_never_turns_into_a_grey_field(minutes: int) -> None:
    ticks = list(TimeAxis(at(0), at(0) + minutes * MINUTE, 80, 760).ticks())
    assert 3 <= len(ticks) <= 250
    labels = [tick.x for tick in ticks if tick.label]
    assert all(right - left >= 29 for left, right in pairwise(labels))


def test_two_hours_have_thin_lines_every_5_and_bold_ones_every_15_minutes() -> None:
    ticks = list(TimeAxis(at(0), at(120), 80, 760).ticks())
    assert (len(ticks), sum(tick.bold for tick in ticks)) == (25, 9)


@pytest.mark.parametrize("value", [20, 39, 161, 290])
def test_an_axis_reaches_whatever_was_measured(value: float) -> None:
    axis = reaching([120, value], 40, 160, 20, 0, 100)
    assert axis.low <= value <= axis.high
    assert 0 <= axis.y(value) <= 100
    assert axis.y(value) == pytest.approx((value - axis.low) / (axis.high - axis.low) * 100)


def test_marks_that_stand_close_are_in_rows_of_their_own() -> None:
    assert rows_of([(0, 10), (5, 15), (10, 20), (12, 22)], most=4) == [0, 1, 0, 2]
    assert rows_of([(0, 10), (0, 10), (0, 10)], most=2) == [0, 1, 0]
