"""What a nurse sees or is told that is an emergency at any pressure.

Source: Spravato prescribing information, section 5 (increases in blood pressure): symptoms of a hypertensive crisis or
of hypertensive encephalopathy need immediate emergency care.
"""

from __future__ import annotations

from enum import StrEnum


class Symptom(StrEnum):
    """A sign that raises the emergency."""

    CHEST_PAIN = "chest_pain"
    BREATHLESSNESS = "breathlessness"
    SEVERE_HEADACHE = "severe_headache"
    VISUAL_CHANGE = "visual_change"
    SEIZURE = "seizure"
    FOCAL_SIGN = "focal_sign"

    @property
    def condition(self) -> str:
        """The alarm condition's name in the record."""
        return f"symptom.{self}"

    @property
    def label(self) -> str:
        """The sign in a nurse's words."""
        return LABELS[self]

    @property
    def text(self) -> str:
        """What the alarm says."""
        return f"{self.label}: EMERGENCY, call for help now"


LABELS = {
    Symptom.CHEST_PAIN: "Chest pain",
    Symptom.BREATHLESSNESS: "Short of breath",
    Symptom.SEVERE_HEADACHE: "Severe headache",
    Symptom.VISUAL_CHANGE: "Change of vision",
    Symptom.SEIZURE: "Seizure",
    Symptom.FOCAL_SIGN: "Weakness or numbness of one side",
}
