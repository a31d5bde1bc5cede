"""Settings for all tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

# Timings are benchmarks: no example fails because the machine was busy.
settings.register_profile("chairside", deadline=None)
settings.load_profile("chairside")

BROWSER = Path(__file__).parent / "browser"
LONGEST = "test_kills.py"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Share the work between two: one drives the browser, which mostly waits; the other takes the rest, file by file,
    beginning with the longest. First, because what shares the work looks at the groups in this same hook.
    """
    items.sort(key=lambda item: item.path.name != LONGEST)
    for item in items:
        group = "browser" if BROWSER in item.path.parents else str(item.path)
        item.add_marker(pytest.mark.xdist_group(group))
