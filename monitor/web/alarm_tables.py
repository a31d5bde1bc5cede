"""The alarm log's answers as components. Times carry ``data-at``: a script writes them by the browser's clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from dash import html

from devices.readings import METRICS, Metric, Micros
from monitor.clinic.alarms.limits import Side
from monitor.clinic.alarms.statistics import Statistics
from monitor.clinic.events import AlarmRaised
from monitor.clinic.priority import Priority
from monitor.record.sessions import SessionRow
from monitor.reports.words.alarm_words import (
    PRIORITIES,
    STEPS,
    condition_words,
    count_words,
    end_words,
    lasted_words,
    rate_words,
    seconds_words,
    span_words,
)
from monitor.reports.words.timeline import Line
from monitor.web.alarm_log import LoggedAlarm, LogPage
from monitor.web.what_if import MOST_SESSIONS, Missed, WhatIf

TOP_CONDITIONS = 6
MOST_TOLD = 50
"""So many lines of the whole clinic's are shown, the newest ones."""
HEADS = (
    ("Raised", ""),
    ("Place", ""),
    ("Patient", ""),
    ("Alarm", ""),
    ("Priority", ""),
    ("Value", "num"),
    ("Limit", "num"),
    ("Lasted", "num"),
    ("Ended", ""),
    ("Acknowledged", ""),
    ("After", "num"),
    ("Escalated", ""),
)
RoomName = Callable[[str | None], str]


def moment(at: Micros) -> html.Time:
    """A time; until the script has it, in UTC."""
    there = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    return html.Time(f"{there:%Y-%m-%d %H:%M:%S} UTC", dateTime=there.isoformat(), **{"data-at": str(at)})


def trouble(text: str, run: int | None = None) -> html.Div:
    """Something that could not be done, as a sentence. ``run`` says which question it answers."""
    marks = {} if run is None else {"data-run": str(run)}
    return html.Div(text, className="told-problem", role="alert", **marks)


def damage(damaged: Sequence[str]) -> list[html.Div]:
    """That something of the record is damaged, if it is."""
    if not damaged:
        return []
    parts = (
        "A part of the record is damaged and was"
        if len(damaged) == 1
        else f"{len(damaged)} parts of the record are damaged and were"
    )
    return [trouble(f"{parts} left out. Run app.py verify to see which.")]


def table(heads: Iterable[tuple[str, str]], rows: Sequence[html.Tr], class_name: str, caption: str) -> html.Table:
    """A plain table; its caption is for screen readers."""
    head = html.Tr([html.Th(title, scope="col", className=look) for title, look in heads])
    described = html.Caption(caption, className="unseen")
    return html.Table([described, html.Thead(head), html.Tbody(rows)], className=f"log-table {class_name}")


# ---- the log


def log(page: LogPage, run: int, now: Micros, name_of: RoomName) -> html.Div:
    """One page of the log, how to turn it, and what happened to the whole clinic."""
    if not page.lines:
        content: Any = html.P("No alarm in this time and with this choice.", className="empty")
    else:
        rows = [_log_row(line, now, name_of) for line in page.lines]
        content = table(HEADS, rows, "alarms", "Alarms, the newest first")
    cut = [html.P(["Too many to read at once: only alarms since ", moment(page.since), " are counted."])]
    parts = [*damage(page.damaged), *(cut if page.cut else []), content, _pager(page), _clinic(page.clinic)]
    return html.Div(parts, **{"data-run": str(run)})


def _log_row(line: LoggedAlarm, now: Micros, name_of: RoomName) -> html.Tr:
    raised, answered = line.episode.raised, line.episode.acknowledged
    cells = [
        html.Td(moment(raised.onset), className="when"),
        html.Td(name_of(raised.room)),
        html.Td(line.session.patient if line.session else "–"),
        html.Th(raised.text, scope="row"),
        html.Td(priority_mark(raised.priority)),
        html.Td(_number(raised, raised.value), className="num"),
        html.Td(_number(raised, raised.limit), className="num"),
        html.Td(lasted_words(line.episode, now, watched=line.watched), className="num"),
        html.Td(end_words(line.episode, watched=line.watched), className="" if line.episode.ended else "still-on"),
        html.Td(answered.by if answered else "–"),
        html.Td(seconds_words(line.episode.seconds_to_acknowledge) if answered else "", className="num"),
        html.Td(", ".join(STEPS[step] for step in line.episode.steps)),
    ]
    return html.Tr(cells)


