"""The paper that the chart is drawn on: colours, lanes one below the other, time, and text that can do nothing."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import msgspec
from numpy.typing import NDArray

from devices.readings import SECOND, Micros
from monitor.clinic.priority import Priority
from monitor.record.series import MILLI
from monitor.reports.clinic_time import local
from monitor.reports.session_record import SessionRecord

TEXT, MUTED, LINE, GRID = "#17202a", "#52616f", "#cfd8df", "#e8edf1"
SPO2, PULSE, PRESSURE, BREATHS, DOSE = "#00728a", "#1b7f3b", "#17202a", "#8a6100", "#2456c9"
ASIDE, DOUBT, DAMAGE = "#8a97a3", "#b45f06", "#c11a1d"
PRIORITY_COLOURS = {Priority.HIGH: "#c11a1d", Priority.MEDIUM: "#a86400", Priority.LOW: "#0b5c94"}
GAP_PX, TOP_PX, BOTTOM_PX, LEFT_PX, RIGHT_PX = 17, 18, 26, 66, 14
MARGIN_SHARE, SHORTEST_MARGIN = 0.012, 20 * SECOND
LONGEST_LABEL = 40

Part = tuple[str, dict[str, Any]]
"""The name of a lane, and a trace or a shape in it."""


class Sheet(msgspec.Struct, frozen=True):
    """Which time is drawn: the ``whole`` session with a margin, the stretch in ``view``, and the clinic's distance from
    UTC, as it was when the session began.
    """

    whole: tuple[Micros, Micros]
    view: tuple[Micros, Micros]
    offset_ms: int

    @property
    def shown(self) -> Micros:
        """How much time is looked at."""
        return self.view[1] - self.view[0]

    def x(self, at: Micros) -> int:
        """A time on the axis: the milliseconds of the clinic's clock."""
        return at // MILLI + self.offset_ms

    def xs(self, times: Iterable[Micros | None]) -> list[int | None]:
        """Several of them; ``None`` interrupts a line."""
        return [None if at is None else self.x(at) for at in times]


def sheet_of(found: SessionRecord, view: tuple[Micros, Micros] | None) -> Sheet:
    """The sheet of a session; without a ``view`` all of it is looked at."""
    offset = local(found.start).utcoffset()
    margin = max(round((found.end - found.start) * MARGIN_SHARE), SHORTEST_MARGIN)
    whole = (found.start - margin, found.end + margin)
    return Sheet(whole, view or whole, 0 if offset is None else round(offset.total_seconds() * 1000))


class Lane(msgspec.Struct, frozen=True):
    """A strip of the chart: ``height`` in pixels, and what its axis is like."""

    name: str
    height: int
    axis: dict[str, Any]
    title: str = ""
    colour: str = MUTED


def rows(name: str, labels: Sequence[str], row_px: int) -> Lane:
    """A lane of rows, the first on top: its n-th is at -n."""
    ticks = {"tickmode": "array", "tickvals": [-place for place in range(len(labels))], "ticktext": list(labels)}
    reach = [-len(labels) + 0.5, 0.5]
    return Lane(name, max(row_px * len(labels), row_px), {**ticks, "range": reach, "showgrid": False})


def layout_of(lanes: Sequence[Lane], sheet: Sheet) -> tuple[dict[str, Any], dict[str, str]]:
    """The layout with these lanes from top to bottom, and the axis of each by its name."""
    total = sum(lane.height for lane in lanes) + GAP_PX * (len(lanes) - 1)
    names = {lane.name: f"y{number if number > 1 else ''}" for number, lane in enumerate(lanes, 1)}
    layout: dict[str, Any] = {**LOOK, "height": total + TOP_PX + BOTTOM_PX, "xaxis": _time_axis(sheet)}
    titles = []
    top = total
    for lane in lanes:
        domain = [max(0.0, (top - lane.height) / total), top / total]
        layout[f"yaxis{names[lane.name][1:]}"] = {**_AXIS, **lane.axis, "domain": domain}
        titles += [_title(lane, domain[1])] if lane.title else []
        top -= lane.height + GAP_PX
    layout["annotations"] = titles
    return layout, names


def _title(lane: Lane, top: float) -> dict[str, Any]:
    return {
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": top,
        "xanchor": "left",
        "yanchor": "bottom",
        "yshift": -2,
        "text": lane.title,
        "showarrow": False,
        "font": {"size": 11, "color": lane.colour},
    }


def _time_axis(sheet: Sheet) -> dict[str, Any]:
    """The script sets the steps to what is shown."""
    return {
        "type": "date",
        "range": [sheet.x(at) for at in sheet.view],
        "gridcolor": LINE,
        "gridwidth": 1.2,
        "minor": {"showgrid": True, "gridcolor": GRID},
        "zeroline": False,
        "anchor": "free",
        "position": 0,
        "tickfont": {"size": 12},
    }


_AXIS: dict[str, Any] = {
    "gridcolor": LINE,
    "zeroline": False,
    "fixedrange": True,
    "tickfont": {"size": 11},
    "automargin": False,
}
LOOK: dict[str, Any] = {
    "paper_bgcolor": "#ffffff",
    "plot_bgcolor": "#ffffff",
    "font": {"color": MUTED, "size": 11, "family": "Inter, Segoe UI, system-ui, DejaVu Sans, sans-serif"},
    "margin": {"l": LEFT_PX, "r": RIGHT_PX, "t": TOP_PX, "b": BOTTOM_PX},
    "showlegend": False,
    "hovermode": False,
    "dragmode": "zoom",
    "autosize": True,
}


def plain(text: str, most: int = LONGEST_LABEL) -> str:
    """What a person typed, for a text that Plotly draws: nothing in it is a tag or turns the writing around."""
    shown = visible(text).strip()
    short = shown if len(shown) <= most else f"{shown[: most - 1]}…"
    return escape(short, quote=False)


def visible(text: str) -> str:
    """The text without signs that cannot be seen: one of them could turn around what stands beside it."""
    return "".join(char for char in text if unicodedata.category(char) not in {"Cc", "Cf"})


def typed(values: NDArray[Any]) -> dict[str, str]:
    """Numbers as Plotly reads them fastest."""
    return {"dtype": "f8", "bdata": base64.b64encode(values.astype("<f8").tobytes()).decode()}


def typed_values(values: NDArray[Any]) -> dict[str, str]:
    """The same for values, for which half the digits are enough."""
    return {"dtype": "f4", "bdata": base64.b64encode(values.astype("<f4").tobytes()).decode()}


def no_trace(lane: str) -> Part:
    """Nothing drawn, so that a lane is there although it is empty."""
    return lane, {"type": "scatter", "mode": "lines", "x": [None], "y": [None]}
