"""The simulated clinic's faults: pull a plug, silence a device, lift a sensor, let a patient desaturate."""

from __future__ import annotations

from dash import html

from devices.registry import PROTOCOLS
from monitor.config import Config, DeviceConfig, Room
from monitor.service.messages import SetFault
from monitor.web.components import answer, bound, command_button, page_title

FAULTS = (
    ("unplug", "Unplug", "Plug in"),
    ("silence", "Silence", "Let it send"),
    ("sensor_off", "Sensor off", "Sensor on"),
)
PATIENT_FAULT = ("desaturate", "Desaturate", "Recover")


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
    faults = [*FAULTS, PATIENT_FAULT] if kind.kind == "oximeter" else list(FAULTS)
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
        return command_button(label, command, **{"aria-label": f"{label}: {room.name}, {device.name}"})

    return html.Span([button(begin, True), button(end, False)], className="pair")
