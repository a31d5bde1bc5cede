"""Text on paper: fonts of our own, so that every computer prints the same, and text that fits its place.

What is drawn is letters and nothing else: no mark-up is read, and characters that only steer the direction or look of
others are left out.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FOLDER = Path(__file__).parent / "fonts"
PLAIN, BOLD = "Chairside", "Chairside-Bold"
FILES = {PLAIN: "DejaVuSans.ttf", BOLD: "DejaVuSans-Bold.ttf"}
STRANGE = "\N{REPLACEMENT CHARACTER}"
"""Stands for a character that the fonts do not have."""
ELLIPSIS = "…"


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


def fitted(text: str, font: str, size: float, width: float) -> str:
    """The text on one line of at most ``width`` points; cut with an ellipsis where it is longer."""
    shown = printable(text)
    if width_of(shown, font, size) <= width:
        return shown
    while shown and width_of(shown + ELLIPSIS, font, size) > width:
        shown = shown[:-1]
    return shown.rstrip() + ELLIPSIS


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


class Run(NamedTuple):
    """Letters of one kind at ``x`` points from the beginning of a line."""

    x: float
    text: str
    bold: bool


def flowed(strong: str, rest: str, size: float, width: float) -> list[list[Run]]:
    """What stands out and then the rest, in lines of at most ``width`` points; at least one line."""
    lines: list[list[Run]] = [[]]
    for text, bold in ((strong, True), (rest, False)):
        font = BOLD if bold else PLAIN
        for word in printable(text).split():
            for piece in wrapped(word, font, size, width):
                _put(lines, piece, font, size, width)
    return lines


def _put(lines: list[list[Run]], word: str, font: str, size: float, width: float) -> None:
    """A word at the end of the last line, or on a new one."""
    bold, line = font == BOLD, lines[-1]
    if not line:
        line.append(Run(0.0, word, bold))
        return
    last = line[-1]
    before = BOLD if last.bold else PLAIN
    x = last.x + width_of(f"{last.text} ", before, size)
    if x + width_of(word, font, size) > width:
        lines.append([Run(0.0, word, bold)])
    elif last.bold is bold:
        line[-1] = last._replace(text=f"{last.text} {word}")
    else:
        line.append(Run(x, word, bold))


def _pieces(word: str, font: str, size: float, width: float) -> list[str]:
    """A word, cut where it is too long for a line of its own."""
    pieces = [""]
    for letter in word:
        if pieces[-1] and width_of(pieces[-1] + letter, font, size) > width:
            pieces.append("")
        pieces[-1] += letter
    return pieces