def priority_mark(priority: Priority) -> html.Span:
    """A priority as sign, word and colour."""
    sign, word = PRIORITIES[priority]
    marks = [html.Span(sign, className="rank", **{"aria-hidden": "true"}), word]
    return html.Span(marks, className=f"priority tone-{priority}")


def _number(raised: AlarmRaised, value: float | None) -> str:
    metric = raised.condition.partition(".")[0]
    if value is None:
        return ""
    return f"{value:.{METRICS[Metric(metric)].decimals}f}" if metric in set(Metric) else f"{value:g}"


def _pager(page: LogPage) -> html.Div:
    def button(label: str, leads_to: int) -> html.Button:
        there = 0 <= leads_to < page.pages
        return html.Button(label, type="button", className="btn", disabled=not there, **{"data-page": str(leads_to)})

    where = f"Page {page.page + 1} of {page.pages} · {count_words(page.alarms, 'alarm')}"
    parts = [button("Newer", page.page - 1), html.Span(where), button("Older", page.page + 1)]
    return html.Div(parts, className="pager", hidden=page.pages == 1)


def _clinic(lines: Sequence[Line]) -> html.Section:
    """Whether alarms could be heard and seen at all."""
    told = lines[:MOST_TOLD]
    rows = [
        html.Tr(
            [
                html.Td(moment(line.at), className="when"),
                html.Td([html.Strong(line.strong, className=f"tone-{line.tone or 'plain'}"), line.rest]),
            ]
        )
        for line in told
    ]
    parts: list[Any] = [html.H2("Sound, alarm chain and record")]
    if not rows:
        parts.append(html.P("Nothing in this time.", className="sub"))
    else:
        parts.append(table((("When", ""), ("What", "")), rows, "", "What happened to the whole clinic"))
    if len(told) < len(lines):
        parts.append(html.P(f"The newest {len(told)} of {len(lines)}.", className="sub"))
    return html.Section(parts, className="pad")


# ---- the figures


def figures(page: LogPage) -> list[Any]:
    """The statistics as tiles, and the top conditions."""
    return [html.Dl(_tiles(page.figures), className="figures card"), _top(page.figures)]


def _tiles(found: Statistics) -> list[html.Div]:
    share = found.share_acknowledged
    answers = found.answers
    counts = [
        html.Span([html.Span(PRIORITIES[priority][0], className="rank"), f" {count}"], className=f"tone-{priority}")
        for priority, count in found.priorities.items()
    ]
    hours = f"of patients, in {found.room_hours:.1f} room-hours"
    return [
        _tile("Alarms", str(found.alarms), hours),
        _tile("Per room-hour", rate_words(found.per_room_hour), "an hour of one open session"),
        _tile("By priority", counts, "high, medium, low", "counts"),
        _tile("Acknowledged", "–" if share is None else f"{share:.0%}", f"{found.acknowledged} of {found.alarms}"),
        _tile("Acknowledged after", seconds_words(answers.median_s if answers else None), "median"),
        _tile("Nine of ten within", seconds_words(answers.most_within_s if answers else None), "90th percentile"),
    ]


def _tile(title: str, value: Any, note: str, class_name: str = "") -> html.Div:
    parts = [html.Dt(title), html.Dd(value, className=f"figure {class_name}".strip()), html.Dd(note, className="sub")]
    return html.Div(parts)


def _top(found: Statistics) -> html.Section:
    rows = [
        html.Tr(
            [
                html.Th(condition_words(each.condition), scope="row"),
                html.Td(str(each.count), className="num"),
                html.Td(rate_words(each.per_room_hour), className="num"),
                html.Td(seconds_words(each.median_s), className="num"),
            ]
        )
        for each in found.conditions[:TOP_CONDITIONS]
    ]
    heads = (("Top conditions", ""), ("Alarms", "num"), ("Per room-hour", "num"), ("Median duration", "num"))
    return html.Section(table(heads, rows, "top", "The most frequent conditions"), className="card pad")


# ---- what if


def session_choices(sessions: Sequence[SessionRow], now: Micros, name_of: RoomName) -> list[Any]:
    """The sessions that can be played again, all chosen, the newest first."""
    if not sessions:
        return [html.P("No session in this time and with this choice.", className="empty")]
    offered = sessions[:MOST_SESSIONS]
    limited = f"the newest {len(offered)} of {len(sessions)}" if len(offered) < len(sessions) else "all"
    return [
        html.P([html.Span(**{"data-chosen": ""}), f" · {limited} in this time"], className="sub"),
        html.Div([_choice(each, now, name_of) for each in offered], className="choices", role="group"),
    ]


