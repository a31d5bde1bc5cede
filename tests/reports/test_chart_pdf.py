"""The chart on paper says what the record says: every figure, every correction, and nothing besides."""

from __future__ import annotations

import hashlib
import math
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from devices.readings import Metric
from monitor.clinic.events import AnyEvent, CuffMeasured, PressureTaken, SessionEnded
from monitor.clinic.figures.saturation import BELOW
from monitor.clinic.figures.table import steps
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    BolusGiven,
    MedicineGiven,
    Reviewed,
    Signed,
)
from monitor.clinic.treatment.scales import Scale
from monitor.reports.chart.head import NOTICE
from monitor.reports.chart_pdf import chart_pdf
from monitor.reports.clinic_time import clock, zone
from monitor.reports.session_record import SessionRecord
from monitor.reports.words.alarm_words import seconds_words
from tests.reports.charts import CLINIC, charted, curves, document, pages, read, words
from tests.reports.lifelike import infusion, record_lifelike
from tests.reports.recorded import record
from tests.reports.scripted import (
    SESSION,
    assessed,
    at,
    beginning,
    cuff,
    ended,
    in_order,
    opened,
    signed,
    whole,
    without,
)

NAME = "Pâtient Größe"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("esketamine")
    record_lifelike(folder)
    return folder


@pytest.fixture(scope="module")
def found(folder: Path) -> SessionRecord:
    return read(folder)


# ---- figures


def test_every_figure_on_paper_is_that_of_the_record(found: SessionRecord) -> None:
    figures, on_paper = found.figures, words(found)
    assert figures is not None
    saturation, pressure = figures.saturation, figures.pressure
    highest, alarms = pressure.highest_sys, figures.alarms
    assert highest is not None
    assert saturation.lowest_at is not None
    peak = f"{highest.sys:.0f}/{highest.dia:.0f} at {clock(highest.measured_at)} (+20 min)"
    for text in (
        f"{figures.dose.given_mg:g} mg given, {figures.dose.planned_mg:g} mg planned",
        f"Baseline {pressure.baseline_sys:.0f}/{pressure.baseline_dia:.0f} mmHg",
        f"Peak pressure {peak}, 117 % of baseline",
        f"Peak diastolic {peak}, 116 % of baseline",
        f"Rise {pressure.rise_sys:+.0f}/{pressure.rise_dia:+.0f} mmHg",
        f"{pressure.readings} readings, {figures.readings_outside} beyond limits",
        f"{saturation.lowest:g} % at {clock(saturation.lowest_at)} (+52 min), for {seconds_words(saturation.lowest_s)}",
        *(f"Below {limit} % {seconds_words(saturation.below_s[limit])}, first" for limit in BELOW),
        f"SpO₂ known for {seconds_words(saturation.seen_s)}",
        f"SpO₂ in doubt {seconds_words(saturation.doubtful_s)}, left out",
        f"SpO₂ {seconds_words(figures.outside_s[Metric.SPO2])}, PR {seconds_words(figures.outside_s[Metric.PR])}",
        f"Sedation from {clock(at(15))} (+15 min) to {clock(at(55))} (+55 min)",
        f"Dissociation from {clock(at(40))} (+40 min) to {clock(at(70))} (+70 min)",
        "Respiratory depression not assessed",
        "Alarms 1 high · 1 medium · 0 low",
        f"median {seconds_words(alarms.median_s)}, longest {seconds_words(alarms.longest_s)}",
        f"Unanswered {alarms.unanswered}",
        f"Stable {clock(at(75.8))} (+75 min)",
        f"Clinically ready {clock(at(120))} (+120 min)",
        "Observed 125 min from the first dose",
        f"Discharged, {clock(at(125.9))} (+125 min)",
    ):
        assert text in on_paper, text


def test_the_table_has_every_quarter_of_an_hour_and_every_reading(found: SessionRecord) -> None:
    on_paper = pages(found)[1]
    assert found.session is not None
    readings = found.session.treatment.readings
    made = list(steps(found.events, found.curves(), readings, (found.start, found.end), 15))
    assert len(made) == 11
    for step in made:
        saturation, pulse = step.middles[Metric.SPO2], step.middles[Metric.PR]
        row = f"{clock(step.start)} {step.phase} {saturation.median:.0f} ({saturation.lowest:.0f}) {pulse.median:.0f}"
        assert row in on_paper, row
    for reading in readings:
        by_hand = " by hand" if isinstance(reading, PressureTaken) else ""
        assert f"{clock(reading.measured_at)} {reading.sys:.0f}/{reading.dia:.0f}{by_hand}" in on_paper
    assert f"{clock(at(40))} CADSS-6 11" in on_paper


