"""The dialogs of a treatment: what is given, decided, attested and signed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import html

from monitor.clinic.protocol import Protocol
from monitor.clinic.treatment.events import Episode, SeriousOutcome
from monitor.clinic.treatment.plan import Attested
from monitor.config import Config, Room
from monitor.service.messages import AbortSession
from monitor.service.treatment_messages import (
    Attest,
    ChangeRate,
    EndDosing,
    GiveBolus,
    GiveDevice,
    GiveMedicine,
    LeaveAgainstAdvice,
    OverrideGate,
    PauseInfusion,
    ReportSeriousEvent,
    ResumeInfusion,
    SetEpisode,
    SetOxygen,
    SignDischarge,
    StartInfusion,
    TakePressure,
    Transfer,
)
from monitor.web.components import (
    answer,
    bound,
    checkbox,
    choice,
    close_button,
    command_form,
    dialog,
    field,
    form_actions,
    pin_input,
    shown_when,
    submit,
    text_input,
    time_input,
)
from monitor.web.markup import Input
from monitor.web.pages.intake import intake_dialog
from monitor.web.treatment_lines import EPISODES

LONGEST = 200
OUTCOMES = {
    SeriousOutcome.DEATH: "death",
    SeriousOutcome.LIFE_THREATENING: "life-threatening",
    SeriousOutcome.HOSPITALISATION: "hospitalisation",
    SeriousOutcome.DISABILITY: "disability or permanent damage",
    SeriousOutcome.INTERVENTION: "medical intervention, or an important medical event",
}
PAUSES = ("Patient asked", "Blood pressure", "Saturation or breathing", "Sedation", "Nausea", "IV site", "Pump")


def treatment_dialogs(config: Config, room: Room) -> list[html.Dialog]:
    """All of them; those for an item of a checklist once an item."""
    protocols = list(config.protocols.values())
    return [
        intake_dialog(room),
        _override(config, room),
        _device(room),
        _start_infusion(room),
        _rate(room),
        _pause(room),
        _resume(room),
        _bolus(room),
        _end_dosing(room),
        _pressure(room),
        _medicine(room, protocols),
        _episode(room),
        *_attestations(room, protocols),
        _discharge(config, room),
        _ending(config, room),
    ]


def _form_dialog(
    name: str, title: str, room: Room, kind: type[Any], button: html.Button, *fields: Any, **attributes: Any
) -> html.Dialog:
    form = command_form(kind, {"room": room.id}, *fields, answer(), form_actions(button), **attributes)
    return dialog(name, title, form)


def _reason(label: str = "Reason", name: str = "reason") -> html.Label:
    return field(label, text_input(name, longest=LONGEST), name)


def _time(name: str = "given_at") -> html.Label:
    return field("Time, empty for now", time_input(name), name)


def _pin(config: Config) -> html.Label:
    return field("Your PIN", pin_input(is_open=config.open_sign_in), "pin")


def _override(config: Config, room: Room) -> html.Dialog:
    return _form_dialog(
        "override",
        "Give the dose to {} all the same?",
        room,
        OverrideGate,
        submit("Release the dose"),
        html.P(["A clinician decides, with a reason and a signature. Found: ", html.B(**{"data-findings": ""})]),
        _reason(),
        _pin(config),
    )


def _device(room: Room) -> html.Dialog:
    return _form_dialog(
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
                _time("device.given_at"),
                field("Observed by", text_input("device.observed_by", longest=60), "device.observed_by"),
            ],
            className="field-grid",
        ),
        checkbox("device.self_administered", "self-administered by the patient", checked=True),
    )


def _start_infusion(room: Room) -> html.Dialog:
    return _form_dialog(
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
                _time("order.given_at"),
                field("Lot", text_input("order.lot", longest=20), "order.lot"),
                field("Checked by", text_input("order.checked_by", longest=60, optional=True), "order.checked_by"),
            ],
            className="field-grid",
        ),
        html.P(className="derived", role="status", **{"data-derived": ""}),
    )


def _rate(room: Room) -> html.Dialog:
    return _form_dialog(
        "rate",
        "Rate of the infusion of {}",
        room,
        ChangeRate,
        submit("Change rate"),
        html.P(bound("infusion-said")),
        html.Div(
            [field("New rate, mL/h", text_input("rate_ml_h", number=True, longest=6), "rate_ml_h"), _time()],
            className="field-grid",
        ),
    )


def _pause(room: Room) -> html.Dialog:
    return _form_dialog(
        "pause-infusion",
        "Pause the infusion of {}",
        room,
        PauseInfusion,
        submit("Pause infusion"),
        field("Reason", _suggested("reason", PAUSES), "reason"),
        _time(),
        html.P("Stop the pump itself first: Chairside charts, it does not drive pumps.", className="sub"),
    )


def _resume(room: Room) -> html.Dialog:
    return _form_dialog(
        "resume-infusion",
        "Resume the infusion of {}",
        room,
        ResumeInfusion,
        submit("Resume infusion"),
        html.P(bound("infusion-said")),
        _time(),
    )


def _suggested(name: str, options: Iterable[str]) -> html.Div:
    """A text with the usual ones to pick from."""
    picks = [html.Button(text, type="button", className="btn offer", **{"data-pick": name}) for text in options]
    return html.Div([text_input(name, longest=LONGEST), html.Div(picks, className="offers")], className="suggested")


def _bolus(room: Room) -> html.Dialog:
    return _form_dialog(
        "bolus",
        "Extra dose for {}",
        room,
        GiveBolus,
        submit("Chart bolus"),
        html.Div(
            [field("Bolus, mg", text_input("mg", number=True, longest=5), "mg"), _time()],
            className="field-grid",
        ),
    )


def _end_dosing(room: Room) -> html.Dialog:
    return _form_dialog(
        "end-dosing",
        "End dosing of {}",
        room,
        EndDosing,
        submit("End dosing"),
        html.P(bound("dose-so-far")),
        field(
            "Reason, if it ends early",
            text_input("reason", longest=LONGEST, optional=True),
            "reason",
        ),
        _time(),
    )


def _pressure(room: Room) -> html.Dialog:
    return _form_dialog(
        "pressure",
        "Blood pressure of {}, by hand",
        room,
        TakePressure,
        submit("Chart BP"),
        html.Div(
            [
                field("Systolic, mmHg", text_input("sys", number=True, longest=3), "sys"),
                field("Diastolic, mmHg", text_input("dia", number=True, longest=3), "dia"),
                field("Pulse, /min", text_input("pr", number=True, longest=3, optional=True), "pr"),
                _time(),
            ],
            className="field-grid",
        ),
        html.P("It counts as a reading of the cuff does: for alarms, checklist and form.", className="sub"),
    )


def _medicine(room: Room, protocols: list[Protocol]) -> html.Dialog:
    lists = [
        html.Div(
            [
                html.Button(
                    f"{each.name} {dose}",
                    type="button",
                    className="btn offer",
                    **{"data-medicine": each.name, "data-medicine-dose": dose},
                )
                for each in protocol.medicines
                for dose in each.doses
            ],
            className="offers medicines",
            hidden=True,
            **{"data-show": f"protocol:{protocol.id}"},
        )
        for protocol in protocols
    ]
    oxygen = command_form(
        SetOxygen,
        {"room": room.id},
        html.H3("Oxygen"),
        html.P(bound("oxygen"), className="sub"),
        html.Div(
            [
                field("L/min, 0 is room air", text_input("litres_min", number=True, longest=4), "litres_min"),
                submit("Set oxygen"),
            ],
            className="inline-form",
        ),
        answer(),
        className="block",
        **{"data-stays": ""},
    )
    medicine = command_form(
        GiveMedicine,
        {"room": room.id},
        html.H3("Other medicine"),
        html.Div(lists),
        html.Div(
            [
                field("Medicine", text_input("medicine", longest=60), "medicine"),
                field("Dose and route", text_input("dose", longest=40), "dose"),
                _time(),
            ],
            className="field-grid",
        ),
        html.P("Entries for the chart, no advice.", className="sub"),
        answer(),
        form_actions(submit("Chart medicine"), close="Close"),
        className="block",
    )
    return dialog("medicine", "Medication and oxygen of {}", oxygen, medicine, class_name="wide")


def _episode(room: Room) -> html.Dialog:
    """Effects and serious events."""
    effect = command_form(
        SetEpisode,
        {"room": room.id},
        html.P("Sedation and dissociation follow from the assessments. Set here what they do not show."),
        html.Div(
            [
                field("Effect", choice("episode", {str(each): EPISODES[each] for each in Episode}), "episode"),
                field("Onset, empty for none", time_input("onset_at"), "onset_at"),
                field("Resolved, empty if not yet", time_input("resolved_at"), "resolved_at"),
            ],
            className="field-grid",
        ),
        _reason("On what this rests"),
        answer(),
        form_actions(submit("Set effect"), close="Close"),
        className="block",
    )
    serious = command_form(
        ReportSeriousEvent,
        {"room": room.id},
        html.H3("Serious adverse event"),
        field("What happened", html.Textarea(name="text", rows=2, maxLength=1000), "text"),
        html.Fieldset(
            [
                html.Legend("What makes it serious", className="label"),
                *(checkbox("outcomes", label, value=value) for value, label in OUTCOMES.items()),
                html.Span(className="problem", role="alert", **{"data-problem": "outcomes"}),
            ],
            className="ticks",
        ),
        answer(),
        html.Div(submit("Report event", "danger"), className="actions"),
        className="block",
    )
    return dialog("episode", "Effects on {}", effect, serious)


def _attestations(room: Room, protocols: list[Protocol]) -> list[html.Dialog]:
    asked = {item.id: item for each in protocols for item in each.checklist if isinstance(item, Attested) and item.asks}
    return [
        dialog(
            f"attest-{item.id}",
            f"{item.text}: {{}}",
            command_form(
                Attest,
                {"room": room.id, "item": item.id},
                field(item.asks, text_input("remark", longest=LONGEST), "remark"),
                answer(),
                form_actions(submit("Attest")),
            ),
        )
        for item in asked.values()
    ]


def _discharge(config: Config, room: Room) -> html.Dialog:
    return _form_dialog(
        "discharge",
        "Discharge {}",
        room,
        SignDischarge,
        submit("Sign discharge"),
        html.P(bound("discharge-said")),
        shown_when(
            "open-items",
            html.P(["Open: ", bound("open-items")], className="problem-text"),
            field(
                "A clinician lets the patient go all the same, because",
                text_input("override", longest=LONGEST, optional=True),
                "override",
            ),
        ),
        _pin(config),
    )


def _ending(config: Config, room: Room) -> html.Dialog:
    """The other ways in which a session ends."""
    fixed = {"room": room.id}
    left = command_form(
        LeaveAgainstAdvice,
        fixed,
        html.H3("Leaves against advice"),
        _reason(),
        field("Prescriber who was told", text_input("told", longest=60), "told"),
        _pin(config),
        answer(),
        html.Div(submit("Sign: left against advice", "danger"), className="actions"),
        className="block",
    )
    moved = command_form(
        Transfer,
        fixed,
        html.H3("Transferred"),
        _reason(),
        field("Taken over by", text_input("told", longest=60), "told"),
        answer(),
        html.Div(submit("Transfer patient", "danger"), className="actions"),
        className="block",
    )
    aborted = command_form(
        AbortSession,
        fixed,
        html.H3("Aborted"),
        html.P("The session ends here and stays in the record as aborted.", className="sub"),
        _reason(),
        answer(),
        html.Div(submit("Abort session", "danger"), className="actions"),
        className="block",
    )
    foot = html.Div(close_button("Go on", focused=True), className="actions")
    return dialog("ending", "End the session of {} otherwise", left, moved, aborted, foot, class_name="wide endings")
