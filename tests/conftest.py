"""Settings for all tests."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

# Timings are benchmarks: no example fails because the machine was busy.
settings.register_profile("chairside", deadline=None)
settings.load_profile("chairside")

FIRST = ("tests/browser/test_treatment.py", "tests/browser/", "tests/service/test_kills.py")
"""What takes longest begins first, each with a worker of its own; two of them drive a browser, which mostly waits."""


def _bench(test: str) -> str:
    """What one worker runs in a row: one of the longest, or a file of the rest."""
    return next((first for first in FIRST if test.startswith(first)), test.partition("::")[0])


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first."""
    items.sort(key=lambda item: FIRST.index(bench) if (bench := _bench(item.nodeid)) in FIRST else len(FIRST))


class _Benches(LoadScopeScheduling):  # type: ignore[misc]  # It comes without types.
    """Shares the work between the workers, bench by bench."""

    def _split_scope(self, nodeid: str) -> str:
        return _bench(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """The scheduler of the tests."""
    return _Benches(config, log)
