"""How a patient goes: with a signature, with a decision, in haste, and what is still corrected afterwards."""

from __future__ import annotations

import pytest

from devices.readings import Micros
from monitor.clinic.events import Phase
from monitor.clinic.refusal import Refused
from monitor.clinic.session import Session, open_session
from monitor.clinic.treatment.charting import (
    give_medicine,
    record_assessment,
    report_serious_event,
    set_episode,
)
from monitor.clinic.treatment.checklist import ItemState
from monitor.clinic.treatment.ending import (
    Signature,
    leave_against_advice,
    sign_discharge,
    submit_form,
    transfer,
)
from monitor.clinic.treatment.episodes import episodes
from monitor.clinic.treatment.events import Episode, SeriousOutcome, Signed
from monitor.clinic.treatment.scales import Scale
from tests.clinic.treatments import (
    BY_CLINICIAN,
    MINUTE,
    NURSE,
    SHIPPED,
    SIGNED,
    after,
    assessed,
    ending,
    entered,
)

SPRAY = SHIPPED["esketamine_us"]
DOSED: Micros = 10 * MINUTE
OPEN = [ItemState("gait", "Steady on feet", "assess", False, "", "assess Gait")]
DONE = [ItemState("gait", "Steady on feet", "assess", True, "Gait 2")]


def minute(number: float) -> Micros:
    return DOSED + round(number * MINUTE)


def dosed() -> Session:
    session = Session.opened(open_session("a", "1", "K-1", 70, SPRAY, 56, NURSE, 0))
    return entered(session, Phase.DOSING, SPRAY, DOSED)


def recovering() -> Session:
    session = entered(dosed(), Phase.MONITORING, SPRAY, minute(6))
    return entered(session, Phase.RECOVERY, SPRAY, minute(90))


# ---- discharge


def test_a_discharge_with_every_item_is_signed_and_the_signature_stands_before_the_end() -> None:
    events = sign_discharge(recovering(), DONE, "", SIGNED, minute(125))
    assert [type(event).__name__ for event in events] == ["Signed", "SessionEnded"]
    signed = events[0]
    assert isinstance(signed, Signed)
    assert (signed.by, signed.role, signed.covers, signed.digest) == (NURSE, "nurse", 1, "d1")
    assert after(recovering(), *events).phase is Phase.DISCHARGED


def test_with_an_open_item_a_nurse_cannot_discharge_and_a_clinician_only_with_a_reason() -> None:
    with pytest.raises(Refused, match="1 items are open: Steady on feet") as refusal:
        sign_discharge(recovering(), OPEN, "", BY_CLINICIAN, minute(125))
    assert refusal.value.field == "override"
    with pytest.raises(Refused, match="A clinician decides"):
        sign_discharge(recovering(), OPEN, "walks with a stick", SIGNED, minute(125))
    events = sign_discharge(recovering(), OPEN, "walks with a stick", BY_CLINICIAN, minute(125))
    overridden = after(recovering(), *events).treatment.overridden
    assert overridden is not None
    assert (overridden.items, overridden.reason, overridden.role) == (
        ("Steady on feet",),
        "walks with a stick",
        "clinician",
    )


def test_a_reason_without_need_is_no_decision_in_the_record() -> None:
    events = sign_discharge(recovering(), DONE, "to be sure", BY_CLINICIAN, minute(125))
    assert after(recovering(), *events).treatment.overridden is None


@pytest.mark.parametrize("role", ["reviewer", "", "Nurse"])
def test_who_is_no_nurse_and_no_clinician_signs_nothing(role: str) -> None:
    signature = Signature("somebody", role, 1, "d1")
    with pytest.raises(Refused, match="nurse or a clinician"):
        sign_discharge(recovering(), DONE, "", signature, minute(125))
    with pytest.raises(Refused, match="nurse or a clinician"):
        leave_against_advice(recovering(), "bus", "Dr. 1", signature, minute(125))


