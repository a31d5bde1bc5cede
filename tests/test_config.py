"""The configuration: the shipped one works, and a mistake is told in one line: file, key, value, what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app import app
from monitor.config import SHIPPED_PROTOCOLS, ConfigError, load

ROOT = Path(__file__).parent.parent
SHIPPED = ROOT / "config.toml"

CLINIC = '[clinic]\nname = "North"\n'
OXIMETER = '{ name = "oximeter", protocol = "nonin_df2", port = "/dev/ttyUSB0" }'
CUFF = '{ name = "cuff", protocol = "suntech_advantage", port = "/dev/ttyUSB1" }'
SIMULATED = OXIMETER.replace("/dev/ttyUSB0", "socket://127.0.0.1:9800")


def room(*devices: str, number: str = "1", more: str = "") -> str:
    return f'[[rooms]]\nid = "{number}"\nname = "Room {number}"\ndevices = [{", ".join(devices)}]\n{more}\n'


def changed(old: str, new: str) -> str:
    """A valid configuration with one thing changed."""
    whole = CLINIC + room(OXIMETER, CUFF)
    assert old in whole
    return whole.replace(old, new, 1)


def problem_of(tmp_path: Path, text: str) -> str:
    """What ``load`` says against this configuration, without the file's name."""
    path = tmp_path / "clinic.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as error:
        load(path)
    told = str(error.value)
    assert told.startswith(f"{path}: ")
    return told.removeprefix(f"{path}: ")


def test_the_shipped_configuration_loads() -> None:
    config = load(SHIPPED)
    assert len(config.rooms) == 8
    assert all(each.simulated and len(each.devices) == 2 for each in config.rooms)
    ports = [device.port for each in config.rooms for device in each.devices]
    assert len(set(ports)) == len(ports)
    for each in config.rooms:
        assert each.simulation is not None
        wanted, dose = each.simulation.protocol, each.simulation.dose_mg
        if wanted is not None:
            assert dose is not None, f"{each.name} has no dose"
            assert not config.protocols[wanted].dose.fixed_mg or dose in config.protocols[wanted].dose.fixed_mg
            assert dose <= config.protocols[wanted].dose.highest_mg


def test_a_real_room_and_a_simulated_one_stand_side_by_side(tmp_path: Path) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(CLINIC + room(OXIMETER, CUFF) + room(SIMULATED, number="2", more="simulation = { seed = 1 }"))
    config = load(path)
    first, second = config.rooms
    assert (first.simulated, second.simulated) == (False, True)
    assert config.room("2") is second
    assert config.room("3") is None


@pytest.mark.parametrize(
    ("rooms", "chosen", "is_open"),
    [
        (room(SIMULATED, more="simulation = { seed = 1 }"), "", True),
        (room(SIMULATED, more="simulation = { seed = 1 }"), "open_sign_in = true\n", True),
        (room(SIMULATED, more="simulation = { seed = 1 }"), "open_sign_in = false\n", False),
        (room(OXIMETER), "", False),
        (room(SIMULATED, more="simulation = { seed = 1 }") + room(OXIMETER, number="2"), "", False),
        (room(), "", False),
    ],
)
def test_one_click_signs_in_only_where_every_room_is_simulated(
    tmp_path: Path, rooms: str, chosen: str, is_open: bool
) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(CLINIC + chosen + rooms)
    assert load(path).open_sign_in is is_open


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [
        ("127.0.0.1:2575", "127.0.0.1", 2575),
        ("ehr.example:1", "ehr.example", 1),
        ("[::1]:2575", "::1", 2575),
        ("größe.example:1", "größe.example", 1),
    ],
)
def test_a_receiver_of_hl7_messages_is_shown_by_check_config(
    tmp_path: Path, address: str, host: str, port: int
) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(CLINIC + f'[hl7]\naddress = "{address}"\nevery_s = 120\n' + room(OXIMETER))
    hl7 = load(path).hl7
    assert hl7 is not None
    assert hl7.host_and_port == (host, port)
    result = CliRunner().invoke(app, ["check-config", "--config", str(path)])
    assert result.exit_code == 0
    assert f"HL7 messages of open sessions go to {address} every 120 s" in result.stdout


