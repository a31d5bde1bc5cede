"""The clinic's configuration: ``config.toml`` and the protocols, checked as a whole before anything starts."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from pathlib import Path
from typing import Any, Literal

import msgspec

from devices.registry import PROTOCOLS
from monitor.clinic.alarms.checks import LimitProblem, check
from monitor.clinic.alarms.policy import REMINDER_S
from monitor.clinic.protocol import AlarmRules, Protocol
from monitor.clinic.session import LONGEST_CUFF_MINUTES, SHORTEST_CUFF_MINUTES
from monitor.clinic.treatment.checks import PlanProblem, check_treatment
from monitor.people.roles import Role
from monitor.shaping import Misshapen, shape

SHIPPED_PROTOCOLS = Path(__file__).parent / "protocols"
SOCKET = re.compile(r"socket://([^/:]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")
HOST_AND_PORT = re.compile(r"([^/:\s]+|\[[0-9a-fA-F:.]+\]):([0-9]{1,5})")
HOST_PART = re.compile(rb"[A-Za-z0-9_-]{1,63}")
LONGEST_HOST = 253
WEB_ADDRESS = re.compile(r"https?://[^/\s]+(/\S*)?")
LONGEST_UNANSWERED_S = 900
LONGEST_LOCK_MIN = 120
SHORTEST_HL7_S, LONGEST_HL7_S = 60, 3600
HOUSE = "chairside"
"""The id of the place on screens that is no room: alarms that concern Chairside itself."""
IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")


class ConfigError(Exception):
    """The configuration cannot be used. The text is one line: file, key, value, what is allowed."""


class Clinic(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``station`` names the place; it stands beside what is done there by nobody who is signed in. A page locks after
    ``lock_min`` without input.
    """

    name: str
    station: str = "nurses' station"
    lock_min: int = 10
    open_sign_in: bool | None = None
    """Sign in by one click; only where every room is simulated, and there it is so unless it is ``false``."""


class DeviceConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A device at a room. ``port`` is a serial port, ``socket://host:port`` or ``file:path``."""

    name: str
    protocol: str
    port: str
    select_format: bool = False
    """Tell the device to use this data format first (Nonin 3150 and 9560)."""


class AlarmSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The clinic's policy. Who may switch sounds and alarms off; after how many seconds without an answer an alarm gets
    louder, stands in a banner on every screen, and is told to ``webhook``; how often the way to the screens is tested.
    """

    off_roles: tuple[Role, ...] = ("clinician",)
    reminder_s: int = REMINDER_S
    louder_s: int = 30
    banner_s: int = 60
    message_s: int = 120
    webhook: str | None = None
    chain_test_min: int | None = None


class Hl7Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where open sessions are sent as HL7 messages while they go on, ``HOST:PORT``, and how often."""

    address: str
    every_s: int = 60

    @property
    def host_and_port(self) -> tuple[str, int]:
        """The address in its parts."""
        host, _, port = self.address.rpartition(":")
        return host.strip("[]"), int(port)


def address_problem(address: str) -> str:
    """Why no receiver can have this address, and what to write instead; empty when one can."""
    found = HOST_AND_PORT.fullmatch(address)
    if found is None or not 0 < int(found[2]) < 1 << 16:
        return "write HOST:PORT"
    if not _can_be_a_host(found[1]):
        return f'"{found[1]}" cannot be a host; write HOST:PORT with the name of a computer or its address'
    return ""


def _can_be_a_host(name: str) -> bool:
    """By the rules of names in the internet (RFC 1123, 2.1; RFC 3490 for other letters) and of IPv6."""
    try:
        if name.startswith("["):
            return bool(ipaddress.IPv6Address(name[1:-1]))
        known_as = name.encode("idna").removesuffix(b".")
    except ValueError:
        return False
    return len(known_as) <= LONGEST_HOST and all(HOST_PART.fullmatch(part) for part in known_as.split(b"."))


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
    same_arm: bool = False
    """The oximeter sits on the arm of the cuff, which takes its pulse away while it measures."""
    simulation: SimulatedPatient | None = None

    @property
    def simulated(self) -> bool:
        """Whether this room's devices are emulators and its patient is played."""
        return self.simulation is not None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    clinic: Clinic
    rooms: list[Room]
    alarms: AlarmSettings = AlarmSettings()
    hl7: Hl7Settings | None = None
    protocols: str | None = None
    """A folder with the site's own protocols, beside or instead of the shipped ones."""


