from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING, ClassVar

import pytest

from engine.database.database import Database
from engine.errors import DependencyDownError
from engine.monitoring.events import EventLog
from engine.operations import Completed, NewOperation
from engine.queue.sqlite_queue import SqliteQueue
from engine.service_config import ServiceConfiguration
from engine.services.base import BackgroundService
from engine.services.runner import ServiceRunner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path


class Recorder(BackgroundService):
    """Completes what it is given, but for keys it was told about."""

    name = "recorder"
    kinds: ClassVar = frozenset({"record"})
    enabled = True
    batch_size = 8

    def __init__(self, context) -> None:
        super().__init__(context)
        self.batches: list[list[str]] = []
        self.poison: set[str] = set()
        self.away = ""
        self.ran = asyncio.Event()

    async def probe(self) -> None:
        if self.away:
            raise DependencyDownError("kuzu", self.away)

    async def run(self, kind, operations):  # noqa: ARG002 - the signature of every service
        self.batches.append([operation.key for operation in operations])
        self.ran.set()
        await self.probe()
        if self.poison & set(self.batches[-1]):
            raise ValueError("bad batch")
        return [Completed({"key": operation.key}) for operation in operations]


@pytest.fixture
async def runner(tmp_path: Path, clock, ids) -> AsyncIterator[ServiceRunner]:
    database = Database(tmp_path)
    await database.open()
    config = ServiceConfiguration(data_dir=tmp_path)
    queue = SqliteQueue(database, config, clock=clock, ids=ids, owner="test")
    context = SimpleNamespace(config=config, queue=queue, clock=clock, events=EventLog(clock))
    made = ServiceRunner(Recorder(context))
    loop = asyncio.create_task(made.work())
    yield made
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    await database.close()


async def settled(runner: ServiceRunner, *keys: str, kind: str = "record") -> dict[str, str]:
    """State by key once nothing is available or running."""
    queue = runner.service.context.queue
    await queue.enqueue([NewOperation("recorder", kind, key) for key in keys])
    async with asyncio.timeout(10):
        while True:
            depth = (await queue.stats())["recorder"]
            if not depth.available and not depth.running:
                return {view.key: view.state for view in await queue.view()}
            await asyncio.sleep(0.005)


async def test_a_batch_is_one_call(runner: ServiceRunner) -> None:
    states = await settled(runner, *"abcdef")
    assert set(states.values()) == {"completed"}
    assert runner.service.batches == [list("abcdef")]
    assert runner.meter.snapshot().operations_completed == 6


async def test_a_bad_operation_does_not_take_its_neighbours_along(runner: ServiceRunner) -> None:
    runner.service.poison = {"d"}
    states = await settled(runner, *"abcdefgh")
    assert states.pop("d") == "scheduled", "it waits for its next attempt"
    assert set(states.values()) == {"completed"}
    assert runner.meter.snapshot().operations_retried == 1


async def test_a_dependency_that_is_away_burns_no_attempts(runner: ServiceRunner, clock) -> None:
    runner.service.away = "gone fishing"
    states = await settled(runner, "a")
    assert states == {"a": "scheduled"}
    assert runner.status() == ("degraded", "kuzu: gone fishing")
    (view,) = await runner.service.context.queue.view()
    assert (view.attempts, view.waiting_for) == (0, "kuzu: gone fishing")
    runner.service.away = ""
    await runner.check()
    assert runner.status() == ("running", "")


async def test_three_failures_in_a_row_show(runner: ServiceRunner) -> None:
    runner.service.poison = {"a", "b", "c"}
    await settled(runner, *"abc")
    state, reason = runner.status()
    assert (state, "bad batch" in reason) == ("degraded", True)


async def test_an_unknown_kind_fails_for_good_and_names_the_kinds(runner: ServiceRunner) -> None:
    states = await settled(runner, "a", kind="nonsense")
    assert states == {"a": "failed"}
    (view,) = await runner.service.context.queue.view()
    assert view.detail == "recorder has no operation 'nonsense'; it has record"


async def test_nothing_is_claimed_while_it_is_off(runner: ServiceRunner) -> None:
    runner.switch(enabled=False)
    queue = runner.service.context.queue
    await queue.enqueue([NewOperation("recorder", "record", "a")])
    assert runner.status()[0] == "disabled"
    assert runner.service.batches == []
    runner.switch(enabled=True)
    assert await settled(runner, "b") == {"a": "completed", "b": "completed"}
