from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, ClassVar

import pytest

from engine.database.database import Database
from engine.errors import DependencyDownError
from engine.monitoring.events import EventLog
from engine.operations import Completed, NewOperation
from engine.queue.sqlite_queue import SqliteQueue
from engine.resources.governor import Governor
from engine.service_config import ServiceConfiguration
from engine.services.base import BackgroundService
from engine.services.breaker import Breakers
from engine.services.runner import ServiceRunner
from engine.snapshots import QueueDepth

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path


class Recorder(BackgroundService):
    """Completes what it is given, but for keys it was told about."""

    name = "recorder"
    kinds: ClassVar = frozenset({"record"})
    dependencies: ClassVar = frozenset({"kuzu"})
    enabled = True
    batch_size = 8

    def __init__(self, context) -> None:
        super().__init__(context)
        self.batches: list[list[str]] = []
        self.poison: set[str] = set()
        self.away = ""
        self.needing: dict[str, str] = {}
        self.outcomes: list | None = None
        self.hold: asyncio.Event | None = None
        self.ran = asyncio.Event()

    async def probe(self) -> None:
        if self.away:
            raise DependencyDownError("kuzu", self.away)

    async def run(self, kind, operations):  # noqa: ARG002 - the signature of every service
        self.batches.append([operation.key for operation in operations])
        self.ran.set()
        await self.probe()
        for key in self.batches[-1]:
            if key in self.needing:
                raise DependencyDownError(self.needing[key], "away")
        if self.hold is not None:
            await self.hold.wait()
        if self.outcomes is not None:
            return self.outcomes
        if self.poison & set(self.batches[-1]):
            raise ValueError("bad batch")
        return [Completed({"key": operation.key}) for operation in operations]


@asynccontextmanager
async def running(tmp_path: Path, clock, ids) -> AsyncIterator[tuple[ServiceRunner, asyncio.Task]]:
    database = Database(tmp_path)
    await database.open()
    config = ServiceConfiguration(data_dir=tmp_path, workers=1)
    queue = SqliteQueue(database, config, clock=clock, ids=ids, owner="test")
    await queue.open()
    context = SimpleNamespace(
        config=config,
        queue=queue,
        clock=clock,
        events=EventLog(clock),
        breakers=Breakers(clock),
        governor=Governor(lambda: config, clock),
    )
    made = ServiceRunner(Recorder(context))
    loop = asyncio.create_task(made.work())
    yield made, loop
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    await database.close()


@pytest.fixture
async def runner(tmp_path: Path, clock, ids) -> AsyncIterator[ServiceRunner]:
    async with running(tmp_path, clock, ids) as (made, _):
        yield made


async def until(done: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not done():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.005)


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


async def test_workers_run_batches_at_the_same_time_but_never_one_key_twice(
    runner: ServiceRunner,
) -> None:
    service, context = runner.service, runner.context
    service.hold = asyncio.Event()
    context.config = context.config.model_copy(update={"workers": 3})
    runner.switch(enabled=True)
    await context.queue.enqueue([NewOperation("recorder", "record", key) for key in "abc"])
    await until(lambda: len(service.batches) == 3)
    assert sorted(map(len, service.batches)) == [1, 1, 1]
    await context.queue.enqueue([NewOperation("recorder", "record", key) for key in "abc"])
    await asyncio.sleep(0.05)
    assert len(service.batches) == 3, "each key is being worked on"
    service.hold.set()
    assert set((await settled(runner)).values()) == {"completed"}
    context.config = context.config.model_copy(update={"workers": 1})
    runner.switch(enabled=True)
    assert runner.workers == 1


async def test_what_only_some_need_makes_only_those_wait(runner: ServiceRunner) -> None:
    runner.service.needing = {"c": "chroma"}
    states = await settled(runner, *"abcde")
    assert states.pop("c") == "scheduled"
    assert set(states.values()) == {"completed"}
    assert runner.status() == ("running", ""), "it goes on without chroma"
    assert runner.context.breakers.of("chroma").state == "open"


class Unsure(Recorder):
    """Does not say what it needs, and probes nothing."""

    dependencies: ClassVar = frozenset()

    async def probe(self) -> None:
        pass


