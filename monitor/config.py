"""The clinic's configuration: ``config.toml`` and the protocols, checked as a whole before anything starts."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from devices.registry import PROTOCOLS
from monitor.clinic.alarms.limits import LimitProblem, check
from monitor.clinic.protocol import Protocol
from monitor.clinic.session import LONGEST_CUFF_MINUTES, SHORTEST_CUFF_MINUTES
from monitor.shaping import Misshapen, shape

SHIPPED_PROTOCOLS = Path(__file__).parent / "protocols"
SOCKET = re.compile(r"socket://([^/:]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")


class ConfigError(Exception):
    """The configuration cannot be used. The text is one line: file, key, value, what is allowed."""


class Clinic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``station`` is who acts at this screen until people sign in; it stands beside everything done there."""

    name: str
    station: str = "nurse"


class DeviceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device at a room. ``port`` is a serial port, ``socket://host:port`` or ``file:path``."""

    name: str
    protocol: str
    port: str
    select_format: bool = False
    """Tell the device to use this data format first (Nonin 3150 and 9560)."""


class SimulatedPatient(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who the simulator plays in a room, and the session it opens there when the record is still empty."""

    seed: int
    story: Literal["calm", "reactive", "desaturation"] = "calm"
    patient: str | None = None
    weight_kg: float = 70.0
    protocol: str | None = None
    dose_mg: float | None = None
    phase: Literal["baseline", "dosing", "monitoring", "recovery"] = "baseline"


class Room(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A treatment place and its devices."""

    id: str
    name: str
    devices: list[DeviceConfig]
    simulation: SimulatedPatient | None = None

    @property
    def simulated(self) -> bool:
        """Whether this room's devices are emulators and its patient is played."""
        return self.simulation is not None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clinic: Clinic
    rooms: list[Room]
    protocols: str | None = None
    """A folder with the site's own protocols, beside or instead of the shipped ones."""


class Config(msgspec.Struct, frozen=True):
    """A whole, valid configuration."""

    path: Path
    clinic: Clinic
    rooms: list[Room]
    protocols: dict[str, Protocol]

    def room(self, room: str) -> Room | None:
        """The room with this id."""
        return next((each for each in self.rooms if each.id == room), None)


def load(path: Path) -> Config:
    """Read and check the configuration and every protocol it can use.

    Raises: ConfigError naming the place and the fix.
    """
    file = _read(path, _File)
    folders = [SHIPPED_PROTOCOLS]
    if file.protocols is not None:
        folders.append(path.parent / file.protocols)
        if not folders[-1].is_dir():
            raise ConfigError(f"{path}: protocols: the folder {folders[-1]} does not exist")
    protocols = _load_protocols(folders)
    try:
        _check_rooms(file.rooms, protocols)
    except Misshapen as error:
        raise ConfigError(f"{path}: {error}") from error
    return Config(path, file.clinic, file.rooms, protocols)


def _read(path: Path, kind: type[Any]) -> Any:
    try:
        raw = tomllib.loads(path.read_text("utf-8"))
        return shape(raw, kind)
    except FileNotFoundError as error:
        raise ConfigError(f"{path}: there is no such file; name one with --config") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    except Misshapen as error:
        raise ConfigError(f"{path}: {error}") from error


def _load_protocols(folders: list[Path]) -> dict[str, Protocol]:
    protocols: dict[str, Protocol] = {}
    for folder in folders:
        for path in sorted(folder.glob("*.toml")):
            protocol: Protocol = _read(path, Protocol)
            try:
                check(protocol.limits)
            except LimitProblem as error:
                raise ConfigError(f"{path}: limits.{error}") from error
            _check_cuff_minutes(path, protocol)
            if protocol.id in protocols:
                raise ConfigError(f'{path}: id: "{protocol.id}" is used by another protocol; give it an id of its own')
            protocols[protocol.id] = protocol
    return protocols


def _check_cuff_minutes(path: Path, protocol: Protocol) -> None:
    for phase, minutes in protocol.cuff_minutes.items():
        if not SHORTEST_CUFF_MINUTES <= minutes <= LONGEST_CUFF_MINUTES:
            allowed = f"{SHORTEST_CUFF_MINUTES} to {LONGEST_CUFF_MINUTES}; leave the phase out for by hand"
            raise ConfigError(f"{path}: cuff_minutes.{phase}: {minutes} is not allowed; allowed is {allowed}")


def _check_rooms(rooms: list[Room], protocols: dict[str, Protocol]) -> None:
    if not rooms:
        raise Misshapen("rooms", "there is none; add at least one [[rooms]] table")
    ids: dict[str, str] = {}
    ports: dict[str, str] = {}
    for index, room in enumerate(rooms):
        key = f"rooms[{index}]"
        if not IDENTIFIER.fullmatch(room.id):
            raise Misshapen(f"{key}.id", f'"{room.id}" is not allowed; use up to 16 letters, digits, - or _')
        _unique(ids, room.id, f"{key}.id")
        _check_devices(room, key, ports)
        wanted = room.simulation.protocol if room.simulation else None
        if wanted is not None and wanted not in protocols:
            known = ", ".join(protocols)
            raise Misshapen(f"{key}.simulation.protocol", f'there is no protocol "{wanted}"; known are {known}')


def _check_devices(room: Room, key: str, ports: dict[str, str]) -> None:
    names: dict[str, str] = {}
    kinds: dict[str, str] = {}
    for index, device in enumerate(room.devices):
        place = f"{key}.devices[{index}]"
        _unique(names, device.name, f"{place}.name")
        if device.protocol not in PROTOCOLS:
            known = ", ".join(PROTOCOLS)
            raise Misshapen(f"{place}.protocol", f'"{device.protocol}" is not a known device; known are {known}')
        _unique(ports, device.port, f"{place}.port")
        _unique(kinds, PROTOCOLS[device.protocol].kind, f"{place}.protocol", "one device of each kind per room, and")
        _check_port(device.port, room.simulated, f"{place}.port")


def _check_port(port: str, simulated: bool, key: str) -> None:
    found = SOCKET.fullmatch(port)
    host = found[1] if found and 0 < int(found[2]) < 1 << 16 else None
    if simulated and host != "127.0.0.1":
        raise Misshapen(key, f'"{port}" is not allowed; a simulated room uses socket://127.0.0.1:PORT')
    if port.startswith("socket:") and host is None:
        raise Misshapen(key, f'"{port}" is not allowed; write socket://HOST:PORT')


def _unique(seen: dict[str, str], value: str, key: str, why: str = "each only once, and") -> None:
    if value in seen:
        raise Misshapen(key, f'"{value}" is used twice; {why} {seen[value]} has it already')
    seen[value] = key
