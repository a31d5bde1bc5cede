"""The lanes of words and marks: phases, assessments, alarms, numbered events, clock times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from devices.readings import Micros
from monitor.clinic.alarms.episodes import Episode as Alarm
from monitor.clinic.events import AnyEvent, Phase, PhaseEntered
from monitor.clinic.happened import told_late
from monitor.clinic.priority import Priority
from monitor.clinic.session import Session
from monitor.clinic.treatment.episodes import standing
from monitor.clinic.treatment.scales import SCALES, Scale
from monitor.reports.chart.axes import TimeAxis
from monitor.reports.chart.happenings import Happening
from monitor.reports.chart.lane import Draw, Lane, Place, bar, label_width, on_paper, rows_of
from monitor.reports.chart.pen import AMBER, FAINT, INK, PAPER, RED, RULE, Pen

CIRCLE = 4.4
ROOM = CIRCLE + 0.5
"""Of a circle to either side."""
EVENT_ROW = 10.0
MOST_EVENT_ROWS = 4
LETTERS = {Priority.HIGH: "H", Priority.MEDIUM: "M", Priority.LOW: "L"}
Named = tuple[str, Alarm]
"""An alarm with its letter and number, such as ``H1``."""


def phase_lane(events: Sequence[AnyEvent], opened: Micros, until: Micros) -> Lane:
    """From when to when each phase was."""
    entered = [(opened, Phase.BASELINE), *((each.at, each.phase) for each in events if isinstance(each, PhaseEntered))]
    ends = [*(at for at, _ in entered[1:]), until]

    def draw(pen: Pen, place: Place) -> None:
        for (start, phase), end in zip(entered, ends, strict=True):
            reach = place.axis.span(start, end)
            if reach is not None:
                pen.line((reach[0], place.bottom), (reach[0], place.top), INK, 0.8)
                bar(pen, *reach, place.bottom, place.top, phase.value)

    return Lane("Phase", 10, draw, gridded=False)


def assessment_lanes(session: Session) -> Iterator[Lane]:
    """A lane for each scale, with the results where they were found."""
    valid = standing(session.treatment.assessments)
    for scale in Scale:
        words = [
            (each.given_at, f"{each.result}" + (" late" if told_late(each) else ""))
            for each in valid
            if each.scale is scale
        ]
        if words:
            yield Lane(SCALES[scale].label, 9, _results(sorted(words)))


def _results(words: Sequence[tuple[Micros, str]]) -> Draw:
    def draw(pen: Pen, place: Place) -> None:
        for at, text in words:
            if place.axis.holds(at):
                on_paper(pen, place.axis.x(at), place.middle - 2.2, text, bold=True, align="middle")

    return draw


def named(alarms: Sequence[Alarm]) -> list[Named]:
    """Each alarm with its letter and number."""
    counts = dict.fromkeys(Priority, 0)
    found = []
    for alarm in alarms:
        counts[alarm.raised.priority] += 1
        found.append((f"{LETTERS[alarm.raised.priority]}{counts[alarm.raised.priority]}", alarm))
    return found


def alarm_lanes(alarms: Sequence[Named], until: Micros) -> Iterator[Lane]:
    """A lane for each priority of which there was an alarm: high ones are dark, medium ones hatched, low ones open."""
    for priority in Priority:
        own = [each for each in alarms if each[1].raised.priority is priority]
        if own:
            yield Lane(f"Alarms {LETTERS[priority]}", 10, _alarms(own, until))


def _alarms(alarms: Sequence[Named], until: Micros) -> Draw:
    def draw(pen: Pen, place: Place) -> None:
        reaches = []
        for name, alarm in alarms:
            onset = alarm.raised.onset
            reach = place.axis.span(onset, onset + max(alarm.lasted(until), 0), least=2)
            if reach is not None:
                reaches.append((name, alarm.raised.priority, *reach))
        for _, priority, left, right in reaches:
            _alarm(pen, place, priority, left, right)
        starts = [left for _, _, left, _ in reaches[1:]] + [place.axis.right]
        for (name, _, _, right), following in zip(reaches, starts, strict=True):
            if right + 1.5 + label_width(name) <= following:
                on_paper(pen, right + 2, place.middle - 2.2, name, bold=True)

    return draw


def _alarm(pen: Pen, place: Place, priority: Priority, left: float, right: float) -> None:
    bottom, wide, high = place.bottom + 1.5, right - left, place.height - 3
    fill = {Priority.HIGH: RED, Priority.MEDIUM: AMBER, Priority.LOW: PAPER}[priority]
    pen.box(left, bottom, wide, high, fill=fill, ink=INK)
    if priority is Priority.MEDIUM:
        pen.hatched(left, bottom, wide, high, INK, 2.2)


def event_lane(told: Sequence[Happening], axis: TimeAxis) -> Lane:
    """A numbered circle for each event; those that stand close are beneath each other."""
    shown = [each for each in told if axis.holds(each.at)]
    places = [axis.x(each.at) for each in shown]
    rows = rows_of([(x - ROOM, x + ROOM) for x in places], MOST_EVENT_ROWS)
    height = (1 + max(rows, default=0)) * EVENT_ROW + 1

    def draw(pen: Pen, place: Place) -> None:
        ends = [0.0] * MOST_EVENT_ROWS
        for each, due, row in zip(shown, places, rows, strict=True):
            x = max(due, ends[row] + ROOM)
            ends[row] = x + ROOM
            y = place.top - (row + 0.5) * EVENT_ROW - 0.5
            pen.line((due, place.top), (x, y), RULE, 0.4)
            pen.dot(x, y, CIRCLE, fill=PAPER, ink=INK)
            pen.text(x, y - 2, f"{each.number}", 5.4 if each.number < 100 else 4.2, bold=True, align="middle")

    return Lane("Events", height, draw)


def time_lane() -> Lane:
    """Clock times under the bold lines, and the day where another one begins."""

    def draw(pen: Pen, place: Place) -> None:
        for tick in place.axis.ticks():
            if tick.label:
                pen.text(tick.x, place.top - 7, tick.label, 6.5, align="middle")
        for x, day in place.axis.days():
            pen.text(x, place.top - 14, day, 6.5, ink=FAINT, align="middle")

    return Lane("", 15, draw, framed=False, gridded=False)
