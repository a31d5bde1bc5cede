"""What stands beneath the chart: table, events, alarms, corrections, artefacts, notes, signatures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devices.readings import METRICS, Metric, Micros
from monitor.clinic.alarms.episodes import Episode as Alarm
from monitor.clinic.events import PressureReading, PressureTaken
from monitor.clinic.figures.pressure import is_artefact, valid_readings
from monitor.clinic.figures.table import Step, steps
from monitor.clinic.session import Session
from monitor.clinic.treatment.amending import TIMES
from monitor.clinic.treatment.events import (
    Amended,
    ArtefactMarked,
    ArtefactWithdrawn,
    AssessmentRecorded,
    Reviewed,
    Signed,
)
from monitor.clinic.treatment.scales import SCALES
from monitor.reports.chart.drawing import charted_until
from monitor.reports.chart.happenings import Happening, as_charted
from monitor.reports.chart.head import signature_state
from monitor.reports.chart.pen import FAINT, HAIR, INK
from monitor.reports.chart.sheets import LINE, SIZE, TOP, Sheets
from monitor.reports.chart.strip_lanes import Named
from monitor.reports.chart.summary import Fact
from monitor.reports.clinic_time import clock, day, local, moment
from monitor.reports.lettering import PLAIN, fitted, width_of
from monitor.reports.session_record import SessionRecord
from monitor.reports.words.alarm_words import PRIORITIES
from monitor.reports.words.timeline import lines

EVERY_MIN = 15
SUMMARY_COLUMNS = 3
COLUMNS = (
    ("time", 0.0),
    ("phase", 34.0),
    ("SpO₂ (low)", 84.0),
    ("PR", 130.0),
    ("RR", 152.0),
    ("NIBP", 174.0),
    ("assessed", 262.0),
)
"""Of the table, and where each begins."""
TIME_WIDTH = 28.0
NONE = "–"
Said = Amended | ArtefactMarked | ArtefactWithdrawn | Reviewed | Signed
"""What somebody with a role said of a record."""


class Summary:
    """The figures, label and text, in three columns of equal length."""

    def __init__(self, facts: Sequence[Fact], *, damaged: bool) -> None:
        self._title = "Summary, of what could be read of the damaged record" if damaged else "Summary"
        length = -(-len(facts) // SUMMARY_COLUMNS)
        self._columns = [facts[place : place + length] for place in range(0, len(facts), length)]

    @property
    def height(self) -> float:
        """Of all of it, with its title and a little air."""
        probe = Sheets()
        self._put(probe)
        return TOP - probe.y + LINE

    def write(self, sheets: Sheets) -> None:
        """Put it on the sheet, on the next one if there is not room enough."""
        sheets.need(self.height)
        self._put(sheets)

    def _put(self, sheets: Sheets) -> None:
        sheets.title(self._title)
        top, lowest = sheets.y, sheets.y
        sheets.into_columns(SUMMARY_COLUMNS)
        for place, facts in enumerate(self._columns):
            sheets.enter_column(place)
            sheets.y = top
            labels = 8 + max(width_of(label, PLAIN, SIZE) for label, _ in facts)
            for label, text in facts:
                sheets.entry([(label, labels)], "", text)
            lowest = min(lowest, sheets.y)
        sheets.y = lowest
        sheets.into_columns(1)


# ---- the table


def table(sheets: Sheets, found: SessionRecord, session: Session) -> None:
    """A line for each quarter of an hour: medians, the lowest saturation, every pressure with its own time."""
    sheets.title("Every 15 minutes", room=5 * LINE)
    later = _time_width(found) - TIME_WIDTH
    columns = [(name, offset + later if offset else 0.0) for name, offset in COLUMNS]
    _table_head(sheets, columns)
    span = found.start, charted_until(found)
    made = steps(found.events, found.curves(), valid_readings(session), span, EVERY_MIN)
    empty: list[Step] = []
    for step in made:
        if not (step.middles or step.readings or step.assessments):
            empty.append(step)
            continue
        _nothing(sheets, found, empty)
        empty = []
        _row(sheets, found, step, columns)
    _nothing(sheets, found, empty)
    sheets.y -= 2
    sheets.paragraph("Median of the values in 15 minutes; questioned values and artefacts are left out.", ink=FAINT)


def _table_head(sheets: Sheets, columns: Sequence[tuple[str, float]]) -> None:
    sheets.y -= LINE
    for name, offset in columns:
        sheets.write(sheets.x + offset, name, ink=FAINT)
    sheets.rule(HAIR)


def _nothing(sheets: Sheets, found: SessionRecord, empty: Sequence[Step]) -> None:
    if empty:
        last = "" if len(empty) == 1 else f" to {moment(empty[-1].start, found.start)}"
        sheets.need(LINE + 2)
        sheets.y -= LINE
        sheets.write(sheets.x, f"{moment(empty[0].start, found.start)}{last}: nothing measured or assessed", ink=FAINT)
        sheets.rule(HAIR)


def _row(sheets: Sheets, found: SessionRecord, step: Step, columns: Sequence[tuple[str, float]]) -> None:
    at = dict(columns)
    pressures = [_pressure(each) for each in step.readings] or [NONE]
    assessed = [_assessed(each, sheets.width - at["assessed"]) for each in step.assessments] or [""]
    height = max(len(pressures), len(assessed))
    if sheets.need(height * LINE + 2):
        _table_head(sheets, columns)
    top = sheets.y
    sheets.y -= LINE
    x = sheets.x
    sheets.write(x, moment(step.start, found.start), bold=True)
    sheets.write(x + at["phase"], step.phase.value, within=48)
    sheets.write(x + at["SpO₂ (low)"], _middle(step, Metric.SPO2, lowest=True))
    sheets.write(x + at["PR"], _middle(step, Metric.PR))
    sheets.write(x + at["RR"], _middle(step, Metric.RR))
    for name, words in (("NIBP", pressures), ("assessed", assessed)):
        sheets.y = top
        for text in words:
            sheets.y -= LINE
            sheets.write(x + at[name], text)
    sheets.y = top - height * LINE
    sheets.rule(HAIR)


def _assessed(each: AssessmentRecorded, room: float) -> str:
    """The name of a scale is cut where it is long, its result never."""
    when, result = f"{clock(each.given_at)} ", f" {each.result}"
    rest = room - width_of(when + result, PLAIN, SIZE)
    return when + fitted(SCALES[each.scale].label, PLAIN, SIZE, rest) + result


def _pressure(reading: PressureReading) -> str:
    by_hand = " by hand" if isinstance(reading, PressureTaken) else ""
    return f"{clock(reading.measured_at)} {reading.sys:.0f}/{reading.dia:.0f}{by_hand}"


def _middle(step: Step, metric: Metric, *, lowest: bool = False) -> str:
    found = step.middles.get(metric)
    if found is None:
        return NONE
    return f"{found.median:g}" + (f" ({found.lowest:g})" if lowest else "")


# ---- what happened


def events(sheets: Sheets, found: SessionRecord, told: Sequence[Happening]) -> None:
    """The numbered events explained."""
    sheets.title("Events")
    for each in told:
        notes = (["late, told " + moment(each.late, found.start)] if each.late is not None else []) + (
            ["corrected"] if each.corrected else []
        )
        heads = [(f"{each.number}", 16.0), (moment(each.at, found.start), _time_width(found))]
        sheets.entry(heads, each.strong, each.rest, ", ".join(notes))


def _time_width(found: SessionRecord) -> float:
    """Times of another day need the day before them."""
    return TIME_WIDTH if day(found.start) == day(charted_until(found)) else TIME_WIDTH + 24


def alarms(sheets: Sheets, found: SessionRecord, told: Sequence[Named]) -> None:
    """Each alarm with what came of it."""
    if not told:
        return
    sheets.title("Alarms")
    words = {line.seq: line for line in lines(found.events, lambda at: moment(at, found.start))}
    for name, alarm in told:
        line = words[alarm.raised.seq]
        strong = f"{PRIORITIES[alarm.raised.priority][1]}: {line.strong}"
        sheets.entry([(name, 20.0), (_to_the_second(alarm, found), _time_width(found) + 10)], strong, line.rest)


def _to_the_second(alarm: Alarm, found: SessionRecord) -> str:
    onset = alarm.raised.onset
    return f"{moment(onset, found.start)}:{local(onset):%S}"


# ---- what was said of the record afterwards


def corrections(sheets: Sheets, found: SessionRecord) -> None:
    """Each entry that was corrected, as it was charted, and beside it what is right."""
    fixes = [each for each in found.told if isinstance(each, Amended)]
    if not fixes:
        return
    sheets.title("Corrections")
    charted = as_charted(found)
    originals = {each.seq: each for each in found.told}
    for fix in fixes:
        at, words = charted.get(fix.corrects, (None, "cannot be read, or has no words of its own"))
        when = "" if at is None else f"{moment(at, found.start)} "
        sheets.entry([("", 0.0)], f"Entry {fix.corrects}, as charted:", f"{when}{words}")
        verdict = "Withdrawn, counts for nothing:" if fix.withdrawn else "Right is:"
        changes = "; ".join(_changes(fix, originals.get(fix.corrects), found))
        because = (f"because: {fix.reason}", *fix.warnings, _signed(fix, found))
        beside = " · ".join(part for part in (fix.text, changes, *because) if part)
        sheets.paragraph(beside, strong=verdict, indent=10)


def _changes(fix: Amended, original: object, found: SessionRecord) -> Iterator[str]:
    for name, value in fix.changes.items():
        before = getattr(original, name, None)
        words = [_value(name, each, found) for each in (before, value)]
        yield f"{name.removesuffix('_at').replace('_', ' ')} {words[0]} → {words[1]}"


def _value(name: str, value: float | int | str | None, found: SessionRecord) -> str:
    if value is None:
        return "none"
    if name in TIMES and isinstance(value, int):
        return moment(value, found.start)
    return value if isinstance(value, str) else f"{value:g}"


def _signed(event: Said, found: SessionRecord) -> str:
    return f"{event.by}, {event.role}, {_stamp(event.at, found)}"


def _signed_up_to(each: Signed, found: SessionRecord) -> str:
    return f" · {_signed(each, found)} · covers all up to entry {each.covers}, {each.digest}"


def _stamp(at: Micros, found: SessionRecord) -> str:
    """With the year where it is not the session's day: people look at a record again after a year."""
    there = local(at)
    return moment(at, found.start) if day(found.start) == there.date() else f"{there.day} {there:%b %Y %H:%M}"


