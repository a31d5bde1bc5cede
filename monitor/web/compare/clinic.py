"""What is usual in this clinic, in a table that says what is counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dash import html

from monitor.clinic.figures.distribution import Spread
from monitor.reports.clinic_past import MONTHS, MOST, Past
from monitor.reports.clinic_time import day
from monitor.reports.words.alarm_words import count_words
from monitor.web.alarm_tables import table
from monitor.web.compare.words import signed
from monitor.web.components import card
from monitor.web.form_clock import day_words

NBSP = "\N{NO-BREAK SPACE}"
SHOWN = {5: "5 %", 25: "25 %", 50: "Median", 75: "75 %", 95: "95 %"}
HEADS = (("", ""), ("Systolic rise", "num"), ("Diastolic rise", "num"), ("Ready after", "num"))


def clinic_card(protocol: str, past: Past, today: date) -> html.Section:
    """The quartiles, with how many sessions each is of."""
    usual = past.distribution
    spreads = (usual.rise_sys, usual.rise_dia, usual.ready_min)
    rows = [_row("n", [str(each.count) for each in spreads])]
    if all(each.too_few for each in spreads):
        rows = [_row("", [f"too few (n{NBSP}={NBSP}{each.count})" for each in spreads])]
    else:
        rows += [_row(words, _values(spreads, percent)) for percent, words in SHOWN.items()]
    heads = table(HEADS, rows, "usual", "How the ended sessions of this protocol spread, in mmHg and minutes")
    parts = (html.P(html.B(protocol)), heads, html.P(_counted(past, today), className="sub"))
    return card("Usual in this clinic", *parts, class_name="compare-usual")


def _counted(past: Past, today: date) -> str:
    kind = "simulated" if past.simulated else "real"
    counted = f"Counted: {count_words(past.distribution.sessions, f'{kind} session')} of all patients"
    if past.first is not None and past.last is not None:
        days = dict.fromkeys(day_words(day(at), today) for at in (past.first, past.last))
        counted += f", {' to '.join(days)}"
    reach = f"the newest {MOST} of the last {MONTHS} months" if past.cut else f"all of the last {MONTHS} months"
    parts = [counted, f"Ended, with a dose, {reach}", "Without artefacts, corrections put in"]
    if past.damaged:
        parts.append(f"Left out, because a part is damaged: {past.damaged}")
    never = past.distribution.sessions - past.distribution.ready_min.count
    if never:
        parts.append(f"Never clinically ready by the checklist, so not among the times: {never}")
    return ". ".join(parts) + "."


def _values(spreads: Sequence[Spread], percent: int) -> list[str]:
    """Two rises and a time."""
    *rises, ready = ["too few" if each.too_few else each.at[percent] for each in spreads]
    told = [each if isinstance(each, str) else signed(each) for each in rises]
    return [*told, ready if isinstance(ready, str) else f"{ready:.0f} min"]


def _row(title: str, values: Sequence[str]) -> html.Tr:
    return html.Tr([html.Th(title, scope="row"), *(html.Td(value, className="num") for value in values)])
