"""A treatment as the service decides on it: with the room's evidence, the record's past, and who signs."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from devices.readings import Metric
from monitor.clinic.events import (
    AlarmEnded,
    AlarmRaised,
    BaselineLocked,
    CuffFailed,
    CuffStarted,
    Phase,
    SessionEnded,
    SessionOpened,
)
from monitor.clinic.refusal import Refused, Unconfirmed
from monitor.clinic.treatment.events import (
    Amended,
    DeviceGiven,
    GateOverridden,
    IntakeRecorded,
    ReadinessLost,
    ReadinessReached,
    Signed,
    Stage,
)
from monitor.clinic.treatment.giving import Nasal
from monitor.clinic.treatment.intake import Intake, MedicineClass
from monitor.clinic.treatment.scales import Scale
from monitor.config import SimulatedPatient
from monitor.record.chain import FIRST_LINK, link
from monitor.record.database import FILE
from monitor.record.verify import verify
from monitor.service.actor import Actor
from monitor.service.messages import AbortSession, EnterPhase, StartSession
from monitor.service.treatment_messages import (
    Amend,
    Attest,
    EndDosing,
    GiveDevice,
    HoldDose,
    LeaveAgainstAdvice,
    OverrideGate,
    RecordIntake,
    SignDischarge,
    SubmitForm,
    TakePressure,
    Transfer,
)
from tests.clinic.treatments import MINUTE, of
from tests.service.chair import ASKED, CLINICIAN, NURSE, SIGNING_NURSE, Chair

DEVICE = Nasal(lot="A1-77", expiry="2099-12", observed_by="nurse 1")
WELL = {
    Scale.MOAAS: {"value": 5},
    Scale.CADSS6: dict.fromkeys(("slow", "unreal", "apart", "body", "track", "gaps"), 0),
    Scale.NAUSEA: {"value": 0},
    Scale.GAIT: {"value": 2},
    Scale.ORIENTATION: dict.fromkeys(("person", "place", "time"), 1),
}
HIGH = "Blood pressure 152/94 is above 140/90."


@pytest.fixture
def chair(tmp_path: Path) -> Iterator[Chair]:
    with Chair(tmp_path) as chair:
        yield chair


def give(chair: Chair, minutes_ago: float | None = None, confirmed: tuple[str, ...] = ()) -> list[DeviceGiven]:
    given_at = None if minutes_ago is None else chair.now - round(minutes_ago * MINUTE)
    device = replace(DEVICE, given_at=given_at)
    command = GiveDevice(room="1", session=chair.session.id, device=device, confirmed=confirmed)
    return of(DeviceGiven, chair.ask(command))


def to_recovery(chair: Chair) -> str:
    """A patient who has had both devices and recovers; the session's id."""
    session = chair.start_ready_for_dose()
    give(chair)
    chair.sit_minutes(5)
    give(chair)
    chair.ask(EndDosing(room="1", session=session))
    chair.ask(EnterPhase(room="1", session=session, phase=Phase.RECOVERY))
    return session


def make_ready(chair: Chair) -> None:
    """Everything but the time."""
    chair.measure()
    chair.measure()
    chair.assess(WELL)
    for item in ("safety", "escort", "instructions"):
        chair.ask(Attest(room="1", session=chair.session.id, item=item, remark="sister"))


# ---- the gate


def test_the_first_device_waits_for_what_the_room_has_found(chair: Chair) -> None:
    session = chair.start()
    with pytest.raises(Refused) as refusal:
        give(chair)
    for words in ("no saturation", "No blood pressure", "Not assessed yet: MOAA/S"):
        assert words in refusal.value.text
    chair.assess({Scale.MOAAS: {"value": 5}})
    chair.measure(152, 94)
    chair.sit(5)
    with pytest.raises(Refused, match="152/94 is above 140/90"):
        give(chair)
    with pytest.raises(Refused) as unsigned:
        chair.ask(OverrideGate(room="1", session=session, seen=(HIGH,), reason="known"), Actor("Dr. 1", "clinician"))
    assert unsigned.value.field == "pin"
    with pytest.raises(Refused, match="clinician decides"):
        chair.ask(OverrideGate(room="1", session=session, seen=(HIGH,), reason="known"), SIGNING_NURSE)
    override = OverrideGate(room="1", session=session, seen=(HIGH,), reason="known")
    (decided,) = of(GateOverridden, chair.ask(override, CLINICIAN))
    assert list(decided.findings.values()) == [HIGH]
    assert len(give(chair)) == 1


