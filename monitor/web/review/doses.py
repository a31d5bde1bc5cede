"""What was given, as the bars and marks above the curves: the drug, extra doses, oxygen, other medicines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from devices.readings import Micros
from monitor.clinic.events import AnyEvent
from monitor.clinic.treatment.events import (
    BolusGiven,
    DeviceGiven,
    DosingEnded,
    InfusionStarted,
    MedicineGiven,
    OxygenSet,
)
from monitor.clinic.treatment.flows import Flow, flows
from monitor.reports.session_record import SessionRecord
from monitor.web.review import paper
from monitor.web.review.paper import Lane, Part, Sheet, plain, rows

LANE = "doses"
DRUG, BOLUS, OXYGEN, OTHER = "Dose, mg", "Bolus, mg", "O₂ L/min", "Other"
ROW_PX = 27
BELOW = 0.26
"""So much of a row a mark stands lower that has its text above it."""
WIDE_PX, LETTER_PX = 900, 6.4
"""About how wide the chart and a letter in it are: what does not fit into a bar is said shorter."""
LONGEST_MEDICINE = 26


class Bar(msgspec.Struct, frozen=True):
    """A stretch in which something was given at one rate; ``text`` says how much, ``short`` the same in less room, and
    a ``pause`` that nothing was.
    """

    start: Micros
    end: Micros
    text: str
    short: str = ""
    pause: bool = False

    def fitting(self, shown: Micros) -> str:
        """The longest text that has room while so much time is shown; none when not even the short one has."""
        room = (self.end - self.start) / shown * WIDE_PX / LETTER_PX - 1
        return next((text for text in (self.text, self.short) if len(text) <= room), "")


def infusion_bars(found: SessionRecord) -> list[Bar]:
    """The infusion from rate to rate and pause to pause; its first bar tells the milligrams, too."""
    infusion = None if found.session is None else found.session.treatment.dosing.infusion
    if infusion is None:
        return []
    bars = [_bar(each) for each in flows(found.events, infusion, found.end)]
    dose = f"{infusion.dose_mg:g} mg"
    return [msgspec.structs.replace(bars[0], text=f"{dose} · {bars[0].text}", short=dose), *bars[1:]]


def _bar(flow: Flow) -> Bar:
    if flow.rate_ml_h is None:
        return Bar(flow.start, flow.end, "pause", pause=True)
    rate = f"{flow.rate_ml_h:.4g}"
    if flow.paused:
        return Bar(flow.start, flow.end, f"pause, then {rate} mL/h", "pause", pause=True)
    return Bar(flow.start, flow.end, f"{rate} mL/h", rate)


def oxygen_bars(events: Sequence[AnyEvent], end: Micros) -> list[Bar]:
    """Oxygen from setting to setting; room air is no bar."""
    settings = [each for each in events if isinstance(each, OxygenSet)]
    ends = [each.at for each in settings[1:]] + [end]
    pairs = zip(settings, ends, strict=True)
    return [Bar(each.at, until, f"{each.litres_min:g}") for each, until in pairs if each.litres_min]


def dose_lane(events: Sequence[AnyEvent]) -> Lane:
    """A row for each way in which something was given."""
    return rows(LANE, _rows(events), ROW_PX)


def _rows(events: Sequence[AnyEvent]) -> list[str]:
    kinds = {BOLUS: BolusGiven, OXYGEN: OxygenSet, OTHER: MedicineGiven}
    return [DRUG, *(name for name, kind in kinds.items() if any(isinstance(each, kind) for each in events))]


def given(found: SessionRecord, sheet: Sheet) -> list[Part]:
    """Everything that was given."""
    events = found.events
    row = {name: -place for place, name in enumerate(_rows(events))}
    parts = [paper.no_trace(LANE), *_bars(infusion_bars(found), row[DRUG], paper.DOSE, sheet)]
    if OXYGEN in row:
        parts += _bars(oxygen_bars(events, found.end), row[OXYGEN], paper.SPO2, sheet)
    marks: list[tuple[Micros, str, float, str]] = []
    for event in events:
        match event:
            case DeviceGiven(given_at=at, mg=mg):
                marks.append((at, f"{mg:g}", row[DRUG] - BELOW, "diamond"))
            case BolusGiven(happened_at=at, mg=mg):
                marks.append((at, f"{mg:g}", row[BOLUS], "triangle-down"))
            case MedicineGiven(given_at=at):
                text = plain(f"{event.medicine} {event.dose}", LONGEST_MEDICINE)
                marks.append((at, text, row[OTHER], "square"))
            case DosingEnded(happened_at=at) if any(isinstance(each, InfusionStarted) for each in events):
                marks.append((at, "", row[DRUG], "line-ns"))
    return [*parts, _marks(marks, sheet)]


def _marks(marks: Sequence[tuple[Micros, str, float, str]], sheet: Sheet) -> Part:
    return LANE, {
        "type": "scatter",
        "mode": "markers+text",
        "name": "given",
        "x": sheet.xs([at for at, *_ in marks]),
        "y": [row for _, _, row, _ in marks],
        "text": [text if symbol == "diamond" else f" {text}" for _, text, _, symbol in marks],
        # Devices follow each other after five minutes: beside one there is no room for its milligrams.
        "textposition": ["top center" if symbol == "diamond" else "middle right" for *_, symbol in marks],
        "textfont": {"size": 12, "color": paper.DOSE},
        "cliponaxis": False,
        "marker": {
            "symbol": [symbol for *_, symbol in marks],
            "size": 9,
            "color": paper.DOSE,
            "line": {"width": 2, "color": paper.DOSE},
        },
    }


def _bars(bars: Sequence[Bar], row: int, colour: str, sheet: Sheet) -> list[Part]:
    """Flowing as a wide bar, paused as a dashed line; what each is stands at its beginning."""
    parts: list[Part] = []
    looks: tuple[tuple[bool, dict[str, Any], float], ...] = (
        (False, {"width": 18}, 0.25),
        (True, {"width": 2, "dash": "4px,4px"}, 1),
    )
    for pause, line, opacity in looks:
        own = [bar for bar in bars if bar.pause is pause]
        if own:
            drawn = {
                "type": "scatter",
                "mode": "lines",
                "name": "paused" if pause else "flows",
                "x": [x for bar in own for x in (*sheet.xs((bar.start, bar.end)), None)],
                "y": [y for _ in own for y in (row, row, None)],
                "line": {**line, "color": colour},
                "opacity": opacity,
            }
            parts.append((LANE, drawn))
    if bars:
        texts = {
            "type": "scatter",
            "mode": "markers+text",
            "x": sheet.xs([bar.start for bar in bars]),
            "y": [row] * len(bars),
            "text": [f" {bar.fitting(sheet.shown)}" for bar in bars],
            "textposition": "middle right",
            "textfont": {"size": 12, "color": colour},
            "marker": {"symbol": "line-ns", "size": 9, "line": {"width": 2, "color": colour}},
        }
        parts.append((LANE, texts))
    return parts