UNKNOWN_PROTOCOL = room(SIMULATED, more='simulation = { seed = 1, protocol = "esketamin_us" }')
WRONG_STORY = room(SIMULATED, more='simulation = { seed = 1, story = "exciting" }')


def with_hl7(*lines: str) -> str:
    return CLINIC + "\n".join(["[hl7]", *lines, ""]) + room(OXIMETER)


MISTAKES: dict[str, tuple[str, list[str]]] = {
    "no receiver of HL7 messages": (with_hl7("every_s = 60"), ["hl7.address: ", "missing"]),
    "a web address for HL7": (
        with_hl7('address = "https://ehr.example/hl7"'),
        ["hl7.address: ", '"https://ehr.example/hl7"', "HOST:PORT"],
    ),
    "no port for HL7": (with_hl7('address = "ehr.example"'), ["hl7.address: ", '"ehr.example"', "HOST:PORT"]),
    "no such port for HL7": (with_hl7('address = "ehr.example:70000"'), ["hl7.address: ", "70000", "HOST:PORT"]),
    "a host for HL7 with a part that is empty": (
        with_hl7('address = "ehr..clinic.example:2575"'),
        ["hl7.address: ", '"ehr..clinic.example" cannot be a host', "HOST:PORT"],
    ),
    "a host for HL7 with a part that is too long": (
        with_hl7(f'address = "{"x" * 64}.example:2575"'),
        ["hl7.address: ", "cannot be a host"],
    ),
    "an address for HL7 that is none": (with_hl7('address = "[12]:2575"'), ["hl7.address: ", "cannot be a host"]),
    "HL7 messages more often than there are": (
        with_hl7('address = "ehr.example:2575"', "every_s = 10"),
        ["hl7.every_s: ", "10", "60 to 3600 s"],
    ),
    "unknown device": (
        changed("nonin_df2", "nonin_df9"),
        ["rooms[0].devices[0].protocol: ", '"nonin_df9"', "nonin_df2", "suntech_advantage"],
    ),
    "port used twice": (
        changed("ttyUSB1", "ttyUSB0"),
        ["rooms[0].devices[1].port: ", '"/dev/ttyUSB0"', "twice", "rooms[0].devices[0].port"],
    ),
    "port used in two rooms": (
        CLINIC + room(OXIMETER) + room(OXIMETER, number="2"),
        ["rooms[1].devices[0].port: ", '"/dev/ttyUSB0"', "rooms[0].devices[0].port"],
    ),
    "two devices of one name": (
        changed('"cuff"', '"oximeter"'),
        ["rooms[0].devices[1].name: ", '"oximeter"', "rooms[0].devices[0].name"],
    ),
    "two oximeters in a room": (
        changed("suntech_advantage", "contec_v7"),
        ["rooms[0].devices[1].protocol: ", "oximeter", "one device of each kind per room"],
    ),
    "room id used twice": (
        CLINIC + room(OXIMETER) + room(CUFF),
        ["rooms[1].id: ", '"1"', "rooms[0].id"],
    ),
    "room id with a slash": (changed('id = "1"', 'id = "1/2"'), ["rooms[0].id: ", '"1/2"', "letters, digits"]),
    "no rooms": ("rooms = []\n" + CLINIC, ["rooms: ", "[[rooms]]"]),
    "rooms forgotten": (CLINIC, ["rooms: ", "missing"]),
    "unknown protocol": (
        CLINIC + UNKNOWN_PROTOCOL,
        ["rooms[0].simulation.protocol: ", '"esketamin_us"', "esketamine_us", "iv_ketamine"],
    ),
    "unknown story": (CLINIC + WRONG_STORY, ["rooms[0].simulation.story: ", '"exciting"', "calm, reactive"]),
    "simulated room on a real port": (
        CLINIC + room(OXIMETER, more="simulation = { seed = 1 }"),
        ["rooms[0].devices[0].port: ", '"/dev/ttyUSB0"', "socket://127.0.0.1:PORT"],
    ),
    "key misspelt": (
        changed("devices =", "device ="),
        ["rooms[0].device: ", "not known", "did you mean devices?"],
    ),
    "key misspelt in a device": (
        changed("protocol =", "protocoll ="),
        ["rooms[0].devices[0].protocoll: ", "did you mean protocol?", "select_format"],
    ),
    "key like no other": (changed("name =", "xyzzy = 1\nname ="), ["clinic.xyzzy: ", "allowed are name, station"]),
    "number where a text belongs": (
        changed('name = "North"', "name = 5"),
        ["clinic.name: ", "5 is not allowed", "a text in quotes"],
    ),
    "text where a list belongs": (
        changed(f"[{OXIMETER}, {CUFF}]", '"none"'),
        ["rooms[0].devices: ", '"none" is not a list'],
    ),
    "text where a table belongs": (changed(OXIMETER, '"oximeter"'), ["rooms[0].devices[0]: ", '"oximeter"', "table"]),
    "text where a yes or no belongs": (
        changed('/dev/ttyUSB0"', '/dev/ttyUSB0", select_format = "yes"'),
        ["rooms[0].devices[0].select_format: ", '"yes"', "true or false"],
    ),
    "fraction where a whole number belongs": (
        CLINIC + room(SIMULATED, more="simulation = { seed = 1.5 }"),
        ["rooms[0].simulation.seed: ", "1.5", "a whole number"],
    ),
    "key missing": (
        changed('port = "/dev/ttyUSB0"', "select_format = true"),
        ["rooms[0].devices[0].port: ", "missing"],
    ),
    "pages that never lock": (
        changed('name = "North"', 'name = "North"\nlock_min = 0'),
        ["clinic.lock_min: ", "1 to 120"],
    ),
    "one-click sign-in beside a real room": (
        changed('name = "North"', 'name = "North"\nopen_sign_in = true'),
        ["clinic.open_sign_in: ", "Room 1", "users add"],
    ),
    "a station with a role": (
        changed('name = "North"', 'name = "North"\nrole = "nurse"'),
        ["clinic.role: ", "not known"],
    ),
    "not TOML": (changed("[clinic]", "[clinic"), ["not valid TOML", "line 1"]),
    "a key twice": (changed('name = "North"', 'name = "North"\nname = "South"'), ["not valid TOML", "line 3"]),
    "protocol folder missing": ('protocols = "ours"\n' + CLINIC + room(OXIMETER), ["protocols: ", "ours", "not exist"]),
    **{
        f"simulated room at port {port or 'nothing'}": (
            CLINIC + room(SIMULATED.replace("9800", port), more="simulation = { seed = 1 }"),
            ["rooms[0].devices[0].port: ", f'"socket://127.0.0.1:{port}"', "socket://127.0.0.1:PORT"],
        )
        for port in ("", "x", "0", "65536", "9800/a")
    },
    **{
        f"real room at {port}": (
            changed("/dev/ttyUSB0", port),
            ["rooms[0].devices[0].port: ", f'"{port}"', "socket://HOST:PORT"],
        )
        for port in ("socket://nport", "socket://nport:0", "socket://nport:65536", "socket:nport:4001")
    },
}
every_mistake = pytest.mark.parametrize(("text", "words"), MISTAKES.values(), ids=MISTAKES)


