"""An infusion as the service decides on it when it is charted later: clock, baseline, gate and what screens show."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.readings import Metric
from monitor.clinic.events import BaselineLocked
from monitor.clinic.refusal import Refused, Unconfirmed
from monitor.clinic.treatment.events import DosingEnded, InfusionStarted
from monitor.clinic.treatment.giving import Ordered
from monitor.service.treatment_frames import DosingView
from monitor.service.treatment_messages import (
    ChangeRate,
    EndDosing,
    GiveBolus,
    PauseInfusion,
    ResumeInfusion,
    StartInfusion,
)
from monitor.service.treatment_view import TreatmentViews
from tests.clinic.treatments import MINUTE, of
from tests.service.chair import Chair


@pytest.fixture
def chair(tmp_path: Path) -> Iterator[Chair]:
    with Chair(tmp_path) as chair:
        yield chair


def infuse(chair: Chair, minutes_ago: float | None = None, confirmed: tuple[str, ...] = ()) -> list[InfusionStarted]:
    given_at = None if minutes_ago is None else chair.now - round(minutes_ago * MINUTE)
    order = Ordered(dose_mg=35, volume_ml=50, minutes=40, lot="B2", given_at=given_at)
    command = StartInfusion(room="1", session=chair.session.id, order=order, confirmed=confirmed)
    return of(InfusionStarted, chair.ask(command))


def shown(chair: Chair) -> DosingView:
    view = TreatmentViews().of(chair.room)
    assert view is not None
    return view.dosing


def shown_mg(chair: Chair) -> float:
    """What a screen makes of the infusion by now."""
    infusion = shown(chair).infusion
    assert infusion is not None
    return infusion.mg + infusion.mg_per_h * (chair.now - infusion.since) / (60 * MINUTE)


def test_an_infusion_told_late_began_when_it_did_for_clock_baseline_and_milligrams(chair: Chair) -> None:
    chair.start_ready_for_dose("iv_ketamine", 35)
    chair.sit_minutes(10)
    chair.measure(139, 89)
    chair.sit_minutes(2)
    infuse(chair, minutes_ago=6)
    assert chair.session.first_dose_at == chair.now - 6 * MINUTE
    (locked,) = of(BaselineLocked, chair.recorded())
    assert (locked.values[Metric.SYS], locked.readings) == (120, 1), "a pressure under the drug is the baseline"
    assert shown_mg(chair) == pytest.approx(6 * 0.875)


def test_an_infusion_waits_for_the_gate_and_one_that_runs_already_is_asked_about(chair: Chair) -> None:
    chair.start_ready_for_dose("iv_ketamine", 35)
    chair.measure(212, 118)
    chair.sit_minutes(3)
    with pytest.raises(Refused, match=r"The dose waits\. Blood pressure 212/118"):
        infuse(chair)
    with pytest.raises(Unconfirmed) as asked:
        infuse(chair, minutes_ago=2)
    assert [text.split(" is ")[0] for text in asked.value.warnings] == ["Blood pressure 212/118"]
    (started,) = infuse(chair, minutes_ago=2, confirmed=asked.value.warnings)
    assert started.warnings == asked.value.warnings


def test_screens_show_what_is_in_by_when_the_pump_was_touched(chair: Chair) -> None:
    session = chair.start_ready_for_dose("iv_ketamine", 35)
    infuse(chair)
    chair.skip_minutes(10)
    chair.ask(PauseInfusion(room="1", session=session, reason="nausea", given_at=chair.now - 2 * MINUTE))
    assert shown_mg(chair) == pytest.approx(8 * 0.875)
    chair.skip_minutes(6)
    chair.ask(ResumeInfusion(room="1", session=session, given_at=chair.now - 4 * MINUTE))
    assert shown_mg(chair) == pytest.approx(12 * 0.875)
    chair.ask(ChangeRate(room="1", session=session, rate_ml_h=37.5, given_at=chair.now - 2 * MINUTE))
    assert shown_mg(chair) == pytest.approx(11 * 0.875)
    chair.ask(GiveBolus(room="1", session=session, mg=5, given_at=chair.now - MINUTE))
    chair.skip_minutes(10)
    with pytest.raises(Refused, match="A bolus was given after that") as refusal:
        chair.ask(EndDosing(room="1", session=session, reason="nausea", given_at=chair.now - 12 * MINUTE))
    assert refusal.value.field == "given_at"
    (ended,) = of(
        DosingEnded, chair.ask(EndDosing(room="1", session=session, reason="nausea", given_at=chair.now - 4 * MINUTE))
    )
    assert ended.mg == pytest.approx(14 * 0.875 + 5, abs=0.005)
    assert (shown(chair).ended_at, shown(chair).given_mg) == (chair.now - 4 * MINUTE, ended.mg)
    chair.sit(1)
    (observed,) = [item for item in chair.room.evidence.checked if item.id == "observed"]
    assert observed.said.startswith("4 of "), "the observation counts from when the end was charted"