def test_a_pressure_measured_after_the_decision_is_decided_anew(chair: Chair) -> None:
    session = chair.start_ready_for_dose()
    chair.measure(152, 94)
    chair.ask(OverrideGate(room="1", session=session, seen=(HIGH,), reason="known"), CLINICIAN)
    chair.measure(171, 99)
    with pytest.raises(Refused, match="171/99"):
        give(chair)


def test_a_saturation_of_the_last_patient_is_none_of_the_next(chair: Chair) -> None:
    session = chair.start_ready_for_dose()
    chair.sit_minutes(15)
    chair.ask(AbortSession(room="1", session=session, reason="went home"))
    chair.sit(6, saturation=None)
    chair.start(patient="K-2")
    chair.assess({Scale.MOAAS: {"value": 5}})
    chair.measure()
    chair.sit(2, saturation=None)
    with pytest.raises(Refused, match="no saturation"):
        give(chair)
    chair.sit(5)
    give(chair)
    chair.sit_minutes(5)
    assert not chair.holding()["saturation"], "the last patient's saturation sends the next one home"
    chair.sit_minutes(4)
    assert chair.holding()["saturation"]


def test_a_dose_that_waits_is_measured_for_again(chair: Chair) -> None:
    session = chair.start_ready_for_dose()
    chair.ask(HoldDose(room="1", session=session, minutes=5))
    assert chair.room.watch is not None
    assert chair.room.watch.next_cuff_at == chair.now + 5 * MINUTE
    chair.sit_minutes(5)
    started = CuffStarted(at=chair.now, by="service", room="1", session=session)
    failed = CuffFailed(
        at=chair.now, by="service", room="1", session=session, reason="stopped", source="cuff", stopped=True
    )
    chair.happen(started, failed)
    assert chair.room.watch.next_cuff_at is None, "the cuff that a person stopped squeezes again at once"


def test_the_age_comes_from_the_birth_date_and_with_it_the_pressure_that_is_asked(chair: Chair) -> None:
    born_1960 = replace(ASKED, age=None, birth_date="1960-06-01")
    session = chair.start("esketamine_eu", 28, intake=born_1960)
    assert chair.session.treatment.intake.age == 66
    chair.assess({Scale.MOAAS: {"value": 5}})
    chair.measure(148, 88)
    chair.sit(5)
    assert chair.room.evidence.gate_found == {}
    younger = replace(ASKED, age=None, birth_date="1963-06-01")
    assert of(IntakeRecorded, chair.ask(RecordIntake(room="1", session=session, intake=younger)))
    chair.sit(1)
    assert list(chair.room.evidence.gate_found.values()) == ["Blood pressure 148/88 is above 140/90."]


@pytest.mark.parametrize(
    ("intake", "field"),
    [
        (Intake(birth_date="1960-02-30"), "intake.birth_date"),
        (Intake(birth_date="2099-01-01"), "intake.birth_date"),
        (Intake(birth_date="1960-06-01", age=44), "intake.age"),
        (Intake(birth_date="2024-06-01"), "intake.age"),
    ],
)
def test_a_birth_date_that_cannot_be_one_is_refused_at_its_field(chair: Chair, intake: Intake, field: str) -> None:
    with pytest.raises(Refused) as refusal:
        chair.start(intake=intake)
    assert refusal.value.field == field


# ---- two who ask the same patient


