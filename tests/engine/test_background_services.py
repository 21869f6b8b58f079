"""The manager as its callers see it, with the real stores and no model."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from engine.errors import InvalidInputError
from engine.host.opening import open_engine
from engine.operations import NewOperation, OperationFilter, ServicePriority, Steering
from engine.service_config import (
    ResourceSettings,
    ServiceConfiguration,
    get_low_resource_config,
)
from engine.services.base import BackgroundService
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from engine.host.embedded import EmbeddedEngine

EMBEDDING = "auto_embedding"


@asynccontextmanager
async def engine(tmp_path: Path, *, start: bool = True, **more) -> AsyncIterator[EmbeddedEngine]:
    off = {"enabled": False}
    settings = {
        "data_dir": str(tmp_path / "data"),
        "embedding": off,
        "incremental_sync": off,
        "cycle_detection": off,
        **more,
    }
    config = ServiceConfiguration.model_validate(settings)
    async with open_engine(config, services=start) as opened:
        yield opened


async def until(done: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(20):
        while not await done():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no affinity to read")
async def test_one_core_is_all_that_low_resource_uses(tmp_path: Path) -> None:
    before = os.sched_getaffinity(0)
    if len(before) < 2:
        pytest.skip("this machine has one core")
    async with engine(tmp_path, resources={"one_core": True}) as opened:
        assert len(os.sched_getaffinity(0)) == 1
        child = "import os; print(len(os.sched_getaffinity(0)))"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", child, stdout=asyncio.subprocess.PIPE
        )
        printed, _ = await process.communicate()
        assert printed.strip() == b"1", "children inherit it"
        free = opened.manager.config.model_copy(update={"resources": ResourceSettings()})
        await opened.manager.reconfigure(free)
        assert os.sched_getaffinity(0) == before
    assert get_low_resource_config().resources.one_core


async def test_operations_are_steered_by_filters_and_counted(tmp_path: Path) -> None:
    async with engine(tmp_path) as opened:
        for n in range(5):
            await opened.create_task(TaskDraft(f"Task {n}", id=f"t-{n}"))
        mine = OperationFilter(service=EMBEDDING)
        steer = opened.steer_operations
        assert len(await steer(Steering.RUN_NOW, mine)) == 5
        urgent = ServicePriority.CRITICAL
        assert len(await steer(Steering.PRIORITIZE, mine, priority=urgent)) == 5
        assert len(await steer(Steering.PAUSE, OperationFilter(key="t-1"))) == 1
        assert len(await steer(Steering.CANCEL, mine)) == 5
        assert len(await steer(Steering.RETRY, mine)) == 5
        depth = (await opened.status(parity=False)).services[EMBEDDING].queue
        assert (depth.available, depth.parked) == (5, 0)
        with pytest.raises(InvalidInputError, match="'nobody' is not one of auto_embedding"):
            await steer(Steering.CANCEL, OperationFilter(service="nobody"))


async def test_a_pause_outlives_a_restart(tmp_path: Path) -> None:
    async with engine(tmp_path) as opened:
        await opened.pause_service("index_optimization", actor="jo")
    async with engine(tmp_path) as opened:
        card = (await opened.status(parity=False)).services["index_optimization"]
        assert (card.status, card.reason) == ("paused", "paused by jo")
        assert await opened.drain_service("index_optimization", seconds=1) == 0
        await opened.resume_service("index_optimization")
        card = (await opened.status(parity=False)).services["index_optimization"]
        assert card.status == "running"


async def test_an_overdue_operation_raises_an_alert_that_resolves_when_it_is_gone(
    tmp_path: Path,
) -> None:
    async with engine(tmp_path, start=False) as opened:
        number = await opened.schedule_operation(EMBEDDING, "embed_task", "t-1", deadline=1.0)
        alerts = (await opened.status()).alerts
        (overdue,) = [alert for alert in alerts if alert.id == f"overdue.{EMBEDDING}"]
        assert EMBEDDING in overdue.message
        await opened.steer_operations(Steering.CANCEL, OperationFilter(ids=(number,)))
        ids = [alert.id for alert in (await opened.status()).alerts]
        assert f"overdue.{EMBEDDING}" not in ids


async def test_an_alert_is_acknowledged_and_remembered(tmp_path: Path) -> None:
    async with engine(tmp_path) as opened:
        await opened.schedule_operation(EMBEDDING, "embed_task", "t-1", deadline=1.0)
        await opened.status()
        assert await opened.acknowledge_alert(f"overdue.{EMBEDDING}", actor="jo")
        assert not await opened.acknowledge_alert("nothing.like.it", actor="jo")
    async with engine(tmp_path) as opened:
        found = {alert.id: alert for alert in (await opened.status()).alerts}
        assert found[f"overdue.{EMBEDDING}"].acknowledged_by == "jo"
        kinds = [event.kind for event in await opened.events()]
        assert "alert.raised" not in kinds, "it was told before the restart"


async def test_a_loop_that_keeps_crashing_is_an_alert(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("engine.clock.IdSource.jitter", lambda _self, _seconds: 0.0)

    async def broken(*_: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("engine.queue.loops.ager", broken)
    async with engine(tmp_path) as opened:

        async def told() -> bool:
            alerts = (await opened.status()).alerts
            return any(alert.id == "loop.ager" and "by zero" in alert.message for alert in alerts)

        await until(told)
        assert (await opened.create_task(TaskDraft("Still here"))).title == "Still here"


async def test_a_service_whose_workers_keep_crashing_fails_visibly(
    tmp_path: Path, monkeypatch
) -> None:
    monkeypatch.setattr("engine.clock.IdSource.jitter", lambda _self, _seconds: 0.0)
    monkeypatch.setattr(
        BackgroundService, "min_batch_size", property(lambda _: 1 // 0), raising=True
    )
    async with engine(tmp_path) as opened:

        async def failed() -> bool:
            card = (await opened.status()).services["index_optimization"]
            return card.status == "failed" and "ZeroDivisionError" in card.reason

        await until(failed)
        alerts = {alert.id: alert.severity for alert in (await opened.status()).alerts}
        assert alerts["service-failed.index_optimization"] == "critical"


async def test_an_operation_lives_through_a_stop_in_the_middle(tmp_path: Path) -> None:
    async with engine(tmp_path, start=False) as opened:
        await opened.schedule_operation("index_optimization", "optimize_indices", "now")
    async with engine(tmp_path, index_optimization={"optimize_chroma_indices": False}) as opened:

        async def done() -> bool:
            (view,) = await opened.operations(service="index_optimization")
            return view.state == "completed"

        await until(done)


async def test_what_the_engine_measured_is_read_back(tmp_path: Path) -> None:
    async with engine(tmp_path) as opened:
        await opened.manager.sampler.sample()
        (sample,) = await opened.metrics(EMBEDDING, seconds=60)
        assert sample.numbers["completed"] == 0
        (own,) = await opened.metrics(seconds=60)
        assert own.numbers["memory.main"] > 1_000_000
        forecasts = await opened.forecasts()
        assert forecasts[EMBEDDING].text == "not enough data yet"
        assert await opened.durations_by_hour(EMBEDDING) == {}


async def test_what_a_person_switched_off_stays_off_on_another_profile(tmp_path: Path) -> None:
    async with engine(tmp_path) as opened:
        await opened.configure_background_service("index_optimization", enabled=False)
        await opened.set_profile("development")
        card = (await opened.status(parity=False)).services["index_optimization"]
        assert card.status == "disabled"


async def test_repairs_beyond_the_queue_limit_wait_for_the_next_scan(tmp_path: Path) -> None:
    async with engine(tmp_path, start=False) as opened:
        for n in range(3):
            await opened.create_task(TaskDraft(f"Task {n}"))
        await opened.steer_operations(Steering.CANCEL, OperationFilter())
    async with engine(tmp_path, start=False, queue_limit=4) as opened:
        assert await opened.manager.parity.repair() == 4


async def test_what_waits_for_a_quiet_moment_holds_nothing_up(tmp_path: Path) -> None:
    async with engine(tmp_path, resources={"typing_seconds": 60.0}) as opened:
        await opened.typed()  # as long as somebody types it is not quiet
        one = NewOperation("index_optimization", "optimize_indices", "interval", origin="interval")
        (operation,) = await opened.manager.context.queue.enqueue([one])
        async with asyncio.timeout(30):
            report = await opened.wait_until_idle()
        assert (report.idle, report.remaining) == (True, 0)
        view = await opened.get_operation(operation)
        assert view is not None
        assert view.finished_at is None, "it is still to come"


async def test_a_list_misses_no_operation_that_moves_on_meanwhile(tmp_path: Path) -> None:
    async with engine(tmp_path, index_optimization={"enabled": False}) as opened:
        queue = opened.manager.context.queue
        new = NewOperation("index_optimization", "optimize_indices", "now")
        (number,) = await queue.enqueue([new])
        steered = OperationFilter(ids=(number,))

        async def flicker() -> None:
            for _ in range(100):
                await opened.steer_operations(Steering.CANCEL, steered)
                await opened.steer_operations(Steering.RETRY, steered)

        moving = asyncio.create_task(flicker())
        seen = []
        while not moving.done():
            listed = await opened.operations(service="index_optimization")
            seen.append([view.id for view in listed])
            assert await opened.get_operation(number) is not None
        await moving
        assert seen
        assert all(ids == [number] for ids in seen)


async def test_a_child_that_can_not_be_stopped_leaves_nothing_open_or_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class InjectedError(Exception):
        pass

    async def fails(what: str) -> None:
        raise InjectedError(what)

    stopped: list[str] = []

    async def stops() -> None:
        stopped.append("projections")

    opening = engine(tmp_path)
    manager = (await opening.__aenter__()).manager
    monkeypatch.setattr(manager.context.embedder, "stop", lambda: fails("embedder"))
    monkeypatch.setattr(manager.context.projections, "stop", stops)
    monkeypatch.setattr(manager.context.tasks.guard, "close", lambda: fails("guard"))
    with pytest.raises(InjectedError, match="embedder"):
        await opening.__aexit__(None, None, None)
    assert stopped == ["projections"]
    assert (manager.state, manager.lock.held) == ("stopped", False)
    await manager.stop()  # it is stopped: nothing to do
    async with engine(tmp_path, start=False) as again:
        await again.create_task(TaskDraft("writable", id="w"))
