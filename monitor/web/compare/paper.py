"""What the charts of this page have in common: light as paper, in plain dictionaries for Plotly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc

from monitor.clinic.figures.distribution import Spread

GRID, FINE_GRID, MUTED, TEXT, SURFACE = "#d3dce3", "#eef2f5", "#4c5d6b", "#16202a", "#ffffff"
WIDE_BAND, NARROW_BAND, MIDDLE = "#e7edf3", "#ccd8e3", "#8497a8"
"""The clinic's 10th to 90th and 25th to 75th percentile, and its median."""

LOOK: dict[str, Any] = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "font": {"color": MUTED, "size": 12, "family": "Inter, Segoe UI, system-ui, DejaVu Sans, sans-serif"},
    "showlegend": False,
    "hoverlabel": {"bgcolor": SURFACE, "bordercolor": GRID, "font": {"color": TEXT, "size": 12}, "align": "left"},
    "autosize": True,
}


def axis(**more: Any) -> dict[str, Any]:
    """An axis with a quiet grid."""
    return {"gridcolor": GRID, "zeroline": False, "fixedrange": True, "linecolor": GRID, **more}


def title(text: str, x: float, y: float) -> dict[str, Any]:
    """The title of a lane or panel, above it."""
    return {
        "text": f"<b>{text}</b>",
        "xref": "paper",
        "yref": "paper",
        "x": x,
        "y": y,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": MUTED, "size": 12},
    }


def area(x: Sequence[float], spreads: Sequence[Spread], low: int, high: int, color: str, **more: Any) -> dict[str, Any]:
    """The area between two percentiles."""
    there, back = list(zip(x, spreads, strict=True)), list(zip(x, spreads, strict=True))[::-1]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [at for at, _ in there] + [at for at, _ in back],
        "y": [each.at[low] for _, each in there] + [each.at[high] for _, each in back],
        "fill": "toself",
        "fillcolor": color,
        "line": {"width": 0},
        "hoverinfo": "skip",
        **more,
    }


def graph(name: str, figure: dict[str, Any], height: int) -> dcc.Graph:
    """A chart that is as wide as its card."""
    settings = {"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": "reset"}
    return dcc.Graph(id=name, figure=figure, config=settings, style={"height": f"{height}px"})
