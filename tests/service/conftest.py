"""A bedside with an oximeter and a cuff, and the clinic that watches it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from monitor.service.bus import BusAddress
from tests.service.bedside import Bedside
from tests.service.clinic import write_config


@pytest.fixture
def bedside() -> Iterator[Bedside]:
    bedside = Bedside()
    yield bedside
    bedside.close()


@pytest.fixture
def config(bedside: Bedside, tmp_path: Path) -> Path:
    devices = ", ".join([bedside.attach("nonin_df7"), bedside.attach("suntech_advantage", speed=12)])
    return write_config(tmp_path, {"1": devices, "2": ""})


@pytest.fixture
def address(tmp_path: Path) -> BusAddress:
    return BusAddress.create(tmp_path)
