"""The intake: the form that begins a session in a free room, and the dialog that completes its answers later."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import html

from monitor.clinic.protocol import Protocol
from monitor.clinic.treatment.intake import CoursePhase, MedicineClass, Pregnancy
from monitor.config import Config, Room
from monitor.service.messages import StartSession
from monitor.service.treatment_messages import RecordIntake
from monitor.web.components import (
    answer,
    bound,
    card,
    checkbox,
    choice,
    command_form,
    dialog,
    field,
    form_actions,
    submit,
    text_input,
)
from monitor.web.markup import Input

MEDICINES = {
    MedicineClass.BENZODIAZEPINES: "benzodiazepines",
    MedicineClass.HYPNOTICS: "other sleeping pills",
    MedicineClass.OPIOIDS: "opioids",
    MedicineClass.STIMULANTS: "stimulants",
    MedicineClass.MAO_INHIBITORS: "MAO inhibitors",
}
PREGNANCY = {
    Pregnancy.NOT_POSSIBLE: "not possible",
    Pregnancy.TEST_NEGATIVE: "test negative",
    Pregnancy.DECLINED: "declined to say",
    Pregnancy.PREGNANT: "pregnant",
}
COURSE = {CoursePhase.INDUCTION: "induction", CoursePhase.MAINTENANCE: "maintenance"}
NOT_ASKED = {"": "not asked yet"}
YES_NO = NOT_ASKED | {"yes": "yes", "no": "no"}


def start_form(config: Config, room: Room) -> html.Section:
    """Asks for patient, weight, protocol and dose, and for the intake as far as it is known already."""
    protocols = list(config.protocols.values())
    select = html.Select(
        [html.Option(protocol.title, value=protocol.id) for protocol in protocols],
        name="protocol",
        className="btn",
        **{"data-protocols": ""},
    )
    pounds = html.Button(type="button", className="btn offer", hidden=True, **{"data-pounds": ""})
    return card(
        "Start a session",
        _place(room),
        command_form(
            StartSession,
            {"room": room.id},
            field(
                "Patient code",
                text_input("patient", longest=32),
                "patient",
                html.Span("A code, not a name", className="sub"),
            ),
            html.Div(className="last-visit", hidden=True, **{"data-last-visit": ""}),
            field("Weight, kg", text_input("weight_kg", number=True, longest=6), "weight_kg", pounds),
            field("Protocol", select, "protocol"),
            field("Dose, mg", text_input("dose_mg", number=True, longest=6), "dose_mg"),
            *_offers(protocols),
            html.Details(
                [
                    html.Summary("Intake: what is not asked now can be asked until the dose"),
                    *intake_fields(),
                ],
                className="intake",
                open=True,
            ),
            answer(),
            html.Div(submit("Start session", "primary wide"), className="actions"),
            className="start-form",
        ),
    )


def _place(room: Room) -> html.Ul:
    """The devices that will watch the patient, and whether they are there."""
    return html.Ul(
        [
            html.Li(
                [html.B(device.name.capitalize()), f" {device.protocol} · ", bound("device-state")],
                **{"data-device": device.name},
            )
            for device in room.devices
        ],
        className="bound-devices sub",
    )


def intake_dialog(room: Room) -> html.Dialog:
    """All answers, as they are known; what is saved takes the place of all of them."""
    return dialog(
        "intake",
        "Intake of {}",
        command_form(
            RecordIntake,
            {"room": room.id},
            *intake_fields(),
            answer(),
            form_actions(submit("Save intake")),
            className="intake",
        ),
        class_name="wide",
        **{"data-identifying": ""},
    )


def intake_fields() -> list[Any]:
    """The questions, in the order in which they are asked."""
    return [
        html.Div(
            [
                _text("Name", "name"),
                field(
                    "Birth date",
                    Input(name="intake.birth_date", type="date", **{"data-optional": ""}),
                    "intake.birth_date",
                ),
                _number("Age", "age"),
                _number("Session number", "session_number"),
                _choice("Course", "course", NOT_ASKED | {str(k): v for k, v in COURSE.items()}),
                _choice("Pregnancy", "pregnancy", NOT_ASKED | {str(k): v for k, v in PREGNANCY.items()}),
                _choice("Consent on file", "consent", YES_NO, kind="flag"),
                _choice("Fasting kept", "fasting", YES_NO, kind="flag"),
            ],
            className="field-grid",
        ),
        _text("Allergies", "allergies", "“none known” if there are none"),
        html.Fieldset(
            [
                html.Legend("Medicines that matter", className="label"),
                *(checkbox("intake.medicines", label, value=value) for value, label in MEDICINES.items()),
                html.Label(
                    [Input(type="checkbox", **{"data-none-of": "intake.medicines"}), html.Span("none of these")],
                    className="tick",
                ),
            ],
            className="ticks",
        ),
        _text("Other medicines", "medicines_note"),
        _text("Escort", "escort", "who takes the patient home, and how to reach them"),
    ]


def _text(label: str, name: str, hint: str = "") -> html.Label:
    control = text_input(f"intake.{name}", longest=200, optional=True)
    return field(label, control, f"intake.{name}", html.Span(hint, className="sub") if hint else None)


def _number(label: str, name: str) -> html.Label:
    control = Input(
        name=f"intake.{name}",
        type="text",
        inputmode="decimal",
        autocomplete="off",
        maxlength=3,
        className="number",
        **{"data-optional": ""},
    )
    return field(label, control, f"intake.{name}")


def _choice(label: str, name: str, options: dict[str, str], kind: str = "text") -> html.Label:
    return field(label, choice(f"intake.{name}", options, kind=kind, optional=True), f"intake.{name}")


def _offers(protocols: Iterable[Protocol]) -> list[html.Div]:
    return [
        html.Div(_offer(protocol), className="offers", hidden=True, **{"data-offers-of": protocol.id})
        for protocol in protocols
    ]


def _offer(protocol: Protocol) -> list[html.Button]:
    dose = protocol.dose
    fixed = [
        html.Button(f"{mg:g} mg", type="button", className="btn offer", **{"data-dose": f"{mg:g}"})
        for mg in dose.fixed_mg
    ]
    if dose.mg_per_kg is None:
        return fixed
    suggestion = html.Button(
        f"{dose.mg_per_kg:g} mg/kg: give the weight first",
        type="button",
        className="btn offer",
        disabled=True,
        **{"data-mg-per-kg": f"{dose.mg_per_kg:g}"},
    )
    return [*fixed, suggestion]
