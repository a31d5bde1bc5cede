"""The list beside the chart: what happened, numbered as there, with corrections and marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from dash import html

from monitor.clinic.events import AlarmRaised
from monitor.clinic.treatment.events import Amended, ArtefactMarked
from monitor.reports.clinic_time import clock, day, moment
from monitor.reports.session_record import SessionRecord
from monitor.reports.words.line import Line
from monitor.web.components import card
from monitor.web.review.summary import Place, around, stretch
from monitor.web.review.told import Told

CORRECT, WITHDRAW_MARK = "correct", "withdraw-mark"


def events_card(found: SessionRecord, entries: Sequence[Told]) -> html.Section:
    """All entries; of a session that is over each can be corrected."""
    marks = () if found.session is None else found.session.treatment.artefacts
    standing = {mark.seq for mark in marks}
    items = [_entry(each, found, is_over=found.row.ended_us is not None, standing=standing) for each in entries]
    return card("Events", html.Ol(items, className="entries"), class_name="review-events")


def _entry(entry: Told, found: SessionRecord, *, is_over: bool, standing: set[int]) -> html.Li:
    seq = entry.event.seq
    number = html.Span("" if entry.number is None else str(entry.number), className="mark-number")
    words = html.Span(html.Bdi(_words(entry)))
    place = {"data-zoom": msgspec.json.encode(_place(entry)).decode(), "type": "button"}
    shown = html.Button([number, html.Time(moment(entry.at, found.start)), words], className="entry-words", **place)
    parts: list[Any] = [shown, *_buttons(entry, is_over=is_over, standing=standing)]
    parts += [html.Div(html.Bdi(_correction(each)), className="correction") for each in entry.fixes]
    look = "entry" if entry.number is not None or entry.at > found.end else "entry beside"
    return html.Li(parts, className=look, **{"data-seq": str(seq)})


def _words(entry: Told) -> list[Any]:
    parts: list[Any] = []
    if entry.was is not None:
        parts += [html.Span("was: ", className="sub"), html.S([entry.was.strong, entry.was.rest]), " "]
    parts += [html.Strong("withdrawn", className="tone-medium")] if entry.line is None else _line(entry.line)
    if entry.is_late:
        title = f"Told {clock(entry.event.at)}"
        parts += [" ", html.Span("late", className="chip small late", title=title)]
    return parts


def _line(line: Line) -> list[Any]:
    return [html.Strong(line.strong, className=f"tone-{line.tone or 'plain'}"), line.rest]


def _buttons(entry: Told, *, is_over: bool, standing: set[int]) -> list[html.Button]:
    seq = str(entry.event.seq)
    buttons: list[html.Button] = []
    if entry.event.seq in standing:
        buttons.append(_small("Withdraw mark", {"data-open": WITHDRAW_MARK, "data-marked": seq}, f"mark {seq}"))
    if is_over and not isinstance(entry.event, ArtefactMarked):
        buttons.append(_small("Correct", {"data-open": CORRECT, "data-entry": seq}, f"entry {seq}"))
    return buttons


def _small(label: str, marks: Mapping[str, str], what: str) -> html.Button:
    return html.Button(label, type="button", className="btn small", **{**marks, "aria-label": f"{label}: {what}"})


def _place(entry: Told) -> Place:
    if entry.until is not None and entry.at < entry.until:
        return stretch(entry.at, entry.until)
    return around(entry.event.onset if isinstance(entry.event, AlarmRaised) else entry.at)


def _correction(fix: Amended) -> str:
    there = day(fix.at)
    at = f"{there.day} {there:%b} {there.year} {clock(fix.at)}"
    what = "Withdrawn" if fix.withdrawn else "Corrected"
    said = " · ".join((fix.text, fix.reason, *fix.warnings))
    return f"{what}: {said} · {fix.by}, {fix.role}, {at}"