def test_an_answer_that_somebody_else_gave_meanwhile_is_not_replaced_unseen(chair: Chair) -> None:
    session = chair.start()
    seen = chair.session.treatment.intake
    allergic = replace(seen, allergies="penicillin", medicines=(MedicineClass.OPIOIDS,))
    chair.ask(RecordIntake(room="1", session=session, intake=allergic, seen=seen))
    stale = RecordIntake(room="1", session=session, intake=replace(seen, escort="brother"), seen=seen)
    with pytest.raises(Unconfirmed) as asked:
        chair.ask(stale)
    assert asked.value.warnings == (
        "Changed meanwhile: allergies, now penicillin.",
        "Changed meanwhile: medicines, now opioids.",
    )
    assert chair.session.treatment.intake == allergic, "the answer is gone"
    (recorded,) = of(IntakeRecorded, chair.ask(replace(stale, confirmed=asked.value.warnings)))
    assert recorded.warnings == asked.value.warnings
    both_right = replace(seen, escort="brother", age=45)
    assert of(IntakeRecorded, chair.ask(RecordIntake(room="1", session=session, intake=both_right, seen=seen)))


# ---- where the cuff gives nothing


def take_by_hand(chair: Chair, sys: float, dia: float, confirmed: tuple[str, ...] = ()) -> None:
    chair.ask(TakePressure(room="1", session=chair.session.id, sys=sys, dia=dia, confirmed=confirmed))


def test_with_a_dead_cuff_a_reading_by_hand_opens_the_gate_and_makes_the_baseline(chair: Chair) -> None:
    chair.start()
    chair.assess({Scale.MOAAS: {"value": 5}})
    chair.sit(5)
    with pytest.raises(Refused, match="No blood pressure"):
        give(chair)
    take_by_hand(chair, 118, 76)
    give(chair)
    assert chair.session.baseline is not None
    assert chair.session.baseline.values[Metric.SYS] == 118


def test_a_high_pressure_by_hand_alarms_and_a_good_one_ends_it(chair: Chair) -> None:
    chair.start_ready_for_dose()
    take_by_hand(chair, 205, 118, confirmed=("Systolic 205 is high.",))
    assert {"SYS.high.severe", "SYS.high"} & set(chair.session.alarms)
    chair.sit(5)
    take_by_hand(chair, 122, 78)
    chair.sit(5)
    assert all(alarm.latched for alarm in chair.session.alarms.values()), "the alarm goes on at 122/78"


# ---- the baseline


def test_the_first_dose_locks_the_last_two_readings_and_the_oximeter(chair: Chair) -> None:
    chair.start_ready_for_dose()
    chair.measure(130, 80)
    give(chair)
    (locked,) = of(BaselineLocked, chair.recorded())
    assert (locked.values[Metric.SYS], locked.values[Metric.SPO2], locked.readings) == (125, 97, 2)


def test_what_was_measured_after_a_dose_told_late_is_in_no_baseline(chair: Chair) -> None:
    chair.start_ready_for_dose()
    chair.sit_minutes(10)
    chair.measure(139, 89)
    chair.sit_minutes(2, saturation=94)
    give(chair, minutes_ago=6)
    (locked,) = of(BaselineLocked, chair.recorded())
    assert (locked.values[Metric.SYS], locked.readings) == (120, 1), "a pressure under the drug is the baseline"
    assert Metric.SPO2 not in locked.values, "a saturation under the drug is the baseline"


def test_a_dose_before_any_reading_locks_no_baseline_and_asks(chair: Chair) -> None:
    chair.start()
    chair.assess({Scale.MOAAS: {"value": 5}})
    chair.sit_minutes(10)
    chair.measure(139, 89)
    chair.sit(5)
    with pytest.raises(Unconfirmed) as asked:
        give(chair, minutes_ago=6)
    (given,) = give(chair, minutes_ago=6, confirmed=asked.value.warnings)
    assert given.warnings == ("The first blood pressure was measured after this dose.",)
    assert of(BaselineLocked, chair.recorded()) == []
    chair.sit(1)
    (item,) = [each for each in chair.room.evidence.checked if each.id == "pressure"]
    assert (item.holds, item.said) == (False, "no baseline was measured")


