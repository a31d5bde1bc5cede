"""What is asked of a patient on arrival. All of it is optional here; the gate says what the dose waits for."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import msgspec

Text = Annotated[str, msgspec.Meta(max_length=200)]
OLDEST = 110
YOUNGEST = 12


class MedicineClass(StrEnum):
    """Medicines that matter to a session: they sedate, slow the breathing or raise the pressure."""

    BENZODIAZEPINES = "benzodiazepines"
    HYPNOTICS = "hypnotics"
    """Sedative hypnotics that are no benzodiazepines."""
    OPIOIDS = "opioids"
    STIMULANTS = "stimulants"
    MAO_INHIBITORS = "mao_inhibitors"


class Pregnancy(StrEnum):
    """Whether a pregnancy was ruled out."""

    NOT_POSSIBLE = "not_possible"
    TEST_NEGATIVE = "test_negative"
    DECLINED = "declined"
    PREGNANT = "pregnant"


class CoursePhase(StrEnum):
    """Where in the course of treatments this session stands."""

    INDUCTION = "induction"
    MAINTENANCE = "maintenance"


class Intake(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The answers; ``None`` or an empty text is not asked yet. ``birth_date`` is ISO 8601, ``age`` in whole years;
    ``medicines`` is an empty tuple when none is taken.
    """

    name: Text = ""
    birth_date: Annotated[str, msgspec.Meta(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    age: int | None = None
    allergies: Text = ""
    medicines: tuple[MedicineClass, ...] | None = None
    medicines_note: Text = ""
    fasting: bool | None = None
    pregnancy: Pregnancy | None = None
    escort: Text = ""
    """Who takes the patient home, and how to reach them."""
    consent: bool | None = None
    session_number: int | None = None
    course: CoursePhase | None = None


class Answer(StrEnum):
    """Answers that a protocol may require before the dose."""

    AGE = "age"
    ALLERGIES = "allergies"
    MEDICINES = "medicines"
    FASTING = "fasting"
    PREGNANCY = "pregnancy"
    ESCORT = "escort"
    CONSENT = "consent"


MISSING = {
    Answer.AGE: "the age is not known",
    Answer.ALLERGIES: "allergies were not asked",
    Answer.MEDICINES: "medicines were not asked",
    Answer.FASTING: "fasting was not asked",
    Answer.PREGNANCY: "pregnancy was not asked",
    Answer.ESCORT: "no escort is named",
    Answer.CONSENT: "consent was not asked",
}
"""What is said of an answer that is not there."""


def objection(intake: Intake, answer: Answer) -> str:
    """Why the dose waits for this answer: it is missing, or it speaks against the dose. Empty when it need not wait."""
    given = getattr(intake, answer)
    if given is None or given == "":
        return MISSING[answer]
    if answer is Answer.PREGNANCY and given is Pregnancy.PREGNANT:
        return "the patient is pregnant"
    if answer is Answer.FASTING and given is False:
        return "the patient is not fasting"
    if answer is Answer.CONSENT and given is False:
        return "there is no consent"
    return ""
