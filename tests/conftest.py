"""Settings for all tests."""

from __future__ import annotations

from hypothesis import settings

# Timings are benchmarks: no example fails because the machine was busy.
settings.register_profile("chairside", deadline=None)
settings.load_profile("chairside")