# ---- what is unusual about a patient


def test_a_weight_far_from_the_last_visits_is_kept_once_it_is_confirmed(chair: Chair) -> None:
    session = chair.start()
    chair.ask(AbortSession(room="1", session=session, reason="went home"))
    start = StartSession(room="1", patient=" K-1 ", weight_kg=154.5, protocol="esketamine_us", dose_mg=56, intake=ASKED)
    with pytest.raises(Unconfirmed) as asked:
        chair.ask(start)
    assert asked.value.warnings == (
        "154.5 kg is unusual; in pounds it would be 70 kg.",
        "154.5 kg, but 70 kg at the last visit.",
    )
    (opened,) = of(SessionOpened, chair.ask(replace(start, confirmed=asked.value.warnings)))
    assert opened.warnings == asked.value.warnings


@pytest.mark.parametrize(("played", "simulated"), [(None, False), (SimulatedPatient(seed=1), True)])
def test_a_session_says_from_its_beginning_whether_it_is_simulated(
    played: SimulatedPatient | None, simulated: bool, chair: Chair
) -> None:
    chair.room.config = replace(chair.room.config, simulation=played)
    chair.start()
    (opened,) = of(SessionOpened, chair.recorded())
    assert opened.simulated is simulated, "without a value of a device, its files would pass for a real patient's"


# ---- readiness and the way home


def test_a_patient_becomes_ready_when_the_last_item_holds_and_is_not_any_more_after_a_relapse(chair: Chair) -> None:
    to_recovery(chair)
    zero = chair.session.first_dose_at
    assert zero is not None
    chair.skip_minutes(84)
    chair.sit_minutes(11)
    make_ready(chair)
    chair.sit_minutes(20)
    stages = {event.stage: (event.at - zero) / MINUTE for event in of(ReadinessReached, chair.recorded())}
    assert stages[Stage.STABLE] == pytest.approx(100, abs=0.1)
    assert stages[Stage.READY] == 120, "clinically ready is not stamped at the end of the observation"
    chair.sit_minutes(2, saturation=91)
    lost = [event for event in of(ReadinessLost, chair.recorded()) if event.stage is Stage.READY]
    assert [event.items for event in lost] == [("SpO₂ at least 94 % on room air, 10 min",)]
    assert chair.session.treatment.reached[Stage.READY] == zero + 120 * MINUTE


def test_a_discharge_needs_the_pin_and_its_signature_stands_on_the_newest_event(chair: Chair, tmp_path: Path) -> None:
    session = to_recovery(chair)
    chair.skip_minutes(110)
    chair.sit_minutes(11)
    make_ready(chair)
    chair.sit(5)
    sign = SignDischarge(room="1", session=session)
    with pytest.raises(Refused) as unsigned:
        chair.ask(sign)
    assert unsigned.value.field == "pin"
    newest = chair.recorded()[-1].seq
    (signed,) = of(Signed, chair.ask(sign, SIGNING_NURSE))
    assert (signed.covers, signed.by, signed.role, signed.meaning) == (newest, "nurse 1", "nurse", "discharge")
    assert chair.room.session is None
    assert verify(tmp_path).sound
    _dose_changed_and_chain_made_anew(tmp_path)
    assert verify(tmp_path).problems == [f"event {signed.seq}: what nurse 1 signed is not what the record holds"]


def _dose_changed_and_chain_made_anew(folder: Path) -> None:
    """What somebody does who knows how the record is made: a lot is changed, and every hash from there on."""
    connection = sqlite3.connect(folder / FILE, isolation_level=None)
    try:
        connection.execute("DROP TRIGGER event_is_never_updated")
        head = FIRST_LINK
        for seq, body in connection.execute("SELECT seq, body FROM event ORDER BY seq").fetchall():
            changed = body.replace("A1-77", "A1-99")
            head = link(head, changed)
            connection.execute("UPDATE event SET body = ?, hash = ? WHERE seq = ?", (changed, head, seq))
    finally:
        connection.close()


