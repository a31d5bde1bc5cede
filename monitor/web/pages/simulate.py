"""The simulated clinic's faults: pull a plug, silence a device, lift a sensor, let a patient fall ill."""

from __future__ import annotations

from dash import html

from devices.registry import PROTOCOLS
from devices.simulation.patient import Trouble
from monitor.config import Config, DeviceConfig, Room
from monitor.service.messages import SetFault
from monitor.web.components import answer, bound, command_button, page_title

FAULTS = (
    ("unplug", "Unplug", "Plug in"),
    ("silence", "Silence", "Let it send"),
    ("sensor_off", "Sensor off", "Sensor on"),
)
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
            html.Table([head, html.Tbody(rows)], className="card simulate-table"),
        ],
        className="plain-page",
        **{"data-path": "/simulate"},
    )


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
