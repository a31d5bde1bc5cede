"""What the room page says of a treatment and offers to do next: gate, dose, what is due, checklist.

One block a protocol stands on the page; the live script shows that of the session and fills it.
"""

from __future__ import annotations

from dash import html

from monitor.clinic.protocol import Protocol
from monitor.clinic.treatment.events import Episode, Finding
from monitor.clinic.treatment.plan import Assessed, Attested, ChecklistItem
from monitor.clinic.treatment.scales import SCALES, Scale
from monitor.clinic.treatment.schedule import NIBP
from monitor.reports.words.treatment_lines import EPISODES
from monitor.web.components import answer, bound, card, opening_button, shown_when


def treatment_panels(protocol: Protocol) -> list[html.Section]:
    """Everything of one protocol, in the order in which a nurse needs it."""
    dose = _devices(protocol) if protocol.dose.route == "nasal" else _infusion(protocol)
    return [
        shown_when("before-dose", _gate(), class_name="column"),
        shown_when("dose-panel", dose, class_name="column"),
        shown_when("dosed", _due(protocol), class_name="column"),
        shown_when("dosed", _checklist(protocol), class_name="column checklist-holder"),
    ]


def _gate() -> html.Section:
    return card(
        "Before the dose",
        html.Ol([_finding(finding) for finding in Finding], className="checks gate"),
        html.P(bound("gate-said"), className="gate-said"),
        html.Div(
            [
                opening_button("Intake", "intake"),
                opening_button("Assess", "assess"),
                opening_button("BP by hand", "pressure"),
                opening_button("Medication, O₂", "medicine"),
                html.Button(type="button", className="btn", hidden=True, **{"data-bind": "hold"}),
                shown_when("gate-found", opening_button("Clinician decides", "override")),
                opening_button("End otherwise", "ending"),
            ],
            className="group wraps",
            **{"data-answers": ""},
        ),
        answer(),
        **{"data-answers": ""},
    )


def _finding(finding: Finding) -> html.Li:
    return html.Li(
        [html.Span("◯", className="wait", **{"aria-hidden": "true"}), bound("finding")],
        className="check",
        hidden=True,
        **{"data-finding": finding, "data-show": f"finding:{finding}"},
    )


def _devices(protocol: Protocol) -> html.Section:
    """The nasal devices of a dose: those that were given, and the next one with the time that it waits."""
    most = round(protocol.dose.highest_mg / (protocol.dose.device_mg or protocol.dose.highest_mg))
    rows = [
        html.Li(
            [bound("device-mark"), bound("device-said"), bound("device-when", "sub")],
            className="check",
            **{"data-number": str(number), "data-show": f"device:{number}"},
            hidden=True,
        )
        for number in range(1, most + 1)
    ]
    return card(
        "Dose",
        bound("dose-given", "card-figure"),
        html.Ol(rows, className="checks"),
        html.P(bound("dose-said"), className="sub"),
        shown_when(
            "dosing",
            html.Div(
                [
                    html.Button("Chart device", type="button", className="btn primary", **{"data-open": "device"}),
                    opening_button("End dosing", "end-dosing"),
                ],
                className="group wraps",
            ),
        ),
    )


def _infusion(protocol: Protocol) -> html.Section:
    return card(
        "Infusion",
        bound("infusion-left", "card-figure"),
        html.Div([bound("infusion-mg", "big dose"), bound("infusion-planned", "sub")], className="number-row"),
        html.Span(html.I(**{"data-bind": "infusion-bar"}), className="track", **{"aria-hidden": "true"}),
        html.P(bound("infusion-said"), className="sub"),
        shown_when(
            "dosing",
            html.Div(
                [
                    shown_when("infusing", opening_button("Pause", "pause-infusion")),
                    shown_when("infusion-paused", opening_button("Resume", "resume-infusion", "btn primary")),
                    opening_button("Rate", "rate"),
                    opening_button("Bolus", "bolus"),
                    opening_button("End", "end-dosing"),
                ],
                className="group wraps",
            ),
        ),
        **{"data-minutes-of": protocol.id, "data-minutes": f"{protocol.dose.minutes or 0:g}"},
    )


def _due(protocol: Protocol) -> html.Section:
    named = {due.what: "Blood pressure" if due.what == NIBP else SCALES[Scale(due.what)].label for due in protocol.due}
    rows = [
        html.Li(
            [html.Span(label), bound("due-last", "sub"), bound("due-when", "due-when")],
            className="due",
            **{"data-due": what},
        )
        for what, label in named.items()
    ]
    effects = [
        html.Li([html.Span(EPISODES[episode]), bound("episode", "sub")], className="due", **{"data-episode": episode})
        for episode in Episode
    ]
    return card(
        "Due and found",
        html.Ul([*rows, *effects], className="dues"),
        html.P(bound("oxygen"), className="sub"),
        html.Div(
            [
                opening_button("Assess", "assess", "btn primary"),
                opening_button("BP by hand", "pressure"),
                opening_button("Medication, O₂", "medicine"),
                opening_button("Effect", "episode"),
            ],
            className="group wraps",
        ),
    )


def _checklist(protocol: Protocol) -> html.Section:
    return card(
        "Discharge checklist",
        bound("checklist-count", "checklist-count"),
        html.P(bound("ready"), className="ready"),
        html.Ol([_item(item) for item in protocol.checklist], className="checks"),
        answer(),
        html.Div(
            [
                shown_when("signable", opening_button("Sign discharge", "discharge", "btn primary")),
                opening_button("End otherwise", "ending"),
                bound("sign-hint", "sub"),
            ],
            className="sign",
        ),
        class_name="checklist",
        **{"data-answers": ""},
    )


def _item(item: ChecklistItem) -> html.Li:
    kind = "assess" if isinstance(item, Assessed) else "nurse" if isinstance(item, Attested) else "auto"
    said = [
        item.text,
        html.Div(bound("item-said"), className="sub"),
        html.Div(bound("item-missing"), className="sub waits-for"),
    ]
    action = _item_action(item) or html.Span(kind, className="sub")
    return html.Li([bound("item-mark", "wait"), html.Span(said), action], className="check", **{"data-item": item.id})


def _item_action(item: ChecklistItem) -> html.Button | None:
    """What a nurse does about an item: assess, attest, or take back."""
    if isinstance(item, Assessed):
        return _button("Assess", "btn small", **{"data-open": "assess", "data-scale": item.scale})
    if isinstance(item, Attested) and item.asks:
        return _button("Attest", "btn small", **{"data-asks": f"attest-{item.id}", "data-bind": "attest"})
    if isinstance(item, Attested):
        return _button("Attest", "btn small", **{"data-bind": "attest"})
    return None


def _button(label: str, look: str, **attributes: str) -> html.Button:
    return html.Button(label, type="button", className=look, **attributes)
