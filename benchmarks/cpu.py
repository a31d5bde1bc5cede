"""Processor time of a process over a stretch."""

from __future__ import annotations

import time

import psutil


class CpuMeter:
    """Begins to count when it is made."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._busy = self._total()
        self._began = time.monotonic()

    def ms_per_s(self) -> float:
        """Milliseconds of processor time a second since the beginning; 10 are one percent of a core."""
        return 1000 * (self._total() - self._busy) / (time.monotonic() - self._began)

    def _total(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)
