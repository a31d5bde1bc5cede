"""Settings for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from argon2 import PasswordHasher
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from monitor.people import credentials

# Timings are benchmarks: no example fails because the machine was busy.
settings.register_profile("chairside", deadline=None)
settings.load_profile("chairside")

FIRST, LAST = "tests/service/test_kills.py", "tests/browser/test_treatment.py"
BROWSER = "tests/browser/"


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> Iterator[None]:
    """A hash that takes long on purpose stands in the way of whoever guesses; here it would take long for nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(credentials, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first; last the treatments, which either of two workers may take."""
    items.sort(key=lambda item: (item.nodeid.startswith(LAST), not item.nodeid.startswith(FIRST)))


class _TwoBenches(LoadScopeScheduling):  # type: ignore[misc]  # It comes without types.
    """Shares the work between two: one drives the browser, which mostly waits, because two browsers press each other;
    the other takes the rest, file by file. The treatments, which wait for nothing, are shared one by one.
    """

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        if file == LAST:
            return nodeid
        return BROWSER if file.startswith(BROWSER) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """The scheduler of the tests."""
    return _TwoBenches(config, log)
