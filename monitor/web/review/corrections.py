"""The dialogs of the page: correct or withdraw an entry, mark an artefact, write a note, sign the record again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from dash import html

from devices.readings import METRICS, Metric
from monitor.clinic.treatment.amending import AMENDABLE, TIMES, WITHDRAWABLE
from monitor.config import Config
from monitor.reports.clinic_time import clock
from monitor.reports.session_record import SessionRecord
from monitor.service.treatment_messages import Amend, MarkArtefact, Review, SignAgain, WithdrawArtefact
from monitor.web.components import (
    LONGEST_REASON,
    answer,
    checkbox,
    command_form,
    dialog,
    field,
    form_actions,
    pin_input,
    reason_field,
    submit,
    text_input,
)
from monitor.web.markup import Input
from monitor.web.review.events import CORRECT, WITHDRAW_MARK
from monitor.web.review.told import Told

ARTEFACT, NOTE, SIGN = "mark-artefact", "review-note", "sign-again"
LONGEST_TEXT = 500
VALUES = {
    "mg": "Milligrams",
    "dose_mg": "Dose, mg",
    "volume_ml": "Volume, mL",
    "rate_ml_h": "Rate, mL/h",
    "lot": "Lot",
    "expiry": "Expiry, year-month",
    "medicine": "Medicine",
    "dose": "Dose and route",
    "sys": "Systolic, mmHg",
    "dia": "Diastolic, mmHg",
    "pr": "Pulse, /min",
    "given_at": "Given at",
    "measured_at": "Measured at",
}
IN_WORDS = frozenset({"lot", "expiry", "medicine", "dose"})
DISTURBANCES = ("Movement", "Probe off or loose", "Cold hand", "Cuff on the same arm", "Test of the device")


def dialogs(found: SessionRecord, entries: Sequence[Told], config: Config) -> list[html.Dialog]:
    """Those that can be of use; of a session that goes on, marks and notes only."""
    if found.session is None:
        return [] if found.row.ended_us is None else [_correction(found, entries, config)]
    offered = [_artefact(found), _note(found)]
    offered += [_withdrawal(found)] if found.session.treatment.artefacts else []
    if found.row.ended_us is None:
        return offered
    offered.append(_correction(found, entries, config))
    return offered if found.session.treatment.is_signed else [*offered, _signature(found, config)]


def newest_shown(found: SessionRecord) -> int:
    """The number of the newest event that the page shows: what is said of the record goes no further."""
    return max((each.seq for each in found.told), default=0)


# ---- an entry


def _correction(found: SessionRecord, entries: Sequence[Told], config: Config) -> html.Dialog:
    """Its script shows the values that the chosen entry has, and puts its number into the command."""
    options = [_option(each) for each in entries if each.line is not None or each.was is not None]
    entry = html.Select(options, className="btn wide", **{"data-corrects": "", "aria-label": "Entry"})
    first = entries[0].event.seq if entries else 1
    values = [
        html.Div(field(label, _control(name), f"changes.{name}"), hidden=True, **{"data-value-of": name})
        for name, label in VALUES.items()
    ]
    withdrawn = html.Div(
        checkbox("withdrawn", "Withdraw: this entry should not be there at all"), hidden=True, **{"data-withdraw": ""}
    )
    return dialog(
        CORRECT,
        f"Correct the record of {found.row.patient}",
        html.P("The entry stays readable as it is. What is right stands beside it, and counts."),
        command_form(
            Amend,
            {"session": found.row.id, "corrects": first},
            field("Entry", entry, "corrects"),
            withdrawn,
            html.Div(values, className="field-grid"),
            field("What is right", html.Textarea(name="text", rows=2, maxLength=LONGEST_TEXT), "text"),
            field("Why it is corrected", text_input("reason", longest=LONGEST_REASON), "reason"),
            _pin(config),
            answer(),
            form_actions(submit("Sign correction")),
        ),
    )


def _option(entry: Told) -> html.Option:
    line = entry.line or entry.was
    assert line is not None  # noqa: S101 - entries without words are not offered
    event = entry.event
    known = {name: getattr(event, name) for name in AMENDABLE.get(type(event), ())}
    known = {name: event.at if name in TIMES and value is None else value for name, value in known.items()}
    marks = {"data-values": msgspec.json.encode(known).decode()} if known else {}
    marks |= {"data-withdrawable": ""} if isinstance(event, WITHDRAWABLE) and entry.line is not None else {}
    return html.Option(f"#{event.seq} {clock(entry.at)} {line.strong}{line.rest}"[:120], value=str(event.seq), **marks)


def _control(name: str) -> Input:
    sent = f"changes.{name}"
    if name in TIMES:
        return moment_input(sent, optional=True)
    return text_input(sent, number=name not in IN_WORDS, longest=60 if name in IN_WORDS else 7, optional=True)


def moment_input(name: str, *, optional: bool = False) -> Input:
    """A day and time to the second, sent in microseconds."""
    marks = {"data-optional": ""} if optional else {}
    return Input(name=name, type="datetime-local", step="1", **{"data-kind": "moment"}, **marks)


def _pin(config: Config) -> html.Label:
    return field("Your PIN", pin_input(is_open=config.open_sign_in), "pin")


# ---- what was measured


def _artefact(found: SessionRecord) -> html.Dialog:
    """Its script puts in the stretch that the chart shows."""
    there = [metric for metric in METRICS if metric in found.series and metric is not Metric.CUFF]
    likely = {Metric.SPO2, Metric.PR}
    ticks = [checkbox("metrics", METRICS[each].label, value=str(each), checked=each in likely) for each in there]
    picks = [
        html.Button(text, type="button", className="btn offer", **{"data-pick": "reason"}) for text in DISTURBANCES
    ]
    return dialog(
        ARTEFACT,
        f"Mark an artefact in the record of {found.row.patient}",
        html.P("What was measured stays in the record and in the chart, greyed. No figure counts it."),
        command_form(
            MarkArtefact,
            {"session": found.row.id},
            html.Div(
                [field("From", moment_input("start"), "start"), field("To", moment_input("end"), "end")],
                className="field-grid",
            ),
            html.Fieldset(
                [
                    html.Legend("Of which numbers", className="label"),
                    *ticks,
                    html.Span(className="problem", role="alert", **{"data-problem": "metrics"}),
                ],
                className="ticks",
            ),
            reason_field("What disturbed the measurement"),
            html.Div(picks, className="offers"),
            answer(),
            form_actions(submit("Mark artefact")),
        ),
    )


def _withdrawal(found: SessionRecord) -> html.Dialog:
    return dialog(
        WITHDRAW_MARK,
        "Withdraw a mark",
        html.P("What it covers counts again."),
        command_form(
            WithdrawArtefact,
            {"session": found.row.id, "marked": 0},
            reason_field("Why it is no artefact"),
            answer(),
            form_actions(submit("Withdraw mark")),
        ),
    )


# ---- the session as a whole


def _note(found: SessionRecord) -> html.Dialog:
    return dialog(
        NOTE,
        f"Note on the session of {found.row.patient}",
        html.P("A clinician’s note on the session as a whole."),
        command_form(
            Review,
            {"session": found.row.id},
            field("Note", html.Textarea(name="text", rows=4, maxLength=LONGEST_TEXT), "text"),
            answer(),
            form_actions(submit("Keep note")),
        ),
    )


def _signature(found: SessionRecord, config: Config) -> html.Dialog:
    parts: list[Any] = [_pin(config), answer(), form_actions(submit("Sign"))]
    return dialog(
        SIGN,
        f"Sign the record of {found.row.patient}",
        html.P("You sign the record as it is now, corrections and marks included."),
        command_form(SignAgain, {"session": found.row.id, "seen": newest_shown(found)}, *parts),
    )
