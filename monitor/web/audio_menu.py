"""The menu beside "Pause audio": sound off for long, and the test of the way from a violation to a screen."""

from __future__ import annotations

from dash import html

from monitor.config import Config
from monitor.service.messages import SwitchAudioOff, TestAlarmChain
from monitor.web.components import LONGEST_REASON, answer, close_button, command_button, command_form, field, text_input
from monitor.web.pages.watching import only_for

NAME = "audio-menu"


def audio_menu_button() -> html.Button:
    """Opens and closes the menu."""
    labels = {"data-open": NAME, "aria-label": "More: audio off, test of the alarm chain", "title": "Audio off, test"}
    return html.Button("⋯", type="button", className="btn more", **labels)


def audio_menu(config: Config) -> html.Dialog:
    """The menu, which hangs below the banner."""
    off = command_form(
        SwitchAudioOff,
        {},
        html.H2("Switch audio off", id=f"{NAME}-title"),
        html.P(
            "No alarm makes a sound on any screen until somebody switches it on again. Alarms still show.",
            className="sub",
        ),
        only_for(config),
        field("Reason", text_input("reason", longest=LONGEST_REASON), "reason"),
        answer(),
        html.Div(
            [
                close_button("Close", focused=True),
                html.Button("Switch audio off", type="submit", className="btn danger"),
            ],
            className="actions",
        ),
    )
    test = html.Section(
        [
            html.H3("Test of the alarm chain"),
            html.P("Makes up a violation and measures how long it takes to a screen.", className="sub"),
            html.Output("Alarm chain: not tested yet", id="chain-result", **{"aria-live": "polite"}),
            answer(),
            command_button(
                "Test alarm chain", TestAlarmChain(), "btn wide", id="chain-test", **{"data-done": "The test runs."}
            ),
        ],
        className="block",
        **{"data-answers": ""},
    )
    return html.Dialog(
        [off, test], id=NAME, className="panel", **{"aria-labelledby": f"{NAME}-title", "aria-modal": "false"}
    )
