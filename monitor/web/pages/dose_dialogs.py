"""The dialogs in which the drug is charted: nasal devices, or an infusion from its start to its end."""

from __future__ import annotations

from collections.abc import Iterable

from dash import html

from monitor.config import Room
from monitor.service.treatment_messages import (
    ChangeRate,
    EndDosing,
    GiveBolus,
    GiveDevice,
    PauseInfusion,
    ResumeInfusion,
    StartInfusion,
)
from monitor.web.components import (
    LONGEST_REASON,
    bound,
    checkbox,
    field,
    form_dialog,
    submit,
    text_input,
    time_field,
)
from monitor.web.markup import Input

PAUSES = ("Patient asked", "Blood pressure", "Saturation or breathing", "Sedation", "Nausea", "IV site", "Pump")


def dose_dialogs(room: Room) -> list[html.Dialog]:
    """All of them; the page opens those of its protocol."""
    return [
        _device(room),
        _start_infusion(room),
        _rate(room),
        _pause(room),
        _resume(room),
        _bolus(room),
        _end_dosing(room),
    ]


def _device(room: Room) -> html.Dialog:
    return form_dialog(
        "device",
        "Nasal device for {}",
        room,
        GiveDevice,
        submit("Chart device"),
        html.P(bound("next-device")),
        html.Div(
            [
                field("Lot", text_input("device.lot", longest=20), "device.lot"),
                field("Expiry", Input(name="device.expiry", type="month"), "device.expiry"),
                time_field("device.given_at"),
                field("Observed by", text_input("device.observed_by", longest=60), "device.observed_by"),
            ],
            className="field-grid",
        ),
        checkbox("device.self_administered", "self-administered by the patient", checked=True),
    )


def _start_infusion(room: Room) -> html.Dialog:
    return form_dialog(
        "infusion",
        "Start the infusion of {}",
        room,
        StartInfusion,
        submit("Start infusion"),
        html.Div(
            [
                field("Dose, mg", text_input("order.dose_mg", number=True, longest=6), "order.dose_mg"),
                field("Volume, mL", text_input("order.volume_ml", number=True, longest=6), "order.volume_ml"),
                field("Duration, min", text_input("order.minutes", number=True, longest=5), "order.minutes"),
                time_field("order.given_at"),
                field("Lot", text_input("order.lot", longest=20), "order.lot"),
                field("Checked by", text_input("order.checked_by", longest=60, optional=True), "order.checked_by"),
            ],
            className="field-grid",
        ),
        html.P(className="derived", role="status", **{"data-derived": ""}),
    )


def _rate(room: Room) -> html.Dialog:
    return form_dialog(
        "rate",
        "Rate of the infusion of {}",
        room,
        ChangeRate,
        submit("Change rate"),
        html.P(bound("infusion-said")),
        html.Div(
            [field("New rate, mL/h", text_input("rate_ml_h", number=True, longest=6), "rate_ml_h"), time_field()],
            className="field-grid",
        ),
    )


def _pause(room: Room) -> html.Dialog:
    return form_dialog(
        "pause-infusion",
        "Pause the infusion of {}",
        room,
        PauseInfusion,
        submit("Pause infusion"),
        field("Reason", _suggested("reason", PAUSES), "reason"),
        time_field(),
        html.P("Stop the pump itself first: Chairside charts, it does not drive pumps.", className="sub"),
    )


def _resume(room: Room) -> html.Dialog:
    return form_dialog(
        "resume-infusion",
        "Resume the infusion of {}",
        room,
        ResumeInfusion,
        submit("Resume infusion"),
        html.P(bound("infusion-said")),
        time_field(),
    )


def _suggested(name: str, options: Iterable[str]) -> html.Div:
    """A text with the usual ones to pick from."""
    picks = [html.Button(text, type="button", className="btn offer", **{"data-pick": name}) for text in options]
    return html.Div(
        [text_input(name, longest=LONGEST_REASON), html.Div(picks, className="offers")], className="suggested"
    )


def _bolus(room: Room) -> html.Dialog:
    return form_dialog(
        "bolus",
        "Extra dose for {}",
        room,
        GiveBolus,
        submit("Chart bolus"),
        html.Div(
            [field("Bolus, mg", text_input("mg", number=True, longest=5), "mg"), time_field()],
            className="field-grid",
        ),
    )


def _end_dosing(room: Room) -> html.Dialog:
    return form_dialog(
        "end-dosing",
        "End dosing of {}",
        room,
        EndDosing,
        submit("End dosing"),
        html.P(bound("dose-so-far")),
        field(
            "Reason, if it ends early",
            text_input("reason", longest=LONGEST_REASON, optional=True),
            "reason",
        ),
        time_field(),
    )
