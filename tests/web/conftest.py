"""A clinic with a day of alarms in its record, and its web side. Where nothing needs recording, a file has its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.config import load
from monitor.record.reader import RecordReader
from monitor.web.server import create_app
from tests.web.recorded_alarms import record
from tests.web.running import Running


@pytest.fixture
def clinic(tmp_path: Path) -> Path:
    record(tmp_path)
    return tmp_path


@pytest.fixture
def reader(clinic: Path) -> Iterator[RecordReader]:
    with RecordReader(clinic) as opened_reader:
        yield opened_reader


@pytest.fixture
def web(clinic: Path) -> Iterator[Running]:
    with Running(create_app(load(clinic / "config.toml"), clinic)) as client:
        client.sign_in(clinic)
        yield client
