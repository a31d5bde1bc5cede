"""What if: other limits over recorded sessions, asked for as the page's script asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.record.writer import RecordWriter
from monitor.web.what_if import WhatIfDesk, WhatIfRequest
from tests.record.examples import sql
from tests.web.recorded_alarms import (
    HOUR,
    NOW,
    START,
    WHAT_IF,
    asked,
    opened,
    words,
)
from tests.web.running import Running


def what_if(settings: object, sessions: object = ("a", "b")) -> dict[str, object]:
    return {"run": 9, "now": NOW, "sessions": list(sessions) if isinstance(sessions, tuple) else sessions} | {
        "settings": settings
    }


def refused(web: Running, **settings: str) -> tuple[str, str]:
    """The field that a refusal names and its words."""
    typed = {key.replace("_", "."): value for key, value in settings.items()}
    answer = asked(web, WHAT_IF, "what-if-request", what_if(typed))["what-if-result"]["children"]
    return answer["props"]["attributes"]["data-refused"], words(answer)


@pytest.mark.parametrize(
    ("settings", "field", "reason"),
    [
        ({"SpO2_low": "ninety"}, "SpO2.low", '"ninety" is not a number.'),
        ({"SpO2_low": "nan"}, "SpO2.low", "not possible"),
        ({"PR_low": "130"}, "PR.low", "130 crosses the high limit 120"),
        ({"PR_high": "45"}, "PR.high", "50 crosses the high limit 45"),
        ({"PR_low_delay": "61"}, "PR.low.delay", "61 is not allowed; allowed is 0 to 60 s."),
        ({"SpO2_low_area": "60"}, "SpO2.low.area", "allowed are 10, 25, 50, 100"),
        ({"SpO2_low_area": "25", "SpO2_low_delay": "10"}, "SpO2.low.area", "give one of them"),
        ({"SpO2_low_severe": "93"}, "SpO2.low.severe", "93 must lie below the limit 90"),
        ({"SpO2_low": "none"}, "SpO2.low", "a limit is a number"),
        ({"SpO2_low": "88", "SpO2_low_priority": "low"}, "", "Only limits, delays, areas and severe limits"),
        ({"X_low": "88"}, "X.low", "metrics are"),
        ({"SpO2_low=1": "88"}, "SpO2.low=1", "write METRIC.low"),
        ({"SpO2_low": "  "}, "", "Give at least one other limit."),
        ({}, "", "Give at least one other limit."),
    ],
)
def test_a_limit_that_cannot_be_is_refused_at_its_field(
    web: Running, settings: dict[str, str], field: str, reason: str
) -> None:
    named, text = refused(web, **settings)
    assert named == field
    assert reason.lower() in text.lower()
    assert text.endswith(".")


@pytest.mark.parametrize(
    "question",
    [
        what_if({"SpO2.low": 88}),
        what_if({"SpO2.low": "8" * 65}),
        what_if({f"SpO2.{number}": "1" for number in range(101)}),
        what_if({"SpO2.low": "88"}, [str(number) for number in range(51)]),
        what_if({"SpO2.low": "88"}, [1]),
        what_if([], ("a",)),
    ],
)
def test_a_trial_that_no_form_can_send_is_answered_in_words(web: Running, question: object) -> None:
    assert words(asked(web, WHAT_IF, "what-if-request", question)["what-if-result"]) == "This cannot be tried."


@pytest.mark.parametrize("sessions", [(), ("nobody",)])
def test_without_a_session_nothing_is_tried(web: Running, sessions: tuple[str, ...]) -> None:
    answer = asked(web, WHAT_IF, "what-if-request", what_if({"SpO2.low": "88"}, sessions))["what-if-result"]
    assert words(answer) == "Choose at least one session."


def test_recorded_sessions_tell_what_other_limits_would_have_done(web: Running) -> None:
    settings = {"SpO2.low": "86,5", "SpO2.low.delay": "60", "SpO2.low.severe": "80", "SYS.high.severe": "200"}
    text = words(asked(web, WHAT_IF, "what-if-request", what_if(settings))["what-if-result"])
    assert "2 sessions, 25.0 room-hours" in text
    assert "SpO₂ low severe 1 0 −1 0.04 0.00" in text
    assert "SYS high severe 1 0 −1" in text
    assert "SYS high 0 1 +1" in text, "the ordinary limit speaks when the severe one does not"
    assert "Missed severe episodes 0 → 1" in text
    assert "Room 1 K-1 SpO₂ below 85 for 20 s, worst 83 alarmed" in text


def test_the_trial_changes_nothing_in_the_record(clinic: Path, reader: RecordReader) -> None:
    before = reader.events()
    found = WhatIfDesk(reader, load(clinic / "config.toml")).run(
        WhatIfRequest(run=1, now=NOW, sessions=["a", "b", "a"], settings={"SpO2.low.severe": "80"})
    )
    assert found.sessions == 2, "a session that is named twice counts once"
    assert found.missed == []
    assert reader.events() == before


def test_a_session_whose_protocol_is_gone_is_left_out_and_said(clinic: Path, web: Running) -> None:
    with RecordWriter(clinic) as writer:
        writer.append_events([opened("c", "2", "K-3", START + 3 * HOUR, "long_gone")])
    question = what_if({"SpO2.low": "88"}, ("a", "c"))
    assert "1 session left out" in words(asked(web, WHAT_IF, "what-if-request", question)["what-if-result"])
    alone = what_if({"SpO2.low": "88"}, ("c",))
    answer = asked(web, WHAT_IF, "what-if-request", alone)["what-if-result"]
    assert "not configured any more" in words(answer)


def test_damaged_events_of_a_session_are_told_beside_the_result(clinic: Path, web: Running) -> None:
    sql(clinic, "UPDATE event SET body = replace(body, '190', '150') WHERE kind = 'CuffMeasured'")
    text = words(asked(web, WHAT_IF, "what-if-request", what_if({"SYS.high": "150"}))["what-if-result"])
    assert "A part of the record is damaged and was left out." in text
    assert "SYS high" not in text