@every_mistake
def test_a_mistake_is_named_with_its_place_and_what_is_allowed(tmp_path: Path, text: str, words: list[str]) -> None:
    told = problem_of(tmp_path, text)
    assert told.startswith(words[0]) or "TOML" in words[0]
    assert [word for word in words if word not in told] == []
    assert "\n" not in told


@every_mistake
def test_check_config_tells_a_mistake_in_one_line_and_fails(tmp_path: Path, text: str, words: list[str]) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(text, "utf-8")
    result = CliRunner().invoke(app, ["check-config", "--config", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{path}: ")
    assert result.stderr.count("\n") == 1
    assert words[-1] in result.stderr


def test_a_value_of_two_lines_is_still_told_in_one(tmp_path: Path) -> None:
    path = tmp_path / "clinic.toml"
    path.write_text(changed('"nonin_df2"', '"""nonin\n_df2"""'))
    result = CliRunner().invoke(app, ["check-config", "--config", str(path)])
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1


def test_check_config_says_what_the_shipped_configuration_makes() -> None:
    result = CliRunner().invoke(app, ["check-config"])
    assert (result.exit_code, result.stderr) == (0, "")
    assert "8 rooms" in result.stdout
    assert "esketamine_us" in result.stdout
    assert result.stdout.count("(simulated)") == 8


def test_a_file_that_is_not_there_is_told_with_the_option_that_names_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--config"):
        load(tmp_path / "none.toml")


def test_a_folder_or_bytes_instead_of_a_file_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path)
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "bytes.toml")