def test_corrected_values_count_and_the_original_stays_readable(tmp_path: Path) -> None:
    events = in_order(infusion())
    bolus = next(each.seq for each in events if isinstance(each, BolusGiven))
    fix = Amended(
        at=at(162), by="Dr. 1", role="clinician", corrects=bolus, text="4 mg", reason="misread", changes={"mg": 4}
    )
    found = charted(tmp_path, [*infusion(), fix])
    on_paper = words(found)
    assert found.figures is not None
    assert f"{found.figures.dose.given_mg:g} mg given" in on_paper
    assert "corrected Bolus 4 mg · Dr. 1" in on_paper
    assert f"Entry {bolus}, as charted: {clock(at(20))} Bolus 5 mg · Dr. 1" in on_paper
    assert f"Right is: 4 mg · mg 5 → 4 · because: misread · Dr. 1, clinician, {clock(at(162))}" in on_paper
    assert "changed since signed" in pages(found)[0]
    assert "which does not cover that. Name and role Signature" in on_paper


def test_what_was_withdrawn_stands_among_the_corrections_only(tmp_path: Path) -> None:
    medicine = MedicineGiven(at=at(31), by="nurse 1", medicine="Ondansetron", dose="4 mg IV", given_at=at(31))
    number = next(each.seq for each in in_order([*whole(), medicine]) if isinstance(each, MedicineGiven))
    fix = Amended(
        at=at(150), by="Dr. 1", role="clinician", corrects=number, text="other room", reason="twice", withdrawn=True
    )
    on_paper = words(charted(tmp_path, [*whole(), medicine, fix]))
    assert on_paper.count("Ondansetron 4 mg IV") == 1
    assert f"Entry {number}, as charted: {clock(at(31))} Ondansetron 4 mg IV · nurse 1" in on_paper
    assert "Withdrawn, counts for nothing: other room" in on_paper


def test_artefacts_are_named_and_a_mark_that_was_withdrawn_says_so(tmp_path: Path) -> None:
    pressures = (Metric.SYS, Metric.DIA)
    said = [(57.9, 58.1, pressures, "arm moved"), (19.9, 20.1, pressures, "cough"), (2, 3, (Metric.SPO2,), "probe off")]
    marks = [
        ArtefactMarked(
            at=at(150), by="Dr. 1", role="clinician", start=at(start), end=at(end), metrics=metrics, reason=reason
        )
        for start, end, metrics, reason in said
    ]
    told = in_order([*whole(), cuff(58, 230, 60), *marks])
    cough = next(each.seq for each in told if isinstance(each, ArtefactMarked) and each.reason == "cough")
    back = ArtefactWithdrawn(at=at(160), by="Dr. 1", role="clinician", marked=cough, reason="it was true")
    note = Reviewed(at=at(170), by="Dr. 1", role="clinician", text="Nothing to add")
    found = charted(tmp_path, [*whole(), cuff(58, 230, 60), *marks, back, note], [97.0] * 200)
    on_paper = words(found)
    assert f"readings {clock(at(58))} 230/60 · arm moved · Dr. 1, clinician" in on_paper
    assert "Withdrawn, counts again: it was true · Dr. 1, clinician" in on_paper
    assert f"SpO₂ {clock(at(2))}:00–{clock(at(3))}:00 · probe off" in on_paper
    assert f"Peak pressure 150/92 at {clock(at(20))}" in on_paper
    assert on_paper.count("230/60") == 1, "an artefact stands among the readings of the table"
    assert "Nothing to add · Dr. 1, clinician" in on_paper


def test_what_was_told_late_is_marked(tmp_path: Path) -> None:
    late: list[AnyEvent] = [
        assessed(30, Scale.MOAAS, 4, told=37),
        MedicineGiven(at=at(36), by="nurse 1", medicine="Ondansetron", dose="4 mg IV", given_at=at(28)),
        PressureTaken(at=at(75), by="nurse 1", measured_at=at(62), sys=141, dia=85, pr=70),
    ]
    on_paper = words(charted(tmp_path, [*whole(), *late]))
    for told in (37, 36, 75):
        assert f"late, told {clock(at(told))}" in on_paper
    assert on_paper.count("late, told") == 3, "what was told two minutes later is not late"
    assert "Ondansetron 4 mg IV (late)" in on_paper
    assert "4 late" in on_paper


# ---- head, foot and signatures


def test_the_head_says_who_when_and_what_this_paper_is(found: SessionRecord) -> None:
    first = pages(found)[0]
    for text in (
        f"K-117 · {NAME} · born 1984-02-29",
        "SIMULATED",
        NOTICE,
        f"Session {SESSION}",
        f"15 January 2027, {clock(at(-20))} – {clock(at(125.9))}, all times {zone(found.start, found.end)}",
        "planned: Esketamine 84 mg · 70 kg · session number 3",
        f"{CLINIC.clinic.name} · Room 1",
    ):
        assert text in first, text
    assert "not signed" not in first
    assert "NOT FINISHED" not in first
    assert words(found).count("UTC") == 1