async def test_a_service_that_probes_nothing_does_not_say_for_others_that_a_part_is_back(
    runner: ServiceRunner, clock
) -> None:
    other = ServiceRunner(Unsure(runner.context))
    other.service.needing = {"a": "kuzu"}
    runner.service.away = "the disk is gone"
    await runner.check()
    assert runner.status()[0] == "degraded"
    queue = runner.context.queue
    await queue.enqueue([NewOperation("recorder", "record", "a")])
    (operation,) = await queue.claim("recorder", 1)
    async for ended in other.take([operation]):
        await queue.settle(ended)
    assert other.status()[0] == "degraded", "it found out by itself"
    clock.advance(60)
    await other.check()
    assert runner.status()[0] == "degraded", "nobody saw that the part is back"


async def test_a_wrong_number_of_outcomes_is_an_error_and_no_success(
    runner: ServiceRunner,
) -> None:
    runner.service.outcomes = []
    assert await settled(runner, "a") == {"a": "scheduled"}
    (view,) = await runner.context.queue.view()
    assert view.detail == "recorder gave 0 outcomes for 1 operations"


async def test_a_run_past_its_time_fails_with_a_reason(
    runner: ServiceRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.services.attempt.GRACE_SECONDS", 0.0)
    runner.context.config = runner.context.config.model_copy(
        update={"operation_timeout_seconds": 0.05}
    )
    runner.service.hold = asyncio.Event()
    assert await settled(runner, "a") == {"a": "scheduled"}
    (view,) = await runner.context.queue.view()
    assert view.detail == "record took longer than 0.05 s and was stopped"


async def test_a_missed_deadline_is_counted(runner: ServiceRunner, clock) -> None:
    queue = runner.context.queue
    late = NewOperation("recorder", "record", "late", deadline=clock.now() - 1)
    await queue.enqueue([late, NewOperation("recorder", "record", "in time")])
    await settled(runner)
    assert runner.meter.snapshot().deadlines_missed == 1


async def test_a_pause_shows_and_holds(runner: ServiceRunner) -> None:
    queue = runner.context.queue
    await queue.pause("recorder", "paused by jo")
    await queue.enqueue([NewOperation("recorder", "record", "a")])
    assert runner.status() == ("paused", "paused by jo")
    await asyncio.sleep(0.05)
    assert runner.service.batches == []
    assert await queue.resume("recorder") == 1
    assert await settled(runner) == {"a": "completed"}


async def test_stopped_in_the_middle_it_hands_back_without_an_attempt(tmp_path, clock, ids) -> None:
    async with running(tmp_path, clock, ids) as (runner, loop):
        runner.service.hold = asyncio.Event()
        await runner.context.queue.enqueue([NewOperation("recorder", "record", "a")])
        await until(lambda: runner.service.batches)
        loop.cancel()
        await asyncio.gather(loop, return_exceptions=True)
        (view,) = await runner.context.queue.view()
        assert (view.state, view.attempts) == ("available", 0)


async def test_drained_it_finishes_what_runs_and_takes_no_more(tmp_path, clock, ids) -> None:
    async with running(tmp_path, clock, ids) as (runner, loop):
        runner.service.hold = asyncio.Event()
        queue = runner.context.queue
        await queue.enqueue([NewOperation("recorder", "record", "a")])
        await until(lambda: runner.service.batches)
        runner.drain()
        await queue.enqueue([NewOperation("recorder", "record", "b")])
        runner.service.hold.set()
        await asyncio.wait_for(loop, 5)
        states = {view.key: view.state for view in await queue.view()}
        assert states == {"a": "completed", "b": "available"}


async def test_a_backlog_is_told_as_progress(tmp_path: Path, clock, ids) -> None:
    async with running(tmp_path, clock, ids) as (runner, _):
        queue = runner.context.queue
        runner.service.hold = asyncio.Event()
        await queue.enqueue([NewOperation("recorder", "record", f"k{n}") for n in range(40)])
        await runner.service.ran.wait()
        found = (await runner.snapshot((await queue.stats())["recorder"])).progress
        assert (found.done, found.total, found.unit) == (0, 40, "operations")
        runner.service.hold.set()
        assert (await runner.snapshot(QueueDepth())).progress is None