def _choice(row: SessionRow, now: Micros, name_of: RoomName) -> html.Button:
    lasted = span_words((now if row.ended_us is None else row.ended_us) - row.opened_us)
    words = [moment(row.opened_us), html.Span(f"{name_of(row.room)} · {row.patient}"), html.Span(lasted)]
    marks = {"aria-checked": "true", "data-session": row.id}
    return html.Button(words, type="button", role="checkbox", className="choice", **marks)


def refusal(text: str, field: str | None, run: int) -> html.Div:
    """Limits that cannot be tried; ``field`` is the one to mend, where the script says it."""
    return html.Div(text, className="told-problem", role="alert", **{"data-run": str(run), "data-refused": field or ""})


def outcome(found: WhatIf, run: int, name_of: RoomName) -> html.Div:
    """What other limits would have made of the sessions."""
    parts = [*damage(found.damaged), _summary(found), _changes(found), *_missed(found, name_of)]
    if found.left_out:
        gone = f"{count_words(found.left_out, 'session')} left out: the protocol is not configured any more."
        parts.insert(0, html.P(gone))
    return html.Div(parts, className="outcome", **{"data-run": str(run)})


def _summary(found: WhatIf) -> html.Dl:
    before, after = sum(each.before for each in found.changes), sum(each.after for each in found.changes)
    rates = [f"{count / found.room_hours:.2f}" if found.room_hours else "–" for count in (before, after)]
    played = f"{count_words(found.sessions, 'session')}, {found.room_hours:.1f} room-hours"
    look = "alarming" if len(found.missed) > found.missed_now else ""
    tiles = [
        _tile("Alarms", f"{before} → {after}", played),
        _tile("Per room-hour", " → ".join(rates), "now → with these limits"),
        _tile("Severe episodes", str(found.severe), "beyond the profile’s severe limit"),
        _tile("Missed severe episodes", f"{found.missed_now} → {len(found.missed)}", "without an alarm", look),
    ]
    return html.Dl(tiles, className="figures card")


def _changes(found: WhatIf) -> html.Section:
    def rate(count: int) -> html.Td:
        return html.Td(rate_words(count / found.room_hours if found.room_hours else None), className="num")

    rows = [
        html.Tr(
            [
                html.Th(condition_words(each.condition), scope="row"),
                html.Td(str(each.before), className="num"),
                html.Td(str(each.after), className="num"),
                html.Td(_difference(each.after - each.before), className="num"),
                rate(each.before),
                rate(each.after),
            ]
        )
        for each in found.changes
    ]
    heads = [("Condition", "")]
    heads += [
        (title, "num") for title in ("Now", "With these", "Change", "Now per room-hour", "With these per room-hour")
    ]
    return html.Section(table(heads, rows, "changes", "Alarms with both limits"), className="card pad")


def _difference(change: int) -> str:
    return "=" if change == 0 else f"{change:+d}".replace("-", "−")


def _missed(found: WhatIf, name_of: RoomName) -> list[Any]:
    if not found.missed:
        return [html.P("No severe episode would have been missed with these limits.", className="fine")]
    rows = [_missed_row(each, name_of) for each in found.missed]
    heads = (
        ("Missed severe episode", ""),
        ("Place", ""),
        ("Patient", ""),
        ("What", ""),
        ("With the present limits", ""),
    )
    return [html.Section(table(heads, rows, "missed", "Severe episodes without an alarm"), className="card pad")]


def _missed_row(missed: Missed, name_of: RoomName) -> html.Tr:
    severe = missed.severe
    info = METRICS[severe.metric]
    side = "below" if severe.side is Side.LOW else "above"
    what = f"{info.label} {severe.worst:.{info.decimals}f} {side} {severe.limit:g}"
    if not info.episodic:
        what = (
            f"{info.label} {side} {severe.limit:g} for {span_words(severe.end - severe.start)}, worst {severe.worst:g}"
        )
    cells = [
        html.Td(moment(severe.start), className="when"),
        html.Td(name_of(missed.session.room)),
        html.Td(missed.session.patient),
        html.Th(what, scope="row"),
        html.Td("missed, too" if missed.now_too else "alarmed"),
    ]
    return html.Tr(cells)
