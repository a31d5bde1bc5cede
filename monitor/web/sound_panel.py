"""How loud alarms are on this screen, and a test of their tones. ``assets/51-sound-panel.js`` fills it."""

from __future__ import annotations

from dash import html

from monitor.clinic.priority import Priority
from monitor.reports.words.alarm_words import PRIORITIES
from monitor.web.components import close_button

MEANINGS = {Priority.LOW: "be aware", Priority.MEDIUM: "act soon", Priority.HIGH: "act at once"}
"""In the order of the test."""


def sound_chip() -> html.Button:
    """Says whether alarms sound; the first press switches sound on, each one opens or closes the panel."""
    labels = {"data-open": "sound-panel", "aria-expanded": "false", "aria-controls": "sound-panel"}
    text = "Sound is off – click to switch on"
    return html.Button(text, id="sound-chip", className="chip action", type="button", **labels)


def sound_panel() -> html.Dialog:
    """The panel that the chip opens."""
    return html.Dialog(
        [
            html.H2("Alarm sound", id="sound-title"),
            html.Div(
                [
                    html.Span("Volume", id="volume-label"),
                    html.Span(id="volume", className="volume"),
                    html.Output(id="volume-value", className="volume-value"),
                ],
                className="volume-row",
            ),
            html.P("For this screen only. Alarms that nobody answers get louder.", className="sub"),
            html.Ul([_tone(priority, meaning) for priority, meaning in MEANINGS.items()], className="tones"),
            html.Output(
                "Hear the three tones, one after the other.",
                id="sound-says",
                className="sound-says",
                **{"aria-live": "polite"},
            ),
            html.Div(
                [
                    html.Button("Test sound", type="button", className="btn primary", id="sound-test"),
                    close_button("Close"),
                ],
                className="actions",
            ),
        ],
        id="sound-panel",
        className="panel",
        **{"aria-labelledby": "sound-title", "aria-modal": "false"},
    )


def _tone(priority: Priority, meaning: str) -> html.Li:
    sign, name = PRIORITIES[priority]
    marks = {"data-tone": str(priority), "data-playing": "no"}
    return html.Li([html.Span(sign, className="sign"), html.B(name), html.Span(meaning)], **marks)