def artefacts(sheets: Sheets, found: SessionRecord, session: Session) -> None:
    """Every mark, those that were withdrawn, too."""
    marks = [each for each in found.told if isinstance(each, ArtefactMarked)]
    if not marks:
        return
    sheets.title("Artefacts, left out of all figures")
    withdrawn = {each.marked: each for each in found.told if isinstance(each, ArtefactWithdrawn)}
    for mark in marks:
        names = ", ".join(METRICS[metric].label for metric in mark.metrics)
        struck = [_pressure(each) for each in session.treatment.readings if is_artefact(each, [mark])]
        parts = [*([f"readings {', '.join(struck)}"] if struck else []), mark.reason, _signed(mark, found)]
        span = f"{_second(mark.start, found)}–{_second(mark.end, found)}"
        sheets.entry([], f"{names} {span}", " · ".join(["", *parts]))
        back = withdrawn.get(mark.seq)
        if back is not None:
            sheets.paragraph(f"{back.reason} · {_signed(back, found)}", strong="Withdrawn, counts again:", indent=10)


def _second(at: Micros, found: SessionRecord) -> str:
    return f"{moment(at, found.start)}:{local(at):%S}"


def notes(sheets: Sheets, found: SessionRecord, session: Session) -> None:
    """What reviewers wrote on the session as a whole."""
    if session.treatment.reviews:
        sheets.title("Reviewers' notes")
        for each in session.treatment.reviews:
            sheets.entry([], "", f"{each.text} · {_signed(each, found)}")


def signatures(sheets: Sheets, found: SessionRecord, session: Session) -> None:
    """Who signed what, a line to sign on where the record is not signed as it is, and what the record is known by."""
    state = signature_state(found)
    signed = session.treatment.signatures
    sheets.need((len(signed) * 2 + 9) * LINE)
    sheets.title("Signatures")
    for each in signed:
        sheets.entry([], f"Signed: {each.meaning}", _signed_up_to(each, found))
    if state:
        why = {
            "not signed": "Nobody signed this record.",
            "changed since signed": "The record was changed after the newest signature, which does not cover that.",
        }
        sheets.entry([], why[state], "")
        sheets.y -= 3 * LINE
        sheets.rule(INK, width=0.8)
        sheets.y -= 8
        for offset, name in ((0.0, "Name and role"), (0.42, "Signature"), (0.8, "Date and time")):
            sheets.write(sheets.x + offset * sheets.width, name, ink=FAINT)
    sheets.entry([], "Anchor of the record:", f"{found.anchor or 'none, no entry could be read'}")
    sheets.paragraph(
        "The hash of the chain of all entries up to this session's newest one: the same anchor, the same record.",
        ink=FAINT,
    )