class Config(msgspec.Struct, frozen=True):
    """A whole, valid configuration."""

    path: Path
    clinic: Clinic
    rooms: list[Room]
    protocols: dict[str, Protocol]
    alarms: AlarmSettings = AlarmSettings()
    hl7: Hl7Settings | None = None

    @property
    def all_simulated(self) -> bool:
        """Whether there is no real patient in any room."""
        return all(room.simulated for room in self.rooms)

    @property
    def open_sign_in(self) -> bool:
        """Whether people sign in by one click; never where a room is real."""
        return self.all_simulated and self.clinic.open_sign_in is not False

    def room(self, room: str) -> Room | None:
        """The room with this id."""
        return next((each for each in self.rooms if each.id == room), None)

    @property
    def why_never_fast(self) -> str:
        """Why time may not run faster than real here, as a sentence; empty where it may, because nobody is real."""
        real = [room.name for room in self.rooms if not room.simulated]
        if not real:
            return ""
        are = "is not simulated" if len(real) == 1 else "are not simulated"
        return f"{' and '.join(real)} {are}. Time runs faster only in a clinic where every room is simulated."


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
        _check_sign_in(file.clinic, file.rooms)
        _check_alarms(file.alarms)
        _check_hl7(file.hl7)
    except Misshapen as error:
        raise ConfigError(f"{path}: {error}") from error
    return Config(path, file.clinic, file.rooms, protocols, file.alarms, file.hl7)


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
                check_treatment(protocol)
            except LimitProblem as error:
                raise ConfigError(f"{path}: limits.{error}") from error
            except PlanProblem as error:
                raise ConfigError(f"{path}: {error}") from error
            _check_cuff_minutes(path, protocol)
            _check_alarm_rules(path, protocol.alarms)
            if protocol.id in protocols:
                raise ConfigError(f'{path}: id: "{protocol.id}" is used by another protocol; give it an id of its own')
            protocols[protocol.id] = protocol
    return protocols


def _check_cuff_minutes(path: Path, protocol: Protocol) -> None:
    for phase, minutes in protocol.cuff_minutes.items():
        if not SHORTEST_CUFF_MINUTES <= minutes <= LONGEST_CUFF_MINUTES:
            allowed = f"{SHORTEST_CUFF_MINUTES} to {LONGEST_CUFF_MINUTES}; leave the phase out for by hand"
            raise ConfigError(f"{path}: cuff_minutes.{phase}: {minutes} is not allowed; allowed is {allowed}")


def _check_alarm_rules(path: Path, given: AlarmRules) -> None:
    ranges = {"weak_pi": (given.weak_pi, 0, 2), "weak_wait_s": (given.weak_wait_s, 0, 15)}
    for key, (value, lowest, highest) in (ranges | {"overdue_min": (given.overdue_min, 1, 60)}).items():
        if not lowest <= value <= highest:
            raise ConfigError(f"{path}: alarms.{key}: {value:g} is not allowed; allowed is {lowest} to {highest}")


def _check_rooms(rooms: list[Room], protocols: dict[str, Protocol]) -> None:
    if not rooms:
        raise Misshapen("rooms", "there is none; add at least one [[rooms]] table")
    ids: dict[str, str] = {}
    ports: dict[str, str] = {}
    for index, room in enumerate(rooms):
        key = f"rooms[{index}]"
        if not IDENTIFIER.fullmatch(room.id):
            raise Misshapen(f"{key}.id", f'"{room.id}" is not allowed; use up to 16 letters, digits, - or _')
        if room.id == HOUSE:
            raise Misshapen(f"{key}.id", f'"{HOUSE}" is taken by Chairside itself; choose another')
        _unique(ids, room.id, f"{key}.id")
        _check_devices(room, key, ports)
        wanted = room.simulation.protocol if room.simulation else None
        if wanted is not None and wanted not in protocols:
            known = ", ".join(protocols)
            raise Misshapen(f"{key}.simulation.protocol", f'there is no protocol "{wanted}"; known are {known}')


def _check_sign_in(clinic: Clinic, rooms: list[Room]) -> None:
    if not 1 <= clinic.lock_min <= LONGEST_LOCK_MIN:
        raise Misshapen("clinic.lock_min", f"{clinic.lock_min} is not allowed; allowed is 1 to {LONGEST_LOCK_MIN} min")
    real = next((room for room in rooms if not room.simulated), None)
    if clinic.open_sign_in and real is not None:
        why = f"{real.name} has no simulation; leave it out and add users with app.py users add"
        raise Misshapen("clinic.open_sign_in", f"true is not allowed where a room is real: {why}")


def _check_alarms(alarms: AlarmSettings) -> None:
    if not 10 <= alarms.reminder_s <= REMINDER_S:
        raise Misshapen("alarms.reminder_s", f"{alarms.reminder_s} is not allowed; allowed is 10 to {REMINDER_S} s")
    if not 0 < alarms.louder_s <= alarms.banner_s <= alarms.message_s <= LONGEST_UNANSWERED_S:
        steps = f"louder_s {alarms.louder_s}, banner_s {alarms.banner_s}, message_s {alarms.message_s}"
        allowed = f"the three in this order, from 1 to {LONGEST_UNANSWERED_S} s"
        raise Misshapen("alarms", f"{steps} is not allowed; allowed are {allowed}")
    if alarms.webhook is not None and not WEB_ADDRESS.fullmatch(alarms.webhook):
        raise Misshapen("alarms.webhook", f'"{alarms.webhook}" is not a web address; write https://HOST/PATH')
    if alarms.chain_test_min is not None and not 1 <= alarms.chain_test_min <= 24 * 60:
        raise Misshapen("alarms.chain_test_min", f"{alarms.chain_test_min} is not allowed; allowed is 1 to 1440 min")


def _check_hl7(hl7: Hl7Settings | None) -> None:
    if hl7 is None:
        return
    if problem := address_problem(hl7.address):
        raise Misshapen("hl7.address", f'"{hl7.address}" is not allowed; {problem}')
    if not SHORTEST_HL7_S <= hl7.every_s <= LONGEST_HL7_S:
        allowed = f"{SHORTEST_HL7_S} to {LONGEST_HL7_S} s"
        raise Misshapen("hl7.every_s", f"{hl7.every_s} is not allowed; allowed is {allowed}")


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
