"""What a call costs through the socket, beside the same call in the owner, and a takeover."""

from __future__ import annotations

import asyncio
import logging
import signal
import statistics
import subprocess
import time
from typing import TYPE_CHECKING, Any

import structlog

from benchmarks.idle import PROGRAM, engine
from benchmarks.measure import Contestant
from engine.host import join_engine
from engine.service_config import ServiceConfiguration
from engine.tasks import TaskDraft

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from benchmarks.measure import Sizes

COMMANDS = 5


async def _median_ms(call: Callable[[], Awaitable[Any]], times: int) -> float:
    taken = []
    for _ in range(times):
        before = time.perf_counter()
        await call()
        taken.append(time.perf_counter() - before)
    return 1000 * statistics.median(taken)


async def _calls(front: Any, sizes: Sizes) -> dict[str, float]:
    task = await front.create_task(TaskDraft("first"))
    return {
        "get_task": await _median_ms(lambda: front.get_task(task.id), sizes.latencies),
        "create_task": await _median_ms(lambda: front.create_task(TaskDraft("t")), sizes.latencies),
        "status": await _median_ms(lambda: front.status(parity=False), sizes.latencies),
    }


async def _embedded(folder: Path, sizes: Sizes) -> dict[str, float]:
    config = ServiceConfiguration(data_dir=folder / "data")
    async with join_engine(config, mode="headless") as front:
        return await _calls(front, sizes)


async def _attached(folder: Path, sizes: Sizes) -> dict[str, float]:
    config = ServiceConfiguration(data_dir=folder / "data")
    with engine(folder):
        async with join_engine(config, mode="dashboard") as front:
            found = await _calls(front, sizes)
            command = [str(PROGRAM), "status", "--json", "--data-dir", str(config.data_dir)]

            async def run() -> None:
                await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)

            found["status command"] = await _median_ms(run, COMMANDS)
    return found


async def _takeover(folder: Path) -> float:
    config = ServiceConfiguration(data_dir=folder / "other")
    started = subprocess.Popen(  # noqa: ASYNC220, S603 - this program itself, before anything is timed
        [str(PROGRAM), "--headless", "--data-dir", str(config.data_dir)], stderr=subprocess.DEVNULL
    )
    try:
        while not (config.data_dir / "run" / "engine.sock").exists():  # noqa: ASYNC110 - another process makes it
            await asyncio.sleep(0.05)
        async with join_engine(config, mode="dashboard") as front:
            await front.list_tasks()
            started.send_signal(signal.SIGKILL)
            before = time.perf_counter()
            await front.create_task(TaskDraft("after"))
            return 1000 * (time.perf_counter() - before)
    finally:
        started.kill()
        started.wait()


def _quiet() -> None:
    silent = structlog.make_filtering_bound_logger(logging.WARNING)
    structlog.configure(wrapper_class=silent)  # a line a task would be measured too


def embedded() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        _quiet()
        return asyncio.run(_embedded(folder, sizes))

    return Contestant("in the owner", "FULL", "one call after the other", run)


def attached() -> Contestant:
    def run(folder: Path, sizes: Sizes) -> dict[str, float]:
        _quiet()
        found = asyncio.run(_attached(folder, sizes))
        return {**found, "takeover": asyncio.run(_takeover(folder))}

    return Contestant("attached", "FULL", "one call after the other, through the socket", run)