def test_every_foot_names_session_page_and_anchor(found: SessionRecord) -> None:
    about = document(found).metadata
    assert about is not None
    assert about.title == "Session chart, K-117, 2027-01-15"
    assert about.author == CLINIC.clinic.name
    told = pages(found)
    assert len(told) == 2
    for number, text in enumerate(told, 1):
        assert f"K-117 · session {SESSION}" in text
        assert f"Page {number} of 2" in text
        assert f"Anchor {found.anchor}" in text
    assert len(found.anchor) == 64
    assert f"Anchor of the record: {found.anchor}" in told[1]


def test_every_signature_stands_with_its_meaning_and_only_an_unsigned_record_has_a_line_to_sign_on(
    found: SessionRecord, tmp_path: Path
) -> None:
    on_paper = words(found)
    assert f"Signed: discharge · nurse 2, nurse, {clock(at(125))} · covers all up to entry 30" in on_paper
    assert "Name and role Signature" not in on_paper
    unsigned = words(charted(tmp_path, without(whole(), Signed)))
    assert "Nobody signed this record. Name and role Signature Date and time" in unsigned


def test_all_of_it_is_lines_and_letters(found: SessionRecord) -> None:
    for page in document(found).pages:
        assert len(page.images) == 0


def test_the_same_record_is_the_same_file_in_another_process(found: SessionRecord, folder: Path) -> None:
    script = (
        "import hashlib, sys; from pathlib import Path; from tests.reports.charts import chart_pdf, read;"
        "print(hashlib.sha256(chart_pdf(read(Path(sys.argv[1])))).hexdigest())"
    )
    root = Path(__file__).parents[2]
    other = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        cwd=root,
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert other.stdout.strip() == hashlib.sha256(chart_pdf(found)).hexdigest()
    assert chart_pdf(found) == chart_pdf(found)


# ---- sessions of every kind


def test_a_session_that_goes_on_says_so_and_until_when_it_was_read(tmp_path: Path) -> None:
    record(tmp_path, beginning())
    found = read(tmp_path, at(40))
    first = pages(found)[0]
    assert "NOT FINISHED" in first
    assert "not signed" in first
    assert f"{clock(at(-20))} – as read at {clock(at(40))}" in first
    assert "End goes on" in first
    assert "28 mg given, 84 mg planned" in first


def test_a_session_that_nobody_ended_for_months_is_still_readable(tmp_path: Path) -> None:
    record(tmp_path, beginning())
    found = read(tmp_path, at(60 * 24 * 100))
    assert len(pages(found)) == 2
    assert "as read at 25 Apr" in pages(found)[0]


def test_a_session_without_a_value_has_a_chart_without_one(tmp_path: Path) -> None:
    found = charted(tmp_path, [opened(), ended(1)])
    on_paper = words(found)
    for text in (
        "nothing given, 84 mg planned",
        "Lowest SpO₂ –",
        "Peak pressure –",
        "Baseline –",
        "SpO₂ known for 0 s",
    ):
        assert text in on_paper, text
    assert "nothing measured or assessed" in on_paper
    assert "SIMULATED" not in on_paper
    assert curves(found) == []


def test_eight_hours_fit_on_three_pages(tmp_path: Path) -> None:
    readings = [cuff(each, 132 + 26 * math.sin(each / 30), 82) for each in range(-15, 460, 5)]
    events = [*without(infusion(200, 400), CuffMeasured, Signed, SessionEnded), *readings, signed(459), ended(460)]
    found = charted(tmp_path, events, [97.0] * 200)
    told = pages(found)
    assert len(told) == 3
    on_paper = " ".join(told)
    for reading in readings:
        assert f"{clock(reading.measured_at)} {reading.sys:.0f}/82" in on_paper


@pytest.fixture
def far_east() -> Iterator[None]:
    """A clinic where midnight falls into the session."""
    before = os.environ.get("TZ")
    os.environ["TZ"] = "XXX-15"
    time.tzset()
    yield
    os.environ.pop("TZ") if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_midnight_within_a_session_is_told(folder: Path) -> None:
    found = read(folder)
    first, second = pages(found)
    assert "15 January 2027, 22:40 – 16 Jan 01:05, all times UTC+15:00" in first
    assert "16 Jan" in first[first.index("baseline ") : first.index("Pressure:")], (
        "the axis does not say where it begins"
    )
    assert "16 Jan 00:00 monitoring" in second
    assert "16 Jan 01:05 Discharged" in second
    assert re.search(r"\b23:00 dosing\b", second)


def test_the_number_of_each_event_stands_on_the_chart_and_beside_its_words(found: SessionRecord) -> None:
    first, second = pages(found)
    assert f"1 {clock(at(-20))} Session opened" in second
    assert f"18 {clock(at(125.9))} Discharged · nurse 2" in second
    assert re.search(r"\b17 18\b", first)
    assert f"H1 {clock(at(53))}:00 High: SpO₂ 86 < 87 · acknowledged by nurse 1" in second
    assert "H1" in first
    assert "M1" in first