OUR_PROTOCOL = (SHIPPED_PROTOCOLS / "esketamine_us.toml").read_text("utf-8").replace('"esketamine_us"', '"ours"')


def with_protocol(tmp_path: Path, text: str) -> Path:
    (tmp_path / "ours").mkdir()
    (tmp_path / "ours" / "ours.toml").write_text(text, "utf-8")
    path = tmp_path / "clinic.toml"
    path.write_text('protocols = "ours"\n' + CLINIC + room(OXIMETER))
    return path


def test_a_site_adds_a_protocol_of_its_own(tmp_path: Path) -> None:
    config = load(with_protocol(tmp_path, OUR_PROTOCOL))
    assert {"ours", "esketamine_us"} <= set(config.protocols)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{ limit = 50, delay_s", "{ limit = 120, delay_s", ["limits.PR.low.limit: ", "120", "crosses"]),
        ("severe = 85", "severe = 95", ["limits.SpO2.low.severe: ", "95", "below the limit 90"]),
        ("severe = 180", "severe = 150", ["limits.SYS.high.severe: ", "150", "above the limit 160"]),
        ("severe = 85", "severe = -85", ["limits.SpO2.low.severe: ", "-85", "1 to 100 %"]),
        ("limit = 90, area = 50", "limit = 900", ["limits.SpO2.low.limit: ", "900", "1 to 100 %"]),
        ("area = 50", "delay_s = 600", ["limits.SpO2.low.delay_s: ", "600", "0 to 60 s"]),
        ("hysteresis = 1", "hysteresis = 20", ["limits.SpO2.low.hysteresis: ", "20"]),
        ("hysteresis = 1", "hysterisis = 1", ["limits.SpO2.low.hysterisis: ", "did you mean hysteresis?"]),
        ("limit = 90, area", "area", ["limits.SpO2.low.limit: ", "missing", "a number"]),
        ("limit = 90, area", 'limit = "90", area', ["limits.SpO2.low.limit: ", '"90"', "a number"]),
        ("limit = 90, area", "limit = nan, area", ["limits.SpO2.low.limit: ", "nan", "1 to 100 %"]),
        ('priority = "high"', 'priority = "urgent"', ["limits.SpO2.low.priority: ", '"urgent"', "high, medium, low"]),
        ("[limits.SpO2]", "[limits.Spo2]", ["limits.Spo2: ", '"Spo2"', "SpO2"]),
        ("dosing = 20", "dosing = 0", ["cuff_minutes.dosing: ", "0", "2 to 120"]),
        ("dosing = 20", "dosing = -20", ["cuff_minutes.dosing: ", "-20", "2 to 120"]),
        ("dosing = 20", "dosing = 2000", ["cuff_minutes.dosing: ", "2000", "2 to 120"]),
        ("dosing = 20", "dozing = 20", ["cuff_minutes.dozing: ", '"dozing"', "dosing"]),
        ('route = "nasal"', 'route = "oral"', ["dose.route: ", '"oral"', "nasal, iv"]),
        ('rule = "observed"', 'rule = "watched"', ["checklist[0].rule: ", '"watched"', "observed"]),
        ('id = "gait"', 'id = "awake"', ["checklist[7].id: ", '"awake"', "twice"]),
        ("at_least = 5\n", "at_least = 6\n", ["checklist[4].at_least: ", "6", "MOAA/S goes from 0 to 5"]),
        ("at_least = 5\n", "at_least = 5\nat_most = 4\n", ["checklist[4].at_least: ", "5", "up to 4"]),
        ("at_least = 5\n", "", ["checklist[4]: ", "at_least or at_most"]),
        ("within_min = 60", "within_min = 0", ["checklist[6].within_min: ", "0", "1 to 240"]),
        ("percent = 10", "percent = 0", ["checklist[1].percent: ", "0", "1 to 100"]),
        ("highest_sys = 160", "highest_sys = 90", ["checklist[1].highest_sys: ", "90", "100 to 250"]),
        ("minutes = 10", "minutes = 31", ["checklist[2].minutes: ", "31", "1 to 30"]),
        ("sys = 140", "sys = 14", ["gate.sys: ", "14", "100 to 220"]),
        ("dia = 90", "dia = nan", ["gate.dia: ", "nan", "50 to 140"]),
        ("spo2 = 93", "spo2 = 9.3", ["gate.spo2: ", "9.3", "80 to 100"]),
        ('"consent", "escort"', '"consent", "taxi"', ["gate.answers[1]: ", '"taxi"', "escort"]),
        ("repeat_min = 5", "repeat_min = 0", ["gate.repeat_min: ", "0", "1 to 120"]),
        ("minutes = 120", "minutes = 0", ["observation.minutes: ", "0", "1 to 1440"]),
        ('anchor = "first_dose"', 'anchor = "lunch"', ["observation.anchor: ", '"lunch"', "first_dose"]),
        ("device_mg = 28", "device_mg = 0", ["dose.device_mg: ", "0", "0.1 to 1000"]),
        ("device_mg = 28", "device_mg = 30", ["dose.fixed_mg: ", "56 mg", "30 mg"]),
        ("device_mg = 28", "", ["dose.device_mg: ", "missing"]),
        ("device_wait_min = 5", "device_wait_min = -5", ["dose.device_wait_min: ", "-5", "0 to 60"]),
        ("lightest = 40", "lightest = 160", ["dose.checks.heaviest: ", "150", "160 to 300"]),
        ("weight_change = 10", "mg_per_kg = 0", ["dose.checks.mg_per_kg: ", "0", "0.1 to 1000"]),
        ('what = "moaas"', 'what = "mood"', ["due[1].what: ", '"mood"', "nibp", "moaas"]),
        ('what = "cadss6"', 'what = "moaas"', ["due[2].what: ", '"moaas"', "twice"]),
        ("every_min = 30", "every_min = 0", ["due[1].every_min: ", "0", "1 or more"]),
        ("at_min = [40]", "every_min = 40", ["due[0].every_min: ", "cuff_minutes"]),
        ("at_min = [15, 30, 45, 60, 75, 90]", "at_min = [4, 40]", ["due[1].at_min: ", "4", "more than grace_min, 5"]),
        ("at_min = [15, 30, 45, 60, 75, 90]", "grace_min = -1", ["due[1].grace_min: ", "-1", "0 to 60"]),
        ('id = "ours"', 'id = "iv_ketamine"', ["id: ", '"iv_ketamine"', "another protocol"]),
    ],
)
def test_a_mistake_in_a_protocol_is_named_with_its_file_and_place(
    tmp_path: Path, old: str, new: str, words: list[str]
) -> None:
    assert old in OUR_PROTOCOL
    path = with_protocol(tmp_path, OUR_PROTOCOL.replace(old, new, 1))
    result = CliRunner().invoke(app, ["check-config", "--config", str(path)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"{tmp_path / 'ours' / 'ours.toml'}: {words[0]}")
    assert [word for word in words if word not in result.stderr] == []
    assert result.stderr.count("\n") == 1
