"""The scales that patients are assessed by: short labels of our own, ranges, and what counts as free of trouble.

Sources of the ranges: MOAA/S, POSS and RASS as published; CADSS items 0 to 4 each; modified Aldrete and MPADSS 0 to 2
an item, 0 to 10. Published Aldrete tables differ between 20 % and 20 mmHg, so the variant is in the name.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Scale(StrEnum):
    """A scale by its id."""

    MOAAS = "moaas"
    CADSS6 = "cadss6"
    CADSS = "cadss"
    POSS = "poss"
    RASS = "rass"
    ALDRETE = "aldrete"
    MPADSS = "mpadss"
    NAUSEA = "nausea"
    PAIN = "pain"
    ANXIETY = "anxiety"
    ORIENTATION = "orientation"
    GAIT = "gait"
    IV_SITE = "iv_site"


class Item(msgspec.Struct, frozen=True):
    """A part of a scale: what it asks, its lowest and highest value, and words for values that have them."""

    id: str
    label: str
    lowest: int
    highest: int
    words: dict[int, str] = {}


class ScaleInfo(msgspec.Struct, frozen=True):
    """What a scale is made of. The result of one with several items is their sum."""

    label: str
    items: tuple[Item, ...]
    unit: str = ""

    @property
    def lowest(self) -> int:
        """The lowest result."""
        return sum(item.lowest for item in self.items)

    @property
    def highest(self) -> int:
        """The highest result."""
        return sum(item.highest for item in self.items)


def _one(label: str, lowest: int, highest: int, words: dict[int, str] | None = None) -> ScaleInfo:
    return ScaleInfo(label, (Item("value", label, lowest, highest, words or {}),))


def _sum(label: str, items: dict[str, str], highest: int) -> ScaleInfo:
    return ScaleInfo(label, tuple(Item(name, text, 0, highest) for name, text in items.items()))


def _rated(label: str, items: dict[str, tuple[str, str, str, str]]) -> ScaleInfo:
    """Items that are rated 2, 1 or 0, with the words for each in this order."""
    made = [Item(name, text, 0, 2, {2: two, 1: one, 0: none}) for name, (text, two, one, none) in items.items()]
    return ScaleInfo(label, tuple(made))


SCALES: dict[Scale, ScaleInfo] = {
    Scale.MOAAS: _one(
        "MOAA/S",
        0,
        5,
        {
            5: "answers readily",
            4: "slow answer",
            3: "answers to loud or repeated call",
            2: "answers to prodding",
            1: "answers to pain only",
            0: "no answer",
        },
    ),
    Scale.CADSS6: _sum(
        "CADSS-6",
        {
            "slow": "Slow motion",
            "unreal": "Unreal, dreamlike",
            "apart": "Apart from body",
            "body": "Body changed",
            "track": "Loses track",
            "gaps": "Memory gaps",
        },
        4,
    ),
    Scale.CADSS: _one("CADSS total", 0, 92),
    Scale.POSS: _one(
        "POSS",
        0,
        4,
        {0: "S, asleep, easy to rouse", 1: "alert", 2: "slightly drowsy", 3: "drifts off talking", 4: "hardly answers"},
    ),
    Scale.RASS: _one(
        "RASS",
        -5,
        4,
        {
            4: "combative",
            3: "very agitated",
            2: "agitated",
            1: "restless",
            0: "alert and calm",
            -1: "drowsy",
            -2: "light sedation",
            -3: "moderate sedation",
            -4: "deep sedation",
            -5: "cannot be roused",
        },
    ),
    Scale.ALDRETE: _rated(
        "Aldrete, modified (20 %)",
        {
            "activity": ("Activity", "4 limbs", "2 limbs", "none"),
            "breathing": ("Breathing", "deep, coughs", "shallow", "none"),
            "circulation": ("Pressure", "within 20 %", "20–50 % off", "over 50 % off"),
            "awake": ("Awake", "fully", "when called", "no"),
            "oxygen": ("Oxygen", "> 92 % on air", "needs O₂", "< 90 % on O₂"),
        },
    ),
    Scale.MPADSS: _rated(
        "MPADSS (IV site)",
        {
            "vitals": ("Vital signs", "within 20 %", "20–40 % off", "over 40 % off"),
            "walking": ("Walking", "steady", "with help", "not able"),
            "nausea": ("Nausea", "little", "moderate", "severe"),
            "pain": ("Pain", "little", "moderate", "severe"),
            "site": ("IV site", "clean", "oozes", "bleeds"),
        },
    ),
    Scale.NAUSEA: _one("Nausea", 0, 10, {0: "none", 10: "worst"}),
    Scale.PAIN: _one("Pain", 0, 10, {0: "none", 10: "worst"}),
    Scale.ANXIETY: _one("Anxiety", 0, 10, {0: "none", 10: "worst"}),
    Scale.ORIENTATION: ScaleInfo(
        "Orientation",
        tuple(Item(name, name.capitalize(), 0, 1, {1: "knows", 0: "does not"}) for name in ("person", "place", "time")),
    ),
    Scale.GAIT: _one("Gait", 0, 2, {2: "steady", 1: "with help", 0: "not able"}),
    Scale.IV_SITE: _one("IV site", 0, 2, {2: "clean", 1: "sore or red", 0: "leaks or swollen"}),
}
