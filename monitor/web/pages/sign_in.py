"""Where people sign in."""

from __future__ import annotations

from dash import html

from monitor.config import Config
from monitor.web.components import card, page_title
from monitor.web.person import sign_in_forms


def sign_in_page(config: Config) -> html.Main:
    """The page ``/sign-in``."""
    hint = [] if config.open_sign_in else ["People are added at the clinic’s computer: ", html.Code("app.py users add")]
    return html.Main(
        [
            page_title("Sign in"),
            html.P(
                "Numbers, alarms and sound go on without it. Signing in shows who the patients are, and lets you act."
            ),
            card(config.clinic.name, sign_in_forms(config)),
            html.P(hint, className="sub"),
        ],
        className="plain-page sign-in-page",
        **{"data-path": "/sign-in"},
    )
