"""The simulated clinic: how fast its time runs, and its faults, such as a pulled plug or a patient who falls ill."""

from __future__ import annotations

from typing import Any

from dash import html

from devices.registry import PROTOCOLS
from devices.simulation.patient import Trouble
from monitor.config import Config, DeviceConfig, Room
from monitor.service.messages import FASTEST, SetFault, SetSpeed
from monitor.web.components import answer, bound, command_button, page_title

FAULTS = (
    ("unplug", "Unplug", "Plug in"),
    ("silence", "Silence", "Let it send"),
    ("sensor_off", "Sensor off", "Sensor on"),
)
SPEEDS = (("1×", 1), ("10×", 10), ("60×", 60), ("Fastest", FASTEST))
END = "End"
TROUBLES = {
    "oximeter": (
        (Trouble.DESATURATION, "Desaturate", "Recover"),
        (Trouble.TACHYCARDIA, "Fast pulse", END),
        (Trouble.BRADYCARDIA, "Slow pulse", END),
        (Trouble.WEAK_PULSE, "Weak pulse", END),
        (Trouble.STUCK, "Stuck numbers", END),
    ),
    "cuff": ((Trouble.HYPERTENSION, "High pressure", END),),
}
"""What a patient can have, beside the device that measures it."""


def simulate(config: Config) -> html.Main:
    """The page ``/simulate``."""
    rows = [_row(room, device) for room in config.rooms if room.simulated for device in room.devices]
    head = html.Thead(html.Tr([html.Th(title, scope="col") for title in ("Room", "Device", "State", "Faults")]))
    return html.Main(
        [
            page_title("Simulate"),
            html.P("These rooms are played by emulators that speak the real protocols.", className="muted"),
            _clock(config),
            html.Table([head, html.Tbody(rows)], className="card simulate-table"),
        ],
        className="plain-page",
        **{"data-path": "/simulate"},
    )


def _clock(config: Config) -> Any:
    """How fast time runs, where that can be set."""
    if config.why_never_fast:
        return html.P("Time runs faster only in a clinic where every room is simulated.", className="muted")
    buttons = [
        command_button(label, SetSpeed(speed=speed), **{"data-speed": str(speed), "aria-pressed": "false"})
        for label, speed in SPEEDS
    ]
    return html.Div([html.Span("Clock"), *buttons, answer()], className="faults clock-speeds", role="group")


def _row(room: Room, device: DeviceConfig) -> html.Tr:
    kind = PROTOCOLS[device.protocol]
    faults = [*FAULTS, *TROUBLES[kind.kind]]
    return html.Tr(
        [
            html.Th(html.A(room.name, href=f"/room/{room.id}"), scope="row"),
            html.Td([device.name, html.Div(kind.title, className="sub")]),
            html.Td(bound("device-state", "device-state"), **{"data-device": device.name}),
            html.Td(html.Div([*(_fault(room, device, *fault) for fault in faults), answer()], className="faults")),
        ],
        **{"data-room": room.id},
    )


def _fault(room: Room, device: DeviceConfig, fault: str, begin: str, end: str) -> html.Span:
    def button(label: str, active: bool) -> html.Button:
        command = SetFault(room=room.id, device=device.name, fault=fault, active=active)
        which = f", {begin.lower()}" if label == END else ""
        return command_button(label, command, **{"aria-label": f"{label}: {room.name}, {device.name}{which}"})

    return html.Span([button(begin, True), button(end, False)], className="pair")
