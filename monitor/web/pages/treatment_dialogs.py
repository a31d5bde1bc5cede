"""The dialogs of a treatment: what is decided, found, given beside the drug, attested and signed."""

from __future__ import annotations

from dash import html

from monitor.clinic.protocol import Protocol
from monitor.clinic.treatment.events import Episode, SeriousOutcome
from monitor.clinic.treatment.plan import Attested
from monitor.config import Config, Room
from monitor.reports.words.treatment_lines import EPISODES
from monitor.service.messages import AbortSession
from monitor.service.treatment_messages import (
    Attest,
    GiveMedicine,
    LeaveAgainstAdvice,
    OverrideGate,
    ReportSeriousEvent,
    SetEpisode,
    SetOxygen,
    SignDischarge,
    TakePressure,
    Transfer,
)
from monitor.web.components import (
    LONGEST_REASON,
    answer,
    bound,
    checkbox,
    choice,
    close_button,
    command_form,
    dialog,
    field,
    form_actions,
    form_dialog,
    pin_input,
    reason_field,
    shown_when,
    submit,
    text_input,
    time_field,
    time_input,
)
from monitor.web.pages.dose_dialogs import dose_dialogs
from monitor.web.pages.intake import intake_dialog

OUTCOMES = {
    SeriousOutcome.DEATH: "death",
    SeriousOutcome.LIFE_THREATENING: "life-threatening",
    SeriousOutcome.HOSPITALISATION: "hospitalisation",
    SeriousOutcome.DISABILITY: "disability or permanent damage",
    SeriousOutcome.INTERVENTION: "medical intervention, or an important medical event",
}


def treatment_dialogs(config: Config, room: Room) -> list[html.Dialog]:
    """All of them; those for an item of a checklist once an item."""
    protocols = list(config.protocols.values())
    return [
        intake_dialog(room),
        _override(config, room),
        *dose_dialogs(room),
        _pressure(room),
        _medicine(room, protocols),
        _episode(room),
        *_attestations(room, protocols),
        _discharge(config, room),
        _ending(config, room),
    ]


def _pin(config: Config) -> html.Label:
    return field("Your PIN", pin_input(is_open=config.open_sign_in), "pin")


def _override(config: Config, room: Room) -> html.Dialog:
    return form_dialog(
        "override",
        "Give the dose to {} all the same?",
        room,
        OverrideGate,
        submit("Release the dose"),
        html.P(["A clinician decides, with a reason and a signature. Found: ", html.B(**{"data-findings": ""})]),
        reason_field(),
        _pin(config),
    )


def _pressure(room: Room) -> html.Dialog:
    return form_dialog(
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
                time_field(),
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
                time_field(),
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
        reason_field("On what this rests"),
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
                field(item.asks, text_input("remark", longest=LONGEST_REASON), "remark"),
                answer(),
                form_actions(submit("Attest")),
            ),
        )
        for item in asked.values()
    ]


def _discharge(config: Config, room: Room) -> html.Dialog:
    return form_dialog(
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
                text_input("override", longest=LONGEST_REASON, optional=True),
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
        reason_field(),
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
        reason_field(),
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
        reason_field(),
        answer(),
        html.Div(submit("Abort session", "danger"), className="actions"),
        className="block",
    )
    foot = html.Div(close_button("Go on", focused=True), className="actions")
    return dialog("ending", "End the session of {} otherwise", left, moved, aborted, foot, class_name="wide endings")
