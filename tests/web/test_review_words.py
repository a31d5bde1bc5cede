"""What the page of a session says in words and in its table, of values and damage that are out of the ordinary."""

from __future__ import annotations

import json
from pathlib import Path

from plotly.io.json import to_json_plotly

from monitor.clinic.treatment.scales import Scale
from monitor.reports.session_record import SessionRecord
from monitor.web.review.summary import figure_lines
from monitor.web.review.table import table_card
from tests.reports import charts
from tests.reports.charts import charted, damaged
from tests.reports.scripted import assessed, whole
from tests.web.session_pages import html_of, words

ALMOST_90 = [97.4, *[89.6] * 60, 97.4]


def table_of(found: SessionRecord) -> str:
    return words(html_of(json.loads(to_json_plotly(table_card(found, 15)))))


def line_of(found: SessionRecord, name: str) -> str:
    return next(each.text for each in figure_lines(found) if each.name == name)


def test_a_saturation_just_below_a_limit_is_not_told_as_being_at_it(tmp_path: Path) -> None:
    found = charted(tmp_path, whole(), ALMOST_90)
    assert "89.6 (89.6)" in table_of(found)
    assert "89.6 (89.6)" in charts.words(found), "the paper rounds it"
    assert line_of(found, "Lowest SpO₂").startswith("89.6 % for 1 min")


def test_a_step_of_the_table_has_all_its_assessments(tmp_path: Path) -> None:
    found = charted(tmp_path, [*whole(), assessed(16, Scale.MOAAS, 2), assessed(17, Scale.MOAAS, 3, told=40)])
    assert "4 , 2 , 3 late" in table_of(found)


def test_where_a_part_is_damaged_time_beyond_limits_is_a_bound(tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    charted(tmp_path / "whole", whole(), ALMOST_90 * 10)
    found = damaged(tmp_path / "whole", tmp_path, "UPDATE journal SET body = rotten(body) WHERE seq = 300")
    assert found.damaged
    assert line_of(found, "SpO₂ beyond limits").startswith("at least ")
    assert "SpO₂ at least " in charts.words(found)