def test_with_open_items_only_a_clinician_lets_a_patient_go(chair: Chair) -> None:
    session = to_recovery(chair)
    chair.sit(5)
    with pytest.raises(Refused, match="items are open: Observed at least 120 min"):
        chair.ask(SignDischarge(room="1", session=session), CLINICIAN)
    with pytest.raises(Refused, match="A clinician decides"):
        chair.ask(SignDischarge(room="1", session=session, override="seen"), SIGNING_NURSE)
    seen = tuple(item.text for item in chair.room.evidence.checked if not item.holds)
    with pytest.raises(Refused, match="Open meanwhile: Observed at least 120 min"):
        chair.ask(SignDischarge(room="1", session=session, override="seen", seen=seen[1:]), CLINICIAN)
    chair.ask(SignDischarge(room="1", session=session, override="seen", seen=seen), CLINICIAN)
    assert chair.room.session is None


def test_a_patient_who_leaves_is_signed_for_and_one_who_is_transferred_is_not(chair: Chair) -> None:
    session = chair.start()
    leave = LeaveAgainstAdvice(room="1", session=session, reason="bus", told="Dr. 1")
    with pytest.raises(Refused) as unsigned:
        chair.ask(leave)
    assert unsigned.value.field == "pin"
    assert of(SessionEnded, chair.ask(leave, SIGNING_NURSE))[0].phase is Phase.LEFT
    session = chair.start(patient="K-2")
    events = chair.ask(Transfer(room="1", session=session, reason="chest pain", told="ambulance"))
    assert [(type(event), event.by) for event in events] == [(SessionEnded, "nurse 1")]
    assert chair.room.session is None


# ---- afterwards


def test_a_correction_is_signed_and_names_an_entry_of_its_session(chair: Chair) -> None:
    before = chair.start()
    (opened,) = of(SessionOpened, chair.recorded())
    amend = Amend(session=before, corrects=opened.seq, text="69 kg", reason="misread")
    with pytest.raises(Refused, match="goes on"):
        chair.ask(amend, SIGNING_NURSE)
    chair.ask(AbortSession(room="1", session=before, reason="went home"))
    with pytest.raises(Refused) as unsigned:
        chair.ask(amend, NURSE)
    assert unsigned.value.field == "pin"
    with pytest.raises(Refused, match="no such session"):
        chair.ask(replace(amend, session="nobody"), SIGNING_NURSE)
    (amended,) = of(Amended, chair.ask(amend, SIGNING_NURSE))
    assert (amended.session, amended.corrects, amended.text) == (before, opened.seq, "69 kg")
    chair.start(patient="K-2")
    of_another = chair.recorded()[-1].seq
    for wrong in (of_another, 10**6, 10**30):
        with pytest.raises(Refused, match="no entry") as refusal:
            chair.ask(replace(amend, corrects=wrong), SIGNING_NURSE)
        assert refusal.value.field == "corrects"
    chair.ask(SubmitForm(session=before, seen=amended.seq))


# ---- what nobody does


def test_an_assessment_that_nobody_makes_is_an_alarm_until_somebody_does(chair: Chair) -> None:
    chair.start_ready_for_dose()
    give(chair)
    chair.sit_minutes(19.5)
    assert "overdue.moaas" not in chair.session.alarms
    chair.sit_minutes(1)
    assert "overdue.moaas" in chair.session.alarms
    chair.assess({Scale.MOAAS: {"value": 4}})
    chair.sit(1)
    assert "overdue.moaas" not in chair.session.alarms
    edges = [event for event in chair.recorded() if isinstance(event, AlarmRaised | AlarmEnded)]
    assert [event.condition for event in edges] == ["overdue.moaas", "overdue.moaas"]
