"""Plugins in the whole engine: the real manager, queue and runner, and real child processes."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from engine.host.opening import open_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from engine.api import EngineAPI

COUNTER = """
from engine.plugins import *

class Counter(Plugin):
    "Counts the words of each changed task."
    title = "Word counter"
    name = "counter"
    kinds = frozenset({"count", "crash"})
    on_task_change = "count"
    every = {}

    async def run(self, kind, operations):
        if kind == "crash":
            import os
            os._exit(7)
        found = self.context.tasks.many([each.key for each in operations])
        return [Completed({"words": len(found[each.key].title.split())}) for each in operations]
"""


@asynccontextmanager
async def engine(tmp_path: Path) -> AsyncIterator[EngineAPI]:
    off = {"enabled": False}
    config = ServiceConfiguration.model_validate(
        {
            "data_dir": str(tmp_path / "data"),
            "max_retries": 0,
            "probe_interval_seconds": 0.1,
            "embedding": off,
            "incremental_sync": off,
            "cycle_detection": off,
            "index_optimization": off,
        }
    )
    async with open_engine(config) as opened:
        yield opened


async def until(done: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(60):
        while not await done():  # noqa: ASYNC110 - what is waited for has no event of its own
            await asyncio.sleep(0.05)


async def states(opened: EngineAPI, kind: str) -> list[str]:
    found = await opened.operations(service="counter")
    return [view.state for view in found if view.kind == kind]


async def test_a_plugin_works_on_changes_and_has_its_card(tmp_path: Path, install) -> None:
    install.package("counting", {"counter": "counting:Counter"}, COUNTER)
    async with engine(tmp_path) as opened:

        async def ready() -> bool:
            return (await opened.status(parity=False)).services["counter"].status == "running"

        await until(ready)
        task = await opened.create_task(TaskDraft("Write the long report"))

        async def counted() -> bool:
            return await states(opened, "count") == ["completed"]

        await until(counted)
        (view,) = await opened.operations(service="counter")
        assert (view.key, view.detail) == (task.id, "words 4")
        card = (await opened.status(parity=False)).services["counter"]
        assert card.metrics.operations_completed == 1
        assert (await opened.pause_service("counter", actor="jo")) == 0
        card = (await opened.status(parity=False)).services["counter"]
        assert (card.status, card.reason) == ("paused", "paused by jo")


async def test_one_that_ends_its_process_takes_nothing_along(tmp_path: Path, install) -> None:
    install.package("counting", {"counter": "counting:Counter"}, COUNTER)
    async with engine(tmp_path) as opened:
        number = await opened.schedule_operation("counter", "crash", "poison")

        async def failed() -> bool:
            return await states(opened, "crash") == ["failed"]

        await until(failed)
        view = await opened.get_operation(number)
        assert view is not None
        assert "exit code 7" in view.detail
        await opened.create_task(TaskDraft("Still here"))

        async def counted() -> bool:
            return await states(opened, "count") == ["completed"]

        await until(counted)


@pytest.mark.parametrize("code", ["raise SystemExit('no')", "1 / 0", "this is no Python"])
async def test_one_that_can_not_be_loaded_is_degraded_and_says_why(
    tmp_path: Path, install, code: str
) -> None:
    install.package("broken", {"broken": "broken:Service"}, code)
    async with engine(tmp_path) as opened:

        async def refused() -> bool:
            card = (await opened.status(parity=False)).services["broken"]
            return card.status == "degraded" and "can't be loaded" in card.reason

        await until(refused)
        assert (await opened.create_task(TaskDraft("Fine"))).title == "Fine"


async def test_one_with_a_taken_name_is_left_out_and_told(tmp_path: Path, install) -> None:
    install.package("rival", {"auto_embedding": "rival:Service"})
    async with engine(tmp_path) as opened:
        alerts = (await opened.status()).alerts
        assert any("auto_embedding" in alert.message for alert in alerts if "plugin" in alert.id)
