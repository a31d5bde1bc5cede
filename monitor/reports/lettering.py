"""Text on paper: fonts of our own, so that every computer prints the same, and text that fits its place.

What is drawn is letters and nothing else: no mark-up is read, and characters that only steer the direction or look of
others are left out.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).parent / "fonts"
PLAIN, BOLD = "Chairside", "Chairside-Bold"
FILES = {PLAIN: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf"}
STRANGE = "\N{REPLACEMENT CHARACTER}"
"""Stands for a character that the fonts do not have."""


@cache
def load_fonts() -> frozenset[int]:
    """Make both fonts known; returns the characters that they have, by number."""
    fonts = [TTFont(name, str(FOLDER / file)) for name, file in FILES.items()]
    for font in fonts:
        pdfmetrics.registerFont(font)
    return frozenset.intersection(*(frozenset(font.face.charToGlyph) for font in fonts))


def printable(text: str) -> str:
    """The text as it can be drawn on one line."""
    known = load_fonts()
    spaced = "".join(" " if each.isspace() else each for each in unicodedata.normalize("NFC", text))
    seen = [each for each in spaced if unicodedata.category(each) not in {"Cc", "Cf", "Cs"}]
    return "".join(each if ord(each) in known else STRANGE for each in seen)


def width_of(text: str, font: str, size: float) -> float:
    """In points."""
    load_fonts()
    return pdfmetrics.stringWidth(text, font, size)


def wrapped(text: str, font: str, size: float, width: float) -> list[str]:
    """The text in lines of at most ``width`` points, between words where that is possible; at least one line."""
    lines = [""]
    for word in printable(text).split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if width_of(joined, font, size) <= width:
            lines[-1] = joined
            continue
        pieces = _pieces(word, font, size, width)
        lines[-1:] = [*([lines[-1]] if lines[-1] else []), *pieces]
    return lines


def _pieces(word: str, font: str, size: float, width: float) -> list[str]:
    """A word, cut where it is too long for a line of its own."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, font, size) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
