"""Settings for all tests."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Timings are benchmarks: no example fails because the machine was busy.
settings.register_profile("chairside", deadline=None)
settings.load_profile("chairside")

LONGEST = "test_kills.py"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the file that takes longest, so that none of those who share the work waits for it at the end."""
    items.sort(key=lambda item: item.path.name != LONGEST)
