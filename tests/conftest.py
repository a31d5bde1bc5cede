"""Settings for all tests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# Timings are benchmarks: no example fails because the machine was busy.
settings.register_profile("chairside", deadline=None)
settings.load_profile("chairside")

KILLS, TREATMENT = "test_kills.py", "test_treatment.py"
BROWSER = "tests/browser/"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, then the treatments, so that all workers are busy from the start."""
    items.sort(key=lambda item: (item.path.name != KILLS, item.path.name != TREATMENT))


class _Benches(LoadScopeScheduling):  # type: ignore[misc]  # It comes without types.
    """Shares the work: one worker drives the browser, which mostly waits; one begins with the treatments, whose time
    runs as fast as it can; all take the rest, file by file.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return BROWSER if file.startswith(BROWSER) and not file.endswith(TREATMENT) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """The scheduler of the tests."""
    return _Benches(config, log)
