"""What the measurements ran on."""

from __future__ import annotations

import os
import platform
import sqlite3
from datetime import datetime
from pathlib import Path

import psutil

from benchmarks.browser import chromium_version

LOOK_S = 3.0


def described() -> list[str]:
    """The machine, and how busy it was before the run; one line each."""
    cores = os.cpu_count() or 1
    busy = psutil.cpu_percent(interval=LOOK_S)
    load = ", ".join(f"{each:.2f}" for each in os.getloadavg())
    return [
        f"{datetime.now().astimezone():%Y-%m-%d %H:%M %Z}",
        f"{cores} cores, {_processor()}, {psutil.virtual_memory().total / 2**30:.0f} GiB memory",
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, Chromium {chromium_version()}",
        f"Before the run other work took {busy:.0f} % of the machine; load average {load}",
    ]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
