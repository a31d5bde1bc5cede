"""A small clinic with one whole session and one that goes on, and what its pages of sessions say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from devices.readings import SECOND, Micros
from monitor.clinic.events import NoteWritten
from monitor.clinic.treatment.intake import Intake
from tests.reports.recorded import record
from tests.reports.scripted import DOSE, SESSION, at, beginning, whole
from tests.web.markup import Seen
from tests.web.running import ORIGIN, Running
from tests.web.test_server import CONFIG

DAY: Micros = 86_400 * SECOND
OPEN = "0be11" * 4
NOTE = NoteWritten(at=at(30), by="nurse 1", text="<b>Feels</b> \N{RIGHT-TO-LEFT OVERRIDE}fine")


OUTPUTS = {"sessions": "sessions.children", "session": "..session.children...session-rest.children.."}


def asked(web: Running, part: str, data: object) -> str:
    """The page as HTML, as far as it is asked for."""
    call = {
        "output": OUTPUTS[part],
        "inputs": [{"id": f"{part}-request", "property": "data", "value": data}],
        "changedPropIds": [f"{part}-request.data"],
    }
    reply = web.post("/_dash-update-component", json=call, headers=ORIGIN)
    assert reply.status_code == 200, reply.text
    return "".join(html_of(each["children"]) for each in reply.json()["response"].values())


def html_of(part: Any) -> str:
    """What a browser makes of components that hold HTML, and of the others around them."""
    if part is None or isinstance(part, str):
        return part or ""
    if isinstance(part, list):
        return "".join(map(html_of, part))
    props = part["props"]
    if part["type"] == "Markup":
        marks = "".join(f' {name}="{value}"' for name, value in props["attributes"].items())
        return f"<{props['tag']}{marks}>{props['inside']}</{props['tag']}>"
    marks = "".join(f" {name}='{value}'" for name, value in props.items() if isinstance(value, str | int))
    return f"<{part['type']}{marks}>{html_of(props.get('children'))}</{part['type']}>"


def listed(web: Running, query: dict[str, str] | None = None, now: Micros = DOSE + DAY) -> str:
    return asked(web, "sessions", {"run": 1, "now": now, "query": query or {}})


def shown(web: Running, session: str = SESSION, now: Micros = DOSE + DAY) -> str:
    return asked(web, "session", {"run": 1, "now": now, "session": session})


def words(html: str) -> str:
    return " ".join(" ".join(Seen(html).texts).split())


def entry_of(web: Running, text: str) -> int:
    """The number of the first entry that tells of something."""
    found = re.search(rf"#(\d+) \d\d:\d\d {re.escape(text)}", words(shown(web)))
    assert found is not None
    return int(found[1])


def record_clinic(folder: Path) -> None:
    (folder / "config.toml").write_text(CONFIG, "utf-8")
    record(folder, [*whole(), NOTE])
    record(folder, beginning(Intake(name="<script>alert(1)</script>")), OPEN)
