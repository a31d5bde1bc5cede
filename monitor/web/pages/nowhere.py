"""What stands at an address that leads nowhere."""

from __future__ import annotations

from dash import html

from monitor.web.components import page_title


def nowhere(path: str) -> html.Main:
    """A plain page that says so and leads to the board."""
    return html.Main(
        [
            page_title("There is no such page."),
            html.P(html.A("Go to the board", href="/", className="btn primary")),
        ],
        className="plain",
        **{"data-path": path},
    )
