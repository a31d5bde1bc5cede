"""A session that is looked at again: what is corrected, withdrawn, marked and signed, and what that changes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

import msgspec
import pytest

from devices.readings import Metric, Micros
from monitor.clinic.events import AnyEvent, BaselineLocked, CuffMeasured, DoseStarted, PressureTaken
from monitor.clinic.figures.pressure import pressure_figures
from monitor.clinic.refusal import Refused, Unconfirmed
from monitor.clinic.session import Session, folded
from monitor.clinic.treatment.amending import as_amended
from monitor.clinic.treatment.ending import Signature, submit_form
from monitor.clinic.treatment.events import (
    Amended,
    AssessmentRecorded,
    BolusGiven,
    DeviceGiven,
    DosingEnded,
    InfusionStarted,
    MedicineGiven,
    RateChanged,
)
from monitor.clinic.treatment.reviewing import (
    Correction,
    amend,
    mark_artefact,
    review,
    sign_again,
    withdraw_artefact,
)
from tests.reports.lifelike import infusion
from tests.reports.scripted import PROTOCOLS, US, at, beginning, in_order, whole

NURSE, CLINICIAN = ("nurse 1", "nurse"), ("Dr. 1", "clinician")
LATER = at(200)
ALL = 10**6
"""As who has seen all there is."""


def month_of(_: Micros) -> str:
    return "2027-01"


def by_hand(minutes: float, sys: float, dia: float) -> PressureTaken:
    return PressureTaken(at=at(minutes), by="nurse 1", measured_at=at(minutes), sys=sys, dia=dia, pr=None)


def session_of(told: Sequence[AnyEvent]) -> Session:
    session = folded(as_amended(told))
    assert session is not None
    return session


def entry(told: Sequence[AnyEvent], kind: type[AnyEvent], place: int = 0) -> AnyEvent:
    return [each for each in told if isinstance(each, kind)][place]


def asked(told: list[AnyEvent], of: AnyEvent, withdrawn: bool = False, **changes: Any) -> tuple[str, ...]:
    """What the person is asked about before the entry is corrected."""
    try:
        correct(told, of, (), withdrawn=withdrawn, **changes)
    except Unconfirmed as unusual:
        return unusual.warnings
    return ()


def correct(
    told: list[AnyEvent], of: AnyEvent, confirmed: Collection[str], *, withdrawn: bool, **changes: Any
) -> Amended:
    session = session_of(told)
    correction = Correction(of.seq, "what is right", "misread", changes, withdrawn=withdrawn, confirmed=confirmed)
    return amend(session, PROTOCOLS.get(session.protocol), told, correction, month_of, *NURSE, LATER)


def corrected(told: list[AnyEvent], of: AnyEvent, withdrawn: bool = False, **changes: Any) -> list[AnyEvent]:
    """The record once the entry was corrected by a person who confirmed all they were asked."""
    warnings = asked(told, of, withdrawn=withdrawn, **changes)
    event = correct(told, of, warnings, withdrawn=withdrawn, **changes)
    assert event.warnings == warnings
    return [*told, msgspec.structs.replace(event, seq=told[-1].seq + 1)]


def test_a_corrected_device_gives_another_dose_and_the_record_keeps_what_was_charted() -> None:
    told = in_order(whole())
    after = corrected(told, entry(told, DeviceGiven, 2), mg=14.0, lot="B2")
    assert after[:-1] == told, "the record was changed"
    device, ended = entry(as_amended(after), DeviceGiven, 2), entry(as_amended(after), DosingEnded)
    assert isinstance(device, DeviceGiven)
    assert isinstance(ended, DosingEnded)
    assert (device.mg, device.lot, ended.mg) == (14, "B2", 70)


def test_a_total_that_was_corrected_itself_stays_as_it_was_corrected() -> None:
    told = in_order(whole())
    after = corrected(told, entry(told, DosingEnded), mg=80.0)
    after = corrected(after, entry(told, DeviceGiven, 2), mg=14.0)
    ended = entry(as_amended(after), DosingEnded)
    assert isinstance(ended, DosingEnded)
    assert ended.mg == 80


@pytest.mark.parametrize("damaged", [0, 2])
def test_a_corrected_pressure_leaves_dose_and_time_zero_of_a_damaged_record_as_they_were_charted(damaged: int) -> None:
    told = in_order([*whole(), by_hand(60, 230, 90)])
    told.remove(entry(told, DeviceGiven, damaged))
    after = corrected(told, entry(told, PressureTaken), sys=130.0)
    ended = entry(as_amended(after), DosingEnded)
    assert isinstance(ended, DosingEnded)
    assert (ended.mg, session_of(after).first_dose_at) == (84, at(0))


def test_a_first_dose_at_another_time_moves_time_zero() -> None:
    told = in_order(whole())
    after = corrected(told, entry(told, DeviceGiven), given_at=at(-2))
    started = entry(as_amended(after), DoseStarted)
    assert isinstance(started, DoseStarted)
    assert started.zero == session_of(after).first_dose_at == at(-2)


def test_the_last_of_two_corrections_counts() -> None:
    told = in_order(whole())
    device = entry(told, DeviceGiven, 1)
    after = corrected(corrected(told, device, mg=10.0), device, mg=20.0)
    found = entry(as_amended(after), DeviceGiven, 1)
    assert isinstance(found, DeviceGiven)
    assert found.mg == 20


def test_a_second_correction_is_judged_beside_the_first() -> None:
    told = in_order([*whole(), by_hand(60, 138, 84)])
    taken = entry(told, PressureTaken)
    after = corrected(told, taken, sys=100.0)
    with pytest.raises(Refused) as refused:
        corrected(after, taken, dia=120.0)
    assert refused.value.field == "sys", "138 over 120 was possible, 100 over 120 is not"


def test_nothing_is_put_into_an_entry_that_was_withdrawn() -> None:
    told = in_order([*whole(), by_hand(60, 230, 140)])
    taken = entry(told, PressureTaken)
    after = corrected(told, taken, withdrawn=True)
    for again in ({"sys": 130.0}, {"withdrawn": True}):
        with pytest.raises(Refused, match="was withdrawn"):
            corrected(after, taken, **again)


def test_a_mistyped_pressure_that_is_withdrawn_counts_nowhere() -> None:
    told = in_order([*whole(), by_hand(60, 230, 140)])
    assert pressure_figures(session_of(told)).rise_sys == 230 - 128
    after = corrected(told, entry(told, PressureTaken), withdrawn=True)
    assert pressure_figures(session_of(after)).rise_sys == 150 - 128


def test_a_baseline_follows_a_corrected_reading() -> None:
    locked = BaselineLocked(
        at=at(-1), by="protocol", values={Metric.SYS: 179, Metric.DIA: 110, Metric.PR: 70}, readings=2
    )
    told = in_order([*whole(), by_hand(-8, 230, 140), locked])
    after = corrected(told, entry(told, PressureTaken), sys=130.0, dia=80.0)
    assert session_of(after).baseline_values == {Metric.SYS: 129, Metric.DIA: 80, Metric.PR: 70}


LOCKED = BaselineLocked(at=at(-1), by="protocol", values={Metric.SYS: 134, Metric.DIA: 82}, readings=2)


@pytest.mark.parametrize(
    ("kind", "changes"), [(PressureTaken, {"measured_at": at(30)}), (DeviceGiven, {"given_at": at(-8)})]
)
def test_a_reading_that_turns_out_to_be_after_the_first_dose_is_no_baseline(
    kind: type[AnyEvent], changes: dict[str, Any]
) -> None:
    told = in_order([*whole(), by_hand(-5, 140, 85), LOCKED])
    assert pressure_figures(session_of(told)).baseline_sys == 134
    after = session_of(corrected(told, entry(told, kind), **changes))
    assert (pressure_figures(after).baseline_sys, after.baseline_values[Metric.SYS]) == (128, 128)


def test_a_baseline_that_was_locked_anew_is_still_of_one_reading_when_another_one_is_corrected() -> None:
    anew = BaselineLocked(at=at(21), by="nurse 1", values={Metric.SYS: 150, Metric.DIA: 92}, readings=1, reason="high")
    told = in_order([*whole(), by_hand(-5, 140, 85), LOCKED, anew])
    assert pressure_figures(session_of(told)).baseline_sys == 134, "a reading after the dose became its baseline"
    after = session_of(corrected(told, entry(told, PressureTaken), sys=130.0))
    assert after.baseline_values == {Metric.SYS: 150, Metric.DIA: 92}
    assert pressure_figures(after).baseline_sys == 129


@pytest.mark.parametrize("metric", [Metric.SYS, Metric.DIA, Metric.MAP])
def test_of_a_cuff_reading_with_one_pressure_marked_none_counts(metric: Metric) -> None:
    told = in_order(whole())
    mark = mark_artefact(session_of(told), (at(19), at(21)), (metric,), "arm moved", *NURSE, LATER)
    found = pressure_figures(session_of([*told, msgspec.structs.replace(mark, seq=100)]))
    assert found.highest_sys is not None
    assert found.highest_dia is not None
    assert (found.highest_sys.sys, found.highest_dia.dia, found.rise_dia) == (146, 90, 90 - 79)


MEDICINE = MedicineGiven(at=at(28), by="nurse 1", medicine="Ondansetron", dose="4 mg IV", given_at=at(28))


@pytest.mark.parametrize(
    ("kind", "changes", "field"),
    [
        (DeviceGiven, {"mg": "much"}, "mg"),
        (DeviceGiven, {"mg": -1.0}, "mg"),
        (DeviceGiven, {"mg": float("nan")}, "mg"),
        (DeviceGiven, {"mg": 280.0}, "mg"),
        (DeviceGiven, {"mg": 84.1}, "mg"),
        (DosingEnded, {"mg": 1000.1}, "mg"),
        (DeviceGiven, {"lot": " "}, "lot"),
        (DeviceGiven, {"lot": "L" * 21}, "lot"),
        (DeviceGiven, {"lot": "L" * 100_000}, "lot"),
        (DeviceGiven, {"lot": "A\x001"}, "lot"),
        (DeviceGiven, {"lot": "A\n1"}, "lot"),
        (DeviceGiven, {"lot": "A\N{RIGHT-TO-LEFT OVERRIDE}1"}, "lot"),
        (DeviceGiven, {"lot": 5}, "lot"),
        (DeviceGiven, {"expiry": "not a month"}, "expiry"),
        (DeviceGiven, {"expiry": "2027-13"}, "expiry"),
        (MedicineGiven, {"medicine": " "}, "medicine"),
        (MedicineGiven, {"dose": "x" * 2001}, "dose"),
        (DeviceGiven, {"number": 4}, "number"),
        (DeviceGiven, {"by": "nurse 9"}, "by"),
        (DeviceGiven, {"given_at": at(7)}, "given_at"),
        (DeviceGiven, {"given_at": at(-300)}, "given_at"),
        (DeviceGiven, {"given_at": None}, "given_at"),
        (PressureTaken, {"sys": 60.0}, "sys"),
        (PressureTaken, {"sys": 301.0}, "sys"),
        (PressureTaken, {"pr": "fast"}, "pr"),
        (CuffMeasured, {"sys": 120.0}, "sys"),
    ],
)
def test_what_cannot_be_is_not_put_in(kind: type[AnyEvent], changes: dict[str, Any], field: str) -> None:
    told = in_order([*whole(), by_hand(60, 130, 80), MEDICINE])
    with pytest.raises(Refused) as refusal:
        corrected(told, entry(told, kind), **changes)
    assert refusal.value.field == field


def test_a_bolus_above_the_highest_dose_is_not_put_in() -> None:
    told = with_bolus()
    for mg in (151.0, 0.0):
        with pytest.raises(Refused, match="cannot be right"):
            corrected(told, entry(told, BolusGiven), mg=mg)


def with_bolus() -> list[AnyEvent]:
    """An infusion of 35 mg over 40 min with another rate and a bolus."""
    changes: list[AnyEvent] = [
        RateChanged(at=at(10), by="nurse 1", rate_ml_h=60),
        BolusGiven(at=at(12), by="nurse 1", mg=5),
    ]
    return in_order([*infusion(), *changes])


@pytest.mark.parametrize(
    ("kind", "changes", "warnings"),
    [
        (DeviceGiven, {"mg": 14.0}, ["14 mg, but a device holds 28 mg."]),
        (
            DeviceGiven,
            {"mg": 56.0},
            ["56 mg, but a device holds 28 mg.", "112 mg in all are more than the planned 84 mg."],
        ),
        (DosingEnded, {"mg": 56.0}, ["The total is told as 56 mg, but the doses make 84 mg."]),
        (
            DosingEnded,
            {"mg": 1000.0},
            [
                "1000 mg in all are more than the planned 84 mg.",
                "The total is told as 1000 mg, but the doses make 84 mg.",
            ],
        ),
        (DeviceGiven, {"expiry": "2026-12"}, ["This device expired in 2026-12."]),
        (DeviceGiven, {"mg": 28.0, "lot": " B2 ", "expiry": "2027-01", "given_at": at(1)}, []),
        (PressureTaken, {"sys": 230.0, "dia": 85.0}, ["Systolic 230 is high."]),
        (PressureTaken, {"pr": None}, []),
    ],
)
def test_what_is_unusual_about_a_correction_is_asked_as_it_is_in_charting(
    kind: type[AnyEvent], changes: dict[str, Any], warnings: list[str]
) -> None:
    told = in_order([*whole(), by_hand(60, 130, 80)])
    assert asked(told, entry(told, kind), **changes) == tuple(warnings)


@pytest.mark.parametrize(
    ("kind", "changes", "part"),
    [
        (InfusionStarted, {"dose_mg": 60.0}, "60 mg, but "),
        (InfusionStarted, {"rate_ml_h": 300.0}, " min are shorter than "),
        (RateChanged, {"rate_ml_h": 600.0}, "600 mL/h is more than twice 75 mL/h."),
        (BolusGiven, {"mg": 30.0}, "30 mg are more than half of the planned "),
    ],
)
def test_what_is_unusual_about_a_corrected_infusion_is_asked(
    kind: type[AnyEvent], changes: dict[str, Any], part: str
) -> None:
    told = with_bolus()
    assert any(part in each for each in asked(told, entry(told, kind), **changes))


def test_a_total_that_was_put_in_is_asked_about_when_a_dose_is_withdrawn_beside_it() -> None:
    told = in_order(whole())
    after = corrected(told, entry(told, DosingEnded), mg=56.0)
    assert asked(after, entry(told, DeviceGiven, 2), withdrawn=True) == ()
    assert asked(after, entry(told, DeviceGiven, 2), mg=14.0)[1:] == (
        "The total is told as 56 mg, but the doses make 70 mg.",
    )


def test_another_number_than_the_one_that_was_confirmed_is_asked_about_again() -> None:
    told = in_order(whole())
    device = entry(told, DeviceGiven)
    confirmed = asked(told, device, mg=14.0)
    with pytest.raises(Unconfirmed, match="unusual"):
        correct(told, device, confirmed, withdrawn=False, mg=7.0)


def test_where_the_protocol_is_not_known_any_more_the_planned_dose_still_is() -> None:
    told = in_order(whole())
    correction = Correction(entry(told, DeviceGiven).seq, "x", "y", {"mg": 280.0})
    with pytest.raises(Unconfirmed) as unusual:
        amend(session_of(told), None, told, correction, month_of, *NURSE, LATER)
    assert unusual.value.warnings == ("336 mg in all are more than the planned 84 mg.",)


def test_what_a_device_measured_is_not_withdrawn_but_marked() -> None:
    told = in_order(whole())
    highest = entry(told, CuffMeasured, 1)
    with pytest.raises(Refused, match="cannot be withdrawn"):
        corrected(told, highest, withdrawn=True)
    session = session_of(told)
    mark = mark_artefact(session, (at(19.5), at(20.5)), [Metric.SYS], "arm moved", *NURSE, LATER)
    marked = [*told, msgspec.structs.replace(mark, seq=99)]
    assert pressure_figures(session_of(marked)).rise_sys == 146 - 128
    again = withdraw_artefact(session_of(marked), 99, "it was at rest", *NURSE, LATER)
    assert pressure_figures(session_of([*marked, again])).rise_sys == 150 - 128


def test_a_baseline_does_without_a_reading_that_is_an_artefact() -> None:
    told = in_order([*whole(), *[msgspec.structs.replace(entry(whole(), CuffMeasured), measured_at=at(-4), sys=180)]])
    assert pressure_figures(session_of(told)).baseline_sys == 154
    mark = mark_artefact(session_of(told), (at(-4.5), at(-3.5)), [Metric.SYS], "coughed", *NURSE, LATER)
    assert pressure_figures(session_of([*told, mark])).baseline_sys == 128


@pytest.mark.parametrize(("start", "end"), [(at(10), at(10)), (at(11), at(10)), (at(-300), at(10)), (at(10), at(300))])
def test_an_artefact_lies_within_the_session(start: Micros, end: Micros) -> None:
    with pytest.raises(Refused, match="within the session"):
        mark_artefact(session_of(in_order(whole())), (start, end), [Metric.SPO2], "moved", *NURSE, LATER)


def test_who_corrects_says_why_and_is_a_nurse_or_a_clinician() -> None:
    told = in_order(whole())
    session = session_of(told)
    for text, reason, field in (("", "misread", "text"), ("lot A1", " ", "reason")):
        with pytest.raises(Refused) as refusal:
            amend(session, US, told, Correction(3, text, reason), month_of, *NURSE, LATER)
        assert refusal.value.field == field
    with pytest.raises(Refused, match="nurse or a clinician"):
        amend(session, US, told, Correction(3, "x", "y"), month_of, "somebody", "tester", LATER)
    with pytest.raises(Refused, match="no entry 1000"):
        amend(session, US, told, Correction(1000, "x", "y"), month_of, *NURSE, LATER)
    with pytest.raises(Refused, match="goes on"):
        amend(session_of(in_order(beginning())), US, told, Correction(3, "x", "y"), month_of, *NURSE, LATER)


def test_a_corrected_record_is_unsigned_until_somebody_signs_it_again() -> None:
    told = in_order(whole())
    session = session_of(told)
    assert session.treatment.is_signed
    signature = Signature("Dr. 1", "clinician", 40, "cd" * 32)
    with pytest.raises(Refused, match="signed as it is"):
        sign_again(session, ALL, signature, LATER)
    after = corrected(told, entry(told, DeviceGiven), lot="B2")
    assert not session_of(after).treatment.is_signed
    event = sign_again(session_of(after), ALL, signature, LATER)
    assert session_of([*after, event]).treatment.is_signed


def marked(told: list[AnyEvent]) -> list[AnyEvent]:
    mark = mark_artefact(session_of(told), (at(19.5), at(20.5)), [Metric.SYS], "arm moved", *NURSE, LATER)
    return [*told, msgspec.structs.replace(mark, seq=told[-1].seq + 1)]


def mark_withdrawn(told: list[AnyEvent]) -> list[AnyEvent]:
    after = marked(told)
    again = withdraw_artefact(session_of(after), after[-1].seq, "it was at rest", *NURSE, LATER)
    return [*after, msgspec.structs.replace(again, seq=after[-1].seq + 1)]


def in_words(told: list[AnyEvent]) -> list[AnyEvent]:
    return corrected(told, entry(told, DeviceGiven))


CHANGES = (in_words, marked, mark_withdrawn)


@pytest.mark.parametrize("change", CHANGES)
def test_a_signature_holds_for_what_it_covers_and_not_for_a_change_that_came_in_between(
    change: Callable[[list[AnyEvent]], list[AnyEvent]],
) -> None:
    after = change(in_order(whole()))
    newest = after[-1].seq
    signature = Signature("Dr. 1", "clinician", newest, "cd" * 32)
    late = msgspec.structs.replace(sign_again(session_of(after), ALL, signature, LATER), seq=newest + 1)
    assert session_of([*after, late]).treatment.is_signed
    blind = msgspec.structs.replace(late, covers=newest - 1)
    assert not session_of([*after, blind]).treatment.is_signed, "it covers what the signer never saw"


@pytest.mark.parametrize("change", CHANGES)
def test_nobody_signs_or_sends_what_changed_since_they_looked(
    change: Callable[[list[AnyEvent]], list[AnyEvent]],
) -> None:
    after = change(in_order(whole()))
    session, newest = session_of(after), after[-1].seq
    signature = Signature("Dr. 1", "clinician", newest, "cd" * 32)
    for says in (
        lambda seen: sign_again(session, seen, signature, LATER),
        lambda seen: submit_form(session, seen, *NURSE, LATER),
    ):
        with pytest.raises(Refused, match=r"Changed meanwhile\. Look again\.") as refusal:
            says(newest - 1)
        assert refusal.value.field == "seen"
        assert says(newest).by


# ---- the monitoring form


@pytest.mark.parametrize("change", CHANGES)
def test_a_form_that_was_sent_is_sent_again_after_a_change(
    change: Callable[[list[AnyEvent]], list[AnyEvent]],
) -> None:
    told = [*in_order(whole())]
    sent = msgspec.structs.replace(submit_form(session_of(told), ALL, *NURSE, LATER), seq=told[-1].seq + 1)
    told.append(sent)
    with pytest.raises(Refused, match="sent already"):
        submit_form(session_of(told), ALL, *NURSE, LATER)
    after = change(told)
    assert session_of(after).treatment.changed_since_sent
    again = submit_form(session_of(after), ALL, *NURSE, LATER)
    assert not session_of([*after, again]).treatment.changed_since_sent


@pytest.mark.parametrize("role", ["tester", "administrator", "nobody"])
def test_only_who_treats_patients_says_that_a_form_was_sent(role: str) -> None:
    with pytest.raises(Refused, match="nurse or a clinician"):
        submit_form(session_of(in_order(whole())), ALL, "somebody", role, LATER)


def test_a_note_of_a_clinician_leaves_the_signature_as_it_is() -> None:
    told = in_order(whole())
    note = review(session_of(told), " Tolerated well. ", *CLINICIAN, LATER)
    reviewed = session_of([*told, note]).treatment
    assert ([each.text for each in reviewed.reviews], reviewed.is_signed) == (["Tolerated well."], True)
    with pytest.raises(Refused, match="A clinician reviews"):
        review(session_of(told), "x", *NURSE, LATER)


def test_a_correction_in_words_changes_no_value() -> None:
    told = in_order(whole())
    after = corrected(told, entry(told, AssessmentRecorded))
    assert as_amended(after) == after
    assert isinstance(after[-1], Amended)
