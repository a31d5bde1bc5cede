from __future__ import annotations

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from devices.readings import SECOND
from monitor.clinic.events import (
    AlarmEnd,
    AlarmEnded,
    AlarmRaised,
    AnyEvent,
    CuffMeasured,
    DoseStarted,
    Phase,
    PhaseEntered,
)
from monitor.clinic.priority import Priority
from monitor.clinic.treatment.events import DosingEnded
from monitor.web.trend import GAP, MOST_POINTS, Course, Points, figure, thinned

START = 1_800_000_000 * SECOND
MINUTE = 60 * SECOND


def course(events: list[AnyEvent] | None = None, spo2: Points = (), pulse: Points = (), minutes: int = 60) -> Course:
    return Course(START, START + minutes * MINUTE, spo2, pulse, events or [], "Ketamine 34 mg")


def traces(drawn: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [trace for trace in drawn["data"] if trace.get("name") == name]


def test_a_minute_without_data_breaks_the_curve() -> None:
    seconds = [*range(0, 60), *range(120, 180)]
    thin = thinned([(START + second * SECOND, 97.0) for second in seconds])
    breaks = [place for place, (_, value) in enumerate(thin) if value is None]
    assert len(breaks) == 1, "two stretches with nothing between them must not be joined by a line"
    assert thin[breaks[0] - 1][0] < START + 60 * SECOND <= thin[breaks[0] + 1][0]


def test_ten_seconds_without_data_do_not_break_it() -> None:
    assert None not in [value for _, value in thinned([(START, 97.0), (START + GAP, 96.0)])]


def test_a_short_dip_survives_a_long_session() -> None:
    points = [(START + second * SECOND, 84.0 if second == 5000 else 97.0) for second in range(4 * 3600)]
    thin = thinned(points)
    assert len(thin) <= MOST_POINTS
    assert 84.0 in [value for _, value in thin]


@example([(1, 50), (11, 50), (3, 50), (19, 50)], 5)
@given(st.lists(st.tuples(st.integers(1, 40), st.none() | st.integers(50, 100)), max_size=2000), st.integers(5, 600))
def test_no_curve_is_longer_than_allowed_or_shows_what_was_not_measured(
    steps: list[tuple[int, int | None]], most: int
) -> None:
    points, at = [], START
    for seconds, value in steps:
        at += seconds * SECOND
        points.append((at, None if value is None else float(value)))
    thin = thinned(points, most)
    assert len(thin) <= max(most, 2 * sum(value is None for _, value in thin) + 1)
    measured = set(points)
    assert all(value is None or (at, value) in measured for at, value in thin)
    times = [at for at, _ in thin]
    assert times == sorted(times)


def cuff(minute: int, sys: float, dia: float) -> CuffMeasured:
    at = START + minute * MINUTE
    return CuffMeasured(
        at=at + MINUTE, by="service", measured_at=at, sys=sys, dia=dia, map=None, pr=None, source="cuff", simulated=True
    )


def test_pressures_stand_at_the_time_they_were_measured_and_join_only_their_own_pair() -> None:
    drawn = figure(course([cuff(5, 128, 78), cuff(10, 210, 120)]))
    systolic, diastolic = traces(drawn, "SYS")[0], traces(drawn, "DIA")[0]
    assert systolic["y"] == [128, 210]
    assert diastolic["y"] == [78, 120]
    assert systolic["x"][0] == "2027-01-15 08:05:00.000"
    joins = next(trace for trace in drawn["data"] if trace["type"] == "scatter" and trace["y"][:3] == [128, 78, None])
    assert joins["x"][2] is None
    assert drawn["layout"]["yaxis"]["range"][1] > 210, "a high pressure must not lie outside the picture"


def test_a_low_saturation_lies_inside_the_picture() -> None:
    drawn = figure(course(spo2=[(START, 61.0)]))
    assert drawn["layout"]["yaxis2"]["range"][0] < 61


def test_the_dose_is_shaded_from_its_start_until_dosing_was_over() -> None:
    events: list[AnyEvent] = [
        DoseStarted(at=START + 8 * MINUTE, by="nurse 1"),
        PhaseEntered(at=START + 8 * MINUTE, by="nurse 1", phase=Phase.DOSING),
        PhaseEntered(at=START + 48 * MINUTE, by="nurse 1", phase=Phase.MONITORING),
    ]
    layout = figure(course(events))["layout"]
    assert {(shape["x0"], shape["x1"]) for shape in layout["shapes"]} == {
        ("2027-01-15 08:08:00.000", "2027-01-15 08:48:00.000")
    }
    assert layout["annotations"][0]["text"] == "Ketamine 34 mg"
    assert "shapes" not in figure(course([]))["layout"]


def test_a_dose_that_was_charted_later_is_shaded_when_it_was_given() -> None:
    told, begun, over = START + 12 * MINUTE, START + 8 * MINUTE, START + 40 * MINUTE
    ended = DosingEnded(at=START + 48 * MINUTE, by="nurse 1", complete=True, mg=34, given_at=over)
    events: list[AnyEvent] = [
        PhaseEntered(at=told, by="nurse 1", phase=Phase.DOSING),
        DoseStarted(at=told, by="nurse 1", given_at=begun),
        ended,
        PhaseEntered(at=ended.at, by="nurse 1", phase=Phase.MONITORING),
    ]
    assert {(shape["x0"], shape["x1"]) for shape in figure(course(events))["layout"]["shapes"]} == {
        ("2027-01-15 08:08:00.000", "2027-01-15 08:40:00.000")
    }


def test_an_open_alarm_reaches_to_the_present_and_an_ended_one_does_not() -> None:
    def raised(condition: str, minute: int) -> AlarmRaised:
        at = START + minute * MINUTE
        return AlarmRaised(
            at=at, by="service", condition=condition, priority=Priority.HIGH, text=condition, since=at, onset=at
        )

    ended = AlarmEnded(
        at=START + 20 * MINUTE, by="service", condition="a", how=AlarmEnd.CLEARED, ended=START + 15 * MINUTE
    )
    drawn = figure(course([raised("a", 10), ended, raised("b", 30)]))
    lane = next(trace for trace in drawn["data"] if trace.get("yaxis") == "y3")
    assert lane["x"] == [
        "2027-01-15 08:10:00.000",
        "2027-01-15 08:15:00.000",
        None,
        "2027-01-15 08:30:00.000",
        "2027-01-15 09:00:00.000",
        None,
    ]


def test_times_are_those_of_the_readers_clock() -> None:
    there = Course(START, START + MINUTE, [(START, 97.0)], [], [], "", offset=-5 * 3600 * SECOND)
    assert traces(figure(there), "SpO₂ %")[0]["x"] == ["2027-01-15 03:00:00.000"]


def test_zoom_survives_new_data_and_text_is_never_markup() -> None:
    drawn = figure(course())
    assert drawn["layout"]["uirevision"] == figure(course(minutes=90))["layout"]["uirevision"]
    assert all("%{" in trace["hovertemplate"] for trace in drawn["data"] if trace.get("hoverinfo") != "skip")
