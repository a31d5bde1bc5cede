"""What stands on every page: top bar, alarm banner, notices, the footer with what Chairside is and is not."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from monitor.config import Config
from monitor.service.messages import FASTEST, PauseAudio, ResumeAudio
from monitor.web import ids
from monitor.web.audio_menu import audio_menu, audio_menu_button
from monitor.web.components import answer, bound, command_button
from monitor.web.person import person_corner, person_panels
from monitor.web.sound_panel import sound_chip, sound_panel

DISCLAIMER = "Second pair of eyes: the devices’ own alarms stay primary. Not a cleared medical device."


def layout(config: Config) -> html.Div:
    """The frame around the pages."""
    return html.Div(
        [
            dcc.Location(id=ids.URL, refresh=False),
            _top_bar(config),
            html.Div(
                [_banner(), _notices(), sound_panel(), audio_menu(config), *person_panels(config)], className="overhead"
            ),
            html.Div(id=ids.PAGE, className="page"),
            _escalated(),
            html.Footer([html.Span(DISCLAIMER)], className="footer"),
            html.Div(id="announce-now", className="unseen", **{"aria-live": "assertive", "role": "alert"}),
            html.Div(id="announce-soon", className="unseen", **{"aria-live": "polite", "role": "status"}),
        ],
        className="app",
    )


def _top_bar(config: Config) -> html.Header:
    simulated = any(room.simulated for room in config.rooms)
    links = [html.A("Board", href="/"), html.A("Sessions", href="/sessions"), html.A("Alarms", href="/alarms")]
    links += [html.A("Simulate", href="/simulate")] if simulated else []
    chips: list[Any] = [html.Span("SIMULATED", className="chip simulated")] if simulated else []
    if not config.why_never_fast:
        fast = {"data-fastest": str(FASTEST), "title": "Time runs faster than real here"}
        chips.append(html.Span(id="speed-chip", className="chip fast", hidden=True, **fast))
    return html.Header(
        [
            html.B("Chairside", className="brand"),
            html.Nav(links, **{"aria-label": "Pages"}),
            *chips,
            html.Span(className="grow"),
            html.Span(config.clinic.name, className="muted clinic"),
            html.Span(id="clock", className="clock"),
            html.Span("connecting", id="live-chip", className="chip"),
            sound_chip(),
            person_corner(config),
        ],
        className="bar",
    )


def _banner() -> html.Section:
    return html.Section(
        [
            html.Span(className="bell", **{"aria-hidden": "true"}),
            html.Span(
                [
                    html.Span(
                        [
                            bound("banner-text", "banner-text"),
                            bound("banner-since", "banner-since"),
                            bound("banner-also", "banner-also"),
                        ],
                        className="banner-first",
                    ),
                    html.Span(
                        [bound("banner-elsewhere", "banner-elsewhere"), bound("banner-off", "banner-off")],
                        className="banner-second",
                    ),
                ],
                className="banner-words",
            ),
            bound("banner-counts", "banner-counts"),
            answer(),
            html.Button("Acknowledge", type="button", className="btn", id="acknowledge", hidden=True),
            command_button("Pause audio 2 min", PauseAudio(), id="pause-audio", hidden=True),
            html.Span(
                [bound("audio-left"), command_button("Resume", ResumeAudio())],
                id="audio-paused",
                className="audio-paused",
                hidden=True,
            ),
            html.Span(
                [bound("audio-off-words", "audio-off-words"), command_button("Switch on", ResumeAudio())],
                id="audio-off",
                className="audio-off",
                hidden=True,
            ),
            audio_menu_button(),
        ],
        id="banner",
        className="banner",
        **{"aria-label": "Alarms", "data-alarm": "none", "data-audio": "on"},
    )


def _escalated() -> html.Section:
    """Stands at the foot of every page, so that nothing moves under a finger when it comes."""
    return html.Section(
        [
            html.Span(className="bell", **{"aria-hidden": "true"}),
            html.A(id="escalated-room"),
            html.Span(id="escalated-more"),
            html.Span(className="grow"),
            answer(),
            html.Button("Acknowledge", type="button", className="btn", id="escalated-acknowledge"),
        ],
        id="escalated",
        className="notice escalated",
        hidden=True,
        **{"aria-label": "Unanswered alarms", "data-answers": ""},
    )


def _notices() -> html.Div:
    return html.Div(
        [
            html.Div([html.Span(role="alert"), html.Span()], id="not-live", className="notice", hidden=True),
            html.Div(id="not-recording", className="notice high", role="alert", hidden=True),
            html.Div(id="notice", className="notice quiet", role="status", hidden=True),
        ],
        className="notices",
    )
