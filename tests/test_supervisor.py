"""``app.py serve`` as a person starts it: once per folder, one line when it cannot, nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parent.parent
CLINIC = """
[clinic]
name = "Test clinic"
[[rooms]]
id = "1"
name = "Room 1"
devices = [{ name = "oximeter", protocol = "nonin_df7", port = "/dev/no-such-port" }]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(CLINIC)
    return path


def serve(config: Path, data: Path, port: int) -> subprocess.Popen[str]:
    arguments = ["serve", "--config", str(config), "--data", str(data), "--port", str(port)]
    return subprocess.Popen(
        [sys.executable, "app.py", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.fixture
def clinic(config: Path, tmp_path: Path, unused_port: int) -> Iterator[subprocess.Popen[str]]:
    process = serve(config, tmp_path / "data", unused_port)
    assert process.stdout is not None
    assert process.stdout.readline() == f"Chairside runs at http://127.0.0.1:{unused_port}  (Ctrl+C stops it)\n"
    yield process
    process.terminate()
    process.communicate(timeout=15)


@pytest.fixture
def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def refusal(process: subprocess.Popen[str]) -> str:
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 2
    assert errors.count("\n") == 1, errors
    return errors


@pytest.mark.usefixtures("clinic")
def test_a_second_start_on_the_same_record_is_refused(config: Path, tmp_path: Path) -> None:
    assert "Another Chairside is running" in refusal(serve(config, tmp_path / "data", 0))


def test_a_page_address_in_use_is_named(
    clinic: subprocess.Popen[str], config: Path, tmp_path: Path, unused_port: int
) -> None:
    assert clinic.poll() is None
    assert f"127.0.0.1:{unused_port}" in refusal(serve(config, tmp_path / "other", unused_port))


def test_a_mistake_in_the_configuration_stops_the_start(config: Path, tmp_path: Path) -> None:
    config.write_text(CLINIC.replace("nonin_df7", "nonin_df9"))
    assert 'rooms[0].devices[0].protocol: "nonin_df9"' in refusal(serve(config, tmp_path / "data", 0))
    assert not (tmp_path / "data").exists(), "a start that was refused left a folder behind"


def test_nothing_runs_on_when_the_clinic_was_killed(clinic: subprocess.Popen[str]) -> None:
    children = psutil.Process(clinic.pid).children()
    assert len(children) == 2, "service and web"
    os.kill(clinic.pid, signal.SIGKILL)
    _, alive = psutil.wait_procs(children, timeout=15)
    assert not alive, "an orphan keeps the record locked"
