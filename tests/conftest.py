from __future__ import annotations

import asyncio
import os
import random
import time
from pathlib import Path

import pytest
from hypothesis import settings

from engine.clock import IdSource

os.environ["USER"] = "ann"  # whoever runs the tests
os.environ["TZ"] = "UTC"  # and wherever
time.tzset()

# A busy machine is no failure, and what fails on one machine fails on every other: the examples
# follow from the test alone. `make test-slow` looks for new ones.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("exploring", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "repeatable"))

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "beads_issues.jsonl"


class FakeClock:
    """Time that passes only when a test says so; sleepers wake in order."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.time = now
        self._sleepers: list[tuple[float, asyncio.Future[None]]] = []

    def now(self) -> float:
        return self.time

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        future = asyncio.get_running_loop().create_future()
        self._sleepers.append((self.time + seconds, future))
        await future

    def advance(self, seconds: float) -> None:
        self.time += seconds
        due = [sleeper for sleeper in self._sleepers if sleeper[0] <= self.time]
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper[0] > self.time]
        for _, future in due:
            if not future.done():
                future.set_result(None)


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes what belongs to whoever runs it."""
    home = tmp_path_factory.mktemp("home")
    os.environ["XDG_CONFIG_HOME"] = str(home / "config")
    os.environ["XDG_DATA_HOME"] = str(home / "data")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def ids() -> IdSource:
    return IdSource(random.Random(7))  # noqa: S311 - repeatable ids, not secrets


@pytest.fixture
def real_tasks() -> Path:
    if not DATA.exists():
        pytest.skip(f"the real tasks are not there: {DATA.name}")
    return DATA