@pytest.mark.parametrize(("reason", "told", "field"), [(" ", "Dr. 1", "reason"), ("bus", "", "told")])
def test_leaving_and_transfer_say_why_and_who_knows(reason: str, told: str, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        leave_against_advice(dosed(), reason, told, SIGNED, minute(20))
    assert refusal.value.field == field
    with pytest.raises(Refused) as refusal:
        transfer(dosed(), reason, told, NURSE, minute(20))
    assert refusal.value.field == field


# ---- afterwards


def test_the_form_is_sent_once_and_only_when_the_session_is_over() -> None:
    with pytest.raises(Refused, match="goes on"):
        submit_form(dosed(), 0, NURSE, "nurse", minute(20))
    over = after(recovering(), *ending(recovering(), Phase.DISCHARGED, minute(125)))
    sent = after(over, submit_form(over, 0, NURSE, "nurse", minute(300)))
    with pytest.raises(Refused, match="sent already"):
        submit_form(sent, 0, NURSE, "nurse", minute(400))


# ---- assessments and effects


def span(session: Session, episode: Episode) -> tuple[Micros | None, Micros | None, str]:
    """When an effect began and was over, and who set that."""
    course = episodes(session.treatment, session.first_dose_at)[episode]
    return course.onset_at, course.resolved_at, course.set_by


def sedation(*results: tuple[float, int]) -> tuple[Micros | None, Micros | None, str]:
    session = dosed()
    for at, result in results:
        session = after(session, assessed(session, Scale.MOAAS, result, minute(at), told=minute(200)))
    return span(session, Episode.SEDATION)


@pytest.mark.parametrize(
    ("results", "onset", "resolved"),
    [
        ([], None, None),
        ([(15, 5), (40, 5)], None, None),
        ([(15, 4)], 15, None),
        ([(15, 4), (40, 3), (70, 5)], 15, 70),
        ([(15, 4), (40, 5), (70, 4)], 15, None),
        ([(15, 4), (40, 5), (70, 4), (95, 5), (110, 5)], 15, 95),
        ([(70, 5), (40, 5), (15, 4)], 15, 40),
        ([(-5, 4), (15, 5)], None, None),
    ],
)
def test_sedation_lasts_from_the_first_sign_to_when_it_never_came_back(
    results: list[tuple[float, int]], onset: float | None, resolved: float | None
) -> None:
    began, over = (None if each is None else minute(each) for each in (onset, resolved))
    assert sedation(*results) == (began, over, "")


@pytest.mark.parametrize(("scale", "result", "there"), [(Scale.CADSS6, 4, False), (Scale.CADSS6, 5, True)])
def test_dissociation_is_a_score_above_four_on_either_scale(scale: Scale, result: int, there: bool) -> None:
    session = after(dosed(), assessed(dosed(), scale, result, minute(40)))
    assert (span(session, Episode.DISSOCIATION)[0] == minute(40)) is there
    session = after(session, assessed(session, Scale.CADSS, 2, minute(60)))
    assert (span(session, Episode.DISSOCIATION)[1] == minute(60)) is there


def test_what_a_person_sets_stands_in_place_of_what_was_assessed_and_goes_on_with_what_is_assessed_then() -> None:
    session = after(dosed(), assessed(dosed(), Scale.MOAAS, 4, minute(15)))
    event = set_episode(session, Episode.SEDATION, minute(12), minute(50), "seen", NURSE, minute(60))
    session = after(session, event)
    assert span(session, Episode.SEDATION) == (minute(12), minute(50), NURSE)
    relapsed = after(session, assessed(session, Scale.MOAAS, 3, minute(61)))
    assert span(relapsed, Episode.SEDATION) == (minute(12), None, NURSE)
    awake = after(relapsed, assessed(relapsed, Scale.MOAAS, 5, minute(80)))
    assert span(awake, Episode.SEDATION) == (minute(12), minute(80), NURSE)
    none = set_episode(session, Episode.SEDATION, None, None, "was asleep before", NURSE, minute(62))
    assert span(after(session, none), Episode.SEDATION) == (None, None, NURSE)


@pytest.mark.parametrize(
    ("onset", "resolved", "reason", "field"),
    [
        (12, 50, " ", "reason"),
        (None, 50, "seen", "onset_at"),
        (50, 12, "seen", "resolved_at"),
        (-60, 12, "seen", "onset_at"),
        (-2, 12, "seen", "onset_at"),
        (12, 600, "seen", "resolved_at"),
    ],
)
def test_an_effect_that_cannot_have_been_so_is_refused_at_its_field(
    onset: float | None, resolved: float, reason: str, field: str
) -> None:
    began = None if onset is None else minute(onset)
    with pytest.raises(Refused) as refusal:
        set_episode(dosed(), Episode.SEDATION, began, minute(resolved), reason, NURSE, minute(60))
    assert refusal.value.field == field


def test_an_effect_that_began_with_the_dose_began_no_second_before_it() -> None:
    session = Session.opened(open_session("a", "1", "K-1", 70, SPRAY, 56, NURSE, 0))
    session = entered(session, Phase.DOSING, SPRAY, DOSED + 30_000_000)
    event = set_episode(session, Episode.SEDATION, DOSED, None, "seen", NURSE, minute(60))
    assert event.onset_at == session.first_dose_at


def test_without_a_dose_there_is_no_effect_of_it() -> None:
    session = Session.opened(open_session("a", "1", "K-1", 70, SPRAY, 56, NURSE, 0))
    with pytest.raises(Refused, match="before the first dose"):
        set_episode(session, Episode.SEDATION, MINUTE, None, "seen", NURSE, DOSED)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "MOAA/S is missing"),
        ({"value": 6}, "6 is not on MOAA/S; allowed is 0 to 5"),
        ({"value": -1}, "-1 is not on MOAA/S"),
        ({"value": 10**30}, "is not on MOAA/S"),
        ({"value": 5, "mood": 1}, "MOAA/S has no item mood"),
    ],
)
def test_an_assessment_that_the_scale_does_not_have_is_refused(values: dict[str, int], words: str) -> None:
    with pytest.raises(Refused, match=words):
        record_assessment(dosed(), Scale.MOAAS, values, None, NURSE, minute(20))


def test_other_medicines_and_serious_events_say_what_and_why() -> None:
    for medicine, dose, field in (("", "4 mg", "medicine"), ("Ondansetron", " ", "dose")):
        with pytest.raises(Refused) as refusal:
            give_medicine(dosed(), medicine, dose, None, NURSE, minute(20))
        assert refusal.value.field == field
    for text, outcomes, field in (("", (SeriousOutcome.DEATH,), "text"), ("fell", (), "outcomes")):
        with pytest.raises(Refused) as refusal:
            report_serious_event(dosed(), text, outcomes, NURSE, minute(20))
        assert refusal.value.field == field
    told = give_medicine(dosed(), "Ondansetron", "4 mg IV", minute(15), NURSE, minute(20))
    assert after(dosed(), told).treatment.medicines == (told,)
    assert told.given_at == minute(15)
