"""The examples in docs/alarms.md: each one is put through the real checks of the configuration."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from devices.readings import SECOND, ConditionKind
from monitor.clinic.alarms.technical import TECHNICAL
from monitor.config import ConfigError, load
from monitor.service.webhook import UnansweredAlarm

PAGE = (Path(__file__).parent.parent / "docs" / "alarms.md").read_text("utf-8")
CLINIC = '[clinic]\nname = "North"\n'
ROOM = '[[rooms]]\nid = "1"\nname = "Room 1"\ndevices = []\n'
PROTOCOL = """
id = "site"
title = "Of the site"
drug = "Esketamine"
checklist = []

[dose]
route = "nasal"
device_mg = 28

[gate]
sys = 140
dia = 90

[observation]
minutes = 120
anchor = "first_dose"

[cuff_minutes]
"""


def snippets(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def load_snippet(folder: Path, snippet: str) -> None:
    """As a part of a protocol when it has limits, as a part of config.toml when it has rooms."""
    (folder / "protocols").mkdir()
    if "[limits." in snippet:
        (folder / "protocols" / "site.toml").write_text(PROTOCOL + snippet, "utf-8")
    rooms = "" if "[[rooms]]" in snippet else ROOM
    of_clinic = "" if "[limits." in snippet else snippet
    (folder / "clinic.toml").write_text(f'protocols = "protocols"\n{CLINIC}{rooms}{of_clinic}', "utf-8")
    loaded = load(folder / "clinic.toml")
    assert ("site" in loaded.protocols) == ("[limits." in snippet)


@pytest.mark.parametrize("snippet", snippets("toml"), ids=lambda snippet: str(snippet.split("\n")[0]))
def test_settings_that_the_page_shows_can_be_copied(tmp_path: Path, snippet: str) -> None:
    load_snippet(tmp_path, snippet)


def test_both_kinds_of_settings_are_shown_and_a_mistake_in_one_would_be_seen(tmp_path: Path) -> None:
    protocol, clinic = snippets("toml")
    for number, wrong in enumerate((protocol.replace("severe = 85", "severe = 95"), clinic.replace("= 180", "= 600"))):
        (tmp_path / f"{number}").mkdir()
        with pytest.raises(ConfigError, match=r"severe|reminder_s"):
            load_snippet(tmp_path / f"{number}", wrong)


def test_the_message_on_the_page_is_the_one_that_a_receiver_gets() -> None:
    (body,) = snippets("json")
    shown = msgspec.json.decode(body)
    assert list(shown) == list(UnansweredAlarm.__struct_fields__)
    assert msgspec.to_builtins(msgspec.convert(shown, UnansweredAlarm)) == shown


@pytest.mark.parametrize("kind", TECHNICAL)
def test_every_technical_alarm_is_on_the_page_as_it_is(kind: ConditionKind) -> None:
    rule = TECHNICAL[kind]
    assert f"| `{kind}` | {rule.priority} | {rule.delay / SECOND:g} s | {rule.text} |" in PAGE
